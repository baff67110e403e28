"""`mlgate plan --label-next`: which rows to label, and what their labels show."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pytest

from mlgate.errors import DataError, UsageError
from mlgate.pipeline.context import Context
from mlgate.pipeline.planning.label_next import LabelOptions, LabelPlan, label_next
from mlgate.progress import Silent

CONFIG = """\
version: 1
task: binary
predictions: {path: new.csv, id: id, label: y, prediction: p}
gates:
  accuracy: {max_regression: 0.05}
"""
ROWS = 2_000


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "mlgate.yaml").write_text(CONFIG)
    return Context(
        cwd=tmp_path,
        environ={},
        progress=Silent(),
        console=io.StringIO(),
        now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


RANDOM = np.random.default_rng(0)
LABEL = RANDOM.integers(0, 2, ROWS)
OLD = np.where(RANDOM.random(ROWS) < 0.8, LABEL, 1 - LABEL)
NEW = np.where(RANDOM.random(ROWS) < 0.9, OLD, 1 - OLD)


def write(
    context: Context, labelled: set[int], order: list[int] | None = None, label: str = "y"
) -> None:
    order = order or list(range(ROWS))
    known = [str(LABEL[i]) if i in labelled else "" for i in range(ROWS)]
    for name, side in (("old", OLD), ("new", NEW)):
        lines = [f"{i},{known[i]},{side[i]}" for i in order]
        (context.cwd / f"{name}.csv").write_text("\n".join([f"id,{label},p", *lines, ""]))


def plan(context: Context, count: int = 100, **more: object) -> LabelPlan:
    asked = {"against": "old.csv", "margin": None, "output": None, "power": 0.8} | more
    return label_next(context, LabelOptions(count, **asked))  # type: ignore[arg-type]


def ids(plan: LabelPlan) -> list[int]:
    return [int(row[0]) for row in plan.ids]


def test_only_rows_on_which_the_models_differ_are_named(context: Context) -> None:
    write(context, set())
    named = plan(context)
    differing = int((OLD != NEW).sum())
    assert len(named.ids) == 100
    assert all(OLD[i] != NEW[i] for i in ids(named))
    assert (named.n, named.unlabelled, named.state.differing) == (ROWS, ROWS, differing)
    assert named.verdict == "inconclusive"
    assert ids(named) != sorted(ids(named))


def test_the_order_of_files_and_new_labels_change_nothing(context: Context) -> None:
    write(context, set())
    before = ids(plan(context, ROWS))
    write(context, set(before[:50]), order=list(range(ROWS))[::-1])
    after = plan(context, ROWS)
    assert ids(after) == before[50:]
    assert after.state.labelled == 50


def test_labels_that_were_chosen_do_not_count_before_those_ahead_of_them(context: Context) -> None:
    write(context, set())
    order = ids(plan(context, ROWS))
    favourable = {i for i in order[1:] if NEW[i] == LABEL[i]}
    write(context, favourable)
    chosen = plan(context)
    assert chosen.state.labelled == 0
    assert chosen.verdict == "inconclusive"


def test_so_many_labels_as_are_needed_give_the_verdict_of_all(context: Context) -> None:
    write(context, set())
    first = plan(context)
    assert first.decides
    assert first.state.following_look is not None
    write(context, set(ids(plan(context, first.state.missing))))
    some = plan(context)
    assert some.state.look == first.state.following_look
    write(context, set(range(ROWS)))
    every = plan(context)
    assert every.state.rows == ROWS
    assert every.state.change is not None
    assert every.state.change.value == pytest.approx((NEW == LABEL).mean() - (OLD == LABEL).mean())
    assert some.verdict == every.verdict == "fail"


def test_ids_are_written_as_they_are(context: Context) -> None:
    write(context, set())
    written = plan(context, 3, output=Path("next.csv"))
    assert (context.cwd / "next.csv").read_text().split() == [
        "id",
        *(row[0] for row in written.ids),
    ]


def test_labels_may_be_a_file_of_their_own(context: Context) -> None:
    write(context, set(), label="unused")
    held = (
        CONFIG.replace("label: y", "label: y, labels: labels.csv") + "baseline: {keep: evidence}\n"
    )
    (context.cwd / "mlgate.yaml").write_text(held)
    (context.cwd / "labels.csv").write_text(f"id,y\n7,{LABEL[7]}\n9,{LABEL[9]}\n")
    assert plan(context).unlabelled == ROWS - 2


def test_scores_are_cut_at_the_threshold(context: Context) -> None:
    head = "id,y,s\n"
    (context.cwd / "mlgate.yaml").write_text(CONFIG.replace("prediction: p", "score: s"))
    (context.cwd / "old.csv").write_text(head + "1,a,.9\n2,b,.9\n3,,.2\n")
    (context.cwd / "new.csv").write_text(head + "1,a,.4\n2,b,.4\n3,,.2\n")
    state = plan(context).state
    assert (state.differing, state.fixed, state.broken) == (2, 1, 1)


def test_the_other_model_needs_no_column_of_labels(context: Context) -> None:
    write(context, {1, 2})
    before = ids(plan(context))
    lines = [f"{i},{OLD[i]}" for i in range(ROWS)]
    (context.cwd / "old.csv").write_text("\n".join(["id,p", *lines, ""]))
    assert ids(plan(context)) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("id: id, ", ""), "predictions.id"),
        (("prediction: p", "prediction: p, cluster: c"), "predictions.cluster is not supported"),
        (("max_regression: 0.05", "min: 0.5"), "needs a margin"),
        (("task: binary", "task: regression"), "predictions of classes"),
    ],
)
def test_what_cannot_be_compared_so(
    context: Context, change: tuple[str, str], message: str
) -> None:
    write(context, set())
    text = CONFIG.replace(*change)
    if "regression" in change[1]:
        text = text.replace("accuracy", "mae")
    (context.cwd / "mlgate.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        plan(context)


def test_another_model_must_be_named_and_have_the_same_rows(context: Context) -> None:
    write(context, set())
    with pytest.raises(UsageError, match="the other model's predictions"):
        plan(context, against=None)
    (context.cwd / "old.csv").write_text("id,y,p\n1,,1\n2,,0\n")
    with pytest.raises(DataError, match="do not have the same ids"):
        plan(context)


def test_labels_that_no_model_predicts_are_refused(context: Context) -> None:
    write(context, set())
    (context.cwd / "new.csv").write_text(
        (context.cwd / "new.csv").read_text().replace("\n0,,", "\n0,yes,")
    )
    with pytest.raises(DataError, match="3 classes"):
        plan(context)
