"""Honest pull requests: without them a gate that is always red would hold against everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.announcing import ANEW, announce, keep_main
from tests.redteam.bases import absolute, monorepo, numbered, regression, three
from tests.redteam.repository import BETTER, GOOD, SLIGHTLY_WORSE, Repository
from tests.redteam.trick import ACCIDENT, EVERYWHERE, FAIL, GREEN, Mode, trick

MODEL_A, MODEL_C = "models/a/mlgate.yaml", "models/c/mlgate.yaml"
RETIRED = "waivers: [{gate: identity, reason: agreed, until: 2099-01-01}]"

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.redteam.outcome import Outcome

CORRECTED = "for row in rows[100:120]: row[1] = 1 - row[1]"
"""One per cent of the labels, whatever the models say."""


def says(*texts: str) -> Callable[[Outcome], str | None]:
    """Return what looks for texts in the log."""

    def missing(outcome: Outcome) -> str | None:
        lacking = [text for text in texts if text not in outcome.console]
        return f"the log lacks {lacking}" if lacking else None

    return missing


@trick(FAIL, ACCIDENT, modes=EVERYWHERE)
def worse(repo: Repository) -> None:
    """Makes the model 5.5 points worse; 2 are allowed."""
    repo.worse()


@trick(GREEN, ACCIDENT, modes=EVERYWHERE)
def better(repo: Repository) -> None:
    """Makes the model 4 points better."""
    repo.error(BETTER)


@trick(GREEN, ACCIDENT, modes=EVERYWHERE)
def equal(repo: Repository) -> None:
    """Changes a comment; the model stays as it is."""
    repo.error(GOOD)
    repo.edit_rows("# nothing to see here")


@trick(GREEN, ACCIDENT, modes=EVERYWHERE)
def slightly_worse(repo: Repository) -> None:
    """Makes the model worse by less than what is allowed."""
    repo.error(SLIGHTLY_WORSE)


def _main_improves(repo: Repository) -> None:
    with repo.on("main"):
        repo.error(BETTER)
    keep_main(repo)


@trick(GREEN, ACCIDENT, modes=EVERYWHERE)
def as_good_as_main_was_where_it_began(repo: Repository) -> None:
    """Leaves the model as it is, while main has become 4 points better since the branch began."""
    _main_improves(repo)
    repo.write("note.txt", "a change\n")


@trick(FAIL, ACCIDENT, modes=EVERYWHERE)
def worse_than_main_was_where_it_began(repo: Repository) -> None:
    """Makes the model worse, while main has become 4 points better since the branch began."""
    _main_improves(repo)
    repo.worse()


@trick(GREEN, ACCIDENT, posts=says("with the labels that main had"))
def labels_corrected_alone(repo: Repository) -> None:
    """Corrects one per cent of the labels; the model stays as it is."""
    repo.edit_rows(CORRECTED)


@trick(GREEN, ACCIDENT)
def labels_corrected_beside_a_better_model(repo: Repository) -> None:
    """Corrects one per cent of the labels, and makes the model better."""
    repo.error(BETTER)
    repo.edit_rows(CORRECTED)


@trick(GREEN, ACCIDENT, base=regression)
def numbers_corrected_alone(repo: Repository) -> None:
    """Corrects one per cent of labels that are numbers; the model stays as it is."""
    repo.edit_rows("for row in rows[100:120]: row[1] += 1.5")


@trick(
    GREEN,
    ACCIDENT,
    posts=says("new test set v2, announced on main", "the training changed as well (train.py"),
)
def announced_split(repo: Repository) -> None:
    """Draws another test set, once it has been announced on main."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    repo.replace("train.py", *ANEW)


@trick(GREEN, ACCIDENT, posts=says("new test set v2, announced on main"))
def announced_split_where_untested_blocks(repo: Repository) -> None:
    """Draws another test set, once announced, where main's policy says `on_untested: fail`."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    with repo.on_main():
        repo.add_to_config("policy: {on_untested: fail}")
    repo.replace("train.py", *ANEW)


@trick(GREEN, ACCIDENT, base=numbered, posts=says("new test set v2, announced on main"))
def announced_split_of_row_numbers(repo: Repository) -> None:
    """Draws another test set, once announced, where ids are row numbers."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    repo.replace("train.py", *ANEW)


@trick(GREEN, ACCIDENT)
def announced_and_not_there_yet(repo: Repository) -> None:
    """Makes the model better while the announced test set has not arrived."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    repo.error(BETTER)


@trick(GREEN, ACCIDENT)
def after_the_announced_split(repo: Repository) -> None:
    """Makes the model better on the announced test set, which is main's by now."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    with repo.on_main():
        repo.replace("train.py", *ANEW)
    keep_main(repo)
    repo.error(BETTER)


@trick(GREEN, ACCIDENT)
def test_set_grown_by_half(repo: Repository) -> None:
    """Adds half as many rows again, drawn as the others are."""
    repo.replace("train.py", "range(2000)", "range(3000)")


@trick(GREEN, ACCIDENT, base=numbered)
def test_set_of_row_numbers_grown_at_its_end(repo: Repository) -> None:
    """Adds rows at the end of a test set whose ids are row numbers."""
    repo.replace("train.py", "range(2000)", "range(2500)")


@trick(GREEN, ACCIDENT, base=absolute)
def test_set_grown_under_an_absolute_rule(repo: Repository) -> None:
    """Adds rows as hard as the others, where the rule is a minimum."""
    repo.replace("train.py", "range(2000)", "range(3000)")


@trick(GREEN, ACCIDENT)
def column_renamed_first_step(repo: Repository) -> None:
    """Writes a column under its new name as well."""
    _both_names(repo)


@trick(GREEN, ACCIDENT)
def column_renamed_second_step(repo: Repository) -> None:
    """Names the new column in mlgate.yaml, once main writes both."""
    with repo.on_main():
        _both_names(repo)
    repo.configure("label: label", "label: truth")


@trick(GREEN, ACCIDENT)
def column_renamed_last_step(repo: Repository) -> None:
    """Stops writing the old column, once main names the new one."""
    with repo.on_main():
        _both_names(repo)
        repo.configure("label: label", "label: truth")
    repo.replace("train.py", 'columns += ["truth"]', 'columns[1] = "truth"')
    repo.replace("train.py", "for row in rows: row.append(row[1])", "")


@trick(GREEN, ACCIDENT, base=three)
def rows_of_a_class_added(repo: Repository) -> None:
    """Adds rows of a fourth class, which the model predicts."""
    repo.edit_rows('rows += [[f"new-{n}", 3, 3, 0.9] for n in range(200)]')


@trick(GREEN, ACCIDENT, base=three, posts=says("new test set v2, announced on main"))
def class_split_in_two(repo: Repository) -> None:
    """Gives half of the rows of a class a label of their own, once that was announced."""
    split = "for n, row in enumerate(rows):\n    if row[1] == 2 and n % 2: row[1:3] = [3, 3]"
    announce(repo, lambda: repo.edit_rows(split))
    repo.edit_rows(split)


@trick(GREEN, ACCIDENT, posts=says("new test set v2, announced on main"))
def task_of_more_classes_first_step(repo: Repository) -> None:
    """Turns a task of two classes into one of several, before there are any rows of a third."""
    announce(repo, lambda: None)
    repo.configure("task: binary", "task: multiclass")
    repo.configure(", score: score", "")


def _both_names(repo: Repository) -> None:
    repo.edit_rows('columns += ["truth"]\nfor row in rows: row.append(row[1])')


@trick(GREEN, ACCIDENT, target="release/1")
def into_a_branch_that_judges_for_itself(repo: Repository) -> None:
    """Is worse by what a release branch allows, which main lists."""
    with repo.on_main():
        repo.add_to_config("policy: {branches: ['release/*']}")
    with repo.on("release/1"):
        repo.configure("max_regression: 0.02", "max_regression: 0.5")
    repo.git("checkout", "--quiet", "-B", "feature", "release/1")
    repo.worse()


@trick(GREEN, ACCIDENT)
def renamed_as_agreed(repo: Repository) -> None:
    """Renames the model, which a waiver on main allows."""
    with repo.on_main():
        repo.add_to_config(RETIRED)
    repo.configure("name: toy", "name: toy-2")


@trick(FAIL, ACCIDENT)
def renamed_as_agreed_and_worse(repo: Repository) -> None:
    """Renames the model, which is allowed, and makes it worse: its old baselines judge."""
    with repo.on_main():
        repo.add_to_config(RETIRED)
    repo.configure("name: toy", "name: toy-2")
    repo.worse()


@trick(FAIL, ACCIDENT, config="models/toy/mlgate.yaml", modes=(Mode.SINGLE,))
def moved_as_agreed_and_worse(repo: Repository) -> None:
    """Moves the model, which is allowed, and makes it worse and its rules loose."""
    with repo.on_main():
        repo.add_to_config(RETIRED)
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"models/toy/{file}", (repo.root / file).read_text())
        repo.remove(file)
    repo.worse("models/toy")
    repo.replace("models/toy/mlgate.yaml", "max_regression: 0.02", "max_regression: 0.5")


@trick(GREEN, ACCIDENT)
def removed_as_agreed(repo: Repository) -> None:
    """Removes the model, which a waiver on main allows."""
    with repo.on_main():
        repo.add_to_config(RETIRED)
    repo.remove("mlgate.yaml")


@trick(GREEN, ACCIDENT, base=monorepo, config=MODEL_C, modes=(Mode.SINGLE,))
def model_added(repo: Repository) -> None:
    """Adds a third model to a monorepo."""
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"models/c/{file}", (repo.root / "models/a" / file).read_text())


@trick(GREEN, ACCIDENT, base=monorepo, config=MODEL_A)
def behind_main_that_added_and_removed_models(repo: Repository) -> None:
    """Has not yet what main added and removed since: neither is the change's doing."""
    repo.write("models/a/notes.txt", "nothing else\n")
    repo.commit("A change")
    with repo.on("main"):
        for file in ("train.py", "error.txt", "mlgate.yaml"):
            repo.write(f"models/c/{file}", (repo.root / "models/a" / file).read_text())
        repo.remove("models/b")


@trick(GREEN, ACCIDENT)
def configuration_made_executable(repo: Repository) -> None:
    """Makes mlgate.yaml executable, which it stays a plain file with."""
    (repo.root / "mlgate.yaml").chmod(0o755)
