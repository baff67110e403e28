"""`mlgate train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode
from mlgate.text import number_format

if TYPE_CHECKING:
    from mlgate.model.evidence import TrainEvidence
    from mlgate.pipeline.prepare import Prepared


@click.command()
@click.option(
    "--handover",
    type=click.Path(path_type=Path),
    help="Pack into this file what `mlgate run --handover` judges in another job.",
)
@pass_settings
def command(settings: Settings, handover: Path | None) -> int:
    """Run the training and record what it used and made.

    The output is streamed and kept in logs/train.log; evidence/train.json holds time, CPU,
    memory, environment, seeds and digests. Exit code 1: it failed or took too long.

    With --handover, whatever runs the author's code runs here: custom metrics, suites and
    baseline.run as well. The other job then runs none of it.
    """
    from mlgate.cli import edited, out, outputs
    from mlgate.cli.context import context
    from mlgate.pipeline import prepare

    if (code := edited.outcome(settings)) is not None:
        return code
    prepared = prepare.prepare(context(settings))
    prepare.begin(prepared)
    evidence = _train(prepared, handover)
    if handover is not None:
        size = (prepared.context.cwd / handover).stat().st_size
        out.tell(f"mlgate: handed over in {handover} ({number_format.memory(size)})")
    if evidence is None:
        outputs.write(settings, {"status": "skipped", **outputs.of_folder(prepared.dir)})
        out.tell(f"mlgate: nothing is trained: {_nothing(prepared)}")
        return ExitCode.OK
    outputs.write(settings, {"status": evidence.status, **outputs.of_folder(prepared.dir)})
    written = prepared.dir.evidence_file("train")
    if settings.json:
        out.record(evidence)
    else:
        out.say(str(written))
    return ExitCode.OK if evidence.status in ("ok", "skipped") else ExitCode.BLOCKED


def _train(prepared: Prepared, handover: Path | None) -> TrainEvidence | None:
    """Train; None where there is nothing to train."""
    if handover is not None:
        from mlgate.pipeline.handover.packing import train_and_pack

        return train_and_pack(prepared, prepared.context.cwd / handover)
    if prepared.run.gone:
        return None
    from mlgate.pipeline.training import train
    from mlgate.pipeline.training.seal import seal

    seal(prepared)
    return train.train(prepared)


def _nothing(prepared: Prepared) -> str:
    if prepared.run.gone:
        return f"this change has no {prepared.loaded.file}"
    return prepared.run.not_applicable or "there is nothing to judge"
