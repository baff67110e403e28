"""What holds for every check, those still to be written included.

A new check is asked for by its section's `example`. One that needs more than predictions, numbers
beside them, two baselines and metric files adds what it needs to `CONFIG` and to `given`.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from tests.parquet_table import parquet_table

from mlgate import checks, config
from mlgate.checks import sections
from mlgate.config.check_section import GateEntry
from mlgate.config.schema import parse_target
from mlgate.inputs import table_diff
from mlgate.metrics import METRICS
from mlgate.metrics.spec import MeanOfGroups
from mlgate.model.attributes import MISSING, Attribute
from mlgate.model.base import Frozen
from mlgate.model.evidence import (
    Absent,
    BaselineRef,
    Evidence,
    HistoryPoint,
    Note,
    RowCounts,
)
from mlgate.model.inputs import EarlierEvidence, InputFile, PairedBaseline, Scalar, Stamp
from mlgate.model.policy import RELATIVE, Gate
from mlgate.model.rows import PairedRows, Rows
from mlgate.progress import Silent
from mlgate.run_dir import EVIDENCE, KERNEL_EVIDENCE, RunFiles


def parsed(check: str, text: str) -> Evidence:
    files = {f"{EVIDENCE}/{check}.json": text.encode()}
    return RunFiles(files, checks.evidence_types()).evidence()[check]


TASKS = ("binary", "multiclass", "regression")
SCORE = {
    "binary": "score: p",
    "multiclass": "score: {a: p_a, b: p_b, c: p_c}, prediction: y_hat",
    "regression": "prediction: y_hat",
}
CONFIG = """
version: 1
task: {task}
predictions: {{path: predictions.csv, id: id, label: y, time: t, {score}}}
concept: {{{scale}}}
estimate: {{path: new{features}}}
data: {{path: new, reference: old, rules: [{{column: own, min: 0}}]}}
evidence: {{import: [evidently.json]}}
drift: {{reference: old, current: new, kinds: {{y_true: numeric}}}}
slices: {{high: "own > 0.5", by: [group]}}
fairness: {{sensitive: [group, own], control: [region], intersections: ["group*own"]}}
metrics:
  use: [{metrics}]
  files: [metrics.json]
  rows: {{own: higher}}
{quantiles}  custom: {{custom: "scoring:mean_error"}}
  direction: {{custom: lower, cost: lower}}
gates:
  {gated}: {{max_regression: 2%, min_improvement: 1%}}
  own: {{max_regression: 3%}}
  custom: {{max_regression: 3%}}
  cost: {{max: 4}}
  "fairness.{gap}_difference[group]": {{max_regression: 2%, min_improvement: 1%}}
"""
EVIDENTLY = b"""{"metrics": [{"metric_name": "MeanValue(column=own)", "value": 0.5}],
"tests": [{"name": "drift", "status": "FAIL"}]}"""
OF_BOTH_SIDES = {"Holm and Benjamini–Hochberg", "compared"}
"""Methods that measure a difference between two sides by themselves."""
REF = BaselineRef(commit="b" * 40)
GAP = {"binary": "equalized_odds", "multiclass": "recall_macro", "regression": "rmse"}
GATED = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "rmse"}


def settings(task):
    metrics = [
        name
        for name, metric in METRICS.items()
        if task in metric.tasks and not isinstance(metric.method, MeanOfGroups)
    ]
    text = CONFIG.format(
        task=task,
        scale="scale: 1" if task == "regression" else "",
        score=SCORE[task],
        features=", features: [level, flag]" if task == "regression" else "",
        metrics=", ".join(metrics),
        gated=GATED[task],
        gap=GAP[task],
        quantiles="  quantiles: {low: 0.1, high: 0.9}\n" if task == "regression" else "",
    )
    for section in sections().values():
        if f"\n{section.key}:" not in text:
            text += f"{section.example}\n"
    return config.parse(text, "mlgate.yaml", sections()).config


def given(new: Rows, old: Rows):
    """`Inputs` held in memory: predictions, both baselines paired, a metric file, a function."""
    tables = {"drift.reference": table(old, "old"), "drift.current": table(new, "new")}
    tables |= {"predictions.path": predicted(new), "estimate.path": predicted(new)}
    counts = RowCounts(paired=len(new), added=2, missing=1, relabelled=0)
    reference = PairedBaseline(REF, None, PairedRows(new, old, counts, np.arange(len(new))))
    past = HistoryPoint(commit="c", created="2026-01-01T00:00:00Z", verdict="pass", metrics={})
    return SimpleNamespace(
        stamp=Stamp("mlgate 0.1.0", "a" * 40, "2026-01-02T03:04:05Z", "sha256:1"),
        digests={"predictions.csv": "sha256:2"},
        notes=[Note(level="info", text="2 rows added")],
        progress=Silent(),
        candidate=lambda **_: new,
        reference=lambda role: reference,
        earlier=lambda role, check: Absent(kind="none_yet", reason="this is the first run"),
        announced_test_set=lambda: None,
        test_set_digest=lambda: None,
        scalars=lambda: {"cost": Scalar((3.0, 3.5), "metrics.json")},
        custom=lambda function: mean_error,
        custom_unpaired=None,
        history=lambda: [past],
        table=lambda path, key, reference=False: tables[key],
        masks=lambda asked: dict.fromkeys(asked, new.values["own"] > 0.5),
        attributes=lambda wanted: {name: attribute(name, new) for name in wanted},
        data=lambda: SimpleNamespace(
            table=tables["drift.current"], reference=tables["drift.reference"], schema=None
        ),
        numbers=lambda columns, key: dict.fromkeys(columns, new.values["own"]),
        table_diff=lambda path, key, ids, before: table_diff.compare(
            tables["drift.reference"], tables["drift.current"], ids
        ),
        training=SimpleNamespace(
            artifacts=[SimpleNamespace(size=7)], resources=SimpleNamespace(peak_memory=9)
        ),
        secret=b"a secret",
        file=lambda path, key: InputFile(path, EVIDENTLY, older=False),
    )


def attribute(name: str, side: Rows) -> Attribute:
    """Three groups that follow the rows in whatever order they come; one row has none."""
    own = side.values["own"] * {"group": 1, "own": 7, "region": 3}[name] % 1
    codes = (own * 3).astype(np.int32)
    codes[side.values["own"].argmin()] = MISSING
    return Attribute(("a", "b", "c"), codes)


def table(side: Rows, name: str):
    """The rows as a table of four kinds of columns, held as Parquet."""
    own = side.values["own"]
    columns = {
        "y_true": side.y_true,
        "own": np.where(own < 0.1, np.nan, own),
        "level": np.array(["low", "middle", "high"])[(own * 3).astype(int)],
        "flag": own > 0.5,
        "name": [f"row {round(x * 1e9)}" for x in own],
    }
    return parquet_table(columns, name)


def predicted(side: Rows):
    """The rows as `estimate` reads them: outputs, label and two features, by column."""
    own = side.values["own"]
    columns = {"y": side.y_true, "y_hat": side.y_pred, "flag": own > 0.5}
    columns["level"] = np.array(["low", "middle", "high"])[(own * 3).astype(int)]
    if side.classes:
        columns["y_hat"] = np.array(side.classes)[side.y_pred]
    if side.score is not None and side.score.ndim == 1:
        columns["p"] = side.score
    elif side.score is not None:
        columns |= {f"p_{name}": side.score[:, i] for i, name in enumerate(side.classes)}
    return parquet_table(columns, "new")


def mean_error(rows, weights, progress):
    wrong = np.abs(rows.y_pred - rows.y_true) * 1.0
    if weights is None:
        return [float(wrong.mean())]
    return list(weights @ wrong / weights.sum(axis=1))


def rows(task, n=400, seed=0):
    """Candidate and baseline, correlated, on the same labels; scores have ties."""
    rng = np.random.default_rng(seed)
    truth, shared = rng.normal(size=n), rng.normal(size=n)
    return tuple(
        _rows(task, truth, truth + shared + extra * rng.normal(size=n), rng.random(n))
        for extra in (0.3, 0.5)
    )


def _rows(task, truth, guess, own):
    values, time = {"own": own}, own * 1000
    if task == "regression":
        return Rows(
            task,
            truth,
            guess,
            values=values | {"quantile@0.1": guess - own, "quantile@0.9": guess + own},
            time=time,
        )
    if task == "binary":
        score = np.round(1 / (1 + np.exp(-guess)), 2)
        codes = [(x > 0.2).astype(np.int32) for x in (truth, guess)]
        return Rows(task, *codes, score, ("no", "yes"), positive=1, values=values, time=time)
    score = np.exp(-((guess[:, None] - np.array([-1.0, 0.0, 1.0])) ** 2)).round(2) + 0.01
    score /= score.sum(axis=1, keepdims=True)
    codes = np.digitize(truth, [-0.5, 0.5]).astype(np.int32)
    return Rows(task, codes, score.argmax(axis=1).astype(np.int32), score, ("a", "b", "c"),
                values=values, time=time)  # fmt: skip


def compares(evidence: Evidence) -> bool:
    """Whether a check takes more of a baseline than what its evidence says."""
    measured = evidence.metrics.values()
    return any(one.against or one.method in OF_BOTH_SIDES for one in measured)


def permuted(side, order):
    return side.take(order)


def run(check, task, new, old) -> Evidence:
    module = checks.load(check)
    params = module.params(settings(task))
    assert params is not None, "CONFIG must ask for every check"
    inputs = given(new, old)
    inputs.earlier = lambda role, check: EarlierEvidence(REF, module.run(given(old, old), params))
    return module.run(inputs, params)


def refused(check: str, metric: str, **rules: object) -> bool:
    """Whether `mlgate config check` refuses a gate on a metric of a check."""
    section = sections()[check]
    name = check if metric == "share" else f"{check}.{metric}"
    target = parse_target(name, sections())
    entry = GateEntry(("gates", name), target, Gate.model_validate(rules), settings("binary"))
    return any(section.problems_of_gate(entry))


every_check = pytest.mark.parametrize("check", checks.names())
every_task = pytest.mark.parametrize("task", TASKS)


@every_check
class TestForm:
    """The module satisfies `checks.Check`."""

    def test_functions_have_the_protocols_parameters(self, check):
        module = checks.load(check)
        for name in ("params", "run"):
            ours = inspect.signature(getattr(module, name))
            wanted = inspect.signature(getattr(checks.Check, name))
            assert inspect.isfunction(getattr(module, name))
            assert list(ours.parameters) == list(wanted.parameters)[1:]
            assert all(one.annotation is not one.empty for one in ours.parameters.values())
            assert inspect.getdoc(getattr(module, name))

    def test_gives_evidence_and_its_own_parameters(self, check):
        module = checks.load(check)
        gives = inspect.signature(module.run).return_annotation
        assert gives in {
            kind.__name__
            for kind in (Evidence, *KERNEL_EVIDENCE.values(), *checks.evidence_types().values())
        }
        params = f"{''.join(map(str.capitalize, check.split('_')))}Params"
        assert inspect.signature(module.run).parameters["params"].annotation == params
        assert inspect.signature(module.params).return_annotation == f"{params} | None"
        assert issubclass(getattr(module, params), Frozen)

    def test_says_what_it_is_in_one_sentence(self, check):
        module = checks.load(check)
        assert inspect.getdoc(module)
        assert module.SUMMARY[0].isupper()
        assert module.SUMMARY.endswith(".")
        assert len(module.SUMMARY) <= 100

    def test_parameters_survive_json(self, check):
        module = checks.load(check)
        params = module.params(settings("binary"))
        assert type(params).from_json(params.to_json()) == params


prefixed_check = pytest.mark.parametrize(
    "check",
    [
        check
        for check, section in sections().items()
        if section.prefixed and check in checks.names()
    ],
)


@prefixed_check
class TestGates:
    """What no run can decide is refused before the run."""

    def test_a_metric_that_it_does_not_measure_is_refused(self, check):
        assert refused(check, "nonsense", max=1)

    def test_a_comparison_that_it_does_not_make_is_refused(self, check):
        evidence = run(check, "binary", *rows("binary"))
        if evidence.baselines or evidence.absent:
            pytest.skip("it compares")
        for kind in RELATIVE:
            assert all(refused(check, name, **{kind: 1}) for name in evidence.metrics)

    def test_its_section_names_what_it_measures(self, check):
        section = sections()[check]
        if section.gate_problems is not None:
            pytest.skip("its section decides by more than the name")
        measured = run(check, "binary", *rows("binary")).metrics
        assert set(section.metrics) == set(measured)
        for name, measurement in measured.items():
            assert not refused(check, name, max=1)
            assert refused(check, name, max_regression=1) == (not measurement.against)


@every_check
@every_task
class TestInvariants:
    def test_same_data_on_both_sides_gives_no_change(self, check, task):
        new, _ = rows(task)
        compared = 0
        for measured in run(check, task, new, new).metrics.values():
            for against in measured.against.values():
                if against.untested is not None or against.insufficient is not None:
                    continue
                if against.change is None:
                    assert against.insufficient is not None
                    continue
                assert against.change == 0
                assert against.baseline == pytest.approx(measured.value)
                assert against.interval[0] <= 0 <= against.interval[1]
                compared += 1
            if measured.method in OF_BOTH_SIDES:
                assert measured.value == 0
                compared += 1
        assert compared or not compares(run(check, task, *rows(task)))

    def test_order_of_rows_does_not_matter(self, check, task):
        new, old = rows(task)
        order = np.random.default_rng(1).permutation(len(new))
        plain = json.loads(run(check, task, new, old).to_json())
        again = json.loads(run(check, task, permuted(new, order), permuted(old, order)).to_json())
        assert_close(again, plain)

    def test_same_inputs_give_the_same_bytes(self, check, task):
        new, old = rows(task)
        assert run(check, task, new, old).to_json() == run(check, task, new, old).to_json()

    def test_survives_json(self, check, task):
        evidence = run(check, task, *rows(task))
        again = parsed(check, evidence.to_json())
        assert again == evidence
        assert type(again) is type(evidence)

    def test_carries_its_origin(self, check, task):
        new, old = rows(task)
        evidence = run(check, task, new, old)
        inputs = given(new, old)
        for name, value in inputs.stamp.fields().items():
            assert getattr(evidence, name) == value
        assert evidence.check == check
        assert evidence.inputs == inputs.digests
        assert set(inputs.notes) <= set(evidence.notes)

    def test_leaves_its_input_alone(self, check, task):
        sides = rows(task)
        for side in sides:
            for array in (side.y_true, side.y_pred, side.score, *side.values.values()):
                if array is not None:
                    array.flags.writeable = False
        run(check, task, *sides)


def assert_close(found, expected):
    """Equal but for the rounding of sums, and for which row is shown as an example."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            if key != "example":
                assert_close(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    else:
        assert found == expected


@pytest.mark.parametrize("name", checks.names())
def test_evidence_can_say_no_more_than_why_nothing_was_measured(name: str) -> None:
    failed = Evidence(check=name, tool="0", commit=None, created="now", error="no file")
    assert parsed(name, failed.to_json()).error == "no file"


def test_a_check_without_its_section_is_not_asked_and_not_imported() -> None:
    text = (
        "version: 1\\ndata: {path: new.csv}\\ndrift: {reference: old.csv}\\n"
        "gates: {drift: {max_share: 0.5}}\\n"
    )
    program = (
        "import sys\nfrom mlgate import checks, config\n"
        f"asked = checks.requested(config.parse('{text}', 'mlgate.yaml', checks.sections()).config)\n"
        "others = ('compare.families', 'fairness.gaps', 'slices.measure')\n"
        "print(asked, [name for name in others if f'mlgate.checks.{name}' in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "['drift'] []\n"
