"""docs/labels.md shows what the plan and the run print, of the example that is told there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgate.cli.label_next import as_text
from mlgate.pipeline.planning.label_next import LabelOptions, label_next

if TYPE_CHECKING:
    from .conftest import Repository

PAGE = Path(__file__).parents[3] / "docs" / "labels.md"
ROWS = 4_000
RANDOM = np.random.default_rng(6)
LABEL = RANDOM.integers(0, 2, ROWS)
MAIN = np.where(RANDOM.random(ROWS) < 0.85, LABEL, 1 - LABEL)
NEW = MAIN.copy()
for hit, count in ((MAIN == LABEL, 196), (MAIN != LABEL, 202)):
    NEW[RANDOM.choice(np.flatnonzero(hit), count, replace=False)] ^= 1


@pytest.fixture
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def config(page: str) -> str:
    block = next(b for b in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "unlabelled" in b)
    return f"version: 1\nname: toy\ntask: binary\nreport: {{plots: none}}\n{block}"


def predict(repository: Repository, model: np.ndarray, name: str = "out/predictions.csv") -> None:
    rows = [f"customer-{i},{model[i]}" for i in range(ROWS)]
    repository.write(name, "\n".join(["id,prediction", *rows, ""]))


def label(repository: Repository, labelled: set[str]) -> None:
    known = [f"customer-{i},{LABEL[i]}" for i in range(ROWS) if f"customer-{i}" in labelled]
    repository.write("labels.csv", "\n".join(["id,churned", "customer-0,", *known, ""]))
    repository.commit("labels")


def test_the_page_shows_what_is_printed(repository: Repository, page: str) -> None:
    environ = {**repository.context.environ, "MLGATE_ID_KEY": "secret"}
    repository.write("mlgate.yaml", config(page))
    predict(repository, MAIN)
    label(repository, set())
    repository.run(environ=environ)
    repository.save(environ=environ)
    repository.branch("feature")
    predict(repository, NEW)
    repository.commit("another model")
    shown, ran = [], repository.run(environ=environ)
    predict(repository, MAIN, "out/main.csv")
    options = LabelOptions(0, "out/main.csv", None, None, 0.8)
    shown.append(as_text(label_next(repository.context, options), None))
    shown.append(ran.dir.markdown.read_text())
    named = (ran.dir.path / "label-next.csv").read_text().split()
    repository.git("checkout", "--quiet", "main")
    label(repository, set(named[1:]))
    repository.git("checkout", "--quiet", "feature")
    ran = repository.run(environ=environ)
    shown.append(ran.dir.markdown.read_text())
    repository.write("labels.csv", repository.git("show", "main:labels.csv"))
    shown.append(as_text(label_next(repository.context, options), None))
    assert "\n".join(named[:4]) in page
    for text in shown:
        lines = [line for line in text.splitlines() if re.search("labels|Model gate", line)]
        assert lines
        assert [line for line in lines if line not in page] == []
