"""Headline, reason, table, check run and terminal of one run show the same numbers."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from mlgate import checks
from mlgate.cli import show
from mlgate.gates.judge import judge
from mlgate.model.evidence import Absent, CompareEvidence, Comparison, Contrast, Measurement
from mlgate.model.policy import Gate, Margin, Policy, contrast_factor
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.pipeline.publishing.render import headline
from mlgate.report import build, markdown
from mlgate.report.document import Table
from mlgate.report.gates import edge_of
from mlgate.text import escape
from mlgate.text.number_format import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.evidence import Interval
    from mlgate.model.verdict import RuleResult, Verdict
    from mlgate.report.document import GateRow, Report

COMMIT = "a1b2c3d" + "0" * 33
CREATED = "2026-11-21T14:02:00Z"
NUMBER = re.compile(r"[−+]?(?:\d[\d,]*)?\.?\d+(?:e[-+]\d+)?")
ROWS = re.compile(r"about [\d,]+ rows|with \d+ % probability")
LIMITS = ("min", "max")
CHANGES = ("max_regression", "min_improvement")


class Case(NamedTuple):
    """One rule, and what it judges."""

    kind: str
    limit: float
    relative: bool
    measurement: Measurement

    def judge(self) -> JudgeRecord:
        limit = Margin(value=self.limit, relative=self.relative) if self.relative else self.limit
        gate = Gate.model_validate({self.kind: limit})
        policy = Policy(gates={"quality": gate})
        return JudgeRecord(source="main", file="mlgate.yaml", digest=policy.digest(), policy=policy)


class Shown(NamedTuple):
    """A run as it is shown."""

    verdict: Verdict
    report: Report

    @property
    def gate(self) -> RuleResult:
        (gate,) = self.verdict.gates
        return gate

    @property
    def row(self) -> GateRow:
        (row,) = self.report.gates
        return row


def shown(case: Case) -> Shown:
    evidence = CompareEvidence(
        tool="0.1.0", commit=COMMIT, created=CREATED, metrics={"quality": case.measurement},
        absent={"anchor": Absent(kind="off", reason="no anchor is wanted")},
    )  # fmt: skip
    run = RunRecord(
        tool="0.1.0", name="income", commit=COMMIT, started=CREATED,
        judges=(case.judge(),),
    )  # fmt: skip
    folders = {"evidence": {"compare": evidence}}
    verdict = judge(run, folders, dt.date(2026, 11, 21), checks.gates())
    return Shown(verdict, build.build(run, verdict, folders["evidence"], checks.pages()))


@st.composite
def bounds(draw: st.DrawFn, point: float, scale: float) -> Interval:
    """An interval around a number, of any width; now and then one bound is not defined."""
    widths = st.floats(1e-4, 1).map(lambda width: width * scale)
    low, high = point - draw(widths), point + draw(widths)
    undefined = draw(st.sampled_from([None, None, None, None, 0, 1]))
    return None if undefined == 0 else low, None if undefined == 1 else high


def near(draw: st.DrawFn, scale: float, *numbers: float | None) -> float:
    """A limit as people write one: on its own, or close to a number that is compared with it."""
    places = draw(st.integers(1, 4))
    own = st.sampled_from([0.0, 0.01, 0.015, 0.02, 0.8]).map(lambda limit: limit * scale)
    close = st.sampled_from([abs(x) for x in numbers if x is not None])
    return abs(float(f"{draw(own | close):.{places}g}"))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    unit = draw(st.sampled_from(["share", "number"]))
    scale = 1.0 if unit == "share" else draw(st.sampled_from([0.01, 1.0, 40_000.0]))
    direction = draw(st.sampled_from(["higher", "lower"]))
    kind = draw(st.sampled_from([*LIMITS, *CHANGES]))
    relative = kind in CHANGES and draw(st.booleans())
    untested = "one value a side" if draw(st.booleans()) else None
    baseline = draw(st.floats(0.05, 1)) * scale
    value = draw(st.just(baseline) | st.floats(0.05, 1).map(lambda x: x * scale))
    change = value - baseline
    own = (None, None) if untested else draw(bounds(value, 0.1 * scale))
    of_change = (None, None) if untested else draw(bounds(change, 0.1 * scale))
    if kind in LIMITS:
        limit = near(draw, scale, value, *own)
    elif relative:
        limit = near(draw, 1.0, *(x and x / baseline for x in (change, *of_change)))
    else:
        limit = near(draw, scale, change, *of_change)
    contrasts: tuple[Contrast, ...] = ()
    if relative:
        assume(limit < 1)
        improvement = kind == "min_improvement"
        margin = Margin(value=limit, relative=True)
        factor = contrast_factor(margin, direction, improvement=improvement)
        contrast = value - factor * baseline
        around = draw(bounds(contrast, 0.1 * scale))
        contrasts = (Contrast(factor=factor, value=contrast, interval=around),)
    main = Comparison(
        baseline=baseline, change=change, interval=of_change, n=1_000, method="tango",
        row_variance=0.05 * scale**2, contrasts=contrasts, untested=untested,
    )  # fmt: skip
    measurement = Measurement(
        title="quality", value=value, interval=own, n=1_000, method="wilson", unit=unit,
        direction=direction, untested=untested, against={"main": main},
    )  # fmt: skip
    return Case(kind, limit, relative, measurement)


def numbers(text: str, factor: int = 0) -> Iterator[Decimal]:
    """Return the numbers in a text, times 10 ** `factor`."""
    for match in NUMBER.findall(ROWS.sub("", text)):
        yield Decimal(match.replace(",", "").replace("−", "-")).scaleb(factor)


def in_sentences(case: Case) -> int:
    """Points and per cent are shares times 100."""
    points = case.kind in CHANGES and case.measurement.unit == "share"
    return -2 if points or case.relative else 0


def in_the_row(case: Case, row: GateRow) -> set[Decimal]:
    """Return the sizes of the numbers that are judged, in the metric's own unit."""
    if case.kind in LIMITS:
        return {abs(x) for x in numbers(row.value)}
    return {abs(x) for x in numbers(row.change, -2 if case.relative else 0)}


@settings(max_examples=400)
@given(cases())
def test_sentences_show_the_numbers_of_the_table(case: Case) -> None:
    run = shown(case)
    event(f"{case.kind} {run.gate.verdict}")
    table = in_the_row(case, run.row) | {Decimal(repr(case.limit))}
    terminal = "\n".join(show.gates(run.verdict))
    for text in (run.gate.reason, run.verdict.headline, headline(run.verdict), terminal):
        assert {abs(x) for x in numbers(text, in_sentences(case))} <= table, text


@given(cases())
def test_the_table_of_metrics_shows_the_numbers_of_the_gates(case: Case) -> None:
    run = shown(case)
    tables = (part for fold in run.report.folds for part in fold.content)
    (cells,) = next(t for t in tables if isinstance(t, Table) and "All metrics" in t.caption).rows
    assert run.row.value in (cells[1].text, cells[1].text.split(" ")[0])
    if case.kind in CHANGES:
        assert run.row.baseline == cells[2].text
        assert case.relative or run.row.change == cells[3].text


@given(cases())
def test_the_check_run_shows_the_headline_and_the_row(case: Case) -> None:
    run = shown(case)
    text = markdown.render([run.report])
    assert escape.inline(run.report.headline) in text
    # A column that no gate fills is left out.
    shown_cells = [cell for cell in (run.row.value, run.row.change) if cell != "–"]
    assert all(escape.inline(cell) in text for cell in shown_cells)


@settings(max_examples=400)
@given(cases())
def test_no_number_is_shown_on_the_other_side_of_its_limit(case: Case) -> None:
    run = shown(case)
    gate, edge = run.gate, edge_of(run.gate)
    if case.kind in LIMITS:
        cell, factor, exact = run.row.value, 0, [gate.value, *gate.interval]
    else:
        cell, factor, exact = run.row.change, 0, [gate.change, *gate.interval]
        if case.relative:
            assert gate.baseline is not None
            assert gate.factor is not None
            shift = (gate.factor - 1) * gate.baseline
            amounts = (gate.contrast, *gate.interval)
            exact = [None if x is None else (x + shift) / gate.baseline for x in amounts]
            factor = -2
    defined = [x for x in exact if x is not None]
    printed = list(numbers(cell.replace(NONE, ""), factor))
    for number, value in zip(printed, defined[: len(printed)], strict=True):
        for limit in (edge,) if case.kind in LIMITS else (edge, 0.0):
            written = number - Decimal(repr(limit))
            assert written * Decimal(value - limit) >= 0 or abs(value - limit) < 1e-9, cell


def test_a_first_run_from_a_metric_file_reads_alike_everywhere() -> None:
    """The headline had "32.45", the table "32.5"."""
    measurement = Measurement(
        title="quality", value=32.45, method="file", direction="lower", untested="one value a side"
    )
    run = shown(Case("max", 30.0, False, measurement))
    assert "quality is 32.45 (wanted: ≤ 30" in run.verdict.headline
    assert run.row.value == "32.45"


@pytest.mark.parametrize(
    ("interval", "sentence", "cell"),
    [
        ((0.163, 0.1881), "at most 0.189 (wanted: ≤ 0.200)", "[.163, .189]"),
        ((0.163, 0.1998), "at most 0.1998 (wanted: ≤ 0.2000)", "[.1630, .1998]"),
    ],
)
def test_bounds_are_rounded_outward_in_both(interval: Any, sentence: str, cell: str) -> None:
    value = sum(interval) / 2
    measurement = Measurement(
        title="quality", value=value, interval=interval, n=900, method="wilson", unit="share",
        direction="lower",
    )  # fmt: skip
    run = shown(Case("max", 0.2, False, measurement))
    assert run.gate.reason == sentence
    assert run.row.value.replace("\u00a0", " ").endswith(cell)
