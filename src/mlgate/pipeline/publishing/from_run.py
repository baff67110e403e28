"""The trusted stage: another run's bundle becomes a run directory of our own, judged and drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlgate import checks, config
from mlgate.errors import MlgateError
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.pipeline import gate_and_report
from mlgate.pipeline.applicable import EVERYTHING, not_applicable
from mlgate.pipeline.evaluations import evaluation, record
from mlgate.pipeline.publishing.rejudge import Rules, rejudge
from mlgate.pipeline.publishing.target import Target
from mlgate.pipeline.publishing.trusted import accept
from mlgate.pipeline.publishing.unpack import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.forges.data import Stamp
    from mlgate.forges.github.event import Event
    from mlgate.forges.protocols import Forge
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.publishing.rejudge import Judged
    from mlgate.pipeline.publishing.target import Wish
    from mlgate.pipeline.publishing.trusted import Accepted, Expected
    from mlgate.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle that was accepted, and what came of it."""

    accepted: Accepted
    judged: Judged
    dir: RunDir


def take(context: Context, forge: Forge, expected: Expected, repository: str) -> Taken | None:
    """Accept a run's bundle, judge it by the base branch's policy, and write report and plots.

    Returns
    -------
    Taken or None
        None when the pull request has moved on: a later run tells of its head.

    Raises
    ------
    MlgateError
        See `accept`; nothing is written then.
    """
    accepted = accept(forge, expected)
    if accepted is None:
        return None
    organisations = tuple(_organisations(context, accepted))
    found_out = _not_applicable(context, accepted)
    with fitting():
        judged = rejudge(accepted, organisations, repository, context.now.date(), found_out)
    run_dir = gate_and_report.locate(context)
    run_dir.reset()
    run_dir.write_run(judged.run)
    for folder, found in judged.evidence.items():
        for one in found.values():
            run_dir.write_evidence(one, folder)
    run_dir.write_verdict(judged.verdict)
    with fitting():
        gate_and_report.write_report(run_dir)
    return Taken(accepted, judged, run_dir)


def target(taken: Taken, event: Event, wish: Wish, stamp: Stamp) -> Target:
    """Give where it is published: the pull request that was found, never one that is named."""
    run, pull = taken.accepted.run, taken.accepted.pull
    return Target(
        key=wish.key or taken.judged.run.name,
        sha=run.head_sha,
        pull=pull.number,
        stamp=stamp,
        look_back=True,
        run_url=run.url,
        report_url=wish.report_url,
        private=event.private,
        only=wish.only,
    )


def remember(context: Context, taken: Taken) -> None:
    """Leave a line in the ledger, which pull requests' own jobs may not write."""
    run, pull = taken.accepted.run, taken.accepted.pull
    evidence = taken.judged.evidence.get(taken.judged.run.judges[0].evidence, {})
    one = evaluation(
        taken.judged.verdict,
        evidence,
        taken.judged.run.started,
        pull_request=pull.number,
        actor=pull.author,
        run=run.id,
        attempt=run.attempt,
    )
    root = context.cwd / PurePosixPath(taken.accepted.base.file).parent
    store = taken.accepted.base.config.baseline.store
    record(context, Git(context.cwd, context.login), root, store, one)


def _organisations(context: Context, accepted: Accepted) -> Iterator[Rules]:
    for file in context.policies:
        organisation = config.load_policy(context.cwd / file, checks.sections())
        governed = config.with_organisation(accepted.base.config, organisation)
        yield Rules(file.name, str(file), governed)


def _not_applicable(context: Context, accepted: Accepted) -> str | None:
    """Find out here what the bundle claims: its word would let a change pass unjudged.

    Where that cannot be found out the change counts as one that had to be measured.
    """
    if accepted.bundle.run.not_applicable is None:
        return None
    when, pull = accepted.base.config.when, accepted.pull
    if EVERYTHING in when.paths and (when.drafts or not pull.draft):
        return None
    git = Git(context.cwd, context.login)
    try:
        facts = git_facts.facts(git, pull.base_branch, commit=pull.head_sha)
        return not_applicable(when, git, facts, accepted.base.file, pull.draft)
    except MlgateError as error:
        context.progress.line(f"mlgate: what changed cannot be found out here: {error.message}")
        return None
