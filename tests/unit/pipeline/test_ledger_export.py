"""The exported ledger: what is taken out, changed or put in shows."""

from __future__ import annotations

import hashlib
import json

import pytest

from mlgate.model.ledger import Evaluation
from mlgate.pipeline.ledger.export import FIRST, chained, problem

LINES = tuple(
    Evaluation(time=f"2026-11-0{i}T00:00:00Z", name="toy", commit=f"{i}" * 40, actor="ann", verdict="pass", waivers=("a.max",))
    for i in range(1, 6)
)  # fmt: skip


def test_each_line_carries_the_digest_of_all_before_it():
    previous = FIRST
    for line, evaluation in zip(chained(LINES), LINES, strict=True):
        record = json.loads(line)
        assert record["previous"] == previous
        own = f"{previous}\n{evaluation.line().rstrip()}"
        assert record["digest"] == hashlib.sha256(own.encode()).hexdigest()
        assert record["evaluation"]["actor"] == "ann"
        previous = record["digest"]


def test_a_ledger_that_grew_agrees_with_an_earlier_export():
    exported = "\n".join(chained(LINES[:3])) + "\n"
    assert problem(exported, chained(LINES)) is None
    assert problem("", chained(LINES)) is None


@pytest.mark.parametrize(
    ("now", "where"),
    [
        ((*LINES[:1], *LINES[2:]), "line 2 "),
        (LINES[1:], "line 1 "),
        ((*LINES[:4], LINES[4].model_copy(update={"verdict": "fail"})), "line 5 "),
        ((*LINES[:2], LINES[0], *LINES[2:]), "line 3 "),
        (LINES[:4], "ends before line 5 "),
    ],
)
def test_a_gap_shows(now, where):
    exported = "\n".join(chained(LINES)) + "\n"
    assert where in problem(exported, chained(now))
