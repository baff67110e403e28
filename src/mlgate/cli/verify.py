"""`mlgate verify`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mlgate.deploy.gate import Decision
    from mlgate.forges.github.event import Event
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.deployment import DeploymentOptions
    from mlgate.pipeline.verify import Demand

_PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of this command."""

    model: Path
    commit: str | None
    evidence: Path | None
    environment: str | None
    report_url: str | None
    require_attestation: bool
    signer_workflow: str | None
    signer_ref: str | None
    trusted_root: Path | None


@click.command()
@click.argument("model", type=_PATH)
@click.option("--commit", help="The commit that it was trained at. [default: what is checked out]")
@click.option(
    "--evidence", type=_PATH, help="A run directory to read instead of the baseline store."
)
@click.option(
    "--environment", help="Record the decision on GitHub as a deployment of this environment."
)
@click.option(
    "--report-url", help="Where the commit's report can be read. [default: its check run]"
)
@click.option(
    "--require-attestation",
    is_flag=True,
    help="Refuse a model without GitHub's attestation by --signer-workflow at this commit.",
)
@click.option(
    "--signer-workflow",
    metavar="FILE",
    help="The workflow that attests: .github/workflows/x.yml, or owner/name/PATH@REF.",
)
@click.option(
    "--signer-ref", metavar="REF", help="The ref that it ran on. [default: the baseline's branch]"
)
@click.option(
    "--trusted-root",
    type=_PATH,
    help="What `gh attestation trusted-root` printed. [default: Sigstore's public root]",
)
@pass_settings
def command(settings: Settings, /, **options: Any) -> int:
    """Tell whether a model may be deployed: its commit's verdict, age and digest.

    Reads the evidence of its commit from the baseline store on the remote, judges it again
    under the policy at that commit, and compares the model's SHA-256 with what the training
    recorded. Exit code 0: may be deployed; 1: refused, with the key that decides.
    """
    from mlgate.cli import out, outputs, show

    decision, deployment = _decide(settings, _Asked(**options))
    outputs.write(settings, _outputs(decision, deployment))
    if settings.json:
        out.data(show.as_json(decision.model_dump(mode="json") | {"allowed": decision.allowed}))
    else:
        out.say(show.decision(decision))
    _tell(settings, decision)
    return ExitCode.OK if decision.allowed else ExitCode.BLOCKED


def _decide(settings: Settings, asked: _Asked) -> tuple[Decision, int | None]:
    from mlgate.cli import publishing, surroundings
    from mlgate.pipeline import deployment, verify

    context = surroundings.context(settings)
    demand = _demand(settings, asked)

    def decide() -> Decision:
        return verify.verify(
            context, asked.model, commit=asked.commit, evidence=asked.evidence, demand=demand
        )

    if not asked.environment:
        return decide(), None
    event, forge = _forge(settings)
    wish = _wish(event, asked, verify.commit_of(context, asked.commit))
    return deployment.recorded(forge, wish, decide, lambda text: publishing.warn(settings, text))


def _demand(settings: Settings, asked: _Asked) -> Demand | None:
    from mlgate.pipeline.verify import Demand

    if not asked.require_attestation:
        return None
    if not asked.signer_workflow:
        msg = "--require-attestation without --signer-workflow: anybody's workflow would do"
        raise UsageError(msg, hint="name the one that trains: .github/workflows/mlgate.yml")
    event, forge = _forge(settings)
    return Demand(
        forge.attestations,
        event.repository,
        event.server_url,
        asked.signer_workflow,
        asked.signer_ref or None,
        asked.trusted_root,
    )


def _wish(event: Event, asked: _Asked, sha: str) -> DeploymentOptions:
    from mlgate.pipeline.deployment import DeploymentOptions

    return DeploymentOptions(
        environment=str(asked.environment),
        sha=sha,
        payload={
            "tool": "mlgate",
            "model": str(asked.model),
            "run": event.run_id or 0,
            "attempt": event.stamp.attempt,
        },
        run_url=event.run_url,
        report_url=asked.report_url or None,
    )


def _forge(settings: Settings) -> tuple[Event, Forge]:
    from mlgate.cli import surroundings

    event = surroundings.event(settings)
    forge = surroundings.forge(settings, event)
    if forge is None:
        msg = "GITHUB_TOKEN is not set, so GitHub can be neither asked nor told"
        raise UsageError(msg, hint="give it to the step:  env: {GITHUB_TOKEN: ${{ github.token }}}")
    return event, forge


def _outputs(decision: Decision, deployment: int | None) -> dict[str, str]:
    return {
        "allowed": str(decision.allowed).lower(),
        "verdict": decision.verdict,
        "commit": decision.commit,
        "sha256": decision.sha256,
        "refused-by": " ".join(dict.fromkeys(one.key for one in decision.refusals)),
        "deployment": "" if deployment is None else str(deployment),
    }


def _tell(settings: Settings, decision: Decision) -> None:
    """On GitHub: the decision as the step's summary, and each refusal as an error of the run."""
    from mlgate.cli import out, publishing, show

    if not settings.github:
        return
    for one in decision.refusals:
        out.act("error", f"{one.key}: {one.reason}", {"title": "mlgate verify"})
    publishing.to_summary(settings, show.decision_page(decision))
