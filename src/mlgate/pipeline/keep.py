"""Keep a run as its commit's baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.baselines import save as saving
from mlgate.inputs import git_facts
from mlgate.pipeline.baseline import StoredBaselines
from mlgate.pipeline.prepare import prepare

if TYPE_CHECKING:
    from mlgate.baselines.save import Saved
    from mlgate.pipeline.context import Context


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
        prepared.facts.changed,
        how,
        context.now,
        push=push,
    )
