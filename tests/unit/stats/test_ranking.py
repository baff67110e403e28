"""The fast sort gives the order that argsort gives, on hostile scores too."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats.ranking import rank

N = 40_000
random = np.random.default_rng(7)
uniform = random.random(N)

SCORES = {
    "uniform": uniform,
    "small": uniform[:100],
    "one": uniform[:1],
    "all equal": np.full(N, 0.25),
    "two values": np.where(uniform < 0.5, 0.1, 0.9),
    "rounded": np.round(uniform, 3),
    "zeros of both signs": np.where(uniform < 0.3, -0.0, np.where(uniform < 0.6, 0.0, uniform)),
    "negative": uniform - 0.5,
    "above two": uniform * 1e6,
    "subnormal": uniform * 5e-324 * 1e3,
    "ends": np.where(uniform < 0.5, 0.0, 1.0),
    "one ulp apart": 0.5 + np.arange(N)[::-1] % 64 * np.spacing(0.5),
    "some one ulp apart": np.where(
        uniform < 0.1, 0.5 + np.arange(N)[::-1] % 64 * np.spacing(0.5), uniform
    ),
    "sorted": np.sort(uniform),
    "reversed": np.sort(uniform)[::-1].copy(),
}


@pytest.mark.parametrize("name", SCORES)
def test_order_and_groups(name: str) -> None:
    score = SCORES[name]
    ranking = rank(score)
    values = score[ranking.order]
    assert np.array_equal(values, np.sort(score))
    assert np.array_equal(np.sort(ranking.order), np.arange(len(score)))
    starts = np.unique(values, return_index=True)[1]
    if len(starts) == len(score):
        assert ranking.starts is None
    else:
        assert np.array_equal(ranking.starts, starts)
