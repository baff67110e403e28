from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mlgate import checks, report
from mlgate.errors import DataError
from mlgate.run_dir import RunDir


def plots_of(run_dir) -> set[str]:
    return {file.name for file in (run_dir.path / "plots").glob("*")}


def test_a_report_is_made_from_the_files_alone_and_again_the_same(run_dir):
    first, second = run_dir("blocked"), run_dir("blocked", "elsewhere")
    written = report.write(first, pages=checks.pages())
    report.write(second, pages=checks.pages())
    names = [path.relative_to(first.path).as_posix() for path in written]
    assert names[:2] == ["report.md", "report.html"]
    assert len(names) == 12
    for name in names:
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes(), name


def test_every_plot_is_in_the_page(run_dir):
    found = run_dir("blocked")
    report.write(found, pages=checks.pages())
    page = (found.path / "report.html").read_text()
    assert page.count("data:image/png") == len(plots_of(found)) == 10
    assert len(page) < 2_000_000


def test_plots_none_draws_nothing_and_imports_no_painter(run_dir):
    found = run_dir("blocked")
    run = json.loads((found.path / "run.json").read_text()) | {"plots": "none"}
    (found.path / "run.json").write_text(json.dumps(run))
    code = (
        "import sys; from pathlib import Path; from mlgate import checks, report;"
        "from mlgate.run_dir import RunDir; found = RunDir(Path(sys.argv[1]), checks.evidence_types());"
        "report.write(found, pages=checks.pages());"
        "assert 'PIL' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(found.path)], check=True)
    assert plots_of(found) == set()
    assert "mermaid" not in (found.path / "report.md").read_text()


def test_plots_of_an_earlier_report_do_not_stay(run_dir):
    found = run_dir("failing")
    (found.path / "plots").mkdir()
    (found.path / "plots" / "roc-light.png").write_bytes(b"old")
    report.write(found, pages=checks.pages())
    assert plots_of(found) == set()


@pytest.mark.parametrize("missing", ["run.json", "verdict.json"])
def test_without_a_file_nothing_is_written(run_dir, missing):
    found = run_dir("blocked")
    (found.path / missing).unlink()
    with pytest.raises(DataError, match=missing):
        report.write(found, pages=checks.pages())
    assert not (found.path / "report.md").exists()
    assert plots_of(found) == set()


def test_several_run_directories_become_one_report_worst_first(run_dir, tmp_path):
    target = RunDir(tmp_path / "all")
    report.write(target, [run_dir("passing"), run_dir("blocked")], pages=checks.pages())
    text = (target.path / "report.md").read_text()
    assert text.startswith("### 1 of 2 models blocked")
    assert text.index("#### ❌") < text.index("#### ✅")
    assert {"1-changes-light.png", "2-changes-dark.png"} <= plots_of(target)
    page = (target.path / "report.html").read_text()
    assert page.count("data:image/png") == len(plots_of(target))


def test_evidence_of_a_further_judge_is_told_too(run_dir):
    found = run_dir("blocked")
    run = json.loads((found.path / "run.json").read_text())
    second = run["judges"][0] | {"source": "this branch", "evidence": "evidence/2"}
    (found.path / "run.json").write_text(json.dumps(run | {"judges": [*run["judges"], second]}))
    (found.path / "evidence" / "2").mkdir()
    latency = {
        "schema": 1, "check": "latency", "tool": "0.1.0", "commit": None, "created": "now",
        "metrics": {"p95": {"title": "p95 latency", "value": 41.7, "method": "reported"}},
    }  # fmt: skip
    (found.path / "evidence" / "2" / "latency.json").write_text(json.dumps(latency))
    report.write(found, pages=checks.pages())
    assert "p95 latency" in (found.path / "report.md").read_text()
