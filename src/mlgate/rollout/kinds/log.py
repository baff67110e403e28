"""A request log, read by DuckDB: one row a request.

Thresholds of latency are the stable version's own quantiles of the requests before the window, so that
they are fixed before it. The window is counted in slices, which show how much events come together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.model.rollout import LEVELS, ArmCounts, Counts
from mlgate.rollout.protocols import UnreachableError
from mlgate.stats.sequential import Arms, dispersion

if TYPE_CHECKING:
    import datetime as dt

    import duckdb
    from numpy.typing import NDArray

_PAST: Final = 20
"""So many times the window's length is looked back for thresholds."""
_SLICES: Final = 60
"""Into so many slices at most a window is divided."""
_READERS: Final = {".parquet": "read_parquet", ".csv": "read_csv"}


@dataclass(frozen=True, slots=True)
class LogSource:
    """A file, or several by a glob; columns and expressions as in `rollout.log`."""

    path: str
    time: str
    version: str
    stable: str
    canary: str
    failed: str
    seconds: str | None
    negligible_delay: float = 0.0
    """Seconds by which the canary may take longer."""
    stall: float = 5.0
    """The shortest slice of a window, in seconds."""

    def counts(self, since: dt.datetime, until: dt.datetime) -> Counts:
        """Count the requests that were answered in (since, until]."""
        import duckdb

        try:
            with duckdb.connect(config={"enable_external_access": True}) as db:
                db.execute("SET TimeZone = 'UTC'")
                return self._counts(db, since, until)
        except duckdb.Error as error:
            why = str(error).splitlines()[0]
            msg = f"the log {self.path} cannot be read: {why}"
            raise UnreachableError(msg, hint="check rollout.source and rollout.log") from None

    def _counts(
        self, db: duckdb.DuckDBPyConnection, since: dt.datetime, until: dt.datetime
    ) -> Counts:
        begin, end = since.timestamp(), until.timestamp()
        suffix = self.path[self.path.rfind(".") :].lower()
        reader = _READERS.get(suffix, "read_json")
        path = self.path.replace("'", "''")
        seconds = "NULL" if self.seconds is None else f"CAST({_name(self.seconds)} AS DOUBLE)"
        db.execute(
            f"CREATE TEMP VIEW log AS SELECT {_epoch(self.time)} AS answered,"  # noqa: S608
            f" CAST({_name(self.version)} AS VARCHAR) AS version, ({self.failed}) AS failed,"
            f" {seconds} AS seconds FROM {reader}('{path}')"
        )
        thresholds = self._thresholds(db, begin, end)
        slices = min(max(int((end - begin) / self.stall), 1), _SLICES)
        allowed = f"CASE WHEN version = ? THEN {self.negligible_delay!r} ELSE 0 END"
        over = "".join(
            f", count(*) FILTER (seconds > {threshold!r} + {allowed} OR seconds IS NULL)"
            for threshold in thresholds
        )
        rows = db.execute(
            "SELECT version, least(floor((answered - ?) / ?), ?)::INT AS slice, count(*),"  # noqa: S608
            f" count(*) FILTER (failed OR failed IS NULL){over} FROM log"
            " WHERE answered > ? AND answered <= ? GROUP BY ALL",
            [begin, (end - begin) / slices or 1.0, slices - 1]
            + [self.canary] * len(thresholds)
            + [begin, end],
        ).fetchall()
        stable, canary = (
            _slices([row[1:] for row in rows if row[0] == version], 2 + len(thresholds))
            for version in (self.stable, self.canary)
        )
        events = [
            float(dispersion(Arms.of(stable[0], stable[event], canary[0], canary[event])))
            for event in range(1, len(stable))
        ]
        return Counts(stable=_sum(stable), canary=_sum(canary), dispersion=tuple(events))

    def _thresholds(self, db: duckdb.DuckDBPyConnection, begin: float, end: float) -> list[float]:
        """Return the stable version's quantiles before the window; none where it has no requests yet."""
        if self.seconds is None:
            return []
        quantiles = db.execute(
            "SELECT quantile_cont(seconds, ?) FROM log WHERE version = ? AND answered > ? AND answered <= ?",
            [list(LEVELS), self.stable, begin - _PAST * (end - begin), begin],
        ).fetchone()
        return (
            []
            if quantiles is None or quantiles[0] is None
            else [float(value) for value in quantiles[0]]
        )


def _slices(rows: list[tuple[int, ...]], kinds: int) -> NDArray[np.float64]:
    """Return requests, failures and slow ones of each slice, shape (kinds, slices)."""
    counts = np.zeros((kinds, _SLICES))
    for place, *count in rows:
        counts[:, place] = count
    return counts


def _sum(slices: NDArray[np.float64]) -> ArmCounts:
    requests, failures, *slow = slices.sum(1).astype(int).tolist()
    return ArmCounts(requests=requests, failures=failures, slow=tuple(slow))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _epoch(column: str) -> str:
    """Return SQL for seconds since 1970 of a column of numbers, texts or timestamps."""
    name = _name(column)
    as_number = f"TRY_CAST(CAST({name} AS VARCHAR) AS DOUBLE)"
    return f"coalesce({as_number}, epoch(CAST(CAST({name} AS VARCHAR) AS TIMESTAMPTZ)))"
