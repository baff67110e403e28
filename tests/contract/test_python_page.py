"""The examples of docs/python.md run as they stand there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import mlgate

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).parents[2] / "docs/python.md").read_text(encoding="utf-8")
LOG = Path(__file__).parents[1] / "unit/readers/files/sums.eval"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def predictions(shift: float) -> pd.DataFrame:
    random = np.random.default_rng(0)
    labels, noise = random.integers(0, 2, 2000), random.normal(0, 0.2, 2000)
    score = np.clip(0.5 + (labels - 0.5) * (0.4 + shift) + noise, 0.01, 0.99)
    grade = np.clip(6 + shift + random.normal(0, 1, 2000), 0, 10)
    ids = np.arange(2000)
    return pd.DataFrame(
        {"id": ids, "user": ids // 5, "label": labels, "score": score, "grade": grade}
    )


def test_every_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    place: dict[str, Any] = {"old": predictions(0), "new": predictions(0.1)}
    for name, table in list(place.items()):
        table.to_parquet(f"{name}.parquet")
        shutil.copy(LOG, f"{name}.eval")
    for block in BLOCKS:
        exec(block, place)
    place["test_the_new_model_is_no_worse"](mlgate)
    assert capsys.readouterr().out.startswith("pass False Model gate: passed")


def test_the_first_verdict_takes_three_lines() -> None:
    assert len(BLOCKS[0].splitlines()) == 3
    shown = eval(
        BLOCKS[0].splitlines()[-1],
        {"mlgate": mlgate, "old": predictions(0), "new": predictions(0.1)},
    )
    assert "better" in shown._repr_html_()
