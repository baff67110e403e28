"""`init` on evaluations and tables of many labels: by what is configured, and by what a script does."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.pipeline.init.guess import ColumnSummary, guess
from mlgate.pipeline.init.scaffold import InitOptions, InitResult, init
from mlgate.pipeline.init.training_once import Trained, train_once

if TYPE_CHECKING:
    from mlgate.pipeline.init.tree import Tree

LOGS = Path(__file__).parents[1] / "readers/files"
TASK = "from inspect_ai import Task, task\nfrom inspect_ai.scorer import includes\n\n@task\ndef words():\n    return Task(scorer={})\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=tmp_path, check=True)
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def loaded(root: Path) -> config.Config:
    return config.load(root / "mlgate.yaml", sections()).config


def trained(root: Path) -> InitResult:
    def training(tree: Tree, run: str, _: bool) -> Trained:
        path = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return train_once(tree, run, {**os.environ, "PATH": path}, io.StringIO())

    return init(root, InitOptions(train=training))


@pytest.mark.parametrize(
    ("files", "run", "reader", "path", "score", "keys"),
    [
        (
            {"promptfooconfig.yaml": "prompts: [a]\nproviders: [openai:gpt-5-mini]\n"},
            "PROMPTFOO_FAILED_TEST_EXIT_CODE=0 npx promptfoo eval -o out/results.json --no-cache",
            "promptfoo", "out/results.json", "score", ("OPENAI_API_KEY",),
        ),
        (
            {"evals/promptfooconfig.yaml": "providers:\n  - anthropic:messages:x\n", "main.py": "m.fit(x)\n"},
            "PROMPTFOO_FAILED_TEST_EXIT_CODE=0 npx promptfoo eval -c evals/promptfooconfig.yaml -o out/results.json --no-cache",
            "promptfoo", "out/results.json", "score", ("ANTHROPIC_API_KEY",),
        ),
        (
            {"words.py": TASK.format("[includes()]"), "README.md": "```\n$ inspect eval words.py --model openai/gpt-5\n```\n"},
            "rm -rf out/logs && inspect eval words.py --model openai/gpt-5 --log-dir out/logs",
            "inspect", "out/logs/*.eval", "includes", ("OPENAI_API_KEY",),
        ),
        (
            {"Makefile": "bench:\n\tlm_eval --model hf \\\n\t  --tasks sums --output_path old\n"},
            "rm -rf out/lm_eval && lm_eval --model hf --tasks sums --log_samples --output_path out/lm_eval",
            "lm_eval", "out/lm_eval/**/samples_*.jsonl", "score", (),
        ),
    ],
)  # fmt: skip
def test_a_project_of_an_evaluation_tool_is_known_by_its_configuration(
    root: Path, files: dict[str, str], run: str, reader: str, path: str, score: str, keys: object
) -> None:
    write(root, files)
    done = init(root)
    told = loaded(root)
    assert told.predictions is not None
    assert (told.train.run, told.predictions.reader, told.predictions.path) == (run, reader, path)
    assert list(told.metrics.rows) == list(told.gates) == [score]
    assert told.train.pass_env == keys
    assert done.next[0][0] == "mlgate init --train"
    assert any("that can be read is here" in note for note in done.notes)
    assert ("# CHANGE" in (root / "mlgate.yaml").read_text()) == (reader == "lm_eval")
    assert "out/" in (root / ".gitignore").read_text().splitlines()


def test_a_task_without_a_model_says_what_it_lacks(root: Path) -> None:
    write(root, {"words.py": TASK.format("includes()")})
    init(root)
    assert "add --model, or set INSPECT_EVAL_MODEL" in (root / "mlgate.yaml").read_text()


def test_an_evaluation_that_is_run_once_names_its_scores(root: Path) -> None:
    script = f"#!/bin/sh\nmkdir -p out/logs\ncp {LOGS / 'words.eval'} out/logs/2026-11-30T08-00-00_words_x.eval\n"
    write(root, {"words.py": TASK.format("includes()"), "bin/inspect": script})
    (root / "bin/inspect").chmod(0o755)
    trained(root)
    told = loaded(root)
    assert told.predictions is not None
    assert told.predictions.path == "out/logs/*.eval"
    assert list(told.gates) == ["match"]
    text = (root / "mlgate.yaml").read_text()
    assert "# Written by inspect_ai 0." in text


def test_why_a_log_is_refused_is_shown(root: Path) -> None:
    cut = (LOGS / "words.eval").read_bytes()[:-200]
    (root / "logs").mkdir()
    (root / "logs/words.eval").write_bytes(cut)
    notes = init(root).notes
    assert any("Inspect wrote a file that is refused: logs/words.eval" in note for note in notes)


NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["m.fit(x)"]}]}'


@pytest.mark.parametrize(
    ("requirements", "run"),
    [
        ("papermill\n", "mkdir -p out && papermill nb/train.ipynb out/train.ipynb"),
        ("pandas\n", "jupyter execute nb/train.ipynb"),
    ],
)
def test_a_notebook_is_run_by_what_the_project_has(root: Path, requirements: str, run: str) -> None:
    write(root, {"nb/train.ipynb": NOTEBOOK, "requirements.txt": requirements})
    init(root)
    assert loaded(root).train.run == run


@pytest.mark.parametrize("trains", [False, True])
def test_tests_are_gated_by_their_coverage_where_nothing_trains(root: Path, trains: bool) -> None:
    write(root, {"coverage.json": '{"totals": {"percent_covered": 91.5}}', "package.py": "a = 1\n"})
    if trains:
        write(root, {"train.py": "m.fit(x)\n"})
    init(root)
    run, gates = loaded(root).train.run, list(loaded(root).gates)
    assert ("coverage run -m pytest" in str(run)) == (not trains)
    assert gates == (["accuracy"] if trains else ["lines_covered"])
    assert ("# CHANGE" in (root / "mlgate.yaml").read_text()) == trains


LISTS = """\
import os
import pandas as pd

own = [["a"] if i % 3 else ["a", "b"] for i in range(300)]
found = [tags if i % 9 else ["c"] for i, tags in enumerate(own)]
frame = pd.DataFrame({"document": [f"d{7 * i}" for i in range(300)], "tags": own, "predicted": found})
os.makedirs("out", exist_ok=True)
frame.to_parquet("out/tags.parquet")
"""


def test_lists_of_labels_become_rows(root: Path) -> None:
    write(root, {"tag.py": LISTS, "bin/python": f'#!/bin/sh\nexec {sys.executable} "$@"\n'})
    (root / "bin/python").chmod(0o755)
    [(lead, text)] = trained(root).lines
    place = re.search(r"in place of line (\d+), then `mlgate init --train`", lead)
    assert place is not None, lead
    lines = LISTS.splitlines()
    lines[int(place[1]) - 1 : int(place[1])] = text.splitlines()
    write(root, {"tag.py": "\n".join(lines) + "\n"})
    assert trained(root).lines == ()
    told = loaded(root)
    assert told.predictions is not None
    assert told.predictions.id == ("document", "label_name")
    assert (told.predictions.label, told.predictions.prediction) == ("label", "prediction")
    assert told.predictions.cluster == "document"
    assert told.slices.by == ("label_name",)


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"a.py": "import csv\ncsv.writer(open('results/x.csv', 'w'))\nrun()\n"}, "python a.py"),
        (
            {
                "a.py": "parser.add_argument('--output')\ndf.to_csv(args.output)\nmain()\n",
                "prepare.py": "df.to_csv('data/train.csv')\nmain()\n",
            },
            "python a.py",
        ),
        ({"prepare.py": "df.to_csv('data/train.csv')\nmain()\n"}, None),
        (
            {
                "a.py": "df.to_csv('out/a.csv')\nmain()\n",
                "b.py": "df.to_csv('out/b.csv')\nmain()\n",
            },
            None,
        ),
        (
            {
                "train.py": "m.fit(x)\ndump(m)\n",
                "score.py": "joblib.load('m')\nd.to_csv('out/a.csv')\nmain()\n",
            },
            "python train.py && python score.py",
        ),
        (
            {
                "train.py": "m.fit(x)\nd.to_csv('out/a.csv')\n",
                "b.py": "d.to_csv('out/b.csv')\nmain()\n",
            },
            "python train.py",
        ),
    ],
)
def test_a_script_is_known_by_what_it_writes(
    root: Path, files: dict[str, str], run: str | None
) -> None:
    write(root, files)
    notes = init(root).notes
    assert loaded(root).train.run == run
    trains_nothing = any("writes results and trains nothing" in note for note in notes)
    assert trains_nothing == (run == "python a.py")


def number(name: str, distinct: int, low: float, high: float, *, whole: bool) -> ColumnSummary:
    levels = frozenset(map(str, range(distinct))) if distinct <= 50 else None
    return ColumnSummary(
        name, distinct=distinct, numeric=True, whole=whole, low=low, high=high, levels=levels, integral=whole
    )  # fmt: skip


def test_columns_that_name_no_row_by_chance_alone_are_no_id() -> None:
    columns = [number("age", 70, 18, 90, whole=True), number("hours", 90, 1, 99, whole=True)]
    columns += [number("label", 2, 0, 1, whole=True), number("score", 400, 0, 1, whole=False)]
    assert guess(columns, 300, lambda _: True).id is None
    assert guess(columns, 4_000, lambda _: True).id == ("age", "hours")


def test_classes_of_a_patients_visits_are_no_ranking() -> None:
    columns = [number("patient", 100, 1, 100, whole=True), number("visit", 10, 1, 10, whole=True)]
    columns += [number("label", 2, 0, 1, whole=True), number("score", 400, 0, 1, whole=False)]
    roles = guess(columns, 1_000, lambda some: len(some) > 1)
    assert (roles.task, roles.ranking, roles.cluster) == ("binary", False, "patient")
