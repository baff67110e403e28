"""Collect the runs of one or many models, and write their page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlgate import __version__, checks
from mlgate.errors import DataError, UsageError
from mlgate.files import write_atomic
from mlgate.pipeline import lineage
from mlgate.pipeline.baselines.choice import StoredBaselines
from mlgate.pipeline.judging.place import find_config
from mlgate.pipeline.prepare import open_run_dir, prepare
from mlgate.run_dir import RUN, RunFiles
from mlgate.site import page
from mlgate.site.data import SiteRun, data
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlgate.pipeline.context import Context


def write(context: Context, folder: Path, sources: Sequence[str], title: str | None) -> Path:
    """Write the page of some models and return its path.

    Parameters
    ----------
    folder
        Where index.html is written.
    sources
        Folders with an mlgate.yaml, whose baselines are read, and run directories; none for the
        model of this folder.
    title
        Of the page; by default the model's name.

    Raises
    ------
    UsageError
        When a source is neither, or there is no run at all.
    StoreError, DataError
        When baselines or a run directory cannot be read.
    """
    runs = [run for source in sources or (".",) for run in _runs(context, source, len(sources) > 1)]
    if not runs:
        msg = "there is no run to show: no baseline is kept yet"
        raise UsageError(msg, hint="run `mlgate run` and `mlgate baseline save` on main first")
    names = sorted({run.origin.record.name for run in runs})
    made = data(runs, context.stamp(), __version__)
    target = context.cwd / folder / page.FILE
    write_atomic(target, page.render(made, title or (names[0] if len(names) == 1 else "Models")))
    return target


def _runs(context: Context, source: str, several: bool) -> Iterator[SiteRun]:
    folder = context.cwd / source
    if (folder / RUN).is_file():
        origin = lineage.origin_of(open_run_dir(folder).files(), source)
        yield SiteRun(origin, "", origin.record.started)
        return
    there = replace(context, cwd=folder, config=context.config if source == "." else None)
    try:
        find_config(there)
    except UsageError:
        msg = f"{source} is neither a run directory nor a folder with an mlgate.yaml"
        raise UsageError(
            msg, hint="name folders of models, or the .mlgate folders of runs"
        ) from None
    yield from _kept(there, source if several else "")


def _kept(context: Context, place: str) -> Iterator[SiteRun]:
    prepared = prepare(context)
    stored = StoredBaselines(prepared, prepared.judges[0].config)
    tags = {tag.commit: tag.name for tag in reversed(stored.tags)}
    count = numbers.plural(len(stored.baselines), "baseline")
    with context.progress.group(f"Reading {count} of {prepared.run.name}"):
        for baseline in stored.baselines:
            files = RunFiles(stored.store.read(baseline), checks.evidence_types())
            try:
                origin = lineage.origin_of(files, baseline.commit)
            except DataError as error:
                context.progress.line(f"left out: {error}")
                continue
            kept = baseline.created.isoformat()
            yield SiteRun(origin, place, kept, tags.get(baseline.commit))
