"""`mlgate demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from mlgate.pipeline.demo import Played

EXPECTED = {"improve": ("pass", 0), "regress": ("fail", 1), "undecided": ("inconclusive", 0)}


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Play here. [default: a temporary folder]",
)
@pass_settings
def command(settings: Settings, folder: Path | None) -> int:
    """Play three pull requests on real data.

    Trains an income model (UCI Adult), keeps main's baseline, then judges an improvement, a
    regression and a change too small to tell. Takes under a minute; nothing leaves the machine.
    """
    import io
    from dataclasses import replace

    from mlgate.cli.surroundings import context
    from mlgate.pipeline.demo import play
    from mlgate.progress import Silent

    quiet = replace(context(settings), progress=Silent(), console=io.StringIO(), config=None)
    played = []
    for one in play(quiet, folder, tell=print):
        print(_told(one))
        played.append(one)
    wrong = [
        p for p in played if (p.verdict.verdict, p.exit_code) != EXPECTED[p.pull_request.branch]
    ]
    print("\nReports:")
    for one in played:
        print(f"  {one.report}")
    return ExitCode.BLOCKED if wrong else ExitCode.OK


def _told(one: Played) -> str:
    gates = "\n".join(f"    {gate.id}: {gate.verdict}; {gate.reason}" for gate in one.verdict.gates)
    return (
        f"\npull request: {one.pull_request.title}\n"
        f"  {one.verdict.headline}\n{gates}\n"
        f"  exit code {one.exit_code}, {one.seconds:.0f} s"
    )
