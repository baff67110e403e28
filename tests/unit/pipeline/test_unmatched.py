"""Test sets whose rows cannot be matched."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.gates.row_limits import problem
from mlgate.inputs.label_bounds import Confusion, differing_at_least
from mlgate.model.evidence import RowCounts
from mlgate.model.policy import RowLimits
from mlgate.model.rows import Rows

UNMATCHED = RowCounts(paired=0, added=10, missing=10, unmatched="no_rows")


def rows(*codes: int) -> Rows:
    y = np.array(codes, dtype=np.int32)
    return Rows("binary", y, y, None, ("0", "1"), 1)


@pytest.mark.parametrize("key", ["missing", "added", "relabelled"])
def test_unmatched_rows_are_an_error_unless_all_may_differ(key: str) -> None:
    every = RowLimits(missing=1, added=1, relabelled=1)
    assert problem(UNMATCHED, every, "main") is None
    found = problem(UNMATCHED, every.model_copy(update={key: 0.99}), "main")
    assert found is not None
    assert "the baseline keeps no rows" in found.reason


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((0, 0, 1, 1), None),
        ((0, 1, 1, 1), (0, 0, 1)),
        ((0, 0, 1), (1, 0, 0)),
        ((0, 0, 1, 1, 1), (0, 1, 0)),
    ],
)
def test_earlier_baselines_bound_how_far_rows_differ(
    codes: tuple[int, ...], expected: tuple[int, int, int] | None
) -> None:
    counts = differing_at_least(rows(*codes), 4, Confusion(("0", "1"), ((1, 1), (0, 2))))
    assert expected == (counts and (counts.missing, counts.added, counts.relabelled))
