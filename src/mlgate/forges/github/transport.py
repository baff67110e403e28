"""HTTP to one API: the token goes to its own address and nowhere else.

A renamed or transferred repository answers every request with a redirect, to writes with 307 or
308. Such a request is sent again as it is, with method, body and token, as long as the address
stays the API's own; a redirect to anywhere else ends with a `MisdirectedError`. Proxies are those
of the environment (`HTTPS_PROXY`, `NO_PROXY`), as requests reads them.

What was read before is asked for with its ETag: an answer 304 counts against no limit.
"""

from __future__ import annotations

import json
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.utils import parse_header_links
from urllib3.exceptions import HTTPError

from mlgate import __version__
from mlgate.errors import UsageError
from mlgate.forges.github import tls

if TYPE_CHECKING:
    from collections.abc import Mapping

API_VERSION: Final = "2022-11-28"
HOPS: Final = 5
"""Redirects that one request follows."""
LARGEST: Final = 64 << 20
"""Bytes of an answer in JSON."""
_PIECE: Final = 1 << 16
_PATIENCE: Final = 5
"""How many time-outs a whole answer may take that comes in pieces."""
_MOVED: Final = frozenset({301, 302, 307, 308})
_REMEMBERED: Final = 64
_PORTS: Final = {"http": 80, "https": 443}


_UNREACHABLE: Final = (OSError, HTTPError, ValueError, TypeError)
"""What a request can end with: requests' own errors are OSErrors, but the address of a proxy that
is none goes wrong wherever it is first used."""


class MisdirectedError(Exception):
    """A redirect that is not followed; its text says where it leads, without path and query."""


class NoAnswerError(Exception):
    """There was no answer, or none that ended; `cause` is what requests says of it."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


class TooLargeError(Exception):
    """An answer of more bytes than are wanted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def data(self) -> Any:
        """The JSON of it; None where there is none. Raises `ValueError` for anything else."""
        if not self.content.strip():
            return None
        try:
            return json.loads(self.content, parse_constant=_refuse)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    @property
    def web_page(self) -> bool:
        """Whether it looks like what a browser would show."""
        kind = self.headers.get("content-type", "").lower()
        return "html" in kind or self.content.lstrip()[:1] == b"<"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@dataclass(slots=True)
class Transport:
    """One token's way to one API; `session` holds its connections."""

    base_url: str
    timeout: float
    session: requests.Session
    token: str = field(repr=False)
    remembered: dict[str, Reply] = field(default_factory=dict, repr=False)

    @property
    def graphql_url(self) -> str:
        """GraphQL's address, which follows from the API's as GITHUB_GRAPHQL_URL does."""
        root = self.base_url.removesuffix("/v3") if self._prefix.endswith("/v3") else self.base_url
        return f"{root}/graphql"

    def send(self, verb: str, url: str, body: Mapping[str, Any] | None = None) -> Reply:
        """Send one request and those that it is redirected to.

        Raises
        ------
        MisdirectedError, TooLargeError, NoAnswerError
        """
        content = None if body is None else json.dumps(body).encode()
        for _ in range(HOPS + 1):
            reply = self._exchange(verb, url, content)
            where = _location(reply)
            if where is None:
                return reply
            url = self.within(urllib.parse.urljoin(url, where))
        raise MisdirectedError(f"more than {HOPS} redirects")

    def download(self, url: str, limit: int) -> Reply:
        """Read a file of at most `limit` bytes; the storage that it lies in sees no token.

        Raises
        ------
        MisdirectedError, TooLargeError, NoAnswerError
        """
        for _ in range(HOPS + 1):
            inside = self._is_within(url)
            reply = self._fetch("GET", url, self._headers if inside else {}, None, limit)
            where = _location(reply)
            if where is None:
                return reply
            url = _no_less_safe(url, urllib.parse.urljoin(url, where))
        raise MisdirectedError(f"more than {HOPS} redirects")

    def within(self, url: str) -> str:
        """Return an address that the other side gave, if it is one of this API.

        Raises
        ------
        MisdirectedError
            Else; nothing is sent there.
        """
        if not self._is_within(url):
            raise MisdirectedError(f"it leads to {_host(url)}, which is not {self.base_url}")
        parts = urllib.parse.urlsplit(url)
        # Made of our own address again: parsers of URLs do not agree on what a host is.
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._root}{parts.path}{query}"

    def following(self, link: str) -> str | None:
        """Return where a list goes on, as a header `Link` says it.

        Raises
        ------
        MisdirectedError
            When that is not of this API.
        """
        links = parse_header_links(link) if link else []
        urls = [entry["url"] for entry in links if entry.get("rel") == "next"]
        return self.within(urls[0]) if urls else None

    def _is_within(self, url: str) -> bool:
        try:
            parts = urllib.parse.urlsplit(url)
            same = _origin(parts) == _origin(urllib.parse.urlsplit(self.base_url))
        except ValueError:
            return False
        api = parts.path.startswith(f"{self._prefix}/") or url == self.graphql_url
        return same and api and parts.username is None and "\\" not in url

    @property
    def _prefix(self) -> str:
        return urllib.parse.urlsplit(self.base_url).path

    @property
    def _root(self) -> str:
        return self.base_url.removesuffix(self._prefix) if self._prefix else self.base_url

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": API_VERSION,
        }

    def _exchange(self, verb: str, url: str, content: bytes | None) -> Reply:
        """Send one request; what is unchanged since it was read is not read again."""
        before = self.remembered.get(url) if verb == "GET" else None
        headers = self._headers
        if content is not None:
            headers["Content-Type"] = "application/json"
        if before is not None:
            headers["If-None-Match"] = before.headers["etag"]
        reply = self._fetch(verb, url, headers, content, LARGEST)
        if before is not None and reply.status == 304:
            return Reply(before.status, {**reply.headers, **before.headers}, before.content)
        if verb == "GET":
            self._remember(url, reply)
        return reply

    def _remember(self, url: str, reply: Reply) -> None:
        self.remembered.pop(url, None)
        if reply.status == 200 and "etag" in reply.headers:
            self.remembered[url] = reply
        while len(self.remembered) > _REMEMBERED:
            del self.remembered[next(iter(self.remembered))]

    def _fetch(
        self, verb: str, url: str, headers: Mapping[str, str], content: bytes | None, limit: int
    ) -> Reply:
        try:
            with self.session.request(
                verb,
                url,
                data=content,
                headers=headers,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status_code, named, self._content(answer, limit))
        except _UNREACHABLE as error:
            raise NoAnswerError(error) from None

    def _content(self, answer: requests.Response, limit: int) -> bytes:
        content, end = bytearray(), time.monotonic() + _PATIENCE * self.timeout
        for piece in answer.iter_content(_PIECE):
            content += piece
            if len(content) > limit:
                raise TooLargeError(f"more than {limit:,} bytes")
            if time.monotonic() > end:
                raise requests.Timeout
        return bytes(content)


def connect(api_url: str, token: str, timeout: float, environ: Mapping[str, str]) -> Transport:
    """Return the way to an API; sends nothing yet.

    Parameters
    ----------
    environ
        What names further certificates: see `tls`.

    Raises
    ------
    UsageError
        When the address is none of HTTP, or a certificate cannot be read.
    """
    base = api_url.rstrip("/")
    if not _is_address(base):
        raise UsageError(f"GITHUB_API_URL is {api_url!r}, which is no address of an API")
    session = requests.Session()
    session.auth = _as_it_is  # else an entry of .netrc replaces our token
    session.headers["User-Agent"] = f"mlgate/{__version__}"
    if base.startswith("https://"):
        session.mount("https://", tls.TrustingAdapter(tls.context(environ)))
    return Transport(base, timeout, session, token)


def _is_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        scheme, host, _ = _origin(parts)
    except ValueError:
        return False
    return scheme in _PORTS and bool(host) and not (parts.query or parts.fragment)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _location(reply: Reply) -> str | None:
    return reply.headers.get("location") if reply.status in _MOVED else None


def _origin(parts: urllib.parse.SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _host(url: str) -> str:
    """Return what of an address may be shown: a query can hold a secret."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _no_less_safe(before: str, after: str) -> str:
    scheme = after.partition("://")[0].lower()
    if scheme not in _PORTS or (before.startswith("https://") and scheme != "https"):
        raise MisdirectedError(f"it leads to {_host(after)}, which is not encrypted")
    return after
