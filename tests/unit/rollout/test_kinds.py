"""Routers and sources, real ones: a program, HAProxy on loopback, its agent-check, request logs."""

from __future__ import annotations

import datetime as dt
import http.client
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import pytest

from mlgate.model.rollout import LEVELS
from mlgate.rollout.kinds.command import CommandRouter
from mlgate.rollout.kinds.haproxy import HaproxyRouter
from mlgate.rollout.kinds.lease import LeaseRouter, agent, share_of
from mlgate.rollout.kinds.log import LogSource
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def router(tmp_path: Path, body: str) -> CommandRouter:
    (tmp_path / "route.sh").write_text(body)
    return CommandRouter("sh route.sh", tmp_path, {"PATH": "/usr/bin:/bin"})


class TestCommand:
    def test_it_is_told_what_to_do(self, tmp_path):
        made = router(tmp_path, 'echo "$@" >> calls; test $1 != get || echo 0.25')
        assert made.share() == 0.25
        made.route(0.05, NOW)
        made.route(0.0, None)
        assert (tmp_path / "calls").read_text().splitlines() == [
            "get",
            "set 0.05 2026-11-21T12:00:00+00:00",
            "set 0",
        ]

    @pytest.mark.parametrize("printed", ["", "nan", "1.5", "-0.1", "a share"])
    def test_what_is_no_share_is_an_error(self, tmp_path, printed):
        with pytest.raises(UnreachableError, match="no share from 0 to 1"):
            router(tmp_path, f"echo '{printed}'").share()

    @pytest.mark.parametrize(
        ("counters", "words"),
        [
            ("", "prints no counters"),
            ('{"epoch": "1", "stable": {"requests": 1, "failures": 0}}', "canary"),
            ('{"epoch": "1", "stable": {"requests": NaN, "failures": 0}}', "prints no counters"),
            (
                '{"stable": {"requests": 1, "failures": 0}, "canary": {"requests": 1, "failures": 0}}',
                "names no epoch",
            ),
            (
                '{"epoch": "1", "stable": {"requests": 1, "failures": 2}, "canary": {"requests": 1, "failures": 0}}',
                "impossible counts",
            ),
        ],
    )
    def test_what_is_no_counter_is_an_error(self, tmp_path, counters, words):
        with pytest.raises(UnreachableError, match=words):
            router(tmp_path, f"echo '{counters}'").counts(NOW, NOW)

    def test_its_failure_is_reported_in_its_words(self, tmp_path):
        with pytest.raises(UnreachableError, match="the mesh is gone"):
            router(tmp_path, "echo the mesh is gone >&2; exit 1").share()
        with pytest.raises(UnreachableError, match="cannot be run"):
            CommandRouter("no-such-program", tmp_path, {}).share()


class TestLease:
    def test_the_share_ends_with_the_lease(self, tmp_path):
        path = tmp_path / "lease.json"
        LeaseRouter(path).route(0.25, NOW)
        assert share_of(path, NOW - MINUTE) == 0.25
        assert share_of(path, NOW) == 0
        LeaseRouter(path).route(1.0, None)
        assert share_of(path, NOW + 365 * 24 * 60 * MINUTE) == 1

    @pytest.mark.parametrize(
        "text",
        [None, "", "[]", "{}", '{"share": 2, "until": null}', '{"share": NaN, "until": null}'],
    )
    def test_without_a_readable_lease_stable_gets_everything(self, tmp_path, text):
        path = tmp_path / "lease.json"
        if text is not None:
            path.write_text(text)
        assert share_of(path, NOW) == 0

    def test_the_agent_answers_for_each_server(self, tmp_path):
        path = tmp_path / "lease.json"
        clock = [NOW]
        with serving(agent(path, ("127.0.0.1", 0), lambda: clock[0])) as port:
            assert ask(port, "canary") == "0%"
            LeaseRouter(path).route(0.25, NOW + MINUTE)
            assert (ask(port, "canary"), ask(port, "stable")) == ("25%", "75%")
            clock[0] += MINUTE
            assert (ask(port, "canary"), ask(port, "stable")) == ("0%", "100%")
            assert ask(port, "set server x") == ""


class TestLog:
    LINES = (
        ("blue", 200, 0.010),
        ("blue", 500, 0.200),
        ("green", 200, 0.300),
        ("green", 503, None),
        ("other", 500, 9.0),
    )

    def source(self, path: Path, seconds: str | None = None) -> LogSource:
        return LogSource(str(path), "ts", "arm", "blue", "green", "status >= 500", seconds)

    def rows(self):
        """Ten minutes of the stable version alone, then one minute of all."""
        early = [(NOW - 5 * MINUTE, "blue", 200, 0.001 * i) for i in range(1, 101)]
        return early + [(NOW + MINUTE / 2, *line) for line in self.LINES]

    @pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv", "seconds"])
    def test_requests_and_failures_are_counted(self, tmp_path, kind):
        path = tmp_path / f"log.{'jsonl' if kind == 'seconds' else kind}"
        rows = [
            {
                "ts": t.timestamp() if kind == "seconds" else t.isoformat(),
                "arm": a,
                "status": s,
                "took": d,
            }
            for t, a, s, d in self.rows()
        ]
        lines = tmp_path / "lines.json"
        lines.write_text("\n".join(map(json.dumps, rows)))
        if path.suffix == ".jsonl":
            shutil.copy(lines, path)
        else:
            duckdb.sql(f"COPY (SELECT * FROM read_json('{lines}')) TO '{path}'")
        counts = self.source(path).counts(NOW, NOW + MINUTE)
        assert (counts.stable.requests, counts.stable.failures) == (2, 1)
        assert (counts.canary.requests, counts.canary.failures) == (2, 1)
        assert counts.epoch is None
        assert self.source(path).counts(NOW + MINUTE, NOW + 2 * MINUTE).stable.requests == 0

    def test_slow_requests_exceed_what_the_stable_version_took_before(self, tmp_path):
        path = tmp_path / "log.jsonl"
        keys = ("ts", "arm", "status", "took")
        path.write_text(
            "\n".join(
                json.dumps(dict(zip(keys, row, strict=True)), default=str) for row in self.rows()
            )
        )
        counts = self.source(path, "took").counts(NOW, NOW + MINUTE)
        assert counts.stable.slow == (1,) * len(LEVELS)
        assert counts.canary.slow == (2,) * len(LEVELS), "a request without a time counts as slow"
        before = self.source(path, "took").counts(NOW - 60 * MINUTE, NOW)
        assert before.stable.slow == (), "no threshold yet"

    def test_what_waits_together_is_seen_and_a_negligible_delay_is_not(self, tmp_path):
        path = tmp_path / "log.jsonl"
        lines = []
        for second in range(-60, 60):
            for number in range(40):
                at = NOW.timestamp() + second + (number + 0.5) / 40
                arm = "green" if number % 2 and second >= 0 else "blue"
                took = 0.010 + number / 1e4 + (0.0005 if arm == "green" else 0)
                if arm == "green" and 20 <= second < 23:  # stalls, all of its requests wait
                    took += 1
                lines.append({"ts": at, "arm": arm, "status": 200, "took": took})
        path.write_text("\n".join(map(json.dumps, lines)))
        source = LogSource(str(path), "ts", "arm", "blue", "green", "status >= 500", "took", 0.001)
        counts = source.counts(NOW, NOW + MINUTE)
        assert counts.canary.slow[LEVELS.index(0.999)] == 3 * 20, "none but those that waited"
        assert counts.canary.requests == counts.stable.requests == 1_200
        assert counts.dispersion[0] == 1, "nothing fails"
        assert 20 < counts.dispersion[-1] < 100
        strict = LogSource(str(path), "ts", "arm", "blue", "green", "status >= 500", "took")
        assert strict.counts(NOW, NOW + MINUTE).canary.slow[-1] > 3 * 20

    def test_what_cannot_be_read_is_an_error(self, tmp_path):
        with pytest.raises(UnreachableError, match="cannot be read"):
            self.source(tmp_path / "none.jsonl").counts(NOW, NOW + MINUTE)
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        with pytest.raises(UnreachableError, match="ts"):
            self.source(tmp_path / "other.csv").counts(NOW, NOW + MINUTE)


@contextmanager
def serving(server) -> Iterator[int]:
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(port: int, name: str) -> str:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(f"{name}\n".encode())
        return connection.makefile().readline().strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def backend(fails: bool = False) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(500 if fails else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def haproxy_says(router: HaproxyRouter, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(router.path)
        connection.sendall(f"{command}\n".encode())
        return connection.makefile().read()


HAPROXY = shutil.which("haproxy")
CONFIG = """\
global
  stats socket {socket} mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend f
  bind 127.0.0.1:{port}
  default_backend model
backend model
  balance roundrobin
  server stable 127.0.0.1:{stable} weight 200 {check}
  server canary 127.0.0.1:{canary} weight {weight} {check}
"""


@contextmanager
def haproxy(
    tmp_path: Path, stable: int, canary: int, agent_port: int | None = None
) -> Iterator[int]:
    """A real HAProxy in the foreground; gives its port."""
    port, path = free_port(), tmp_path / "ha.sock"
    check = ""
    if agent_port is not None:
        check = f"agent-check agent-port {agent_port} agent-inter 200ms agent-send "
    text = CONFIG.format(
        socket=path,
        port=port,
        stable=stable,
        canary=canary,
        weight=200 if agent_port else 0,
        check="@",
    )
    for name in ("stable", "canary"):
        text = text.replace("@", f'{check}"{name}\\n"' if check else "", 1)
    (tmp_path / "ha.cfg").write_text(text)
    path.unlink(missing_ok=True)
    process = subprocess.Popen([str(HAPROXY), "-db", "-f", str(tmp_path / "ha.cfg")])
    try:
        for _ in range(200):
            if path.exists():
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def get(port: int, count: int) -> list[int]:
    """Statuses of requests on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    statuses = []
    for _ in range(count):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    return statuses


@pytest.mark.system
@pytest.mark.skipif(HAPROXY is None, reason="apt-get install haproxy")
class TestHaproxy:
    def test_weights_and_counters(self, tmp_path):
        with serving(backend()) as stable, serving(backend(fails=True)) as canary:
            with haproxy(tmp_path, stable, canary) as port:
                made = HaproxyRouter(str(tmp_path / "ha.sock"), "model", "stable", "canary")
                assert made.share() == 0
                made.route(0.25, None)
                made.route(0.25, None)
                assert made.share() == 0.25
                statuses = get(port, 400)
                assert statuses.count(500) == pytest.approx(100, abs=2)
                counts = made.counts(NOW, NOW)
                assert (counts.stable.requests, counts.stable.failures) == (statuses.count(200), 0)
                assert counts.canary.requests == counts.canary.failures == statuses.count(500)
                haproxy_says(made, "set server model/canary state maint")
                with pytest.raises(UnreachableError, match="model/canary is MAINT"):
                    made.share()
                haproxy_says(made, "set server model/canary state ready")
                haproxy_says(made, "set server model/stable state maint")
                with pytest.raises(UnreachableError, match="would get all requests"):
                    made.route(0.0, None)
                assert made.route(0.25, None) is None
                haproxy_says(made, "set server model/stable state ready")
                made.route(0.0, None)
                assert set(get(port, 50)) == {200}
                with pytest.raises(UnreachableError, match="no server model/purple"):
                    HaproxyRouter(made.path, "model", "stable", "purple").share()
                first = counts.epoch
            with haproxy(tmp_path, stable, canary):
                assert made.counts(NOW, NOW).epoch != first
        with pytest.raises(UnreachableError, match="does not answer"):
            made.share()

    def test_after_the_lease_the_canary_gets_nothing(self, tmp_path):
        lease = tmp_path / "lease.json"
        clock = [NOW]
        made = LeaseRouter(lease)
        with (
            serving(backend()) as stable,
            serving(backend(fails=True)) as canary,
            serving(agent(lease, ("127.0.0.1", 0), lambda: clock[0])) as agent_port,
            haproxy(tmp_path, stable, canary, agent_port) as port,
        ):
            seen = HaproxyRouter(str(tmp_path / "ha.sock"), "model", "stable", "canary")
            for share, now in ((0.0, NOW), (0.25, NOW), (0.0, NOW + MINUTE)):
                if share:
                    made.route(share, NOW + MINUTE)
                clock[0] = now
                for _ in range(100):
                    if seen.share() == pytest.approx(share, abs=0.01):
                        break
                    time.sleep(0.1)
                failed = get(port, 200).count(500)
                assert failed == pytest.approx(200 * share, abs=2 if share else 0)
