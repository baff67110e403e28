"""What stands between us and GitHub, or is not GitHub: proxies, portals, renames, odd pages and clocks."""

from __future__ import annotations

import contextlib
import email.utils
import http.server
import json
import threading
import traceback
from dataclasses import replace

import pytest
from local_github import NAME, TOKEN, running
from scenarios import REPO, publish_and_check

from mlgate.demo.github.answers import Answer
from mlgate.demo.github.server import Foreign
from mlgate.errors import ForgeError, MissingPermissionError, RateLimitedError
from mlgate.forges import github
from mlgate.forges.data import Place, Status
from mlgate.forges.github.fields import UnexpectedAnswerError
from mlgate.forges.github.transport import MisdirectedError, connect
from mlgate.forges.patience import Patience

COMMENTS = f"{REPO}/issues/{{issue_number}}/comments"
LIMIT = {"message": "You have exceeded a secondary rate limit."}


@pytest.fixture
def local():
    """A GitHub that is not held against the description: what it plays is none of GitHub's."""
    with running(validate=False) as local:
        yield local


class TestARenamedRepository:
    def test_is_published_to_as_ever(self, local):
        local.world.repositories["octo/renamed"] = local.world.repositories.pop(NAME)
        local.repo.full_name = "octo/renamed"
        local.world.renamed[NAME] = "octo/renamed"
        forge = local.forge()
        local.post("run 1", run=1, forge=forge)
        local.post("run 2", run=2, forge=forge)
        assert [body.partition("\n")[2] for body in local.bodies()] == ["run 2"]

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_keeps_method_body_query_and_token(self, local, status):
        def moved(seen, carry_out):
            if "again" in seen.query:
                return carry_out()
            query = "&".join(f"{k}={v}" for k, v in {**seen.query, "again": "1"}.items())
            where = f"{local.server.api_url}{seen.path}?{query}"
            return Answer(status, {"message": "Moved"}, {"Location": where})

        local.server.intervene = moved
        local.post("text")
        assert local.bodies()[0].endswith("\ntext")

    def test_may_name_its_new_address_without_a_host(self, local):
        def moved(seen, carry_out):
            if "again" in seen.query:
                return carry_out()
            query = "&".join(f"{k}={v}" for k, v in {**seen.query, "again": "1"}.items())
            return Answer(307, None, {"Location": f"/api/v3{seen.path}?{query}"})

        local.server.intervene = moved
        assert local.post("text").outcome == "created"

    def test_that_moves_for_ever_is_an_error_after_five(self, local):
        asked = []

        def moved(seen, carry_out):
            asked.append(seen.path)
            return Answer(
                307, None, {"Location": f"{local.server.api_url}{seen.path}?n={len(asked)}"}
            )

        local.server.intervene = moved
        with pytest.raises(ForgeError, match="more than 5 redirects"):
            local.forge().comments.create(Place.pull(1), "x", "x")
        assert len([path for path in asked if path.endswith("comments")]) <= 12


@contextlib.contextmanager
def stranger():
    """Another server on this machine, which writes down what it is asked."""
    heard = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append((self.command, self.path, dict(self.headers)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"[]")

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", heard
    finally:
        server.shutdown()
        server.server_close()


class TestTheTokenStaysAtHome:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    @pytest.mark.parametrize("verb", ["GET", "POST"])
    def test_a_redirect_to_another_host_is_not_followed(self, local, status, verb):
        with stranger() as (host, heard):
            local.server.intervene = lambda seen, carry_out: Answer(
                status, None, {"Location": f"http://{host}{seen.path}?access={TOKEN}"}
            )
            comments = local.forge().comments
            with pytest.raises(ForgeError, match=f"leads to http://{host}") as raised:
                list(comments.all(Place.pull(1))) if verb == "GET" else comments.create(
                    Place.pull(1), "b", "b"
                )
            assert heard == []
            assert TOKEN not in "".join(traceback.format_exception(raised.value))

    def test_nor_is_a_link_to_another_hosts_page(self, local):
        with stranger() as (host, heard):
            local.server.intervene = lambda seen, carry_out: Answer(
                200, [], {"Link": f'<http://{host}/x?page=2>; rel="next"'}
            )
            with pytest.raises(ForgeError, match=host):
                list(local.forge().comments.all(Place.pull(1)))
            assert heard == []

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.acme.org/api/v3/x",  # not encrypted
            "https://api.acme.org:8443/api/v3/x",
            "https://evil.org/api/v3/x",
            "https://api.acme.org.evil.org/api/v3/x",
            "https://api.acme.org@evil.org/api/v3/x",
            "https://user:word@api.acme.org/api/v3/x",
            "https://evil.org\\@api.acme.org/api/v3/x",
            "https://api.acme.org\\.evil.org/api/v3/x",
            "https://api.acme.org/login?return_to=x",
            "https://api.acme.org/api/v30/x",
            "https://[::1/api/v3/x",
            "https://api.acme.org:99999/api/v3/x",
            "file:///etc/passwd", "//evil.org/api/v3/x", "javascript:alert(1)", "",
        ],
    )  # fmt: skip
    def test_an_address_that_only_looks_like_ours_is_refused(self, url):
        transport = connect("https://api.acme.org/api/v3", "t", 1.0, {})
        with pytest.raises(MisdirectedError):
            transport.within(url)

    @pytest.mark.parametrize(
        ("url", "same"),
        [
            ("https://api.acme.org/api/v3/repositories/7?page=2", None),
            ("https://API.acme.org:443/api/v3/x", "https://api.acme.org/api/v3/x"),
            ("https://api.acme.org/api/graphql", None),
        ],
    )
    def test_an_address_of_ours_is_taken(self, url, same):
        assert connect("https://api.acme.org/api/v3", "t", 1.0, {}).within(url) == (same or url)


DEEP = b"[" * 100_000 + b"]" * 100_000
NONSENSE = {
    "a sign-in page": Foreign(200, b"<!DOCTYPE html><title>Sign in</title>", {"Content-Type": "text/html"}),
    "a page that says it is JSON": Foreign(200, b"<html>", {"Content-Type": "application/json"}),
    "nothing": Foreign(200),
    "no content": Foreign(204),
    "words": Foreign(200, b"OK"),
    "half of an object": Foreign(200, b'{"id": 1, "body'),
    "another object": Foreign(200, b'{"status": "ok"}'),
    "an empty object": Foreign(200, b"{}"),
    "an empty list": Foreign(200, b"[]"),
    "a list of nulls": Foreign(200, b"[null, 1, \"x\"]"),
    "a number": Foreign(200, b"7"),
    "a text": Foreign(200, b'"ok"'),
    "null": Foreign(200, b"null"),
    "NaN": Foreign(200, b'{"id": NaN}'),
    "an id that is no number": Foreign(201, b'{"id": "x", "html_url": 3, "updated_at": null}'),
    "an id beyond 64 bits": Foreign(201, b'{"id": 99999999999999999999999999}'),
    "a number of 5,000 digits": Foreign(201, b'{"id": ' + b"9" * 5000 + b"}"),
    "nested too deeply": Foreign(200, DEEP),
    "not UTF-8": Foreign(200, b'{"message": "caf\xe9"}'),
    "half of a pair": Foreign(200, b'{"message": "\\ud800", "html_url": "\\udc00"}'),
    "not modified, unasked": Foreign(304),
    "a redirect to nowhere": Foreign(302),
    "many choices": Foreign(300, b"{}"),
    "a proxy's login": Foreign(407, b"<html>", {"Proxy-Authenticate": "Basic"}),
    "a portal's login": Foreign(511, b"<html>login</html>"),
    "an error whose message is a list": Foreign(422, b'{"message": [1], "errors": {"a": 1}}'),
    "an error that is a list": Foreign(403, b"[1]"),
    "a limit of words": Foreign(403, b"{}", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}),
    "a limit of ages": Foreign(429, b"{}", {"Retry-After": "1e300"}),
    "compressed, it says": Foreign(200, b"not gzip", {"Content-Encoding": "gzip"}),
}  # fmt: skip
PLACES = {
    "the list of comments": ("GET", COMMENTS),
    "a new comment": ("POST", COMMENTS),
    "the list of check runs": ("GET", f"{REPO}/commits/{{ref}}/check-runs"),
    "a new check run": ("POST", f"{REPO}/check-runs"),
    "a status": ("POST", f"{REPO}/statuses/{{sha}}"),
    "GraphQL": ("POST", "/graphql"),
    "a branch": ("GET", f"{REPO}/git/ref/{{ref}}"),
    "everything": None,
}


def foreign(local, where, answer):
    """Let somebody else answer at one place, or everywhere."""
    local.server.intervene = lambda seen, carry_out: (
        answer if where is None or (seen.verb, seen.template) == where else carry_out()
    )


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_a_forge_error_or_does_no_harm(local, where, what):
    foreign(local, PLACES[where], NONSENSE[what])
    forge = local.forge(attempts=2, settle=0.0)
    for act in ACTS:
        with contextlib.suppress(ForgeError):
            act(local, forge)
    assert sum(local.clock.waits) <= 600


ACTS = (
    lambda local, forge: local.post("text", forge=forge),
    lambda local, forge: forge.checks.find(local.head, "n"),
    lambda local, forge: forge.files.publish({"a.png": b"a"}, "m"),
    lambda local, forge: forge.files.read("README.md", "main"),
    lambda local, forge: forge.pulls.with_head(NAME, "feature", local.head),
    lambda local, forge: forge.pulls.repository(),
    lambda local, forge: forge.pulls.earlier(1, 3),
    lambda local, forge: forge.runs.get(1),
    lambda local, forge: forge.artifacts.of(1),
    lambda local, forge: forge.issues.put("k", "l", "t", "b"),
    lambda local, forge: list(forge.deployments.all("e")),
    lambda local, forge: forge.attestations.of("ab"),
)


def test_a_sign_in_page_is_called_that_and_not_asked_again(local):
    foreign(local, ("POST", COMMENTS), NONSENSE["a sign-in page"])
    with pytest.raises(UnexpectedAnswerError, match="answered with a web page, not JSON") as raised:
        local.post("text")
    assert "enterprise-server.md" in str(raised.value)
    assert local.requests.count(f"POST {COMMENTS}") == 1


def test_a_comment_that_was_written_behind_a_web_page_is_not_written_twice(local):
    def behind(seen, carry_out):
        answer = carry_out()
        hidden = (seen.verb, seen.template) == ("POST", COMMENTS)
        return NONSENSE["a sign-in page"] if hidden else answer

    local.server.intervene = behind
    assert local.post("text").outcome == "created"
    assert len(local.bodies()) == 1


class TestPages:
    @pytest.fixture
    def talk(self, local):
        """Two hundred and fifty comments, ours the last."""
        for index in range(249):
            local.repo.comment(1, f"talk {index}")
        local.post("run 1")
        return local

    def smaller(self, local, size, *, link=True):
        def serve(seen, carry_out):
            answer = local.server.service.answer(
                replace(seen, query={**seen.query, "per_page": size})
            )
            headers = {k: v for k, v in answer.headers.items() if link or k != "Link"}
            return Answer(answer.status, answer.data, headers)

        local.server.intervene = serve

    @pytest.mark.parametrize("size", ["7", "30", "99", "100"])
    def test_go_on_where_link_says_so_however_small_they_are(self, talk, size):
        self.smaller(talk, size)
        assert len(list(talk.forge().comments.all(Place.pull(1)))) == 250

    def test_go_on_where_somebody_took_out_the_header(self, talk):
        self.smaller(talk, "100", link=False)
        assert len(list(talk.forge().comments.all(Place.pull(1)))) == 250

    def test_of_exactly_one_hundred_need_no_second_request(self, local):
        for index in range(100):
            local.repo.comment(1, f"talk {index}")
        local.server.intervene = lambda seen, carry_out: replace(
            carry_out(), headers={"Link": '<x>; rel="first"'}
        )
        assert len(list(local.forge().comments.all(Place.pull(1)))) == 100
        assert len(local.requests) == 1

    def test_that_lead_to_themselves_end(self, local):
        url = f"{local.server.api_url}/repos/{NAME}/issues/1/comments?per_page=100"
        local.server.intervene = lambda seen, carry_out: Answer(
            200, [], {"Link": f'<{url}>; rel="next"'}
        )
        with pytest.raises(ForgeError, match="never end"):
            list(local.forge().comments.all(Place.pull(1)))

    @pytest.mark.parametrize(
        "link", ["", "<", "rel=next", "<>; rel=next", "<%>;;;,,<x>; rel=\"next\"", "\x01", "a" * 9000]
    )  # fmt: skip
    def test_of_a_header_that_is_none_are_an_error_or_the_end(self, local, link):
        local.server.intervene = lambda seen, carry_out: Answer(200, [], {"Link": link})
        with contextlib.suppress(ForgeError):
            assert list(local.forge().comments.all(Place.pull(1))) == []


class TestWaiting:
    def once(self, local, headers, status=429):
        """Let the first request meet a limit."""
        met = []

        def limit(seen, carry_out):
            met.append(seen)
            return Answer(status, LIMIT, headers) if len(met) == 1 else carry_out()

        local.server.intervene = limit

    def test_until_a_date_takes_as_long_as_until_then(self, local):
        self.once(local, {"Retry-After": email.utils.formatdate(local.clock.now + 42, usegmt=True)})
        local.post("text")
        assert local.clock.waits[0] == 42

    @pytest.mark.parametrize("hours", [-13, -5, 5, 13], ids="{:+} h".format)
    def test_is_by_githubs_clock_and_not_by_ours(self, local, hours):
        """The played GitHub keeps the right time, and the client's clock is off."""
        off = 3600 * hours
        self.once(local, {"Retry-After": email.utils.formatdate(local.clock.now + 42, usegmt=True)})
        waits = []
        patience = Patience(clock=lambda: local.clock.now + off, sleep=waits.append, timeout=5.0)
        forge = github.connect(local.server.api_url, local.server.url, NAME, TOKEN, patience)
        local.post("text", forge=forge)
        assert waits[0] == 42

    def test_until_a_reset_is_by_githubs_clock_too(self, local):
        reset = str(int(local.clock.now) + 90)
        self.once(local, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, 403)
        waits = []
        patience = Patience(clock=lambda: local.clock.now - 7200, sleep=waits.append, timeout=5.0)
        forge = github.connect(local.server.api_url, local.server.url, NAME, TOKEN, patience)
        local.post("text", forge=forge)
        assert waits[0] == 91

    @pytest.mark.parametrize(
        "value",
        ["1e300", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
         "Wed, 21 Oct 2015 07:28:00 GMT", "-1", "inf", "soon", "", "Fri, 99 Foo 2026 99:99:99 GMT"],
    )  # fmt: skip
    def test_for_a_time_that_cannot_be_meant_ends(self, local, value):
        local.server.intervene = lambda seen, carry_out: Answer(429, LIMIT, {"Retry-After": value})
        with pytest.raises(RateLimitedError) as raised:
            local.post("text")
        assert raised.value.until is not None
        assert sum(local.clock.waits) <= 301

    def test_a_comment_whose_answer_was_lost_is_found_by_a_client_whose_clock_is_ahead(self, local):
        lost = []

        def lose(seen, carry_out):
            answer = carry_out()
            if (seen.verb, seen.template) == ("POST", COMMENTS) and not lost:
                lost.append(seen)
                return Answer(502, {"message": "Bad Gateway"})
            return answer

        local.server.intervene = lose
        ahead = Patience(clock=lambda: local.clock.now + 7200, sleep=local.clock.sleep, timeout=5.0)
        forge = github.connect(local.server.api_url, local.server.url, NAME, TOKEN, ahead)
        local.post("text", forge=forge)
        assert len(local.bodies()) == 1


HIDDEN = {
    "pull-requests: write": ("POST", COMMENTS, lambda f, sha: f.comments.create(Place.pull(1), "b", "b")),
    "statuses: write": (
        "POST", f"{REPO}/statuses/{{sha}}",
        lambda f, sha: f.statuses.put(sha, Status("c", "success", "d")),
    ),
    "pull-requests: read": ("GET", COMMENTS, lambda f, sha: list(f.comments.all(Place.pull(1)))),
    "actions: read": ("GET", f"{REPO}/actions/runs/{{run_id}}/artifacts", lambda f, sha: f.artifacts.of(1)),
}  # fmt: skip


@pytest.mark.parametrize("permission", HIDDEN)
def test_what_is_hidden_from_a_read_only_token_is_named_as_a_permission(local, permission):
    verb, template, act = HIDDEN[permission]
    foreign(local, (verb, template), Answer(404, {"message": "Not Found"}))
    with pytest.raises(MissingPermissionError) as raised:
        act(local.forge(), local.head)
    assert str(raised.value.permission) == permission
    assert "or what it is for does not exist" in str(raised.value)


def test_a_refusal_in_another_language_is_a_permission_where_github_names_those_it_takes(local):
    headers = {"X-Accepted-GitHub-Permissions": "pull_requests=write"}
    foreign(local, ("POST", COMMENTS), Answer(403, {"message": "Zugriff verweigert"}, headers))
    with pytest.raises(MissingPermissionError, match="pull-requests: write"):
        local.post("text")


def test_what_is_unchanged_is_read_for_nothing(local):
    forge = local.forge()
    for _ in range(3):
        assert list(forge.comments.all(Place.pull(1))) == []
    assert len(local.requests) == 3
    assert len(local.server.service.used[TOKEN].times) == 1
    local.repo.comment(1, "new")
    assert [comment.body for comment in forge.comments.all(Place.pull(1))] == ["new"]


def test_everything_is_published_through_a_github_that_sends_json_without_a_charset(local):
    def plain(seen, carry_out):
        answer = carry_out()
        content = b"" if answer.data is None else json.dumps(answer.data).encode()
        return Foreign(answer.status, content, dict(answer.headers))

    local.server.intervene = plain
    publish_and_check(local, local.forge())
