"""Requests to GitHub, with retries that can be trusted.

How long to wait is the answer's to say, rate limits and failures count apart, and whether a request
was carried out is looked up in between, which a library of retries has no place for.

Bodies of answers are GitHub's JSON; the modules beside turn them into `forges.data`. What sends a
request, and the token in its header, is `transport`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from mlgate import outgoing
from mlgate.errors import ForgeError, MissingPermissionError, RateLimitedError
from mlgate.forges.github import troubles
from mlgate.forges.github.fields import Fields, UnexpectedAnswerError, array_of
from mlgate.forges.github.transport import MisdirectedError, NoAnswerError, TooLargeError
from mlgate.model.project import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlgate.errors import Permission
    from mlgate.forges.github.transport import Reply, Transport
    from mlgate.forges.github.troubles import Trouble
    from mlgate.forges.patience import Patience

PAGE: Final = 100
PAGES: Final = 1000
"""Pages of one list, after which it is taken for endless."""


class RefusedError(ForgeError):
    """GitHub understood and said no, in its own words; asking again would not help."""


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """JSON, and where the list that it is a page of goes on."""

    data: Any
    following: str | None = None
    linked: bool = False
    """Whether it says of which pages it is one."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request, and how to speak of it.

    Parameters
    ----------
    path
        Below `/repos/{owner}/{repo}`; from the root with a leading `/`; or a whole URL.
    what
        What it does, to follow `may not` and `could not`: `post a comment`.
    needs
        The permission that it takes.
    repeat
        Whether it may be sent again when it is unknown whether it was carried out.
    fresh
        Whether what it names was only just made, so that 404 and 422 may pass.
    """

    verb: str
    path: str
    what: str
    needs: Permission
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    repeat: bool = True
    fresh: bool = False


@dataclass(slots=True)
class Client:
    """One token's way to one repository."""

    repository: str
    server_url: str
    transport: Transport
    patience: Patience
    token: str = field(repr=False)
    heard: float | None = None
    """When the last answer was given, by GitHub's clock, in seconds since 1970."""

    def get(self, path: str, what: str, needs: Permission, **parameters: str | int) -> Any | None:
        """Read; None where there is nothing."""
        return self.send(ApiRequest("GET", path, what, needs, parameters))

    def pages(
        self,
        path: str,
        what: str,
        needs: Permission,
        item: str | None = None,
        **parameters: str | int,
    ) -> Iterator[Any]:
        """Read a list lazily, by pages of 100; `item` is its key where it is wrapped."""
        query = {"per_page": PAGE, **parameters}
        following: str | None = self._address(path, query)
        read: set[str] = set()
        while following is not None:
            if following in read or len(read) == PAGES:
                raise UnexpectedAnswerError(f"could not {what}: its pages never end")
            read.add(following)
            answer = self._send(ApiRequest("GET", following, what, needs))
            if answer is None:
                raise MissingPermissionError(what, needs, certain=False)
            items = Fields(answer.data).array(item) if item else array_of(answer.data)
            yield from items
            following = answer.following
            if not answer.linked and len(items) >= int(query["per_page"]):
                # Somebody on the way takes out what says that there are more.
                following = self._address(path, query | {"page": len(read) + 1})

    def graphql(
        self, query: str, variables: Mapping[str, Any], what: str, needs: Permission
    ) -> Fields:
        """Send a GraphQL mutation or query that may be repeated; gives its `data`."""
        body = {"query": query, "variables": dict(variables)}
        request = ApiRequest("POST", self.transport.graphql_url, what, needs, body=body)
        return Fields(self.send(request)).inner("data")

    def send(self, request: ApiRequest, look: Callable[[], Any] | None = None) -> Any:
        """Send until there is an answer, patience ends, or `look` finds that it was done.

        Returns
        -------
        The answer's JSON; None for 404 to GET, PATCH and DELETE; or what `look` gave: it is
        asked after each failure that leaves it unknown whether the request was carried out.

        Raises
        ------
        MissingPermissionError, RateLimitedError, ForgeError
        """
        answer = self._send(request, look)
        return answer.data if isinstance(answer, JsonAnswer) else answer

    def _send(self, request: ApiRequest, look: Callable[[], Any] | None = None) -> Any:
        failures = limits = 0
        while True:
            trouble = self._once(request)
            if not isinstance(trouble, troubles.Trouble):
                return trouble
            trouble = _in_context(request, trouble)
            if trouble.kind == "gone" and request.verb in ("GET", "PATCH", "DELETE"):
                return None
            if trouble.kind == "limit":
                self._wait_for_limit(request, trouble, limits)
                limits += 1
                continue
            failures += 1
            if trouble.kind != "strange":
                self._wait_for_recovery(request, trouble, failures)
            done = look() if look is not None else None
            if done is not None:
                return done
            if trouble.kind == "strange":
                raise UnexpectedAnswerError(self._failed(request, trouble), hint=trouble.hint)

    def _once(self, request: ApiRequest) -> JsonAnswer | Trouble:
        where = f"what is sent to {request.what}"
        outgoing.redactor().refuse(f"{request.path} {list(request.parameters.values())}", where)
        body = None if request.body is None else outgoing.request_body(request.body, where)
        try:
            url = self._address(request.path, request.parameters)
            reply = self.transport.send(request.verb, url, body)
            self.heard = troubles.server_time(reply.headers, self.patience.clock())
            return self._read(request, reply)
        except (MisdirectedError, TooLargeError) as error:
            return troubles.Trouble("strange", str(error), hint=_MISDIRECTED)
        except NoAnswerError as error:
            return troubles.of_connection(error.cause)

    def _read(self, request: ApiRequest, reply: Reply) -> JsonAnswer | Trouble:
        try:
            data = reply.data
        except ValueError:
            data, sense = None, False
        else:
            sense = reply.status < 300
        if reply.status >= 400:
            return troubles.of_answer(reply.status, data, reply.headers, self._now())
        if not sense:
            return troubles.of_nonsense(reply, urlsplit(self.transport.base_url).netloc)
        if request.path == self.transport.graphql_url and (errors := Fields(data).array("errors")):
            return troubles.of_graphql(errors)
        link = reply.headers.get("link")
        return JsonAnswer(data, self.transport.following(link or ""), link is not None)

    def _now(self) -> float:
        return self.patience.clock() if self.heard is None else self.heard

    def _address(self, path: str, parameters: Mapping[str, str | int]) -> str:
        base = self.transport.base_url
        if not path.startswith("http"):
            path = f"{base}{path}" if path[0] == "/" else f"{base}/repos/{self.repository}/{path}"
        return f"{path}?{urlencode(parameters)}" if parameters else path

    def _wait_for_limit(self, request: ApiRequest, trouble: Trouble, before: int) -> None:
        seconds = trouble.wait if trouble.wait is not None else troubles.SECONDARY_WAIT * 2**before
        # Whoever asks for no time at all still gets some, or we would never stop asking.
        if self.patience.wait(max(seconds, 1.0)):
            return
        until = dt.datetime.fromtimestamp(self._now() + seconds, dt.UTC)
        raise RateLimitedError(
            f"could not {request.what}: GitHub's rate limit is reached until {until:%H:%M} UTC; "
            f"{self._masked(trouble.message)}",
            until=until,
            hint="the next run makes up for it; GITHUB_TOKEN has 1,000 requests an hour",
        )

    def _wait_for_recovery(self, request: ApiRequest, trouble: Trouble, failures: int) -> None:
        if trouble.kind == "permission":
            raise MissingPermissionError(request.what, request.needs)
        if trouble.kind == "gone" and (request.verb == "POST" or request.needs.access == "write"):
            # What may not be written to, GitHub treats like what is not there.
            raise MissingPermissionError(request.what, request.needs, certain=False)
        message = self._failed(request, trouble)
        if trouble.kind != "passing":
            raise RefusedError(message, hint=_hint(trouble))
        if not request.repeat:
            raise ForgeError(f"{message}; it is unknown whether it was done anyway")
        if failures >= self.patience.attempts or not self.patience.wait(2.0 ** (failures - 1)):
            hint = trouble.hint or "the next run makes up for it"
            raise ForgeError(f"{message}, {failures} times", hint=hint)

    def _failed(self, request: ApiRequest, trouble: Trouble) -> str:
        return f"could not {request.what}: {self._masked(trouble.message)}"

    def _masked(self, text: str) -> str:
        return outgoing.redactor().knowing({"GITHUB_TOKEN": self.token}).mask(text)


_MISDIRECTED: Final = (
    "the token is sent to GITHUB_API_URL alone: is that the address of this GitHub's API? "
    f"See {DOCS}/enterprise-server.md"
)


def _in_context(request: ApiRequest, trouble: Trouble) -> Trouble:
    """What was only just made may take a moment to be seen."""
    if request.fresh and trouble.kind in ("gone", "refused"):
        return replace(trouble, kind="passing")
    return trouble


def _hint(trouble: Trouble) -> str | None:
    if trouble.status == 401:
        return "GITHUB_TOKEN is not valid (any more)"
    if trouble.kind == "gone":
        return "does it exist, and may this token see it?"
    return trouble.hint
