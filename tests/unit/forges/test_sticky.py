from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_github import TOKEN

from mlgate.demo.github.answers import Answer
from mlgate.demo.github.world import Token
from mlgate.errors import UsageError
from mlgate.forges import sticky
from mlgate.forges.data import Place
from mlgate.model.run_stamp import RunStamp


def texts(local):
    return [body.partition("\n")[2] for body in local.bodies()]


class TestOneComment:
    def test_is_created_then_updated_in_place(self, local_github):
        first = local_github.post("one", run=1)
        second = local_github.post("two", run=2)
        assert (first.outcome, second.outcome) == ("created", "updated")
        assert first.id == second.id
        assert texts(local_github) == ["two"]

    def test_of_an_older_run_changes_nothing(self, local_github):
        local_github.post("new", run=7, attempt=2)
        asked = len(local_github.requests)
        assert local_github.post("old", run=7, attempt=1).outcome == "superseded"
        assert texts(local_github) == ["new"]
        assert len(local_github.requests) == asked + 1

    def test_of_the_same_text_is_not_sent_again(self, local_github):
        local_github.post("same", run=3)
        assert local_github.post("same", run=3).outcome == "unchanged"

    def test_is_found_behind_hundreds_of_others(self, local_github):
        for index in range(130):
            local_github.repo.comment(1, f"talk {index}")
        local_github.post("one", run=1)
        for index in range(130):
            local_github.repo.comment(1, f"more {index}")
        assert local_github.post("two", run=2).outcome == "updated"
        assert sum("mlgate:comment" in body for body in local_github.bodies()) == 1

    def test_is_one_a_key(self, local_github):
        local_github.post("a", key="gate / train (3.12, a=b)")
        local_github.post("b", key="gate / train (3.13, a=b)")
        local_github.post("c", key="gate / train (3.12, a=b)", run=2)
        assert texts(local_github) == ["c", "b"]

    def test_keeps_the_lowest_id_and_removes_duplicates(self, local_github):
        marker = sticky.marker("gate", RunStamp(1))
        for text in ("first", "second", "third"):
            local_github.repo.comment(1, f"{marker}\n{text}", login="github-actions[bot]")
        lowest = local_github.repo.on(1)[0].id
        posted = local_github.post("new", run=2)
        assert posted.id == lowest
        assert texts(local_github) == ["new"]

    def test_restores_a_newer_text_that_stands_in_a_duplicate(self, local_github):
        old = f"{sticky.marker('gate', RunStamp(1))}\nold"
        newer = f"{sticky.marker('gate', RunStamp(9))}\nnewer"
        for body in (old, newer):
            local_github.repo.comment(1, body, login="github-actions[bot]")
        assert local_github.post("mine", run=5).outcome == "superseded"
        assert texts(local_github) == ["newer"]

    def test_that_was_deleted_is_made_anew(self, local_github):
        local_github.post("one", run=1)
        local_github.repo.comments.clear()
        assert local_github.post("two", run=2).outcome == "created"
        assert texts(local_github) == ["two"]


class TestOthersComments:
    def test_are_never_touched_even_with_our_marker(self, local_github):
        quoted = f"{sticky.marker('gate', RunStamp(99))}\nI quote this"
        local_github.repo.comment(1, quoted, login="mallory")
        local_github.post("ours", run=1)
        assert sorted(texts(local_github)) == ["I quote this", "ours"]

    def test_with_a_marker_below_their_first_line_do_not_count(self, local_github):
        body = f"> quote\n{sticky.marker('gate', RunStamp(99))}"
        local_github.repo.comment(1, body, login="github-actions[bot]")
        assert local_github.post("ours").outcome == "created"

    def test_a_known_id_on_another_pull_request_is_not_believed(self, local_github):
        local_github.repo.pull("Other", [local_github.head])
        forge = local_github.forge()
        elsewhere = local_github.post("there", place=Place.pull(2))
        found = sticky.find(forge.comments, Place.pull(1), "gate", forge.patience, elsewhere.id)
        assert found.comment is None


class TestAuthor:
    @pytest.mark.parametrize(
        ("secret", "token", "login"),
        [
            (TOKEN, Token("github-actions[bot]", "github-actions"), "github-actions[bot]"),
            ("ghs_app", Token("my-app[bot]", "my-app"), "my-app[bot]"),
            ("ghp_person", Token("grace"), "grace"),
        ],
    )
    def test_is_whose_token_it_is(self, local_github, secret, token, login):
        local_github.world.tokens[secret] = token
        assert local_github.forge(secret).comments.author() == login
        for run in (1, 2):
            local_github.post(f"text {run}", run=run, forge=local_github.forge(secret))
        assert texts(local_github) == ["text 2"]
        assert local_github.repo.on(1)[0].login == login

    def test_is_not_asked_for_a_jobs_own_token(self, local_github):
        for run in (1, 2):
            local_github.post(f"text {run}", run=run, forge=local_github.forge())
        assert "POST /graphql" not in local_github.requests

    def test_that_cannot_be_asked_is_taken_for_the_jobs_own(self, local_github):
        local_github.server.intervene = lambda *_: Answer(404, {"message": "Not Found"})
        assert local_github.forge().comments.author() == "github-actions[bot]"

    def test_of_a_job_and_then_of_an_app_is_one_comment(self, local_github):
        """And then of a job again two, as docs/publishing.md tells it."""
        local_github.world.tokens["ghs_app"] = Token("my-app[bot]", "my-app")
        local_github.post("by the job", run=1)
        for run in (2, 3):
            local_github.post(f"by the app {run}", run=run, forge=local_github.forge("ghs_app"))
        assert texts(local_github) == ["by the app 3"]
        assert local_github.repo.on(1)[0].login == "github-actions[bot]"

        local_github.post("by the app", run=4, key="new", forge=local_github.forge("ghs_app"))
        for run in (5, 6):
            local_github.post(f"by the job {run}", run=run, key="new")
        told = {one.login: one.body.partition("\n")[2] for one in local_github.repo.on(1)[1:]}
        assert told == {"my-app[bot]": "by the app", "github-actions[bot]": "by the job 6"}


class TestMarker:
    @given(key=st.text(min_size=1), run=st.integers(0, 10**12), attempt=st.integers(1, 1000))
    def test_gives_back_any_key(self, key, run, attempt):
        line = sticky.marker(key, RunStamp(run, attempt))
        assert "\n" not in line
        assert line.count("-->") == 1
        assert sticky.read_marker(f"{line}\ntext") == (key, RunStamp(run, attempt))

    @pytest.mark.parametrize("body", ["", "text", '<!-- mlgate:comment key="a" run="x" -->'])
    def test_of_others_is_none(self, body):
        assert sticky.read_marker(body) is None


def test_a_text_passes_byte_for_byte(local_github):
    text = "> [!NOTE]\n> x\n\n- [ ] task\n\n$a_b$ `c|d`\r\n<b>é🎉\u202e</b>\n\n```\nopen fence"
    local_github.post(text)
    assert texts(local_github) == [text]


def test_a_text_that_is_too_long_is_an_error_before_any_request(local_github):
    with pytest.raises(UsageError, match="65,5"):
        local_github.post("x" * 65_536)
    room = sticky.room("gate", RunStamp(1))
    local_github.post("é" * room)
    assert local_github.requests[0].startswith("GET")


def test_commits_have_sticky_comments_too(local_github):
    place = Place.commit(local_github.head)
    for run in (1, 2):
        posted = local_github.post(f"run {run}", run=run, place=place)
    assert posted.outcome == "updated"
    assert [one.body.partition("\n")[2] for one in local_github.repo.comments.values()] == ["run 2"]


def test_the_secret_is_in_no_representation(local_github):
    assert TOKEN not in repr(local_github.forge())
