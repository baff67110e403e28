"""The rules of `data.rules`, each counted over all rows."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.data import rows as equal
from mlgate.errors import DataError
from mlgate.metrics.table_hashes import NUMBERS, hashes
from mlgate.model.data_rules import DataRuleResult, Example
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.data.measure import DataParams
    from mlgate.checks.data.section import RuleSection
    from mlgate.model.inputs import DataSource, Stamp, SuiteKind
    from mlgate.model.table import ColumnTable

    Mask = NDArray[np.bool_]

_AHEAD: Final = 86_400.0
"""Seconds by which a time may be ahead of the run: dates have no time zone."""
_SUITES: Final[dict[str, SuiteKind]] = {
    "pandera": "pandera",
    "great_expectations": "great_expectations",
}


def run(source: DataSource, stamp: Stamp, params: DataParams) -> dict[str, DataRuleResult]:
    """Return every rule's result, by its name."""
    by_name: dict[str, DataRuleResult] = {}
    counter = _Rules(source, stamp, params)
    for name, (rule, key) in params.rules.items():
        by_name |= dict(counter.results(name, rule, key))
    return by_name


@dataclass(frozen=True, slots=True)
class _Rules:
    """Counts one rule at a time over one table."""

    source: DataSource
    stamp: Stamp
    params: DataParams

    @property
    def table(self) -> ColumnTable:
        return self.source.table

    def results(
        self, name: str, rule: RuleSection, key: str
    ) -> Iterator[tuple[str, DataRuleResult]]:
        """Yield the results of one thing that is asked for; a user's suite has many."""
        if key in _SUITES:
            for check, result in self.source.suite(_SUITES[key], getattr(rule, key)).items():
                shown = _without_values(result) if self.params.mask else result
                yield f"{name}.{check}" if check else name, shown
            return
        if rule.column is not None and rule.column not in self.table.kinds:
            raise _no_column(rule.column, self.table, name)
        method: Callable[[str, RuleSection], DataRuleResult] = getattr(self, f"_{key}")
        yield name, method(name, rule)

    # What a column must be.

    def _type(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        assert rule.column is not None
        kind = self.table.kinds[rule.column]
        fits = kind in (rule.type, "null") or (rule.type, kind) == ("float", "integer")
        problem = None if fits else f"it holds {kind}"
        return DataRuleResult(
            text=f"{rule.column} holds {rule.type}", broken=0, of=self.table.rows, problem=problem
        )

    def _min(self, name: str, rule: RuleSection) -> DataRuleResult:
        assert rule.min is not None
        values = self._numbers(name, rule)
        return self._counted(f"{rule.column} ≥ {rule.min:g}", values < rule.min, rule)

    def _max(self, name: str, rule: RuleSection) -> DataRuleResult:
        assert rule.max is not None
        values = self._numbers(name, rule)
        return self._counted(f"{rule.column} ≤ {rule.max:g}", values > rule.max, rule)

    def _values(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        allowed = set(rule.values or ())
        listed = first_of(sorted(allowed), 8)
        return self._levels(f"{rule.column} is one of {listed}", rule, lambda text: text in allowed)

    def _pattern(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        pattern = re.compile(rule.pattern or "")
        return self._levels(
            f"{rule.column} matches {rule.pattern}",
            rule,
            lambda text: bool(pattern.fullmatch(text)),
        )

    def _nulls(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        missing = self._missing(rule)
        return self._counted(f"{rule.column} has values", missing, rule, allowed=rule.nulls)

    def _unique(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        assert rule.column is not None
        from mlgate.stats.row_hashes import repeated

        again = repeated(hashes(self.table, [rule.column])) & ~self._missing(rule)
        return self._counted(f"{rule.column} is unique", again, rule)

    def _increasing(self, name: str, rule: RuleSection) -> DataRuleResult:
        back = goes_back(self._numbers(name, rule))
        return self._counted(f"{rule.column} never decreases", back, rule)

    def _within(self, name: str, rule: RuleSection) -> DataRuleResult:
        import numpy as np

        values = self._numbers(name, rule)
        text = f"the newest {rule.column} is at most {_age(rule.within or 0)} old"
        if np.isnan(values).all():
            return DataRuleResult(text=text, broken=0, of=len(values), problem="it has no value")
        now = dt.datetime.fromisoformat(self.stamp.created).timestamp()
        future = values > now + _AHEAD
        past = values[~np.isnan(values) & ~future]
        age = now - past.max() if len(past) else math.inf
        late = f"it is {_age(age)} old" if len(past) else "all are in the future"
        problem = None if age <= (rule.within or 0) else late
        text += ", and none is in the future"
        return self._counted(text, future, rule).model_copy(update={"problem": problem})

    # What the table must be.

    def _rows(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        n, bounds = self.table.rows, rule.rows
        assert bounds is not None
        low, high = bounds.min or 0, bounds.max
        text = f"at least {low:,} rows" if high is None else f"{low:,} to {high:,} rows"
        fits = n >= low and (high is None or n <= high)
        return DataRuleResult(
            text=text, broken=0, of=n, problem=None if fits else f"there are {n:,}"
        )

    def _expression(self, name: str, rule: RuleSection) -> DataRuleResult:
        assert rule.expression is not None
        true = self.source.masks({name: (rule.expression, f"data.rules ({name})")})[name]
        return self._counted(rule.expression, ~true, rule)

    def _duplicates(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        again = equal.duplicates(self.table, self.params)
        return self._counted("no row equals another", again, rule, allowed=rule.duplicates)

    def _leakage(self, name: str, rule: RuleSection) -> DataRuleResult:
        del name
        reference = self.source.reference
        assert reference is not None
        seen = equal.leaked(self.table, reference, self.params)
        text = f"no row is also in {reference.name}"
        return self._counted(text, seen, rule, allowed=rule.leakage)

    def _conflicts(self, name: str, rule: RuleSection) -> DataRuleResult:
        label = self.params.label
        if label is None or label not in self.table.kinds:
            raise _no_column(str(label), self.table, name)
        wrong = equal.conflicting(self.table, self.params)
        return self._counted("equal rows have equal labels", wrong, rule, allowed=rule.conflicts)

    # Reading and counting.

    def _numbers(self, name: str, rule: RuleSection) -> NDArray[np.float64]:
        assert rule.column is not None
        holds = self.table.kinds[rule.column]
        if holds not in NUMBERS:
            msg = f"data.rules ({name}): column {rule.column!r} holds {holds}, no numbers or dates"
            raise DataError(msg, hint="ask for `values` or a `pattern` instead")
        return self.table.numbers(rule.column)

    def _missing(self, rule: RuleSection) -> Mask:
        import numpy as np

        assert rule.column is not None
        if self.table.kinds[rule.column] in NUMBERS:
            missing: Mask = np.isnan(self.table.numbers(rule.column))
            return missing
        return self.table.coded(rule.column).codes < 0

    def _levels(self, text: str, rule: RuleSection, fits: Callable[[str], bool]) -> DataRuleResult:
        """Count rows by a test of their texts; a missing value breaks nothing."""
        import numpy as np

        assert rule.column is not None
        coded = self.table.coded(rule.column)
        wrong = np.array([*(not fits(level) for level in coded.levels), False])
        return self._counted(text, wrong[coded.codes], rule)

    def _counted(
        self, text: str, wrong: Mask, rule: RuleSection, *, allowed: float | None = None
    ) -> DataRuleResult:
        broken = int(wrong.sum())
        return DataRuleResult(
            text=text,
            broken=broken,
            of=self.table.rows,
            allowed=rule.share if allowed is None else allowed,
            example=example(self.table, wrong, rule.column, mask=self.params.mask)
            if broken
            else None,
        )


def goes_back(values: NDArray[np.float64]) -> Mask:
    """Return whether each row is less than the last one before it that has a value."""
    import numpy as np

    present = np.flatnonzero(~np.isnan(values))
    back = np.zeros(len(values), dtype=bool)
    back[present[1:]] = np.diff(values[present]) < 0
    return back


def _without_values(result: DataRuleResult) -> DataRuleResult:
    """Leave out what a user's suite says in words: it quotes values."""
    example = result.example and result.example.model_copy(update={"value": None})
    problem = result.problem and "it does not hold"
    return result.model_copy(update={"example": example, "problem": problem})


def example(table: ColumnTable, wrong: Mask, column: str | None, *, mask: bool) -> Example:
    """Return the first row that is wrong, with its value in a column."""
    import numpy as np

    row = int(np.argmax(wrong))
    if mask or column is None:
        return Example(row=row + 1)
    return Example(row=row + 1, value=_value(table, column, row))


def _far(seconds: float) -> str:
    """Write a date beyond Python's calendar by its year, which has 365.2425 days on average."""
    return f"the year {1970 + math.floor(seconds / 31_556_952)}"


def _value(table: ColumnTable, column: str, row: int) -> str | None:
    if table.kinds[column] == "datetime":
        seconds = float(table.numbers(column)[row])
        if not -6e10 < seconds < 2.5e11:  # missing, or beyond what the calendar has
            return None if math.isnan(seconds) else _far(seconds)
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
        return moment.isoformat(sep=" ")
    coded: Any = table.coded(column)
    code = int(coded.codes[row])
    return None if code < 0 else str(coded.levels[code])[:80]


def _no_column(column: str, table: ColumnTable, name: str) -> DataError:
    import difflib

    close = difflib.get_close_matches(column, list(table.kinds), n=1)
    listed = first_of(table.kinds, 20)
    unquoted = f"data.rules ({name}): {table.name} has no column {column!r}"
    hint = f"did you mean {close[0]!r}?" if close else None
    return DataError(f"{unquoted}; it has {listed}", hint=hint, unquoted=unquoted)


def _age(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"
