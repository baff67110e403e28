"""`mlgate rollout` on a real repository, with a router whose traffic is counted in files."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgate import ci
from mlgate.errors import DataError, StoreError, UsageError
from mlgate.git import Git
from mlgate.pipeline import gate_and_report
from mlgate.pipeline.prepare import open_run_dir
from mlgate.pipeline.rollouts import tick as rollouts
from mlgate.rollout.kinds.command import CommandRouter
from mlgate.rollout.protocols import UnreachableError
from mlgate.stores import rollouts as stored
from mlgate.stores.rollouts import RolloutStore, SupersededError

if TYPE_CHECKING:
    from conftest import Repository
    from mlgate.pipeline.rollouts.tick import Ticked

CONFIG = """\
version: 1
name: toy
task: binary
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted, score: score}
rollout:
  router: "command:sh route.sh"
  steps: [10%, 50%]
  pace: 5m
  key: ${env:MLGATE_ROLLOUT_KEY}
  blind_for: 15m
  deadline: {after: 1d}
gates:
  accuracy: {min: 0.8}
  rollout.errors: {max: 2}
"""
ROUTE = """\
case $1 in
  set) echo "$2" > share; echo "$2" >> calls ;;
  get) cat share ;;
  counters) cat counters.json ;;
esac
"""
KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class World:
    """Production: 2,000 requests between two ticks, ten minutes apart."""

    repository: Repository
    rates: tuple[float, float]
    epoch: str = "1"
    now: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 11, 21, tzinfo=dt.UTC))
    counts: np.ndarray = field(default_factory=lambda: np.zeros((2, 2), int))
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(17))
    ci_run: ci.Run = field(default_factory=ci.Run)
    takes: dt.timedelta = dt.timedelta()

    @property
    def share(self) -> float:
        return float((self.repository.root / "share").read_text())

    @property
    def calls(self) -> list[float]:
        return [float(line) for line in (self.repository.root / "calls").read_text().split()]

    def serve(self, requests: int = 2_000, to_canary: float | None = None) -> None:
        share = self.share if to_canary is None else to_canary
        canary = self.random.binomial(requests, share)
        for arm, count in enumerate((requests - canary, canary)):
            self.counts[arm] += (count, self.random.binomial(count, self.rates[arm]))
        self.now += dt.timedelta(minutes=10)
        self.write()

    def write(self) -> None:
        arms = {
            name: {"requests": int(row[0]), "failures": int(row[1])}
            for name, row in zip(("stable", "canary"), self.counts, strict=True)
        }
        text = json.dumps({"epoch": self.epoch, **arms})
        (self.repository.root / "counters.json").write_text(text)

    def context(self):
        environ = {**self.repository.context.environ, "MLGATE_ROLLOUT_KEY": KEY}
        return replace(
            self.repository.context,
            environ=environ,
            now=self.now,
            ci_run=self.ci_run,
            elapsed=lambda: self.takes,
        )

    def start(self) -> Ticked:
        return rollouts.start(self.context(), "production")

    def tick(self) -> Ticked:
        return rollouts.tick(self.context(), "production")

    def decide(self, phase: rollouts.Decided) -> Ticked:
        return rollouts.decide(self.context(), "production", phase, "test")

    def play(self, ticks: int = 60) -> Ticked:
        """Serve and tick until the rollout is over."""
        self.tick()
        for _ in range(ticks):
            self.serve()
            ticked = self.tick()
            if not ticked.state.running:
                break
        return ticked

    def store(self) -> RolloutStore:
        return RolloutStore.of(Git(self.repository.root), "production")


@pytest.fixture
def world(repository: Repository) -> World:
    return begun(repository)


def begun(repository: Repository, rates=(0.02, 0.02), config: str = CONFIG) -> World:
    repository.write("mlgate.yaml", config)
    repository.write("route.sh", ROUTE)
    repository.write(".gitignore", "out/\nshare\ncalls\ncounters.json\n")
    repository.commit("rollout")
    repository.write("share", "0\n")
    made = World(repository, rates)
    made.write()
    made.start()
    return made


def test_an_equal_canary_is_promoted_step_by_step(world: World) -> None:
    ticked = world.play()
    assert ticked.state.phase == "promoted"
    assert world.share == 1
    assert sorted(set(world.calls)) == [0.1, 0.5, 1]
    assert ticked.verdict is not None
    assert ticked.verdict.verdict == "pass"


def test_a_worse_canary_is_rolled_back(repository: Repository) -> None:
    world = begun(repository, (0.02, 0.1))
    ticked = world.play()
    assert ticked.state.phase == "rolled_back"
    assert "fails more often" in ticked.state.reason
    assert world.share == 0
    assert world.counts[1, 0] < 3_000
    with pytest.raises(UsageError, match="no rollout of production is running"):
        world.tick()
    world.start()
    assert world.share == 0.1


def test_a_copy_of_the_run_directory_gives_the_same_verdict(world: World) -> None:
    ticked = world.play()
    run_dir = open_run_dir(world.repository.root / rollouts.FOLDER)
    again = gate_and_report.gate(run_dir, world.now.date())
    assert again == ticked.verdict
    assert (run_dir.path / "plots" / "rollout-light.png").read_bytes().startswith(b"\x89PNG")
    assert "requests" in run_dir.markdown.read_text()


def test_the_report_offers_only_what_a_rollout_has(repository: Repository) -> None:
    """Neither a waiver nor test rows nor a run of the training decides about requests."""
    world = begun(repository, (0.02, 0.1))
    report = repository.root / rollouts.FOLDER / "report.md"
    world.tick()
    assert "**Next**: more requests of the canary decide" in report.read_text()
    world.play()
    text = report.read_text()
    assert "**Next**: all requests go to the stable version again; fix the canary" in text
    assert "aiver" not in text
    assert "mlgate run" not in text


@pytest.mark.parametrize("rates", [(0.02, 0.02), (0.02, 0.1)])
def test_the_evidence_look_by_look_says_what_the_verdict_says(repository, rates) -> None:
    world = begun(repository, rates)
    ticked = world.play()
    evidence = rollouts.judged(ticked.state, section(ticked), world.now)[0]
    course = evidence.timeline
    assert len(course.share) == evidence.windows
    assert (max(course.worse["errors"]) >= course.needed[0]) == (
        ticked.state.phase == "rolled_back"
    )
    assert (max(course.good["errors"]) >= course.needed[1]) == (ticked.state.phase == "promoted")


LOG = CONFIG.replace(
    "  steps: [10%, 50%]",
    "  source: log:log.jsonl\n  log: {seconds: took}\n  lease: 2h\n  steps: [50%]",
).replace("max: 2}", "max: 2}\n  rollout.latency: {max: 2}")


def test_each_line_of_a_log_is_counted_once_and_under_the_share_that_routed_it(repository) -> None:
    """Looks at odd fractions of a second; lines until `late_by` after a new share count nowhere."""
    world = begun(repository, config=LOG)
    begin, lines = world.now, []

    def serve(seconds: int, arms: str) -> None:
        """Answer each version in `arms` once a second."""
        for _ in range(seconds):
            world.now += dt.timedelta(seconds=1)
            lines.extend(
                {"time": (world.now - dt.timedelta(seconds=0.2)).timestamp(), "version": arm}
                | {"status": 200, "took": 0.01}
                for arm in arms.split()
            )
        world.repository.write("log.jsonl", "\n".join(map(json.dumps, lines)) + "\n")

    world.now = begin - dt.timedelta(minutes=1)
    serve(60, "stable")
    serve(15, "stable canary")
    early = world.tick()
    assert early.state.looks[-1].look.counts.canary.requests == 0
    assert early.state.phase == "progressing", "it waits for requests"
    for fraction in (0.3, 0.9):
        serve(30, "stable canary")
        real, world.now = world.now, world.now + dt.timedelta(seconds=fraction)
        ticked = world.tick()
        world.now = real
    counted = [taken.look.counts.canary.requests for taken in ticked.state.looks]
    # 75 seconds: the first 10 were not settled, the newest 10 are not written.
    assert sum(counted) == 75 - 10 - 10
    world.repository.write("share", "0\n")  # as after a lease
    serve(30, "stable")
    lapsed = world.tick()
    assert lapsed.state.looks[-1].look.shown == 0
    assert "set again" in lapsed.action.reason
    assert rollouts.judged(lapsed.state, section(lapsed), world.now)[0].strayed == 1
    assert world.share == lapsed.state.share
    for seconds, counted in ((5, 0), (25, 10)):
        serve(seconds, "stable canary")
        renewed = world.tick().state.looks[-1].look.counts
        assert (renewed.stable.requests, renewed.canary.requests) == (counted, counted)


def test_a_share_begins_when_the_router_is_set_to_it(world: World) -> None:
    """Not when the tick began: on a busy machine a tick takes long, and requests go the old way meanwhile."""
    world.serve()
    world.takes = dt.timedelta(seconds=40.2)
    ticked = world.tick()
    assert ticked.action.share == 0.5
    assert ticked.state.moved == (world.now + dt.timedelta(seconds=41)).isoformat()


def test_requests_before_the_share_was_set_count_under_the_old_one(world: World) -> None:
    """What is routed while a tick works belongs to no window, so that no split looks wrong."""
    real = CommandRouter.route

    def slowly(router, share, *rest):
        world.serve(20_000)
        real(router, share, *rest)

    world.serve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CommandRouter, "route", slowly)
        assert world.tick().action.share == 0.5
    world.serve()
    ticked = world.tick()
    evidence = rollouts.judged(ticked.state, section(ticked), world.now)[0]
    assert evidence.error is None
    assert evidence.stable.requests + evidence.canary.requests == 2 * 2_000
    assert evidence.looks == 2


class Killed(BaseException):
    """As if the process ended here."""


POINTS = ("before append", "after append", "before route", "after route")


def kill(monkeypatch: pytest.MonkeyPatch, point: str, at: int) -> None:
    """End the `at`-th call of an effect, before or after it happened."""
    when, _, what = point.partition(" ")
    kind, name = (RolloutStore, "append") if what == "append" else (CommandRouter, "route")
    real, calls = getattr(kind, name), 0

    def effect(*arguments):
        nonlocal calls
        calls += 1
        if calls == at and when == "before":
            raise Killed
        result = real(*arguments)
        if calls == at:
            raise Killed
        return result

    monkeypatch.setattr(kind, name, effect)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_tick_changes_nothing(repository, monkeypatch, point) -> None:
    """Every tick is killed once and run again: same evidence, same traffic, no share twice."""
    whole = begun(repository, (0.02, 0.06))
    expected = whole.play()
    calls = [share for i, share in enumerate(whole.calls) if not i or share != whole.calls[i - 1]]
    evidence = rollouts.judged(expected.state, section(expected), whole.now)[0]
    for name in ("share", "calls", "counters.json"):
        (repository.root / name).unlink()
    repository.git("update-ref", "-d", f"{stored.ROOT}/production")
    repository.write("share", "0\n")

    killed = World(repository, (0.02, 0.06))
    killed.write()
    killed.start()
    kills = 0
    state = None
    for number in range(60):
        if number:
            killed.serve()
        for at in (1, 2):
            with monkeypatch.context() as patch:
                kill(patch, point, at)
                try:
                    state = killed.tick().state
                except Killed:
                    kills += 1
                except UsageError:
                    break
        if state is not None and not state.running:
            break
        try:
            state = killed.tick().state
        except UsageError:
            break
        if not state.running:
            break
    state = rollouts.status(killed.context(), "production").state
    assert kills >= 3
    assert state.phase == expected.state.phase == "rolled_back"
    again = rollouts.judged(state, section(expected), killed.now)[0]
    assert again.alarms == evidence.alarms
    assert (again.stable, again.canary) == (evidence.stable, evidence.canary)
    repeated = killed.calls
    assert [s for i, s in enumerate(repeated) if not i or s != repeated[i - 1]] == calls


def section(ticked: Ticked):
    assert ticked.state.start is not None
    return rollouts.RolloutSection.model_validate(ticked.state.start.settings)


def test_without_traffic_nothing_is_promoted(world: World) -> None:
    for _ in range(10):
        world.serve(0)
        assert world.tick().state.phase == "progressing"
    assert world.share == 0.1
    world.now += dt.timedelta(days=1)
    ticked = world.tick()
    assert ticked.state.phase == "held"
    assert world.share == 0.1
    world.serve(200_000)
    assert world.tick().state.phase == "held", "a person promotes what is held"


def test_without_a_failure_the_ratio_promotes_nothing_and_a_negligible_rate_does(
    repository: Repository,
) -> None:
    quiet = begun(repository, (0.0, 0.0))
    assert quiet.play(12).state.phase == "progressing"
    quiet.decide("rolled_back")
    repository.write("mlgate.yaml", CONFIG.replace("  pace:", "  negligible: 0.5%\n  pace:"))
    repository.commit("negligible")
    quiet.start()
    assert quiet.play(20).state.phase == "promoted"


def test_a_source_that_does_not_answer_is_no_pass(world: World) -> None:
    world.tick()
    world.serve()
    (world.repository.root / "counters.json").write_text("<html>")
    ticked = world.tick()
    assert ticked.state.phase == "blind"
    assert world.share == 0.1
    world.now += dt.timedelta(minutes=16)
    assert world.tick().state.phase == "rolled_back"
    assert world.share == 0


def test_a_prometheus_that_does_not_answer_is_no_pass(repository: Repository) -> None:
    config = CONFIG.replace("  steps:", "  source: prometheus:http://127.0.0.1:9\n  steps:")
    world = begun(repository, config=config)
    for minutes in (10, 20):
        world.serve(100_000)
        ticked = world.tick()
        assert ticked.state.phase == ("blind" if minutes == 10 else "rolled_back")
        world.now += dt.timedelta(minutes=10)
    assert "does not answer" in ticked.state.reason
    assert world.share == 0


def test_a_source_that_answers_again_goes_on(world: World) -> None:
    world.tick()
    world.serve()
    (world.repository.root / "counters.json").unlink()
    assert world.tick().state.phase == "blind"
    world.serve()
    ticked = world.tick()
    assert ticked.state.phase == "progressing"
    assert world.play().state.phase == "promoted"


def test_counters_that_begin_again_are_dropped(world: World) -> None:
    world.tick()
    world.serve()
    world.tick()
    world.epoch, world.counts = "2", np.zeros((2, 2), int)
    world.serve(500)
    ticked = world.tick()
    evidence = rollouts.judged(ticked.state, section(ticked), world.now)[0]
    assert evidence.dropped == {"the counters began again (a restart or a reload)": 1}
    assert evidence.latest == 0


def test_a_wrong_split_is_an_error_and_ends(world: World) -> None:
    world.tick()
    world.serve(20_000, to_canary=0.3)
    ticked = world.tick()
    assert ticked.state.phase == "blind"
    assert "the router was set to 10.0%" in ticked.state.reason
    world.now += dt.timedelta(minutes=20)
    world.serve(20_000, to_canary=0.3)
    assert world.tick().state.phase == "rolled_back"


def test_the_policy_that_it_began_with_counts(world: World) -> None:
    world.repository.write("mlgate.yaml", CONFIG.replace("max: 2", "max: 1000"))
    world.repository.commit("looser")
    world.tick()
    world.serve(2_000)
    ticked = world.tick()
    assert ticked.verdict is not None
    assert [gate.threshold for gate in ticked.verdict.gates] == [2]
    assert ticked.state.phase == "progressing"


@pytest.mark.parametrize("what", ["forged", "gone", "other key"])
def test_a_record_that_someone_else_wrote_gives_no_verdict(world: World, what: str) -> None:
    world.tick()
    world.serve()
    world.tick()
    store = world.store()
    tip, entries = store.read()
    names = {f"{i + 1:08d}.json": entry for i, entry in enumerate(entries)}
    if what == "gone":
        del names["00000004.json"]
    elif what == "forged":
        names["00000004.json"] = entries[3].replace(b'"failures":', b'"failures":1')
    else:
        world.repository.context.environ["MLGATE_ROLLOUT_KEY"] = KEY[::-1]
    blobs = {n: stored.git_objects.write_blob(store.git, entry) for n, entry in names.items()}
    tree = stored.git_objects.tree_of(store.git, blobs)
    commit = stored.git_objects.write_commit(store.git, tree, "x\n", world.now, str(tip))
    world.repository.git("update-ref", store.ref, commit)
    context = world.context()
    if what == "other key":
        context = replace(context, environ={**context.environ, "MLGATE_ROLLOUT_KEY": KEY[::-1]})
    for command in (rollouts.tick, rollouts.status):
        with pytest.raises(DataError, match="no verdict follows"):
            command(context, "production")
    with pytest.raises(DataError):
        rollouts.decide(context, "production", "held", "x")
    assert world.share == 0.5, "as it was"
    with pytest.raises(DataError):
        rollouts.decide(context, "production", "rolled_back", "x")
    assert world.share == 0, "traffic can always be taken back"
    with pytest.raises(DataError):
        rollouts.decide(context, "production", "promoted", "x")
    assert world.share == 0


def test_of_two_ticks_at_once_the_second_ends(world: World, monkeypatch) -> None:
    world.tick()
    world.serve()
    real = RolloutStore.append

    def after_another(store, *arguments):
        monkeypatch.setattr(RolloutStore, "append", real)
        world.tick()
        return real(store, *arguments)

    monkeypatch.setattr(RolloutStore, "append", after_another)
    before = len(world.calls)
    with pytest.raises(SupersededError, match="superseded"):
        world.tick()
    assert len(world.calls) == before + 1, "only the first one has routed"


def test_what_cannot_be_written_is_not_done(world: World, monkeypatch) -> None:
    world.rates = (0.02, 0.5)
    world.tick()
    world.serve()
    lock = world.repository.root / ".git" / f"{world.store().ref}.lock"
    lock.touch()
    with pytest.raises(StoreError):
        world.tick()
    assert world.share == 0.1
    lock.unlink()
    assert world.tick().state.phase == "rolled_back"


def test_a_router_that_refuses_is_told_again(world: World) -> None:
    world.rates = (0.02, 0.5)
    world.tick()
    world.serve()
    world.repository.write("route.sh", ROUTE.replace('set) echo "$2" > share', "set) false"))
    world.repository.write("route.sh", "test $1 != set || exit 3\n" + ROUTE)
    with pytest.raises(UnreachableError, match="exit code 3"):
        world.tick()
    world.repository.write("route.sh", ROUTE)
    assert world.tick().state.phase == "rolled_back"
    assert world.share == 0


def test_a_clock_that_went_back_is_an_error(world: World) -> None:
    world.tick()
    world.now -= dt.timedelta(hours=1)
    with pytest.raises(DataError, match="after this machine's time"):
        world.tick()


def test_a_pull_request_rolls_nothing_out(world: World) -> None:
    world.ci_run = replace(
        ci.Run(),
        in_ci=True,
        event="pull_request",
        ref="refs/pull/1/merge",
        pull_request=1,
        default_branch="main",
        base_branch="main",
    )
    for command in (rollouts.tick, rollouts.start):
        with pytest.raises(UsageError, match="default branch"):
            command(world.context(), "production")


def test_people_decide_too(world: World) -> None:
    assert world.decide("held").state.phase == "held"
    assert world.share == 0.1
    world.tick()
    world.serve(100_000)
    assert world.tick().state.phase == "held"
    assert world.decide("promoted").state.phase == "promoted"
    assert world.share == 1


def test_what_is_held_stays_held_after_a_source_was_down(world: World) -> None:
    world.decide("held")
    (world.repository.root / "counters.json").unlink()
    assert world.tick().state.phase == "blind"
    world.serve(200_000)
    assert world.tick().state.phase == "held"
    world.serve(200_000)
    assert world.tick().state.phase == "held"
    assert world.share == 0.1


def test_a_second_rollout_does_not_begin_meanwhile(world: World) -> None:
    with pytest.raises(UsageError, match="is running since"):
        world.start()


def test_without_a_gate_there_is_nothing_to_go_by(repository: Repository) -> None:
    with pytest.raises(UsageError, match="nothing would ever be promoted"):
        begun(repository, config=CONFIG.replace("  rollout.errors: {max: 2}\n", ""))


def test_gates_on_rollouts_do_not_judge_pull_requests(world: World) -> None:
    assert set(world.repository.gates()) == {"accuracy.min"}
