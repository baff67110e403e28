"""The `concept` check: a loss that rises, one that does not, and what cannot be told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.checks.concept import measure as concept
from mlgate.errors import ConfigError
from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import Absent, BaselineRef, CompareEvidence, Measurement
from mlgate.model.inputs import PairedBaseline, Stamp
from mlgate.model.policy import Target
from mlgate.model.rows import Rows
from mlgate.progress import Silent

if TYPE_CHECKING:
    from mlgate.checks.concept.evidence import ConceptEvidence

DAY = 86_400.0
START = 1.75e9
TEXT = """\
version: 1
task: {task}
predictions: {{path: p.csv, label: y, {columns}, time: t}}
concept: {{{section}}}
gates: {{{gate}}}
"""


def rows(*stretches: tuple[float, int], seed: int = 1, task: str = "binary") -> Rows:
    """Rows whose error rate is as given, one an hour."""
    rng = np.random.default_rng(seed)
    wrong = np.concatenate([rng.random(n) < rate for rate, n in stretches])
    truth = rng.integers(0, 2, len(wrong)).astype(np.int32)
    time = START + np.arange(len(wrong)) * 3600.0
    if task == "regression":
        y = rng.normal(size=len(wrong))
        return Rows("regression", y, y + wrong * 5.0 + rng.normal(size=len(wrong)) * 0.1, time=time)
    guess = np.where(wrong, 1 - truth, truth).astype(np.int32)
    return Rows("binary", truth, guess, guess * 0.8 + 0.1, ("no", "yes"), positive=1, time=time)


def baseline(accuracy: float, n: int = 20_000) -> PairedBaseline:
    half = 1.645 * np.sqrt(accuracy * (1 - accuracy) / n)
    measured = Measurement(
        title="accuracy", value=accuracy, interval=(accuracy - half, accuracy + half), n=n,
        method="wilson",
    )  # fmt: skip
    evidence = CompareEvidence(
        tool="t", commit="b" * 40, created="2026-01-01T00:00:00Z", metrics={"accuracy": measured}
    )
    return PairedBaseline(BaselineRef(commit="b" * 40), evidence)


def check(found: Rows, reference: PairedBaseline | None = None, **params: Any) -> ConceptEvidence:
    none = Absent(kind="none_yet", reason="none yet")
    inputs: Any = SimpleNamespace(
        stamp=Stamp("mlgate 0", "a" * 40, "2026-11-21T12:00:00Z"),
        digests={},
        notes=[],
        progress=Silent(),
        candidate=lambda **_: found,
        reference=lambda role: reference or none,
    )
    return concept.run(inputs, concept.ConceptParams(**params))


def judged(evidence: ConceptEvidence, kind: Any, limit: float) -> str:
    measured = evidence.metrics["loss"]
    target = Target(name="concept")
    rule = Rule(target, kind, limit, False, "concept", "loss", "lower", 0.95, 0.8)
    return decide(rule, measured).verdict


def test_a_sudden_rise_is_found_located_and_fails_the_gate() -> None:
    found = check(rows((0.1, 4_000), (0.2, 2_000)), baseline(0.9))
    assert found.pattern == "sudden"
    changed = (found.stretches[1].start - START) / 3600
    assert changed == pytest.approx(4_000, abs=200)
    assert found.raised_at is not None
    assert 4_000 < (found.raised_at - START) / 3600 < 4_700
    assert found.stretches[1].loss == pytest.approx(0.2, abs=0.03)
    assert judged(found, "max", 0.12) == "fail"
    assert judged(found, "max_regression", 0.01) == "fail"
    assert judged(found, "max_regression_anchor", 0.2) == "pass"


def test_a_loss_that_stays_passes() -> None:
    found = check(rows((0.1, 8_000)), baseline(0.9))
    assert found.pattern == "none"
    assert found.raised_at is None
    assert found.stretches[0].n == found.n == 8_000
    assert judged(found, "max", 0.12) == "pass"
    assert judged(found, "max_regression", 0.02) == "pass"


def test_a_loss_that_comes_and_goes() -> None:
    found = check(rows((0.1, 3_000), (0.4, 3_000), (0.1, 3_000)))
    assert found.pattern == "recurring"
    assert [one.loss for one in found.stretches] == pytest.approx([0.1, 0.4, 0.1], abs=0.03)
    # It has been above at some time, which no later good stretch takes back.
    assert judged(found, "max", 0.2) == "fail"


def test_a_loss_that_rises_step_by_step() -> None:
    assert check(rows((0.05, 3_000), (0.2, 3_000), (0.45, 3_000))).pattern == "gradual"


def test_a_loss_that_rises_on_a_slope_is_gradual_too() -> None:
    slope = [(0.05 + 0.01 * step, 200) for step in range(40)]
    assert check(rows(*slope)).pattern == "gradual"
    assert check(rows((0.1, 4_000), (0.25, 4_000))).pattern == "sudden"


def test_of_regressions_the_clipped_share_of_a_scale() -> None:
    found = check(rows((0.1, 2_000), (0.5, 2_000), task="regression"), loss="absolute", scale=2.0)
    assert found.stretches[-1].loss > 0.4
    assert found.metrics["loss"].interval[0] > 0.3


def test_the_brier_score() -> None:
    found = check(rows((0.1, 1_000)), loss="brier")
    assert found.metrics["loss"].value == pytest.approx(0.9 * 0.01 + 0.1 * 0.81, abs=0.02)


def test_the_order_of_rows_does_not_matter() -> None:
    given = rows((0.1, 500), (0.3, 500))
    shuffled = given.take(np.random.default_rng(2).permutation(1_000))
    assert check(shuffled).to_json() == check(given).to_json()


def test_rows_of_one_time_have_an_order_of_their_own() -> None:
    given = rows((0.2, 400))
    given = Rows(**{**{f: getattr(given, f) for f in given.__slots__}, "time": np.zeros(400)})
    shuffled = given.take(np.random.default_rng(2).permutation(400))
    assert check(shuffled).to_json() == check(given).to_json()


def test_few_rows_are_no_evidence() -> None:
    found = check(rows((0.9, 60)))
    assert judged(found, "max", 0.1) == "inconclusive"
    assert found.floor is None


def test_without_a_baseline_relative_rules_have_none() -> None:
    assert check(rows((0.1, 500))).absent["main"].kind == "none_yet"
    other = baseline(0.9)
    found = check(rows((0.1, 500)), other, loss="brier")
    assert "metrics.use" in found.absent["main"].hint


@pytest.mark.parametrize(
    ("task", "columns", "section", "gate", "told"),
    [
        ("binary", "prediction: p", "", "concept.loss: {max: 0.1}", None),
        ("binary", "prediction: p", "loss: brier", "accuracy: {min: 0}", "brier needs scores"),
        (
            "binary",
            "prediction: p",
            "loss: absolute",
            "accuracy: {min: 0}",
            "does not fit the task",
        ),
        ("regression", "prediction: p", "", "mae: {max: 1}", "needs a scale"),
        ("binary", "prediction: p", "scale: 1", "accuracy: {min: 0}", "only to the loss absolute"),
        ("binary", "prediction: p", "", "concept.los: {max: 0.1}", "there is no concept.los"),
        ("binary", "prediction: p", "", "concept.loss: {min: 0.1}", "is not for concept.loss"),
    ],
)
def test_what_the_section_may_say(
    task: str, columns: str, section: str, gate: str, told: str | None
) -> None:
    text = TEXT.format(task=task, columns=columns, section=section, gate=gate)
    if told is None:
        assert concept.params(config.parse(text, "mlgate.yaml", sections()).config) is not None
        return
    with pytest.raises(ConfigError) as error:
        config.parse(text, "mlgate.yaml", sections())
    assert told in str(error.value)


def test_it_needs_the_time_of_each_row() -> None:
    text = TEXT.format(
        task="binary", columns="prediction: p", section="", gate="concept.loss: {max: 0.1}"
    ).replace(", time: t", "")
    with pytest.raises(ConfigError, match=r"give predictions\.time"):
        config.parse(text, "mlgate.yaml", sections())
