"""Run, verdict and evidence → a report: pure, and the only place that decides what is told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mlgate.checks.compare import page as sides
from mlgate.checks.compare import page_history as history
from mlgate.checks.concept import page as concept
from mlgate.checks.concept.evidence import ConceptEvidence
from mlgate.checks.data import page as data
from mlgate.checks.data.evidence import DataEvidence
from mlgate.checks.drift import page as drift
from mlgate.checks.drift.evidence import DriftEvidence
from mlgate.checks.estimate import page as estimate
from mlgate.checks.estimate.evidence import EstimateEvidence
from mlgate.checks.fairness import page as fairness
from mlgate.checks.fairness.evidence import FairnessEvidence
from mlgate.checks.imported import page as imported
from mlgate.checks.imported.evidence import ImportedEvidence
from mlgate.checks.slices import page as slices
from mlgate.checks.slices.evidence import SlicesEvidence
from mlgate.model.evidence import CompareEvidence, TrainEvidence
from mlgate.model.verdict import SEVERITY, RunOutcome
from mlgate.report import gates, lines, metrics, numbers, origin
from mlgate.report.document import (
    Cell,
    Code,
    Column,
    Fold,
    GateRow,
    Paragraph,
    Report,
    Status,
    Table,
    Text,
)
from mlgate.report.gates import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict

_ICON: Final[dict[RunOutcome, Status]] = {
    "pass": "pass",
    "fail": "fail",
    "error": "fail",
    "inconclusive": "warn",
    "untested": "none",
    "not_applicable": "none",
}
_PREFIX: Final = "Model gate"
_HOW: Final = (
    (
        "A gate passes when the interval's bad end still meets its rule, fails when the measured"
        " change breaks it and the whole interval lies on the bad side, and is undecided in between:"
        " then this test set is too small to tell."
    ),
    (
        "Intervals are two one-sided bounds, each at the confidence that the policy names (95 %"
        " unless it says otherwise; together they hold the true value in 90 % of runs). They are the"
        " ones that decided, and every number has as many digits as its interval supports."
    ),
    (
        "“These rows show” is the smallest distance from a rule's edge that a test set of this size"
        " shows with the policy's power (80 % unless it says otherwise): of less than that nothing"
        " can be expected."
    ),
    (
        "Changes are this commit − baseline in the metric's own unit, measured on the same rows"
        " wherever both sides have them. In the bars right is better: │ no change, ┊ the rule's edge,"
        " ● measured, ├ and ┤ the interval."
    ),
)


def build(run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence]) -> Report:
    """Make one run's report.

    Parameters
    ----------
    run, verdict
        run.json and verdict.json.
    evidence
        By check.
    """
    names = _names(run, verdict)
    rows = gates.rows(verdict.gates, evidence, names)
    broken_training = lines.failed_training(evidence)
    return Report(
        name=run.name,
        outcome=verdict.verdict,
        blocked=verdict.blocked,
        icon="fail" if verdict.blocked else _ICON[verdict.verdict],
        headline=_headline(run, verdict),
        status=tuple(_status(run, verdict, evidence, names)),
        columns=(names.candidate, names.main, f"change ({_level(verdict)} CI)"),
        gates=rows,
        lines=lines.lines(run, verdict, evidence, names),
        advice=lines.advice(verdict, evidence, names),
        shown=(*broken_training, *lines.waiver(run, verdict)),
        folds=tuple(_folds(run, verdict, evidence, rows, names)),
        footer=tuple(_footer(run, verdict)),
    )


def combine(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Order several reports, the worst first; equals stay in their order."""
    return tuple(sorted(reports, key=rank))


def rank(report: Report) -> tuple[bool, int]:
    """Give what several reports are ordered by."""
    return not report.blocked, -SEVERITY[report.outcome]


def plot_name(index: int, count: int, name: str) -> str:
    """Name a figure of one of several reports: `2-changes`; of a single one: `changes`."""
    return f"{index + 1}-{name}" if count > 1 else name


def _names(run: RunRecord, verdict: Verdict) -> Names:
    on_base = run.branch is not None and run.branch == run.base_branch
    baseline, anchor = verdict.baseline, verdict.anchor
    main = (baseline.branch if baseline else None) or run.base_branch or "main"
    tag = (
        anchor.tag or (numbers.commit(anchor.commit) if anchor.commit else None) if anchor else None
    )
    return Names(
        candidate="this commit" if on_base else "this PR",
        main=main,
        anchor=tag or "anchor",
        policy=run.judges[0].source if run.judges else "main",
    )


def _headline(run: RunRecord, verdict: Verdict) -> str:
    """Give the verdict's own words, under the configured title."""
    if run.title and verdict.headline.startswith(f"{_PREFIX}:"):
        return run.title + verdict.headline.removeprefix(_PREFIX)
    return verdict.headline


def _level(verdict: Verdict) -> str:
    found = verdict.gates[0].confidence if verdict.gates else 0.95
    return numbers.level(found)


def _status(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence], names: Names
) -> Iterator[Text]:
    """Give one line of numbers: which commits, how many rows, how long."""
    commit = Code(numbers.commit(run.commit))
    baseline = verdict.baseline
    if baseline is not None and baseline.commit is not None:
        yield (commit, " against ", Code(names.main), " at ", Code(numbers.commit(baseline.commit)))
    elif baseline is not None:
        yield (commit, f" against {baseline.source}")
    else:
        yield (commit,)
    compare = evidence.get("compare")
    if isinstance(compare, CompareEvidence):
        yield from _compared(compare)
    train = evidence.get("train")
    if isinstance(train, TrainEvidence) and train.status != "skipped" and train.resources:
        verb = "trained in" if train.status == "ok" else "ran for"
        yield (f"{verb} {numbers.duration(train.resources.wall)}",)


def _compared(compare: CompareEvidence) -> Iterator[Text]:
    if compare.rows is None:
        if compare.n:
            yield (numbers.plural(compare.n, "row"),)
        return
    changed = sides.discordant(compare)
    told = f"{numbers.count(compare.rows.paired)} paired rows"
    if changed is not None:
        told += (
            f" ({numbers.count(changed.broken)} newly wrong,"
            f" {numbers.count(changed.fixed)} newly right)"
        )
    yield (told,)


def _folds(
    run: RunRecord,
    verdict: Verdict,
    evidence: Mapping[str, Evidence],
    rows: tuple[GateRow, ...],
    names: Names,
) -> Iterator[Fold]:
    if rows:
        yield _all_gates(verdict, rows, names)
    for check, found in evidence.items():
        yield from _measured(check, found, verdict, names)
    compare = evidence.get("compare")
    if isinstance(compare, CompareEvidence):
        yield from sides.folds(compare, names)
        past = history.fold(compare, verdict.gates, names)
        if past is not None:
            yield past
    train = evidence.get("train")
    if isinstance(train, TrainEvidence):
        yield origin.training(train)
    if verdict.verdict != "not_applicable":
        yield origin.lineage(run, verdict, evidence)
        how = tuple(Paragraph((text,)) for text in _HOW)
        yield Fold("how", "How to read this", "pass, fail, undecided and the intervals", how, 10)


def _measured(check: str, found: Evidence, verdict: Verdict, names: Names) -> Iterator[Fold]:
    """Give the folds of one check: its own, or a table of its metrics."""
    if isinstance(found, DriftEvidence):
        yield from drift.folds(found)
    elif isinstance(found, FairnessEvidence):
        yield from fairness.folds(found, names)
    elif isinstance(found, DataEvidence):
        yield from data.folds(found)
    elif isinstance(found, ConceptEvidence):
        yield from concept.folds(found)
    elif isinstance(found, EstimateEvidence):
        yield from estimate.folds(found)
    elif isinstance(found, ImportedEvidence):
        yield from imported.folds(found)
    elif isinstance(found, SlicesEvidence):
        yield from slices.folds(found, names)
    elif (fold := metrics.fold(check, found, verdict.gates, names)) is not None:
        yield fold


def _all_gates(verdict: Verdict, rows: tuple[GateRow, ...], names: Names) -> Fold:
    """Give every rule with its reason; the table above shows those worth a line."""
    table = Table(
        "Every rule with its reason",
        (Column("rule"), Column("outcome"), Column("why"), Column("right is better")),
        tuple(
            (Cell(row.id, code=True), Cell(row.word), Cell(row.reason), Cell("", bar=row.bar))
            for row in rows
        ),
    )
    numbered = Table(
        "Their numbers",
        (
            Column("rule"),
            Column(names.candidate, right=True),
            Column(names.main, right=True),
            Column(f"change ({_level(verdict)} CI)", right=True),
            Column("wanted"),
            Column("these rows show", right=True),
        ),
        tuple(
            (
                Cell(row.id, code=True),
                Cell(row.value),
                Cell(row.baseline),
                Cell(row.change),
                Cell(row.rule),
                Cell(row.smallest),
            )
            for row in rows
        ),
    )
    return Fold("gates", "Gates", _counted(rows), (table, numbered), 80)


def _counted(rows: tuple[GateRow, ...]) -> str:
    """Count the outcomes: `2 fail, 1 undecided, 3 pass`."""
    words = Counter(row.word for row in rows)
    many = {"passes": "pass", "fails": "fail"}
    if len(words) == 1 and len(rows) > 1:
        return f"all {len(rows)} {many.get(rows[0].word, rows[0].word)}"
    told = [f"{n} {many.get(word, word) if n > 1 else word}" for word, n in words.items()]
    return ("; " if any("," in one for one in told) else ", ").join(told)


def _footer(run: RunRecord, verdict: Verdict) -> Iterator[Text]:
    if run.judges:
        first = run.judges[0]
        yield ("Rules: ", Code("mlgate.yaml"), f" on {first.source}")
    if verdict.gates:
        one_sided = numbers.per_cent(verdict.gates[0].confidence)
        yield (f"interval ends are the one-sided {one_sided} bounds that decided",)
        yield (f"{numbers.plural(len(verdict.gates), 'rule')} tested",)
    yield (numbers.time(run.started),)
    yield (f"mlgate {run.tool}",)
