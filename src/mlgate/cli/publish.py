"""`mlgate publish`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.publishing import wish_options
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@click.argument("dirs", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@wish_options
@pass_settings
def command(settings: Settings, dirs: tuple[Path, ...], require_publish: bool) -> int:
    """Post a run's report: comment, check run, commit status, step summary, annotations.

    Several run directories become one comment, and a check run each; `mlgate report DIR…` first
    draws what the comment shows. Reads GITHUB_TOKEN. What could not be posted is told with the
    permission that it needs, stands in the step's summary, and is mended by the next run.

    Exit code 0: posted, or this token may not; 3: GitHub failed or, with --require-publish,
    anything is missing.
    """
    from mlgate.cli import outputs, publishing
    from mlgate.cli.surroundings import context
    from mlgate.pipeline import finish
    from mlgate.run_dir import RunDir

    here = context(settings)
    sources = [RunDir(here.cwd / one) for one in dirs] if len(dirs) > 1 else []
    run_dir = finish.locate(here, dirs)
    published = publishing.publish(settings, run_dir, sources)
    outputs.write(settings, publishing.urls(published))
    failed = published.failed or (require_publish and bool(published.missing))
    return ExitCode.FORGE if failed else ExitCode.OK
