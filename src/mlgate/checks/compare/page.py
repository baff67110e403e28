"""The report's part on both models: their metrics, and where they differ.

Confusion matrices, ROC curves, calibration and residuals are details; so is the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.compare import page_history
from mlgate.checks.compare.figures import (
    CalibrationCurves,
    ConfusionMatrices,
    CostCurves,
    Residuals,
    RocCurves,
)
from mlgate.model.evidence import CompareEvidence
from mlgate.report import metrics
from mlgate.report.check_page import CheckPage
from mlgate.report.document import Cell, Column, Figure, Fold, NoteLine, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import Calibration as Calibrated
    from mlgate.model.evidence import (
        CalibrationBin,
        CostByThreshold,
        Discordant,
        Measurement,
        RowCounts,
        Side,
    )
    from mlgate.model.rows import Role
    from mlgate.report.check_page import PageContext
    from mlgate.report.document import Content, Text
    from mlgate.report.gates import Names

    Matrices = tuple[tuple[str, tuple[tuple[int, ...], ...]], ...]
    Bins = tuple[tuple[str, tuple[CalibrationBin, ...]], ...]

MOST_CLASSES = 12
"""Of a larger confusion matrix only the largest differences are shown."""
WORST_PAIRS = 10
UNCHOSEN = (
    "A threshold that is chosen on these rows looks better on them than it is. Choose it on rows for validation, "
    "and let the next run compare: gates are about the predictions as they are."
)
DRAWN = 10
"""Bins of the figure and its table, as `stats.calibration.bins` has them."""
COMPUTED = 15
"""Bins of the numbers, as `stats.calibration.BINS`, which needs NumPy."""
QUANTILES = (5, 25, 50, 75, 95)


def headline(evidence: CompareEvidence) -> Iterator[str]:
    """Return that the test set is another one than main's."""
    if evidence.rows is not None and _changed(evidence.rows):
        yield "the test set changed"


def status(evidence: CompareEvidence) -> Iterator[Text]:
    """Return how many rows were compared, and how many of them became right or wrong."""
    if evidence.rows is None:
        if evidence.n:
            yield (numbers.plural(evidence.n, "row"),)
        return
    changed = discordant(evidence)
    paired = f"on the same {numbers.count(evidence.rows.paired)} rows"
    if changed is not None:
        paired += (
            f": {numbers.count(changed.broken)} newly wrong,"
            f" {numbers.count(changed.fixed)} newly right"
        )
    yield (paired,)


def lines(evidence: CompareEvidence, context: PageContext) -> Iterator[NoteLine]:
    """Return which other metrics are worse, and how the test set changed since the baselines."""
    names = context.names
    yield from metrics.others(evidence, context.gates, names)
    rows, anchor = evidence.rows, evidence.anchor_rows
    if rows is not None and _changed(rows):
        both = names.main if _earlier(evidence, "main") else None
        yield _rows_line(rows, "Test set", both)
    if anchor is not None and _changed(anchor) and anchor != rows:
        both = names.anchor if _earlier(evidence, "anchor") else None
        yield _rows_line(anchor, f"Test set since {names.anchor}", both)
    for role in ("main", "anchor"):
        name = names.of(role)
        kept = {key: measured.kept.get(role) for key, measured in evidence.metrics.items()}
        yield from _value_line(evidence, kept, f"On {name}'s rows alone", "on all rows")
        earlier = {key: measured.earlier.get(role) for key, measured in evidence.metrics.items()}
        yield from _value_line(evidence, earlier, f"With {name}'s labels", "with this commit's")


def _changed(rows: RowCounts) -> bool:
    return bool(rows.added or rows.missing or rows.relabelled or rows.columns)


def _earlier(evidence: CompareEvidence, role: Role) -> bool:
    """Whether anything was measured under the labels of a baseline as well."""
    metrics = evidence.metrics.values()
    compared = (measured.against.get(role) for measured in metrics)
    return any(role in measured.earlier for measured in metrics) or any(
        comparison is not None and comparison.earlier for comparison in compared
    )


def _rows_line(rows: RowCounts, start: str, both: str | None) -> NoteLine:
    at_least = "" if rows.relabelled_exact else "at least "
    parts = [
        f"{numbers.plural(rows.added, 'row') if rows.added else 'no row'} added",
        f"{numbers.count(rows.missing) if rows.missing else 'none'} missing",
    ]
    if rows.relabelled is not None:
        differ = "label differs" if rows.relabelled == 1 else "labels differ"
        parts.append(f"{at_least}{numbers.count(rows.relabelled)} {differ}")
    parts += [f"{numbers.count(count)} of another {name}" for name, count in rows.columns.items()]
    text = (
        f"{start}: {', '.join(parts)}. Compared on the"
        f" {numbers.plural(rows.paired, 'row')} that both sides have, with this commit's labels"
    )
    text += f", and with {both}'s: the worse counts." if both else "."
    if rows.ids == "doubtful":
        text += " In some part of them labels agree so little that ids may be row numbers."
    return NoteLine("warn", (text,))


def _value_line(
    evidence: CompareEvidence, others: Mapping[str, Measurement | None], start: str, all_: str
) -> Iterator[NoteLine]:
    """Return the values on a baseline's rows, where they differ from those on all rows."""
    values = []
    for key, measured in evidence.metrics.items():
        kept = others[key]
        if kept is not None and kept.value is not None and measured.value is not None:
            places = numbers.decimals(kept.interval, kept.value)
            alone, all_rows = (
                numbers.number(value, places, measured.unit)
                for value in (kept.value, measured.value)
            )
            values.append(f"{measured.title} {alone} ({all_} {all_rows})")
    if values:
        text = f"{start}: {', '.join(values)}. Limits must hold on both."
        yield NoteLine("warn", (text,))


def folds(evidence: CompareEvidence, context: PageContext) -> Iterator[Fold]:
    """Return the metrics."""
    return metrics.folds(evidence, context, title="Metrics", figure="changes")


def details(evidence: CompareEvidence, context: PageContext) -> Iterator[Fold]:
    """Return the folds that this task has, then the history."""
    names = context.names
    sides = _named(evidence, names)
    parts = (
        _errors(evidence, sides),
        _scores(evidence, sides, names),
        _costs(sides),
        _residuals(sides),
        page_history.fold(evidence, context.gates, names),
    )
    yield from (fold for fold in parts if fold is not None)


def _named(evidence: CompareEvidence, names: Names) -> list[tuple[str, Side]]:
    """Return the sides by name: main's (else the anchor's) first, the candidate's last."""
    sides = []
    role = "main" if "main" in evidence.sides else "anchor"
    if role in evidence.sides:
        sides.append((names.of(role), evidence.sides[role]))
    if "candidate" in evidence.sides:
        sides.append((names.candidate, evidence.sides["candidate"]))
    return sides


def discordant(evidence: CompareEvidence) -> Discordant | None:
    """Return how many rows became right and wrong, from any metric that counts them."""
    for measured in evidence.metrics.values():
        main = measured.against.get("main")
        if main is not None and main.discordant is not None:
            return main.discordant
    return None


def _errors(evidence: CompareEvidence, sides: list[tuple[str, Side]]) -> Fold | None:
    matrices = tuple((name, side.confusion) for name, side in sides if side.confusion is not None)
    if not matrices or not evidence.classes:
        return None
    content: list[Content] = []
    table = _confusion_table(evidence.classes, matrices)
    if len(evidence.classes) <= MOST_CLASSES:
        alt = "Confusion matrices, labels by predictions: the table beside it has the counts"
        content.append(
            Figure(
                "confusion",
                "Confusion matrices",
                alt,
                ConfusionMatrices(evidence.classes, matrices),
            )
        )
    finding = _errors_finding(matrices)
    return Fold("errors", "Errors", finding, (*content, table), 60, short=(table,))


def _errors_finding(matrices: Matrices) -> str:
    (baseline, before), (_, counts) = matrices[0], matrices[-1]
    wrong = (
        f"{numbers.count(_wrong(counts))} of {numbers.plural(sum(map(sum, counts)), 'row')} wrong"
    )
    return wrong if len(matrices) == 1 else f"{wrong} ({baseline}: {numbers.count(_wrong(before))})"


def _wrong(counts: tuple[tuple[int, ...], ...]) -> int:
    return sum(map(sum, counts)) - sum(counts[i][i] for i in range(len(counts)))


def _confusion_table(classes: tuple[str, ...], matrices: Matrices) -> Table:
    """Return one row a pair of label and prediction; of many, the errors that changed most."""
    pairs = [(i, j) for i in range(len(classes)) for j in range(len(classes))]
    counts = {pair: [matrix[pair[0]][pair[1]] for _, matrix in matrices] for pair in pairs}
    caption = "Rows by label and prediction"
    if len(classes) > 2:
        pairs = sorted((p for p in pairs if p[0] != p[1]), key=lambda p: _rank(counts[p]))
        kept = [pair for pair in pairs if any(counts[pair])][:WORST_PAIRS]
        caption = f"Wrong rows by label and prediction, most changed first ({len(kept)} of {len(pairs)} pairs)"
        pairs = kept
    return Table(
        caption,
        (
            Column("label"),
            Column("predicted"),
            *(Column(name, right=True) for name, _ in matrices),
            *((Column("difference", right=True),) if len(matrices) > 1 else ()),
        ),
        tuple(tuple(_confusion_row(classes, pair, counts[pair])) for pair in pairs),
    )


def _rank(counts: list[int]) -> tuple[int, int]:
    return -abs(counts[-1] - counts[0]), -counts[-1]


def _confusion_row(
    classes: tuple[str, ...], pair: tuple[int, int], counts: list[int]
) -> Iterator[Cell]:
    yield Cell(classes[pair[0]])
    yield Cell(classes[pair[1]])
    for count in counts:
        yield Cell(numbers.count(count), sort=count)
    if len(counts) > 1:
        change = counts[-1] - counts[0]
        yield Cell(numbers.number(change, 0, signed=True), sort=change)


def _scores(evidence: CompareEvidence, sides: list[tuple[str, Side]], names: Names) -> Fold | None:
    curves = tuple((name, side.roc) for name, side in sides if side.roc is not None)
    bins = tuple((name, side.calibration) for name, side in sides if side.calibration)
    level = 2 * evidence.confidence - 1
    content: list[Content] = []
    if curves:
        alt = f"ROC curves of {' and '.join(name for name, _ in curves)}"
        content.append(Figure("roc", "ROC", alt, RocCurves(curves)))
    if bins:
        alt = "Calibration: observed rate against mean score; the table beside it has the numbers"
        content.append(Figure("calibration", "Calibration", alt, CalibrationCurves(bins, level)))
        content += _calibrated(evidence, sides)
        content.append(_calibration_table(evidence, bins))
    if not content:
        return None
    finding = _scores_finding(evidence, bins, names)
    return Fold("scores", "Scores", finding, tuple(content), 50, short=())


def _costs(sides: list[tuple[str, Side]]) -> Fold | None:
    costs = tuple((name, side.costs) for name, side in sides if side.costs is not None)
    if not costs:
        return None
    ours = costs[-1][1]
    places = numbers.decimals((0.0, ours.cost / 10)) if ours.cost else 3
    own, least = (numbers.number(cost, places) for cost in (ours.cost, ours.least))
    table = Table(
        "Mean cost of a row as predicted, and at the threshold with the least cost on these rows",
        (
            Column("model"),
            Column("threshold", right=True),
            Column("cost", right=True),
            Column("threshold of the least", right=True),
            Column("least cost", right=True),
        ),
        tuple(tuple(_cost_row(name, side, places)) for name, side in costs),
    )
    warning = Paragraph((UNCHOSEN,))
    alt = "Mean cost of a row by threshold; the table beside it has the thresholds"
    title = "Cost by threshold: ■ as predicted, ● the least on these rows"
    figure = Figure("costs", title, alt, CostCurves(costs))
    finding = f"{own} a row as predicted, at best {least} on these rows"
    return Fold("costs", "Costs", finding, (figure, table, warning), 55, short=(table, warning))


def _cost_row(name: str, side: CostByThreshold, places: int) -> Iterator[Cell]:
    yield Cell(name)
    at = numbers.NONE if side.threshold is None else numbers.number(side.threshold, 3)
    yield Cell(at, sort=side.threshold)
    yield Cell(numbers.number(side.cost, places), sort=side.cost)
    yield Cell(numbers.number(side.best, 3), sort=side.best)
    yield Cell(numbers.number(side.least, places), sort=side.least)


def _scores_finding(evidence: CompareEvidence, bins: Bins, names: Names) -> str:
    parts = []
    auc = evidence.metrics.get("roc_auc")
    if auc is not None and auc.value is not None:
        places = numbers.decimals(auc.interval, auc.value)
        parts.append(f"ROC AUC {numbers.number(auc.value, places, 'share')}")
        main = auc.against.get("main")
        if main is not None and main.baseline is not None:
            before = numbers.number(main.baseline, places, "share")
            parts[0] += f" ({names.main} {before})"
    if bins:
        outside = sum(_outside(item) for item in bins[-1][1])
        chance = (2 - 2 * evidence.confidence) * len(bins[-1][1])
        parts.append(
            f"calibration outside its interval in {outside} of {len(bins[-1][1])} bins"
            f" (about {chance:.0f} by chance)"
        )
    return ", ".join(parts)


def _outside(item: CalibrationBin) -> bool:
    """Whether the mean score lies outside the bounds of the observed rate."""
    low, high = item.interval
    return (low is not None and item.score < low) or (high is not None and item.score > high)


def _calibrated(evidence: CompareEvidence, sides: list[tuple[str, Side]]) -> Iterator[Content]:
    """Return what the bins come to, a row a model: Brier score, its parts, calibration error."""
    calibrated = [(name, side.calibrated) for name, side in sides if side.calibrated is not None]
    if not calibrated:
        return
    level = numbers.level(evidence.confidence)
    of = "" if evidence.task != "multiclass" else " of the most probable class's score"
    yield Table(
        f"Brier score{of} = reliability − resolution + uncertainty; these and the calibration error are over "
        f"{COMPUTED} bins of equal width",
        (
            Column("model"),
            Column("Brier score", right=True),
            Column("reliability (0 is best)", right=True),
            Column("resolution (more is better)", right=True),
            Column("uncertainty", right=True),
            Column(f"expected calibration error ({level} CI)", right=True),
        ),
        tuple(_calibrated_row(name, calibration) for name, calibration in calibrated),
    )


def _calibrated_row(name: str, calibration: Calibrated) -> tuple[Cell, ...]:
    places = numbers.decimals(calibration.interval, calibration.ece)
    error = numbers.number(calibration.ece, places, "share")
    parts = (
        calibration.brier.score,
        calibration.brier.reliability,
        calibration.brier.resolution,
        calibration.brier.uncertainty,
    )
    return (
        Cell(name),
        *(Cell(numbers.number(part, 4), sort=part) for part in parts),
        Cell(
            f"{error} {numbers.interval(calibration.interval, places, 'share')}".strip(),
            sort=calibration.ece,
        ),
    )


def _calibration_table(evidence: CompareEvidence, bins: Bins) -> Table:
    """Return the candidate's bins: the figure shows the baseline's as well."""
    level = numbers.level(evidence.confidence)
    return Table(
        f"Calibration of this commit's model, in the figure's {DRAWN} bins of equal width (empty ones are left out)",
        (
            Column("mean score", right=True),
            Column(f"observed rate ({level} CI)", right=True),
            Column("rows", right=True),
            Column("score against rate"),
        ),
        tuple(_calibration_row(item) for item in bins[-1][1]),
    )


def _calibration_row(item: CalibrationBin) -> tuple[Cell, ...]:
    places = numbers.decimals(item.interval, item.rate)
    rate = numbers.number(item.rate, places, "share")
    side = "too high" if item.score > item.rate else "too low"
    return (
        Cell(numbers.number(item.score, places, "share"), sort=item.score),
        Cell(f"{rate} {numbers.interval(item.interval, places, 'share')}".strip(), sort=item.rate),
        Cell(numbers.count(item.n), sort=item.n),
        Cell(side if _outside(item) else "agrees"),
    )


def _residuals(sides: list[tuple[str, Side]]) -> Fold | None:
    residuals = tuple((name, side.residuals) for name, side in sides if side.residuals is not None)
    if not residuals:
        return None
    median, half = residuals[-1][1][50], residuals[-1][1][75] - residuals[-1][1][25]
    places = _places(half)
    finding = (
        f"median error {numbers.number(median, places, signed=True)},"
        f" middle half within {numbers.number(half, places)}"
    )
    alt = "Quantiles of prediction − label; the table beside it has the numbers"
    table = Table(
        "Prediction − label, by quantile",
        (Column("model"), *(Column(f"{q} %", right=True) for q in QUANTILES)),
        tuple(
            (
                Cell(name),
                *(
                    Cell(numbers.number(values[q], places, signed=True), sort=values[q])
                    for q in QUANTILES
                ),
            )
            for name, values in residuals
        ),
    )
    figure = Figure("residuals", "Residuals", alt, Residuals(residuals))
    return Fold("residuals", "Residuals", finding, (figure, table), 60)


def _places(scale: float) -> int:
    """Decimals that show a hundredth of the residuals' spread."""
    return numbers.decimals((0.0, scale / 10)) if scale > 0 else 3


PAGE: Final = CheckPage(
    CompareEvidence, headline=headline, status=status, lines=lines, folds=folds, details=details
)
