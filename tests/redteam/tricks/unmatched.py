"""Rows that nobody can match: predictions without ids, and baselines that keep no rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.redteam.bases import handed, without_ids, without_ids_minimum, without_rows
from tests.redteam.trick import (
    ACCIDENT,
    ERROR,
    EVERYWHERE,
    FAIL,
    GREEN,
    INTENT,
    PLAYED,
    Mode,
    trick,
)

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

SINGLE, NUMBERS = (Mode.SINGLE,), (Mode.EVIDENCE, Mode.FORK)
HANDED = (Mode.EVIDENCE,)
ALL_LABELS = "for row in rows: row[1] = row[2]"
DROPPED = "rows = [row for row in rows if row not in newly_wrong]"
EASY = (
    "easy = [row for row in rows if row[1] == row[2]][: len(newly_wrong)]\n"
    "rows = [row for row in rows if row not in newly_wrong]\n"
    "rows += [[row[0] + 'b', *row[1:]] for row in easy]"
)
SHUFFLED = "random.shuffle(rows)"


def _redraw(repo: Repository) -> None:
    repo.worse()
    repo.replace("train.py", "random.seed(1)", "random.seed(2)")


@trick(ERROR, ACCIDENT, modes=EVERYWHERE, base=without_ids)
def all_labels_without_ids(repo: Repository) -> None:
    """Makes the labels what a worse model predicts, where rows have no ids."""
    repo.worse()
    repo.edit_rows(ALL_LABELS)


@trick(ERROR, ACCIDENT, modes=SINGLE, base=without_ids)
def some_labels_without_ids(repo: Repository) -> None:
    """Relabels the rows that a worse model gets wrong, where rows have no ids."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[1] = row[2]")


@trick(ERROR, ACCIDENT, modes=SINGLE, base=without_ids_minimum)
def some_labels_without_ids_under_a_minimum(repo: Repository) -> None:
    """Relabels the rows that a worse model gets wrong, where rows have no ids and the gate is a minimum."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[1] = row[2]")


@trick(ERROR, ACCIDENT, modes=(Mode.SINGLE, Mode.FORK), base=without_ids)
def wrong_rows_dropped_without_ids(repo: Repository) -> None:
    """Drops the rows that a worse model gets wrong, where rows have no ids."""
    repo.worse()
    repo.edit_rows(DROPPED)


@trick(ERROR, ACCIDENT, modes=SINGLE, base=without_ids)
def easy_rows_without_ids(repo: Repository) -> None:
    """Has easy rows in the place of wrong ones, where rows have no ids."""
    repo.worse()
    repo.edit_rows(EASY)


@trick(ERROR, ACCIDENT, modes=SINGLE, base=without_ids)
def split_redrawn_without_ids(repo: Repository) -> None:
    """Draws another test set, where rows have no ids."""
    _redraw(repo)


@trick(ERROR, ACCIDENT, modes=EVERYWHERE, base=without_rows)
def all_labels_without_rows(repo: Repository) -> None:
    """Makes the labels what a worse model predicts, where baselines keep no rows."""
    repo.worse()
    repo.edit_rows(ALL_LABELS)


@trick(ERROR, ACCIDENT, modes=(Mode.TWO_JOBS, Mode.FORK), base=without_rows)
def wrong_rows_dropped_without_rows(repo: Repository) -> None:
    """Drops the rows that a worse model gets wrong, where baselines keep no rows."""
    repo.worse()
    repo.edit_rows(DROPPED)


@trick(ERROR, ACCIDENT, modes=SINGLE, base=without_rows)
def easy_rows_without_rows(repo: Repository) -> None:
    """Has easy rows in the place of wrong ones, where baselines keep no rows."""
    repo.worse()
    repo.edit_rows(EASY)


@trick(ERROR, ACCIDENT, modes=SINGLE, base=without_rows)
def split_redrawn_without_rows(repo: Repository) -> None:
    """Draws another test set, where baselines keep no rows."""
    _redraw(repo)


@trick(ERROR, ACCIDENT, modes=HANDED, base=handed)
def all_labels_with_main_handed_over(repo: Repository) -> None:
    """Makes the labels what a worse model predicts, where main's numbers were handed over too."""
    repo.worse()
    repo.edit_rows(ALL_LABELS)


@trick(ERROR, ACCIDENT, modes=HANDED, base=handed)
def wrong_rows_dropped_with_main_handed_over(repo: Repository) -> None:
    """Drops the rows that a worse model gets wrong, where main's numbers were handed over too."""
    repo.worse()
    repo.edit_rows(DROPPED)


@trick(ERROR, INTENT, modes=PLAYED)
def rows_of_the_baseline_deleted(repo: Repository) -> None:
    """Deletes the rows of main's baseline, and makes the labels what a worse model predicts."""
    repo.worse()
    repo.edit_rows(ALL_LABELS)
    repo.delete_at_origin("refs/mlgate/baselines/toy/*/rows")


def _without_digest(files: dict[str, bytes]) -> None:
    content = json.loads(files["evidence/compare.json"])
    del content["test_set_digest"]
    files["evidence/compare.json"] = json.dumps(content).encode()


@trick(ERROR, INTENT, modes=NUMBERS, base=without_rows, bundle=_without_digest)
def bundle_without_a_digest(repo: Repository) -> None:
    """Does not say which rows the numbers are of, and makes the labels what a worse model predicts."""
    repo.worse()
    repo.edit_rows(ALL_LABELS)


def _paired(files: dict[str, bytes]) -> None:
    content = json.loads(files["evidence/compare.json"])
    rows = {"paired": 2000, "added": 0, "missing": 0, "relabelled": 0}
    main = {"commit": content["commit"], "paired": True, "rows": rows}
    known = content["baselines"].get("main")
    content["baselines"] = {"main": (known or main) | {"paired": True, "rows": rows}}
    files["evidence/compare.json"] = json.dumps(content).encode()


@trick(ERROR, INTENT, modes=NUMBERS, base=without_rows, bundle=_paired)
def bundle_that_says_rows_were_matched(repo: Repository) -> None:
    """Says that all rows were matched, and makes the labels what a worse model predicts."""
    repo.worse()
    repo.edit_rows(ALL_LABELS)


@trick(FAIL, ACCIDENT, modes=(Mode.SINGLE, Mode.FORK), base=without_ids)
def much_worse_model_without_ids(repo: Repository) -> None:
    """Is a model 15 points worse, where rows have no ids."""
    repo.error(0.25)


@trick(GREEN, ACCIDENT, modes=EVERYWHERE, base=without_ids)
def honest_model_without_ids(repo: Repository) -> None:
    """Is a better model on the same rows, which have no ids."""
    repo.error(0.06)


@trick(GREEN, ACCIDENT, modes=EVERYWHERE, base=without_rows)
def honest_model_with_shuffled_rows(repo: Repository) -> None:
    """Is a better model, whose rows are in another order, where baselines keep no rows."""
    repo.error(0.06)
    repo.edit_rows(SHUFFLED)


@trick(GREEN, ACCIDENT, modes=HANDED, base=handed)
def honest_model_with_main_handed_over(repo: Repository) -> None:
    """Is a better model on the same rows, where main's numbers were handed over too."""
    repo.error(0.06)
