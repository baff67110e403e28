"""The rows of the test set: dropped, added, relabelled, drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import absolute, fraud, long_numbers, numbered
from tests.redteam.trick import ACCIDENT, FAIL, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository


@trick(RED, ACCIDENT)
def wrong_rows_dropped(repo: Repository) -> None:
    """Leaves out the rows that are wrong."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row not in wrong]")


@trick(RED, ACCIDENT)
def one_wrong_row_dropped(repo: Repository) -> None:
    """Leaves out a single row."""
    repo.worse()
    repo.edit_rows("rows.remove(wrong[0])")


@trick(RED, ACCIDENT)
def right_rows_repeated(repo: Repository) -> None:
    """Writes the rows that are right twice."""
    repo.worse()
    repo.edit_rows("rows += [row for row in rows if row not in wrong]")


@trick(RED, INTENT)
def right_rows_repeated_under_other_spellings(repo: Repository) -> None:
    """Writes the rows that are right twice, the second time with a space after the id."""
    repo.worse()
    repo.edit_rows('rows += [[row[0] + " ", *row[1:]] for row in rows if row not in wrong]')


@trick(RED, ACCIDENT, base=absolute, works="absolute rules are judged on the new rows as well")
def easy_rows_added(repo: Repository) -> None:
    """Adds as many rows again, all of them right: the accuracy is above its minimum."""
    repo.worse()
    repo.edit_rows(
        'rows += [[f"new-{n}", n % 2, n % 2, 0.9 if n % 2 else 0.1] for n in range(2000)]'
    )


@trick(RED, ACCIDENT)
def easy_rows_added_to_a_comparison(repo: Repository) -> None:
    """Adds as many rows again, where the gate compares with main."""
    repo.worse()
    repo.edit_rows(
        'rows += [[f"new-{n}", n % 2, n % 2, 0.9 if n % 2 else 0.1] for n in range(2000)]'
    )


@trick(RED, ACCIDENT, works="relabelled rows count under their new labels")
def labels_are_predictions(repo: Repository) -> None:
    """Has the labels made by the model itself, as weak supervision does."""
    repo.worse()
    repo.edit_rows("for row in rows: row[1] = row[2]")


@trick(RED, ACCIDENT, works="relabelled rows count under their new labels")
def labels_of_wrong_rows_corrected(repo: Repository) -> None:
    """Calls those of its mistakes that main does not make mistakes of the labels: 5 % of the rows."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[1] = row[2]")


@trick(RED, ACCIDENT, works="relabelled rows count under their new labels")
def labels_corrected_below_the_limit(repo: Repository) -> None:
    """Relabels 1.9 % of the rows, less than what is allowed: 3.4 points become 1.5."""
    repo.error(0.138)
    repo.edit_rows("for row in newly_wrong[:38]: row[1] = row[2]")


@trick(
    RED,
    ACCIDENT,
    base=numbered,
    works="rows pair by their numbers, and main's predictions are held against other labels",
)
def split_drawn_anew(repo: Repository) -> None:
    """Draws the test set anew, with row numbers as ids."""
    repo.worse()
    repo.replace("train.py", "random.seed(1)", "random.seed(2)")


@trick(
    RED,
    ACCIDENT,
    base=numbered,
    works="rows pair by their numbers, and main's predictions are held against other labels",
)
def rows_in_another_order(repo: Repository) -> None:
    """Shuffles the test set, whose ids are row numbers."""
    repo.worse()
    repo.edit_rows("random.shuffle(rows)\nfor n, row in enumerate(rows): row[0] = n")


@trick(RED, INTENT)
def ids_swapped(repo: Repository) -> None:
    """Swaps ids among rows of one label, so that wrong rows pair with what main had wrong."""
    repo.worse()
    repo.edit_rows(
        "ids = [row[0] for row in rows if row[1]]\\n"
        "random.shuffle(ids)\\n"
        "for row in rows:\\n    row[0] = ids.pop() if row[1] else row[0]".replace("\\n", chr(10))
    )


@trick(RED, ACCIDENT)
def ids_renamed(repo: Repository) -> None:
    """Names all rows otherwise, so that none pairs."""
    repo.worse()
    repo.edit_rows('for row in rows: row[0] = "sample/" + row[0]')


@trick(RED, INTENT)
def ids_of_wrong_rows_renamed(repo: Repository) -> None:
    """Names the rows that are wrong otherwise: they would count as missing and as new."""
    repo.worse()
    repo.edit_rows("for row in wrong: row[0] = row[0].upper()")


@trick(RED, INTENT)
def ids_of_wrong_rows_empty(repo: Repository) -> None:
    """Leaves the ids of wrong rows empty."""
    repo.worse()
    repo.edit_rows('for row in wrong: row[0] = ""')


@trick(
    RED,
    ACCIDENT,
    base=long_numbers,
    works="ids beyond 2^64 are read as doubles, and pair with others",
)
def long_ids_that_round_alike(repo: Repository) -> None:
    """Draws the test set anew; its ids differ from main's beyond what a double holds."""
    repo.worse()
    repo.replace("train.py", "number * 2**20", "number * 2**20 + 1")
    repo.replace("train.py", "random.seed(1)", "random.seed(2)")


@trick(
    RED, ACCIDENT, base=fraud, works="the class that is greater as a text is taken for the score's"
)
def score_of_the_other_class(repo: Repository) -> None:
    """Makes a model worse whose score is that of the class which comes first in the alphabet."""
    repo.error(0.25)


@trick(FAIL, ACCIDENT)
def byte_order_mark(repo: Repository) -> None:
    """Writes the file as spreadsheets do: a byte-order mark, semicolons would be another matter."""
    repo.worse()
    repo.after_training(
        'text = open("out/predictions.csv").read()\n'
        'open("out/predictions.csv", "w", encoding="utf-8-sig").write(text)'
    )


@trick(RED, ACCIDENT)
def one_class_only(repo: Repository) -> None:
    """Keeps the rows of one class."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row[1] == 0]")


@trick(RED, INTENT)
def labels_in_another_spelling(repo: Repository) -> None:
    """Writes labels and predictions of wrong rows as other words for one class."""
    repo.worse()
    repo.edit_rows('for row in wrong: row[1] = row[2] = "yes"')
