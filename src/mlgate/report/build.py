"""Run, verdict and evidence → a report: pure, and the only place that decides what is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import TrainEvidence
from mlgate.model.verdict import SEVERITY
from mlgate.report import gates, lineage, notes
from mlgate.report.check_page import PageContext, page_of
from mlgate.report.document import GROUPS, Code, Figure, Fold, Paragraph, Report, sentence
from mlgate.report.figures import Forest
from mlgate.report.gates import Names
from mlgate.text import number_format as numbers
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import RunOutcome, Verdict
    from mlgate.report.check_page import Pages
    from mlgate.report.document import GateRow, Status, Text

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
        "A gate passes if even the worse end of the interval meets its rule. It fails if the measured"
        " change breaks the rule and the whole interval lies on the bad side. In between it is"
        " undecided: this test set is too small to decide."
    ),
    (
        "Intervals are pairs of one-sided bounds, each at the policy's confidence (95 % by default;"
        " together they contain the true value in 90 % of runs). They are the ones that decided, and"
        " every number has as many digits as its interval supports."
    ),
    (
        "The smallest loss that these rows can show is the smallest distance from a rule's limit that"
        " so many rows decide in 80 % of cases (`policy.power`), as these two models differ. Smaller"
        " ones mostly stay undecided. `mlgate plan` computes the same for 99 % of cases; the comment in"
        " mlgate.yaml, made before there was a second model, supposes how far two models differ."
    ),
    (
        "Changes are this commit − baseline in the metric's own unit, measured on the same rows"
        " wherever both sides have them. In the bars, right is better: │ no change, ┊ the rule's"
        " limit, ● measured, ├ and ┤ the interval."
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
    columns = (names.candidate, names.main, f"change ({_level(verdict)} CI)")
    parts = [
        *_gate_fold(rows, columns),
        *_check_folds(evidence, context, pages),
        *_run_folds(run, verdict, evidence),
    ]
    folds = tuple(sorted(parts, key=lambda part: -part.weight))
    return Report(
        name=run.name,
        outcome=verdict.verdict,
        blocked=verdict.blocked,
        icon=_icon(verdict),
        headline=_headline(run, verdict, evidence, pages),
        status=tuple(_status(run, verdict, evidence, names, pages)),
        columns=columns,
        gates=rows,
        lines=notes.lines(run, verdict, evidence, context, pages),
        advice=notes.advice(run, verdict, evidence, names, pages),
        shown=notes.failed_training(evidence),
        folds=(*folds, *_waiver(run, verdict, folds, pages)),
        footer=tuple(_footer(run)),
        picture=next(filter(_opens, _figures(folds)), None),
    )


def _icon(verdict: Verdict) -> Status:
    """Return the icon of a verdict: what fails and does not block is a warning."""
    icon = _ICON[verdict.verdict]
    if verdict.blocked:
        return "fail"
    return "warn" if icon == "fail" else icon


def _figures(folds: Iterable[Fold]) -> Iterator[Figure]:
    return (part for fold in folds for part in fold.content if isinstance(part, Figure))


def _opens(figure: Figure) -> bool:
    """Whether a comment shows a figure openly: that of the metrics' changes."""
    return isinstance(figure.drawing, Forest)


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
    baseline, anchor = verdict.baseline, verdict.anchor
    main = (baseline.branch if baseline else None) or run.base_branch or "main"
    tag = anchor.tag or (short_sha(anchor.commit) if anchor.commit else None) if anchor else None
    return Names(
        candidate="this commit",
        main=main,
        anchor=tag or "the last release or oldest baseline",
        policy=run.judges[0].source if run.judges else "main",
    )


def _headline(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence], pages: Pages
) -> str:
    """Return the verdict's own words, under the configured title, and what the checks add.

    They add nothing to an error, which says why nothing was judged.
    """
    own = not run.title or verdict.summary is None
    words = [verdict.headline if own else f"{run.title}: {verdict.summary}"]
    for measured in evidence.values() if verdict.verdict != "error" else ():
        words += page_of(measured, pages).headline(measured)
    return "; ".join(words)


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
        release: Text = (" and the release ", Code(names.anchor)) if _compared(verdict) else ()
        at = Code(short_sha(baseline.commit))
        yield (commit, " against ", Code(names.main), " at ", at, *release)
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


def _compared(verdict: Verdict) -> bool:
    """Whether a rule compares with a release."""
    tagged = verdict.anchor is not None and verdict.anchor.tag is not None
    return tagged and any(gate.against == "anchor" for gate in verdict.gates)


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
        yield lineage.training(train, run)
    if verdict.verdict != "not_applicable":
        yield lineage.lineage(run, verdict, evidence)
        how = tuple(Paragraph(sentence(text)) for text in _HOW)
        finding = "pass, fail, undecided and the intervals"
        yield Fold("how", "How to read this", finding, how, 10, "run", ())


def _gate_fold(rows: Iterable[GateRow], columns: tuple[str, str, str]) -> Iterator[Fold]:
    """Return the rows that the table of a comment only counts."""
    rest = [replace(row, brief=False) for row in rows if row.brief]
    if rest:
        counted = Counter(row.word for row in rest)
        words = {"passes": "pass"}
        finding = ", ".join(f"{n} {words.get(word, word)}" for word, n in counted.items())
        yield Fold("gates", "Other gates", finding, (), 95, short=(gates.table(rest, columns),))


def _waiver(
    run: RunRecord, verdict: Verdict, others: Iterable[Fold], pages: Pages
) -> Iterator[Fold]:
    """Return the lines of a waiver, at the end of the first fold."""
    content = notes.waiver(run, verdict, pages)
    if content:
        groups = {fold.group for fold in others if fold.shown}
        first = next((group for group in GROUPS if group in groups), GROUPS[0])
        yield Fold("waiver", "Waiver", "how to accept this anyway", content, 85, first)


def _footer(run: RunRecord) -> Iterator[Text]:
    if run.judges:
        first = run.judges[0]
        into = run.base_branch not in (None, run.branch, first.source)
        base: Text = (", for a merge into ", Code(str(run.base_branch))) if into else ()
        yield ("Rules: ", Code("mlgate.yaml"), f" on {first.source}", *base)
    yield (numbers.time(run.started),)
    yield (f"mlgate {run.tool}",)
