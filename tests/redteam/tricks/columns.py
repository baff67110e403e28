"""Columns of the predictions other than labels: weights, clusters, slices, groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import (
    binned,
    clustered,
    expression,
    fair,
    fraction_weighted,
    group_file,
    plain,
    repeated,
    sliced,
    timed,
    weighted,
    weighted_minimum,
)
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

BIASED = "for n, row in enumerate(rows): row[2] = 0 if n % 2 else row[2]"


@trick(FAIL, ACCIDENT, base=weighted)
def worse_with_weights(repo: Repository) -> None:
    """Makes the model worse, and leaves the weights as they are."""
    repo.worse()


@trick(ERROR, INTENT, base=weighted)
def weights_of_new_mistakes_lowered(repo: Repository) -> None:
    """Writes small weights for the rows that main has right and it has wrong."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 0.001")


@trick(ERROR, INTENT, base=weighted_minimum)
def weights_lowered_under_a_minimum(repo: Repository) -> None:
    """Writes small weights for rows that it has wrong, where the rule is a minimum."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 0.001")


@trick(ERROR, INTENT, base=weighted)
def all_weight_on_one_row(repo: Repository) -> None:
    """Writes all of the weight into one row, so that nothing can be decided."""
    repo.worse()
    repo.edit_rows("for row in rows: row[-1] = 1 if row is rows[0] else 1e-300")


@trick(ERROR, INTENT, base=clustered)
def one_cluster(repo: Repository) -> None:
    """Writes one cluster for all rows; twenty are needed, so that nothing can be decided."""
    repo.worse()
    repo.edit_rows("for row in rows: row[-1] = 1")


@trick(ERROR, INTENT, base=clustered)
def new_mistakes_in_one_cluster(repo: Repository) -> None:
    """Writes one cluster for all of its new mistakes: the interval grows, and holds no loss."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 1")


@trick(ERROR, INTENT, base=sliced)
def new_mistakes_out_of_the_slice(repo: Repository) -> None:
    """Moves its new mistakes out of the slice that is gated."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 's'")


@trick(FAIL, ACCIDENT, base=fair)
def unfair(repo: Repository) -> None:
    """Predicts no row of a group as positive any more."""
    repo.edit_rows(BIASED)


@trick(ERROR, INTENT, base=fair)
def groups_drawn_anew(repo: Repository) -> None:
    """Predicts no row of a group as positive any more, and draws the groups again."""
    repo.edit_rows(BIASED)
    repo.edit_rows("for row in rows: row[-1] = random.choice('fm')")


@trick(ERROR, INTENT, base=fair)
def groups_left_empty(repo: Repository) -> None:
    """Leaves the group of a tenth of the rows empty: its gaps are undecided, which passes."""
    repo.edit_rows(BIASED)
    repo.edit_rows("for row in rows[:200]: row[-1] = ''")


@trick(ERROR, INTENT, base=weighted)
def weights_exchanged(repo: Repository) -> None:
    """Exchanges weights between rows, so that they sum to the same and its mistakes have the least."""
    repo.worse()
    code = "for row, w in zip(sorted(rows, key=lambda r: r[1] == r[2]), sorted(r[-1] for r in rows)): row[-1] = w"
    repo.edit_rows(code)


@trick(ERROR, INTENT, base=weighted)
def weights_of_mistakes_zero(repo: Repository) -> None:
    """Writes the weight 0 for all of its mistakes."""
    repo.worse()
    repo.edit_rows("for row in wrong: row[-1] = 0")


@trick(ERROR, INTENT, base=weighted)
def weights_all_equal(repo: Repository) -> None:
    """Writes one weight for all rows, which counts as none."""
    repo.worse()
    repo.edit_rows("for row in rows: row[-1] = 1")


@trick(RED, INTENT, base=weighted)
def weights_left_empty(repo: Repository) -> None:
    """Leaves the weights of its new mistakes empty."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = ''")


@trick(ERROR, INTENT, base=weighted)
def weights_above_the_rows_in_other_case(repo: Repository) -> None:
    """Calls main's weights `Weight`, and writes its own as `weight`."""
    repo.worse()
    repo.edit_rows(
        "for row in rows: row.append(row[-1] if row not in newly_wrong else 0.001)\n"
        "columns[-1:] = ['Weight', 'weight']"
    )


@trick(ERROR, INTENT, base=clustered)
def each_row_a_cluster(repo: Repository) -> None:
    """Writes a cluster of its own for each row, so that chance seems to have done less."""
    repo.error(0.11)
    repo.edit_rows("for n, row in enumerate(rows): row[-1] = n")


@trick(ERROR, INTENT, base=sliced)
def slice_missing_for_new_mistakes(repo: Repository) -> None:
    """Leaves the slice of its new mistakes empty."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = ''")


@trick(ERROR, INTENT, base=sliced)
def slice_in_other_case(repo: Repository) -> None:
    """Calls the column of the slice `REGION`, and moves its new mistakes out of the slice."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 's'\ncolumns[-1] = 'REGION'")
    repo.configure("by: [region]", "by: [REGION]")
    repo.configure("accuracy[region=n]", "accuracy[REGION=n]")


@trick(ERROR, INTENT, base=expression)
def column_of_an_expression_changed(repo: Repository) -> None:
    """Makes the rows of its new mistakes older than a gated slice has them."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 30 + row[-1] % 10")


@trick(ERROR, INTENT, base=expression)
def column_called_as_an_expression(repo: Repository) -> None:
    """Adds a column whose name is the text of the slice's expression; it counts in place of it."""
    repo.worse()
    repo.edit_rows(
        "for row in rows: row.append(str(row[-1] < 30 and row not in newly_wrong).lower())\n"
        "columns.append('age < 30')"
    )


@trick(ERROR, INTENT, base=expression)
def column_of_an_expression_in_other_case(repo: Repository) -> None:
    """Calls the column of the slice's expression `AGE`, and makes its new mistakes older."""
    repo.worse()
    repo.edit_rows("for row in newly_wrong: row[-1] = 35\ncolumns[-1] = 'AGE'")


@trick(ERROR, INTENT, base=fair)
def groups_merged(repo: Repository) -> None:
    """Writes one group for all rows but thirty of the other's positives."""
    repo.edit_rows(BIASED)
    code = "for n, row in enumerate(rows): row[-1] = 'm' if row[2] and n < 150 else 'f'"
    repo.edit_rows(code)


@trick(RED, INTENT, base=group_file)
def groups_of_a_file_drawn_anew(repo: Repository) -> None:
    """Predicts no row of a group as positive any more, and edits the file that has the groups."""
    repo.edit_rows(BIASED)
    lines = [f"row-{n},{'ffmm'[n % 4]}" for n in range(2000)]
    repo.write("groups.csv", "\n".join(["id,sex", *lines, ""]))


@trick(RED, INTENT, base=binned)
def groups_shifted_by_rows_that_are_added(repo: Repository) -> None:
    """Adds rows of its choice, so that the quantiles which divide the groups move."""
    repo.edit_rows(BIASED)
    repo.edit_rows(
        "rows += [[f'new-{n}', int(n % 9 < 2), int(n % 9 < 2), 0.5, 19] for n in range(1999)]"
    )


@trick(RED, INTENT, base=repeated)
def bad_seeds_left_out(repo: Repository) -> None:
    """Renames the seeds under which it is worse, so that they are no rows of main's."""
    repo.worse()
    repo.edit_rows("for row in rows: row[-1] += 10 * (row[1] != row[2])")


@trick(ERROR, INTENT, base=timed)
def late_mistakes_made_early(repo: Repository) -> None:
    """Gets worse with time, and spreads its mistakes over all times."""
    repo.edit_rows(
        "for row in rows[1500:]: row[2] = 1 - row[1] if random.random() < 0.4 else row[2]"
    )
    repo.edit_rows("random.shuffle(rows)\nfor n, row in enumerate(rows): row[-1] = n")


@trick(ERROR, INTENT, base=plain)
def branched_off_before_the_weights(repo: Repository) -> None:
    """Begins at a commit of main's whose baseline has no weights yet, and writes its own."""
    before = repo.git("rev-parse", "main")
    with repo.on_main():
        repo.configure("score: score", "score: score, weight: weight")
        repo.edit_rows("for row in rows: row.append(1)\ncolumns.append('weight')")
    repo.git("checkout", "--quiet", "-B", "feature", before)
    repo.worse()
    repo.configure("score: score", "score: score, weight: weight")
    repo.edit_rows("for row in rows: row.append(1)\ncolumns.append('weight')")
    repo.edit_rows("for row in newly_wrong: row[-1] = 0.001")


@trick(FAIL, INTENT, base=weighted)
def weights_under_a_new_name(repo: Repository) -> None:
    """Writes weights of its own under a new name, and names that; main's policy reads the old one."""
    repo.worse()
    repo.edit_rows(
        "for row in rows: row.append(0.001 if row in newly_wrong else 1)\ncolumns.append('other')"
    )
    repo.configure("weight: weight", "weight: other")


@trick(GREEN, ACCIDENT, base=weighted)
def honest_weights_under_a_new_name(repo: Repository) -> None:
    """Weighs rows in another way, under a new name beside the old one, and changes nothing else."""
    repo.edit_rows("for row in rows: row.append(1 + row[-1] ** 2)\ncolumns.append('squared')")
    repo.configure("weight: weight", "weight: squared")


@trick(GREEN, ACCIDENT, base=fraction_weighted)
def honest_weights_computed_anew(repo: Repository) -> None:
    """Computes the weights again, which differ in their last digits."""
    repo.edit_rows("for row in rows: row[-1] *= 1 + 1e-12")


@trick(GREEN, ACCIDENT, base=expression)
def honest_age_written_as_a_fraction(repo: Repository) -> None:
    """Writes the whole numbers that a slice reads as 20.0 in place of 20."""
    repo.edit_rows("for row in rows: row[-1] = float(row[-1])")
