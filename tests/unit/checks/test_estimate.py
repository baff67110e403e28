"""`estimate` against labels that a simulation keeps back, and what it refuses."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgate.cli import main

PREDICTIONS = "predictions: {path: test.parquet, label: y, score: p}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
    (tmp_path / ".gitignore").write_text("*\n")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-f", ".gitignore"], ["commit", "-q", "-m", "one"]):  # fmt: skip
        subprocess.run(["git", *identity, *arguments], check=True, cwd=tmp_path)
    return tmp_path


def write(folder, name, **columns):
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def run(folder, text, code=0):
    (folder / "mlgate.yaml").write_text(f"version: 1\nreport: {{plots: none}}\n{text}\n")
    assert main(["run"]) == code
    return json.loads((folder / ".mlgate/evidence/estimate.json").read_text())


def binary(seed, n, spread=1.0):
    random = np.random.default_rng(seed)
    x = random.normal(0, spread, n)
    return 1 / (1 + np.exp(-3 * x)), (random.random(n) < 1 / (1 + np.exp(-1.5 * x))).astype(int)


def test_binary(folder):
    p, y = binary(0, 5_000)
    new, hidden = binary(1, 5_000, spread=0.4)
    write(folder, "test", p=p, y=y)
    write(folder, "production", p=new)
    gate = "gates: {estimate.accuracy: {min: 0.7}}"
    config = f"task: binary\n{PREDICTIONS}\nestimate: {{path: production.parquet}}\n{gate}"
    found = run(folder, config)
    assert set(found["metrics"]) == {"accuracy", "balanced_accuracy", "precision", "recall", "f1"}
    told = found["metrics"]["accuracy"]
    truth = ((new >= 0.5) == hidden).mean()
    assert told["interval"][0] < truth < told["interval"][1]
    assert told["interval"][1] - told["interval"][0] < 0.06
    assert found["n"] == [5_000, 5_000]
    assert found["audit"] == pytest.approx(0.045, abs=0.003)
    verdict = json.loads((folder / ".mlgate/verdict.json").read_text())
    assert (verdict["gates"][0]["verdict"], verdict["blocked"]) == ("fail", False)
    report = (folder / ".mlgate/report.md").read_text()
    assert "not that the same inputs now have other labels" in report
    assert "300 rows drawn at random and labelled" in report


def test_multiclass(folder):
    random = np.random.default_rng(0)
    sides = {}
    for name, sharp in (("test", 1.0), ("production", 2.5)):
        raw = np.exp(sharp * random.normal(size=(4_000, 3)))
        true = raw / raw.sum(axis=1, keepdims=True)
        y = (random.random(4_000)[:, None] > true.cumsum(axis=1)).sum(axis=1)
        told = true
        sides[name] = (told, np.array(["a", "b", "c"])[y])
        columns = {f"p_{c}": told[:, i] for i, c in enumerate("abc")}
        label = {} if name == "production" else {"y": sides[name][1]}
        best = np.array(["a", "b", "c"])[told.argmax(axis=1)]
        write(folder, name, **columns, **label, best=best)
    score = "score: {a: p_a, b: p_b, c: p_c}"
    config = (
        f"task: multiclass\npredictions: {{path: test.parquet, label: y, {score}, prediction: best}}\n"
        "estimate: {path: production.parquet}\ngates: {estimate.accuracy: {min: 0.3}}"
    )
    low, high = run(folder, config)["metrics"]["accuracy"]["interval"]
    told, y = sides["production"]
    assert low < (np.array(["a", "b", "c"])[told.argmax(axis=1)] == y).mean() < high
    assert high - low < 0.05


def test_regression(folder):
    random = np.random.default_rng(0)
    hidden = None
    for name, shift in (("test", 0.0), ("production", 0.3)):
        x = np.clip(random.random(4_000) + shift, 0, 1)
        level = np.array(["calm", "wild"])[(random.random(4_000) < 0.3 + shift).astype(int)]
        error = random.normal(0, 0.2 + x + (level == "wild"))
        columns = {"x": x, "level": level, "guess": random.normal(size=4_000)}
        if name == "test":
            columns["y"] = columns["guess"] - error
        else:
            hidden = error
        write(folder, name, **columns)
    config = (
        "task: regression\npredictions: {path: test.parquet, label: y, prediction: guess}\n"
        "estimate: {path: production.parquet, features: [x, level]}\n"
        "gates: {estimate.mae: {max: 5}, estimate.rmse: {max: 5}}"
    )
    found = run(folder, config)
    # On the labelled rows it was .80 and 1.15.
    truth = {"mae": np.abs(hidden).mean(), "rmse": (hidden**2).mean() ** 0.5}
    for name, value in truth.items():
        low, high = found["metrics"][name]["interval"]
        assert high - low < 0.2 * value
        assert found["metrics"][name]["value"] == pytest.approx(value, rel=0.1)
    assert found["audit"] is None


def test_few_rows_are_undecided(folder):
    p, y = binary(0, 5_000)
    write(folder, "test", p=p, y=y)
    write(folder, "production", p=p[:50])
    config = f"task: binary\n{PREDICTIONS}\nestimate: {{path: production.parquet}}\n"
    found = run(folder, f"{config}gates: {{estimate.f1: {{min: 0.1}}}}")
    assert found["metrics"]["f1"]["insufficient"].startswith("fewer than 100 rows")
    verdict = json.loads((folder / ".mlgate/verdict.json").read_text())
    assert verdict["gates"][0]["verdict"] == "inconclusive"


def test_scores_beyond_the_labelled_are_told(folder):
    p, y = binary(0, 1_000)
    write(folder, "test", p=0.3 + 0.4 * p, y=y)
    write(folder, "production", p=p)
    config = f"task: binary\n{PREDICTIONS}\nestimate: {{path: production.parquet}}\n"
    found = run(folder, f"{config}gates: {{estimate.accuracy: {{min: 0.1}}}}")
    assert found["outside"] > 0.4
    assert (
        "have scores outside the range of the labelled rows"
        in (folder / ".mlgate/report.md").read_text()
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"q": [0.5] * 200}, "production.parquet has no column 'p'; it has q"),
        ({"p": [0.5, None] * 100}, "column 'p' has 100 missing or infinite values"),
        ({"p": [0.5, 2.0] * 100}, "column 'p' has scores outside 0 to 1"),
        ({"p": ["a", "b"] * 100}, "column 'p' holds text, no numbers"),
    ],
)
def test_unusable_rows_are_an_error(folder, capsys, columns, said):
    p, y = binary(0, 500)
    write(folder, "test", p=p, y=y)
    write(folder, "production", **columns)
    config = f"task: binary\n{PREDICTIONS}\nestimate: {{path: production.parquet}}\n"
    (folder / "mlgate.yaml").write_text(f"version: 1\n{config}gates: {{estimate.f1: {{min: 0}}}}\n")
    assert main(["run"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gates: {estimate.f1: {min: 0}}", "needs estimate, but it is not configured"),
        (
            "estimate: {path: a.csv}\ngates: {estimate.roc_auc: {min: 0}}",
            "there is no estimate.roc_auc",
        ),
        (
            "estimate: {path: a.csv}\ngates: {estimate.f1: {min: 0, on_fail: fail}}",
            "an estimate without labels only warns",
        ),
        (
            "estimate: {path: a.csv}\ngates: {estimate.f1: {max_regression: 0.1}}",
            "is not for estimate.f1 (min or max)",
        ),
        (
            "estimate: {path: a.csv, features: [x]}\ngates: {estimate.f1: {min: 0}}",
            "apply only to regression",
        ),
        ("estimate: {}\ngates: {estimate.f1: {min: 0}}", "the rows without labels"),
    ],
)
def test_mistakes_in_the_configuration(folder, capsys, text, said):
    (folder / "mlgate.yaml").write_text(f"version: 1\ntask: binary\n{PREDICTIONS}\n{text}\n")
    assert main(["config", "check"]) == 2
    assert said in capsys.readouterr().err
