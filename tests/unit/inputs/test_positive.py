"""Scores that contradict the label that is taken as positive."""

from __future__ import annotations

import numpy as np
import pytest

from mlgate.errors import DataError
from mlgate.inputs.positive import refuse_reversed
from mlgate.model.rows import Rows

KEY = "predictions.{}".format


def rows(score: np.ndarray, predicted: np.ndarray, label: np.ndarray) -> Rows:
    code = np.int32
    return Rows("binary", label.astype(code), predicted.astype(code), score, ("fraud", "legit"), 1)


def drawn(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    label = random.random(n) < 0.5
    return np.where(label, 0.6, 0.4) + random.normal(0, 0.1, n), label


def test_scores_of_the_other_label_are_refused_with_the_fix() -> None:
    score, label = drawn()
    with pytest.raises(DataError) as caught:
        refuse_reversed(rows(1 - score, score > 0.5, label), KEY, predicted=True)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("write predictions.positive_label: fraud;")


def test_without_predictions_the_labels_show_it() -> None:
    score, label = drawn()
    refuse_reversed(rows(score, score > 0.5, label), KEY, predicted=False)
    with pytest.raises(DataError, match="labelled 'legit'"):
        refuse_reversed(rows(1 - score, score < 0.5, label), KEY, predicted=False)


def test_a_model_that_is_wrong_is_judged_where_scores_and_predictions_agree() -> None:
    score, label = drawn()
    refuse_reversed(rows(1 - score, score < 0.5, label), KEY, predicted=True)


@pytest.mark.parametrize("seed", range(20))
def test_scores_that_say_nothing_are_no_contradiction(seed: int) -> None:
    random = np.random.default_rng(seed)
    label, score = random.random(300) < 0.3, random.random(300)
    refuse_reversed(rows(score, score > 0.5, label), KEY, predicted=False)
    refuse_reversed(rows(np.full(300, 0.5), label, label), KEY, predicted=False)
    refuse_reversed(rows(score, np.ones(300), label), KEY, predicted=True)
