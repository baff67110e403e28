"""The report's part on a rollout: what was counted, and how strong the evidence is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.rollout.evidence import RolloutEvidence
from mlgate.checks.rollout.figures import Course
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Figure, Fold, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.rollout.evidence import Timeline
    from mlgate.model.rollout import ArmCounts
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 20
_GUARDS: Final = {
    "errors": "failures",
    "error_rate": "failures against the limit",
    "latency": "latency",
}


def folds(evidence: RolloutEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none before the first look."""
    if not evidence.looks:
        return
    counted = Table(
        "Counted",
        (Column("version"), Column("requests", right=True), Column("failures", right=True)),
        (_arm("stable", evidence.stable), _arm("canary", evidence.canary)),
    )
    content: list[Content] = [counted]
    if evidence.timeline is not None and evidence.alarms:
        content.append(_course(evidence.timeline))
    if evidence.alarms:
        rows = tuple(
            (
                Cell(_GUARDS[name]),
                Cell(_odds(alarm.log10_e)),
                Cell(f"{alarm.look:,}"),
                Cell("rolls back" if alarm.raised else ""),
            )
            for name, alarm in evidence.alarms.items()
        )
        columns = (
            Column("evidence that the canary is worse"),
            Column("at its highest", right=True),
            Column("at look", right=True),
            Column(""),
        )
        content.append(Table("Evidence", columns, rows))
    content += [
        Paragraph((f"{numbers.plural(count, 'look')} not counted: {reason}.",))
        for reason, count in evidence.dropped.items()
    ]
    yield Fold("rollout", "Rollout", _title(evidence), tuple(content), WEIGHT)


def _course(timeline: Timeline) -> Figure:
    """Return the picture: of several guards the nearest to an alarm, the farthest from promotion."""
    worse = tuple(max(each) for each in zip(*timeline.worse.values(), strict=True))
    good = tuple(min(each) for each in zip(*timeline.good.values(), strict=True))
    alt = (
        f"Evidence over {numbers.plural(len(worse), 'look')}: at the last"
        f" {_odds(worse[-1])} that the canary is worse, {_odds(good[-1])} that it is good enough"
    )
    drawing = Course(timeline.share, worse, good, timeline.needed)
    return Figure("rollout", "Evidence, look by look", alt, drawing)


def _odds(log10_e: float) -> str:
    return f"{10**log10_e:.3g} : 1" if log10_e < 6 else "> 1,000,000 : 1"


def _title(evidence: RolloutEvidence) -> str:
    return (
        f"{numbers.plural(evidence.looks, 'look')}, {evidence.canary.requests:,} requests to the"
        f" canary, share {evidence.share:.3g}"
    )


def _arm(name: str, arm: ArmCounts) -> tuple[Cell, ...]:
    return Cell(name), Cell(f"{arm.requests:,}"), Cell(f"{arm.failures:,}")


PAGE: Final = CheckPage(
    RolloutEvidence,
    folds=folds,
    next_step=(
        "all requests go to the stable version again; fix the canary, and roll it out again",
    ),
    undecided="more requests of the canary decide; the next tick looks again",
    waivable=False,
)
