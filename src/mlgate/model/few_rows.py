"""Below how many test rows no rule against main can block anything."""

from __future__ import annotations

from typing import Final

LARGE: Final = 1 / 3
"""A loss, as a share of all rows, that a rule has to block to be worth its name."""
FEWEST: Final = 31
"""The rows that block it: least n with m(n) + z √((L + d − L²) / n) ≤ L, L = `LARGE`.

m(n) is the margin that `first_gate.share_margin` gives n rows, d the share of rows on which two models differ
anyway, z the sum of the quantiles for the confidence and the power of 8 in 10 (tests/unit/config/test_scaffold.py).
"""


def nothing_blocked(rows: int) -> str:
    """Return that so few rows block nothing, and how many it takes."""
    return (
        f"with {rows:,} test row{'s' if rows != 1 else ''} nothing can be blocked with any certainty, not even "
        f"the loss of every third right answer; about {FEWEST} rows are needed"
    )
