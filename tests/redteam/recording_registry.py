"""A registry of MLflow's on loopback, which keeps every word that it is sent."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSED = "s3://refused"
"""A source that the server refuses, with an answer that quotes the login."""


class RecordingRegistry:
    """Versions and aliases of one model, and what was sent: requests without their logins."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: list[str] = []
        self.versions: list[dict[str, Any]] = []
        self.aliases: dict[str, str] = {}

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield what was sent, by place."""
        for number, text in enumerate(self.sent):
            yield f"registry {number}", text

    def answer(self, path: str, body: dict[str, Any], login: str) -> tuple[int, dict[str, Any]]:
        """Answer as MLflow does."""
        if path.endswith("model-versions/create"):
            if body["source"].startswith(REFUSED):
                return 403, {"error_code": "PERMISSION_DENIED", "message": f"{'.' * 290}{login}"}
            version = {"version": str(len(self.versions) + 1), "tags": body["tags"]}
            self.versions.append(version)
            return 200, {"model_version": version}
        if path.endswith("registered-models/alias"):
            self.aliases[body["alias"]] = body["version"]
        if path.endswith("registered-models/get"):
            aliases = [{"alias": name, "version": of} for name, of in self.aliases.items()]
            return 200, {"registered_model": {"aliases": aliases}}
        return 200, {"model_versions": self.versions} if path.endswith("search") else {}


@contextlib.contextmanager
def recording_registry() -> Iterator[RecordingRegistry]:
    """Serve one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            login = self.headers.get("Authorization", "")
            kept = [f"{key}: {value}" for key, value in self.headers.items() if value != login]
            registry.sent.append("\n".join([f"{self.command} {self.path}", *kept, content]))
            path = self.path.partition("?")[0]
            code, answer = registry.answer(path, json.loads(content or "{}"), login)
            text = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry = RecordingRegistry(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
