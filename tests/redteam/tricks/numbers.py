"""Numbers that are none, and files of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import (
    csv_numbers,
    fraud,
    graded,
    graded_strictly,
    number_file,
    precision,
    regression,
    samples,
    squared,
    third_squared,
    three,
    yaml_numbers,
)
from tests.redteam.repository import BETTER
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

WRITE = 'open("out/metrics.json", "w").write(\'{"accuracy": %s}\' % (1 - error))'


def _says(repo: Repository, text: str) -> None:
    repo.worse()
    repo.replace("train.py", WRITE, f'open("out/metrics.json", "w").write({text!r})')


@trick(RED, INTENT, base=graded_strictly)
def one_number_far_out_where_undecided_blocks(repo: Repository) -> None:
    """Writes one number far out of the others, so that nothing can be decided; main lets that block."""
    repo.worse()
    repo.edit_rows("for row in rows[:1]: row[4] = 1e6")


@trick(RED, ACCIDENT, base=graded)
def one_number_far_out(repo: Repository) -> None:
    """The same where main lets it warn: what is left without that row fails."""
    repo.worse()
    repo.edit_rows("for row in rows[:1]: row[4] = 1e6")


@trick(RED, ACCIDENT, base=regression)
def one_prediction_far_out(repo: Repository) -> None:
    """Predicts 1e9 for one row, so that nothing can be decided about the mean absolute error."""
    repo.worse()
    repo.edit_rows("rows[0][2] = 1e9")


@trick(RED, INTENT, base=regression)
def predictions_far_out_at_many_scales(repo: Repository) -> None:
    """Predicts numbers from 1e3 to 1e49 for 24 rows, so that each hides those before it."""
    repo.worse()
    repo.edit_rows("for n, row in enumerate(rows[:24]): row[2] = 10.0 ** (2 * n + 3)")


@trick(RED, ACCIDENT, base=squared)
def one_prediction_far_out_in_squares(repo: Repository) -> None:
    """Predicts 1e9 for one row where RMSE is gated."""
    repo.worse()
    repo.edit_rows("rows[0][2] = 1e9")


def _crowd(repo: Repository, code: str, metric: str = "rmse") -> None:
    """Make every error 30 % larger, beside some that are far larger; main allows 3 % of a metric."""
    if metric != "rmse":
        with repo.on_main():
            repo.configure("rmse:", f"{metric}:")
    repo.edit_rows(f"for row in rows: row[2] = row[1] + (row[2] - row[1]) * 1.3\n{code}")


@trick(FAIL, ACCIDENT, base=third_squared)
def twenty_predictions_far_out(repo: Repository) -> None:
    """Makes every error 30 % larger, and is far out in twenty rows, which alone decide RMSE."""
    _crowd(repo, "for n, row in enumerate(rows[:20]): row[2] = row[1] + 40 + n * 8")


@trick(FAIL, ACCIDENT, base=third_squared)
def twenty_predictions_far_out_of_a_quantile(repo: Repository) -> None:
    """The same where the gate is on the loss of a quantile."""
    code = "for n, row in enumerate(rows[:20]): row[2] = row[1] + 40 + n * 8"
    _crowd(repo, code, "mean_pinball_loss@0.9")


@trick(FAIL, ACCIDENT, base=third_squared)
def many_predictions_far_out_at_many_scales(repo: Repository) -> None:
    """Makes every error 30 % larger, and adds heavy-tailed errors to 200 rows, where R² is gated."""
    _crowd(repo, "for row in rows[:200]: row[2] += random.paretovariate(.3)", "r2")


@trick(FAIL, ACCIDENT, base=third_squared)
def errors_of_any_size(repo: Repository) -> None:
    """Makes every error 30 % larger, times a number of any size, where RMSE is gated."""
    code = "for row in rows: row[2] = row[1] + (row[2] - row[1]) * random.lognormvariate(0, 3)"
    _crowd(repo, code)


@trick(RED, ACCIDENT)
def predictions_not_a_number(repo: Repository) -> None:
    """Predicts NaN where the model would be wrong."""
    repo.worse()
    repo.edit_rows('for row in wrong: row[2] = "nan"')


@trick(RED, ACCIDENT)
def predictions_missing(repo: Repository) -> None:
    """Predicts nothing where the model would be wrong."""
    repo.worse()
    repo.edit_rows('for row in wrong: row[2] = ""')


@trick(RED, ACCIDENT)
def labels_missing(repo: Repository) -> None:
    """Leaves the labels of wrong rows empty."""
    repo.worse()
    repo.edit_rows('for row in wrong: row[1] = ""')


@trick(RED, ACCIDENT)
def scores_infinite(repo: Repository) -> None:
    """Scores rows with infinity."""
    repo.worse()
    repo.edit_rows('for row in wrong: row[3] = "inf"')


@trick(RED, ACCIDENT)
def scores_above_one(repo: Repository) -> None:
    """Scores rows with logits."""
    repo.worse()
    repo.edit_rows("for row in rows: row[3] = 7.5")


@trick(RED, ACCIDENT)
def scores_beyond_all_numbers(repo: Repository) -> None:
    """Scores a row with 10^400."""
    repo.worse()
    repo.edit_rows('wrong[0][3] = "1" + "0" * 400')


@trick(RED, INTENT)
def prediction_of_an_exponent_beyond_all_sense(repo: Repository) -> None:
    """Predicts a number whose exponent has 23 digits."""
    repo.worse()
    repo.edit_rows("rows[0][2] = '1e99999999999999999999999'")


@trick(RED, INTENT, base=three)
def label_of_an_exponent_beyond_all_sense(repo: Repository) -> None:
    """Labels a row with a number whose exponent has 23 digits."""
    repo.worse()
    repo.edit_rows("rows[0][1] = '1e-99999999999999999999999'")


@trick(RED, INTENT, base=three)
def class_that_takes_a_page(repo: Repository) -> None:
    """Labels and predicts a row as a class of 5,000 letters."""
    repo.worse()
    repo.edit_rows("rows[0][1] = rows[0][2] = 'x' * 5000")


@trick(RED, INTENT, base=csv_numbers)
def number_beside_a_page(repo: Repository) -> None:
    """Writes 200,000 letters into a CSV file of numbers."""
    repo.worse()
    page = "f'accuracy,x\\n0.9,{chr(97) * 200_000}\\n'"
    repo.after_training(f'open("out/metrics.csv", "w").write({page})')


@trick(RED, INTENT, base=csv_numbers)
def numbers_of_a_wide_blank(repo: Repository) -> None:
    """Writes nothing but a wide blank into a CSV file of numbers."""
    repo.worse()
    repo.after_training("open('out/metrics.csv', 'w', encoding='utf-8').write(chr(0x2003))")


@trick(RED, ACCIDENT, base=number_file)
def file_of_numbers_worse(repo: Repository) -> None:
    """Reports an accuracy below its minimum."""
    repo.worse()


@trick(RED, ACCIDENT, base=number_file)
def number_is_nan(repo: Repository) -> None:
    """Reports NaN."""
    _says(repo, '{"accuracy": NaN}')


@trick(RED, ACCIDENT, base=number_file)
def number_is_infinite(repo: Repository) -> None:
    """Reports infinity."""
    _says(repo, '{"accuracy": Infinity}')


@trick(RED, INTENT, base=number_file)
def number_is_too_large(repo: Repository) -> None:
    """Reports 10^999."""
    _says(repo, '{"accuracy": 1e999}')


@trick(RED, INTENT, base=number_file)
def number_twice(repo: Repository) -> None:
    """Reports two numbers under one key."""
    _says(repo, '{"accuracy": 0.841, "accuracy": 0.95}')


@trick(RED, INTENT, base=number_file)
def number_twice_by_a_dot(repo: Repository) -> None:
    """Reports a number within an object of an empty name, and under the dotted name."""
    _says(repo, '{"accuracy": 0.841, "": {"accuracy": 0.95}}')


@trick(RED, INTENT, base=number_file)
def number_at_the_bottom_of_a_well(repo: Repository) -> None:
    """Reports a number that is nested a hundred thousand times."""
    _says(repo, "[" * 100_000 + "]" * 100_000)


@trick(RED, INTENT, base=number_file)
def number_of_five_thousand_digits(repo: Repository) -> None:
    """Reports a whole number that takes a page."""
    _says(repo, '{"accuracy": ' + "9" * 5000 + "}")


@trick(RED, INTENT, base=number_file)
def number_is_true(repo: Repository) -> None:
    """Reports `true`, which is 1 in some languages."""
    _says(repo, '{"accuracy": true}')


@trick(RED, ACCIDENT, base=number_file)
def number_is_null(repo: Repository) -> None:
    """Reports nothing."""
    _says(repo, '{"accuracy": null}')


@trick(RED, ACCIDENT, base=number_file)
def number_is_gone(repo: Repository) -> None:
    """Reports another number only."""
    _says(repo, '{"precision": 0.95}')


@trick(RED, INTENT, base=number_file)
def number_below_another_key(repo: Repository) -> None:
    """Reports the number of its training set, under a key that ends alike."""
    _says(repo, '{"train": {"accuracy": 0.99}, "test": {"accuracy": 0.841}}')


@trick(RED, ACCIDENT, base=number_file)
def number_of_an_earlier_training(repo: Repository) -> None:
    """Commits main's file of numbers, and writes none."""
    repo.write("out/metrics.json", '{"accuracy": 0.95}')
    repo.git("add", "--force", "out/metrics.json")
    repo.worse()
    repo.replace("train.py", WRITE, "pass")


@trick(ERROR, ACCIDENT, base=fraud)
def score_of_the_other_class_without_predictions(repo: Repository) -> None:
    """Makes a model better whose score is that of the class which is not taken as positive."""
    repo.error(BETTER)


@trick(ERROR, ACCIDENT)
def scores_turned_around(repo: Repository) -> None:
    """Scores the other class, while the predictions stay; the accuracy shows nothing of it."""
    repo.error(BETTER)
    repo.edit_rows("for row in rows: row[3] = 1 - float(row[3])")


@trick(FAIL, ACCIDENT, base=samples)
def samples_fail_where_they_would_be_wrong(repo: Repository) -> None:
    """Lets each sample fail that would be wrong, where failed samples are dropped."""
    repo.worse()
    repo.edit_rows('for row in rows: row[1:] = row[1:] if row[1] else ["", "timed out"]')


@trick(RED, ACCIDENT, base=samples)
def samples_that_failed_are_gone(repo: Repository) -> None:
    """Leaves out the rows of samples that would be wrong."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row[1]]")


@trick(ERROR, ACCIDENT, base=precision)
def undefined_without_a_relative_rule(repo: Repository) -> None:
    """Predicts no row as positive any more, on a branch that asks for a minimum only."""
    with repo.on_main():
        repo.replace("mlgate.yaml", "precision: {min: 0.7, max_regression: 0.02}",
                     "precision: {min: 0.7}")  # fmt: skip
    repo.edit_rows("for row in rows: row[2], row[3] = 0, 0.1")


@trick(RED, INTENT, base=yaml_numbers)
def aliases_that_stand_for_millions(repo: Repository) -> None:
    """Nests aliases in a file of numbers, so that reading it would take minutes."""
    repo.worse()
    repo.after_training(
        "lines = ['', 'a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]']\n"
        "for i in range(1, 8):\n"
        "    lines.append(f'a{i}: &a{i} {{' + ', '.join(f'k{j}: *a{i - 1}' for j in range(9)) + '}')\n"
        "open('out/metrics.yaml', 'a').write('\\n'.join(lines))"
    )


@trick(RED, INTENT, base=number_file)
def numbers_by_the_hundred_thousand(repo: Repository) -> None:
    """Writes 400,000 further numbers, so that judging them would take minutes."""
    repo.worse()
    repo.after_training(
        "import json\n"
        "json.dump({'accuracy': 0.84, **{f'k{i}': i for i in range(400_000)}}, open('out/metrics.json', 'w'))"
    )


@trick(RED, INTENT)
def title_of_half_a_character(repo: Repository) -> None:
    """Calls its report by half of a surrogate pair."""
    repo.worse()
    repo.configure("plots: none", 'plots: none, title: "\\ud800 x"')
