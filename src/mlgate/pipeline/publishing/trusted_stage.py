"""The trusted stage: another run's bundle, accepted, judged again and drawn here.

`workflow_run` starts by a workflow's name, which a fork can choose, and does not name the pull
request of a fork. So everything is asked of GitHub by the run's id, and must fit exactly.

    run id ──► run, pull request (GitHub) ──► judging branch's policy and models (git) ──┐
    artifact ──► bundle (typed, within limits) ──────────────────────────────────────────┴─► verdict ─► report ─► post

Of the pull request's own tree only names and modes of files are read, and the names of models.
Nothing of it is read back from a file: the run directory that is left behind is for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate import checks, config, report
from mlgate.errors import DataError, ForgeError, MlgateError, UsageError
from mlgate.forges.protocols import needed
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.pipeline import gate_and_report
from mlgate.pipeline.judging.applicable import not_applicable, path_filter
from mlgate.pipeline.judging.branch import Branch, Change, Trees, judging_branch
from mlgate.pipeline.judging.edited import Head, last_outcome
from mlgate.pipeline.judging.identity import default_name
from mlgate.pipeline.ledger.evaluations import evaluation, record
from mlgate.pipeline.publishing.bundle import NAME, ZIP, fitting, unpack
from mlgate.pipeline.publishing.content import of_drawn
from mlgate.pipeline.publishing.destination import Destination
from mlgate.pipeline.publishing.looked_up import of_pull_request
from mlgate.pipeline.publishing.rejudge import PolicySource, rejudge
from mlgate.report.load import loaded
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate import ci
    from mlgate.config import LoadedConfig
    from mlgate.forges.data import PullRequest, WorkflowRun
    from mlgate.forges.protocols import Forge
    from mlgate.model.run_stamp import RunStamp
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.judging.branch import Judging
    from mlgate.pipeline.publishing.bundle import Bundle
    from mlgate.pipeline.publishing.content import Content
    from mlgate.pipeline.publishing.destination import PublishOptions
    from mlgate.pipeline.publishing.rejudge import Rejudged
    from mlgate.report.folder import Drawn
    from mlgate.run_dir import RunDir

WORKFLOW: Final = ".github/workflows/mlgate.yml"


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    """What is accepted: named by the trusted workflow, never by the bundle.

    Attributes
    ----------
    run
        The workflow run's id.
    workflow
        The file of the workflow that computes.
    artifact
        What it uploads its bundle as.
    path
        The configuration, below the repository's top folder.
    """

    run: int
    workflow: str = WORKFLOW
    artifact: str = NAME
    path: str = "mlgate.yaml"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A bundle, whose it is, and what judges it."""

    bundle: Bundle
    run: WorkflowRun
    pull: PullRequest
    judging: Judging
    base: LoadedConfig
    others: tuple[int, ...]
    """Open pull requests of the same commit into other branches."""


class RefusedBundleError(DataError):
    """A run's bundle is missing or of no use, so that an earlier run's status must not stand.

    Attributes
    ----------
    name
        The model's.
    sha
        The head of the pull request.
    """

    def __init__(self, error: DataError, name: str, sha: str) -> None:
        super().__init__(error.message, hint=error.hint)
        self.name, self.sha = name, sha


def accept(
    context: Context, forge: Forge, expected: ExpectedRun, repository: str
) -> Accepted | None:
    """Fetch everything; None when there is nothing to do, see `take`.

    Raises
    ------
    UsageError
        When the run is none that this stage accepts.
    RefusedBundleError
        When its artifact is missing or no bundle, its branch is the head of several pull requests,
        or the branch that judges has no such model.
    ConfigError
        When the judging branch's policy is not valid.
    StoreError
        When git cannot read the branches or the pull request's commit.
    ForgeError
        When GitHub refuses or fails.
    """
    run = needed(forge.runs, "workflow runs").get(expected.run)
    if run is None:
        msg = f"there is no workflow run {expected.run}, or this token may not see it"
        raise UsageError(msg, hint="grant the job:  actions: read")
    _hold_origin(run, expected)
    pulls = needed(forge.pulls, "pull requests").headed_by(run.head_sha)
    of_branch = [pull for pull in pulls if _is_of(pull, run)]
    if not of_branch:
        return None
    pull = of_branch[0]
    judging = _judging(context, forge, pull, expected.path, repository)
    try:
        base = _policy(judging, expected.path)
        _hold_alone(run, of_branch)
        bundle = _bundle(forge, run, expected)
    except DataError as error:
        if _was_edited(forge, run, pull):
            return None
        name = judging.name or default_name(repository.rpartition("/")[2], expected.path)
        raise RefusedBundleError(error, name, pull.head_sha) from None
    others = (other.number for other in pulls if other.base_branch != pull.base_branch)
    return Accepted(bundle, run, pull, judging, base, tuple(sorted(others)))


def _hold_origin(run: WorkflowRun, expected: ExpectedRun) -> None:
    if run.event != "pull_request":
        msg = (
            f"run {run.id} was started by {run.event!r}; only runs of pull_request are published so"
        )
        raise UsageError(
            msg, hint="let the job run `if: github.event.workflow_run.event == 'pull_request'`"
        )
    if run.path != expected.workflow:
        msg = f"run {run.id} is of {run.path!r}, not of {expected.workflow!r}"
        raise UsageError(msg, hint="name the workflow that computes with --workflow")


def _is_of(pull: PullRequest, run: WorkflowRun) -> bool:
    """Whether a pull request is of a run's branch; of none where the fork is gone."""
    if run.head_repository is None or run.head_branch is None:
        return False
    return (pull.head_repository, pull.head_branch) == (run.head_repository, run.head_branch)


def _hold_alone(run: WorkflowRun, pulls: Sequence[PullRequest]) -> None:
    """Refuse a run of several pull requests, since GitHub does not say which started it."""
    if len(pulls) > 1:
        numbers = ", ".join(f"#{number}" for number in sorted(pull.number for pull in pulls))
        msg = f"{short_sha(run.head_sha)} is the head of several pull requests: {numbers}"
        raise DataError(msg, hint="close all but one, and run this one's workflow again")


def _judging(
    context: Context, forge: Forge, pull: PullRequest, path: str, repository: str
) -> Judging:
    """Find out which branch judges, as it is now, and what the change does to its models."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        msg = f"{path!r} is no path below the repository's top folder"
        raise UsageError(msg, hint="for example --config models/a/mlgate.yaml")
    git = Git(context.cwd, context.ci_run.login)
    head = git_facts.ensure(git, pull.head_sha)
    name = context.ci_run.default_branch
    if name is None:
        name = needed(forge.pulls, "pull requests").repository().default_branch
    branches = {each: Branch(each, git_facts.tip(git, each)) for each in {name, pull.base_branch}}
    common = {
        branch.name: git_facts.common(git, head, branch.commit)
        for branch in branches.values()
        if branch.commit is not None
    }
    default, base = branches[name], branches[pull.base_branch]
    change = Change(path, head, repository.rpartition("/")[2])
    return judging_branch(Trees(git, change), default, base, common)


def _policy(judging: Judging, path: str) -> LoadedConfig:
    if judging.problem is not None:
        raise judging.problem
    if judging.loaded is None:
        msg = f"{judging.branch.name} has no {path}, so there is nothing to judge by"
        raise DataError(
            msg, hint="merge its mlgate.yaml first, or push the branch to this repository"
        )
    return judging.loaded


def _was_edited(forge: Forge, run: WorkflowRun, pull: PullRequest) -> bool:
    """Whether an earlier run of the same head and base has reported, so that its status stands.

    A pull request's job measures nothing where only the title was edited.
    """
    assert run.head_branch is not None
    assert run.head_repository is not None
    head = Head(run.id, run.path, pull.number, run.head_sha, run.head_branch, run.head_repository)
    try:
        last = last_outcome(forge, head)
    except ForgeError:
        return False
    return last is not None and last.run.started_at < run.created_at


def _bundle(forge: Forge, run: WorkflowRun, expected: ExpectedRun) -> Bundle:
    artifacts = needed(forge.artifacts, "artifacts")
    uploaded = artifacts.of(run.id, expected.artifact)
    own = [artifact for artifact in uploaded if artifact.run == run.id]
    if not own:
        msg = f"run {run.id} has no artifact {expected.artifact!r}"
        raise DataError(
            msg, hint="it uploads what `mlgate bundle` writes, also after a failed gate"
        )
    try:
        content = artifacts.download(own[0], ZIP)
    except ForgeError as error:
        if own[0].size > ZIP:
            raise DataError(error.message, hint="measure fewer columns, groups or slices") from None
        raise
    return unpack(content, checks.evidence_types())


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle that was accepted, what came of it, and where its files are to be written."""

    accepted: Accepted
    judged: Rejudged
    drawn: Drawn
    content: Content
    dir: RunDir


def take(context: Context, forge: Forge, expected: ExpectedRun, repository: str) -> Taken | None:
    """Accept a run's bundle, judge it by the base branch's policy, and draw its report.

    Returns
    -------
    Taken or None
        None when there is nothing to do: the pull request has moved on, so that a later run
        reports on its head, or only its title was edited.

    Raises
    ------
    MlgateError
        See `accept`, and when the run directory holds files of somebody else's.
    """
    accepted = accept(context, forge, expected, repository)
    if accepted is None:
        return None
    organisations = tuple(_organisations(context, accepted))
    reason = _not_applicable(context, accepted)
    with fitting():
        judged = rejudge(
            accepted,
            organisations,
            repository,
            context.now.date(),
            reason,
            of_pull_request(context, accepted, repository),
        )
        run = loaded(judged.run, judged.verdict, judged.evidence)
        drawn = report.draw([run], checks.pages())
    run_dir = gate_and_report.locate(context)
    run_dir.reset()
    return Taken(accepted, judged, drawn, of_drawn(run, drawn), run_dir)


def write(taken: Taken) -> None:
    """Leave the run directory behind: what was judged, and the report."""
    judged = taken.judged
    taken.dir.write_run(judged.run)
    for folder, evidence in judged.evidence.items():
        for measured in evidence.values():
            taken.dir.write_evidence(measured.shown(judged.run.changes), folder)
    taken.dir.write_verdict(judged.verdict)
    report.save(taken.dir, taken.drawn)


def destination(
    taken: Taken, started: ci.Run, options: PublishOptions, stamp: RunStamp
) -> Destination:
    """Return where it is published: the pull request that the forge names, never one that an option names."""
    run, pull = taken.accepted.run, taken.accepted.pull
    return Destination(
        key=options.key or taken.judged.run.name,
        sha=run.head_sha,
        pull=pull.number,
        stamp=stamp,
        look_back=True,
        run_url=run.url,
        report_url=options.report_url,
        private=started.private,
        base=pull.base_branch,
        others=taken.accepted.others,
        only=options.only,
    )


def remember(context: Context, taken: Taken) -> None:
    """Leave a line in the ledger, which pull requests' own jobs may not write."""
    run, pull = taken.accepted.run, taken.accepted.pull
    evidence = taken.judged.evidence.get(taken.judged.run.judges[0].evidence, {})
    line = evaluation(
        taken.judged.verdict,
        evidence,
        taken.judged.run.started,
        "exact",  # whoever can see the bundle has the numbers
        pull_request=pull.number,
        actor=pull.author,
        run=run.id,
        attempt=run.attempt,
    )
    root = context.cwd / PurePosixPath(taken.accepted.base.file).parent
    store = taken.accepted.base.config.baseline.store
    record(context, Git(context.cwd, context.ci_run.login), root, store, line)


def _organisations(context: Context, accepted: Accepted) -> Iterator[PolicySource]:
    for file in context.policies:
        organisation = config.load_policy(context.cwd / file, checks.sections())
        governed = config.with_organisation(accepted.base.config, organisation)
        yield PolicySource(file.name, str(file), governed)


def _not_applicable(context: Context, accepted: Accepted) -> str | None:
    """Determine here what the bundle claims: its word would let a change pass unjudged.

    Where that cannot be determined the change counts as one that had to be measured.
    """
    if accepted.bundle.run.not_applicable is None:
        return None
    when, pull = accepted.base.config.when, accepted.pull
    everything = path_filter(when, accepted.base.file).takes_everything
    if everything and (when.drafts or not pull.draft):
        return None
    git = Git(context.cwd, context.ci_run.login)
    try:
        facts = git_facts.facts(git, pull.base_branch, commit=pull.head_sha)
        return not_applicable(when, git, facts, accepted.base.file, pull.draft)
    except MlgateError as error:
        context.progress.line(f"mlgate: what changed cannot be found out here: {error.message}")
        return None
