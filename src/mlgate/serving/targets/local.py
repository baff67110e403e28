"""A process on this machine, on the first of several ports that is free."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mlgate.serving.client import EndpointError, ModelClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST: Final = "127.0.0.1"
_POLL: Final = 0.05
_LAST: Final = 5
"""Lines of the server's log in a message."""


@dataclass(slots=True)
class LocalTarget:
    """Runs the server's command in a folder, without a shell.

    Attributes
    ----------
    command
        With `{model}` and `{port}`.
    ready
        The path that answers 200.
    logs
        The folder for what it prints, a file for each port.
    drain
        Seconds that it gets to end by itself.
    """

    command: str
    model: str
    ports: tuple[int, ...]
    ready: str
    folder: Path
    environ: Mapping[str, str]
    logs: Path
    start_within: float
    drain: float = 60.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The server's process."""
        return None if self.process is None else self.process.pid

    def problems(self) -> list[str]:
        """Return that no port is free."""
        if any(_is_free(port) for port in self.ports):
            return []
        ports = ", ".join(map(str, self.ports))
        return [f"none of the ports {ports} is free: stop the version that has no traffic"]

    def running(self) -> str | None:
        """Return the address of the first port that is ready."""
        for port in self.ports:
            address = f"http://{HOST}:{port}"
            if not _is_free(port) and self._is_ready(address):
                return address
        return None

    def start(self) -> str:
        """Start the server and wait until it is ready."""
        port = next(port for port in self.ports if _is_free(port))
        log_file = self.logs / f"server-{port}.log"
        words = [
            word.replace("{model}", self.model).replace("{port}", str(port))
            for word in shlex.split(self.command)
        ]
        with log_file.open("wb") as log:
            try:
                self.process = subprocess.Popen(
                    words,
                    cwd=self.folder,
                    env=dict(self.environ),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                msg = f"the server cannot be started: {words[0]}: {error.strerror}"
                raise EndpointError(msg) from None
        address, until = f"http://{HOST}:{port}", time.monotonic() + self.start_within
        while not self._is_ready(address):
            if self.process.poll() is not None:
                raise EndpointError(f"the server ended while it started{_last_words(log_file)}")
            if time.monotonic() > until:
                seconds = f"{self.start_within:g} seconds"
                raise EndpointError(
                    f"the server is not ready after {seconds}{_last_words(log_file)}"
                )
            time.sleep(_POLL)
        return address

    def stop(self) -> None:
        """Stop the server, and kill what does not end."""
        if self.process is None:
            return
        for number, seconds in ((signal.SIGTERM, self.drain), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
                return

    def _is_ready(self, address: str) -> bool:
        client = ModelClient(address, "", timeout=2.0)
        try:
            return client.is_ready(self.ready)
        finally:
            client.close()


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST:]
    return f": {' / '.join(lines)}" if lines else ""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
