"""Which parts of the test set got worse than on main, over the columns that are searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mlgate.model.slice_search import SearchResult, WorsePart

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

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
) -> SearchResult | None:
    """Search; None where nothing is asked for, or there is no main to compare with."""
    if not params.search or main is None:
        return None
    if main.paired is None:
        why = main.unpaired_because or "main's rows are not kept"
        return SearchResult(columns=params.search, why_not=why)
    if main.paired.candidate.cluster is not None or main.paired.candidate.item is not None:
        return SearchResult(columns=params.search, why_not="its test takes rows to be independent")
    return _searched(attributes, main.paired, params)


def _searched(
    attributes: Mapping[str, Attribute], paired: PairedRows, params: SearchRequest
) -> SearchResult:
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
    return SearchResult(
        columns=params.search,
        tested=searched.tested,
        worse=tuple(
            WorsePart(
                levels={params.search[c]: used[c].levels[code] for c, code in part.levels},
                ranges=tuple(params.search[c] for c, _ in part.levels if used[c].ranges),
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
