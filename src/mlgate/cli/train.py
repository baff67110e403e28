"""`mlgate train`."""

from __future__ import annotations

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode


@click.command()
@pass_settings
def command(settings: Settings) -> int:
    """Run the training and record what it used and made.

    The output is streamed and kept in logs/train.log; evidence/train.json holds time, CPU,
    memory, environment, seeds and digests. Exit code 1: it failed or took too long.
    """
    from mlgate.cli import out, outputs
    from mlgate.cli.context import context
    from mlgate.pipeline import prepare, train

    prepared = prepare.prepare(context(settings))
    prepare.begin(prepared)
    evidence = train.train(prepared)
    outputs.write(settings, {"status": evidence.status, **outputs.of_folder(prepared.dir)})
    written = prepared.dir.evidence_file("train")
    if settings.json:
        out.data(evidence.to_json())
    else:
        out.say(str(written))
    return ExitCode.OK if evidence.status in ("ok", "skipped") else ExitCode.BLOCKED
