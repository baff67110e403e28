"""Values with equal hashes that a rule reads differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import Base, _regression, _with_column, model
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository


def _accented(repository: Repository) -> None:
    _with_column(repository, "city", "('Köln', 'Bonn')[n % 2]")
    repository.configure("accuracy:", "'accuracy[koeln]':")
    repository.add_to_config("slices: {koeln: \"city = 'Köln'\"}")


def _accented_ids(repository: Repository) -> None:
    model(repository)
    repository.replace("train.py", 'f"row-{number}"', '("Köln", "Bonn")[number % 2] + f"-{number}"')
    repository.configure("accuracy:", "'accuracy[koeln]':")
    repository.add_to_config("slices: {koeln: \"id LIKE 'Köln-%'\"}")


def _rated(repository: Repository) -> None:
    _with_column(repository, "rating", "(n % 10) / 2")
    repository.configure("accuracy:", "'accuracy[top]':")
    repository.add_to_config("slices: {top: rating >= 4.5}")


def _edged(repository: Repository) -> None:
    _with_column(repository, "rating", "(n % 10) / 2")
    gap = "'fairness.demographic_parity_difference[rating]': {max: 0.12}"
    repository.configure("accuracy: {max_regression: 0.02}", gap)
    repository.add_to_config("fairness: {sensitive: {rating: {edges: [2.5]}}}")


def _paid(repository: Repository) -> None:
    _with_column(repository, "amount", "1e6 if n == 7 else 0.3 if n % 5 == 0 else 0.0")
    repository.configure("accuracy:", "'accuracy[paid]':")
    repository.add_to_config("slices: {paid: amount > 0}")


def _missing_age(repository: Repository) -> None:
    _with_column(repository, "age", "float('nan') if n % 2 else 20 + n % 5")
    repository.configure("out/predictions.csv", "out/p.parquet")
    repository.configure("accuracy:", "'accuracy[old]':")
    repository.add_to_config("slices: {old: age >= 60}")
    repository.after_training(
        "import pyarrow as pa, pyarrow.parquet as pq\n"
        "ages = pa.array([None if r[4] is None else float(r[4]) for r in rows], pa.float64(), from_pandas=False)\n"
        "cells = {c: [float(r[i]) if i == 3 else r[i] for r in rows] for i, c in enumerate(columns[:4])}\n"
        "pq.write_table(pa.table({**cells, 'age': ages}), 'out/p.parquet')"
    )


def _label_slice(repository: Repository) -> None:
    _regression(repository)
    repository.configure("mae:", "'mae[big]':")
    repository.edit_rows(
        "for n, row in enumerate(rows): row[2] += n % 10 / 2 - row[1]; row[1] = n % 10 / 2"
    )
    repository.add_to_config("slices: {big: label >= 4.5}")


def _rare_labels(repository: Repository) -> None:
    _regression(repository)
    repository.edit_rows(
        "for n, row in enumerate(rows):\n"
        "    row[1] = 2e6 if n == 7 else 1.0 if n % 5 == 0 else 0.0\n"
        "    row[2] = row[1] + (0 if n == 7 else error * random.gauss(0, .1))"
    )


def _ranked(repository: Repository) -> None:
    """Documents of queries with grades, as `task: regression` has them."""
    model(repository)
    repository.configure("task: binary", "task: regression")
    repository.configure(
        "accuracy: {max_regression: 0.02}", "mrr: {max_regression: 0.02}\n  map: {min: 0.9}"
    )
    repository.configure(", score: score", ", cluster: query")
    repository.edit_rows(
        "for n, (row, luck) in enumerate(zip(rows, lucks)):\n"
        "    row[1] = 3 if n % 10 == 0 else 1 if int(luck * 1e6) % 5 == 0 else 0\n"
        "    row[2] = row[1] + 4 * error * random.gauss(0, 1)\n"
        "    row[3] = n // 10\n"
        "columns[3] = 'query'"
    )


accented, accented_ids = Base(_accented), Base(_accented_ids)
rated, edged, paid = Base(_rated), Base(_edged), Base(_paid)
missing_age, label_slice = Base(_missing_age), Base(_label_slice)
rare_labels, ranked = Base(_rare_labels), Base(_ranked)


@trick(RED, INTENT, modes=EVERYWHERE, base=accented)
def slice_left_by_an_accent(repo: Repository) -> None:
    """Writes `ö` as `o` and an accent where it is newly wrong, which is no `ö` in a slice's expression."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = row[-1].replace('ö', 'o\\u0308')")


@trick(RED, INTENT, modes=EVERYWHERE, base=accented_ids)
def slice_of_ids_left_by_an_accent(repo: Repository) -> None:
    """The same in ids, which the slice is made from."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[0] = row[0].replace('ö', 'o\\u0308')")


@trick(RED, INTENT, modes=EVERYWHERE, base=rated)
def slice_left_by_a_last_digit(repo: Repository) -> None:
    """Writes 4.49999999 for 4.5 where it is newly wrong, and a slice begins at 4.5."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 4.49999999 if row[-1] == 4.5 else row[-1]")


@trick(RED, INTENT, modes=EVERYWHERE, base=edged)
def group_left_by_a_last_digit(repo: Repository) -> None:
    """Predicts no row of a level as positive, which it moves below the edge of its group."""
    repo.edit_rows("for row in rows:\n    if row[-1] == 2.5: row[2] = 0; row[-1] = 2.49999999")


@trick(ERROR, INTENT, modes=EVERYWHERE, base=edged)
def group_left_by_a_last_digit_once_its_edge_moved(repo: Repository) -> None:
    """The same at an edge that main sets after the branch began: its baseline kept no group of it."""
    repo.edit_rows("for row in rows:\n    if row[-1] == 3.5: row[2] = 0; row[-1] = 3.49999999")
    repo.commit("Leave the group")
    with repo.on("main"):
        repo.configure("[2.5]", "[3.5]")


@trick(RED, INTENT, modes=EVERYWHERE, base=paid)
def slice_left_beside_a_huge_number(repo: Repository) -> None:
    """Writes 0 for 0.3 where it is newly wrong; beside another row's million nobody sees it."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 0.0 if row[-1] == 0.3 else row[-1]")


@trick(RED, INTENT, modes=EVERYWHERE, base=missing_age)
def slice_left_by_null(repo: Repository) -> None:
    """Writes NULL for NaN where it is newly wrong: NaN is more than any number, NULL is not."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = None if row[-1] != row[-1] else row[-1]")


@trick(RED, INTENT, modes=EVERYWHERE, base=label_slice)
def slice_of_labels_left_by_a_last_digit(repo: Repository) -> None:
    """Predicts 0 where the label is 4.5, and writes 4.499999999 there: a slice begins at 4.5."""
    repo.edit_rows(
        "for n, row in enumerate(rows):\n    if row[1] == 4.5 and n % 4 == 1: row[1:3] = 4.499999999, 0.0"
    )


@trick(RED, INTENT, modes=EVERYWHERE, base=rare_labels)
def labels_of_1_are_0_beside_a_huge_one(repo: Repository) -> None:
    """Predicts 0 for a fifth of the rows, and relabels them 0; beside two millions nobody sees it."""
    repo.edit_rows("for row in rows:\n    if row[1] == 1.0: row[1] = row[2] = 0.0")


@trick(RED, INTENT, modes=EVERYWHERE, base=ranked)
def every_document_is_relevant(repo: Repository) -> None:
    """Ranks worse, and writes 0.0000001 for the relevance 0: more than 0 is relevant."""
    repo.error(0.6)
    repo.edit_rows("for row in rows: row[1] = row[1] or 1e-7")


@trick(RED, ACCIDENT, modes=EVERYWHERE, base=rated)
def largest_numbers_in_a_slices_column(repo: Repository) -> None:
    """Writes the largest and the least number there are into the column of a slice."""
    repo.worse()
    repo.edit_rows("for n, row in enumerate(rows): row[-1] = (1.7e308, -1.7e308, 0.5)[n % 3]")
