"""The report's part on drift: which columns moved, how far, and what could not have been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.drift.evidence import MISSING, UNSEEN, DriftEvidence
from mlgate.checks.drift.figures import ColumnPanel, ColumnPanels, MissingRates
from mlgate.model.policy import Floors
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Code, Column, Figure, Fold, Paragraph, Shape, Table
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.drift.evidence import ColumnDrift
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content

WEIGHT: Final = 70
ROWS: Final = 12
"""Rows of the table in Markdown, which lists only what drifted."""
NAMED: Final = 3
PANELS: Final = 12
_USUAL: Final = Floors()
_UNITS: Final = (
    " Effects are in robust standard deviations of the reference (sd), or the share of rows that"
    " would have to change their level (TV, total variation)."
)


def folds(evidence: DriftEvidence, _: PageContext) -> Iterator[Fold]:
    """Return the fold; none where the check could not measure."""
    if not evidence.columns:
        return
    ranked = _ranked(evidence.columns)
    figures, table, together = (*_figures(ranked),), _table(ranked), (*_together(evidence),)
    words = tuple(Paragraph((text,)) for text in _words(evidence, ranked))
    content: tuple[Content, ...] = (
        *figures,
        table,
        *_outputs(evidence),
        *together,
        *words,
        Paragraph((_tests(evidence),)),
    )
    short: tuple[Content, ...] = (*figures, table.keep(0, 1, 2, 4), *together, *words)
    yield Fold("drift", "Drift", _finding(ranked), content, WEIGHT, "columns", short)


def _tests(evidence: DriftEvidence) -> str:
    return (
        "A column drifts when a test is significant after correction for all"
        f" {numbers.plural(evidence.tests, 'test')}, and its effect is at least the floor that the"
        " policy names."
    )


def _figures(ranked: list[tuple[str, ColumnDrift]]) -> Iterator[Figure]:
    """Return the columns that drifted as small multiples, and shares of missing values."""
    moved = [
        (name, column) for name, column in ranked if column.drifted and column.histogram is not None
    ]
    if moved:
        panels = tuple(_panel(name, column) for name, column in moved[:PANELS])
        shown = "; ".join(f"{panel.title} {panel.subtitle}" for panel in panels)
        yield Figure(
            name="drift",
            title="Columns that drifted, the largest effect first",
            alt=f"Distributions in the reference and in the current data: {shown}",
            drawing=ColumnPanels(panels),
        )
    rates = [
        (name, reference, current)
        for name, column in ranked
        if MISSING in column.because
        for reference, current in [column.null_rate]
        if reference is not None and current is not None
    ]
    if rates:
        rates.sort(key=lambda row: -abs(row[2] - row[1]))
        shown = "; ".join(
            f"{name} {_share(reference)} → {_share(current)}"
            for name, reference, current in rates[:PANELS]
        )
        yield Figure(
            name="missing",
            title="Share of missing values",
            alt=f"Share of missing values in the reference and in the current data: {shown}",
            drawing=MissingRates(tuple(rates[:PANELS])),
        )


def _panel(name: str, column: ColumnDrift) -> ColumnPanel:
    drawn = column.histogram
    assert drawn is not None
    subtitle = _effect(column) + (
        f", median {_signed(column.shift)}" if column.shift is not None else ""
    )
    first = column.because[0] if column.because else None
    if first == MISSING:
        subtitle = f"missing {_missing(column)}"
    elif first == UNSEEN:
        subtitle = f"unseen levels {_share(column.unseen)}"
    return ColumnPanel(name, subtitle, drawn.edges, drawn.levels, drawn.reference, drawn.current)


def _shape(column: ColumnDrift) -> Shape | None:
    drawn = column.histogram
    if drawn is None:
        return None
    return Shape(drawn.reference, drawn.current, apart=bool(drawn.levels))


def _outputs(evidence: DriftEvidence) -> Iterator[Content]:
    """Return how this commit's outputs differ from main's."""
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
                    Cell("yes" if output.drifted else "no"),
                    Cell(_effect(output)),
                    Cell(_p(p) if p is not None else numbers.NONE),
                    Cell("", shape=_shape(output)),
                )
                for name, output in evidence.outputs.items()
                for p in [output.ks_p if output.ks_p is not None else output.chi2_p]
            ),
        )


def _together(evidence: DriftEvidence) -> Iterator[Paragraph]:
    """Return how far all columns moved together."""
    together = evidence.multivariate
    if together is not None:
        low, high = together.interval
        bounds = numbers.interval((low, high), 3, "share")
        behind = ", ".join(
            f"{importance.column} (−{_three(importance.auc_drop)})"
            for importance in together.columns[:5]
        )
        reliance = (
            f" It relies on {behind}; in brackets the AUC that each one is worth." if behind else ""
        )
        auc = numbers.number(together.auc, 3, "share")
        text = (
            "All columns together: a classifier distinguishes current from reference rows with an AUC of "
            f"{auc} {bounds}; .5 is chance.{reliance}"
        )
        yield Paragraph((text,))


def _ranked(columns: Mapping[str, ColumnDrift]) -> list[tuple[str, ColumnDrift]]:
    """Order columns: what drifted first, each by its effect over the least that counts."""
    return sorted(columns.items(), key=lambda item: (not item[1].drifted, -item[1].effect(_USUAL)))


def _finding(ranked: list[tuple[str, ColumnDrift]]) -> str:
    drifted = [name for name, column in ranked if column.drifted]
    compared = sum(column.change != "new" for _, column in ranked)
    if not drifted:
        return f"none of {numbers.plural(compared, 'column')} drifted"
    return f"{len(drifted)} of {numbers.plural(compared, 'column')} drifted ({first_of(drifted, NAMED)})"


def _table(ranked: list[tuple[str, ColumnDrift]]) -> Table:
    drifted = sum(column.drifted for _, column in ranked)
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
        tuple(_row(name, column) for name, column in ranked),
        brief=min(drifted, ROWS),
    )


def _row(name: str, column: ColumnDrift) -> tuple[Cell, ...]:
    kind: str = column.kind or numbers.NONE
    if column.part != "feature":
        kind = f"{column.part}, {kind}"
    smallest = [
        p for p in (column.ks_p, column.chi2_p, column.null_p, column.unseen_p) if p is not None
    ]
    return (
        Cell(name, code=True),
        Cell(_drifted(column)),
        Cell("", shape=_shape(column)),
        Cell(f"{column.was} → {kind}" if column.change == "retyped" else kind),
        Cell(_effect(column), sort=column.effect(_USUAL)),
        Cell(_signed(column.shift), sort=column.shift),
        Cell(_missing(column), sort=column.null_rate[1]),
        Cell(_share(column.unseen), sort=column.unseen),
        Cell(_p(min(smallest)) if smallest else numbers.NONE, sort=min(smallest, default=None)),
        Cell(_smallest(column), sort=column.detectable),
    )


def _drifted(column: ColumnDrift) -> str:
    if column.change == "new":
        return "new column"
    if column.change is not None:
        return f"yes: {column.change}"
    return f"yes: {column.why}" if column.drifted else "no"


def _effect(column: ColumnDrift) -> str:
    """Write the distance in its unit: robust standard deviations, or a share of rows."""
    if column.wasserstein is not None:
        return f"{_three(column.wasserstein)} sd"
    return numbers.NONE if column.tv is None else f"{_share(column.tv)} TV"


def _smallest(column: ColumnDrift) -> str:
    if column.detectable is None:
        return numbers.NONE
    return (
        f"{_three(column.detectable)} sd"
        if column.wasserstein is not None
        else f"{_share(column.detectable)} TV"
    )


def _missing(column: ColumnDrift) -> str:
    reference, current = column.null_rate
    if reference is None or current is None or (reference == 0 and current == 0):
        return numbers.NONE
    return f"{_share(reference)} → {_share(current)}"


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
    reference, current = (numbers.count(n) for n in evidence.n)
    weighted = ", weighted" if evidence.weighted else ""
    units = _UNITS if any(column.drifted for _, column in ranked) else ""
    yield (
        f"{current} rows of {evidence.current} against {reference} of {evidence.reference}{weighted}.{units}"
    )
    if evidence.clusters is not None:
        reference, current = (numbers.count(count) for count in evidence.clusters)
        yield f"Rows come in groups: tests permute {current} current and {reference} reference groups, not rows."
    if evidence.profile is not None:
        yield f"The reference is a profile: {evidence.profile}."
    for change in ("vanished", "retyped", "new"):
        names = [name for name, column in ranked if column.change == change]
        if names:
            yield f"{change.capitalize()}: {first_of(names, 10)}."


PAGE: Final = CheckPage(
    DriftEvidence,
    folds=folds,
    next_step=(
        "check where the data come from, or train on newer data; list columns that may drift under ",
        Code("drift.ignore"),
        " or ",
        Code("drift.floors"),
    ),
)
