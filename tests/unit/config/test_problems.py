"""Every problem is told at once, in our words, at its place, with the nearest known key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlgate import checks
from mlgate.config.check_section import compose
from mlgate.config.problems import NOT_YET, all_keys, keys_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

    from mlgate.errors import ConfigProblem

EVERYTHING_WRONG = """\
version: 1
name: income
taks: binary
task: binary
train:
  run: python train.py
  timeout: 2
  reuse: tree
predictions:
  path: out/predictions.parquet
  id: [id, 3]
  label: income
  score: probability
  positive_label: ">50K"
  treshold: 0.5
metrics:
  use: [acuracy, mae]
  python: ${env:X}
  custom: {profit: scoring}
baseline:
  keep: row
  id_key: hunter2
  threshold: 1
gates:
  accuracy: {min: 80, max_regression: 0.01}
  roc_auc: {max_regression: 0.005, max_regression_anchor: abc}
  f1_score: {}
  f1: {min: 0.5, max: .4}
  neg_log_loss: {min: -0.5}
  drift: {max_share: .3}
  "accuracy[young]": {min: .5}
  bogus: {min: 1}
policy: {confidence: 2, on_inconclusive: wran}
waivers:
  - {gate: "roc_auc.max_regresion", reason: "", until: 2027-01-32}
  - {gate: "f1.mim", reason: "x", until: 2027-01-31}
data: {path: x}
"""


def test_everything_at_once(
    problems: Callable[[str], list[ConfigProblem]], snapshot: SnapshotAssertion
) -> None:
    assert "\n".join(map(str, problems(EVERYTHING_WRONG))) == snapshot


def test_a_secret_is_not_repeated(problems: Callable[[str], list[ConfigProblem]]) -> None:
    told = "\n".join(map(str, problems(EVERYTHING_WRONG)))
    assert "baseline.id_key: expected ${env:NAME}" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"task": "task: binry"}, "task: expected binary, multiclass, regression or scores, got the text 'binry' (did you mean binary?)"),
        ({"version": "version: 2"}, "version: expected 1, got the number 2"),
        ({"version": "version: '1'"}, "version: expected 1, got the text '1'"),
        ({"version": ""}, "version: is missing (write version: 1)"),
        ({"gates": ""}, "gates: is missing (give at least one gate, such as accuracy: {max_regression: 0.01})"),
        ({"gates": "gates: {}"}, "gates: must not be empty"),
        ({"gates": "gates: [accuracy]"}, "gates: expected keys (key: value), got a list"),
        ({"gates": "gates: {accuracy: 0.9}"}, "gates.accuracy: expected keys (key: value), got the number 0.9"),
        ({"gates": "gates: {accuracy: {min: abc}}"}, "gates.accuracy.min: expected a number, got the text 'abc'"),
        ({"gates": "gates: {accuracy: {min: true}}"}, "gates.accuracy.min: expected a number, got true"),
        ({"gates": "gates: {accuracy: {min: .nan}}"}, "gates.accuracy.min: expected a finite number, got the number nan"),
        ({"gates": "gates: {accuracy: {max_regression: -0.1}}"}, 'gates.accuracy.max_regression: expected a number of at least 0 such as 0.01, or a percentage of the baseline such as "2%", got the number -0.1'),
        ({"gates": "gates: {accuracy: {max_regression: 1.2.3%}}"}, 'gates.accuracy.max_regression: expected a number of at least 0 such as 0.01, or a percentage of the baseline such as "2%", got the text \'1.2.3%\''),
        ({"gates": "gates: {accuracy: {max_regression: {value: 1}}}"}, 'gates.accuracy.max_regression: expected a number such as 0.01, or a percentage such as "2%", got keys'),
        ({"gates": "gates: {accuracy: {max_regresion: 0.01}}"}, "gates.accuracy.max_regresion: unknown key (did you mean max_regression?)"),
        ({"train": "train:"}, "train: expected keys (key: value), got nothing"),
        ({"train": "train: {artifacts: model.joblib}"}, "train.artifacts: expected a list, got the text 'model.joblib' (write [model.joblib])"),
        ({"train": "train: {timeout: 2 hours}"}, "train.timeout: expected a duration with its unit, such as 90s, 2h or 1h30m, got the text '2 hours'"),
        ({"train": "train: {timeout: 0s}"}, "train.timeout: expected a duration with its unit, such as 90s, 2h or 1h30m, got the text '0s'"),
        ({"when": "when: {drafts: 1}"}, "when.drafts: expected true or false, got the number 1"),
        ({"baseline": "baseline: {retention: {newest: 2.5}}"}, "baseline.retention.newest: expected a whole number, got the number 2.5"),
        ({"baseline": "baseline: {retention: {newest: 0}}"}, "baseline.retention.newest: must be at least 1, got the number 0"),
        ({"baseline": "baseline: {threshold: 1}"}, "baseline.threshold: unknown key here (did you mean predictions.threshold?)"),
        ({"report": "report: {zzz: 1}"}, "report.zzz: unknown key (known here: title, plots, changes)"),
        ({"metrics": "metrics: {custom: {profit: scoring.profit}}"}, "metrics.custom.profit: expected module:function"),
        ({"predictions": "predictions: {path: p.csv, prediction: p, label: ''}"}, "predictions.label: must not be empty"),
        ({"predictions": "predictions: {path: p.csv, prediction: p}"}, "predictions.label: is missing (the column with the true class or value)"),
        ({"predictions": "predictions: {path: p.csv, label: y, score: {a: 1}}"}, "predictions.score.a: expected text, got the number 1"),
        ({"predictions": "predictions: {path: p.csv, label: y, score: 1}"}, "predictions.score: expected text or keys (key: value), got the number 1"),
        ({"predictions": "predictions: {path: p.csv, label: y, prediction: p, threshold: 1.5}"}, "predictions.threshold: must be at most 1, got the number 1.5"),
        ({"waivers": "waivers: [{gate: accuracy, reason: x, until: soon}]"}, "waivers.0.until: expected a date such as 2027-01-31, got the text 'soon'"),
        ({"waivers": "waivers: [{gate: accuracy, reason: x}]"}, "waivers.0.until: is missing"),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_problem(
    told: Callable[..., list[str]], sections: dict[str, str], message: str
) -> None:
    assert told(**sections) == [message]


@pytest.mark.parametrize("path", sorted(NOT_YET))
def test_what_this_version_cannot_do_is_refused(
    told: Callable[..., list[str]], path: tuple[str, ...]
) -> None:
    texts = {
        ("train", "reuse"): {"train": "train: {reuse: tree}"},
        **{
            ("predictions", key): {
                "predictions": f"predictions: {{path: p, label: y, prediction: q, {key}: x}}"
            }
            for key in ("weight", "cluster", "time", "fold", "repeat")
        },
        **{("data", key): {"data": f"data: {{path: p, {key}: []}}"} for key in ("schema", "rules")},
    }
    key = ".".join(path)
    sections = texts.get(path, {path[0]: f"{path[0]}: {{}}"})
    assert told(**sections) == [f"{key}: not supported by this version of mlgate (remove it)"]
    assert path not in all_keys(compose(checks.sections()))


@pytest.mark.parametrize(
    ("sections", "starts"),
    [
        (
            {"metrics": "metrics: {rows: {a: {direction: higher, range: [null]}}}"},
            ["metrics.rows.a.range.1: is missing", "metrics.rows.a.range.0: expected a number"],
        ),
        ({"train": 'train: {run: "a\\0b"}'}, ["train.run: holds the character U+0000"]),
        (
            {"baseline": "baseline: {retention: {days: 1000000000000}}"},
            ["baseline.retention.days: must be at most 36500"],
        ),
    ],
)
def test_what_no_program_can_take_is_a_problem(
    told: Callable[..., list[str]], sections: dict[str, str], starts: list[str]
) -> None:
    texts = told(**sections)
    assert all(any(text.startswith(start) for text in texts) for start in starts), texts


def test_known_keys() -> None:
    assert keys_at(compose(checks.sections()), ("gates", "anything"))[:2] == ("min", "max")
    assert keys_at(compose(checks.sections()), ("gates",)) == ()
    assert keys_at(compose(checks.sections()), ("waivers", 0)) == (
        "gate",
        "reason",
        "until",
        "approved_by",
    )
    assert keys_at(compose(checks.sections()), ("predictions", "rows")) == (
        "missing",
        "added",
        "relabelled",
        "columns",
    )


def test_problems_come_in_the_order_of_lines(
    problems: Callable[[str], list[ConfigProblem]],
) -> None:
    found = problems(EVERYTHING_WRONG)
    assert [(p.line, p.column) for p in found] == sorted((p.line, p.column) for p in found)
