"""From a request to an answer: token, limits, permissions, route, ETag, in GitHub's order."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import routes
from mlgate.demo.github.answers import Answer, Call, Refused, missing
from mlgate.demo.github.shapes import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.routes import Route
    from mlgate.demo.github.world import Token, World

HOUR: Final = 3600.0
MINUTE: Final = 60.0
INTEGRATION: Final = "Resource not accessible by integration"
PERSON: Final = "Resource not accessible by personal access token"
_SECONDARY: Final = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
_LEVEL: Final = {"read": 1, "write": 2}
_BY_ID: Final = re.compile(r"/repositories/(\d+)(?=/|$)")
_MANY_PARTS: Final = {"ref", "path"}
"""Names in paths that may stand for several parts, such as `heads/main`."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: `template` is its path as GitHub's description writes it, None for others'."""

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """With names in lower case."""
    body: bytes
    template: str | None
    parts: Mapping[str, str]


@dataclass(slots=True)
class _Used:
    """When a token asked, and when it created content: the last hour's."""

    times: deque[float] = field(default_factory=deque)
    created: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class Service:
    """Answers for a world; `api` and `site` are the addresses under which it is reached."""

    world: World
    api: str
    site: str
    used: dict[str, _Used] = field(default_factory=lambda: defaultdict(_Used))
    table: list[tuple[str, str, re.Pattern[str], Route]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The more a path says, the earlier it is tried: /issues/comments/1 before /issues/{n}.
        keys = sorted(routes.table().items(), key=lambda entry: entry[0][1].replace("{", "~"))
        self.table = [(verb, path, _pattern(path), route) for (verb, path), route in keys]

    def seen(self, verb: str, target: str, headers: Mapping[str, str], body: bytes) -> Seen:
        """Read a request: `target` is its path below the API's root, with its query."""
        raw, _, query = target.partition("?")
        path = self._by_name(raw)
        parameters = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        for method, template, pattern, _ in self.table:
            match = pattern.fullmatch(path)
            if method == verb and match:
                parts = {k: urllib.parse.unquote(v) for k, v in match.groupdict().items()}
                return Seen(verb, path, parameters, headers, body, template, parts)
        return Seen(verb, path, parameters, headers, body, None, {})

    def _by_name(self, path: str) -> str:
        """Return a path below `/repositories/ID`, where renamed ones lead to, by the name."""
        match = _BY_ID.match(path)
        if match is None:
            return path
        names = (name for name in self.world.repositories if str(number_of(name)) == match[1])
        name = next(names, None)
        return path if name is None else f"/repos/{name}{path[match.end() :]}"

    def answer(self, seen: Seen) -> Answer:
        """Answer one request; others wait meanwhile, so that each sees all of those before."""
        with self.world.lock:
            try:
                answer = self._answer(seen)
            except Refused as refused:
                answer = refused.answer
            answer = _conditional(seen, answer)
            if answer.status == 304:  # which counts against no limit
                self.used[_bearer(seen)].times.pop()
            limits = self._limits(_bearer(seen))
            return Answer(answer.status, answer.data, {**limits, **answer.headers})

    def _answer(self, seen: Seen) -> Answer:
        secret = _bearer(seen)
        token = self.world.tokens.get(secret)
        if token is None:
            raise Refused(401, "Bad credentials" if secret else "Requires authentication")
        self._count(secret)
        route = self._route(seen)
        if route is None:
            raise missing()
        _permit(token, route)
        if route.content and not _only_asks(seen):
            self._count_content(secret)
        return route.run(self._call(seen, token))

    def _route(self, seen: Seen) -> Route | None:
        routes_of = (
            r for verb, path, _, r in self.table if (verb, path) == (seen.verb, seen.template)
        )
        return next(routes_of, None)

    def _call(self, seen: Seen, token: Token) -> Call:
        name = f"{seen.parts.get('owner')}/{seen.parts.get('repo')}"
        repo = self.world.repositories.get(name)
        if name in self.world.renamed:
            raise self._moved(seen, name)
        if repo is None:
            if seen.template != "/graphql":
                raise missing()
            repo = next(iter(self.world.repositories.values()))
        return Call(
            self.world, repo, token, seen.parts, seen.query, _json(seen), self.api, self.site,
            seen.path,
        )  # fmt: skip

    def _moved(self, seen: Seen, name: str) -> Refused:
        """Return where a renamed repository is: reading is sent on, writing as it is."""
        ident = number_of(self.world.renamed[name])
        rest = seen.path.removeprefix(f"/repos/{name}")
        query = f"?{urllib.parse.urlencode(seen.query)}" if seen.query else ""
        where = f"{self.api}/repositories/{ident}{rest}{query}"
        if seen.verb == "GET":
            return Refused(301, "Moved Permanently", headers={"Location": where})
        return Refused(307, "Temporary Redirect", headers={"Location": where})

    def _count(self, secret: str) -> None:
        used, now = self.used[secret], self.world.clock()
        _forget(used.times, now - HOUR)
        if len(used.times) >= self.world.limits.an_hour:
            raise Refused(403, "API rate limit exceeded for installation.")
        used.times.append(now)

    def _count_content(self, secret: str) -> None:
        used, now, limits = self.used[secret].created, self.world.clock(), self.world.limits
        _forget(used, now - HOUR)
        lately = sum(when > now - MINUTE for when in used)
        if lately >= limits.content_a_minute or len(used) >= limits.content_an_hour:
            raise Refused(403, _SECONDARY, headers={"Retry-After": "60"})
        used.append(now)

    def _limits(self, secret: str) -> dict[str, str]:
        times, limit = self.used[secret].times, self.world.limits.an_hour
        reset = (times[0] if times else self.world.clock()) + HOUR
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - len(times), 0)),
            "X-RateLimit-Used": str(len(times)),
            "X-RateLimit-Reset": str(int(reset) + 1),
            "X-RateLimit-Resource": "core",
        }


def _pattern(template: str) -> re.Pattern[str]:
    def part(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"(?P<{name}>{'.+' if name in _MANY_PARTS else '[^/]+'})"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", part, re.escape(template)))


def _bearer(seen: Seen) -> str:
    kind, _, secret = seen.headers.get("authorization", "").partition(" ")
    return secret if kind.lower() in ("bearer", "token") else ""


def _permit(token: Token, route: Route) -> None:
    if not route.needs:
        return
    for need in route.needs:
        name, _, level = need.partition(":")
        if _LEVEL.get(token.permissions.get(name, ""), 0) >= _LEVEL[level]:
            return
    accepted = "; ".join(
        permission.replace("-", "_").replace(":", "=") for permission in route.needs
    )
    message = INTEGRATION if token.app else PERSON
    raise Refused(403, message, headers={"X-Accepted-GitHub-Permissions": accepted})


def _only_asks(seen: Seen) -> bool:
    """Whether this is a GraphQL query: they are sent like what changes something."""
    return seen.template == "/graphql" and "mutation" not in str(_json(seen).get("query"))


def _json(seen: Seen) -> dict[str, Any]:
    if not seen.body:
        return {}
    try:
        data = json.loads(seen.body)
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None
    if not isinstance(data, dict):
        raise Refused(400, "Body should be a JSON object")
    return data


def _conditional(seen: Seen, answer: Answer) -> Answer:
    """Add the answer's ETag; 304 where the asker has seen this one already."""
    if seen.verb != "GET" or answer.status != 200:
        return answer
    headers = dict(answer.headers)
    tag = hashlib.sha256(json.dumps(answer.data, sort_keys=True).encode()).hexdigest()[:40]
    headers["ETag"] = f'"{tag}"'
    if headers["ETag"] in seen.headers.get("if-none-match", ""):
        return Answer(304, None, headers)
    return Answer(200, answer.data, headers)


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
