"""Which parts of the test set got worse than on main, over the columns that are searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mlgate.checks.fairness.evidence import SearchFound, Worse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.fairness.gaps import Sides
    from mlgate.model.attributes import Attribute
    from mlgate.model.inputs import PairedBaseline
    from mlgate.model.rows import PairedRows, Rows


class SearchRequest(Protocol):
    """What is looked for: the columns `search`, in parts of at least `minimum` rows."""

    @property
    def search(self) -> tuple[str, ...]: ...

    @property
    def minimum(self) -> int: ...

    @property
    def confidence(self) -> float: ...


def search(
    attributes: Mapping[str, Attribute], main: PairedBaseline | None, params: SearchRequest
) -> SearchFound | None:
    """Search; None where nothing is asked for, or there is no main to compare with."""
    if not params.search or main is None:
        return None
    if main.paired is None:
        why = main.unpaired_because or "main's rows are not kept"
        return SearchFound(columns=params.search, why_not=why)
    if main.paired.candidate.cluster is not None or main.paired.candidate.item is not None:
        return SearchFound(columns=params.search, why_not="its test takes rows to be independent")
    return _searched(attributes, main.paired, params)


def without_hidden(search: SearchFound | None, divided: Iterable[Sides]) -> SearchFound | None:
    """Where groups are hidden, list only those that are shown elsewhere."""
    if search is None:
        return None
    shown = {group for sides in divided for group in _shown_groups(sides)}
    worse = tuple(part for part in search.worse if frozenset(part.levels.items()) in shown)
    return search.model_copy(update={"worse": worse, "not_told": len(search.worse) - len(worse)})


def _shown_groups(sides: Sides) -> Iterator[frozenset[tuple[str, str]]]:
    """Yield the columns and levels of each group that is shown."""
    own = sides.own
    columns = [(name, own.frame.columns[name].levels) for name in own.used]
    for label, codes in zip(own.labels, own.grouped.codes.tolist(), strict=True):
        if label not in sides.hidden:
            levels = zip(columns, codes, strict=True)
            yield frozenset((name, of[code]) for (name, of), code in levels)


def _searched(
    attributes: Mapping[str, Attribute], paired: PairedRows, params: SearchRequest
) -> SearchFound:
    from mlgate.stats.slice_search import search as find

    used = [attributes[name] for name in params.search]
    codes = [
        attribute.codes if paired.index is None else attribute.codes[paired.index]
        for attribute in used
    ]
    columns = [(code, len(attribute.levels)) for code, attribute in zip(codes, used, strict=True)]
    searched = find(
        columns,
        _goodness(paired.candidate) - _goodness(paired.baseline),
        minimum=params.minimum,
        confidence=params.confidence,
    )
    return SearchFound(
        columns=params.search,
        tested=searched.tested,
        worse=tuple(
            Worse(
                levels={params.search[c]: used[c].levels[code] for c, code in part.levels},
                n=part.n,
                change=part.change,
                p_value=part.p_value,
                adjusted=part.adjusted,
            )
            for part in searched.worse
        ),
    )


def _goodness(rows: Rows) -> NDArray[np.float64]:
    """Return each row's part of the accuracy, or minus its part of the MAE."""
    import numpy as np

    if rows.task == "regression":
        return -np.abs(np.asarray(rows.y_pred - rows.y_true, dtype=np.float64))
    return np.asarray(rows.y_pred == rows.y_true, dtype=np.float64)
