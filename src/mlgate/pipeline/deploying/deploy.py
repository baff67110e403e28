"""Deploy a verified model beside the running one, without traffic, and judge what it shows."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mlgate import __version__, checks, ci, credentials, report
from mlgate.checks.deploy.section import DeploySection
from mlgate.errors import UsageError
from mlgate.files import write_atomic
from mlgate.gates.judge import judge
from mlgate.model.inputs import Stamp
from mlgate.model.policy import Gate
from mlgate.pipeline.deploying import preflight
from mlgate.pipeline.prepare import open_run_dir, prepare
from mlgate.pipeline.verify import verified
from mlgate.run_dir import EVIDENCE
from mlgate.serving.manifests import KINDS
from mlgate.training.environment import user_environment

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.checks.deploy.evidence import DeployEvidence
    from mlgate.checks.deploy.from_trial import Trial, VersionLoad
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.deploying.known import KnownRows
    from mlgate.pipeline.prepare import Prepared
    from mlgate.pipeline.verify import Demand, Verified
    from mlgate.rollout.decision import Decision
    from mlgate.serving.client import ModelClient
    from mlgate.serving.load import TimedRequest
    from mlgate.serving.targets import DeployTarget
    from mlgate.serving.tensors import TensorSpec

CHECK: Final = "deploy"
FOLDER: Final = ".mlgate-deploy"
"""The run directory of a deployment, beside mlgate.yaml."""
SERVERS: Final = ".mlgate-servers"
"""The folder of what outlives it: logs of servers that run on, and manifests."""
TURNS: Final = 20
"""Turns of each version under load: as many independent looks at its latency."""
_SEED: Final = 17
_PREFLIGHT: Final = f"{CHECK}.preflight"


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What to deploy; see `verify`.

    Attributes
    ----------
    at
        The address of a version that runs already, which is then judged; None to start one.
    plan
        Whether to stop before anything is started.
    """

    model: Path
    commit: str | None = None
    evidence: Path | None = None
    demand: Demand | None = None
    at: str | None = None
    plan: bool = False


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it: no verdict where the model is refused, or nothing was to be started.

    `manifests` is the file of a cluster's objects that was written, where the target is one.
    """

    decision: Decision
    problems: tuple[str, ...] = ()
    verdict: Verdict | None = None
    address: str = ""
    pid: int | None = None
    manifests: Path | None = None


def deploy(context: Context, options: DeployOptions) -> Deployed:
    """Verify, preflight, start, ask, load, judge; what is refused is stopped again.

    Raises
    ------
    UsageError
        When mlgate.yaml has no `deploy`, or this is not the default branch.
    MlgateError
        As `verify` raises; and for known inputs that cannot be read.
    """
    prepared = _prepared(context)
    section = prepared.loaded.config.section(DeploySection)
    if section is None:
        raise UsageError("mlgate.yaml has no deploy", hint=checks.sections()[CHECK].example)
    model = verified(
        context,
        options.model,
        commit=options.commit,
        evidence=options.evidence,
        demand=options.demand,
    )
    if not model.decision.allowed:
        return Deployed(model.decision)
    folder = context.cwd / context.run_dir if context.run_dir else prepared.root / FOLDER
    work = _Deployment(prepared, section, options, model, folder)
    if options.at is None and section.target in KINDS:
        return Deployed(model.decision, manifests=None if options.plan else work.manifests())
    problems = work.problems()
    if options.plan:
        return Deployed(model.decision, problems)
    return work.judged(problems)


@dataclass(frozen=True, slots=True)
class _Deployment:
    prepared: Prepared
    section: DeploySection
    options: DeployOptions
    verified: Verified
    folder: Path

    @property
    def model(self) -> Path:
        return self.prepared.context.cwd / self.options.model

    @property
    def name(self) -> str:
        return self.section.server.name or self.model.stem

    def problems(self) -> tuple[str, ...]:
        """Return what must not be so before anything is started here."""
        import psutil

        from mlgate.training.capture import capture

        if self.options.at is not None or self.section.target != "local":
            return tuple(self.target().problems())
        root = self.prepared.root
        facts = preflight.MachineFacts(
            capture(self.environ(), root),
            psutil.virtual_memory().available,
            shutil.disk_usage(root).free,
        )
        train = self.verified.train
        trained = None if train is None else train.environment
        files = (path for path in (self.model, *self.model.rglob("*")) if path.is_file())
        size = sum(path.stat().st_size for path in files)
        return (
            *preflight.problems(self.section.preflight, facts, trained, size),
            *self.target().problems(),
        )

    def target(self) -> DeployTarget:
        from mlgate.serving.targets.command import CommandTarget
        from mlgate.serving.targets.local import LocalTarget
        from mlgate.serving.targets.there import ThereTarget

        server, root = self.section.server, self.prepared.root
        if self.options.at is not None:
            return ThereTarget(self.options.at)
        kind, _, program = self.section.target.partition(":")
        if kind == "command":
            sha256 = self.verified.decision.sha256
            return CommandTarget(
                program, str(self.model), sha256, root, self.environ(), server.start_within
            )
        return LocalTarget(
            server.run,
            str(self.model),
            server.ports,
            server.ready,
            root,
            self.environ(),
            self.servers(),
            server.start_within,
        )

    def servers(self) -> Path:
        """Return the folder of logs and manifests, which git ignores."""
        folder = self.prepared.root / SERVERS
        write_atomic(folder / ".gitignore", "*\n")
        return folder

    def manifests(self) -> Path:
        """Write the objects of a cluster."""
        from mlgate.serving.manifests import ManifestFacts, as_yaml, documents

        cluster, decision = self.section.cluster, self.verified.decision
        assert cluster is not None
        place, image = (
            (text or "").replace("{sha256}", decision.sha256).replace("{commit}", decision.commit)
            for text in (cluster.storage, cluster.image)
        )
        facts = ManifestFacts(
            cluster.name,
            cluster.namespace,
            str(self.options.model),
            decision.sha256,
            decision.commit,
            place,
            image,
            cluster.replicas,
        )
        path = self.servers() / f"{self.section.target}.yaml"
        write_atomic(path, as_yaml(documents(self.section.target, facts)))
        return path

    def environ(self) -> dict[str, str]:
        """Return the server's environment: no credentials but those that `pass_env` names."""
        context = self.prepared.context
        return user_environment(
            {name: value for name, value in context.environ.items() if name != _TRACKING},
            prefix=sys.prefix,
            base_prefix=sys.base_prefix,
            credentials=ci.credentials(),
            channels=ci.channels(),
            pass_env=self.section.server.pass_env,
            secrets=credentials.names_in(context.environ) if context.ci_run.in_ci else (),
        ).env

    def judged(self, problems: tuple[str, ...]) -> Deployed:
        """Try the version, judge what it showed, write the report; keep it, or stop it."""
        from mlgate.checks.deploy.from_trial import Trial, evidence

        run = _run(self.prepared, self.section, self.verified.decision.commit, started=not problems)
        run_dir = open_run_dir(self.folder)
        run_dir.reset()
        trial = Trial(self.verified.decision.sha256, problems)
        target = self.target()
        try:
            if not problems:
                trial = self.tried(target, trial)
            measured = evidence(trial, self.stamp(run))
            context = self.prepared.context
            verdict = judge(run, {EVIDENCE: {CHECK: measured}}, context.now.date(), checks.gates())
            self.report(run, measured, verdict)
        except BaseException:
            target.stop()
            raise
        if verdict.blocked:
            target.stop()
        return Deployed(self.verified.decision, problems, verdict, trial.address, target.pid)

    def tried(self, target: DeployTarget, trial: Trial) -> Trial:
        """Return the trial as far as it comes."""
        from mlgate.serving.client import EndpointError, ModelClient

        try:
            running = target.running()
            trial = replace(trial, address=target.start())
            client = ModelClient(trial.address, self.name, self.section.server.timeout)
            try:
                metadata = client.metadata()
                _refuse_other_model(metadata.platform, metadata.versions, trial.model_digest)
                rows = self.known(metadata.inputs)
                if rows is None:
                    return trial
                trial = self.compared(client, trial, rows)
            finally:
                client.close()
            return self.loaded(trial, rows, running)
        except EndpointError as error:
            return replace(trial, error=str(error))

    def known(self, specs: tuple[TensorSpec, ...]) -> KnownRows | None:
        """Read the known inputs, if there are any."""
        from mlgate.pipeline.deploying.known import KnownSource, read

        section, prepared = self.section.known_inputs, self.prepared
        predictions, key = (
            prepared.loaded.config.predictions,
            prepared.loaded.config.baseline.id_key,
        )
        if section is None or predictions is None:
            return None
        path = prepared.references.expand(section.path, "deploy.known_inputs.path")
        secret = prepared.references.expand(key, "baseline.id_key").encode() if key else None
        rows = self.verified.rows()
        return read(KnownSource(section, predictions, path, prepared.root, rows, secret), specs)

    def compared(self, client: ModelClient, trial: Trial, rows: KnownRows) -> Trial:
        """Ask every known input."""
        from mlgate.pipeline.deploying.known import compare

        assert self.section.known_inputs is not None
        differing = tuple(compare(client, rows, self.section.known_inputs.tolerance))
        return replace(trial, rows=len(rows.bodies), differing=differing)

    def loaded(self, trial: Trial, rows: KnownRows, running: str | None) -> Trial:
        """Load both versions in turns, with the same arrivals."""
        from mlgate.serving.client import EndpointError

        section = self.section.load
        if section is None:
            return trial
        addresses = [trial.address, *([running] if running else [])]
        new, *old = self.turns(addresses, rows.bodies)
        if all(failure is not None for failure in new.failures):
            raise EndpointError(f"no request is answered under load: {new.failures[0]}")
        return replace(trial, rate=section.rate, new=new, running=old[0] if old else None)

    def turns(self, addresses: list[str], bodies: tuple[bytes, ...]) -> list[VersionLoad]:
        """Return how each address answered; who is first changes from turn to turn."""
        import numpy as np

        from mlgate.checks.deploy.from_trial import VersionLoad
        from mlgate.serving.load import arrivals, play

        assert self.section.load is not None
        timeout, section = self.section.server.timeout, self.section.load
        each = max(round(section.rate * section.duration / TURNS), 1)
        timed: list[list[TimedRequest]] = [[] for _ in addresses]
        for turn in range(TURNS):
            due = arrivals(section.rate, each, _SEED + turn)
            order = range(len(addresses)) if turn % 2 else reversed(range(len(addresses)))
            for place in order:
                timed[place] += play(addresses[place], self.name, bodies, due, timeout)
        return [
            VersionLoad(
                np.array([max(r.seconds, timeout if r.failure else 0.0) for r in requests]),
                [request.failure for request in requests],
                np.repeat(np.arange(TURNS), each),
            )
            for requests in timed
        ]

    def stamp(self, run: RunRecord) -> Stamp:
        policy = run.judges[0].policy
        created = self.prepared.context.stamp()
        return Stamp(
            __version__,
            self.verified.decision.commit,
            created,
            run.judges[0].digest,
            policy.confidence,
        )

    def report(self, run: RunRecord, measured: DeployEvidence, verdict: Verdict) -> None:
        """Write the run directory: a copy of it gives the same verdict and the same report."""
        run_dir = open_run_dir(self.folder)
        run_dir.write_run(run)
        run_dir.write_evidence(measured)
        run_dir.write_verdict(verdict)
        report.write(run_dir, (), pages=checks.pages())


_TRACKING: Final = "RUNNER_TRACKING_ID"
"""By it GitHub's runner finds what a job leaves running, and kills it."""


def _prepared(context: Context) -> Prepared:
    """Read configuration and repository; in CI only on the branch that judges."""
    prepared = prepare(context)
    if context.ci_run.in_ci and (context.ci_run.of_pull_request or not prepared.facts.on_base):
        msg = "models are deployed from the default branch, and this is another one"
        raise UsageError(msg, hint="let a workflow on the default branch call this")
    return prepared


def _run(prepared: Prepared, section: DeploySection, commit: str, *, started: bool) -> RunRecord:
    """Return the run with the gates on deployments, and those that always hold; the preflight's alone
    where nothing is started.
    """
    always = {_PREFLIGHT: Gate(max=0)}
    if section.known_inputs is not None:
        always[f"{CHECK}.known_inputs"] = Gate(max=0)
    records = []
    for each in prepared.judges:
        policy = each.config.judging(CHECK)
        gates = {**always, **policy.gates} if started else {_PREFLIGHT: always[_PREFLIGHT]}
        update = {"gates": gates, "waivers": (), "report_only_until": None}
        policy = policy.model_copy(update=update)
        changed = {"policy": policy, "digest": policy.digest(), "evidence": EVIDENCE}
        records.append(each.record.model_copy(update=changed))
    of_deploy = {"commit": commit, "judges": tuple(records), "not_applicable": None}
    more = {"changes": "exact", "dirty": False, "notes": (), "reproduce": ()}
    return prepared.run.model_copy(update=of_deploy | more)


def _refuse_other_model(platform: str, versions: tuple[str, ...], sha256: str) -> None:
    """Raise where a server of mlgate's serves another file than the verified one."""
    from mlgate.serving.client import EndpointError
    from mlgate.serving.models import ONNX, version_of

    if platform == ONNX and version_of(sha256) not in versions:
        msg = f"it serves the file {', '.join(versions)}, and {version_of(sha256)} was verified"
        raise EndpointError(msg)
