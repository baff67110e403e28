"""Keep a run as its commit's baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.baselines import save as saving
from mlgate.inputs import git_facts
from mlgate.pipeline.applicable import matches
from mlgate.pipeline.prepare import prepare
from mlgate.pipeline.stored import StoredBaselines

if TYPE_CHECKING:
    from mlgate.baselines.save import Saved
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.prepare import Prepared


def save(context: Context, *, push: bool) -> Saved:
    """Keep the run directory's evidence and rows in the configured store."""
    prepared = prepare(context)
    settings = prepared.loaded.config.baseline
    how = saving.Keeping(
        rows=settings.keep == "rows",
        anchor=settings.anchor,
        tags=git_facts.tags(prepared.git),
        newest=settings.retention.newest,
        days=settings.retention.days,
    )
    stored = StoredBaselines(prepared, prepared.loaded.config)
    return saving.save(
        stored.store,
        prepared.dir,
        prepared.facts.commit,
        _unexpected(prepared),
        how,
        context.now,
        push=push,
    )


def _unexpected(prepared: Prepared) -> tuple[str, ...]:
    """Give the tracked files that differ from the commit, but for what the training writes.

    Metrics, predictions, artifacts and dvc.lock are often tracked: a training that writes
    them anew does not make its results those of another commit.
    """
    config = prepared.loaded.config
    predictions = (config.predictions.path,) if config.predictions else ()
    written = (*config.metrics.files, *predictions, *config.train.artifacts, "dvc.lock")
    folder = prepared.root.relative_to(prepared.git.top).as_posix()
    return tuple(path for path in prepared.facts.changed if not matches([path], written, folder))
