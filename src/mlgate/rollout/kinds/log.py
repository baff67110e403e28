"""A request log, read by DuckDB: one row a request.

Thresholds of latency are the stable version's own quantiles of the requests before the window, so that
they are fixed before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.model.rollout import LEVELS, ArmCounts, Counts
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

_PAST: Final = 20
"""So many times the window's length is looked back for thresholds."""
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
        over = "".join(
            f", count(*) FILTER (seconds > {threshold!r} OR seconds IS NULL)"
            for threshold in thresholds
        )
        rows = db.execute(
            "SELECT version, count(*), count(*) FILTER (failed OR failed IS NULL)"  # noqa: S608
            f"{over} FROM log WHERE answered > ? AND answered <= ? GROUP BY version",
            [begin, end],
        ).fetchall()
        arms = {
            row[0]: ArmCounts(requests=row[1], failures=row[2], slow=tuple(row[3:])) for row in rows
        }
        none = ArmCounts(requests=0, failures=0, slow=(0,) * len(thresholds))
        return Counts(stable=arms.get(self.stable, none), canary=arms.get(self.canary, none))

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


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _epoch(column: str) -> str:
    """Return SQL for seconds since 1970 of a column of numbers, texts or timestamps."""
    name = _name(column)
    as_number = f"TRY_CAST(CAST({name} AS VARCHAR) AS DOUBLE)"
    return f"coalesce({as_number}, epoch(CAST(CAST({name} AS VARCHAR) AS TIMESTAMPTZ)))"
