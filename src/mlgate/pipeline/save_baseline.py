"""Save a run as its commit's baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate.config.path_filter import PathFilter
from mlgate.errors import ForgeError
from mlgate.inputs import git_facts
from mlgate.pipeline.baselines.choice import StoredBaselines
from mlgate.pipeline.ledger.evaluations import evaluation, record
from mlgate.pipeline.prepare import prepare
from mlgate.pipeline.publishing.render import render_kept
from mlgate.stores import save as saving

if TYPE_CHECKING:
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.prepare import Prepared
    from mlgate.stores.save import Saved


def save(context: Context, *, push: bool, if_on_branch: bool = False) -> Saved:
    """Keep the run directory's evidence and rows in the configured store.

    Parameters
    ----------
    push
        Whether to push them to the remote.
    if_on_branch
        Save nothing unless this run is of the baseline's branch and measured something.
    """
    prepared = prepare(context)
    settings = prepared.loaded.config.baseline
    branch = prepared.facts.base_branch  # as the judging branch names it, not this commit
    if if_on_branch and not _on_branch(prepared, branch):
        return saving.Saved(None, reason=f"this is no run of {branch}")
    if if_on_branch and not saving.measured(prepared.dir):
        return saving.Saved(None, reason="nothing was measured")
    how = saving.Keeping(
        rows=settings.keep == "rows",
        anchor=settings.anchor,
        tags=git_facts.tags(prepared.git),
        newest=settings.retention.newest,
        days=settings.retention.days,
    )
    stored = StoredBaselines(prepared, prepared.loaded.config)
    saved = saving.save(
        stored.store,
        prepared.dir,
        prepared.facts.commit,
        _unexpected(prepared),
        how,
        context.now,
        push=push,
    )
    if push and saved.baseline is not None:
        _record(prepared, settings.store)
        _mark(prepared, saved.baseline.commit)
    remote = prepared.git.remote if push else None
    in_git = settings.store == "ref" or settings.store.startswith("branch:")
    place: saving.Place = "store" if not in_git else "remote" if remote else "clone"
    return replace(saved, place=place, remote=remote)


def _mark(prepared: Prepared, commit: str) -> None:
    """Set the commit's status, which outlives the store; what cannot be set is only reported."""
    context = prepared.context
    statuses = context.statuses()
    if statuses is None:
        return
    try:
        statuses.put(commit, render_kept(prepared.dir.read_verdict(), context.ci_run.url))
    except ForgeError as error:
        text = f"mlgate: no commit status remembers that this baseline was kept: {error}"
        context.progress.line(text)


def _record(prepared: Prepared, store: str) -> None:
    """Add a line to the ledger: a run that is saved as a baseline is trusted."""
    context, verdict = prepared.context, prepared.dir.read_verdict()
    run = prepared.dir.read_run()
    line = evaluation(
        verdict,
        prepared.dir.read_evidence(),
        run.started,
        run.changes,
        actor=context.ci_run.actor,
        run=context.ci_run.id,
        attempt=context.ci_run.attempt,
    )
    record(context, prepared.git, prepared.root, store, line)


def _on_branch(prepared: Prepared, branch: str) -> bool:
    """Whether this is a run of a branch: the one that CI was started for, else the checked-out one.

    In CI the commit must also be the one that CI was started for: a workflow on the branch may
    have checked out a pull request's head.
    """
    run, facts = prepared.context.ci_run, prepared.facts
    if run.ref is None:
        return facts.branch == branch
    return (run.ref, run.checked_out) == (f"refs/heads/{branch}", facts.commit)


def _unexpected(prepared: Prepared) -> tuple[str, ...]:
    """Return the tracked files that differ from the commit, without those that training writes.

    Metrics, predictions, artifacts and dvc.lock are often tracked: that a training rewrites
    them does not make the results those of another commit.
    """
    config = prepared.loaded.config
    predictions = (config.predictions.path,) if config.predictions else ()
    written = (*config.metrics.files, *predictions, *config.train.artifacts, "dvc.lock")
    folder = prepared.root.relative_to(prepared.git.top).as_posix()
    paths = PathFilter.of((glob.replace("?", "*") for glob in written), folder)
    return tuple(path for path in prepared.facts.changed if not paths.takes(path))
