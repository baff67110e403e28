"""The parts of the test set that got worse, in the sections on fairness and on slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mlgate.report.document import Cell, Column, Paragraph, Table
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.slice_search import SearchResult, WorsePart
    from mlgate.report.document import Content
    from mlgate.report.gates import Names

BRIEF: Final = 8


class SearchedEvidence(Protocol):
    """Evidence with a search, of parts of at least `minimum` rows."""

    @property
    def search(self) -> SearchResult | None: ...

    @property
    def task(self) -> str | None: ...

    @property
    def minimum(self) -> int: ...


def content(evidence: SearchedEvidence, names: Names) -> Iterator[Content]:
    """Return the result of the search; nothing where none was asked for."""
    search = evidence.search
    if search is None:
        return
    over = ", ".join(search.columns)
    if search.why_not is not None:
        yield Paragraph((f"Slices of {over} were not searched: {search.why_not}.",))
        return
    what = "MAE" if evidence.task == "regression" else "accuracy"
    searched = (
        f"Searched {numbers.plural(search.tested, 'slice')} of {over} (each level, each pair of"
        f" levels, at least {evidence.minimum} rows) for a worse {what} than on {names.main}:"
    )
    if search.not_told:
        yield Paragraph((f"{numbers.plural(search.not_told, 'slice')} that got worse are hidden.",))
    if not search.worse and search.not_told:
        return
    if not search.worse:
        yield Paragraph((f"{searched} none got worse beyond what chance explains.",))
        return
    yield Table(
        f"{searched} {len(search.worse)} did (p corrected for the search by Holm)",
        (
            Column("slice"),
            Column("rows", right=True),
            Column(f"change of {what}", right=True),
            Column("p", right=True),
        ),
        tuple(_row(worse, regression=evidence.task == "regression") for worse in search.worse),
        brief=BRIEF,
    )


def _row(worse: WorsePart, *, regression: bool) -> tuple[Cell, ...]:
    slice_ = ", ".join(
        f"{column} {level}" if column in worse.ranges else f"{column} = {level}"
        for column, level in worse.levels.items()
    )
    change = -worse.change if regression else worse.change
    places = numbers.decimals((None, None), change)
    return (
        Cell(slice_),
        Cell(numbers.count(worse.n), sort=worse.n),
        Cell(
            numbers.number(change, places, "number" if regression else "share", signed=True),
            sort=change,
        ),
        Cell(
            "< .0001" if worse.adjusted < 1e-4 else numbers.number(worse.adjusted, 4, "share"),
            sort=worse.adjusted,
        ),
    )
