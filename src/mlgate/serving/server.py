"""The embedded server: Open Inference Protocol over HTTP, for a demo, tests and small teams.

The standard library's server answers some thousand requests a second for a small model, its client on the
same two cores. It speaks no TLS and knows no users: keep it on a loopback address or behind a proxy.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from mlgate import __version__
from mlgate.errors import UsageError
from mlgate.serving.tensors import TensorError, read_request, write_tensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.serving.models import ServedModel
    from mlgate.serving.request_log import RequestLog

MAX_BODY: Final = 32 * 2**20
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_IDLE: Final = 75.0
"""Seconds after which a connection without a request is closed."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a model is served.

    Attributes
    ----------
    drain
        Seconds for which a server that is being stopped still takes requests, while it says that it is
        not ready and closes each connection with its answer, so that whoever routes sends no more.
    log
        Where requests are logged, if they are.
    log_answers
        Whether the log holds the answers too.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    drain: float = 5.0
    log: RequestLog | None = None
    log_answers: bool = False


class _RequestCounters:
    """Counts for Prometheus."""

    def __init__(self, model: ServedModel) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
        except ImportError:
            msg = "counters are kept by the package prometheus-client, which is not installed"
            raise UsageError(msg, hint="pip install 'mlgate[serve]'") from None
        self._registry = CollectorRegistry()
        self._latest = generate_latest
        names = ("model", "version")
        self._requests = Counter(
            "mlgate_requests", "Requests for answers.", (*names, "code"), registry=self._registry
        )
        self._labels = (model.name, model.version)
        self._errors = Counter(
            "mlgate_errors", "Requests that failed here.", names, registry=self._registry
        ).labels(*self._labels)
        self._seconds = Histogram(
            "mlgate_request_seconds",
            "How long requests for answers took.",
            names,
            buckets=_BUCKETS,
            registry=self._registry,
        ).labels(*self._labels)

    def count(self, status: int, seconds: float) -> None:
        self._requests.labels(*self._labels, str(status)).inc()
        self._seconds.observe(seconds)
        if status >= 500:
            self._errors.inc()

    def text(self) -> bytes:
        return self._latest(self._registry)


@dataclass(slots=True)
class _Reply:
    status: int
    body: bytes
    content_type: str = "application/json"
    answer: dict[str, Any] = field(default_factory=dict)


class InferenceServer(ThreadingHTTPServer):
    """Serves a model until `stop`."""

    daemon_threads = False  # `server_close` waits for them
    request_queue_size = 1024

    def __init__(
        self, model: ServedModel, options: ServerOptions, warn: Callable[[str], None]
    ) -> None:
        self.model, self.options, self.warn = model, options, warn
        self.counters = _RequestCounters(model)
        self.draining = False
        self.idle: set[socket.socket] = set()
        self.lock = threading.Lock()
        try:
            super().__init__((options.host, options.port), _InferenceHandler)
        except OSError as error:
            msg = f"{options.host}:{options.port} cannot be listened on: {error.strerror}"
            raise UsageError(msg, hint="choose another --port") from None

    def stop(self, sleep: Callable[[float], object] = time.sleep) -> None:
        """Answer what has come, and what comes while clients notice; then end."""
        self.draining = True
        sleep(self.options.drain)
        self.shutdown()
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:  # connected before now, and not yet accepted
                self.process_request(*self.socket.accept())
        with self.lock:
            for connection in self.idle:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
        self.server_close()
        if self.options.log is not None:
            self.options.log.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that has gone."""


class _InferenceHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = f"mlgate/{__version__}"
    timeout = _IDLE
    wbufsize = -1
    disable_nagle_algorithm = True
    server: InferenceServer

    def handle_one_request(self) -> None:
        with self.server.lock:
            self.server.idle.add(self.connection)
        try:
            super().handle_one_request()
        finally:
            with self.server.lock:
                self.server.idle.discard(self.connection)

    def parse_request(self) -> bool:
        with self.server.lock:
            self.server.idle.discard(self.connection)
        return super().parse_request()

    def do_GET(self) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body would be taken for the next request
        model = self.server.model
        ready = 503 if self.server.draining else 200
        here = model_path(model)
        replies: dict[str, Callable[[], _Reply]] = {
            "/v2": lambda: _json(200, {"name": "mlgate", "version": __version__, "extensions": []}),
            "/v2/health/live": lambda: _json(200, {"live": True}),
            "/v2/health/ready": lambda: _json(ready, {"ready": ready == 200}),
            "/metrics": lambda: _Reply(
                200, self.server.counters.text(), "text/plain; version=1.0.0"
            ),
        }
        for base in (here, f"{here}/versions/{model.version}"):
            replies[base] = lambda: _json(200, model.metadata())
            replies[f"{base}/ready"] = lambda: _json(
                ready, {"name": model.name, "ready": ready == 200}
            )
        reply = replies.get(self.path.partition("?")[0])
        self._send(reply() if reply else self._unknown())

    def do_POST(self) -> None:
        begun = time.perf_counter()
        model = self.server.model
        here = model_path(model)
        if self.path not in (f"{here}/infer", f"{here}/versions/{model.version}/infer"):
            self.close_connection = True  # its body is not read
            self._send(self._unknown())
            return
        body = self._body()
        reply = body if isinstance(body, _Reply) else _answer(model, body, self.server.warn)
        seconds = time.perf_counter() - begun
        self.server.counters.count(reply.status, seconds)
        self._log(reply, seconds)
        self._send(reply)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing; the request log is for that."""

    def _body(self) -> bytes | _Reply:
        """Read the body; of one whose length is not plain nothing is read, and no request follows."""
        lengths = self.headers.get_all("Content-Length", [])
        plain = len(lengths) == 1 and lengths[0].isdecimal()
        if not plain or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return _error(411, "the request needs one Content-Length, and no Transfer-Encoding")
        if int(lengths[0]) > MAX_BODY:
            self.close_connection = True
            return _error(413, f"the body is longer than {MAX_BODY:,} bytes")
        return self.rfile.read(int(lengths[0]))

    def _unknown(self) -> _Reply:
        here = model_path(self.server.model)
        return _error(404, f"there is no {self.path[:200]}; the model is {here}")

    def _log(self, reply: _Reply, seconds: float) -> None:
        log = self.server.options.log
        if log is None:
            return
        now = dt.datetime.now(dt.UTC)
        entry = {
            "time": round(now.timestamp(), 6),
            "id": reply.answer.get("id"),
            "version": self.server.model.version,
            "status": reply.status,
            "seconds": round(seconds, 6),
        }
        if self.server.options.log_answers and "outputs" in reply.answer:
            entry["outputs"] = reply.answer["outputs"]
        log.write(entry, now)

    def _send(self, reply: _Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if self.server.draining or self.close_connection:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body)


def model_path(model: ServedModel) -> str:
    """Return the path of a model, whatever characters its name has."""
    return f"/v2/models/{quote(model.name, safe='')}"


def _answer(model: ServedModel, body: bytes, warn: Callable[[str], None]) -> _Reply:
    """Return the model's answer; 400 for a bad request, 500 where the model fails."""
    try:
        request = read_request(body, model.inputs)
    except TensorError as error:
        return _error(400, str(error))
    identifier = request.id or uuid.uuid4().hex
    try:
        outputs = dict(model.predict(request.inputs))
        names = request.outputs or tuple(outputs)
        unknown = [name for name in names if name not in outputs]
        if unknown:
            return _error(400, f"the model has no output {unknown[0]!r}", identifier)
        tensors = write_tensors({name: outputs[name] for name in names})
    except Exception as error:  # noqa: BLE001  (the user's model may raise anything)
        why = f"{type(error).__name__}: {error}"
        warn(f"request {identifier} failed: {why}")
        return _error(500, f"the model failed: {why}", identifier)
    return _json(
        200,
        {
            "model_name": model.name,
            "model_version": model.version,
            "id": identifier,
            "outputs": tensors,
        },
    )


def _error(status: int, reason: str, identifier: str | None = None) -> _Reply:
    return _json(status, {"error": reason} | ({} if identifier is None else {"id": identifier}))


def _json(status: int, content: dict[str, Any]) -> _Reply:
    return _Reply(status, json.dumps(content).encode(), answer=content)
