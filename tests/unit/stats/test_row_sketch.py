"""What a sketch says of two tables, by simulation: its bounds and standard errors hold."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats.row_sketch import compare, sketch

KEY = b"k" * 16
K, RUNS, ROWS = 256, 400, 6_000


def words(rng, n):
    return rng.integers(0, 2**64, n, dtype=np.uint64)


def tables(rng, removed, added, changed):
    """Two versions: ids with contents each."""
    ids, contents = words(rng, ROWS), words(rng, ROWS)
    other = contents.copy()
    other[rng.permutation(ROWS)[: int(changed * ROWS)]] += np.uint64(1)
    kept = int((1 - removed) * ROWS)
    new = np.concatenate([ids[:kept], words(rng, int(added * ROWS))])
    filled = np.concatenate([other[:kept], words(rng, len(new) - kept)])
    order = rng.permutation(len(new))
    true_changed = (other[:kept] != contents[:kept]).mean() if kept else 0.0
    return (ids, contents), (new[order], filled[order]), true_changed


@pytest.mark.parametrize(
    ("removed", "added", "changed"), [(0.02, 0.0, 0.01), (0.2, 0.1, 0.3), (0.01, 0.5, 0.0), (0.0, 0.0, 0.02)]
)  # fmt: skip
def test_bounds_hold_as_often_as_they_say_and_standard_errors_are_those_of_many_draws(
    removed, added, changed
):
    rng = np.random.default_rng(1)
    inside, values, errors = np.zeros(6), [], []
    for _ in range(RUNS):
        old, new, share = tables(rng, removed, added, changed)
        diff = compare(sketch(*old, KEY, K), sketch(*new, KEY, K), 0.95)
        truth = (added * ROWS, ROWS - int((1 - removed) * ROWS), share)
        for at, (estimate, true) in enumerate(
            zip((diff.added, diff.removed, diff.changed), truth, strict=True)
        ):
            assert estimate.lower <= estimate.value <= estimate.upper
            inside[2 * at] += estimate.lower <= true + 1e-9
            inside[2 * at + 1] += true <= estimate.upper + 1e-9
        values.append((diff.added.value, diff.changed.value))
        errors.append(diff.errors)
    # Three standard errors of 400 runs below 95 %.
    assert (inside / RUNS >= 0.95 - 3 * (0.95 * 0.05 / RUNS) ** 0.5).all()
    spread, stated = np.std(values, axis=0), np.sqrt(np.mean(np.square(errors), axis=0))
    for real, said in zip(spread, stated, strict=True):
        assert said == pytest.approx(real, rel=0.15, abs=1e-9) or real < said


def test_equal_tables_in_any_order_have_the_same_sketch():
    rng = np.random.default_rng(2)
    ids, contents = words(rng, 2_000), words(rng, 2_000)
    order = rng.permutation(2_000)
    one, other = sketch(ids, contents, KEY, K), sketch(ids[order], contents[order], KEY, K)
    assert (one.hashes == other.hashes).all()
    assert (one.contents == other.contents).all()
    diff = compare(one, other, 0.95)
    assert (diff.added.value, diff.removed.value, diff.changed.value) == (0, 0, 0)
    assert diff.added.upper > 0  # nothing seen is not nothing there


def test_tables_that_fit_are_counted_exactly():
    rows = np.array([1, 1, 1, 2, 3], np.uint64)
    other = np.array([1, 2, 2, 4], np.uint64)
    diff = compare(sketch(rows, None, KEY, K), sketch(other, None, KEY, K), 0.95)
    assert diff.removed.interval == (3, 3)
    assert diff.added.interval == (2, 2)
    assert diff.changed is None
    assert diff.errors == (0, 0)


def test_tables_with_nothing_in_common_and_one_that_fits():
    rng = np.random.default_rng(3)
    diff = compare(sketch(words(rng, 5_000), None, KEY, K), sketch(words(rng, 10), None, KEY, K), 0.95)  # fmt: skip
    assert (diff.removed.value, diff.added.value) == (5_000, 10)
    assert diff.removed.lower >= 5_000 - 10


def test_without_the_key_a_row_cannot_be_looked_up():
    rows = words(np.random.default_rng(4), 300)
    one, other = sketch(rows, None, KEY, K), sketch(rows, None, b"o" * 16, K)
    assert not np.isin(one.hashes, other.hashes).any()
