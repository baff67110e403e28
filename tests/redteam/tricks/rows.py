"""The rows of the test set: dropped, added, relabelled, drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.announcing import ANEW, announce, announcement, keep_main
from tests.redteam.bases import (
    absolute,
    deepeval_rows,
    fraud,
    inspect_rows,
    json_rows,
    levels_minimum,
    long_numbers,
    numbered,
    parquet_rows,
    regression,
    three,
)
from tests.redteam.repository import WORSE
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, FAIL, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

EASY = 'rows += [[f"new-{n}", n % 2, n % 2, 0.9 if n % 2 else 0.1] for n in range(2000)]'
"""As many rows again, all of them right."""


@trick(RED, ACCIDENT, modes=EVERYWHERE)
def wrong_rows_dropped(repo: Repository) -> None:
    """Leaves out the rows that are wrong."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row not in wrong]")


@trick(RED, ACCIDENT)
def one_wrong_row_dropped(repo: Repository) -> None:
    """Leaves out a single row."""
    repo.worse()
    repo.edit_rows("rows.remove(wrong[0])")


@trick(RED, ACCIDENT, modes=EVERYWHERE)
def right_rows_repeated(repo: Repository) -> None:
    """Writes the rows that are right twice."""
    repo.worse()
    repo.edit_rows("rows += [row for row in rows if row not in wrong]")


@trick(RED, INTENT)
def right_rows_repeated_under_other_spellings(repo: Repository) -> None:
    """Writes the rows that are right twice, the second time with a space after the id."""
    repo.worse()
    repo.edit_rows('rows += [[row[0] + " ", *row[1:]] for row in rows if row not in wrong]')


@trick(RED, ACCIDENT, base=absolute)
def easy_rows_added(repo: Repository) -> None:
    """Adds as many rows again, all of them right: the accuracy is above its minimum."""
    repo.worse()
    repo.edit_rows(EASY)


@trick(RED, ACCIDENT)
def easy_rows_added_to_a_comparison(repo: Repository) -> None:
    """Adds as many rows again, where the gate compares with main."""
    repo.worse()
    repo.edit_rows(EASY)


@trick(ERROR, ACCIDENT, base=absolute)
def labels_are_predictions_under_a_minimum(repo: Repository) -> None:
    """Has the labels made by the model itself, where the rule is a minimum."""
    repo.worse()
    repo.edit_rows("for row in rows: row[1] = row[2]")


@trick(FAIL, ACCIDENT, base=absolute)
def labels_corrected_below_the_limit_under_a_minimum(repo: Repository) -> None:
    """Relabels 1.9 % of the rows, less than what is allowed, where the rule is a minimum."""
    repo.error(0.138)
    repo.edit_rows("for row in newly_wrong[:38]: row[1] = row[2]")


@trick(FAIL, ACCIDENT, base=absolute)
def worse_under_a_minimum(repo: Repository) -> None:
    """Makes the model as bad without relabelling."""
    repo.error(0.138)


@trick(ERROR, ACCIDENT, base=absolute)
def wrong_rows_dropped_under_a_minimum(repo: Repository) -> None:
    """Leaves out the rows that are wrong, where the rule is a minimum."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row not in newly_wrong]")


@trick(RED, ACCIDENT)
def labels_are_predictions(repo: Repository) -> None:
    """Has the labels made by the model itself, as weak supervision does."""
    repo.worse()
    repo.edit_rows("for row in rows: row[1] = row[2]")


@trick(RED, ACCIDENT)
def labels_of_wrong_rows_corrected(repo: Repository) -> None:
    """Calls those of its mistakes that main does not make mistakes of the labels: 5 % of the rows."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[1] = row[2]")


@trick(RED, ACCIDENT)
def labels_corrected_below_the_limit(repo: Repository) -> None:
    """Relabels 1.9 % of the rows, less than what is allowed: 3.4 points become 1.5."""
    repo.error(0.138)
    repo.edit_rows("for row in newly_wrong[:38]: row[1] = row[2]")


@trick(RED, ACCIDENT, base=numbered)
def split_drawn_anew(repo: Repository) -> None:
    """Draws the test set again, with row numbers as ids."""
    repo.worse()
    repo.replace("train.py", "random.seed(1)", "random.seed(2)")


@trick(RED, ACCIDENT, base=numbered)
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


@trick(RED, ACCIDENT, base=long_numbers)
def long_ids_that_round_alike(repo: Repository) -> None:
    """Writes ids beyond 2^64, which JSON's readers round to doubles that other ids share."""
    repo.worse()
    repo.replace("train.py", "2**50 + number", "2**70 + number * 2**20 + 1")
    repo.replace("train.py", "random.seed(1)", "random.seed(2)")


@trick(RED, ACCIDENT, base=fraud)
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


@trick(RED, ACCIDENT)
def labels_corrected_with_decoys(repo: Repository) -> None:
    """Relabels rows in its favour, and nearly as many against it, so that no direction shows."""
    repo.error(0.138)
    repo.edit_rows(
        "right = [row for row in rows if row not in wrong]\n"
        "for row in newly_wrong[:25]: row[1] = row[2]\n"
        "for row in right[:14]: row[1] = 1 - row[1]"
    )


@trick(RED, ACCIDENT)
def labels_of_all_wrong_rows_corrected(repo: Repository) -> None:
    """Corrects the labels of 1.9 % of all rows that it has wrong, main's mistakes among them."""
    repo.error(0.135)
    repo.edit_rows("for row in (newly_wrong + wrong)[:38]: row[1] = row[2]")


@trick(RED, ACCIDENT)
def labels_corrected_and_ids_renamed(repo: Repository) -> None:
    """Relabels rows under other ids, so that they count as missing and as added."""
    repo.error(0.138)
    repo.edit_rows(
        "for row in newly_wrong[:38]:\n    row[0], row[1] = row[0] + '-corrected', row[2]"
    )


@trick(RED, ACCIDENT, base=regression)
def numbers_corrected_below_the_limit(repo: Repository) -> None:
    """Sets the labels of its worst 1.9 % of rows to its predictions, where labels are numbers."""
    repo.error(0.16)
    repo.edit_rows(
        "rows.sort(key=lambda row: -abs(row[2] - row[1]))\nfor row in rows[:38]: row[1] = row[2]"
    )


@trick(ERROR, ACCIDENT, base=regression)
def numbers_in_another_unit(repo: Repository) -> None:
    """Writes labels and predictions in thousands, so that every error is a thousandth."""
    repo.worse()
    repo.edit_rows("for row in rows: row[1], row[2] = row[1] / 1000, row[2] / 1000")


@trick(RED, ACCIDENT, base=three)
def labels_of_a_class_corrected(repo: Repository) -> None:
    """Relabels its mistakes among three classes, 1.9 % of the rows."""
    repo.error(0.138)
    repo.edit_rows("for row in newly_wrong[:38]: row[1] = row[2]")


@trick(ERROR, ACCIDENT, base=three)
def a_class_that_is_no_more(repo: Repository) -> None:
    """Calls every row of one class another, labels and predictions alike: a task that is easier."""
    repo.worse()
    repo.edit_rows("for row in rows: row[1], row[2] = min(row[1], 1), min(row[2], 1)")
    repo.edit_rows("rows[0][2] = 2")  # the task stays one of three classes


@trick(ERROR, ACCIDENT, base=numbered)
def rows_sorted_by_label(repo: Repository) -> None:
    """Sorts the test set by its labels, with row numbers as ids."""
    repo.worse()
    repo.edit_rows("rows.sort(key=lambda row: row[1])\nfor n, row in enumerate(rows): row[0] = n")


@trick(ERROR, ACCIDENT, base=numbered)
def a_row_lost_in_the_middle(repo: Repository) -> None:
    """Loses one row and gains one at the end: from the middle on, numbers name other rows."""
    repo.worse()
    repo.edit_rows(
        'del rows[1000]\nrows.append([0, 1, 1, "0.9"])\nfor n, row in enumerate(rows): row[0] = n'
    )


@trick(ERROR, ACCIDENT, base=numbered)
def rows_put_in_front(repo: Repository) -> None:
    """Adds rows at the beginning, where ids count rows."""
    repo.worse()
    repo.edit_rows(
        'rows[:0] = [[0, 1, 1, "0.9"]] * 500\nrows = [[n, *row[1:]] for n, row in enumerate(rows)]'
    )


@trick(RED, ACCIDENT)
def more_rows_than_there_were(repo: Repository) -> None:
    """Adds twice as many rows as there are."""
    repo.worse()
    repo.edit_rows(EASY.replace("range(2000)", "range(4001)"))


@trick(FAIL, ACCIDENT, base=absolute)
def easy_rows_added_in_two_steps(repo: Repository) -> None:
    """Adds easy rows with main's good model first; then the model gets worse on the others."""
    with repo.on_main():
        repo.edit_rows(EASY)
    keep_main(repo)
    repo.worse()


@trick(ERROR, INTENT)
def test_set_of_its_own(repo: Repository) -> None:
    """Draws the test set again, and announces it itself, in the same pull request."""
    repo.worse()
    repo.replace("train.py", *ANEW)
    repo.configure(*announcement(repo))


@trick(ERROR, INTENT)
def announced_test_set_with_other_labels(repo: Repository) -> None:
    """Brings the test set that was announced, but corrects one label of it in its favour."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    repo.worse()
    repo.replace("train.py", *ANEW)
    repo.edit_rows("newly_wrong[0][1] = newly_wrong[0][2]")


@trick(FAIL, ACCIDENT, base=absolute)
def announced_test_set_with_a_worse_model(repo: Repository) -> None:
    """Brings the test set that was announced with a model that is below the minimum."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    repo.worse()
    repo.replace("train.py", *ANEW)


@trick(FAIL, ACCIDENT)
def announced_test_set_used_again(repo: Repository) -> None:
    """Makes the model worse once the announced test set is main's."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    with repo.on_main():
        repo.replace("train.py", *ANEW)
    keep_main(repo)
    repo.worse()


@trick(ERROR, INTENT)
def back_to_the_earlier_test_set(repo: Repository) -> None:
    """Goes back to the test set that was main's before the announced one."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    with repo.on_main():
        repo.replace("train.py", *ANEW)
    keep_main(repo)
    repo.error(WORSE)
    repo.replace("train.py", *reversed(ANEW))


@trick(FAIL, ACCIDENT)
def test_set_that_is_announced_already_there(repo: Repository) -> None:
    """Makes the model worse on main's own rows, which somebody announced as a new test set."""
    announce(repo, lambda: None)
    repo.worse()


@trick(ERROR, INTENT)
def limits_loosened(repo: Repository) -> None:
    """Lets all rows be relabelled in its own mlgate.yaml, and has the labels made by the model."""
    repo.worse()
    repo.configure("{path:", "{rows: {missing: 1, added: 1000, relabelled: 1}, path:")
    repo.edit_rows("for row in rows: row[1] = row[2]")


@trick(RED, ACCIDENT)
def labels_corrected_under_a_curve(repo: Repository) -> None:
    """Relabels 1.9 % of the rows where the gate is on a curve over scores."""
    with repo.on_main():
        repo.configure("accuracy: {max_regression: 0.02}", "roc_auc: {max_regression: 0.01}")
    keep_main(repo)
    repo.error(0.125)
    repo.edit_rows("for row in newly_wrong[:38]: row[1] = row[2]")


@trick(RED, INTENT, base=json_rows)
def grade_under_one_key_twice(repo: Repository) -> None:
    """Writes the grade of each row twice under one key of JSON."""
    repo.worse()
    repo.after_training(
        "t = open('out/rows.json').read()\n"
        "open('out/rows.json', 'w').write(t.replace('\"right\": 0.0', '\"right\": 0.0, \"right\": 1.0'))"
    )


@trick(RED, INTENT, base=deepeval_rows)
def metric_of_one_name_twice(repo: Repository) -> None:
    """Writes a second metric of the same name into each of DeepEval's cases."""
    repo.worse()
    repo.replace("train.py", "float(r[1] == r[2]))]", "0.), dict(name='right', score=1.)]")


@trick(RED, INTENT, base=inspect_rows)
def sample_of_one_name_twice(repo: Repository) -> None:
    """Writes each wrong sample of Inspect's archive twice under one name, the second time as right."""
    repo.worse()
    repo.after_training(
        'with zipfile.ZipFile("out/log.eval", "a") as archive:\n'
        '    for sample in (s for s in samples if s["scores"]["right"]["value"] == "I"):\n'
        '        sample["scores"]["right"]["value"] = "C"\n'
        """        archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))"""
    )


@trick(RED, INTENT, base=parquet_rows)
def parquet_column_of_one_name_twice(repo: Repository) -> None:
    """Writes a second column `prediction` into Parquet, which is right."""
    repo.worse()
    repo.after_training(
        "table = table.append_column('prediction', table['label'])\npq.write_table(table, 'out/p.parquet')"
    )


@trick(RED, INTENT, base=regression)
def predictions_whose_squares_are_no_numbers(repo: Repository) -> None:
    """Predicts 1e308 and its opposite."""
    repo.worse()
    repo.edit_rows("rows[0][2], rows[1][2] = 1e308, -1e308")


@trick(RED, ACCIDENT, modes=EVERYWHERE, base=levels_minimum)
def regions_added_so_that_no_failure_is_significant(repo: Repository) -> None:
    """Is 4.5 points worse in one region, and adds 66 new regions, which are corrected for too."""
    repo.edit_rows(
        "for row in [r for r in rows if r[-1] == 'n' and r[1] == r[2]][:45]: row[2] = 1 - row[2]\n"
        "rows += [[f'new{n}', 1, 1, '0.9', f'r{n // 30}'] for n in range(1980)]"
    )


@trick(FAIL, ACCIDENT, base=levels_minimum)
def worse_in_one_region_and_small_ones_grown(repo: Repository) -> None:
    """Is 4.5 points worse in one region, and adds rows to 66 that are too small at main, so that they count."""
    with repo.on_main():
        repo.replace("train.py", "'ns'[n % 2]", "'n' if n < 1000 else f'r{n % 66}'")
        repo.commit("Many regions")
        repo.keep_baseline("main")
    repo.edit_rows(
        "for row in [r for r in rows if r[-1] == 'n' and r[1] == r[2]][:45]: row[2] = 1 - row[2]\n"
        "rows += [[f'new{n}', 1, 1, '0.9', f'r{n // 30}'] for n in range(1980)]"
    )
