"""The training data against main's in a repository: by git, by a sample, and where neither is there."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.errors import ConfigError

ROWS = [f"{i},{i * 7 % 100},{'abc'[i % 3]}" for i in range(500)]
HEAD = "id,x,level"
SECTION = """\
data_diff: {{path: data/train.csv, id: id}}
{baseline}gates:
  data_diff.rows_removed: {{max: 0.01}}
  data_diff.columns_removed: {{max: 0}}
"""
SKETCH = 'baseline: {sketch: true, id_key: "${env:KEY}"}\n'


def table(rows, head=HEAD):
    return "\n".join([head, *rows]) + "\n"


def asking(repository, baseline=""):
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", text.replace("gates:\n", SECTION.format(baseline=baseline)))


@pytest.fixture
def kept(repository):
    """Main with its data in git, and a baseline."""
    asking(repository)
    repository.write("data/train.csv", table(ROWS))
    repository.commit("data")
    repository.run()
    repository.save()
    repository.branch("feature")
    return repository


@pytest.fixture
def sampled(repository):
    """Main whose data are not in git, with a sample in its baseline."""
    asking(repository, SKETCH)
    repository.write(".gitignore", "out/\ndata/\n")
    repository.write("data/train.csv", table(ROWS))
    repository.commit("data")
    context = repository.context
    keyed = replace(context, environ={**context.environ, "KEY": "a long secret"})
    repository = replace(repository, context=keyed)
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.commit("work")
    return repository


def reasons(repository):
    verdict = repository.run().verdict
    return {g.id: (g.verdict, g.reason) for g in verdict.gates if g.check == "data_diff"}


def evidence(repository):
    return json.loads((repository.root / ".mlgate/evidence/data_diff.json").read_text())


def test_rows_that_are_gone_fail_the_gate_and_are_in_the_report(kept):
    kept.write("data/train.csv", table([*ROWS[50:], "900,1,a"]))
    kept.commit("other data")
    found = reasons(kept)
    assert found["data_diff.rows_removed.max"][0] == "fail", found
    assert found["data_diff.columns_removed.max"][0] == "pass"
    record = evidence(kept)
    assert record["diff"]["removed"] == 50
    assert record["diff"]["added"] == 1
    assert any("main at" in name for name in record["inputs"])
    report = (kept.root / ".mlgate/report.md").read_text()
    assert "50 (10 %) removed" in report


def test_the_first_run_is_untested(repository):
    asking(repository)
    repository.write("data/train.csv", table(ROWS))
    repository.commit("data")
    assert {verdict for verdict, _ in reasons(repository).values()} == {"untested"}


def test_a_sample_tells_removed_rows_where_the_data_are_not_in_git(sampled):
    sampled.write("data/train.csv", table(ROWS[50:]))
    found = reasons(sampled)
    assert found["data_diff.rows_removed.max"][0] == "fail", found
    record = evidence(sampled)
    assert record["diff"] is None
    assert record["metrics"]["rows_removed"]["value"] == pytest.approx(0.1)  # 500 rows fit: exact
    assert record["rows"] == [500, 450]
    assert "a long secret" not in json.dumps(record)


def test_a_sample_under_another_secret_is_an_error_and_no_pass(sampled):
    environ = {**sampled.context.environ, "KEY": "another secret"}
    other = replace(sampled, context=replace(sampled.context, environ=environ))
    found = reasons(other)
    assert found["data_diff.rows_removed.max"][0] == "error"


def test_columns_that_are_gone_are_counted_by_a_sample(sampled):
    sampled.write("data/train.csv", table([row.rpartition(",")[0] for row in ROWS], "id,x"))
    found = reasons(sampled)
    assert found["data_diff.columns_removed.max"][0] == "fail"
    assert evidence(sampled)["columns"]["removed"] == ["level"]
    assert found["data_diff.rows_removed.max"][0] == "pass"


def test_data_that_cannot_be_had_are_an_error_with_what_to_do(repository):
    asking(repository)
    repository.write(".gitignore", "out/\ndata/\n")
    repository.write("data/train.csv", table(ROWS))
    repository.commit("data")
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.commit("work")
    gates = repository.run().verdict.gates
    gate = next(g for g in gates if g.id == "data_diff.rows_removed.max")
    assert gate.verdict == "error"
    assert "is not in git" in gate.reason
    assert "baseline.sketch" in gate.hint


def test_an_earlier_version_that_is_named_counts(repository):
    asking(repository)
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write(
        "mlgate.yaml", text.replace("id: id}\ngates", "id: id, before: old.csv}\ngates")
    )
    repository.write("old.csv", table(ROWS))
    repository.write("data/train.csv", table(ROWS))
    repository.commit("data")
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.write("data/train.csv", table(ROWS[10:]))
    repository.commit("fewer")
    assert reasons(repository)["data_diff.rows_removed.max"][0] == "fail"


def test_an_earlier_version_comes_out_of_the_cache_of_dvc(repository):
    def dvc(*arguments):
        program = str(Path(sys.executable).with_name("dvc"))
        done = subprocess.run([program, *arguments], cwd=repository.root, check=False, capture_output=True)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()

    asking(repository)
    dvc("init", "--quiet")
    repository.write("data/train.csv", table(ROWS))
    dvc("add", "--quiet", "data/train.csv")
    repository.commit("data")
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.write("data/train.csv", table(ROWS[50:]))
    dvc("add", "--quiet", "data/train.csv")
    repository.commit("fewer rows")
    assert reasons(repository)["data_diff.rows_removed.max"][0] == "fail"
    assert evidence(repository)["diff"]["removed"] == 50


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("baseline: {sketch: true}\ndata_diff: {path: d.csv}\n", "needs baseline.id_key"),
        ('baseline: {sketch: true, id_key: "${env:K}"}\n', "has no effect without data_diff"),
        (
            'handover: evidence\nbaseline: {sketch: true, id_key: "${env:K}"}\ndata_diff: {path: d.csv}\n',
            "measures without it",
        ),
        ("data_diff: {id: a}\n", "has no table to compare"),
        (
            "data_diff: {path: d.csv}\nGATE  data_diff.rows_changed: {max: 0}\n",
            "needs data_diff.id",
        ),
        ("data_diff: {path: d.csv}\nGATE  data_diff.rows: {max: 0}\n", "there is no metric"),
    ],
)
def test_contradictions_are_found_before_the_run(more, where):
    keys, _, gate = more.partition("GATE")
    text = f"version: 1\nmetrics: {{files: [m.json]}}\n{keys}gates:\n  acc: {{min: 0}}\n{gate}"
    with pytest.raises(ConfigError, match=where):
        config.parse(text, "mlgate.yaml", sections())
