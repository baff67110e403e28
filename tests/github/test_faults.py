"""A part of `make chaos`, which has every endpoint × every fault."""

from __future__ import annotations

import itertools
import logging
import traceback

import pytest
from crowds import conversation, crowd, newest_alone
from faults import FAULTS, Lag, Strike
from local_github import TOKEN, running
from scenarios import ENDPOINTS, REPO, play, publish, published, twice

from mlgate.errors import ForgeError, MissingPermissionError, RateLimitedError
from mlgate.forges.data import CheckReport, Place
from mlgate.model.run_stamp import RunStamp

COMMENTS = f"{REPO}/issues/{{issue_number}}/comments"
QUICK = [name for name in FAULTS if not name.startswith("time-out")]
CARRIED_OUT = ("500, carried out", "502, carried out", "reset in mid-body")
ROTATED = [
    (endpoint, name)
    for index, endpoint in enumerate(ENDPOINTS)
    for name in (QUICK[5 * index % len(QUICK)],)
]


def named(cell):
    (verb, template), fault = cell
    return f"{verb} {template.removeprefix(REPO)} {fault}"


@pytest.mark.parametrize("cell", sorted(set(ROTATED)), ids=named)
def test_nothing_is_lost_or_doubled(cell):
    endpoint, name = cell
    struck = play(endpoint, lambda at, clock: Strike(*at, FAULTS[name], clock)).struck
    assert struck == 1


@pytest.mark.parametrize("name", ["time-out", "time-out, carried out"])
def test_a_time_out_neither_loses_nor_doubles(name):
    play(("POST", COMMENTS), lambda at, clock: Strike(*at, FAULTS[name], clock))


LAGGING = [
    ("GET", COMMENTS),
    ("PATCH", f"{REPO}/issues/comments/{{comment_id}}"),
    ("PATCH", f"{REPO}/check-runs/{{check_run_id}}"),
    ("POST", f"{REPO}/deployments/{{deployment_id}}/statuses"),
]


@pytest.mark.parametrize("endpoint", LAGGING, ids=lambda one: f"{one[0]} {one[1]}")
def test_replicas_that_lag_neither_lose_nor_double(endpoint):
    assert play(endpoint, lambda at, clock: Lag(*at, clock)).struck


def test_a_branch_that_is_read_late_loses_no_picture():
    with running() as local:
        local.server.intervene = Lag("GET", f"{REPO}/git/ref/{{ref}}", local.clock)
        forge = local.forge()
        for name in ("a", "b", "c"):
            forge.files.publish({f"{name}.png": name.encode()}, f"Add {name}")
        assert local.server.intervene.struck
        objects = local.repo.objects
        head = objects.commits[objects.refs["refs/heads/mlgate-plots"]]
        kept = {objects.blobs[sha] for sha in objects.files(head.tree).values()}
        assert {b"a", b"b", b"c"} < kept


@pytest.mark.parametrize("seconds", [3.0, 30.0])
def test_a_lost_answer_and_a_list_that_lags_end_with_one_comment(seconds):
    with running() as local:
        lost = Strike("POST", COMMENTS, FAULTS["502, carried out"], local.clock)
        lag = Lag("GET", COMMENTS, local.clock, seconds=seconds)
        local.server.intervene = lambda seen, carry_out: lag(seen, lambda: lost(seen, carry_out))
        publish(local, local.forge(), 1)
        local.clock.now += 60
        publish(local, local.forge(), 2)
        published(local)


def test_an_old_comment_that_a_stale_list_hid_is_found_after_all():
    with running() as local:
        local.post("run 1", run=1)
        local.clock.now += 86_400
        local.server.intervene = Strike(
            "GET", COMMENTS, lambda seen, carry_out, clock: _emptied(carry_out()), local.clock
        )
        posted = local.post("run 2", run=2)
        assert [body.partition("\n")[2] for body in local.bodies()] == ["run 2"]
        assert posted.id == local.repo.on(1)[0].id


def _emptied(answer):
    return type(answer)(answer.status, [], answer.headers)


class TestCrowd:
    @pytest.mark.parametrize("existing", [False, True])
    def test_ends_with_one_comment_of_the_newest_run(self, existing):
        assert newest_alone(crowd(8, settle=0.4, existing=existing), 8)

    def test_an_older_run_that_ends_late_does_not_overwrite(self):
        with running() as local:
            local.post("run 1", run=1)
            slow = local.forge()

            def meanwhile(seen, carry_out):
                local.server.intervene = None
                local.post("run 3", run=3)
                return FAULTS["502"](seen, carry_out, local.clock)

            local.server.intervene = lambda seen, carry_out: (
                meanwhile(seen, carry_out) if seen.verb == "PATCH" else carry_out()
            )
            assert local.post("run 2", run=2, forge=slow).outcome == "superseded"
            assert local.bodies()[0].endswith("\nrun 3")

    def test_a_newer_text_is_restored_when_it_was_overwritten(self):
        with running() as local:
            local.post("run 1", run=1)
            overwritten = []

            def late(seen, carry_out):
                answer = carry_out()
                if seen.verb == "PATCH" and not overwritten:
                    comment = local.repo.on(1)[0]
                    overwritten.append(comment.body)
                    comment.body = comment.body.replace('run="5"', 'run="4"').replace("5", "4")
                return answer

            local.server.intervene = late
            assert local.post("run 5", run=5).outcome == "updated"
            assert local.bodies()[0].endswith("\nrun 5")


class TestCost:
    def test_of_an_update_among_many_comments_is_at_most_8_requests(self):
        assert len(conversation(400)) <= 8

    def test_with_new_pictures_is_at_most_one_more_a_picture(self):
        assert len(conversation(400, images=2)) <= 10

    def test_without_memory_the_list_is_read_up_to_ours_only(self):
        with running(validate=False) as local:
            local.post("run 1", run=1)
            for index in range(350):
                local.repo.comment(1, f"talk {index}")
            local.clock.now += 86_400
            asked = len(local.requests)
            local.post("run 2", run=2)
            assert len(local.requests) - asked == 4

    def test_a_repeated_run_with_the_same_pictures_writes_none(self):
        with running() as local:
            twice(local, local.forge())
            before = len(local.repo.objects.commits)
            publish(local, local.forge(), 2)
            assert len(local.repo.objects.commits) == before


class TestEnd:
    """What never gets better ends soon, with one clear error."""

    @pytest.mark.parametrize("name", [name for name in QUICK if name not in CARRIED_OUT])
    @pytest.mark.parametrize("verb", ["GET", "POST"])
    def test_is_a_forge_error_within_the_budget(self, verb, name):
        with running() as local:
            local.server.intervene = Strike(verb, COMMENTS, FAULTS[name], local.clock, 10**6)
            with pytest.raises(ForgeError) as raised:
                local.post("text")
            assert sum(local.clock.waits) <= 301
            assert TOKEN not in "".join(traceback.format_exception(raised.value))

    def test_of_a_limit_says_until_when_without_waiting_for_it(self):
        with running() as local:
            local.world.limits.an_hour = 2
            with pytest.raises(RateLimitedError, match="until") as raised:
                local.post("text")
            assert raised.value.until is not None
            assert local.clock.waits == []

    def test_of_too_much_content_is_awaited_as_github_asks(self):
        with running() as local:
            local.world.limits.content_a_minute = 1
            local.post("one", key="a")
            local.post("two", key="b")
            assert local.clock.waits.count(60.0) == 1
            assert len(local.bodies()) == 2


PERMISSIONS = {
    "pull-requests: write": lambda f, sha: f.comments.create(Place.pull(1), "b", "b"),
    "issues: write": lambda f, sha: f.comments.create(Place.issue(1), "b", "b"),
    "checks: write": lambda f, sha: f.checks.put(sha, CheckReport("n", "t", "s")),
    "contents: write": lambda f, sha: f.files.publish({"a": b"b"}, "m"),
    "deployments: write": lambda f, sha: f.deployments.create(sha, "e", "d", {}),
    "actions: write": lambda f, sha: f.dispatches.workflow("a.yml", "main", {}),
}


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_a_missing_permission_is_named_with_the_line_that_grants_it(missing):
    with running() as local:
        reading = dict.fromkeys(("checks", "contents", "issues", "deployments", "actions"), "read")
        local.world.actions_token(TOKEN, **reading, pull_requests="read")
        with pytest.raises(MissingPermissionError) as raised:
            PERMISSIONS[missing](local.forge(), local.head)
        assert str(raised.value.permission) == missing
        assert f":  {missing}" in str(raised.value)


def test_the_token_is_in_no_log_and_no_error(caplog):
    caplog.set_level(logging.DEBUG)
    with running() as local:
        for name, fault in itertools.islice(FAULTS.items(), 3):
            local.server.intervene = Strike("POST", COMMENTS, fault, local.clock)
            local.post("text", key=name)
        local.world.tokens.clear()
        with pytest.raises(ForgeError) as raised:
            local.post("text", run=2)
    assert caplog.records
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


HOSTILE = [
    "<!-- --> <script>alert(1)</script>", "a\n::error::b", "@everyone #1 GH-1", "x" * 300,
    "\u202egnp.exe", "%0A--> <!--", '" onload="', "../../etc/passwd", "a|b`c", "\x1b[31m",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_stay_names(name):
    """A key, a check's name and title, an environment, a picture's path, an issue's key."""
    with running() as local:
        forge = local.forge()
        for run in (1, 2):
            local.post(f"run {run}", run=run, key=name, forge=forge)
            report = CheckReport(name, name, "s", conclusion="neutral", stamp=RunStamp(run))
            forge.checks.put(local.head, report)
            forge.issues.put(name, "mlgate", name, f"run {run}")
        (body,) = local.bodies()
        assert body.split("\n", 1)[1] == "run 2"
        assert body.split("\n", 1)[0].count("-->") == 1
        assert len(local.repo.checks) == 1
        assert len([one for one in local.repo.issues.values() if one.pull is None]) == 1
        (url,) = forge.files.publish({f"{name}.png": b"x"}, name).values()
        assert url.removeprefix(local.server.url).count("/") == 6
        assert ".." not in url
