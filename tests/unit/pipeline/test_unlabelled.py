"""`predictions.unlabelled`: what a run measures of rows some of which have no label."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from mlgate.model.verdict import RuleResult
    from mlgate.pipeline.full_run import FullRunResult

    from .conftest import Repository

ROWS = 3_000
CONFIG = """\
version: 1
name: toy
task: binary
predictions: {path: predictions.csv, id: id, label: label, prediction: predicted, unlabelled: true}
baseline: {anchor: none}
report: {plots: none}
gates:
  accuracy: {max_regression: 0.02}
"""
RANDOM = np.random.default_rng(3)
LABEL = RANDOM.integers(0, 2, ROWS)
MAIN = np.where(RANDOM.random(ROWS) < 0.8, LABEL, 1 - LABEL)
SAME = MAIN.copy()
for hit in (MAIN == LABEL, MAIN != LABEL):
    SAME[RANDOM.choice(np.flatnonzero(hit), 120, replace=False)] ^= 1
"""As good as main, on other rows."""
WORSE = np.where(RANDOM.random(ROWS) < 0.15, 1 - LABEL, MAIN)


def write(
    repository: Repository, model: np.ndarray, labelled: set[int], forged: set[int] = frozenset()
) -> None:
    labels = [str(1 - LABEL[i] if i in forged else LABEL[i]) for i in range(ROWS)]
    rows = [f"r{i},{labels[i] if i in labelled else ''},{model[i]}" for i in range(ROWS)]
    repository.write("predictions.csv", "\n".join(["id,label,predicted", *rows, ""]))
    repository.commit("predictions")


def on_main(
    repository: Repository, labelled: set[int], config: str = CONFIG, model: np.ndarray = MAIN
) -> None:
    """Keep a baseline of main, and start a branch."""
    repository.write("mlgate.yaml", config)
    write(repository, model, labelled)
    repository.run()
    repository.save()
    repository.branch("feature")


@pytest.fixture
def main(repository: Repository) -> Repository:
    """Main with predictions of rows none of which has a label, and its baseline kept."""
    on_main(repository, set())
    return repository


def rule(result: FullRunResult, name: str = "accuracy.max_regression") -> RuleResult:
    return next(gate for gate in result.verdict.gates if gate.id == name)


def next_rows(result: FullRunResult) -> list[int]:
    with (result.dir.path / "label-next.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id"]
    return [int(row[0].removeprefix("r")) for row in rows[1:]]


def labelled_until_decided(main: Repository, model: np.ndarray) -> tuple[set[int], FullRunResult]:
    write(main, model, set())
    labelled: set[int] = set()
    result = main.run()
    while next_rows(result) and rule(result).verdict == "inconclusive":
        labelled |= set(next_rows(result))
        write(main, model, labelled)
        result = main.run()
    return labelled, result


def test_the_first_run_has_nothing_to_compare_with(repository: Repository) -> None:
    repository.write("mlgate.yaml", CONFIG)
    write(repository, MAIN, set())
    assert rule(repository.run()).verdict == "untested"


def test_the_rows_to_label_are_named_and_only_those_decide(main: Repository) -> None:
    write(main, WORSE, set())
    result = main.run()
    named = next_rows(result)
    assert rule(result).verdict == "inconclusive"
    assert f"0 of {len(named)} labels" in rule(result).reason
    assert f"label {len(named)} more rows" in str(rule(result).hint)
    assert f"{len(named)} more labels would decide" in result.dir.markdown.read_text()
    assert all(WORSE[i] != MAIN[i] for i in named)
    assert named != sorted(named)
    write(main, WORSE, set(named))
    decided = rule(main.run())
    assert decided.verdict == "fail"
    assert decided.change == pytest.approx(
        (WORSE == LABEL).mean() - (MAIN == LABEL).mean(), abs=0.03
    )
    assert decided.value is None


def test_a_model_that_is_as_good_passes_with_few_labels(main: Repository) -> None:
    labelled, result = labelled_until_decided(main, SAME)
    assert rule(result).verdict == "pass"
    assert rule(result).confidence == 0.975
    assert len(labelled) < (SAME != MAIN).sum() < ROWS / 5


def test_all_labels_of_differing_rows_give_the_change_of_all_labels(main: Repository) -> None:
    write(main, SAME, set(np.flatnonzero(SAME != MAIN).tolist()))
    few = rule(main.run())
    write(main, SAME, set(range(ROWS)))
    every = rule(main.run())
    assert (few.change, few.confidence) == pytest.approx((every.change, every.confidence))
    assert few.interval == pytest.approx(every.interval)
    assert few.verdict == every.verdict
    assert every.value == pytest.approx((SAME == LABEL).mean())


def test_labels_between_two_looks_show_nothing(main: Repository) -> None:
    write(main, SAME, set())
    named = next_rows(main.run())
    write(main, SAME, set(named[:-1]))
    result = main.run()
    assert rule(result).verdict == "inconclusive"
    assert rule(result).change is None
    assert next_rows(result) == named[-1:]


def test_labels_that_were_chosen_do_not_count(main: Repository) -> None:
    write(main, WORSE, {i for i in range(ROWS) if WORSE[i] == LABEL[i]})
    assert rule(main.run()).verdict == "inconclusive"


def test_accuracy_itself_is_never_shown_nor_gated(repository: Repository) -> None:
    on_main(repository, set(), CONFIG.replace("{max", "{min: 0.1, max") + "  f1: {min: 0.1}\n")
    write(repository, SAME, set(np.flatnonzero(SAME != MAIN).tolist()))
    result = repository.run()
    assert rule(result, "accuracy.min").verdict == "error"
    assert "have no label" in rule(result, "accuracy.min").reason
    assert rule(result, "f1.min").verdict == "error"
    assert "have no label" in rule(result, "f1.min").reason
    assert rule(result, "accuracy.min").value is None


def test_a_relative_margin_needs_all_labels(repository: Repository) -> None:
    on_main(repository, set(), CONFIG.replace("0.02", "2%"))
    write(repository, SAME, set(np.flatnonzero(SAME != MAIN).tolist()))
    assert rule(repository.run()).verdict == "error"


def test_a_check_that_needs_labels_says_so_and_the_others_measure(repository: Repository) -> None:
    sliced = "  accuracy[odd]: {max_regression: 0.1}\nslices: {odd: predicted = 1}\n"
    on_main(repository, set(), CONFIG + sliced)
    write(repository, SAME, set(np.flatnonzero(SAME != MAIN).tolist()))
    result = repository.run()
    assert rule(result, "accuracy[odd].max_regression").verdict == "error"
    assert "have no label" in rule(result, "accuracy[odd].max_regression").reason
    assert rule(result).verdict == "pass"


def test_a_label_that_is_gone_is_a_row_that_is_missing(repository: Repository) -> None:
    on_main(repository, set(range(ROWS)))
    write(repository, WORSE, {i for i in range(ROWS) if WORSE[i] == LABEL[i]})
    result = repository.run()
    assert rule(result).verdict == "error"
    assert "only their label" in rule(result).reason


def test_labels_that_are_allowed_to_be_gone_count_as_they_were(repository: Repository) -> None:
    allowed = CONFIG.replace("unlabelled", "rows: {missing: 1}, unlabelled")
    on_main(repository, set(range(ROWS)), allowed)
    write(repository, WORSE, {i for i in range(ROWS) if WORSE[i] == LABEL[i]})
    assert rule(repository.run()).verdict == "fail"


def test_labels_that_arrive_are_no_relabelling_and_those_that_change_are(main: Repository) -> None:
    first = set(range(0, ROWS, 2))
    main.git("checkout", "--quiet", "main")
    write(main, MAIN, first)
    main.run()
    main.save()
    main.branch("second")
    write(main, SAME, first | set(np.flatnonzero(SAME != MAIN).tolist()))
    assert rule(main.run()).verdict == "pass"
    write(main, SAME, set(range(ROWS)), forged=set(range(0, 500, 2)))
    changed = rule(main.run())
    assert changed.verdict == "error"
    assert "250 of 3,000 rows have another label" in changed.reason


def test_the_same_model_needs_no_label(repository: Repository) -> None:
    scored = CONFIG.replace("prediction: predicted", "score: predicted")
    scores = np.where(LABEL == 1, 0.9, 0.1) - RANDOM.random(ROWS) / 10 * (2 * LABEL - 1)
    on_main(repository, set(), scored, scores)
    repository.commit("nothing")
    result = repository.run()
    assert rule(result).verdict == "pass"
    assert next_rows(result) == []


def test_without_the_key_an_empty_label_is_an_error_that_names_it(repository: Repository) -> None:
    repository.write("mlgate.yaml", CONFIG.replace(", unlabelled: true", ""))
    write(repository, MAIN, {1, 2, 3, 4})
    result = repository.run()
    assert result.code == ExitCode.USAGE
    assert "predictions.unlabelled: true" in str(result.verdict.gates[0].hint)


def test_a_branch_cannot_allow_it_for_itself(repository: Repository) -> None:
    on_main(repository, set(range(ROWS)), CONFIG.replace(", unlabelled: true", ""))
    repository.write("mlgate.yaml", CONFIG)
    write(repository, WORSE, {i for i in range(ROWS) if WORSE[i] == LABEL[i]})
    assert repository.run().verdict.verdict == "error"


def test_labels_that_are_held_out_may_lack_rows(main: Repository) -> None:
    main.git("checkout", "--quiet", "main")
    held = CONFIG.replace("label: label", "label: label, labels: labels.csv")
    main.write(
        "mlgate.yaml", held.replace("{anchor: none}", "{anchor: none, id_key: '${env:KEY}'}")
    )
    environ = {**main.context.environ, "KEY": "secret"}
    labelled: list[int] = []

    def label(model: np.ndarray) -> None:
        rows = [f"r{i},{model[i]}" for i in range(ROWS)]
        main.write("predictions.csv", "\n".join(["id,predicted", *rows, ""]))
        known = [f"r{i},{LABEL[i]}" for i in labelled]
        main.write("labels.csv", "\n".join(["id,label", *known, ""]))
        main.commit("labels")

    labelled = [0, 1, 2, 3]
    label(MAIN)
    main.run(environ=environ)
    main.save(environ=environ)
    main.branch("held")
    label(SAME)
    result = main.run(environ=environ)
    named = next_rows(result)
    main.git("checkout", "--quiet", "main")
    labelled += named
    label(MAIN)
    main.run(environ=environ)
    main.save(environ=environ)
    main.branch("again")
    label(SAME)
    decided = main.run(environ=environ)
    assert not set(next_rows(decided)) & set(named)
    assert rule(decided).change is not None
