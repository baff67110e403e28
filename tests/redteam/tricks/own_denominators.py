"""Rates over rows that the model itself chooses: predicted positives, and groups that it never predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import grouped_rates, precision
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

NOBODY = "for row in rows:\n  if row[4] == 'c': row[2], row[3] = 0, '0.1'\n"
EVERYBODY = "for row in rows:\n  if row[4] == 'c': row[2], row[3] = 1, '0.9'\n"
WRONG = (
    "for row in [r for r in rows if r[4] == 'c' and r[1] == 0][:{}]: row[2], row[3] = 1, '0.9'\n"
)
PARITY = "'fairness.predictive_parity_difference[sex]'"


def _gate(repo: Repository, name: str, rule: str) -> None:
    """Let main judge by another rule on groups."""
    with repo.on_main():
        repo.configure(f"{PARITY}: {{max: 0.12}}", f"{name}: {rule}")


@trick(FAIL, ACCIDENT, base=grouped_rates)
def precision_of_a_group_lost(repo: Repository) -> None:
    """Predicts 100 of a group wrongly as positive: the gap to the others is too large."""
    repo.edit_rows(WRONG.format(100))


@trick(ERROR, ACCIDENT, base=grouped_rates)
def group_predicted_hardly_at_all(repo: Repository) -> None:
    """Predicts 20 of a group as positive, all wrongly: too few for the gap to the others."""
    repo.edit_rows(NOBODY + WRONG.format(20))


@trick(ERROR, ACCIDENT, base=grouped_rates)
def group_never_predicted(repo: Repository) -> None:
    """Predicts nobody of a group as positive, which has no precision then."""
    repo.edit_rows(NOBODY)


@trick(ERROR, ACCIDENT, base=grouped_rates)
def group_never_predicted_against_main(repo: Repository) -> None:
    """The same, where the gap may not grow: the rounded variance of the others was below 0."""
    _gate(repo, PARITY, "{max_regression: 0.03}")
    repo.edit_rows(NOBODY)


@trick(ERROR, ACCIDENT, base=grouped_rates)
def group_always_predicted(repo: Repository) -> None:
    """Predicts everybody of a group as positive, and has no negative predictive value of it."""
    _gate(repo, "'fairness.npv_difference[sex]'", "{max: 0.12, max_regression: 0.03}")
    repo.edit_rows(EVERYBODY)


@trick(ERROR, ACCIDENT, base=grouped_rates)
def ratio_without_a_group(repo: Repository) -> None:
    """Predicts nobody of a group as positive, where the least ratio of precisions counts."""
    _gate(repo, "'fairness.predictive_parity_ratio[sex]'", "{min: 0.8}")
    repo.edit_rows(NOBODY)


@trick(ERROR, ACCIDENT, base=grouped_rates)
def precision_of_one_group_on_few_rows(repo: Repository) -> None:
    """Predicts 20 of a group as positive, all wrongly, where the group's precision has a minimum."""
    _gate(repo, "'fairness.precision[sex=c]'", "{min: 0.7}")
    repo.edit_rows(NOBODY + WRONG.format(20))


@trick(ERROR, ACCIDENT, base=precision)
def precision_on_three_rows(repo: Repository) -> None:
    """Predicts three rows as positive, one wrongly: 28 points of accuracy less, and no precision to judge."""
    code = (
        "for row in rows: row[2], row[3] = 0, '0.1'\n"
        "some = [r for r in rows if r[1] == 1][:2] + [r for r in rows if r[1] == 0][:1]\n"
        "for row in some: row[2], row[3] = 1, '0.9'"
    )
    repo.edit_rows(code)


@trick(GREEN, ACCIDENT, base=grouped_rates)
def honest_group_predicted_a_little_less(repo: Repository) -> None:
    """Predicts a quarter less of a group as positive, and is as right on the others."""
    repo.edit_rows("for row in [r for r in rows if r[4] == 'c' and r[2] == 1][::4]: row[2] = 0")
