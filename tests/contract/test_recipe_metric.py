"""The metric of CONTRIBUTING.md, word for word, in a copy of the tree: it is measured and judged."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import jaccard_score
from tests.contract.frozen.scenes import BINARY, PREDICTIONS, SCENES
from tests.unit.stats.count_metrics import resampled

from mlgate.checks.compare.families import Counted, family_of
from mlgate.stats import confusion

ROOT = Path(__file__).parents[2]
SECTION = (
    (ROOT / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .partition("\n## How to add a metric\n")[2]
    .partition("\n## ")[0]
)
(CODE,) = re.findall(r"^```python\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
FILE = re.findall(r"`(src/mlgate/metrics/\w+\.py)`", SECTION)[0]
CONFIG = f"{BINARY}{PREDICTIONS}}}\ngates: {{iou: {{min: 0.2, max_regression: 20%}}}}\n"


# --- the file by itself


@pytest.fixture(scope="module")
def metric():
    module = types.ModuleType("jaccard")
    exec(compile(CODE, FILE, "exec"), vars(module))
    (spec,) = module.METRICS
    family = family_of(spec.method)
    assert isinstance(family, Counted)
    return family.metric


def draw(classes, n, seed=0):
    """Labels, the candidate's predictions and the baseline's, which mostly agree."""
    random = np.random.default_rng(seed)
    label = random.choice(classes, n, p=random.dirichlet(np.full(classes, 4.0)))
    new = np.where(random.random(n) < 0.8, label, random.integers(0, classes, n))
    old = np.where(random.random(n) < 0.9, new, random.integers(0, classes, n))
    return label, new, old


@pytest.mark.parametrize("n", [10, 300])
@pytest.mark.parametrize("positive", [0, 1])
def test_value_is_scikit_learns(metric, n, positive):
    for seed in range(20):
        label, new, old = draw(2, n, seed)
        table = confusion.count(label, new, old, classes=2, positive=positive)
        expected = [
            jaccard_score(label, side, pos_label=positive, zero_division=0) for side in (new, old)
        ]
        assert confusion.interval(metric, table).value == pytest.approx(expected[0], abs=1e-12)
        assert metric.value(table.old, positive) == pytest.approx(expected[1], abs=1e-12)


@pytest.mark.parametrize("factor", [None, 1.0, 0.95])
def test_interval_is_that_of_resampled_rows(metric, factor):
    table = confusion.count(*draw(2, 2_000), classes=2, positive=1)
    draws = resampled(metric, table, factor, replicates=4_000, seed=1)
    estimate = (
        confusion.interval(metric, table)
        if factor is None
        else confusion.contrast(metric, table, factor=factor)
    )
    assert estimate.row_variance == pytest.approx(table.n * draws.var(), rel=0.1)
    assert estimate.interval == pytest.approx(
        tuple(np.quantile(draws, (0.05, 0.95))), abs=0.2 * draws.std()
    )


def test_few_rows_of_a_class_and_none_that_is_positive_decide_nothing(metric):
    label = np.repeat([1, 0], [9, 300])
    few = confusion.interval(metric, confusion.count(label, label, classes=2, positive=1))
    assert few.insufficient == "10 rows with the label of class 1 are needed, there are 9"
    none = confusion.interval(metric, confusion.count(0 * label, 0 * label, classes=2, positive=1))
    assert (none.value, none.lower) == (0, None)
    assert "no row is positive" in none.insufficient


# --- in a copy of the tree


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree that has the new file, and nothing else that is new."""
    copy = tmp_path_factory.mktemp("tree")
    unwanted = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "tests/unit/checks", "tests/github/support"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=unwanted)
    files = ("pyproject.toml", "tests/conftest.py", "tests/parquet_table.py")
    for file in (*files, "tests/contract/test_checks.py"):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    (copy / FILE).write_text(CODE, encoding="utf-8")
    return copy


@pytest.fixture
def python(tree, tmp_path):
    """Run Python with the copy of the tree; gives what is printed."""
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = A\n\temail = a@example.org\n")
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {
        "PYTHONPATH": f"{tree}/src",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_SYSTEM": os.devnull,
    }

    def run(folder: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in codes, done.stdout + done.stderr
        return done.stdout

    return run


def commit(folder: Path, side: int) -> None:
    for name, text in SCENES["toy"].tables(side).items():
        (folder / name).write_text(text, encoding="utf-8")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*who, "commit", "--quiet", "--message", f"{side}"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def expected(folder: Path) -> float:
    with (folder / "p.csv").open() as file:
        rows = list(csv.DictReader(file))
    labels, predicted = ([row[key] for row in rows] for key in ("label", "predicted"))
    return jaccard_score(labels, predicted, pos_label=max(labels))


def test_a_gate_on_it_is_judged(python, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "mlgate.yaml").write_text(CONFIG, encoding="utf-8")
    mlgate, values = ("-m", "mlgate"), []
    for side in (0, 1):
        commit(folder, side)
        values.append(expected(folder))
        python(folder, *mlgate, "config", "check")
        python(folder, *mlgate, "run", "--no-train", codes=(0, 1))
        if side == 0:
            python(folder, *mlgate, "baseline", "save")
    run = folder / ".mlgate"
    measured = json.loads((run / "evidence/compare.json").read_text())["metrics"]
    main = measured["jaccard"]["against"]["main"]
    assert measured["jaccard"]["value"] == pytest.approx(values[1])
    assert main["baseline"] == pytest.approx(values[0])
    assert main["change"] == pytest.approx(values[1] - values[0])
    assert main["method"] == "paired delta"
    gates = json.loads((run / "verdict.json").read_text())["gates"]
    by_rule = {gate["id"]: gate["verdict"] for gate in gates}
    assert by_rule["jaccard.min"] == "pass"
    assert "jaccard.max_regression" in by_rule
    assert "Jaccard index" in (run / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tests", "named"),
    [
        ("tests/unit/checks/test_compare_values.py", "jaccard"),
        ("tests/unit/checks/test_compare_design.py", "Weights or Clusters"),
        ("tests/contract/test_checks.py", "compare and not regression"),
    ],
)
def test_it_is_like_every_metric(python, tree, tests, named):
    options = ("-q", "-p", "no:cacheprovider", "-k", named)
    assert re.search(r"\b[1-9]\d* passed", python(tree, "-m", "pytest", tests, *options))


def test_without_it_the_name_is_unknown(tmp_path):
    (tmp_path / "mlgate.yaml").write_text(CONFIG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mlgate", "config", "check"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no metric 'iou'" in done.stderr
