"""pass@k and pass^k: the mean over all choices of k attempts."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from mlgate.stats import attempts


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_they_are_the_mean_over_all_choices(k):
    random = np.random.default_rng(k)
    tasks = np.repeat(np.arange(30), random.integers(5, 8, 30))
    solved = (random.random(len(tasks)) < 0.4).astype(float)
    order = random.permutation(len(tasks))
    some = attempts.any_pass(solved[order], tasks[order], k)
    every = attempts.all_pass(solved[order], tasks[order], k)
    for task in range(30):
        choices = list(combinations(solved[tasks == task], k))
        assert some[task] == pytest.approx(np.mean([max(c) for c in choices]), abs=1e-12)
        assert every[task] == pytest.approx(np.mean([min(c) for c in choices]), abs=1e-12)


def test_many_attempts_as_the_paper_computes_them():
    """The product of Chen et al. (2021), figure 3."""
    solved, tasks = np.r_[np.ones(37), np.zeros(163)], np.zeros(200, dtype=int)
    expected = 1.0 - np.prod(1.0 - 100 / np.arange(200 - 37 + 1, 200 + 1))
    assert attempts.any_pass(solved, tasks, 100) == pytest.approx([expected], abs=1e-12)
