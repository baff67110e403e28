"""The local GitHub over HTTP, on loopback only.

::

    with serve(world) as server:
        forge = github.connect(server.api_url, server.url, "o/r", token)

The API stands below `/api/v3`, as on GitHub Enterprise Server; the pages, the pictures of
branches and the storage of artifacts at the root.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Literal

from mlgate.demo.github.service import Seen, Service
from mlgate.demo.github.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlgate.demo.github.answers import Answer
    from mlgate.demo.github.world import World

API: Final = "/api/v3"
GRAPHQL: Final = "/api/graphql"
HANG: Final = 30.0
"""Seconds after which a request that is left hanging is dropped."""
_REASONS: Final = {200: "OK", 201: "Created", 204: "No Content", 302: "Found", 304: "Not Modified"}


@dataclass(frozen=True, slots=True)
class Broken:
    """No proper answer: none at all, or one that breaks off in its middle."""

    how: Literal["hang", "reset", "cut"]
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """An answer of somebody who stands in front of GitHub: any bytes of any kind."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Server:
    """A running server. `watch` sees each answer; `intervene` may give another one.

    `intervene` gets the request and a function that carries it out, and gives what is sent.
    """

    service: Service
    site: Site
    url: str
    watch: Callable[[Seen, Answer], None] | None = None
    intervene: Callable[[Seen, Callable[[], Answer]], Answer | Broken | Foreign] | None = None
    requests: list[str] = field(default_factory=list)
    """`VERB /path/as/described/{id}` of each request to the API, in order."""
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def api_url(self) -> str:
        """What GITHUB_API_URL is to be."""
        return self.service.api

    @property
    def world(self) -> World:
        """What is served."""
        return self.service.world

    def answer(self, seen: Seen) -> Answer | Broken | Foreign:
        """Answer one request to the API."""
        self.requests.append(f"{seen.verb} {seen.template or seen.path}")

        def carry_out() -> Answer:
            answer = self.service.answer(seen)
            if self.watch is not None:
                self.watch(seen, answer)
            return answer

        return carry_out() if self.intervene is None else self.intervene(seen, carry_out)


@contextlib.contextmanager
def serve(world: World, port: int = 0) -> Iterator[Server]:
    """Serve a world on 127.0.0.1 until the block ends; port 0 takes a free one."""
    listener = _Listener(("127.0.0.1", port), _Handler)
    url = f"http://127.0.0.1:{listener.server_address[1]}"
    service = Service(world, f"{url}{API}", url)
    listener.ours = Server(service, Site(world, url), url)
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener.ours
    finally:
        listener.ours.closing.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    ours: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing about clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together, at the end of the request
    server: _Listener

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time of the world that is played, which answers carry as their date."""
        clock = self.server.ours.world.clock
        return super().date_time_string(clock() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Be quiet."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        if self.path.startswith((f"{API}/", GRAPHQL)):
            target = self.path.removeprefix(API).removeprefix("/api")
            seen = self.server.ours.service.seen(self.command, target, headers, body)
            answer = self.server.ours.answer(seen)
            if isinstance(answer, Broken):
                self._break(answer)
            elif isinstance(answer, Foreign):
                self._send(answer.status, answer.content, dict(answer.headers))
            else:
                self._send(answer.status, _bytes(answer), _json_headers(answer))
        else:
            page = self.server.ours.site.get(self.path, headers)
            self._send(page.status, page.content, page.headers)

    def _break(self, broken: Broken) -> None:
        self.close_connection = True
        if broken.how == "hang":
            self.server.ours.closing.wait(HANG)
        if broken.how == "cut" and broken.answer is not None:
            content = _bytes(broken.answer)
            self._send(
                broken.answer.status, content, _json_headers(broken.answer), len(content) // 2
            )
        with contextlib.suppress(OSError):
            self.wfile.flush()
            # Linger 0: the other side sees a reset, not an orderly end.
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], cut: int | None = None
    ) -> None:
        self.send_response(status, _REASONS.get(status))
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if cut is None else content[:cut])


def _bytes(answer: Answer) -> bytes:
    return b"" if answer.data is None else json.dumps(answer.data).encode()


def _json_headers(answer: Answer) -> dict[str, str]:
    kind = {} if answer.data is None else {"Content-Type": "application/json; charset=utf-8"}
    return {**kind, "X-GitHub-Media-Type": "github.v3; format=json", **answer.headers}
