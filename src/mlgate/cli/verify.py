"""`mlgate verify`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, MissingTokenError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate import ci
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.deployment import DeploymentOptions
    from mlgate.pipeline.verify import Demand
    from mlgate.rollout.decision import Decision

_PATH = click.Path(path_type=Path)
Command = TypeVar("Command", bound="Callable[..., int]")


@dataclass(frozen=True, slots=True)
class _VerifyOptions:
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


ATTESTATION: Final = ("require_attestation", "signer_workflow", "signer_ref", "trusted_root")
"""The options about attestations."""


def attestation_options(command: Command) -> Command:
    """Add the options about attestations to a command."""
    for option in reversed(_ATTESTATION_OPTIONS):
        command = option(command)
    return command


_ATTESTATION_OPTIONS: Final = (
    click.option(
        "--require-attestation",
        is_flag=True,
        help="Refuse a model without GitHub's attestation by --signer-workflow at this commit.",
    ),
    click.option(
        "--signer-workflow",
        metavar="FILE",
        help="The workflow that attests: .github/workflows/x.yml, or owner/name/PATH@REF.",
    ),
    click.option(
        "--signer-ref",
        metavar="REF",
        help="The ref that it ran on. [default: the baseline's branch]",
    ),
    click.option(
        "--trusted-root",
        type=_PATH,
        help="What `gh attestation trusted-root` printed. [default: Sigstore's public root]",
    ),
)


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
@attestation_options
@pass_settings
def command(settings: Settings, /, **options: Any) -> int:
    """Check whether a model may be deployed: its commit's verdict, age and digest.

    Reads the evidence of its commit from the baseline store on the remote, judges it again
    under the policy at that commit, and compares the model's SHA-256 with what the training
    recorded. Exit code 0: may be deployed; 1: refused, with the key that decides.
    """
    from mlgate.cli import out, outputs, show

    decision, deployment = _decide(settings, _VerifyOptions(**options))
    outputs.write(settings, _outputs(decision, deployment))
    if settings.json:
        out.data(show.as_json(decision.model_dump(mode="json") | {"allowed": decision.allowed}))
    else:
        out.say(show.decision(decision))
    _tell(settings, decision)
    return ExitCode.OK if decision.allowed else ExitCode.BLOCKED


def _decide(settings: Settings, options: _VerifyOptions) -> tuple[Decision, int | None]:
    from mlgate.cli import publishing
    from mlgate.cli.context import context
    from mlgate.pipeline import deployment, verify

    here = context(settings)
    required = demand(settings, **{name: getattr(options, name) for name in ATTESTATION})

    def decide() -> Decision:
        return verify.verify(
            here, options.model, commit=options.commit, evidence=options.evidence, demand=required
        )

    if not options.environment:
        return decide(), None
    forge = _forge(settings)
    deployed = _deployment(settings.ci_run, options, verify.commit_of(here, options.commit))
    return deployment.recorded(
        forge, deployed, decide, lambda text: publishing.warn(settings, text)
    )


def demand(
    settings: Settings,
    *,
    require_attestation: bool,
    signer_workflow: str | None,
    signer_ref: str | None,
    trusted_root: Path | None,
) -> Demand | None:
    """Return the attestation that is required; None where none is."""
    from mlgate.forges.protocols import needed
    from mlgate.pipeline.verify import Demand

    if not require_attestation:
        return None
    if not signer_workflow:
        msg = "--require-attestation without --signer-workflow: any workflow would do"
        raise UsageError(msg, hint="name the one that trains: .github/workflows/mlgate.yml")
    run = settings.ci_run
    return Demand(
        needed(_forge(settings).attestations, "attestations"),
        run.repository,
        run.server_url or "",
        signer_workflow,
        signer_ref or None,
        trusted_root,
    )


def _deployment(run: ci.Run, options: _VerifyOptions, sha: str) -> DeploymentOptions:
    from mlgate.pipeline.deployment import DeploymentOptions

    return DeploymentOptions(
        environment=str(options.environment),
        sha=sha,
        payload={
            "tool": "mlgate",
            "model": str(options.model),
            "run": run.id or 0,
            "attempt": run.stamp.attempt,
        },
        run_url=run.url,
        report_url=options.report_url or None,
    )


def _forge(settings: Settings) -> Forge:
    from mlgate.cli.context import open_forge

    try:
        return open_forge(settings)
    except MissingTokenError as error:
        msg = f"{error.message}, so the forge can be neither read nor written"
        raise UsageError(msg, hint=error.hint) from None


def _outputs(decision: Decision, deployment: int | None) -> dict[str, str]:
    return {
        "allowed": str(decision.allowed).lower(),
        "verdict": decision.verdict,
        "commit": decision.commit,
        "sha256": decision.sha256,
        "refused-by": " ".join(dict.fromkeys(refusal.key for refusal in decision.refusals)),
        "deployment": "" if deployment is None else str(deployment),
    }


def _tell(settings: Settings, decision: Decision) -> None:
    """In CI: the decision as the step's summary, and each refusal as an error of the run."""
    from mlgate.cli import publishing, show

    if settings.ci_run.annotations is not None:
        for refusal in decision.refusals:
            text = f"{refusal.key}: {refusal.reason}"
            publishing.annotate(settings, "error", text, title="mlgate verify")
    publishing.to_summary(settings, show.decision_page(decision))
