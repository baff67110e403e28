"""`mlgate deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlgate.cli import verify
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mlgate.pipeline.deploying.deploy import Deployed

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("model", type=_PATH)
@click.option("--commit", help="The commit that it was trained at. [default: what is checked out]")
@click.option(
    "--evidence", type=_PATH, help="A run directory to read instead of the baseline store."
)
@click.option("--at", metavar="URL", help="Judge a version that runs there, and start nothing.")
@click.option("--plan", is_flag=True, help="Verify, look at this machine, and start nothing.")
@verify.attestation_options
@pass_settings
def command(settings: Settings, /, **options: Any) -> int:
    """Start MODEL beside the running version, without traffic, if it may be deployed.

    Verifies it as `mlgate verify` does, compares packages, memory and disk, starts the server, asks it the
    known inputs, loads it and the running version in turns, and judges the answers by the gates
    `deploy.…`. Exit code 0: it runs and waits for traffic; 1: refused, and stopped again.
    """
    from mlgate.cli.context import context
    from mlgate.pipeline.deploying.deploy import DeployOptions, deploy
    from mlgate.serving.client import is_address

    if options["at"] is not None and not is_address(options["at"]):
        msg = f"--at {options['at']} is no address"
        raise UsageError(msg, hint="write http://host:port")
    attestation = {name: options.pop(name) for name in verify.ATTESTATION}
    demand = verify.demand(settings, **attestation)
    return _show(settings, deploy(context(settings), DeployOptions(**options, demand=demand)))


def _show(settings: Settings, deployed: Deployed) -> int:
    from mlgate.cli import out, outputs
    from mlgate.cli.show import as_json, decision

    verdict = deployed.verdict
    refused = not deployed.decision.allowed or (verdict is not None and verdict.blocked)
    facts = {
        "verdict": "" if verdict is None else verdict.verdict,
        "address": "" if refused else deployed.address,
        "pid": "" if refused or deployed.pid is None else str(deployed.pid),
        "sha256": deployed.decision.sha256,
        "manifests": "" if deployed.manifests is None else str(deployed.manifests),
    }
    outputs.write(settings, facts)
    if settings.json:
        more = {"problems": deployed.problems, "headline": verdict and verdict.headline}
        out.data(as_json(facts | more))
    else:
        out.say(decision(deployed.decision))
        for problem in deployed.problems:
            out.say(f"  {problem}")
        if verdict is not None:
            out.say(verdict.headline)
            for gate in verdict.gates:
                out.say(f"  {gate.id}: {gate.verdict} ({gate.reason})")
        if deployed.manifests is not None:
            out.say(f"{deployed.manifests}: apply it, then judge what runs with --at URL")
        if facts["address"]:
            process = "" if deployed.pid is None else f", process {deployed.pid}"
            out.say(f"it waits for traffic at {facts['address']}{process}")
    return ExitCode.BLOCKED if refused or (verdict is None and deployed.problems) else ExitCode.OK
