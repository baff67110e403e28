"""What a right configuration becomes: values, policy, digests, lines."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from mlgate import checks, config
from mlgate.config.scalars import label_text, seconds
from mlgate.errors import ConfigError, DataError
from mlgate.model.policy import Margin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Given = Callable[..., config.Config]

FULL = """\
version: 1
name: income
task: binary
train: {run: python train.py, timeout: 1h30m, artifacts: [model.joblib], pass_env: [KEY]}
predictions:
  path: out/predictions.parquet
  id: [user, day]
  label: income
  score: probability
  positive_label: 1.0
  rows: {missing: 0.01, relabelled: ignore}
metrics:
  use: [accuracy]
  rows: {ndcg: higher}
  custom: {profit: "scoring:profit"}
  direction: {profit: higher}
baseline: {branch: trunk, anchor: none, keep: evidence, retention: {newest: 5}}
gates:
  accuracy_score:
    min: 0.80
    max_regression: 0.01
  roc_auc: {max_regression: 0.005, max_regression_anchor: 0.01}
  log_loss: {max_regression: 2%, on_inconclusive: fail}
  profit: {min_improvement: 5}
policy: {confidence: 0.9, on_inconclusive: fail}
when: {paths: ["src/**"], drafts: false}
waivers:
  - {gate: roc_auc.max_regression, reason: new labels, until: 2027-01-31, approved_by: lead}
report: {title: Income, plots: none}
"""


def test_values() -> None:
    found = config.parse(FULL, "mlgate.yaml", checks.sections()).config
    assert found.train.timeout == 5400.0
    assert found.predictions is not None
    assert found.predictions.id == ("user", "day")
    assert found.predictions.positive_label == "1"
    assert found.waivers[0].until == dt.date(2027, 1, 31)
    assert found.baseline.retention.model_dump() == {"newest": 5, "days": 90}
    assert found.gates["log_loss"].max_regression == Margin(value=0.02, relative=True)


def test_the_policy_has_canonical_names_and_every_direction() -> None:
    policy = config.parse(FULL, "mlgate.yaml", checks.sections()).config.judging()
    assert list(policy.gates) == ["accuracy", "roc_auc", "log_loss", "profit"]
    assert policy.direction == {"profit": "higher", "ndcg": "higher"}
    assert (policy.confidence, policy.power, policy.on_inconclusive) == (0.9, 0.8, "fail")
    assert policy.waivers[0].gate == "roc_auc.max_regression"


def test_lines_of_gates() -> None:
    loaded = config.parse(FULL, "mlgate.yaml", checks.sections())
    assert loaded.gate_lines() == {
        "accuracy.min": 20,
        "accuracy.max_regression": 21,
        "accuracy.max_regression_anchor": 21,
        "roc_auc.max_regression": 22,
        "roc_auc.max_regression_anchor": 22,
        "log_loss.max_regression": 23,
        "log_loss.max_regression_anchor": 23,
        "profit.min_improvement": 24,
    }
    assert loaded.lines["gates.accuracy_score.min"] == (20, 5)
    assert loaded.text == FULL


def test_the_smallest_files(given: Given) -> None:
    assert given().gates
    small = "version: 1\nmetrics: {files: [m.json]}\ngates: {loss: {max: 1}}\n"
    assert config.parse(small, "mlgate.yaml", checks.sections()).config.metrics.files == ("m.json",)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "1"), ("1.0", "1"), ("'1.0'", "1.0"), ("true", "true"), ("yes", "yes"), (">50K", ">50K"),
     ("'>50K'", ">50K"), ("2020-01-31", "2020-01-31"), ("-0.5", "-0.5")],
)  # fmt: skip
def test_labels_keep_their_canonical_text(given: Given, text: str, value: str) -> None:
    text = f'"{text}"' if text.startswith(">") else text
    predictions = f"predictions: {{path: p, label: y, prediction: p, positive_label: {text}}}"
    found = given(predictions=predictions).predictions
    assert found is not None
    assert found.positive_label == value


def test_keys_of_scores_are_labels(given: Given) -> None:
    predictions = "predictions: {path: p, label: y, score: {1: a, 2.0: b, true: c, x: d}}"
    found = given(predictions=predictions, task="task: multiclass").predictions
    assert found is not None
    assert found.score == {"1": "a", "2": "b", "true": "c", "x": "d"}


SAME = {
    "name": "name: other",
    "train": "train: {run: make, timeout: 3h}",
    "report": "report: {plots: none}",
    "gates": "gates: {accuracy_score: {max_regression: 0.010}}",
    "policy": "policy: {confidence: 0.95}",
}
OTHER = {
    "task": "task: multiclass",
    "gates": "gates: {accuracy: {max_regression: 0.02}}",
    "policy": "policy: {on_inconclusive: fail}",
    "when": "when: {drafts: false}",
    "waivers": "waivers: [{gate: accuracy, reason: x, until: 2027-01-31}]",
    "baseline": "baseline: {anchor: none}",
    "metrics": "metrics: {direction: {x: lower}}",
    "predictions": "predictions: {path: q.csv, id: id, label: y, prediction: p}",
}


@pytest.mark.parametrize("section", SAME)
def test_what_is_no_change_of_the_policy(given: Given, section: str) -> None:
    changed = given(**{section: SAME[section]})
    assert changed.policy_digest() == given().policy_digest()
    assert changed.measurement_digest() == given().measurement_digest()


@pytest.mark.parametrize("section", [name for name in OTHER if name != "task"])
def test_what_is_a_change_of_the_policy(given: Given, section: str) -> None:
    assert given(**{section: OTHER[section]}).policy_digest() != given().policy_digest()


@pytest.mark.parametrize(
    ("section", "same"),
    [("gates", True), ("waivers", True), ("when", True), ("policy", True), ("baseline", False),
     ("metrics", False), ("predictions", False)],
)  # fmt: skip
def test_what_changes_the_evidence(given: Given, section: str, same: bool) -> None:
    changed = given(**{section: OTHER[section]})
    assert (changed.measurement_digest() == given().measurement_digest()) is same


@pytest.mark.parametrize(
    "sections",
    [
        {"gates": "gates: {accuracy: {max_regression: 1%}}"},
        {"gates": "gates: {accuracy: {max_regression: 0.01}, roc_auc: {min: 0.5}}"},
        {"policy": "policy: {confidence: 0.99}"},
    ],
)
def test_gates_that_need_other_measurements(given: Given, sections: dict[str, str]) -> None:
    assert given(**sections).measurement_digest() != given().measurement_digest()


def test_an_organisation_replaces_what_judges_and_nothing_else(given: Given) -> None:
    text = "version: 1\ngates: {f1: {min: 0.5}}\npolicy: {confidence: 0.99}\n"
    own = given(waivers="waivers: [{gate: accuracy, reason: x, until: 2027-01-31}]")
    both = config.with_organisation(own, config.parse_policy(text, "org.yaml", checks.sections()))
    assert list(both.judging().gates) == ["f1"]
    assert both.judging().confidence == 0.99
    assert both.waivers == ()
    assert both.predictions == own.predictions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: binary\n", "org.yaml:1:1: task: unknown key (known here: version, gates, policy, waivers)"),
        ("gates: {accuracy: {min: 2}}\n", "org.yaml:1:25: gates.accuracy.min: accuracy is between 0 and 1"),
        ("gates: {f1: {min: 0.5}}\nwaivers: [{gate: f2, reason: x, until: 2027-01-31}]\n", "there is no gate 'f2'"),
        ("gates: {data: {max: 0.5}}\n", "is not for data (max_share)"),
    ],
)  # fmt: skip
def test_what_an_organisation_may_not_write(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse_policy(text, "org.yaml", checks.sections())
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_an_organisation_may_name_metrics_of_its_repositories() -> None:
    text = "gates: {their_metric: {min: 0.5}}\n"
    assert list(config.parse_policy(text, "org.yaml", checks.sections()).gates) == ["their_metric"]


def test_files(tmp_path: Path) -> None:
    (tmp_path / "mlgate.yaml").write_text(FULL)
    (tmp_path / "org.yaml").write_text("gates: {f1: {min: 0.5}}\n")
    assert config.load(tmp_path / "mlgate.yaml", checks.sections()).file == "mlgate.yaml"
    assert config.load_policy(tmp_path / "org.yaml", checks.sections()).gates["f1"].min == 0.5


@forall(st.integers(0, 9), st.integers(0, 99), st.integers(0, 99), st.integers(1, 99))
def test_durations_add_up(days: int, hours: int, minutes: int, secs: int) -> None:
    text = f"{days}d{hours}h{minutes}m{secs}s"
    assert seconds(text) == days * 86400 + hours * 3600 + minutes * 60 + secs


@forall(st.integers(-(10**15), 10**15))
def test_whole_numbers_are_one_label_in_every_notation(value: int) -> None:
    assert label_text(value) == label_text(str(value)) == label_text(float(value)) == str(value)


def test_references_are_replaced() -> None:
    environ = {"BUCKET": "b", "KEY": "hunter2", "EMPTY": ""}
    assert config.expand("s3://${env:BUCKET}/${env:KEY}.csv", environ) == "s3://b/hunter2.csv"
    assert config.expand("plain", environ) == "plain"
    for name in ("EMPTY", "GONE"):
        with pytest.raises(DataError, match=f"variable {name} is not set"):
            config.expand("${env:BUCKET}/${env:" + name + "}", environ)


@pytest.mark.parametrize(
    ("place", "out"),
    [
        ("data/x.csv", False), ("../x.csv", False), ("a/${env:X}.csv", False), ("/mnt/x.csv", True),
        ("s3://bucket/x.csv", True), ("postgres://host/db?table=x", True), ("${env:X}/y.csv", True),
    ],
)  # fmt: skip
def test_what_is_outside_of_the_repository_as_it_is_written(place: str, out: bool) -> None:
    assert config.leads_out(place) == out


@pytest.mark.parametrize(
    "value",
    ["never", "report_only", "report_only until", "report_only until 2027-02-30",
     "report_only until 31.3.2027", "report_only until tomorrow", "Always", "true", "2027-03-31"],
)  # fmt: skip
def test_enforcement_is_always_or_begins_on_a_day(value: str) -> None:
    text = (
        "version: 1\nmetrics: {files: [m.json]}\ngates: {loss: {max: 1}}\npolicy: {enforce: %s}\n"
    )
    with pytest.raises(ConfigError) as caught:
        config.parse(text % value, "mlgate.yaml", checks.sections())
    [problem] = caught.value.problems
    assert (problem.key, problem.line) == ("policy.enforce", 4)
    assert "such as report_only until 2027-03-31" in problem.message
    found = config.parse(text % "report_only until 2027-03-31", "mlgate.yaml", checks.sections())
    until = found.config.judging().report_only_until
    assert until == dt.date(2027, 3, 31)
    always = config.parse(text % "always", "mlgate.yaml", checks.sections()).config
    assert always.judging().report_only_until is None
    assert always.policy_digest() != found.config.policy_digest()
