"""The serving host: HAProxy, the agent of the lease, and a model server with two versions, as processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from mlgate.errors import UsageError
from mlgate.files import write_atomic
from mlgate.rollout.kinds.haproxy import HaproxyRouter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CONFIG: Final = """\
global
  log stdout format raw local0
  stats socket {socket} level operator
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 60s
  timeout server 30s
  log-format '{"time":%Ts.%ms,"version":"%s","status":%ST,"took":%Ta.0e-3}'
frontend requests
  bind 127.0.0.1:{router}
  default_backend model
backend model
  balance random(1)
  default-server weight 200 agent-check agent-port {agent} agent-inter 200ms
  server stable 127.0.0.1:{stable} agent-send "stable\\n"
  server canary 127.0.0.1:{canary} agent-send "canary\\n"
"""
_STARTS: Final = 20.0
"""Seconds in which a process must listen."""


def haproxy(elsewhere: str = "/usr/sbin:/usr/local/sbin") -> str:
    """Return the program, which Debian has where only root's PATH looks; raises UsageError without it."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path=elsewhere)
    if program is None:
        msg = "the demo of a rollout routes by HAProxy, which is not installed here"
        raise UsageError(msg, hint="apt-get install haproxy (its package on Debian and Ubuntu)")
    return program


@dataclass(slots=True)
class Host:
    """Everything that serves, while it is entered; what it prints is in `folder`."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    _processes: ExitStack = field(default_factory=ExitStack)

    @property
    def log(self) -> Path:
        """HAProxy's log: one line of JSON for each request."""
        return self.folder / "requests.jsonl"

    @property
    def lease(self) -> Path:
        """Where the canary's share is, and when it ends."""
        return self.folder / "lease.json"

    def share(self) -> float:
        """Return the canary's share as HAProxy routes now."""
        return HaproxyRouter(str(self.folder / "haproxy.sock"), "model", "stable", "canary").share()

    def wait_for(self, requests: int, longest: float) -> None:
        """Wait until so many more requests are answered; raises UsageError where they are not."""
        until = time.monotonic() + longest
        with self.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            while requests > 0:
                if time.monotonic() > until:
                    msg = f"{requests} requests are not answered after {longest:.0f} seconds"
                    raise UsageError(msg, hint=f"see what it printed in {self.folder}")
                time.sleep(0.05)
                requests -= log.read().count(b"\n")

    def __enter__(self) -> Self:
        """Start it, with all requests to the stable version."""
        program = haproxy()
        self.ports = _free_ports("router", "agent", "stable", "canary")
        self.folder.mkdir()
        config = self.folder / "haproxy.cfg"
        text = _CONFIG.replace("{socket}", str(self.folder / "haproxy.sock"))
        for name, port in self.ports.items():
            text = text.replace(f"{{{name}}}", str(port))
        config.write_text(text, encoding="utf-8")
        python = (sys.executable, "-m")
        agent = ("--file", str(self.lease), "--port", str(self.ports["agent"]))
        with ExitStack() as starting:
            starting.push(self._processes)
            self._start("agent", [*python, "mlgate", "rollout", "agent", *agent])
            self.serve_canary("stable")
            (self.folder / "stable").write_text("stable", encoding="utf-8")
            ports = (str(self.ports["stable"]), str(self.ports["canary"]))
            module = "mlgate.demo.rollout.model"
            self._start("canary", [*python, module, str(self.folder), *ports])
            self._start("router", [program, "-db", "-f", str(config)], self.log)
            starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        self._processes.close()

    def serve_canary(self, version: str) -> None:
        """Serve another version as the canary, which has no traffic."""
        write_atomic(self.folder / "canary", version)

    def _start(
        self, name: str, command: Sequence[str], log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        with (log or self.folder / f"{name}.log").open("ab") as printed:
            process = subprocess.Popen(command, stdout=printed, stderr=printed)
        self._processes.callback(_end, process)
        until = time.monotonic() + _STARTS
        while not _listens(self.ports[name]):
            if process.poll() is not None or time.monotonic() > until:
                msg = f"{name} does not listen on port {self.ports[name]}"
                raise UsageError(msg, hint=f"see what it printed in {self.folder}")
            time.sleep(0.05)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports(*names: str) -> dict[str, int]:
    with ExitStack() as sockets:
        probes = [sockets.enter_context(socket.socket()) for _ in names]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in zip(names, probes, strict=True)}
