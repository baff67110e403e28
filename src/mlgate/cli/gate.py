"""`mlgate gate`."""

from __future__ import annotations

import datetime as dt

import click

from mlgate.cli.settings import Settings, pass_settings


@click.command()
@pass_settings
def command(settings: Settings) -> int:
    """Judge the evidence by the policy and write verdict.json.

    In a repository the policy is read again from the branch that judges; a run directory that was
    copied elsewhere is judged by the policy that it carries.
    """
    from mlgate.cli import edited, outputs, show
    from mlgate.cli.context import context
    from mlgate.pipeline import gate_and_report

    if (code := edited.outcome(settings)) is not None:
        return code
    run_dir, today = gate_and_report.refresh(context(settings)), dt.datetime.now(dt.UTC).date()
    verdict = gate_and_report.gate(run_dir, today)
    settings.outcome = gate_and_report.exit_code(run_dir, verdict)
    outputs.write(settings, outputs.of_verdict(verdict, run_dir))
    show.tell(settings, verdict, run_dir)
    return settings.outcome
