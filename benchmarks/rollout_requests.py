"""Requests that are lost while weights move, servers die and the router reloads; a lapsed lease under load.

A real HAProxy, two servers and 16 clients on loopback. Lost is what has no answer, or 502, 503 or 504.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.demo.rollout.host import haproxy
from mlgate.rollout.kinds.haproxy import HaproxyRouter
from mlgate.rollout.kinds.lease import LeaseRouter, agent
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results" / "rollout_requests.md"
REQUESTS = 20_000
LEASE = 4
CONFIG = """\
global
  stats socket {folder}/ha.sock mode 600 level admin expose-fd listeners
  server-state-file {folder}/ha.state
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 30s
  option redispatch 1
  option idle-close-on-response
  retries 5
  retry-on conn-failure empty-response 503
frontend requests
  bind 127.0.0.1:{port}
  default_backend model
backend model
  balance random(1)
  load-server-state-from-file global
  default-server weight 100 {check}
  server stable 127.0.0.1:{stable} {agent_stable}
  server canary 127.0.0.1:{canary} {agent_canary}
"""


class Site:
    """HAProxy in master-worker mode, two servers, and clients."""

    def __init__(self, folder: Path, stack: ExitStack, agent_port: int | None = None) -> None:
        self.folder, self.stack = folder, stack
        self.port, self.stable, self.canary = (_free_port() for _ in range(3))
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        for arm in ("stable", "canary"):
            (folder / arm).write_text("stable")
            self.serve(arm)
        agents = {
            f"agent_{arm}": ""
            if agent_port is None
            else f'agent-check agent-port {agent_port} agent-inter 200ms agent-send "{arm}\\n"'
            for arm in ("stable", "canary")
        }
        check = "" if agent_port else "check inter 200ms fall 2 rise 1"
        ports = {"port": self.port, "stable": self.stable, "canary": self.canary}
        (folder / "ha.cfg").write_text(CONFIG.format(folder=folder, check=check, **ports, **agents))
        (folder / "ha.state").touch()
        self.haproxy = self._started([haproxy(), "-W", "-db", "-f", str(folder / "ha.cfg")])
        self.router = HaproxyRouter(str(folder / "ha.sock"), "model", "stable", "canary")
        self.wait_up()

    def serve(self, arm: str) -> None:
        """Start the server of one arm; the other port of the process is not used."""
        ports = [str(getattr(self, arm)), str(_free_port())]
        module = "mlgate.demo.rollout.model"
        self.servers[arm] = self._started([sys.executable, "-m", module, str(self.folder), *ports])

    def wait_listening(self, arm: str) -> None:
        """Wait until a server that was started accepts connections."""
        for _ in range(1_000):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", getattr(self, arm))):
                    return
            time.sleep(0.02)
        raise AssertionError("a server does not start")

    def wait_up(self) -> None:
        """Wait until both servers have requests."""
        for _ in range(1_000):
            try:
                if 0 < self.router.share() < 1:
                    return
            except UnreachableError:
                pass
            time.sleep(0.02)
        raise AssertionError("a server does not come up")

    def clients(self) -> subprocess.Popen[bytes]:
        """Start clients that ask without a pause."""
        command = [sys.executable, "-m", "mlgate.demo.rollout.traffic", str(self.port), "0"]
        return subprocess.Popen(command, stdout=subprocess.PIPE)

    def requests(self) -> tuple[int, int]:
        """Return how many requests both servers answered since HAProxy (re)started."""
        now = dt.datetime.now(dt.UTC)
        counts = self.router.counts(now, now)
        return counts.stable.requests, counts.canary.requests

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stderr=(self.folder / "log").open("ab"))
        self.stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def move_weights(site: Site) -> None:
    """Set another share, twenty times a second."""
    site.router.route(random.choice((0.05, 0.25, 0.5, 0.75, 0.95)), None)
    time.sleep(0.05)


def kill_servers(site: Site) -> None:
    """End a server, alternately by SIGKILL and SIGTERM, and start it again."""
    arm = random.choice(("stable", "canary"))
    server = site.servers[arm]
    server.send_signal(random.choice((signal.SIGKILL, signal.SIGTERM)))
    server.wait()
    time.sleep(0.5)
    site.serve(arm)
    site.wait_listening(arm)
    time.sleep(0.5)
    site.wait_up()


def reload_router(site: Site) -> None:
    """Reload HAProxy; weights come from its state file."""
    state = site.router._ask("show servers state")  # noqa: SLF001 -- what an operator types
    (site.folder / "ha.state").write_text(state)
    os.kill(site.haproxy.pid, signal.SIGUSR2)
    time.sleep(1.0)


def lost(disturb: Callable[[Site], None]) -> tuple[int, int, int]:
    """Return requests, how many were lost, and how often was disturbed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = Site(folder, stack)
        clients = site.clients()
        times, seen, before = 0, 0, (0, 0)
        while seen < REQUESTS:
            disturb(site)
            times += 1
            now = site.requests()
            new = sum(now) - sum(before)
            seen += new if new >= 0 else sum(now)
            before = now
        clients.terminate()
        answered = Counter({int(k): v for k, v in json.loads(clients.communicate()[0]).items()})
    bad = sum(count for status, count in answered.items() if status not in (200, 500))
    return answered.total(), bad, times


def lapsed() -> tuple[int, int, float]:
    """Return requests after the lease, how many the canary got, and after how long it got none."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lease = LeaseRouter(folder / "lease.json")
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=LEASE + 10)
        lease.route(0.25, until)
        server = agent(lease.path, ("127.0.0.1", 0))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        site = Site(folder, stack, server.server_address[1])
        clients = site.clients()
        time.sleep(max(0.0, until.timestamp() - time.time()))
        while site.router.share():
            time.sleep(0.005)
        after = time.time() - until.timestamp()
        time.sleep(0.2)  # requests that were routed before are answered
        before = site.requests()
        assert before[1], "the canary had requests while the lease held"
        while sum(now := site.requests()) - sum(before) < REQUESTS / 4:
            time.sleep(0.2)
        clients.terminate()
        clients.communicate()
    return sum(now) - sum(before), now[1] - before[1], after


def main() -> None:
    """Play all, and write the table."""
    rows = []
    for what, disturb in (
        ("weights move", move_weights),
        ("servers die and start again", kill_servers),
        ("HAProxy reloads", reload_router),
    ):
        requests, bad, times = lost(disturb)
        rows.append(f"| {what} | {times:,} | {requests:,} | {bad:,} |")
        print(rows[-1], flush=True)
    requests, canary, after = lapsed()
    RESULTS.write_text(
        "# Requests while a rollout goes on\n\n`python -m benchmarks.rollout_requests`, 16 clients on loopback,"
        " two cores shared with other work. Lost: no answer, or 502, 503, 504.\n\n"
        "| meanwhile | times | requests | lost |\n|---|---:|---:|---:|\n" + "\n".join(rows) + "\n\n"
        f"{after * 1_000:.0f} ms after the end of a lease the canary had no weight any more; of {requests:,}"
        f" requests from then on {canary:,} went to it.\n"
    )


if __name__ == "__main__":
    main()
