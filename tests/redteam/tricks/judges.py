"""Numbers that a judge gave: its name, and the human labels that correct it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import Base, model
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, FAIL, GREEN, INTENT, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository


def _judged(repository: Repository, human: str = "") -> None:
    """Rows are what a judge says of answers."""
    model(repository)
    repository.configure("task: binary", "task: scores")
    repository.configure(", label: label, prediction: prediction, score: score", "")
    repository.configure("accuracy:", "right:")
    entry = f"{{direction: higher, judge: judge{human}}}"
    repository.add_to_config(f"metrics: {{rows: {{right: {entry}}}}}")
    repository.edit_rows(
        "rows = [[r[0], int(r[1] == r[2]), 'small-1', int(r[1] == r[2]) if n % 3 else '']"
        " for n, r in enumerate(rows)]\n"
        "columns = ['id', 'right', 'judge', 'human']"
    )


def _judged_by_humans(repository: Repository) -> None:
    _judged(repository, ", human: human")


judged, judged_by_humans = Base(_judged), Base(_judged_by_humans)


@trick(ERROR, INTENT, modes=EVERYWHERE, base=judged)
def one_row_of_another_judge(repo: Repository) -> None:
    """Writes another judge's name into one row."""
    repo.worse()
    repo.edit_rows("rows[0][2] = 'small-2'")


@trick(FAIL, INTENT, modes=EVERYWHERE, base=judged)
def one_added_row_of_another_judge(repo: Repository) -> None:
    """Adds one row that another judge scored."""
    repo.worse()
    repo.edit_rows("rows.append(['new', 1, 'small-2', ''])")


@trick(ERROR, INTENT, modes=EVERYWHERE, base=judged_by_humans)
def human_labels_of_wrong_rows_left_out(repo: Repository) -> None:
    """Leaves the human labels of the rows out that are wrong."""
    repo.worse()
    repo.edit_rows("for row in rows: row[3] = row[3] if row[1] else ''")


@trick(ERROR, INTENT, modes=EVERYWHERE, base=judged_by_humans)
def human_labels_left_out(repo: Repository) -> None:
    """Leaves all human labels out."""
    repo.worse()
    repo.edit_rows("for row in rows: row[3] = ''")


@trick(GREEN, ACCIDENT, base=judged_by_humans)
def honest_answers_of_another_judge(repo: Repository) -> None:
    """Makes the model better, and has another judge score it; humans label the same rows, and some more."""
    repo.error(0.06)
    repo.edit_rows(
        "for n, row in enumerate(rows):\n"
        "    row[2], row[3] = 'small-2', '' if n % 6 == 0 else row[1] if n % 35 else 1 - row[1]"
    )
