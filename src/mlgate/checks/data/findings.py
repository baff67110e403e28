"""What commonly goes wrong with data, looked for whether a rule asks or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.data import rows as equal
from mlgate.checks.data import rules
from mlgate.checks.data.evidence import DataFinding
from mlgate.metrics.table_hashes import NUMBERS
from mlgate.model.table import is_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.checks.data.evidence import ColumnFacts, FindingKind
    from mlgate.checks.data.measure import DataParams
    from mlgate.model.table import ColumnTable

NEAR_UNIQUE: Final = 0.95
"""From this share of distinct values on, a column of text or whole numbers identifies rows."""
MORE_NULLS: Final = 0.02
"""An increase of the share of missing values by more than this is a finding."""
RARE_CLASS: Final = 0.01
_FEW: Final = 20
"""With fewer rows than this, shares of them are no finding."""


def find(
    table: ColumnTable,
    reference: ColumnTable | None,
    columns: Mapping[str, ColumnFacts],
    reference_facts: Mapping[str, ColumnFacts],
    params: DataParams,
) -> Iterator[DataFinding]:
    """Yield what looks wrong, column by column and then of the whole table."""
    for name, column_facts in columns.items():
        if is_index(name):
            continue
        yield from _alone(name, column_facts, table, params)
        if reference is not None and name in reference_facts:
            yield from _against(name, column_facts, reference_facts[name], table, reference, params)
    yield from _table(table, reference, params)
    if params.label is not None and params.label in table.kinds:
        yield from _labels(table, params)


def _alone(
    name: str, facts: ColumnFacts, table: ColumnTable, params: DataParams
) -> Iterator[DataFinding]:
    rows = table.rows
    if facts.distinct is None or rows < 2:
        return
    if facts.infinite:
        import numpy as np

        wrong = np.isinf(table.numbers(name))
        yield _of_column("infinite", name, wrong, table, "are infinite", params)
    if facts.distinct <= 1 and name != params.label:
        detail = "has no value at all" if facts.distinct == 0 else "has the same value in every row"
        yield _of_column("constant", name, ~_missing(table, name), table, detail, params, rows)
    named = name in (*params.id, *params.ignore, params.label, params.time)
    unique = facts.distinct >= NEAR_UNIQUE * (rows - facts.nulls) and facts.distinct >= _FEW
    if unique and not named and facts.holds in ("text", "integer"):
        detail = f"{facts.distinct:,} distinct values: it identifies rows, as an id does"
        some = ~_missing(table, name)
        yield _of_column("near_unique", name, some, table, detail, params, facts.distinct)


def _against(
    name: str,
    facts: ColumnFacts,
    reference_facts: ColumnFacts,
    table: ColumnTable,
    reference: ColumnTable,
    params: DataParams,
) -> Iterator[DataFinding]:
    """Compare a column with its reference: missing values, range, levels."""
    before, now = reference_facts.nulls / reference.rows, facts.nulls / table.rows
    if now - before >= MORE_NULLS:
        detail = f"{now:.1%} missing, {before:.1%} in the reference"
        yield _of_column("nulls", name, _missing(table, name), table, detail, params, facts.nulls)
    if facts.holds != reference_facts.holds:
        return
    if facts.holds in ("integer", "float"):
        yield from _range(name, reference_facts, table, params)
    elif facts.holds in ("text", "boolean"):
        yield from _levels(name, reference_facts, table, reference, params)


def _range(
    name: str, reference_facts: ColumnFacts, table: ColumnTable, params: DataParams
) -> Iterator[DataFinding]:
    if reference_facts.low is None or reference_facts.high is None:
        return
    values = table.numbers(name)
    outside = (values < reference_facts.low) | (values > reference_facts.high)
    if outside.any():
        shown = (
            "the reference's"
            if params.mask
            else f"{reference_facts.low:g} to {reference_facts.high:g}"
        )
        yield _of_column("range", name, outside, table, f"outside of {shown}", params)


def _levels(
    name: str,
    reference_facts: ColumnFacts,
    table: ColumnTable,
    reference: ColumnTable,
    params: DataParams,
) -> Iterator[DataFinding]:
    import numpy as np

    if reference_facts.distinct is None or reference_facts.distinct >= NEAR_UNIQUE * reference.rows:
        return
    reference_levels = set(reference.coded(name).levels)
    coded = table.coded(name)
    unseen = np.array([*(level not in reference_levels for level in coded.levels), False])
    rows = unseen[coded.codes]
    if rows.any():
        levels = int(unseen.sum())
        detail = f"{levels:,} value{'' if levels == 1 else 's'} that the reference lacks"
        yield _of_column("levels", name, rows, table, detail, params)


def _missing(table: ColumnTable, name: str) -> equal.Mask:
    import numpy as np

    if table.kinds[name] in NUMBERS:
        return np.isnan(table.numbers(name))
    return table.coded(name).codes < 0


def _of_column(
    kind: FindingKind,
    name: str,
    wrong: equal.Mask,
    table: ColumnTable,
    detail: str,
    params: DataParams,
    count: int | None = None,
) -> DataFinding:
    """Return the finding about some rows of a column; the first of them is the example."""
    return DataFinding(
        kind=kind,
        column=name,
        count=int(wrong.sum()) if count is None else count,
        of=table.rows,
        detail=detail,
        example=rules.example(table, wrong, name, mask=params.mask) if wrong.any() else None,
    )


def _table(
    table: ColumnTable, reference: ColumnTable | None, params: DataParams
) -> Iterator[DataFinding]:
    again = equal.duplicates(table, params)
    if again.any():
        yield DataFinding(
            kind="duplicates",
            count=int(again.sum()),
            of=table.rows,
            detail="equal an earlier row",
            example=rules.example(table, again, None, mask=params.mask),
        )
    if params.id and all(name in table.kinds for name in params.id):
        twice = equal.repeated_ids(table, params)
        if twice.any():
            yield DataFinding(
                kind="repeated_ids",
                column=", ".join(params.id),
                count=int(twice.sum()),
                of=table.rows,
                detail="have the id of an earlier row",
                example=rules.example(table, twice, params.id[0], mask=params.mask),
            )
    if reference is None or reference.name == table.name:
        return
    seen = equal.leaked(table, reference, params)
    if seen.any():
        yield DataFinding(
            kind="leakage",
            count=int(seen.sum()),
            of=table.rows,
            detail=f"also appear in {reference.name}, with the same features",
            example=rules.example(table, seen, None, mask=params.mask),
        )


def _labels(table: ColumnTable, params: DataParams) -> Iterator[DataFinding]:
    import numpy as np

    assert params.label is not None
    if table.kinds[params.label] not in ("text", "boolean", "integer"):
        return
    coded = table.coded(params.label)
    counts = np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.levels))
    if (counts > 0).sum() == 1:
        detail = "has one class only: nothing can be learnt or measured"
        yield DataFinding(
            kind="one_class", column=params.label, count=table.rows, of=table.rows, detail=detail
        )
        return
    rarest = int(np.argmin(np.where(counts > 0, counts, counts.max() + 1)))
    if len(counts) <= _FEW and counts[rarest] < RARE_CLASS * counts.sum():
        shown = "" if params.mask else f" {coded.levels[rarest]}"
        detail = f"the rarest class{shown} has {counts[rarest]:,} rows"
        yield DataFinding(
            kind="imbalance",
            column=params.label,
            count=int(counts[rarest]),
            of=table.rows,
            detail=detail,
        )
    wrong = equal.conflicting(table, params) if len(counts) <= _FEW else np.zeros(1, dtype=bool)
    if wrong.any():
        yield DataFinding(
            kind="conflicts",
            column=params.label,
            count=int(wrong.sum()),
            of=table.rows,
            detail="rows with the same features and another label",
            example=rules.example(table, wrong, params.label, mask=params.mask),
        )
