"""Run, verdict and evidence → a report: pure, and the only place that decides what is told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import TrainEvidence
from mlgate.model.verdict import SEVERITY, RunOutcome
from mlgate.report import gates, lineage, notes
from mlgate.report.check_page import PageContext, page_of
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
from mlgate.text import number_format as numbers
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict
    from mlgate.report.check_page import Pages

_ICON: Final[dict[RunOutcome, Status]] = {
    "pass": "pass",
    "fail": "fail",
    "error": "fail",
    "inconclusive": "warn",
    "untested": "none",
    "not_applicable": "none",
}
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


def build(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence], pages: Pages
) -> Report:
    """Make one run's report.

    Parameters
    ----------
    run, verdict
        run.json and verdict.json.
    evidence
        By check.
    pages
        What each check adds to the report.
    """
    names = _names(run, verdict)
    context = PageContext(names, verdict.gates)
    rows = gates.rows(verdict.gates, evidence, names)
    broken_training = notes.failed_training(evidence)
    return Report(
        name=run.name,
        outcome=verdict.verdict,
        blocked=verdict.blocked,
        icon="fail" if verdict.blocked else _ICON[verdict.verdict],
        headline=_headline(run, verdict),
        status=tuple(_status(run, verdict, evidence, names, pages)),
        columns=(names.candidate, names.main, f"change ({_level(verdict)} CI)"),
        gates=rows,
        lines=notes.lines(run, verdict, evidence, context, pages),
        advice=notes.advice(verdict, evidence, names, pages),
        shown=(*broken_training, *notes.waiver(run, verdict)),
        folds=(
            *_gate_folds(verdict, rows, names),
            *_check_folds(evidence, context, pages),
            *_run_folds(run, verdict, evidence),
        ),
        footer=tuple(_footer(run, verdict)),
    )


def combine(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Order several reports, the worst first; equals stay in their order."""
    return tuple(sorted(reports, key=rank))


def rank(report: Report) -> tuple[bool, int]:
    """Return what several reports are ordered by."""
    return not report.blocked, -SEVERITY[report.outcome]


def plot_name(index: int, count: int, name: str) -> str:
    """Name a figure of one of several reports: `2-changes`; of a single one: `changes`."""
    return f"{index + 1}-{name}" if count > 1 else name


def _names(run: RunRecord, verdict: Verdict) -> Names:
    on_base = run.branch is not None and run.branch == run.base_branch
    baseline, anchor = verdict.baseline, verdict.anchor
    main = (baseline.branch if baseline else None) or run.base_branch or "main"
    tag = anchor.tag or (short_sha(anchor.commit) if anchor.commit else None) if anchor else None
    return Names(
        candidate="this commit" if on_base else "this PR",
        main=main,
        anchor=tag or "anchor",
        policy=run.judges[0].source if run.judges else "main",
    )


def _headline(run: RunRecord, verdict: Verdict) -> str:
    """Return the verdict's own words, under the configured title."""
    if not run.title or verdict.summary is None:
        return verdict.headline
    return f"{run.title}: {verdict.summary}"


def _level(verdict: Verdict) -> str:
    confidence = verdict.gates[0].confidence if verdict.gates else 0.95
    return numbers.level(confidence)


def _status(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence], names: Names, pages: Pages
) -> Iterator[Text]:
    """Return one line of numbers: which commits, how many rows, how long."""
    commit = Code(short_sha(run.commit))
    baseline = verdict.baseline
    if baseline is not None and baseline.commit is not None:
        yield (commit, " against ", Code(names.main), " at ", Code(short_sha(baseline.commit)))
    elif baseline is not None:
        yield (commit, f" against {baseline.source}")
    else:
        yield (commit,)
    for measured in evidence.values():
        yield from page_of(measured, pages).status(measured)
    train = evidence.get("train")
    if isinstance(train, TrainEvidence) and train.status != "skipped" and train.resources:
        verb = "trained in" if train.status == "ok" else "ran for"
        yield (f"{verb} {numbers.duration(train.resources.wall)}",)


def _check_folds(
    evidence: Mapping[str, Evidence], context: PageContext, pages: Pages
) -> Iterator[Fold]:
    """Return what each check shows, then the details of all."""
    checks = [(page_of(measured, pages), measured) for measured in evidence.values()]
    for page, measured in checks:
        yield from page.folds(measured, context)
    for page, measured in checks:
        yield from page.details(measured, context)


def _run_folds(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence]
) -> Iterator[Fold]:
    train = evidence.get("train")
    if isinstance(train, TrainEvidence):
        yield lineage.training(train)
    if verdict.verdict != "not_applicable":
        yield lineage.lineage(run, verdict, evidence)
        how = tuple(Paragraph((text,)) for text in _HOW)
        yield Fold("how", "How to read this", "pass, fail, undecided and the intervals", how, 10)


def _gate_folds(verdict: Verdict, rows: tuple[GateRow, ...], names: Names) -> Iterator[Fold]:
    """Return every rule with its reason; the table above shows those worth a line."""
    if not rows:
        return
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
    yield Fold("gates", "Gates", _counted(rows), (table, numbered), 80)


def _counted(rows: tuple[GateRow, ...]) -> str:
    """Count the outcomes: `2 fail, 1 undecided, 3 pass`."""
    words = Counter(row.word for row in rows)
    many = {"passes": "pass", "fails": "fail"}
    if len(words) == 1 and len(rows) > 1:
        return f"all {len(rows)} {many.get(rows[0].word, rows[0].word)}"
    counts = [f"{n} {many.get(word, word) if n > 1 else word}" for word, n in words.items()]
    return ("; " if any("," in count for count in counts) else ", ").join(counts)


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
