"""The serving host: HAProxy, the agent of the lease, and two versions of the model, as processes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from mlgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CONFIG: Final = """\
global
  log stdout format raw local0
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 60s
  timeout server 30s
  log-format '{"time":%Ts.%ms,"version":"%s","status":%ST,"took":%Ta}'
frontend requests
  bind 127.0.0.1:{router}
  default_backend model
backend model
  balance random(1)
  default-server weight 200 agent-check agent-port {agent} agent-inter 200ms
  server stable 127.0.0.1:{stable} agent-send "stable\\n"
  server canary 127.0.0.1:{canary} agent-send "canary\\n"
"""
_DRAINS: Final = 1.0
"""Seconds in which the agent is asked again, and open requests are answered."""
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
    lease: Path
    ports: dict[str, int] = field(default_factory=dict)
    _processes: ExitStack = field(default_factory=ExitStack)
    _canary: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """HAProxy's log: one line of JSON for each request."""
        return self.folder / "requests.jsonl"

    def __enter__(self) -> Self:
        """Start it, with all requests to the stable version."""
        program = haproxy()
        self.ports = _free_ports("router", "agent", "stable", "canary")
        self.folder.mkdir()
        config = self.folder / "haproxy.cfg"
        text = _CONFIG
        for name, port in self.ports.items():
            text = text.replace(f"{{{name}}}", str(port))
        config.write_text(text, encoding="utf-8")
        python = (sys.executable, "-m")
        agent = ("--file", str(self.lease), "--port", str(self.ports["agent"]))
        with ExitStack() as starting:
            starting.push(self._processes)
            self._start("agent", [*python, "mlgate", "rollout", "agent", *agent])
            self._start("stable", self._model("stable", "stable"))
            self._start("router", [program, "-db", "-f", str(config)], self.log)
            starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        self._processes.close()

    def serve_canary(self, version: str) -> None:
        """Replace the canary, which has no traffic, by another version."""
        if self._canary is not None:
            time.sleep(_DRAINS)
            _end(self._canary)
        self._canary = self._start("canary", self._model("canary", version))

    def _model(self, arm: str, version: str) -> list[str]:
        module = "mlgate.demo.rollout.model"
        return [sys.executable, "-m", module, str(self.ports[arm]), version]

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
