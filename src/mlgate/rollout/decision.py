"""The deployment gate: may this model be deployed, and if not, which key refuses it? Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.model.base import Frozen
from mlgate.text.lists import first_of
from mlgate.text.short import short_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.model.evidence import Artifact, TrainEvidence
    from mlgate.model.policy import Deploy
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.rollout.attestation import Attested

_SHOWN = 5
_CLOCKS = dt.timedelta(hours=1)
"""How far the clocks of two machines may be apart."""


class Refusal(Frozen):
    """One reason not to deploy, and the key of mlgate.yaml that decides it."""

    key: str
    reason: str
    hint: str


class Decision(Frozen):
    """What came of `mlgate verify`; allowed without refusals.

    `measured` is when the commit's run began (UTC); `source` says where its evidence lay.
    """

    model: str
    sha256: str
    name: str
    commit: str
    verdict: str
    headline: str
    measured: str
    source: str
    refusals: tuple[Refusal, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the model may be deployed."""
        return not self.refusals


@dataclass(frozen=True, slots=True)
class Judged:
    """A commit's run, judged again under the policy at that commit.

    Attributes
    ----------
    policy_digest
        Of the policy at that commit; the evidence must have been measured under it.
    off_branch
        The branch of the baselines, where the commit is not on it; else None.
    """

    run: RunRecord
    verdict: Verdict
    train: TrainEvidence | None
    policy_digest: str
    off_branch: str | None = None


def refusals(
    model: Artifact,
    judged: Judged,
    accept: Deploy,
    max_age: dt.timedelta,
    now: dt.datetime,
    attested: Attested | None = None,
) -> tuple[Refusal, ...]:
    """Return every reason why a model must not be deployed; none where it may.

    Parameters
    ----------
    model
        The file or folder that is to be deployed, with its digest.
    max_age
        `policy.deploy.max_age`.
    attested
        What came of the model's attestations; None where none is required.
    """
    return (
        *_branch(judged),
        *_policy(judged),
        *_verdict(judged.verdict, accept),
        *_external(judged.run, accept),
        *_age(judged.run, accept, max_age, now),
        *_model(model, judged.train),
        *_attestation(model, attested),
    )


def _branch(judged: Judged) -> Iterator[Refusal]:
    if judged.off_branch is not None:
        yield Refusal(
            key="baseline.branch",
            reason=f"the commit is not on {judged.off_branch}: nobody merged it",
            hint=f"deploy a commit of {judged.off_branch}, with the model that its run made",
        )


def _policy(judged: Judged) -> Iterator[Refusal]:
    measured = judged.run.judges[0].digest if judged.run.judges else None
    if measured != judged.policy_digest:
        yield Refusal(
            key="policy",
            reason="the evidence was measured under another policy than the one at this commit",
            hint="run mlgate on the base branch at this commit, and `mlgate baseline save`",
        )


def _verdict(verdict: Verdict, accept: Deploy) -> Iterator[Refusal]:
    words = ", ".join(accept.accept)
    if verdict.verdict not in accept.accept:
        yield Refusal(
            key="policy.deploy.accept",
            reason=f"the verdict is {verdict.verdict} ({verdict.headline}); accepted: {words}",
            hint=_deciding(verdict) or "see the commit's report",
        )
    waived = [gate.id for gate in verdict.gates if gate.waived and gate.verdict != "pass"]
    if waived and "waived" not in accept.accept:
        yield Refusal(
            key="policy.deploy.accept",
            reason=f"waived: {first_of(waived, _SHOWN)}; accepted: {words}",
            hint="add waived to policy.deploy.accept, or fix the model",
        )


def _external(run: RunRecord, accept: Deploy) -> Iterator[Refusal]:
    if run.external is not None and not accept.external:
        yield Refusal(
            key="policy.deploy.external",
            reason=f"the results are those of {run.external.kind} run {run.external.id}, made elsewhere",
            hint="train in CI; or accept them: policy: {deploy: {external: true}}",
        )


def _deciding(verdict: Verdict) -> str | None:
    gates = [gate for gate in verdict.gates if gate.counts and gate.verdict == verdict.verdict]
    if not gates:
        return None
    return "; ".join(f"{gate.id}: {gate.reason}" for gate in gates[:_SHOWN])


def _age(
    run: RunRecord, accept: Deploy, max_age: dt.timedelta, now: dt.datetime
) -> Iterator[Refusal]:
    age = now - dt.datetime.fromisoformat(run.started)
    if age > max_age:
        yield Refusal(
            key="policy.deploy.max_age",
            reason=f"the run is {_duration(age)} old; at most {accept.max_age} is allowed",
            hint="run the workflow of the base branch again, and deploy what it makes",
        )
    if age < -_CLOCKS:
        yield Refusal(
            key="policy.deploy.max_age",
            reason=f"the run began {_duration(-age)} from now: one of two clocks is wrong",
            hint="set the clock of the machine that trains, or of this one, and run it again",
        )


def _model(model: Artifact, train: TrainEvidence | None) -> Iterator[Refusal]:
    artifacts = train.artifacts if train is not None else ()
    if any(model.sha256 == artifact.sha256 for artifact in artifacts):
        return
    if not artifacts:
        yield Refusal(
            key="train.artifacts",
            reason="the run recorded no artifact, so models cannot be distinguished",
            hint="list the model's file under train.artifacts in mlgate.yaml",
        )
        return
    yield Refusal(
        key="train.artifacts",
        reason=f"{model.path} ({short_digest(model.sha256)}) is none of the run's artifacts: {_files(artifacts)}",
        hint="deploy the file that the training of this very commit made",
    )


def _attestation(model: Artifact, attested: Attested | None) -> Iterator[Refusal]:
    if attested is not None and not attested.holds:
        yield Refusal(
            key="--require-attestation",
            reason=f"no attestation vouches for {model.path}: {'; '.join(attested.reasons)}",
            hint="the workflow named by --signer-workflow makes one, at this commit, by"
            f" actions/attest with `subject-path: {model.path}`",
        )


def _files(artifacts: Sequence[Artifact]) -> str:
    names = (f"{artifact.path} ({short_digest(artifact.sha256)})" for artifact in artifacts)
    return first_of(names, _SHOWN)


def _duration(age: dt.timedelta) -> str:
    days, hours = age.days, age.seconds // 3600
    return f"{days} days" if days > 1 else f"{days * 24 + hours} hours"
