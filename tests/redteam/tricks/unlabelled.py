"""Rows that may lack a label (`predictions.unlabelled`): the rows on which models differ decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import half_labelled
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, OUTSIDE, RED, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

LABEL_NEWLY_WRONG = "for row in newly_wrong: row[1] = labels[row[0]]"
CORRECTED = "corrected = wrong[:60]\nfor row in corrected: row[2] = labels[row[0]]"
"""Makes rows right that main has wrong."""


@trick(GREEN, ACCIDENT, base=half_labelled)
def better_model_with_the_labels_that_count(repo: Repository) -> None:
    """Is a better model, and has the labels of the rows on which it differs from main's."""
    repo.edit_rows(f"{CORRECTED}\nfor row in corrected: row[1] = labels[row[0]]")


@trick(FAIL, ACCIDENT, base=half_labelled)
def worse_model_with_the_labels_that_count(repo: Repository) -> None:
    """Is a worse model, and has the labels of the rows on which it differs from main's."""
    repo.worse()
    repo.edit_rows(LABEL_NEWLY_WRONG)


@trick(RED, ACCIDENT, base=half_labelled)
def no_label_is_added(repo: Repository) -> None:
    """Is a worse model, and labels no row on which it differs; what is undecided blocks there."""
    repo.worse()


@trick(ERROR, ACCIDENT, base=half_labelled)
def labels_of_wrong_rows_emptied(repo: Repository) -> None:
    """Empties the labels of the rows that became wrong."""
    repo.worse()
    repo.edit_rows('for row in newly_wrong: row[1] = ""')


@trick(ERROR, ACCIDENT, base=half_labelled)
def all_labels_emptied(repo: Repository) -> None:
    """Empties all labels."""
    repo.worse()
    repo.edit_rows('for row in rows: row[1] = ""')


@trick(ERROR, ACCIDENT, base=half_labelled)
def labels_emptied_within_the_limit_of_other_labels(repo: Repository) -> None:
    """Empties as many labels as may differ by `predictions.rows.relabelled`."""
    repo.worse()
    repo.edit_rows('for row in newly_wrong[:39]: row[1] = ""')


@trick(RED, ACCIDENT, base=half_labelled)
def labels_of_right_rows_alone(repo: Repository) -> None:
    """Makes some rows right and more wrong, and labels those that became right; what is undecided blocks there."""
    repo.worse()
    repo.edit_rows(f"{CORRECTED}\nfor row in corrected: row[1] = labels[row[0]]")


@trick(ERROR, ACCIDENT)
def unlabelled_rows_allowed_by_the_branch(repo: Repository) -> None:
    """Sets `predictions.unlabelled` itself, and empties the labels of the rows that became wrong."""
    repo.worse()
    repo.configure("score: score", "score: score, unlabelled: true")
    repo.edit_rows('for row in newly_wrong: row[1] = ""')


@trick(GREEN, OUTSIDE, base=half_labelled)
def labels_that_arrive_forged(repo: Repository) -> None:
    """Makes 80 rows without a label wrong, and labels them by its predictions. Held off by `predictions.labels`."""
    repo.edit_rows("for row in rows[1:160:2]: row[2] = row[1] = 1 - int(row[2])")
