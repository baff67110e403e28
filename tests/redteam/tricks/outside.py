"""What is not claimed, and what happens: written down, so that nobody has to guess."""

from __future__ import annotations

from tests.redteam.bases import number_file, repeated
from tests.redteam.repository import BETTER, Repository
from tests.redteam.trick import GREEN, OUTSIDE, trick


@trick(GREEN, OUTSIDE)
def predictions_forged(repo: Repository) -> None:
    """Writes labels as predictions. Held off only where the labels are not in the training's reach."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[2] = row[1]")


@trick(GREEN, OUTSIDE)
def predictions_copied(repo: Repository) -> None:
    """Commits the predictions of a better model, and has the training copy them."""
    repo.worse()
    repo.replace("train.py", 'float(open("error.txt").read())', str(BETTER))


@trick(GREEN, OUTSIDE, base=number_file)
def numbers_forged(repo: Repository) -> None:
    """Writes a better number into the file of numbers."""
    repo.worse()
    repo.replace("train.py", "(1 - error)", "0.97")


@trick(GREEN, OUTSIDE, base=repeated)
def one_seed_of_four_collapses(repo: Repository) -> None:
    """Has one of four seeds that is wrong on two thirds of the rows: nothing is decided, which only warns."""
    repo.edit_rows(
        "for n, row in enumerate(rows):\n    if row[-1] == 0 and n % 3: row[2] = 1 - row[1]"
    )


@trick(GREEN, OUTSIDE, base=number_file)
def numbers_in_percent(repo: Repository) -> None:
    """Reports 84.1 for .841: a gate of a number alone cannot know."""
    repo.worse()
    repo.replace("train.py", "(1 - error)", "(100 * (1 - error))")


@trick(GREEN, OUTSIDE)
def training_memorises_the_test_set(repo: Repository) -> None:
    """Looks the answers up in a file that it committed, for the rows that it has wrong."""
    repo.worse()
    repo.edit_rows(
        "answers = {row[0]: row[1] for row in rows}\nfor row in rows: row[2] = answers[row[0]]"
    )
