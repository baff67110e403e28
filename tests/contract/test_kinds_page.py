"""docs/kinds.md: each tool's lines give a right first verdict on a file that the tool wrote, each recipe on a small table."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.pages import ROOT, Page

from mlgate.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = ROOT / "tests/unit/readers/files"
PAGE = Page(ROOT / "docs/kinds.md")
BLOCKS = {
    block.text.partition("from: ")[2].strip('"').partition(",")[0].partition(":")[0]: block.text
    for block in PAGE.blocks()
    if block.language == "yaml" and block.text.startswith("version:") and "from: " in block.text
}
WRITTEN = {
    "inspect": ("words.eval", "out/logs/words.eval", "match"),
    "promptfoo": ("promptfoo.json", "out/results.json", "score"),
    "lm_eval": (
        "samples_sums_2026-11-28T17-39-51.123456.jsonl",
        "out/lm_eval/model/samples_sums_2026-11-28T17-39-51.123456.jsonl",
        "acc",
    ),
    "deepeval": ("deepeval.json", ".deepeval/.latest_test_run.json", "mine"),
    "mlflow": ("mlflow.json", "evaluation.json", "right"),
    "json": ("promptfoo.json", "out/results.json", "gradingResult.score"),
}

FAILED = {
    "promptfoo": "2 of 24 samples failed",
    "deepeval": "1 of 10 samples failed",
    "mlflow": "1 of 4 samples failed",
    "json": "a missing value",
}
"""What is said of the files that hold samples that failed."""


def test_every_tool_has_its_lines() -> None:
    from mlgate import readers

    assert BLOCKS.keys() == WRITTEN.keys() == readers.READERS.keys()


@pytest.mark.parametrize("tool", WRITTEN)
def test_a_first_verdict(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target, metric = WRITTEN[tool]
    assert len(BLOCKS[tool].splitlines()) < 15
    monkeypatch.chdir(tmp_path)
    (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FILES / source, target)
    (tmp_path / "mlgate.yaml").write_text(BLOCKS[tool] + "report: {plots: none}\n")
    commit()
    assert main(["config", "check"]) == 0
    evidence = measured(tmp_path)
    if tool in FAILED:
        assert FAILED[tool] in evidence["error"]
        errors = BLOCKS[tool].replace("from:", "errors: {as: wrong}, from:")
        (tmp_path / "mlgate.yaml").write_text(errors + "report: {plots: none}\n")
        evidence = measured(tmp_path)
    if tool == "json":
        assert "nothing says what the worst number of a row is" in evidence["error"]
        return
    assert evidence["metrics"][metric]["value"] is not None
    assert list(evidence["written_by"]) == list(evidence["inputs"]) == [target]
    notes = " ".join(note["text"] for note in evidence["notes"])
    assert f"Rows come from {target}, written by" in notes
    assert ("failed here (predictions.errors)" in notes) == (tool in FAILED)


def commit() -> None:
    """Commit what is here."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (
        ["git", "init", "--quiet", "--initial-branch", "main"],
        ["git", "add", "--all"],
        ["git", *who, "commit", "-qm", "Begin"],
    ):
        subprocess.run(command, check=True)


def table(name: str, **columns: Any) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    Path(name).parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table({key: list(column) for key, column in columns.items()}), name)


def judged() -> None:
    """Answers of which every fourth has a human's grade; the judge errs in one of eight."""
    rows = range(800)
    human = [int(i % 5 > 0) for i in rows]
    table(
        "out/answers.parquet",
        question=rows,
        conversation=[i // 4 for i in rows],
        grade=[1 - said if i % 8 == 3 else said for i, said in enumerate(human)],
        human_grade=[said if i % 4 == 0 or i % 16 == 3 else None for i, said in enumerate(human)],
        judge_model=["small-1" for _ in rows],
    )


def recommended() -> None:
    rows = range(1_000)
    table(
        "out/shown.parquet",
        user=[i // 20 for i in rows],
        item=[i % 20 for i in rows],
        clicked=[int(i % 7 == 0) for i in rows],
        score=[0.9 - 0.04 * (i % 20) for i in rows],
    )


def forecast() -> None:
    rows = range(2_400)
    table(
        "out/p90.parquet",
        series=[f"s{i // 60}" for i in rows],
        date=[f"2026-01-{1 + i % 30:02}" for i in rows],
        origin=[i // 30 % 2 for i in rows],
        sales=[float(i * 7 % 10) for i in rows],
        p90=[8.5 for _ in rows],
    )


def tagged() -> None:
    """Lists of tags, which the lines of the page turn into rows."""
    import pandas as pd

    names = ["urgent", "billing", "bug"]
    tags = [[name for k, name in enumerate(names) if (i + k) % 3 < 2] for i in range(300)]
    found = [own[:-1] if i % 10 == 0 else own for i, own in enumerate(tags)]
    frame = pd.DataFrame({"document": range(300), "tags": tags, "predicted": found})
    frame["all_tags"] = [names for _ in range(300)]
    Path("out").mkdir()
    exec(PAGE.block("table.explode"), {"table": frame})


def detected() -> None:
    rows = range(900)
    table(
        "out/images.parquet",
        image=rows,
        scene=[i // 9 for i in rows],
        iou=[0.5 + i % 10 * 0.05 for i in rows],
        missed=[i % 3 for i in rows],
    )


def fitted() -> None:
    rows = range(1_000)
    label = [i % 2 for i in rows]
    table("out/predictions.parquet", id=rows, label=label, predicted=label)
    Path("out/train.ipynb").write_text("{}")


def covered() -> None:
    Path("tests.json").write_text('{"lines_covered": 91}')


def made_fair() -> None:
    """The page's training, on people of whom one group was hired twice as often."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    sex = random.choice(["a", "b"], 3_000)
    skill = random.normal(size=3_000) + (sex == "a")
    people = pd.DataFrame({"id": range(3_000), "sex": sex, "skill": skill, "hired": (skill > 0.5).astype(int)})  # fmt: skip
    names = {"train": people[:1_500], "test": people[1_500:].copy(), "features": ["skill"], "LogisticRegression": LogisticRegression}  # fmt: skip
    Path("out").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Fairlearn does what the next pandas will not
        exec(PAGE.block("ExponentiatedGradient"), names)


RECIPES: dict[str, tuple[Callable[[], None], dict[str, str]]] = {
    "human_grade": (judged, {"grade.min": "pass", "grade.kappa.min": "pass"}),
    "out/shown": (recommended, {}),
    "out/p90": (forecast, {"coverage.min": "pass", "coverage.max": "pass"}),
    "out/tags": (tagged, {"recall[tag=urgent].min": "pass"}),
    "out/images": (detected, {"iou.min": "pass", "iou.p10.min": "pass"}),
    "papermill": (fitted, {}),
    "tests.json": (covered, {"lines_covered.min": "untested"}),
    "hired": (made_fair, {"fairness.demographic_parity_difference[sex].max": "pass"}),
}
"""What each recipe's training writes, and what its rules without a baseline say; the rest is untested."""


@pytest.mark.parametrize("holding", RECIPES)
def test_a_recipe(holding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, expected = RECIPES[holding]
    text = next(
        block.text
        for block in PAGE.blocks()
        if block.language == "yaml" and block.text.startswith("version:") and holding in block.text
    )
    assert len(text.splitlines()) <= 15
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitignore").write_text("out/\ntests.json\n")
    (tmp_path / "mlgate.yaml").write_text(text + "report: {plots: none}\n")
    commit()
    write()
    assert main(["config", "check"]) == 0
    main(["run", "--no-train"])
    verdict = json.loads((tmp_path / ".mlgate/verdict.json").read_text())
    gates = {gate["id"]: gate["verdict"] for gate in verdict["gates"]}
    assert gates == {**dict.fromkeys(gates, "untested"), **expected}


def measured(root: Path) -> dict[str, Any]:
    """Judge what is there; return the evidence."""
    main(["run", "--no-train"])
    evidence: dict[str, Any] = json.loads((root / ".mlgate/evidence/compare.json").read_text())
    return evidence
