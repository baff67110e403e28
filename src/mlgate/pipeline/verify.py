"""`mlgate verify`: the evidence of the deployed commit, judged again, and the model's digest.

commit ──► on the branch? (git) ─────────┐
       ├─► policy at that commit (git) ──┤
       └─► evidence and run (store) ─────┴─► judge ─► rollout.decision ◄─ SHA-256 of the model
                                                          ▲
                   attestations (forge) ─► signer checked ┘  where they are required
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mlgate import checks, config
from mlgate.config.scalars import seconds
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.gates.judge import judge
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import Artifact, TrainEvidence
from mlgate.pipeline import prepare
from mlgate.pipeline.judging.identity import default_name
from mlgate.pipeline.judging.place import find_config, repository_name
from mlgate.pipeline.judging.references import References
from mlgate.rollout import attestation
from mlgate.rollout.decision import Decision, Judged, refusals
from mlgate.run_dir import EVIDENCE, RUN, RunFileError, RunFiles
from mlgate.stores import open_store
from mlgate.text.short import commit_name, short_sha
from mlgate.training import digests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.config import Config, LoadedConfig
    from mlgate.forges.protocols import Attestations
    from mlgate.pipeline.context import Context
    from mlgate.rollout.attestation import Attested


@dataclass(frozen=True, slots=True)
class Demand:
    """Which attestation is required, and where to get it.

    Attributes
    ----------
    repository, server
        Where the workflow that must have signed ran.
    workflow
        See `signer_of`.
    ref
        The branch or tag that it must have run on; None for that of the baselines.
    trusted_root
        See `attestation.check`.
    """

    attestations: Attestations
    repository: str
    server: str
    workflow: str
    ref: str | None = None
    trusted_root: Path | None = None


@dataclass(frozen=True, slots=True)
class _ConfiguredCommit:
    """A commit with its configuration."""

    git: Git
    root: Path
    commit: str
    loaded: LoadedConfig
    path: str

    @property
    def config(self) -> Config:
        return self.loaded.config


@dataclass(frozen=True, slots=True)
class Verified:
    """A decision, and what its commit's run recorded: the training, and the rows if they were kept."""

    decision: Decision
    train: TrainEvidence | None
    rows: Callable[[], bytes | None]


def verify(
    context: Context,
    model: Path,
    *,
    commit: str | None = None,
    evidence: Path | None = None,
    demand: Demand | None = None,
) -> Decision:
    """Decide whether a model may be deployed.

    Parameters
    ----------
    model
        The file or folder to deploy, relative to the current folder.
    commit
        The commit that it was trained at; by default the one that is checked out.
    evidence
        A run directory to read instead of the baseline store.
    demand
        The attestation that is required, if any.

    Raises
    ------
    UsageError
        When the model or the commit is not there, the commit has no configuration, or
        attestations cannot be checked here.
    DataError
        When there is no evidence of this commit, or it is damaged.
    StoreError
        When the store cannot be read.
    ForgeError
        When the forge does not return the attestations.
    """
    return verified(context, model, commit=commit, evidence=evidence, demand=demand).decision


def verified(
    context: Context,
    model: Path,
    *,
    commit: str | None = None,
    evidence: Path | None = None,
    demand: Demand | None = None,
) -> Verified:
    """Decide as `verify` does, and return what else is known of the commit's run."""
    at = _at(context, commit)
    if not (context.cwd / model).exists():
        msg = f"there is no {model} in {context.cwd}"
        raise UsageError(msg, hint="name the file to deploy")
    files, source, rows = _from_store(context, at) if evidence is None else _from_folder(evidence)
    judged = _judged(context, at, files)
    if evidence is None:
        judged = replace(judged, off_branch=_off_branch(at))
    artifact = digests.describe(str(model), context.cwd)
    attested = _attested(demand, artifact, at)
    return Verified(_decision(context, at, judged, artifact, source, attested), judged.train, rows)


def recorded(context: Context, commit: str, sha256: str | None) -> Decision:
    """Decide whether a model that a registry names ever passed, whatever its age is.

    Parameters
    ----------
    sha256
        Of its file, in hex; None where the registry does not know it.

    Raises as `verify` does.
    """
    at = _at(context, commit)
    files, source, _ = _from_store(context, at)
    judged = replace(_judged(context, at, files), off_branch=_off_branch(at))
    decision = _decision(
        context, at, judged, Artifact(path="its file", sha256=sha256 or "", size=0), source, None
    )
    lapsing = {"policy.deploy.max_age"} | ({"train.artifacts"} if sha256 is None else set())
    left = tuple(refusal for refusal in decision.refusals if refusal.key not in lapsing)
    return decision.model_copy(update={"refusals": left})


def _decision(
    context: Context,
    at: _ConfiguredCommit,
    judged: Judged,
    artifact: Artifact,
    source: str,
    attested: Attested | None,
) -> Decision:
    deploy = at.config.policy.deploy
    age = dt.timedelta(seconds=seconds(deploy.max_age))
    return Decision(
        model=artifact.path,
        sha256=artifact.sha256,
        name=judged.run.name,
        commit=at.commit,
        verdict=judged.verdict.verdict,
        headline=judged.verdict.headline,
        measured=judged.run.started,
        source=source,
        refusals=refusals(artifact, judged, deploy, age, context.now, attested),
    )


def commit_of(context: Context, commit: str | None) -> str:
    """Return the full SHA of the commit to verify."""
    git = Git(find_config(context).parent.resolve(), context.ci_run.login)
    return git_facts.ensure(git, commit or "HEAD")


def _attested(demand: Demand | None, model: Artifact, at: _ConfiguredCommit) -> Attested | None:
    if demand is None:
        return None
    ref = demand.ref or f"refs/heads/{at.config.baseline.branch}"
    signer = attestation.signer_of(
        demand.repository, demand.workflow, ref, at.commit, demand.server
    )
    bundles = demand.attestations.of(model.sha256)
    return attestation.check(bundles, model.sha256, signer, demand.trusted_root)


def _at(context: Context, commit: str | None) -> _ConfiguredCommit:
    """Read the configuration of the commit, not the one in the work tree."""
    path = find_config(context)
    git = Git(path.parent.resolve(), context.ci_run.login)
    full = git_facts.ensure(git, commit or "HEAD")
    name = (git.root.relative_to(git.top) / path.name).as_posix()
    text = git_facts.file_at(git, full, name)
    if text is None:
        msg = f"{commit_name(full)} has no {name}"
        raise UsageError(msg, hint="verify a commit that mlgate has judged")
    return _ConfiguredCommit(
        git,
        git.root,
        full,
        config.parse(text.decode("utf-8"), f"{short_sha(full)}:{name}", checks.sections()),
        name,
    )


def _from_store(
    context: Context, at: _ConfiguredCommit
) -> tuple[RunFiles, str, Callable[[], bytes | None]]:
    """Read the commit's baseline; where there is a remote, only the remote's store counts."""
    settings = at.config.baseline
    name = at.config.name or default_name(repository_name(context, at.git), at.path)
    place = _references(context, at).expand(settings.store, "baseline.store")
    store = open_store(
        place, at.git, at.root, name, local=at.git.remote is None, environ=context.environ
    )
    for baseline in store.baselines():
        if baseline.commit == at.commit:
            where = f"{settings.store} on {at.git.remote}" if at.git.remote else settings.store
            files = RunFiles(store.read(baseline), checks.evidence_types())
            return files, f"the baseline store ({where})", partial(store.read_rows, baseline)
    msg = (
        f"{commit_name(at.commit)} has no baseline in the store (baseline.store: {settings.store})"
    )
    hint = (
        "the workflow of the base branch saves one for each commit: has it finished for this one?"
    )
    raise DataError(msg, hint=hint)


def _references(context: Context, at: _ConfiguredCommit) -> References:
    """Return what may be resolved: of a commit that CI has not merged nothing."""
    merged = not context.ci_run.in_ci or _off_branch(at) is None
    return References(context.environ, None if merged else frozenset(), at.config.baseline.branch)


def _off_branch(at: _ConfiguredCommit) -> str | None:
    """Return the baselines' branch if the commit is not on it, else None.

    A baseline can be saved by hand for any commit, such as a pull request's.
    """
    branch = at.config.baseline.branch
    tip = git_facts.tip(at.git, branch)
    merged = tip is not None and git_facts.is_ancestor(at.git, at.commit, tip)
    return None if merged else branch


def _from_folder(folder: Path) -> tuple[RunFiles, str, Callable[[], bytes | None]]:
    run_dir = prepare.open_run_dir(folder)
    files = run_dir.files()
    if RUN not in files.files:
        msg = f"{folder} is not a run directory: it has no {RUN}"
        raise DataError(msg, hint="name the .mlgate folder of the commit's run")
    kept = run_dir.rows
    return files, str(folder), lambda: kept.read_bytes() if kept.is_file() else None


def _judged(context: Context, at: _ConfiguredCommit, files: RunFiles) -> Judged:
    """Judge again, under the policy at the commit and those of `--policy`."""
    try:
        evidence = {folder: files.evidence(folder) for folder in files.folders()}
        recorded = files.run()
    except RunFileError as error:
        raise _damaged(error.name) from None
    if recorded.commit != at.commit:
        msg = f"this evidence is of {short_sha(recorded.commit)}, not of {short_sha(at.commit)}"
        raise DataError(msg, hint="name the commit that the model was trained at with --commit")
    judges = prepare.judges(context, at.loaded, recorded.base_branch or "the commit")
    run = recorded.model_copy(update={"judges": judges})
    verdict = judge(run, evidence, context.now.date(), checks.gates())
    train = evidence.get(EVIDENCE, {}).get("train")
    return Judged(
        run=recorded,
        verdict=verdict,
        train=train if isinstance(train, TrainEvidence) else None,
        policy_digest=at.config.policy_digest(),
    )


def _damaged(path: str) -> StoreError:
    return StoreError(
        f"{path} of this commit is damaged, or from another version of mlgate",
        hint="run mlgate on the base branch at this commit again, and `mlgate baseline save`",
    )
