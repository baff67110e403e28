"""git takes the job's token where the server asks for one, and leaves it nowhere."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from mlgate.git import Git, GitError, Login

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.git.conftest import Repo

TOKEN = "ghs_0123456789abcdef"


class Server(ThreadingHTTPServer):
    """git's own HTTP backend behind a password, as a forge has it."""

    root: Path
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization", "")
        self.server.asked.append(authorization)
        if authorization != basic(TOKEN):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
            self.end_headers()
            return
        self._backend()

    do_POST = do_GET  # noqa: N815

    def _backend(self) -> None:
        path, _, query = self.path.partition("?")
        environ = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "x-access-token",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environ, capture_output=True, check=False
        )
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest)


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    served = Server(("127.0.0.1", 0), Handler)
    served.root, served.asked = tmp_path / "served", []
    bare = served.root / "o" / "r.git"
    subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True)
    subprocess.run(["git", "-C", bare, "config", "http.receivepack", "true"], check=True)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def clone(repo: Repo, server: Server, tmp_path: Path) -> Repo:
    """A clone whose user has a credential store of their own."""
    with (tmp_path / "gitconfig").open("a") as file:
        file.write(f"[credential]\n\thelper = store --file {tmp_path / 'kept'}\n")
    repo.do("remote", "add", "origin", f"{server.url}/o/r.git")
    return repo


def push(git: Git) -> None:
    git.run("push", "--quiet", "origin", "HEAD:refs/heads/main")


def test_fetch_and_push_with_the_token(clone: Repo, server: Server, tmp_path: Path) -> None:
    commit = clone.commit()
    git = Git(clone.path, Login(server.url, TOKEN))
    push(git)
    assert git.remote_refs("refs/heads/*") == {"refs/heads/main": commit}
    git.fetch([commit])
    assert not (tmp_path / "kept").exists()
    assert TOKEN not in (clone.path / ".git" / "config").read_text()


def test_without_a_login_there_is_no_access(clone: Repo) -> None:
    clone.commit()
    with pytest.raises(GitError):
        push(Git(clone.path))


def test_a_wrong_token_is_not_told(clone: Repo, server: Server) -> None:
    clone.commit()
    with pytest.raises(GitError) as failed:
        push(Git(clone.path, Login(server.url, "ghs_wrong")))
    assert "ghs_wrong" not in str(failed.value) + failed.value.reason


def test_the_credentials_that_a_checkout_left_come_first(clone: Repo, server: Server) -> None:
    header = f"Authorization: {basic(TOKEN)}"
    clone.do("config", f"http.{server.url}/.extraheader", header)
    clone.commit()
    push(Git(clone.path, Login(server.url, "ghs_less")))
    assert set(server.asked) == {basic(TOKEN)}


def test_another_server_gets_nothing(clone: Repo, server: Server) -> None:
    clone.commit()
    with pytest.raises(GitError):
        push(Git(clone.path, Login("https://github.com", TOKEN)))
    assert set(server.asked) == {""}


def test_the_token_is_in_no_representation() -> None:
    login = Login("https://github.com", TOKEN)
    assert TOKEN not in repr(login)
    assert TOKEN not in " ".join(login.options)
