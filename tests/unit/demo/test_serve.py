from __future__ import annotations

import shutil
from pathlib import Path

import openapi
import pytest
import requests

from mlgate.demo import serve as demo_serve
from mlgate.demo.github.server import serve
from mlgate.demo.play import PULL_REQUESTS, Played
from mlgate.run_dir import RunDir

SAMPLES = Path(__file__).parents[1] / "report" / "samples"


@pytest.fixture
def played(tmp_path):
    """A pull request of the demo that was played: a stored run stands for it."""
    folder = Path(shutil.copytree(SAMPLES / "blocked", tmp_path / "regress"))
    (folder / "plots").mkdir(exist_ok=True)
    verdict = RunDir(folder).read_verdict()
    return Played(PULL_REQUESTS[1], verdict, 1, folder / "report.html", 1.0)


def test_a_played_pull_request_is_posted_and_shown(played):
    with serve(demo_serve.world()) as server:
        server.watch = openapi.check
        url, published = demo_serve.show(server, played)
        page = requests.get(url, timeout=10).text
        assert not published.missing
        assert page.count('id="issuecomment-') == 1
        assert "Model gate: blocked" in page
        assert "Some checks were not successful" in page
        assert "A regression" in requests.get(server.url, timeout=10).text
