"""The Brier decomposition: it adds up, and its parts mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from mlgate.stats.brier import decompose

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)


@given(rows=ROWS)
def test_the_parts_add_up(rows: list[tuple[bool, float]]) -> None:
    outcome, score = (np.array(column) for column in zip(*rows, strict=True))
    found = decompose(outcome, score)
    assert found is not None
    assert found.score == pytest.approx(np.mean((score - outcome) ** 2), abs=1e-12)
    total = found.reliability - found.resolution + found.uncertainty
    assert total == pytest.approx(found.score, abs=1e-12)
    assert found.reliability >= 0


def test_murphy_s_definition_with_one_score_a_bin() -> None:
    random = np.random.default_rng(0)
    score = random.choice([0.05, 0.35, 0.62, 0.97], 500)
    outcome = random.random(500) < score**2
    found = decompose(outcome, score)
    groups = [(value, outcome[score == value]) for value in np.unique(score)]
    reliability = sum(len(o) * (v - o.mean()) ** 2 for v, o in groups) / 500
    resolution = sum(len(o) * (o.mean() - outcome.mean()) ** 2 for _, o in groups) / 500
    assert found.reliability == pytest.approx(reliability)
    assert found.resolution == pytest.approx(resolution)
    assert found.score == pytest.approx(brier_score_loss(outcome, score))


def test_what_the_parts_say() -> None:
    random = np.random.default_rng(1)
    score = random.random(200_000)
    outcome = random.random(200_000) < score
    calibrated = decompose(outcome, score)
    assert calibrated.reliability < 1e-4
    constant = decompose(outcome, np.full(200_000, outcome.mean()))
    assert constant.resolution == pytest.approx(0, abs=1e-12)
    assert constant.score == pytest.approx(constant.uncertainty)
    overconfident = decompose(outcome, np.where(score > 0.5, 0.99, 0.01))
    assert overconfident.reliability > 0.05


def test_weights_are_repeated_rows() -> None:
    random = np.random.default_rng(2)
    outcome, score, times = random.random(80) < 0.4, random.random(80), random.integers(0, 4, 80)
    weighted = decompose(outcome, score, weights=times.astype(float))
    repeated = decompose(np.repeat(outcome, times), np.repeat(score, times))
    for part in ("score", "reliability", "resolution", "uncertainty"):
        assert getattr(weighted, part) == pytest.approx(getattr(repeated, part))


def test_no_rows() -> None:
    assert decompose(np.zeros(0, dtype=bool), np.zeros(0)) is None
