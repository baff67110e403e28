"""Repositories of several kinds: `init --train`, a baseline on main, and a worse model that is refused.

Each is as its author left it. What `init` writes is used as it is: no line of YAML is touched.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from mlgate.config.scalars import yaml_text
from mlgate.pipeline.init.prediction_lines import suggest
from mlgate.pipeline.init.scaffold import InitOptions, InitResult, init
from mlgate.pipeline.init.training_once import Trained, train_once
from mlgate.pipeline.init.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .conftest import Repository

SKLEARN = """\
import csv, json, os
import numpy as np
from sklearn.linear_model import LogisticRegression

C = 1.0
rng = np.random.default_rng(3)
X = rng.normal(size=(6000, 6))
y = np.where(X @ [2, -1.5, 1, 0, 0, 0.5] + rng.logistic(size=6000) > 0, "churned", "stays")
keys = [f"customer-{k}" for k in rng.permutation(100_000)[:6000]]
model = LogisticRegression(C=C).fit(X[:2000], y[:2000])
os.makedirs("artifacts", exist_ok=True)
with open("artifacts/holdout.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["customer_id", "y_true", "y_pred", "y_score"])
    positive = list(model.classes_).index("churned")
    probabilities = model.predict_proba(X[2000:])[:, positive]
    writer.writerows(zip(keys[2000:], y[2000:], model.predict(X[2000:]), probabilities))
json.dump({"accuracy": model.score(X[2000:], y[2000:])}, open("metrics.json", "w"))
"""

MULTICLASS = """\
import json, random
rng, luck = random.Random(5), random.Random(6)
RIGHT = 0.9
def fit(): ...
class Model:
    def fit(self): return self
    def predict(self, label):
        return label if luck.random() < RIGHT else luck.choice("abc")
model = Model().fit()
with open("predictions.jsonl", "w") as file:
    for i in range(3000):
        label = rng.choice("abc")
        print(json.dumps({"doc_id": f"d{i}", "label": label, "prediction": model.predict(label)}), file=file)
"""

REGRESSION = """\
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

ALPHA = 1.0
rng = np.random.default_rng(1)
X = rng.normal(size=(6000, 4))
quality = np.clip(np.round(5.6 + X @ [0.8, 0.4, -0.3, 0.1] + rng.normal(0, 0.5, 6000)), 3, 9).astype(int)
model = Ridge(alpha=ALPHA).fit(X[:2000], quality[:2000])
frame = pd.DataFrame({"wine": [f"w{7 * k}" for k in range(4000)], "quality": quality[2000:]})
frame["quality_pred"] = model.predict(X[2000:])
frame.to_parquet("test_set.parquet")
open("metrics.txt", "w").write(f"mae {abs(frame.quality - frame.quality_pred).mean()}\\n")
"""

DVC = """\
import sys, yaml, subprocess
for stage in yaml.YAML(typ="safe").load(open("dvc.yaml"))["stages"].values():
    subprocess.run(stage["cmd"], shell=True, check=True)
""".replace("import sys, yaml, subprocess", "import subprocess\nfrom ruamel import yaml")
NOTEBOOK = """\
import json, sys
for cell in json.load(open(sys.argv[2]))["cells"]:
    exec("".join(cell["source"]))
"""
RECOMMEND = """\
import argparse, csv, pathlib, pickle, random
LUCK = 0.1
parser = argparse.ArgumentParser()
parser.add_argument("--output", default="out/shown.csv")
path = pathlib.Path(parser.parse_args().output)
path.parent.mkdir(exist_ok=True)
rng, luck = random.Random(1), random.Random(2)
with path.open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["user", "item", "clicked", "score"])
    for user in range(300):
        for item in rng.sample(range(500), 12):
            wish = rng.random()
            order = min(max(wish + luck.gauss(0, LUCK), 0.001), 0.999)
            writer.writerow([user, item, int(wish > 0.8), order])
"""
FORECAST = """\
import csv, os, random
SHIFT = 0.0
rng = random.Random(1)
os.makedirs("out", exist_ok=True)
rows = []
for shop in range(60):
    for day in range(1, 29):
        for origin in (1, 2):
            rows.append([f"shop-{shop}", f"2026-02-{day:02}", origin, round(rng.gauss(100, 10), 2), 112.8 - SHIFT + origin])
with open("out/p90.csv", "w", newline="") as file:
    csv.writer(file).writerows([["series", "date", "origin", "sales", "p90"], *rows])
"""
QUANTILES = FORECAST.replace("112.8 - SHIFT + origin", "87.2 + SHIFT, 100, 112.8 - SHIFT").replace(
    '"p90"]', '"p10", "p50", "p90"]'
)
TAG = """\
import json, os, random
MISSED = 0.05
rng, luck = random.Random(1), random.Random(2)
os.makedirs("out", exist_ok=True)
with open("out/tags.jsonl", "w") as file:
    for document in range(700):
        for tag in ("urgent", "billing", "bug"):
            has = rng.random() < 0.4
            said = has and luck.random() >= MISSED
            print(json.dumps({"document": f"d{document * 7}", "tag": tag, "has": int(has), "said": int(said)}), file=file)
"""
DETECT = """\
import pandas as pd
import numpy as np
BLUR = 0.0
rng = np.random.default_rng(1)
rows = pd.DataFrame({"image": [f"scene{i // 8}/{i % 8}.jpg" for i in range(1600)], "scene": [i // 8 for i in range(1600)]})
rows["iou"] = np.clip(rng.beta(8, 2, 1600) - BLUR, 0, 1)
rows["missed"] = rng.poisson(1.0, 1600)
rows.to_parquet("scores_per_image.parquet")
"""
SUITES = """\
import json, pathlib, random, joblib
joblib_load = joblib.load
HARD = 0.1
luck = random.Random(1)
rows = [{"question": f"q{i * 3}", "solved": int(luck.random() > HARD), "seconds": luck.random()} for i in range(1500)]
pathlib.Path("results").mkdir(exist_ok=True)
pathlib.Path("results/answers.jsonl").write_text("".join(json.dumps(row) + "\\n" for row in rows))
"""
THEN = """\
import pickle, random
RIGHT = 0.95
class Model:
    def fit(self, rows): return self
Model().fit([])
pickle.dump(RIGHT, open("model.pkl", "wb"))
"""
EVALUATE = """\
import csv, pickle, random
right, rng, luck = pickle.load(open("model.pkl", "rb")), random.Random(1), random.Random(2)
with open("predictions.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["key", "label", "prediction"])
    for i in range(3000):
        label = rng.choice("ab")
        writer.writerow([f"k{i}", label, label if luck.random() < right else "a"])
"""
OTHERS = {
    "dvc": DVC,
    "jupyter": NOTEBOOK,
    "poetry": "import os, sys\nos.execvp(sys.argv[2], sys.argv[2:])\n",
}
"""Programs that are not installed here: what is needed of them, on real files."""


def notebook(code: str) -> str:
    cells = [
        {
            "cell_type": "code",
            "source": part.splitlines(keepends=True),
            "metadata": {},
            "outputs": [],
        }
        for part in code.split("\n\n")
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@dataclass(frozen=True)
class Kind:
    """A kind of repository: its files, and the edit that makes its model worse."""

    files: dict[str, str]
    edit: tuple[str, str, str]
    run: str | None
    task: str
    gate: str
    id: str
    folder: str = "."
    lines: tuple[str, ...] = field(default=())


WORSE = ("C = 1.0", "C = 0.0000003")
KINDS = {
    "script with requirements in a folder": Kind(
        {"train.py": SKLEARN, "deploy/requirements.txt": "scikit-learn\n", "README.md": "# Churn\n"},
        ("train.py", *WORSE), "python train.py", "binary", "accuracy", "customer_id",
        lines=("positive_label: churned", 'paths: ["**", "!README.md"]'),
    ),
    "poetry and make": Kind(
        {
            "churn/fit.py": SKLEARN, "churn/__init__.py": "", "pyproject.toml": "[tool.poetry]\nname = 'churn'\n",
            "poetry.lock": "", "Makefile": ".PHONY: train\ntrain:\n\tpython churn/fit.py\n",
        },
        ("churn/fit.py", *WORSE), "poetry run make train", "binary", "accuracy", "customer_id",
    ),
    "dvc": Kind(
        {
            "src/fit.py": MULTICLASS,
            "dvc.yaml": "stages:\n  fit:\n    cmd: python src/fit.py\n    outs: [predictions.jsonl]\n",
        },
        ("src/fit.py", "RIGHT = 0.9", "RIGHT = 0.7"), None, "multiclass", "accuracy", "doc_id",
    ),
    "notebook": Kind(
        {"Train.ipynb": notebook(SKLEARN), "requirements.txt": "scikit-learn\n"},
        ("Train.ipynb", *WORSE), "jupyter execute Train.ipynb", "binary", "accuracy", "customer_id",
    ),
    "regression that tracks its metrics": Kind(
        {"main.py": REGRESSION, "metrics.txt": "mae ?\n", "requirements.txt": "scikit-learn\n"},
        ("main.py", "ALPHA = 1.0", "ALPHA = 3000.0"), "python main.py", "regression", "MAE", "wine",
    ),
    "ranking": Kind(
        {"recommend.py": RECOMMEND, "requirements.txt": "numpy\n"},
        ("recommend.py", "LUCK = 0.1", "LUCK = 0.6"), "python recommend.py", "binary", "NDCG@10", "[user, item]",
        lines=("  label: clicked", "  score: score", "  cluster: user", "  ndcg@10: {max_regression: 0.01}"),
    ),
    "forecast": Kind(
        {"forecast.py": FORECAST, "requirements.txt": "numpy\n"},
        ("forecast.py", "SHIFT = 0.0", "SHIFT = 9.0"), "python forecast.py", "regression", "pinball loss at 0.9",
        "[series, date, origin]",
        lines=("  prediction: p90", "  label: sales", "  cluster: series", "  time: date", "  coverage: {min: 0.85, max: 0.95}"),
    ),
    "forecast of several quantiles": Kind(
        {"forecast.py": QUANTILES, "requirements.txt": "numpy\n"},
        ("forecast.py", "SHIFT = 0.0", "SHIFT = 9.0"), "python forecast.py", "regression", "pinball loss of all quantiles",
        "[series, date, origin]",
        lines=("  quantiles: {p10: 0.1, p50: 0.5, p90: 0.9}", "  prediction: p50", "  interval_coverage@0.8: {min: 0.75, max: 0.85}"),
    ),
    "labels in long form": Kind(
        {"tag.py": TAG, "requirements.txt": "numpy\n"},
        ("tag.py", "MISSED = 0.05", "MISSED = 0.4"), "python tag.py", "binary", "accuracy", "[document, tag]",
        lines=("  label: has", "  prediction: said", "  cluster: document", "  by: [tag]"),
    ),
    "scores of images": Kind(
        {"detect.py": DETECT, "requirements.txt": "pandas\n"},
        ("detect.py", "BLUR = 0.0", "BLUR = 0.3"), "python detect.py", "scores", "iou", "image",
        lines=("  cluster: scene", "    iou: {direction: higher, range: [0, 1]}", "    missed: lower"),
    ),
    "answers that an evaluation scored": Kind(
        {"bench.py": SUITES, "helper.py": "def load():\n    return 1\n", "requirements.txt": "numpy\n"},
        ("bench.py", "HARD = 0.1", "HARD = 0.4"), "python bench.py", "scores", "solved", "question",
        lines=("    seconds: {direction: lower, range: [0, 1]}",),
    ),
    "a training and an evaluation of it": Kind(
        {"train.py": THEN, "evaluate.py": EVALUATE, "requirements.txt": "numpy\n", ".gitignore": "model.pkl\n"},
        ("train.py", "RIGHT = 0.95", "RIGHT = 0.8"), "python train.py && python evaluate.py", "binary", "accuracy", "key",
    ),
    "several models": Kind(
        {
            "models/churn/train.py": SKLEARN, "models/topics/train.py": MULTICLASS,
            "requirements.txt": "scikit-learn\n",
        },
        ("models/churn/train.py", *WORSE), "python train.py", "binary", "accuracy", "customer_id",
        folder="models/churn",
        lines=('paths: ["**", "!../../models/topics/**"]',),
    ),
}  # fmt: skip


@pytest.fixture
def empty(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Return a repository without a file, and the programs of `OTHERS` on the path."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, code in OTHERS.items():
        (programs / name).write_text(f"#!{sys.executable}\n{code}")
        (programs / name).chmod(0o755)
    for name in ("train.py", "mlgate.yaml", "quality.json", ".gitignore"):
        (repository.root / name).unlink()
    repository.git("checkout", "--quiet", "--orphan", "clean")
    repository.git("branch", "-D", "main")
    repository.git("branch", "-m", "main")
    repository.git("rm", "-rq", "--cached", ".")
    environ = dict(repository.context.environ)
    environ["PATH"] = f"{programs}{os.pathsep}{environ['PATH']}"
    return replace(repository, context=replace(repository.context, environ=environ))


def initialise(repository: Repository) -> InitResult:
    def training(tree: Tree, run: str, _: bool) -> Trained:
        return train_once(tree, run, repository.context.environ, io.StringIO())

    return init(repository.root, InitOptions(train=training))


@pytest.mark.parametrize("name", KINDS)
def test_from_a_strangers_repository_to_a_right_verdict(empty: Repository, name: str) -> None:
    kind = KINDS[name]
    for path, text in kind.files.items():
        empty.write(path, text)
    empty.commit("as its author left it")
    done = initialise(empty)
    folder = empty.root / kind.folder
    text = (folder / "mlgate.yaml").read_text()
    assert "# CHANGE" not in text, done.notes
    run = replace(empty, context=replace(empty.context, config=folder / "mlgate.yaml"))
    if kind.run is not None:
        assert f"run: {yaml_text(kind.run)}   # guess: " in text
    assert f"task: {kind.task}" in text
    assert f"  id: {kind.id}" in text
    for line in kind.lines:
        assert line in text
    unignored = empty.git("status", "--porcelain", "--untracked-files=all")
    assert not re.search(r"holdout|predictions|test_set", unignored)
    # What its training rewrote is as it was, and what is to be committed is all that is new.
    assert empty.git("diff", "--name-only", "--", ":!.gitignore") == ""
    subprocess.run(done.next[0][0], shell=True, cwd=empty.root, check=True)
    assert empty.git("status", "--porcelain", "--", "mlgate.yaml", ".gitignore", ".github") == ""
    with (folder / "mlgate.yaml").open("a") as file:
        file.write("report: {plots: none}\n")  # for speed
    empty.commit("No plots")

    first = run.run()
    assert first.verdict.verdict == "untested", first.verdict.headline
    run.save()

    empty.branch("worse")
    path, before, after = kind.edit
    worse = (empty.root / path).read_text().replace(before, after)
    empty.write(path, worse)
    empty.commit("a worse model")
    verdict = run.run().verdict
    assert verdict.verdict == "fail", verdict.headline
    assert f"{kind.gate} is worse than main" in verdict.headline


PREPARE = """\
import csv, os
os.makedirs("data", exist_ok=True)
csv.writer(open("data/rows.csv", "w")).writerows([["a", i % 2] for i in range(400)])
"""
TRAIN = """\
import csv, pickle
class Model:
    def fit(self, X): return self
    def predict(self, X): return [int(x) for x in X]
m = Model().fit([row for row in csv.reader(open("data/rows.csv"))])
pickle.dump(1, open("model.pkl", "wb"))
"""
JUDGE = """\
import csv, json, pickle
import numpy as np
def mean_score(model, x, labels):
    made = model.predict(x)
    best = np.array(made)
    return accuracy(labels, best)
def accuracy(labels, best): return float(np.mean(np.array(labels) == best))
class Model:
    def predict(self, X): return [int(x) for x in X]
pickle.load(open("model.pkl", "rb"))
rows = [row for row in csv.reader(open("data/rows.csv"))]
x = [int(row[1]) for row in rows]
json.dump({"accuracy": mean_score(Model(), x, x)}, open("metrics.json", "w"))
"""


def test_a_training_of_several_scripts(empty: Repository) -> None:
    for name, code in {"prepare.py": PREPARE, "train.py": TRAIN, "judge.py": JUDGE}.items():
        empty.write(name, code)
    first = initialise(empty)
    both = "python train.py && python judge.py"
    path, text = empty.root / "mlgate.yaml", (empty.root / "mlgate.yaml").read_text()
    assert f'run: "{both}"' in text
    assert any("rows.csv is missing, which prepare.py names" in note for note in first.notes)
    [(lead, _)] = first.lines
    assert lead.startswith(
        "add these lines to judge.py, after line 5 (put in your names for row_ids)"
    )

    command = f"python prepare.py && {both}"
    path.write_text(re.sub(r"^  run: .*", f"  run: {command}", text, flags=re.MULTILINE))
    lines = JUDGE.splitlines()
    lines[5:5] = first.lines[0][1].splitlines()
    empty.write(
        "judge.py",
        "\n".join(lines).replace("len(row_ids)", "len(x)").replace("row_ids", "range(len(x))"),
    )
    for _ in range(2):  # the command is still the user's
        done = initialise(empty)
        told = path.read_text()
        assert f'run: "{command}"\n' in told, done.notes
        assert "path: out/predictions.csv" in told
    empty.write("mlgate.yaml", told.replace("f1]", "f1, roc_auc]"))
    assert initialise(empty).kept == ("mlgate.yaml", ".github/workflows/mlgate.yml")


MADE = "train:\n\tpython train.py\nevaluate:\n\tpython judge.py\n"


def test_a_makefile_trains_and_judges(empty: Repository) -> None:
    for name, code in {"Makefile": MADE, "train.py": TRAIN, "judge.py": JUDGE}.items():
        empty.write(name, code)
    init(empty.root)
    assert 'run: "make train && make evaluate"' in (empty.root / "mlgate.yaml").read_text()


def test_a_model_of_batches_has_no_predict(empty: Repository) -> None:
    code = "import torch\nfor data, target in test_loader:\n    pred = model(data).argmax(1)\nloss.backward()\n"
    empty.write("train.py", code)
    lines = suggest(Tree(empty.root, empty.root), ["train.py"])
    assert lines is not None
    [(lead, text)] = lines.parts
    assert "put in your names for y_test, y_pred and row_ids" in lead
    assert ".predict(" not in text


@pytest.mark.parametrize("outs", ["[predictions.jsonl]", "[model.pkl]"])
def test_predictions_that_dvc_does_not_keep_are_named(empty: Repository, outs: str) -> None:
    empty.write("src/fit.py", MULTICLASS)
    empty.write("dvc.yaml", f"stages:\n  fit:\n    cmd: python src/fit.py\n    outs: {outs}\n")
    notes = initialise(empty).notes
    named = any("predictions.jsonl is in no `outs` of dvc.yaml" in note for note in notes)
    assert named == ("model" in outs)


def test_what_is_uncommitted_is_named_again(empty: Repository) -> None:
    empty.write("train.py", SKLEARN)
    empty.commit("a training")
    initialise(empty)
    empty.git("add", "mlgate.yaml")
    empty.git("commit", "--quiet", "--message", "a part")
    empty.write("train.py", SKLEARN.replace("holdout.csv", "test_set.csv"))
    command, _ = initialise(empty).next[0]
    assert command.startswith(
        "git add .github/workflows/mlgate.yml .gitignore mlgate.yaml && git commit"
    )


def test_a_workflow_of_cml_is_mentioned(empty: Repository) -> None:
    empty.write("train.py", SKLEARN)
    empty.write(
        ".github/workflows/cml.yaml", "jobs: {a: {steps: [{uses: iterative/setup-cml@v3}]}}"
    )
    notes = initialise(empty).notes
    assert any("cml.yaml uses CML" in note and "migrating-from-cml.md" in note for note in notes)


SPLIT = """\
import numpy as np
{pandas}
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(3)
{data}
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
clf = LogisticRegression().fit(X_train, y_train)
{use}
"""
FRAME = "X = pd.DataFrame(rng.normal(size=(800, 3)), columns=list('abc'))\ny = np.where(X.a > 0, 'yes', 'no')"
ARRAY = "X = rng.normal(size=(800, 3))\ny = (X[:, 0] > 0).astype(int)"
PANDAS = "import pandas as pd"
ASSIGNED = "y_hat = clf.predict(X_test)\nprint(accuracy_score(y_test, y_hat))"
DIRECT = "print(accuracy_score(y_test, clf.predict(X_test)))"
SCORED = "acc = clf.score(X_test, y_test)"
FUNCTION = (
    "def report(model):\n    import pandas\n    return accuracy_score(y_test, model.predict(X_test))\n"
    "print(report(clf))"
)


@pytest.mark.parametrize(
    ("data", "use", "pandas"),
    [
        (FRAME, ASSIGNED, PANDAS),
        (ARRAY, ASSIGNED, PANDAS),
        (ARRAY, ASSIGNED, ""),
        (FRAME, DIRECT, PANDAS),
        (ARRAY, SCORED, ""),
        (FRAME, FUNCTION, PANDAS),
    ],
)
def test_the_lines_to_paste_write_what_init_recognises(
    empty: Repository, data: str, use: str, pandas: str
) -> None:
    script = SPLIT.format(data=data, use=use, pandas=pandas)
    empty.write("train.py", script)
    first = initialise(empty)
    parts = first.lines
    assert first.next[0][0] == "mlgate init --train"
    assert len(parts) == 2
    assert ("pd." in parts[0][1]) == bool(pandas)
    empty.write("train.py", pasted(script, parts))
    done = initialise(empty)
    assert done.lines == ()
    written = (empty.root / "mlgate.yaml").read_text()
    assert "# CHANGE" not in written, done.notes
    assert "task: binary" in written
    assert "  id: id" in written
    assert "  score: score" in written
    rows = (empty.root / "out/predictions.csv").read_text().splitlines()
    assert len(rows) == 201
    labels = dict(zip(ids(empty), (row.split(",")[1] for row in rows[1:]), strict=True))
    changed = pasted(script, parts).replace(
        "clf = ", "X_train, X_test = X_train * 2, X_test * 2\nclf = "
    )
    empty.write("train.py", changed)  # other features, and another model: the ids stay
    subprocess.run([sys.executable, "train.py"], cwd=empty.root, check=True)
    rows = (empty.root / "out/predictions.csv").read_text().splitlines()
    assert labels == dict(zip(ids(empty), (row.split(",")[1] for row in rows[1:]), strict=True))


def ids(empty: Repository) -> list[str]:
    rows = (empty.root / "out/predictions.csv").read_text().splitlines()
    return [row.split(",")[0] for row in rows[1:]]


def pasted(script: str, parts: Sequence[tuple[str, str]]) -> str:
    """Do with the lines what is said of them, in the order in which they are printed."""
    lines = script.splitlines()
    for lead, text in parts:
        place = re.search(r"(after|above|in place of) lines? (\d+)(?: to (\d+))?", lead)
        assert place is not None, lead
        first, last = int(place[2]), int(place[3] or place[2])
        last = first - 1 if place[1] == "above" else last
        lines[(first if place[1] == "after" else first - 1) : last] = text.splitlines()
        assert all(len(line) <= 79 for line in text.splitlines())
    return "\n".join(lines) + "\n"


OWN_SET = """\
import numpy as np
train, test = np.arange(9.0).reshape(3, 3), np.arange(6.0).reshape(2, 3)
X_test = test[:, :2] * {by}
m = M().fit(train)
r = m.score(X_test, test[:, 2])
"""
THREE_PARTS = """\
import numpy as np
from sklearn.model_selection import train_test_split
X = np.arange(40.0).reshape(20, 2)
y = np.arange(20)
X_some, X_test, y_some, y_test = train_test_split(X, y, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_some, y_some, random_state=0)
m = M().fit(X_train)
p = m.predict(X_val * {by})
r = np.mean(p == y_val)
"""
LONG_NAMES = """\
import pandas as pd
from sklearn.model_selection import train_test_split
def experiment():
    everything_there_is = pd.DataFrame(dict(a=range(100, 120), y=range(20))).iloc[3:]
    rows_to_train_with, rows_to_test_with = train_test_split(
        everything_there_is, test_size=0.25, shuffle=True, random_state=20_260_101)
    rows_to_test_with = rows_to_test_with.assign(a=rows_to_test_with.a * {by})
    the_fitted_regression_model = M().fit(rows_to_train_with)
    return the_fitted_regression_model.score(rows_to_test_with[['a']], rows_to_test_with.y)
experiment()
"""


@pytest.mark.parametrize(
    ("script", "first"), [(OWN_SET, "x"), (THREE_PARTS, "x"), (LONG_NAMES, "")]
)
def test_the_ids_of_the_lines_do_not_depend_on_features(
    empty: Repository, script: str, first: str
) -> None:
    model = "class M:\n    def fit(self, X): return self\n    def predict(self, X): return [0] * len(X)\n"
    model += "    def score(self, X, y): return 0\n"
    before = list[str]()
    for by in (1, 2):
        code = model + script.format(by=by)
        empty.write("train.py", code)
        lines = suggest(Tree(empty.root, empty.root), ["train.py"])
        assert lines is not None
        empty.write("pasted.py", pasted(code, lines.parts))
        subprocess.run([sys.executable, "pasted.py"], cwd=empty.root, check=True)
        assert before in ([], ids(empty))
        before = ids(empty)
        assert before[0].startswith(first)


def test_a_regression_writes_no_probabilities(empty: Repository) -> None:
    code = "from sklearn.linear_model import Ridge\nm = Ridge().fit(X, y)\np = m.predict(X_test)\n"
    empty.write("train.py", code)
    lines = suggest(Tree(empty.root, empty.root), ["train.py"])
    assert lines is not None
    [(lead, text)] = lines.parts
    assert "predict_proba" not in text
    assert "put in your names for y_test and row_ids" in lead
    assert "its position in the source" in text


def test_ids_that_are_not_unique_are_reported_by_the_lines(empty: Repository) -> None:
    data = "X = pd.DataFrame(np.zeros((800, 3)), index=[1] * 800)\ny = rng.integers(0, 2, 800)"
    script = SPLIT.format(data=data, use=SCORED, pandas=PANDAS)
    empty.write("train.py", script)
    empty.write("train.py", pasted(script, initialise(empty).lines))
    run = subprocess.run(
        [sys.executable, "train.py"], cwd=empty.root, capture_output=True, text=True, check=True
    )
    assert "some test rows have the same id" in run.stdout


def test_what_the_training_leaves_is_ignored_or_named(empty: Repository) -> None:
    code = """\
import os
# m.fit(
for name in ("mlruns/0", "models/a", "wandb", "known"):
    os.makedirs(name, exist_ok=True)
    open(f"{name}/x.bin", "w").write(str(os.getpid()))
open("mlflow.db", "w").write(str(os.getpid()))
open("notes.txt", "w").write(str(os.getpid()))
"""
    empty.write("train.py", code)
    empty.write(".gitignore", "known/\n")
    empty.commit("a training")
    notes = initialise(empty).notes
    ignored = (empty.root / ".gitignore").read_text().splitlines()
    assert ignored == ["known/", ".mlgate/", "mlflow.db", "mlruns/", "wandb/"]
    assert any(
        note.startswith("the training also wrote models/, notes.txt, which git neither")
        for note in notes
    )


def test_a_training_that_failed_comes_first_in_what_is_next(empty: Repository) -> None:
    empty.write("train.py", "model.fit(")
    for _ in range(2):  # the second time no file changes
        command, why = initialise(empty).next[0]
        assert command == "mlgate init --train"
        assert "once `python train.py` runs" in why


def test_init_without_a_training_is_no_worse_than_with_one(empty: Repository) -> None:
    empty.write("train.py", SKLEARN)
    empty.commit("a training")
    initialise(empty)
    before = (empty.root / "mlgate.yaml").read_text()
    assert "path: artifacts/holdout.csv   # guess: the training wrote it" in before
    workflow = (empty.root / ".github/workflows/mlgate.yml").read_text()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f'{{python-version: "{python}"}}   # guess: the training ran with it' in workflow
    assert init(empty.root).written == ()
    assert (empty.root / "mlgate.yaml").read_text() == before
    (empty.root / "artifacts/holdout.csv").unlink()  # as in a new clone
    (empty.root / "metrics.json").unlink()
    init(empty.root)
    assert (empty.root / "mlgate.yaml").read_text() == before
    # Another path of predictions takes the earlier one's line out of .gitignore.
    assert init(empty.root, InitOptions(force=True)).written == ("mlgate.yaml", ".gitignore")


def test_a_training_that_writes_no_predictions_is_reported(empty: Repository) -> None:
    empty.write(
        "train.py", "open('metrics.json', 'w').write('{\"accuracy\": 0.9}')\n# model.fit(\n"
    )
    done = initialise(empty)
    assert any("wrote no table of predictions, only: metrics.json" in note for note in done.notes)
    assert "files: [metrics.json]" in (empty.root / "mlgate.yaml").read_text()


def test_a_training_that_fails_is_reported(empty: Repository) -> None:
    empty.write("train.py", "model.fit(")
    done = initialise(empty)
    assert any(
        "the training failed, so it is not known what it writes" in note for note in done.notes
    )


KEYED = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

{start}
    df = pd.read_csv({read})
    df["a"] = pd.to_numeric(df["a"], errors="coerce")
    {rows}
    X = df[["a", "b"]]{array}
    y = (df["Churn"] == "Yes").astype(int){array}
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    model = LogisticRegression().fit(X_train, y_train)
    y_pred = model.predict(X_test)
    {write}
"""
MAIN = "PATH = 'data/churn.csv'\ndef main():"
IN_LINE = (
    "pd.DataFrame({'label': y_test, 'prediction': y_pred}).to_csv('predictions.csv', index=False)"
)
NAMED = "out = X_test.assign(label=y_test, prediction=y_pred)\n    out.to_csv('predictions.csv', index=False)"


@pytest.mark.parametrize("write", ["print(y_pred)", IN_LINE, NAMED])
@pytest.mark.parametrize(
    ("start", "read", "rows", "array"),
    [
        (MAIN, "PATH", "df = df.dropna().drop(columns=['customerID'])", ""),
        ("if True:", "'data/churn.csv'", "df = df.fillna(0)", ".values"),
        (MAIN, "PATH, index_col='customerID'", "df = df.dropna()", ""),
    ],
)
def test_a_key_of_the_data_becomes_the_id(
    empty: Repository, start: str, read: str, rows: str, array: str, write: str
) -> None:
    data = [(f"k{i * 7919 % 10_007:05}", i % 13 or "", i % 7, i % 3) for i in range(600)]
    lines = [f"{key},{a},{b},{'Yes' if c else 'No'}" for key, a, b, c in data]
    empty.write("data/churn.csv", "\n".join(["customerID,a,b,Churn", *lines]) + "\n")
    if array and "X_test.assign" in write:
        write = write.replace("X_test", "pd.DataFrame(X_test)")
    script = KEYED.format(start=start, read=read, rows=rows, array=array, write=write)
    script += "main()\n" if start == MAIN else ""
    empty.write("train.py", script)
    first = initialise(empty)
    told = (empty.root / "mlgate.yaml").read_text()
    assert "# id: id   # customerID of data/churn.csv, once the training writes it" in told
    assert first.next[0][0] == "mlgate init --train"
    assert all("hash" not in text for _, text in first.lines)
    empty.write("train.py", pasted(script, first.lines))
    done = initialise(empty)
    assert done.lines == ()
    assert "  id: id   # guess" in (empty.root / "mlgate.yaml").read_text()
    path = "predictions.csv" if "to_csv" in write else "out/predictions.csv"
    with (empty.root / path).open() as file:
        written = {row["id"]: int(row["label"]) for row in csv.DictReader(file)}
    truth = {key: int(c > 0) for key, _, _, c in data}
    assert len(written) > 100
    assert written == {key: truth[key] for key in written}


def test_a_table_whose_rows_were_put_in_another_order_gets_no_lines(empty: Repository) -> None:
    lines = [f"k{i * 7919 % 10_007:05},{i % 5},1,{'Yes' if i % 3 else 'No'}" for i in range(400)]
    empty.write("data/churn.csv", "\n".join(["customerID,a,b,Churn", *lines]) + "\n")
    write = NAMED.replace("out.to_csv", "out = out.sort_values('a')\n    out.to_csv")
    script = KEYED.format(start="if True:", read="'data/churn.csv'", rows="", array="", write=write)
    empty.write("train.py", script)
    done = initialise(empty)
    assert done.lines == ()
    assert any("with customerID of data/churn.csv far fewer" in note for note in done.notes)


def test_rows_with_a_new_index_are_not_looked_up_by_it(empty: Repository) -> None:
    lines = [f"k{i},{i % 5},1,{'Yes' if i % 3 else 'No'}" for i in range(400)]
    empty.write("data/churn.csv", "\n".join(["customerID,a,b,Churn", *lines]) + "\n")
    rows = "df = df[df.a > 0].reset_index(drop=True)"
    empty.write(
        "train.py",
        KEYED.format(start="if True:", read="'data/churn.csv'", rows=rows, array="", write="pass"),
    )
    _, (_, text) = initialise(empty).lines
    assert "its position in the data" in text
    assert "customerID of data/churn.csv is better" in " ".join(text.replace("#", "").split())


def test_lines_of_a_notebook_are_not_code(empty: Repository) -> None:
    script = SPLIT.format(data=FRAME, use=ASSIGNED, pandas=f"%matplotlib inline\n{PANDAS}")
    cell = {"cell_type": "code", "source": script}
    empty.write("model.ipynb", json.dumps({"cells": [cell]}))
    lines = suggest(Tree(empty.root, empty.root), ["model.ipynb"])
    assert lines is not None
    assert lines.parts[0][0].startswith("add these lines to model.ipynb, below the test rows'")
