"""The report's part on drift: which columns moved, how far, and what could not have been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.drift.evidence import MISSING, UNSEEN, DriftEvidence
from mlgate.checks.drift.figures import ColumnPanel, ColumnPanels, MissingRates
from mlgate.model.policy import Floors
from mlgate.report import numbers
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Code, Column, Figure, Fold, Paragraph, Shape, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.drift.evidence import ColumnDrift
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 70
ROWS: Final = 20
"""Rows of the table in Markdown, beside all that drifted."""
NAMED: Final = 3
PANELS: Final = 12
_USUAL: Final = Floors()


def folds(evidence: DriftEvidence, _: PageContext) -> Iterator[Fold]:
    """Give the fold; none where the check could not measure."""
    if not evidence.columns:
        return
    ranked = _ranked(evidence.columns)
    content: list[Content] = [*_figures(ranked), _table(ranked)]
    content += _outputs(evidence)
    content += [Paragraph((text,)) for text in _words(evidence, ranked)]
    yield Fold("drift", "Drift", _finding(ranked), tuple(content), WEIGHT)


def _figures(ranked: list[tuple[str, ColumnDrift]]) -> Iterator[Figure]:
    """Give the columns that drifted as small multiples, and shares of missing values."""
    moved = [(name, one) for name, one in ranked if one.drifted and one.histogram is not None]
    if moved:
        panels = tuple(_panel(name, one) for name, one in moved[:PANELS])
        said = "; ".join(f"{panel.title} {panel.said}" for panel in panels)
        yield Figure(
            name="drift",
            title="Columns that drifted, the largest effect first",
            alt=f"Distributions in the reference and in the current data: {said}",
            drawing=ColumnPanels(panels),
        )
    rates = [
        (name, old, new)
        for name, one in ranked
        if MISSING in one.because
        for old, new in [one.null_rate]
        if old is not None and new is not None
    ]
    if rates:
        rates.sort(key=lambda row: -abs(row[2] - row[1]))
        said = "; ".join(
            f"{name} {_share(old)} → {_share(new)}" for name, old, new in rates[:PANELS]
        )
        yield Figure(
            name="missing",
            title="Share of missing values",
            alt=f"Share of missing values in the reference and in the current data: {said}",
            drawing=MissingRates(tuple(rates[:PANELS])),
        )


def _panel(name: str, one: ColumnDrift) -> ColumnPanel:
    drawn = one.histogram
    assert drawn is not None
    said = _effect(one) + (f", median {_signed(one.shift)}" if one.shift is not None else "")
    first = one.because[0] if one.because else None
    if first == MISSING:
        said = f"missing {_missing(one)}"
    elif first == UNSEEN:
        said = f"unseen levels {_share(one.unseen)}"
    return ColumnPanel(name, said, drawn.edges, drawn.levels, drawn.reference, drawn.current)


def _shape(one: ColumnDrift) -> Shape | None:
    drawn = one.histogram
    if drawn is None:
        return None
    return Shape(drawn.reference, drawn.current, apart=bool(drawn.levels))


def _outputs(evidence: DriftEvidence) -> Iterator[Content]:
    """Tell what moved together, and how this commit's outputs lie to main's."""
    if evidence.outputs:
        rows = numbers.count(next(iter(evidence.outputs.values())).n[1])
        yield Table(
            f"This commit's outputs against main's, on the {rows} rows that both have",
            (
                Column("output"),
                Column("moved"),
                Column("effect", right=True),
                Column("p", right=True),
                Column("main → this commit"),
            ),
            tuple(
                (
                    Cell(name),
                    Cell("yes" if one.drifted else "no"),
                    Cell(_effect(one)),
                    Cell(_p(p) if p is not None else numbers.NONE),
                    Cell("", shape=_shape(one)),
                )
                for name, one in evidence.outputs.items()
                for p in [one.ks_p if one.ks_p is not None else one.chi2_p]
            ),
        )
    together = evidence.multivariate
    if together is not None:
        low, high = together.interval
        bounds = numbers.interval((low, high), 3, "share")
        behind = ", ".join(
            f"{one.column} (−{_three(one.auc_drop)})" for one in together.columns[:5]
        )
        told = (
            f" It relies on {behind}; in brackets the AUC that each one is worth." if behind else ""
        )
        auc = numbers.number(together.auc, 3, "share")
        text = (
            "All columns together: a classifier tells current from reference rows with an AUC of "
            f"{auc} {bounds}; .5 is chance.{told}"
        )
        yield Paragraph((text,))


def _ranked(columns: Mapping[str, ColumnDrift]) -> list[tuple[str, ColumnDrift]]:
    """Order columns: what drifted first, each by its effect over the least that counts."""
    return sorted(columns.items(), key=lambda item: (not item[1].drifted, -item[1].effect(_USUAL)))


def _finding(ranked: list[tuple[str, ColumnDrift]]) -> str:
    drifted = [name for name, one in ranked if one.drifted]
    compared = sum(one.change != "new" for _, one in ranked)
    if not drifted:
        return f"none of {numbers.plural(compared, 'column')}"
    more = f" and {len(drifted) - NAMED} more" if len(drifted) > NAMED else ""
    return f"{len(drifted)} of {numbers.plural(compared, 'column')} ({', '.join(drifted[:NAMED])}{more})"


def _table(ranked: list[tuple[str, ColumnDrift]]) -> Table:
    drifted = sum(one.drifted for _, one in ranked)
    return Table(
        "Columns by effect",
        (
            Column("column"),
            Column("drifted"),
            Column("reference → current"),
            Column("kind"),
            Column("effect", right=True),
            Column("median", right=True),
            Column("missing", right=True),
            Column("unseen", right=True),
            Column("p", right=True),
            Column("would have shown", right=True),
        ),
        tuple(_row(name, one) for name, one in ranked),
        brief=max(drifted, ROWS),
    )


def _row(name: str, one: ColumnDrift) -> tuple[Cell, ...]:
    kind: str = one.kind or numbers.NONE
    if one.part != "feature":
        kind = f"{one.part}, {kind}"
    smallest = [p for p in (one.ks_p, one.chi2_p, one.null_p, one.unseen_p) if p is not None]
    return (
        Cell(name, code=True),
        Cell(_drifted(one)),
        Cell("", shape=_shape(one)),
        Cell(f"{one.was} → {kind}" if one.change == "retyped" else kind),
        Cell(_effect(one), sort=one.effect(_USUAL)),
        Cell(_signed(one.shift), sort=one.shift),
        Cell(_missing(one), sort=one.null_rate[1]),
        Cell(_share(one.unseen), sort=one.unseen),
        Cell(_p(min(smallest)) if smallest else numbers.NONE, sort=min(smallest, default=None)),
        Cell(_smallest(one), sort=one.detectable),
    )


def _drifted(one: ColumnDrift) -> str:
    if one.change == "new":
        return "new column"
    if one.change is not None:
        return f"yes: {one.change}"
    return f"yes: {one.why}" if one.drifted else "no"


def _effect(one: ColumnDrift) -> str:
    """Write the distance in its unit: robust standard deviations, or a share of rows."""
    if one.wasserstein is not None:
        return f"{_three(one.wasserstein)} sd"
    return numbers.NONE if one.tv is None else f"{_share(one.tv)} TV"


def _smallest(one: ColumnDrift) -> str:
    if one.detectable is None:
        return numbers.NONE
    return (
        f"{_three(one.detectable)} sd"
        if one.wasserstein is not None
        else f"{_share(one.detectable)} TV"
    )


def _missing(one: ColumnDrift) -> str:
    old, new = one.null_rate
    if old is None or new is None or (old == 0 and new == 0):
        return numbers.NONE
    return f"{_share(old)} → {_share(new)}"


def _share(value: float | None) -> str:
    """Write a share in per cent, with two significant digits."""
    if value is None:
        return numbers.NONE
    return f"{value * 100:.2g} %" if value < 0.995 else f"{value * 100:.3g} %"


def _three(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.3g}"


def _signed(value: float | None) -> str:
    if value is None:
        return numbers.NONE
    sign = "+" if value > 0.005 else numbers.MINUS if value < -0.005 else ""
    return f"{sign}{_three(abs(value))} sd"


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"


def _words(evidence: DriftEvidence, ranked: list[tuple[str, ColumnDrift]]) -> Iterator[str]:
    old, new = (numbers.count(n) for n in evidence.n)
    weighted = ", weighted" if evidence.weighted else ""
    yield (
        f"{new} rows of {evidence.current} against {old} of {evidence.reference}{weighted}; "
        f"{numbers.plural(evidence.tests, 'test')}. A column drifts when a test is significant "
        "after correction for all of them, and its effect is at least the floor that the policy "
        "names. sd: robust standard deviations of the reference; TV: total variation, the share "
        "of rows that would have to change their level."
    )
    if evidence.clusters is not None:
        old, new = (numbers.count(count) for count in evidence.clusters)
        yield f"Rows come in groups: tests deal out {new} against {old} groups, not rows."
    if evidence.profile is not None:
        yield f"The reference is a profile: {evidence.profile}."
    for change in ("vanished", "retyped", "new"):
        names = [name for name, one in ranked if one.change == change]
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            yield f"{change.capitalize()}: {', '.join(names[:10])}{more}."


PAGE: Final = CheckPage(
    DriftEvidence,
    folds=folds,
    next_step=(
        "look where the data come from, or train on newer data; what may move belongs under ",
        Code("drift.ignore"),
        " or ",
        Code("drift.floors"),
    ),
)
