"""What `init` writes follows from the facts, and is read by our own loader."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mlgate import checks, config
from mlgate.config import scalars
from mlgate.model import few_rows
from mlgate.pipeline.init import first_gate, templates
from mlgate.pipeline.init.templates import PredictionsTable, RepositoryFacts
from mlgate.stats import effective_n

BINARY = PredictionsTable(
    path="out/predictions.parquet",
    rows=4000,
    columns=("id", "income", "predicted", "p"),
    task="binary",
    label="income",
    id="id",
    prediction="predicted",
    score="p",
    positive_label=">50K",
)
SCORES = {"1": "proba 1", "a:b": "p#2", "yes": "p3"}
SHAPES = {
    "nothing": RepositoryFacts(),
    "binary": RepositoryFacts(table=BINARY, train="uv run python train.py", install="uv sync"),
    "multiclass": RepositoryFacts(
        table=PredictionsTable("p.csv", 50, ("y", "z"), "multiclass", "y", None, "yes", SCORES)
    ),
    "regression": RepositoryFacts(
        table=PredictionsTable(
            "p q.csv", 900, ("y",), "regression", "1", prediction="p", error_variation=0.8
        )
    ),
    "perfect": RepositoryFacts(
        table=PredictionsTable("p.csv", 9, ("y",), "regression", "y", prediction="p")
    ),
    "unknown columns": RepositoryFacts(
        table=PredictionsTable("x/#p.csv", 10, ("a\nb", "c" * 50) * 10)
    ),
    "numbers": RepositoryFacts(
        numbers={"metrics.json": {"accuracy": 0.9, "log_loss": 0.3, "x": 1.0}}
    ),
    "odd numbers": RepositoryFacts(numbers={"m y.json": {"val.err: 1": 3.0}}),
    "elsewhere": RepositoryFacts(
        branch="release/2.0", folder="models/a b", dvc=True, python="3.14"
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_written_is_read(shape: str) -> None:
    facts = SHAPES[shape]
    for name, text in templates.files(facts).items():
        if name.endswith("mlgate.yaml"):
            found = config.parse(text, "mlgate.yaml", checks.sections()).config
            assert found.baseline.branch == facts.branch
        else:
            flow = YAML(typ="safe").load(text)
            assert flow["on"]["push"]["branches"] == [facts.branch]
            for job, action in {
                "train": "mlgate/mlgate/actions/train@v0",
                "mlgate": "mlgate/mlgate@v0",
                "baseline": "mlgate/mlgate@v0",
            }.items():
                used = [step.get("uses") for step in flow["jobs"][job]["steps"]]
                assert action in used
    assert all(line == line.rstrip() and len(line) < 130 for line in text.splitlines())


@pytest.mark.parametrize("shape", SHAPES)
def test_every_action_of_others_is_pinned(shape: str) -> None:
    written = templates.files(SHAPES[shape])
    text = next(text for name, text in written.items() if name.endswith(".yml"))
    for action, rest in re.findall(r"- uses: (\S+)(.*)", text):
        if not action.startswith("mlgate/mlgate"):
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", rest)


def test_columns_are_written_as_they_are() -> None:
    found = config.parse(
        templates.configuration(SHAPES["multiclass"]), "f", checks.sections()
    ).config.predictions
    assert found is not None
    assert (found.path, found.label, found.prediction) == ("p.csv", "y", "yes")
    assert found.score == SCORES


def test_a_template_marks_what_to_fill_in() -> None:
    text = templates.configuration(RepositoryFacts())
    marked = [line.split(":")[0].strip() for line in text.splitlines() if "# CHANGE" in line]
    assert marked == ["task", "path", "label", "prediction", "use", "accuracy"]
    assert "# CHANGE" not in templates.configuration(SHAPES["binary"])
    assert any(
        "fill in the lines marked CHANGE" in note for note in templates.notes(RepositoryFacts())
    )


def test_unknown_columns_are_listed_in_one_comment() -> None:
    text = templates.configuration(SHAPES["unknown columns"])
    assert "# Columns of this file: a b, ccc" in text


def test_the_margin_is_one_that_the_rows_decide() -> None:
    margin, lines = first_gate.share_margin(4000)
    assert margin == "0.01"
    assert lines[0].startswith("4,000 test rows decide a loss of 0.01")
    margin, lines = first_gate.share_margin(1000)
    assert margin == "0.02"
    assert lines[-1].endswith("A margin of 0.01 takes 3,092 rows.")


def test_rows_of_the_same_users_decide_a_larger_margin() -> None:
    binary = SHAPES["binary"]
    assert binary.table is not None
    for users, line, margin in (
        (50, "  cluster: user_id   # its 50 values", "0.03"),
        (12, "  # cluster: user_id   # only 12 different", "0.02"),
    ):
        table = replace(binary.table, rows=1_000, cluster="user_id", clusters=users)
        text = templates.configuration(replace(binary, table=table))
        assert line in text
        assert f"{{max_regression: {margin}}}" in text
        assert ("worth about 344 independent" in text) == (users == 50)
        config.parse(text, "mlgate.yaml", checks.sections())
    assert first_gate.MIN_CLUSTERS == effective_n.MIN_CLUSTERS


def test_the_fewest_rows_that_block_a_large_loss_are_as_its_formula_has_it() -> None:
    loss, differ = few_rows.LARGE, first_gate.DISAGREEMENT

    def blocked(rows: int) -> bool:
        error = math.sqrt((loss + differ - loss**2) / rows)
        return float(first_gate.share_margin(rows)[0]) + first_gate.Z * error <= loss

    assert next(rows for rows in range(1, 1000) if blocked(rows)) == few_rows.FEWEST


@given(st.integers(1, 10**8))
def test_margins_are_rounded_up_and_not_far(rows: int) -> None:
    exact = (1.6448536 + 0.8416212) * math.sqrt(0.05 / rows)
    margin = float(first_gate.share_margin(rows)[0])
    assert exact * (1 - 1e-6) <= margin <= 2 * exact


@given(st.integers(2, 10**8), st.floats(0.1, 5))
def test_relative_margins_are_percentages_rounded_up(rows: int, variation: float) -> None:
    text = first_gate.relative_margin(rows, variation)[0]
    exact = 2.486474860524573 * variation * math.sqrt(0.1 / rows)
    assert exact * (1 - 1e-6) <= float(text.removesuffix("%")) / 100 <= 2 * exact


@given(st.floats(1e-9, 1e6))
def test_readable_figures(value: float) -> None:
    found = first_gate.readable(value)
    assert value * (1 - 1e-6) <= found <= 2 * value
    assert f"{found:e}".rstrip("0123456789")[-2:] in ("e+", "e-")
    assert float(f"{found:.1e}") == found


@given(st.text(min_size=1, max_size=12))
def test_any_name_survives_yaml(text: str) -> None:
    written = scalars.yaml_text(text)
    assert "\n" not in written
    for document in (f"a: {written}", f"a: [{written}]", f"a: {{{written}: 1}}"):
        loaded = YAML(typ="safe", pure=True).load(document)["a"]
        assert loaded in (text, [text], {text: 1})
