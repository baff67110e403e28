"""What a store of baselines can do, and what each of its kinds needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from mlgate.errors import DataError, StoreError
from mlgate.run_dir import ROWS
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from mlgate.git import Git
    from mlgate.stores.ledger import Ledger
    from mlgate.stores.stored_baseline import StoredBaseline

MAX_ROWS: Final = 95 * 2**20
"""Bytes of one file in a git store: hosting services refuse files of 100 MB."""


class Store(Protocol):
    """Keeps the baselines of one model.

    Every method raises `StoreError` when the store cannot be read or written. Several
    processes may use one store at the same time, and any of them may be killed at any moment.
    """

    def baselines(self) -> tuple[StoredBaseline, ...]:
        """Return all baselines, newest first, one a commit."""

    def read(self, baseline: StoredBaseline) -> Mapping[str, bytes]:
        """Return the files of a baseline but its rows, by their paths in the run directory."""

    def read_rows(self, baseline: StoredBaseline) -> bytes | None:
        """Return rows.parquet; None where it is not kept."""

    def save(
        self, commit: str, files: Mapping[str, bytes], now: dt.datetime, *, push: bool
    ) -> StoredBaseline:
        """Keep a baseline (`files` may hold rows.parquet); an earlier one of the commit goes.

        With `push` it is on the remote, where there is one, when this returns; without, it
        is kept in this clone only. A folder knows no difference.
        """

    def drop_rows(self, baselines: Iterable[StoredBaseline], *, push: bool) -> None:
        """Drop the rows of some baselines; their evidence stays."""


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where a store is to be opened.

    Attributes
    ----------
    argument
        What `baseline.store` says beside the kind: the NAME of `branch:NAME`, a folder's path.
    root
        The folder of mlgate.yaml.
    slug
        The model's name, as part of a ref or a file name.
    local
        Whether what is kept in this clone counts beside what is on the remote.
    environ
        The variables that say how a service is reached.
    """

    argument: str
    git: Git
    root: Path
    slug: str
    local: bool = True
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class StoreKind:
    """One kind of store: how its baselines and the ledger beside them are opened."""

    open_store: Callable[[StorePlace], Store]
    open_ledger: Callable[[StorePlace], Ledger]


def replacement(store: Store, baseline: StoredBaseline) -> StoredBaseline:
    """Return the baseline that took the place of one that has gone since it was listed.

    Raises
    ------
    StoreError
        When there is none.
    """
    for other in store.baselines():
        if other.commit == baseline.commit and other != baseline:
            return other
    msg = f"the baseline of {short_sha(baseline.commit)}, saved {baseline.created:%Y-%m-%d %H:%M} UTC, cannot be read"
    raise StoreError(msg, hint="save it again: `mlgate baseline save` at that commit")


def refuse_large_rows(files: Mapping[str, bytes], limit: int) -> None:
    """Raise `StoreError` for rows that git hosting would refuse, naming the ways out."""
    size = len(files.get(ROWS, b""))
    if size > limit:
        msg = f"{ROWS} has {size / 2**20:.0f} MiB, and git hosting refuses files above {limit / 2**20:.0f} MiB"
        hint = (
            "in mlgate.yaml, keep baselines in a bucket or a folder (baseline.store: s3://bucket/prefix, "
            "or /path/that/lasts), "
            "or keep no rows (baseline.keep: evidence; comparisons are then unpaired)"
        )
        raise StoreError(msg, hint=hint)


def check_names(files: Iterable[str]) -> None:
    """Raise `DataError` for a path that must not be written below a store."""
    for name in files:
        if name.startswith("/") or not all(part.strip(".") for part in name.split("/")):
            raise DataError(f"{name!r} is not the name of a file in a run directory")
