"""Save a run as its commit's baseline, and drop rows that are no longer needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlgate.errors import DataError, UsageError
from mlgate.stores.finding import LATEST_TAG, WINDOW, TagLike
from mlgate.stores.retention import NEWEST, anchor_commits, rows_to_drop
from mlgate.text.lists import first_of
from mlgate.text.short import commit_name, short_sha

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from mlgate.model.run import RunRecord
    from mlgate.run_dir import RunDir
    from mlgate.stores.store import Store
    from mlgate.stores.stored_baseline import StoredBaseline

_BESIDE: Final = frozenset({"train", "wear"})
"""Evidence about the training or about the use of the test set, not about the model."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept, as the configuration says.

    Attributes
    ----------
    rows
        Whether rows.parquet is kept (`baseline.keep`).
    anchor, tags
        `baseline.anchor` and all tags, newest first: the rows of anchors are kept.
    newest, days
        `baseline.retention`.
    """

    rows: bool = True
    anchor: str = LATEST_TAG
    tags: Sequence[TagLike] = ()
    newest: int = NEWEST
    days: int = WINDOW.days


Place = Literal["store", "remote", "clone"]


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept (None: nothing, for `reason`), and how many baselines lost their rows.

    `place`: a store beside git, the `remote`, or this clone alone.
    """

    baseline: StoredBaseline | None
    dropped: int = 0
    reason: str | None = None
    place: Place = "store"
    remote: str | None = None


def save(
    store: Store,
    run_dir: RunDir,
    head: str | None,
    changed: Sequence[str],
    how: Keeping,
    now: dt.datetime,
    *,
    push: bool,
) -> Saved:
    """Keep the run in a run directory as the baseline of the commit that is checked out.

    A run whose verdict is `fail` or `error` is kept as well: the branch is what it is. One
    that was not applicable measured nothing and is left out.

    Parameters
    ----------
    head
        The commit that is checked out.
    changed
        Tracked files that differ from it, apart from what the training itself writes.
    push
        Whether the baseline must be on the remote afterwards; otherwise it is kept here.

    Raises
    ------
    UsageError
        When the work tree or the run does not belong to the commit.
    DataError
        When the run directory has no verdict or no measurement.
    StoreError
        When the store cannot be read or written.
    """
    run = run_dir.read_run()
    run_dir.read_verdict()
    commit = _commit_of(run, head, changed)
    if run.not_applicable:
        return Saved(None, reason=f"nothing was measured: {run.not_applicable}")
    files = kept_files(run_dir, rows=how.rows)
    baseline = store.save(commit, files, now, push=push)
    return Saved(baseline, dropped=retain(store, how, now, push=push))


def retain(store: Store, how: Keeping, now: dt.datetime, *, push: bool) -> int:
    """Drop the rows that are no longer needed; return how many baselines lost theirs."""
    baselines = store.baselines()
    anchors = anchor_commits(baselines, how.tags, how.anchor)
    gone = rows_to_drop(baselines, anchors, now, how.newest, how.days)
    if gone:
        store.drop_rows(gone, push=push)
    return len(gone)


def measured(run_dir: RunDir) -> bool:
    """Whether any check measured anything of the model."""
    return any(
        evidence.check not in _BESIDE and evidence.error is None
        for evidence in run_dir.read_evidence().values()
    )


def kept_files(run_dir: RunDir, *, rows: bool) -> dict[str, bytes]:
    """Return what a baseline holds, by path: verdict, run, all evidence and, if kept, rows.

    Raises
    ------
    DataError
        When no check measured anything.
    """
    if not measured(run_dir):
        msg = f"{run_dir.path} holds no measurement that could serve as a baseline"
        raise DataError(msg, hint="see its report for what went wrong, then `mlgate run` again")
    return run_dir.saved_files(rows=rows)


def _commit_of(run: RunRecord, head: str | None, changed: Sequence[str]) -> str:
    """Return the commit that the run belongs to, or refuse."""
    if head is None or run.commit is None:
        msg = "there is no commit to keep a baseline for"
        raise UsageError(msg, hint="commit first, then `mlgate run` again")
    if run.commit != head:
        msg = f"the run is of {commit_name(run.commit)}, but {short_sha(head)} is checked out"
        raise UsageError(msg, hint="`mlgate run` again, or check that commit out")
    if run.dirty:
        names = f" ({first_of(changed, 3)})" if changed else ""
        msg = f"the run was made with changes that are not committed{names}, so it is no commit's baseline"
        raise UsageError(msg, hint="commit or undo them, then `mlgate run` again")
    if changed:
        msg = f"the work tree has changes that are not committed: {first_of(changed, 3)}"
        raise UsageError(msg, hint="commit or undo them, then `mlgate run` again")
    return head
