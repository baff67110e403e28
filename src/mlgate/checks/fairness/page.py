"""The report's part on fairness: the gaps between groups, what makes them, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.fairness import page_groups as fairness_groups
from mlgate.checks.fairness.evidence import FairnessEvidence
from mlgate.checks.fairness.metrics import (
    FOUR_FIFTHS,
    FOUR_FIFTHS_LIMIT,
    FOUR_FIFTHS_SOURCE,
    GAPS,
    RATES,
)
from mlgate.report import slice_search
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Fold, Paragraph, Table
from mlgate.report.gates import edges
from mlgate.report.metrics import change_text
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.checks.fairness.evidence import GapFound, Grouping
    from mlgate.model.evidence import Measurement
    from mlgate.model.verdict import RuleResult
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 75
WEIGHT_OF_REST: Final = 35
USUAL: Final = (
    "demographic_parity_difference",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "predictive_parity_difference",
    "accuracy_difference",
    "mean_error_difference",
    "mae_difference",
)
"""Gaps that are listed first; the others follow where space allows."""
_BASE_RATES: Final = 0.05
"""Base rates that differ by more than this make notions of fairness conflict."""


def folds(evidence: FairnessEvidence, context: PageContext) -> Iterator[Fold]:
    """Return the gaps that matter, then the whole; nothing where the check could not measure."""
    if not evidence.sensitive:
        return
    names = context.names
    chosen = _gated(evidence) or set(_usual(evidence))
    first = [key for key in evidence.metrics if key in chosen]
    searched = tuple(slice_search.content(evidence, names))
    shown = [key for key in first if key in _gated(evidence) or key == _widest(evidence, chosen)]
    yield Fold(
        "fairness",
        "Fairness",
        finding(evidence, chosen),
        (*_first(evidence, first, context), *searched),
        WEIGHT,
        "groups",
        (*_short(evidence, shown, context), *searched),
    )
    rest = [key for key in evidence.metrics if key not in chosen and "=" not in key]
    groups = sum(len(grouping.groups) for grouping in evidence.sensitive.values())
    listed = f"{numbers.plural(len(rest), 'gap')} that no gate names, {groups} groups"
    content = tuple(_rest(evidence, rest, context))
    yield Fold("fairness-all", "Fairness in full", listed, content, WEIGHT_OF_REST, "groups", ())


def _gated(evidence: FairnessEvidence) -> set[str]:
    return {key for key in evidence.gated if key in evidence.metrics and "=" not in key}


def _usual(evidence: FairnessEvidence) -> Iterator[str]:
    """Return the usual gaps of the columns by themselves."""
    for name, grouping in evidence.sensitive.items():
        if _alone(grouping):
            yield from (f"{gap}[{name}]" for gap in USUAL if gap in grouping.gaps)


def finding(evidence: FairnessEvidence, chosen: set[str]) -> str:
    """Name the largest gap and the groups that make it."""
    key = _widest(evidence, chosen)
    if key is None:
        return "no two groups could be compared"
    gap = evidence.metrics[key]
    places = numbers.decimals(gap.interval, gap.value)
    value = numbers.number(gap.value, places, gap.unit)
    metric, _, name = key.partition("[")
    word = "smallest ratio" if gap.direction == "higher" else "largest gap"
    return f"{word} {value} ({GAPS[metric].notion}, {_between(evidence, metric, name[:-1])})"


def _widest(evidence: FairnessEvidence, chosen: set[str]) -> str | None:
    """Return the largest gap; the smallest ratio where there are only ratios."""
    measured = [
        (gap, key)
        for key, gap in evidence.metrics.items()
        if key in chosen and gap.value is not None and gap.insufficient is None
    ]
    shares = [
        (gap, key) for gap, key in measured if gap.unit == "share" and gap.direction == "lower"
    ]
    ratios = [(gap, key) for gap, key in measured if gap.direction == "higher"]
    if shares or not ratios:
        ranked = sorted(shares or measured, key=lambda item: -(item[0].value or 0.0))
    else:
        ranked = sorted(ratios, key=lambda item: item[0].value or 0.0)
    return next((key for _, key in ranked), None)


def _between(evidence: FairnessEvidence, metric: str, name: str) -> str:
    grouping = evidence.sensitive.get(name.partition(":")[0])
    gap = grouping.gaps.get(metric) if grouping is not None else None
    if gap is None or gap.high is None or gap.low is None:
        return name
    return f"{name}: {gap.high} − {gap.low}"


def _first(evidence: FairnessEvidence, keys: list[str], context: PageContext) -> Iterator[Content]:
    """Return the gaps that matter, what one must know of them, and the groups behind them."""
    yield _gaps("Gaps between groups", evidence, keys, context)
    yield from (Paragraph((text,)) for text in _words(evidence, keys))
    for name, grouping in evidence.sensitive.items():
        if _alone(grouping):
            yield from fairness_groups.rates(name, grouping, evidence, context.names)
    yield from (Paragraph((text,)) for text in _meanings(keys))


def _short(evidence: FairnessEvidence, keys: list[str], context: PageContext) -> Iterator[Content]:
    """Return the gaps that gates name and the largest, and the rates and groups behind them."""
    gaps = _gaps("", evidence, keys, context)
    filled = len(gaps.columns) - all(row[-1].text == "none" for row in gaps.rows)
    yield gaps.keep(*range(filled))
    for name, grouping in evidence.sensitive.items():
        parts = [GAPS[gap].parts for gap in _gaps_of(name, keys)]
        if parts and _alone(grouping):
            rates = {rate for part in parts for rate in part}
            yield fairness_groups.table(grouping, evidence, only=rates)
    yield from (Paragraph((text,)) for text in (*_limits(evidence, keys), *_meanings(keys)))


def _gaps_of(name: str, keys: list[str]) -> list[str]:
    """Return the gaps between the groups of a column."""
    return [gap for gap, _, column in (key.partition("[") for key in keys) if column == f"{name}]"]


def _rest(evidence: FairnessEvidence, keys: list[str], context: PageContext) -> Iterator[Content]:
    """Return all other gaps, intersections and control columns, and the curves by group."""
    if keys:
        caption = "All other gaps, which no gate names"
        yield _gaps(caption, evidence, keys, context, brief=fairness_groups.BRIEF)
    for name, grouping in evidence.sensitive.items():
        if _alone(grouping):
            yield from fairness_groups.curves(name, grouping)
        else:
            yield fairness_groups.table(grouping, evidence, brief=fairness_groups.BRIEF)


def _alone(grouping: Grouping) -> bool:
    return len(grouping.columns) == 1 and grouping.control is None


def _gaps(
    caption: str,
    evidence: FairnessEvidence,
    keys: list[str],
    context: PageContext,
    brief: int | None = None,
) -> Table:
    names = context.names
    level = numbers.level(evidence.confidence)
    compared = any("main" in evidence.metrics[key].against for key in keys)
    columns = [
        Column("gap"),
        Column("between"),
        Column(f"{names.candidate} ({level} CI)", right=True),
        Column(names.main, right=True),
        Column(f"change ({level} CI)", right=True),
        Column("left out"),
    ]
    rows = [_gap_row(evidence, key, context.gates) for key in keys]
    kept = range(6) if compared else (0, 1, 2, 5)
    return Table(
        caption,
        tuple(columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in rows),
        brief=brief,
    )


def _gap_row(evidence: FairnessEvidence, key: str, gates: Sequence[RuleResult]) -> tuple[Cell, ...]:
    measured = evidence.metrics[key]
    metric, _, level = key.partition("[")
    name = level[:-1]
    grouping = evidence.sensitive[name.partition(":")[0]]
    gap = grouping.gaps.get(metric)
    limits = edges(gates, (evidence.check, key), None)
    places = numbers.decimals(measured.interval, measured.value, limits)
    value = numbers.number(measured.value, places, measured.unit)
    bounds = numbers.interval(measured.interval, places, measured.unit)
    main = measured.against.get("main")
    return (
        Cell(measured.title),
        Cell(_pair(gap)),
        Cell(f"{value} {bounds}".strip(), sort=measured.value),
        Cell(
            numbers.number(main.baseline if main else None, places, measured.unit),
            sort=main.baseline if main else None,
        ),
        Cell(
            change_text(measured, main, edges(gates, (evidence.check, key), "main"))
            if main
            else numbers.NONE,
            sort=main.change if main else None,
        ),
        Cell(_left_out(measured, gap)),
    )


def _pair(gap: GapFound | None) -> str:
    if gap is None or gap.value is None:
        return numbers.NONE
    pair = f"{gap.high} and {gap.low}"
    rate, _, label = (gap.rate or "").partition(":")
    return f"{pair} ({RATES[rate].title}{', ' + label if label else ''})"


def _left_out(measured: Measurement, gap: GapFound | None) -> str:
    if measured.insufficient is not None:
        return measured.insufficient
    if gap is None or not (gap.left_out or gap.not_told):
        return "none"
    parts = [f"{first_of(gap.left_out, 3)}: too few"] if gap.left_out else []
    if gap.not_told:
        parts.append(f"{numbers.plural(gap.not_told, 'group')} hidden: the gap may be wider")
    return "; ".join(parts)


def _words(evidence: FairnessEvidence, keys: list[str]) -> Iterator[str]:
    """Return what a reader must know before trusting a row of the table."""
    yield from _limits(evidence, keys)
    yield from _about_base_rates(evidence)
    yield (
        f"{evidence.tests} gaps over {numbers.plural(len(evidence.sensitive), 'grouping')} were"
        " measured. The bound of each towards equality is corrected for all of its pairs of"
        " groups; the gaps are not corrected for one another, so some of the many listed look wide"
        " by chance. Only gates decide."
    )


def _limits(evidence: FairnessEvidence, keys: list[str]) -> Iterator[str]:
    """Return what the numbers leave out, and what the law's rule of thumb does not say."""
    yield from _about_small(evidence)
    yield from _about_missing(evidence)
    if any(key.startswith(FOUR_FIFTHS) for key in keys):
        yield (
            f"The four-fifths rule ({FOUR_FIFTHS_SOURCE}: a selection rate below"
            f" {numbers.per_cent(FOUR_FIFTHS_LIMIT)} of the most selected group's is generally regarded as"
            " evidence of adverse impact) is a rule of thumb of US employment selection: smaller"
            " differences can be unlawful, larger ones lawful or chance, and a pass is no legal"
            " clearance."
        )


def _about_small(evidence: FairnessEvidence) -> Iterator[str]:
    groups = [each for grouping in evidence.sensitive.values() for each in grouping.groups.values()]
    hidden = sum(group.suppressed is not None for group in groups)
    if any(group.small for group in groups):
        yield (
            f"A group is compared where the rate rests on at least {evidence.minimum} rows of its kind"
            f" (a true positive rate: {evidence.minimum} positives); rates in brackets rest on fewer"
            " rows and enter no gap."
        )
    if hidden:
        yield (
            f"{numbers.plural(hidden, 'group')} with a cell below {evidence.suppress_below} rows,"
            " or from which such a group could be computed, are hidden."
        )


def _about_missing(evidence: FairnessEvidence) -> Iterator[str]:
    lacking = [
        f"{name} {numbers.per_cent(round(grouping.missing, 4))}"
        for name, grouping in evidence.sensitive.items()
        if grouping.missing and _alone(grouping)
    ]
    if lacking:
        limit = numbers.per_cent(evidence.missing_limit)
        yield (
            f"Rows without a value: {', '.join(lacking)}. They are a group of their own;"
            f" beyond {limit} gates on the column are undecided."
        )


def _about_base_rates(evidence: FairnessEvidence) -> Iterator[str]:
    """Notions of fairness contradict each other where base rates differ."""
    differing = [
        f"{name} ({_share(high)} of {most}, {_share(low)} of {least} are positive)"
        for name, grouping in evidence.sensitive.items()
        if _alone(grouping)
        for (low, least), (high, most) in _extremes(grouping)
        if high - low > _BASE_RATES
    ]
    if differing:
        yield (
            f"Base rates differ by {'; '.join(differing)}. Then no model that is better than chance and"
            " makes mistakes can have equal selection rates, equal error rates and equal precision"
            " all at once (Chouldechova 2017; Kleinberg, Mullainathan & Raghavan 2017): which gap"
            " matters is a decision about the use, not a number."
        )


def _extremes(
    grouping: Grouping,
) -> Iterator[tuple[tuple[float, str], tuple[float, str]]]:
    """Return the lowest and the highest base rate with their groups, where there are two."""
    rates = [
        (rate, label)
        for label, group in grouping.groups.items()
        if (rate := group.rate("base_rate")) is not None and "base_rate" not in group.small
    ]
    if len(rates) > 1:
        yield min(rates), max(rates)


def _share(value: float) -> str:
    return f"{value:.1%}".replace("%", "\u00a0%")


def _meanings(keys: list[str]) -> Iterator[str]:
    """Explain each listed gap once, in plain words."""
    gaps = dict.fromkeys(key.partition("[")[0] for key in keys)
    for metric in gaps:
        gap = GAPS[metric]
        what = "largest difference" if gap.kind == "difference" else "smallest ratio"
        rates = " and ".join(f"{RATES[part].title} ({RATES[part].meaning})" for part in gap.parts)
        title, meaning = (text[0].upper() + text[1:] for text in (gap.title, gap.meaning))
        yield f"{title}: {what} of {rates}. {meaning}."


PAGE: Final = CheckPage(FairnessEvidence, folds=folds)
