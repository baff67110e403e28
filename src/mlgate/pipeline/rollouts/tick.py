"""Start a rollout, tick it, end it: each ends with the router as the record says.

A tick finishes an open intent, looks, judges, writes its intent, acts, and writes that it is done. Killed
anywhere, the next tick goes on: before the intent nothing has happened, after it the intent is done again,
which changes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from mlgate import __version__, checks, config, report
from mlgate.checks.rollout.section import RolloutSection
from mlgate.config.scalars import seconds
from mlgate.errors import DataError, UsageError
from mlgate.gates.judge import judge
from mlgate.git import Git
from mlgate.model.inputs import Stamp
from mlgate.model.rollout import (
    OVER,
    SAME_SHARE,
    Action,
    RolloutLook,
    RolloutRecord,
    RolloutStart,
    TakenLook,
)
from mlgate.pipeline.prepare import open_run_dir, prepare
from mlgate.pipeline.rollouts import control
from mlgate.pipeline.rollouts.settings import CHECK, section_of
from mlgate.rollout import chain
from mlgate.rollout.protocols import UnreachableError
from mlgate.run_dir import EVIDENCE
from mlgate.stores.rollouts import RolloutStore

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.checks.rollout.evidence import RolloutEvidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.prepare import Prepared
    from mlgate.rollout.chain import Rollout
    from mlgate.rollout.protocols import RequestSource, Router

Decided = Literal["promoted", "rolled_back", "held"]
"""What a person can decide."""
FOLDER: Final = ".mlgate-rollout"
"""The run directory of a rollout, beside mlgate.yaml."""
_CLOCKS: Final = dt.timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What came of a tick: where the rollout is, and the verdict where there was a look."""

    state: Rollout
    verdict: Verdict | None = None
    action: Action | None = None


@dataclass(slots=True)
class _Journal:
    """The record of one environment while a command works on it."""

    store: RolloutStore
    key: bytes
    context: Context
    tip: str | None
    entries: list[bytes]

    @property
    def state(self) -> Rollout:
        """Return where the rollout is; raises `DataError` for a record that is broken."""
        return chain.read(self.entries, self.key)

    def write(self, *parts: RolloutStart | RolloutLook | Action, done: bool = False) -> None:
        """Append entries by one push; an action is an intent unless it is done.

        What is done is as of now, rounded up to the second, and not of when the command began.
        """
        now = self.context.now
        if done:
            now += self.context.elapsed()
            now += dt.timedelta(microseconds=-now.microsecond % 1_000_000)
        written = now.isoformat(timespec="seconds")
        made: list[tuple[int, bytes]] = []
        entries = list(self.entries)
        for part in parts:
            state = chain.read(entries, self.key)
            record = chain.sign(self._record(state, part, written, done=done), self.key)
            content = chain.content(record)
            entries.append(content)
            made.append((record.number, content))
        self.tip = self.store.append(self.tip, made, self.context.now)
        self.entries = entries

    def _record(
        self, state: Rollout, part: RolloutStart | RolloutLook | Action, written: str, *, done: bool
    ) -> RolloutRecord:
        facts = {
            "number": state.records + 1,
            "previous": state.last,
            "time": written,
            "actor": self.context.ci_run.actor,
        }
        if isinstance(part, RolloutStart):
            return RolloutRecord(**facts, start=part)
        if isinstance(part, RolloutLook):
            return RolloutRecord(**facts, look=part)
        return RolloutRecord(**facts, done=part) if done else RolloutRecord(**facts, intent=part)


def start(context: Context, environment: str) -> Ticked:
    """Begin a rollout of the commit that is checked out, with the first share.

    Raises
    ------
    UsageError
        When one is running, or mlgate.yaml has no rollout, or this is not the default branch.
    """
    prepared = _prepared(context)
    section = section_of(prepared.loaded.config)
    journal = _journal(prepared, environment, section)
    state = journal.state
    if state.running:
        msg = f"a rollout of {environment} is running since {state.begun}"
        raise UsageError(msg, hint="`mlgate rollout rollback` ends it")
    router = _router(prepared, section)
    router.share()  # before anything is written: does it answer?
    first = Action(share=section.steps[0], phase="progressing", reason="started")
    settings = section.model_dump(mode="json", by_alias=True)
    journal.write(RolloutStart(run=_run(prepared, section), settings=settings), first)
    return Ticked(_finish(journal, prepared, section), action=first)


def tick(context: Context, environment: str) -> Ticked:
    """Look once, and do what follows.

    Raises
    ------
    UsageError
        When no rollout is running, or this is not the default branch.
    SupersededError
        When another tick was first; nothing was done.
    UnreachableError
        When the router does not do what it is told; the next tick tries again.
    DataError
        When the record is broken, or the clock is wrong.
    """
    prepared = _prepared(context)
    journal = _journal(prepared, environment, None)
    state = journal.state
    if not state.running or state.start is None:
        raise UsageError(f"no rollout of {environment} is running", hint="`mlgate rollout start`")
    section = RolloutSection.model_validate(state.start.settings)
    router = _router(prepared, section)
    _refuse_moved_back(state, router)
    if state.open is not None:
        state = _finish(journal, prepared, section)
    if not state.running:
        return Ticked(state)
    _refuse_wrong_clock(state, context.now)
    look = _look(_source(prepared, section), router, state, section, context.now)
    taken = TakenLook(time=context.now.isoformat(timespec="seconds"), share=state.share, look=look)
    looked = replace(state, looks=(*state.looks, taken))
    evidence, verdict = judged(looked, section, context.now)
    action = control.next_action(looked, section, evidence, verdict, context.now)
    if action is None and (taken.strayed or abs(router.share() - state.share) > SAME_SHARE):
        reason = "the router was not at its share, as after a lease that has lapsed: set again"
        action = Action(share=state.share, phase=state.phase, reason=reason)
    journal.write(*([look] if action is None else [look, action]))
    write_report(_folder(prepared, context), looked, evidence, verdict)
    if action is None:
        until = _until(state.share, section, context.now)
        router.route(state.share, until, journal.state.records)
        return Ticked(journal.state, verdict)
    return Ticked(_finish(journal, prepared, section), verdict, action)


def decide(context: Context, environment: str, phase: Decided, reason: str) -> Ticked:
    """Do what a person decides. Taking traffic back works although the record is broken."""
    prepared = _prepared(context)
    journal = _journal(prepared, environment, None)
    router = _router(prepared, section_of(prepared.loaded.config))
    try:
        state = journal.state
        _refuse_moved_back(state, router)
    except DataError:
        if phase == "rolled_back":
            router.route(0.0, None)
        raise
    if not state.running or state.start is None:
        raise UsageError(f"no rollout of {environment} is running", hint="`mlgate rollout start`")
    section = RolloutSection.model_validate(state.start.settings)
    if state.open is not None:
        state = _finish(journal, prepared, section)
    share = {"promoted": 1.0, "rolled_back": 0.0, "held": state.share}[phase]
    action = Action(share=share, phase=phase, reason=f"by hand: {reason}")
    journal.write(action)
    return Ticked(_finish(journal, prepared, section), action=action)


def status(context: Context, environment: str) -> Ticked:
    """Read where the newest rollout is, and judge its looks again."""
    prepared = prepare(context)
    state = _journal(prepared, environment, None).state
    if state.start is None or not state.looks:
        return Ticked(state)
    section = RolloutSection.model_validate(state.start.settings)
    return Ticked(state, judged(state, section, context.now)[1])


def judged(
    state: Rollout, section: RolloutSection, now: dt.datetime
) -> tuple[RolloutEvidence, Verdict]:
    """Return the evidence of all looks, and its verdict under the policy that the rollout began with."""
    from mlgate.checks.rollout.from_looks import JudgedBy, evidence

    assert state.start is not None
    run = state.start.run
    gates = {
        name.partition(".")[2]: gate
        for record in run.judges
        for name, gate in record.policy.gates.items()
    }
    limits = {name: gate.max for name, gate in gates.items() if gate.max is not None}
    created = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stamp = Stamp(__version__, run.commit, created, run.judges[0].digest)
    measured = evidence(state.looks, JudgedBy(section, limits), stamp)
    return measured, judge(run, {EVIDENCE: {CHECK: measured}}, now.date(), checks.gates())


def write_report(folder: Path, state: Rollout, evidence: RolloutEvidence, verdict: Verdict) -> None:
    """Write the run directory: a copy of it gives the same verdict and the same report."""
    assert state.start is not None
    run_dir = open_run_dir(folder)
    run_dir.reset()
    run_dir.write_run(state.start.run)
    run_dir.write_evidence(evidence)
    run_dir.write_verdict(verdict)
    report.write(run_dir, (), pages=checks.pages())


def _prepared(context: Context) -> Prepared:
    """Read configuration and repository; in CI only on the branch that judges."""
    prepared = prepare(context)
    if context.ci_run.in_ci and (context.ci_run.of_pull_request or not prepared.facts.on_base):
        msg = "rollouts are run from the default branch, and this is another one"
        raise UsageError(msg, hint="let a workflow on the default branch call this")
    return prepared


def _run(prepared: Prepared, section: RolloutSection) -> RunRecord:
    """Return the run with the gates on rollouts alone, at the confidence of promotion."""
    records = []
    for each in prepared.judges:
        policy = each.config.judging(CHECK)
        if not policy.gates:
            continue
        policy = policy.model_copy(
            update={
                "confidence": 1 - section.false_promotion,
                "waivers": (),
                "report_only_until": None,
            }
        )
        records.append(
            each.record.model_copy(
                update={"policy": policy, "digest": policy.digest(), "evidence": EVIDENCE}
            )
        )
    if not records:
        msg = "no gate judges the rollout, so that nothing would ever be promoted"
        raise UsageError(msg, hint="under gates: add `rollout.errors: {max: 1.5}`")
    of_rollout = {"judges": tuple(records), "not_applicable": None, "changes": "exact"}
    return prepared.run.model_copy(update={**of_rollout, "notes": (), "reproduce": ()})


def _journal(prepared: Prepared, environment: str, section: RolloutSection | None) -> _Journal:
    context = prepared.context
    key = (section or section_of(prepared.loaded.config)).key
    secret = prepared.references.expand(key, "rollout.key")
    if len(secret) < 16:
        msg = f"{key} is shorter than 16 characters, so that its signatures could be forged"
        raise UsageError(msg, hint="`openssl rand -hex 32` prints a good one")
    git = Git(prepared.git.home, context.ci_run.login)
    store = RolloutStore.of(git, environment)
    tip, entries = store.read()
    return _Journal(store, secret.encode(), context, tip, entries)


def _finish(journal: _Journal, prepared: Prepared, section: RolloutSection) -> Rollout:
    """Do what is intended, and write that it is done, with the counters as they are from then on."""
    state = journal.state
    intent = state.open
    assert intent is not None
    router = _router(prepared, section)
    now = journal.context.now
    router.route(intent.share, _until(intent.share, section, now), state.records)
    if section.source == "router" and intent.phase not in OVER:
        base = _counted(_source(prepared, section), router, now, now)
        journal.write(intent, base.model_copy(update={"base": True}), done=True)
    else:
        journal.write(intent, done=True)
    return journal.state


def _until(share: float, section: RolloutSection, now: dt.datetime) -> dt.datetime | None:
    if share in (0.0, 1.0):
        return None
    return now + dt.timedelta(seconds=seconds(section.lease))


def _look(
    source: RequestSource, router: Router, state: Rollout, section: RolloutSection, now: dt.datetime
) -> RolloutLook:
    """Count; a source that does not answer is a look too.

    A window of a log begins where the last one ended, to the second, and not before the requests that
    were routed by an earlier share are answered and written.
    """
    by_log = section.source.startswith("log:")
    late_by = section.log.late_by if by_log else section.prometheus.late_by
    late = dt.timedelta(seconds=seconds(late_by))
    until = now.replace(microsecond=0) - late
    since = dt.datetime.fromisoformat(state.moved) + late
    if state.looks:
        since = max(since, dt.datetime.fromisoformat(state.looks[-1].time) - late)
    return _counted(source, router, min(since, until), until)


def _counted(
    source: RequestSource, router: Router, since: dt.datetime, until: dt.datetime
) -> RolloutLook:
    shown = None
    try:
        shown = router.share()
        return RolloutLook(counts=source.counts(since, until), shown=shown)
    except UnreachableError as error:
        return RolloutLook(problem=error.message, shown=shown)


def _refuse_moved_back(state: Rollout, router: Router) -> None:
    """A record that ends before what the router was set by is properly signed, and too old."""
    if router.newest() > state.records:
        msg = f"the rollout's record ends at entry {state.records}, and the router was set by entry {router.newest()}"
        hint = (
            "someone moved the ref back: move it to its newest commit again, or roll back by hand"
        )
        raise DataError(msg, hint=hint)


def _refuse_wrong_clock(state: Rollout, now: dt.datetime) -> None:
    times = [state.moved, *(taken.time for taken in state.looks[-1:])]
    last = max(map(dt.datetime.fromisoformat, times))
    if now < last - _CLOCKS:
        msg = f"the last entry is of {last:%Y-%m-%d %H:%M:%S} UTC, after this machine's time"
        raise DataError(msg, hint="set the clock of this machine, or of the one that wrote it")


def _router(prepared: Prepared, section: RolloutSection) -> Router:
    from mlgate.rollout.kinds.command import CommandRouter
    from mlgate.rollout.kinds.haproxy import HaproxyRouter
    from mlgate.rollout.kinds.lease import LeaseRouter

    place = prepared.references.expand(section.router, "rollout.router")
    kind, _, argument = place.partition(":")
    if kind == "command":
        own = config.names(section.key)
        environ = {
            name: value for name, value in prepared.context.environ.items() if name not in own
        }
        return CommandRouter(argument, prepared.root, environ)
    if kind == "haproxy":
        servers = section.servers
        return HaproxyRouter(argument, servers.backend, servers.stable, servers.canary)
    return LeaseRouter(prepared.root / argument)


def _source(prepared: Prepared, section: RolloutSection) -> RequestSource:
    from mlgate.rollout.kinds.log import LogSource
    from mlgate.rollout.kinds.prometheus import PrometheusSource

    place = prepared.references.expand(section.source, "rollout.source")
    kind, _, path = place.partition(":")
    if kind == "router":
        return _router(prepared, section)  # type: ignore[return-value]  # one that counts
    if kind == "prometheus":
        named = section.prometheus
        return PrometheusSource(
            path.rstrip("/"),
            named.version,
            named.stable,
            named.canary,
            named.requests,
            named.failures,
            named.seconds,
            seconds(named.late_by),
        )
    log = section.log
    return LogSource(
        str(prepared.root / path),
        log.time,
        log.version,
        log.stable,
        log.canary,
        log.failed,
        log.seconds,
        log.negligible_delay,
        seconds(log.stall),
    )


def _folder(prepared: Prepared, context: Context) -> Path:
    return context.cwd / context.run_dir if context.run_dir else prepared.root / FOLDER
