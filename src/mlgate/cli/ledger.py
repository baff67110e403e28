"""`mlgate ledger export`."""

from __future__ import annotations

from pathlib import Path

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

_FILE = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Export who had what judged, when and how, as lines chained by digest."""


@command.command()
@click.option("-o", "--output", type=_FILE, help="The file. [default: standard output]")
@click.option(
    "--check", type=_FILE, help="Exit code 1 unless the ledger only grew since this export."
)
@pass_settings
def export(settings: Settings, output: Path | None, check: Path | None) -> int:
    """Write a line of JSON for each evaluation: actor, commit, verdict, waivers, digest of the policy.

    Each line has the digest of all lines before it, so that a gap shows.
    """
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.files import write_atomic
    from mlgate.pipeline.ledger import export as ledger_export

    lines = ledger_export.export(context(settings))
    if check is not None:
        try:
            problem = ledger_export.problem(check.read_text(encoding="utf-8"), lines)
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{check} cannot be read: {error}"
            raise UsageError(msg, hint="name a file that this command wrote") from None
        out.say(problem or f"the ledger only grew since: {len(lines):,} lines")
        return ExitCode.OK if problem is None else ExitCode.BLOCKED
    if output is None:
        out.data("\n".join(lines))
    else:
        write_atomic(output, "".join(f"{line}\n" for line in lines))
        out.say(f"{output}: {len(lines):,} lines")
    return ExitCode.OK
