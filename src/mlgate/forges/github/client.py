"""Requests to GitHub: PyGithub's requester, with retries that can be trusted.

PyGithub sends, authenticates, follows renamed repositories and reads answers. Its objects
are not used above that: they complete themselves by requests that nobody sees (a commit status
first fetches the commit), cannot say all that the API can (a deployment's log), and their retries
repeat what may already have happened. So `retry` is off there, and `Client.send` does it: how long
to wait is the answer's to say, rate limits and failures count apart, and whether the request was
carried out is looked up in between, which a library of retries has no place for.

Bodies of answers are GitHub's JSON; the modules beside turn them into `forges.data`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from mlgate import __version__
from mlgate.errors import ForgeError, MissingPermissionError, RateLimitedError
from mlgate.forges.github import troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from github.Requester import Requester

    from mlgate.errors import Permission
    from mlgate.forges.github.troubles import Trouble
    from mlgate.forges.patience import Patience

PAGE: Final = 100
API_VERSION: Final = "2022-11-28"


class RefusedError(ForgeError):
    """GitHub understood and said no, in its own words; asking again would not help."""


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
    requester: Requester
    patience: Patience
    token: str = field(repr=False)

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
    ) -> Iterator[dict[str, Any]]:
        """Read a list lazily, by pages of 100; `item` is its key where it is wrapped."""
        number = 1
        while True:
            ask: dict[str, str | int] = {"per_page": PAGE, **parameters}
            answer = self.get(path, what, needs, **(ask | ({"page": number} if number > 1 else {})))
            items = (answer or {}).get(item, []) if item else (answer or [])
            yield from items
            if len(items) < int(ask["per_page"]):
                return
            number += 1

    def graphql(
        self, query: str, variables: Mapping[str, Any], what: str, needs: Permission
    ) -> Any:
        """Send a GraphQL mutation or query that may be repeated; gives its `data`."""
        body = {"query": query, "variables": dict(variables)}
        return self.send(ApiRequest("POST", self.requester.graphql_url, what, needs, body=body))[
            "data"
        ]

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
            self._wait_for_recovery(request, trouble, failures)
            done = look() if look is not None else None
            if done is not None:
                return done

    def _once(self, request: ApiRequest) -> Any | Trouble:
        from github.GithubException import GithubException
        from requests.exceptions import RequestException

        try:
            _, data = self.requester.requestJsonAndCheck(
                request.verb,
                self._address(request.path),
                parameters=dict(request.parameters),
                input=request.body,
            )
        except GithubException as error:
            headers = {str(k).lower(): v for k, v in (error.headers or {}).items()}
            return troubles.of_answer(error.status, error.data, headers, self.patience.clock())
        except RequestException as error:
            return troubles.of_connection(error)
        if request.path == self.requester.graphql_url and data.get("errors"):
            return troubles.of_graphql(data["errors"])
        return data

    def _address(self, path: str) -> str:
        whole = path.startswith(("/", "http"))
        return path if whole else f"/repos/{self.repository}/{path}"

    def _wait_for_limit(self, request: ApiRequest, trouble: Trouble, before: int) -> None:
        seconds = trouble.wait if trouble.wait is not None else troubles.SECONDARY_WAIT * 2**before
        # Whoever asks for no time at all still gets some, or we would never stop asking.
        if self.patience.wait(max(seconds, 1.0)):
            return
        until = dt.datetime.fromtimestamp(self.patience.clock() + seconds, dt.UTC)
        raise RateLimitedError(
            f"could not {request.what}: GitHub's rate limit is reached until {until:%H:%M} UTC; "
            f"{self._masked(trouble.message)}",
            until=until,
            hint="the next run makes up for it; GITHUB_TOKEN has 1,000 requests an hour",
        )

    def _wait_for_recovery(self, request: ApiRequest, trouble: Trouble, failures: int) -> None:
        if trouble.kind == "permission":
            raise MissingPermissionError(request.what, request.needs)
        message = f"could not {request.what}: {self._masked(trouble.message)}"
        if trouble.kind != "passing":
            raise RefusedError(message, hint=_hint(trouble))
        if not request.repeat:
            raise ForgeError(f"{message}; it is unknown whether it was done all the same")
        if failures >= self.patience.attempts or not self.patience.wait(2.0 ** (failures - 1)):
            raise ForgeError(f"{message}, {failures} times", hint="the next run makes up for it")

    def _masked(self, text: str) -> str:
        return text.replace(self.token, "***") if self.token else text


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
    return None


def connect(api_url: str, token: str, patience: Patience) -> Requester:
    """Return PyGithub's requester: no retries and no pauses of its own."""
    from github import Auth, Github

    return Github(
        auth=Auth.Token(token),
        base_url=api_url,
        timeout=round(patience.timeout),
        user_agent=f"mlgate/{__version__}",
        per_page=PAGE,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
        api_version=API_VERSION,
    ).requester
