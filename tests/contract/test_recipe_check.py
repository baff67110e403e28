"""The check of CONTRIBUTING.md, word for word, in a copy of the tree: it is measured and judged."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = (
    (ROOT / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .partition("\n## How to add a check\n")[2]
    .partition("\n## ")[0]
)
FILES = dict(
    re.findall(
        r"^`((?:src|tests)/[\w/]+\.py)`:.*?```python\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE
    )
)
CONFIG = """\
version: 1
task: binary
predictions: {path: rows.csv, id: id, label: y, prediction: predicted}
latency: {column: ms}
gates: {accuracy: {min: 0.5}, latency.p99: {RULES}}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree that has the files of the page, and nothing else that is new."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in ("src", "tests/contract", "tests/unit/checks", "tests/github/support"):
        ignore = shutil.ignore_patterns("__pycache__", "frozen")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignore)
    for file in ("pyproject.toml", "tests/conftest.py", "tests/parquet_table.py"):
        shutil.copy(ROOT / file, copy / file)
    for file, code in FILES.items():
        (copy / file).parent.mkdir(exist_ok=True)
        (copy / file).write_text(code, encoding="utf-8")
    return copy


@pytest.fixture
def run(tree, tmp_path):
    """Run a module of Python in the copy of the tree."""
    environ = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": f"{tree}/src",
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def python(*arguments: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=folder, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return python


@pytest.fixture
def judged(run, tmp_path):
    """Commit 3,000 predictions of which 99 in 100 take at most a time, and judge them."""

    def judge(rules: str, mean: float = 4.0) -> subprocess.CompletedProcess[str]:
        times = random.Random(1)
        lines = ["id,y,predicted,ms"]
        lines += [f"{i},{i % 2},{i % 2},{times.expovariate(1 / mean):.3f}" for i in range(3_000)]
        (tmp_path / "rows.csv").write_text("\n".join(lines))
        (tmp_path / "mlgate.yaml").write_text(CONFIG.replace("RULES", rules))
        commit = ("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", "1")
        for command in (("init", "-q", "-b", "main"), ("add", "--all"), commit):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)
        checked = run("mlgate", "config", "check")
        assert checked.returncode == 0, checked.stderr
        return run("mlgate", "run", "--no-train")

    return judge


def results(folder: Path) -> dict[str, dict[str, object]]:
    verdict = json.loads((folder / ".mlgate/verdict.json").read_text())
    return {result["id"]: result for result in verdict["gates"]}


def test_a_gate_judges_it_and_the_report_shows_it(judged, run, tmp_path):
    done = judged("max: 20")
    assert done.returncode == 0, done.stdout + done.stderr
    p99 = json.loads((tmp_path / ".mlgate/evidence/latency.json").read_text())["metrics"]["p99"]
    assert p99["interval"][0] < 18.4 < p99["interval"][1] < 20
    report = (tmp_path / ".mlgate/report.md").read_text()
    assert "<b>Latency</b>" in report
    assert "Of 100 predictions 99 take at most" in report
    again = run("mlgate", "gate")
    assert again.returncode == 0, again.stderr
    assert run("mlgate", "report").returncode == 0


def test_a_gate_that_it_does_not_meet_blocks(judged):
    done = judged("max: 10")
    assert done.returncode == 1
    assert "latency.p99.max" in done.stdout


@pytest.mark.parametrize(
    ("rules", "later", "outcome"),
    [
        ("max_regression: 5", 4.0, "pass"),
        ("max_regression: 5", 8.0, "fail"),
        ("max_regression: 20%", 8.0, "fail"),
        ("min_improvement: 2", 2.0, "pass"),
    ],
)
def test_a_gate_compares_with_what_mains_baseline_measured(
    judged, run, tmp_path, rules, later, outcome
):
    assert judged(rules).returncode == 0
    rule = f"latency.p99.{rules.partition(':')[0]}"
    assert results(tmp_path)[rule]["verdict"] == "untested"
    saved = run("mlgate", "baseline", "save")
    assert saved.returncode == 0, saved.stderr
    assert judged(f"{rules}, max: 90", later).returncode == (1 if outcome == "fail" else 0)
    assert results(tmp_path)[rule]["verdict"] == outcome


def test_a_baseline_from_before_the_check_leaves_the_gate_untested(judged, run, tmp_path):
    judged("max: 20")
    (tmp_path / ".mlgate/evidence/latency.json").unlink()
    saved = run("mlgate", "baseline", "save")
    assert saved.returncode == 0, saved.stderr
    judged("max_regression: 5", 3.9)
    result = results(tmp_path)["latency.p99.max_regression"]
    assert (result["verdict"], result["reason"]) == (
        "untested",
        "the baseline's run did not measure latency",
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "latency: {column: ms}\n",
            "",
            "needs latency, but it is not configured (latency: {column: ms})",
        ),
        ("latency.p99", "latency.p98", "there is no metric 'latency.p98' (write latency.p99)"),
        ("label: y", "label: y, cluster: id", "does not support predictions.cluster"),
    ],
)
def test_what_it_cannot_measure_is_refused_before_a_run(run, tmp_path, old, new, message):
    (tmp_path / "mlgate.yaml").write_text(CONFIG.replace("RULES", "max: 20").replace(old, new))
    done = run("mlgate", "config", "check")
    assert done.returncode == 2
    assert message in done.stderr


def test_it_meets_what_every_check_must(run, tree):
    tests = ("tests/contract/test_checks.py", "tests/unit/checks/test_latency.py")
    done = run("pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "latency", folder=tree)
    assert re.search(r"\b2\d passed", done.stdout), done.stdout


def test_nothing_but_its_folder_and_its_test_is_new():
    folders = {str(Path(file).parent) for file in FILES}
    assert folders == {"src/mlgate/checks/latency", "tests/unit/checks"}
