"""Counters by a real Prometheus on loopback that scrapes a small exporter."""

from __future__ import annotations

import datetime as dt
import http.server
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from mlgate.model.rollout import LEVELS
from mlgate.rollout.kinds.prometheus import PrometheusSource
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMETHEUS = shutil.which("prometheus")
EVERY = 0.25
CONFIG = """\
global: {{scrape_interval: 250ms, scrape_timeout: 250ms}}
scrape_configs:
  - job_name: router
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""
BOUNDS = ("0.01", "0.02", "0.05", "0.1", "+Inf")


@dataclass
class Exporter:
    """Counters of two versions; each request is added with what it was answered and how long it took."""

    counters: Counter[str] = field(default_factory=Counter)
    up: bool = True

    def __post_init__(self) -> None:
        for version in ("stable", "canary"):
            self.add(version, 0, 0)

    def add(self, version: str, requests: int, failures: int, seconds: float = 0.005) -> None:
        self.counters[f'requests_total{{server="{version}"}}'] += requests
        self.counters[f'failures_total{{server="{version}"}}'] += failures
        for bound in BOUNDS:
            name = f'seconds_bucket{{server="{version}",le="{bound}"}}'
            self.counters[name] += requests if seconds <= float(bound) else 0

    def text(self) -> str:
        return "".join(f"{name} {value}\n" for name, value in self.counters.items())


def handler(exporter: Exporter) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if exporter.up else 500)
            self.end_headers()
            self.wfile.write(exporter.text().encode())

        def log_message(self, *_):
            pass

    return Handler


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def scraped(tmp_path: Path, exporter: Exporter) -> Iterator[str]:
    """A Prometheus in the foreground; gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(exporter))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    (tmp_path / "prometheus.yml").write_text(CONFIG.format(port=server.server_address[1]))
    url = f"http://127.0.0.1:{free_port()}"
    options = {
        "config.file": tmp_path / "prometheus.yml",
        "storage.tsdb.path": tmp_path / "data",
        "web.listen-address": url.removeprefix("http://"),
        "log.level": "error",
    }
    command = [str(PROMETHEUS), *(f"--{name}={value}" for name, value in options.items())]
    process = subprocess.Popen(command)
    try:
        wait(lambda: b"Ready" in urllib.request.urlopen(f"{url}/-/ready").read())
        yield url
    finally:
        process.terminate()
        process.wait(10)
        server.shutdown()
        server.server_close()


def wait(until) -> None:
    for _ in range(200):
        try:
            if until():
                return
        except (OSError, UnreachableError):
            pass
        time.sleep(0.05)
    raise AssertionError("it never came")


def source(url: str, **other: object) -> PrometheusSource:
    names = {
        "version": "server",
        "stable": "stable",
        "canary": "canary",
        "requests": "requests_total",
        "failures": "failures_total",
        "seconds": "seconds_bucket",
        "late_by": 2.0,
    }
    return PrometheusSource(url, **{**names, **other})  # type: ignore[arg-type]


def scrape() -> dt.datetime:
    """Let two scrapes pass, so that what was added is in the last one."""
    time.sleep(2.5 * EVERY)
    return dt.datetime.now(dt.UTC)


@pytest.mark.system
@pytest.mark.skipif(PROMETHEUS is None, reason="apt-get install prometheus")
def test_what_was_counted_between_two_scrapes_is_exact_or_an_error(tmp_path):
    exporter = Exporter()
    with scraped(tmp_path, exporter) as url:
        made = source(url)
        wait(lambda: made.counts(scrape(), dt.datetime.now(dt.UTC)) is not None)
        exporter.add("stable", 1_000, 10)
        begin = scrape()
        exporter.add("stable", 901, 7)
        exporter.add("canary", 97, 3, seconds=0.03)
        end = scrape()
        counts = made.counts(begin, end)
        assert (counts.stable.requests, counts.stable.failures) == (901, 7)
        assert (counts.canary.requests, counts.canary.failures) == (97, 3)
        assert counts.epoch is None
        assert counts.stable.slow == (0,) * len(LEVELS)
        assert counts.canary.slow == (97,) * len(LEVELS), "above what stable took before"
        assert counts.dispersion == (97,) * (1 + len(LEVELS)), "in less than six scrapes: one proof"
        with pytest.raises(
            UnreachableError, match='no series of requests_total with server="blue"'
        ):
            source(url, canary="blue").counts(begin, end)
        with pytest.raises(UnreachableError, match="Prometheus refuses requests_total"):
            source(url, requests="requests_total{").counts(begin, end)
        with pytest.raises(UnreachableError, match=r"no sample of .* from the last 2 s"):
            made.counts(end, end + dt.timedelta(hours=1))
        with pytest.raises(UnreachableError, match="more failures or slow requests than requests"):
            source(url, requests="failures_total", failures="requests_total").counts(begin, end)
        begin = scrape()
        exporter.counters['requests_total{server="canary"}'] = 5
        exporter.add("canary", 20, 0)
        with pytest.raises(UnreachableError, match="began again"):
            made.counts(begin, scrape())
        begin = scrape()
        del exporter.counters['failures_total{server="canary"}']
        end = scrape()
        with pytest.raises(UnreachableError, match="begins or ends"):
            made.counts(begin, end)
    with pytest.raises(UnreachableError, match="does not answer"):
        made.counts(begin, end)
