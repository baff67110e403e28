"""Recognise tables whose rows belong together, and what is no single prediction of a single label.

Rankings of a query, forecasts of a series, labels of a document in long form, and scores of each image: by
columns that only together name a row, and by what the others hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.templates import RowScore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mlgate.pipeline.init.guess import ColumnSummary

    Unique = Callable[[Sequence[str]], bool]
    """Whether no two rows have the same values in some columns."""

RELEVANCE: Final = frozenset(
    {"relevance", "relevant", "rel", "clicked", "click", "purchased", "bought", "converted", "rating", "grade"}
)  # fmt: skip
_QUERIES: Final = (
    "query",
    "query_id",
    "qid",
    "search",
    "search_id",
    "user",
    "user_id",
    "session",
    "session_id",
)
_ITEMS: Final = frozenset(
    f"{name}{end}"
    for name in ("item", "document", "doc", "product", "candidate", "passage", "movie", "article", "track", "url", "ad")
    for end in ("", "_id", "id")
)  # fmt: skip
_GROUPS: Final = (
    *_QUERIES, "series", "series_id", "unique_id", "store", "sensor", "document", "document_id", "doc_id", "scene",
    "video", "sequence", "patient", "patient_id", "subject", "study", "case", "site", "group",
)  # fmt: skip
"""Names of what several rows belong to, the most telling first."""
_QUANTILE: Final = re.compile(r"(?:\w+_)?(?:p|q|quantile)_?(\d+(?:_\d+)?)")
_SCORE: Final = re.compile(
    r"(^|_)(m?iou|dice|jaccard|m?ap\d*|precision|recall|f1|acc|accuracy|auc|score|psnr|ssim|bleu|rouge\w*|wer|cer|"
    r"missed|misses|false_(positives|negatives)|errors?|loss|mae|mse|rmse|hausdorff\w*|correct|success|solved|"
    r"passed|latency|seconds|cost|tokens)(_|$)"
)
_FEWER_IS_BETTER: Final = re.compile(
    r"(^|_)(miss|false_|err|loss|mae|mse|rmse|wer|cer|hausdorff|latency|seconds|cost|tokens)"
)
_CHANCE: Final = 10.0
"""Pairs of rows that would be equal by chance where columns name no row: their being none is no accident."""
_MOST: Final = 6
_CLASSES: Final = 50


@dataclass(frozen=True, slots=True)
class RowNames:
    """Columns that only together name a row, and what they say of it.

    Attributes
    ----------
    cluster
        The one of what several rows belong to.
    time
        The one that orders the rows of a series.
    kind
        The one with few values, which says what a row is about, such as a tag.
    """

    columns: tuple[ColumnSummary, ...] = ()
    cluster: ColumnSummary | None = None
    time: ColumnSummary | None = None
    kind: ColumnSummary | None = None


def names(columns: Sequence[ColumnSummary], rows: int, unique: Unique) -> RowNames:
    """Return the fewest columns that together name a row; none where one does so alone, or none do."""
    able = [c for c in columns if _nameable(c, rows)][:_MOST]
    for size in (2, 3):
        for some in combinations(able, size):
            values = 1.0
            for column in some:
                values *= column.distinct
            if rows <= values <= rows * rows / (2 * _CHANCE) and unique([c.name for c in some]):
                return _meaning(some, rows)
    return RowNames()


def _nameable(column: ColumnSummary, rows: int) -> bool:
    """Whether a column can be a part of a key: written, not measured, and no row's alone."""
    written = column.integral or not column.numeric
    return column.kind == "scalar" and written and not column.missing and 1 < column.distinct < rows


def _meaning(some: Sequence[ColumnSummary], rows: int) -> RowNames:
    time = next((column for column in some if column.date), None)
    others = [column for column in some if column is not time]
    several = [column for column in others if column.distinct <= rows / 2]
    named = [column for column in several if column.plain in _GROUPS]
    cluster = min(named, key=lambda c: _GROUPS.index(c.plain), default=next(iter(several), None))
    kinds = (c for c in others if c is not cluster and not c.numeric and c.distinct <= _CLASSES)
    return RowNames(tuple(some), cluster, time, next(kinds, None))


def quantiles(columns: Sequence[ColumnSummary]) -> dict[float, ColumnSummary]:
    """Return the columns that are called after a quantile, such as `p90`, by its level."""
    by_level: dict[float, ColumnSummary] = {}
    for column in columns:
        match = _QUANTILE.fullmatch(column.plain)
        if match is None or not column.numeric or column.missing:
            continue
        text = match[1].replace("_", ".")
        level = float(f".{text}") if text[0] == "0" and "." not in text else float(text)
        level = level / 100 if level > 1 else level
        if 0 < level < 1:
            by_level[level] = column
    return dict(sorted(by_level.items()))


def ranked(named: RowNames, rest: Sequence[ColumnSummary], scores: Sequence[str]) -> tuple[
    ColumnSummary, ColumnSummary
] | None:  # fmt: skip
    """Return the relevance and the score of a ranking; None where rows are not of a query and an item."""
    order = [c for c in rest if c.numeric and not c.missing and c.plain in scores]
    order = order or [c for c in rest if c.numeric and not c.missing and not c.whole]
    if len(order) != 1 or named.cluster is None:
        return None
    grades = [c for c in rest if c is not order[0] and c.whole and not c.missing and _graded(c)]
    label = next((c for c in grades if c.plain in RELEVANCE), None)
    items = any(column.plain in _ITEMS for column in named.columns)
    if label is None and items and len(grades) == 1:
        label = grades[0]
    return None if label is None else (label, order[0])


def _graded(column: ColumnSummary) -> bool:
    return column.levels is not None and (column.low or 0) >= 0 and column.distinct > 1


def alike(rest: Sequence[ColumnSummary]) -> tuple[ColumnSummary, ColumnSummary] | None:
    """Return the only two columns that hold the same few values: the label, and what is predicted."""
    few = [c for c in rest if c.levels is not None and c.distinct > 1 and not c.missing]
    pairs = [(a, b) for a, b in combinations(few, 2) if a.levels == b.levels]
    return pairs[0] if len(pairs) == 1 else None


def scores(rest: Sequence[ColumnSummary]) -> Iterator[RowScore]:
    """Yield the columns that are called like a score of a row, with their direction and range."""
    for column in rest:
        if not column.numeric or column.missing or not _SCORE.search(column.plain):
            continue
        fewer = _FEWER_IS_BETTER.search(column.plain) is not None
        yield RowScore(column.name, "lower" if fewer else "higher", share=column.probability)
