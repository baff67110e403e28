"""`mlgate check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--list", "list_", is_flag=True, help="List all checks.")
@click.option(
    "--baseline",
    metavar="FILE|RUN_DIR|COMMIT",
    help="Compare with this instead of the stored baseline of main.",
)
@pass_settings
def command(settings: Settings, ids: tuple[str, ...], list_: bool, baseline: str | None) -> int:
    """Measure: write the evidence of all checks that mlgate.yaml asks for, or of those named."""
    if list_:
        return _list(settings)
    from mlgate.cli import edited, out, outputs
    from mlgate.cli.context import context
    from mlgate.pipeline import prepare
    from mlgate.pipeline.measuring import measure

    if (code := edited.outcome(settings)) is not None:
        return code
    prepared = prepare.prepare(context(settings))
    training = prepare.earlier_training(prepared)
    prepare.begin(prepared, training=training)
    written: tuple[Path, ...] = ()
    if not prepared.run.gone:
        fetched = measure.fetch(prepared, baseline)
        result = measure.measure(prepared, ids, fetched=fetched, training=training)
        if result.problem is not None:
            raise result.problem
        written = result.written
    outputs.write(settings, outputs.of_folder(prepared.dir))
    for path in written:
        out.say(str(path))
    return ExitCode.OK


def _list(settings: Settings) -> int:
    from mlgate import checks
    from mlgate.cli import out, show

    summaries = {name: checks.load(name).SUMMARY for name in checks.names()}
    if settings.json:
        out.data(show.as_json(summaries))
    else:
        for name, summary in summaries.items():
            out.say(f"{name:<10} {summary}")
    return ExitCode.OK
