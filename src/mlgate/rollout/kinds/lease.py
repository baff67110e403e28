r"""A file with the canary's share and when it ends; an agent beside HAProxy answers from it.

HAProxy asks the agent for each server (`agent-check agent-send "canary\n"`) and sets its weight to a
percentage of the configured one. After the lease, and where the file cannot be read, the stable version
gets everything: without a tick, GitHub, or mlgate itself, as long as the agent runs.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import socketserver
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.files import write_atomic
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LeaseRouter:
    """Writes the file."""

    path: Path

    def share(self) -> float:
        """Return what the agent answers now."""
        return share_of(self.path, dt.datetime.now(dt.UTC))

    def route(self, share: float, until: dt.datetime | None, entry: int | None = None) -> None:
        """Write share and end; a share of 0 or 1 has none."""
        lease = {
            "share": share,
            "until": None if until is None else until.timestamp(),
            "entry": self.newest() if entry is None else entry,
        }
        try:
            write_atomic(self.path, json.dumps(lease) + "\n")
        except OSError as error:
            msg = f"the lease {self.path} cannot be written: {error.strerror}"
            raise UnreachableError(msg) from None

    def newest(self) -> int:
        """Return the entry of the file."""
        try:
            return int(json.loads(self.path.read_text(encoding="utf-8"))["entry"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0


def share_of(path: Path, now: dt.datetime) -> float:
    """Return the canary's share: 0 where the lease has ended, or is not there, or is not readable."""
    try:
        lease = json.loads(path.read_text(encoding="utf-8"))
        share, until = float(lease["share"]), lease["until"]
        valid = until is None or now.timestamp() < float(until)
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
    return share if valid and math.isfinite(share) and 0 <= share <= 1 else 0.0


def agent(
    path: Path,
    address: tuple[str, int],
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> socketserver.TCPServer:
    """Return a server that answers `canary` and `stable` with a percentage of their weights."""

    class AgentHandler(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            share = share_of(path, clock())
            name = self.rfile.readline(100).strip()
            answer = {b"canary": share, b"stable": 1 - share}.get(name)
            if answer is not None:
                self.wfile.write(f"{round(100 * answer)}%\n".encode())

    class AgentServer(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    return AgentServer(address, AgentHandler)
