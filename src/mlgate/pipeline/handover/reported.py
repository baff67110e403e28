"""The inputs of the job that judges: files that were handed over, and results of the author's code."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.model.evidence import Note
from mlgate.pipeline.handover.author_code import data_digest, rows_digest
from mlgate.pipeline.measuring.run_inputs import RunData, RunInputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.inputs import CustomMetric, SuiteKind
    from mlgate.model.rows import Rows
    from mlgate.pipeline.handover.record import AuthorResults, MetricResults
    from mlgate.progress import Progress

AGAIN: Final = "run the whole workflow again, so that both jobs see the same baselines"
BY_AUTHOR: Final = "reported by the author's code, in the job that trained"
KEYED: Final = (
    "its rows are paired by a secret (baseline.id_key), which the job that trains does not have"
)


@dataclass(eq=False)
class ReportedMetric:
    """A custom metric, by what the job that trains says it returned."""

    reported: MetricResults
    _calls: dict[str, Iterator[Sequence[float | None]]] = field(default_factory=dict)

    def __call__(
        self, rows: Rows, weights: NDArray[np.float64] | None, progress: Progress
    ) -> Sequence[float]:
        """Return what was reported for the next call on these rows."""
        del progress
        name = f"metrics.custom: {self.reported.function}"
        if self.reported.problem is not None:
            raise DataError(self.reported.problem)
        values = next(self._of(rows_digest(rows)), None)
        if values is None:
            msg = f"{name}: the job that trained reports no values for these rows"
            raise DataError(msg, hint=AGAIN)
        if len(values) != (1 if weights is None else len(weights)):
            msg = f"{name}: the job that trained reports values for another number of resamples"
            raise DataError(msg, hint=AGAIN)
        if weights is None and values[0] is None:
            raise DataError(f"{name}: it returned no finite number")
        return [math.nan if value is None else value for value in values]

    def _of(self, rows: str) -> Iterator[Sequence[float | None]]:
        if rows not in self._calls:
            reported = (each.calls for each in self.reported.results if each.rows == rows)
            self._calls[rows] = iter(next(reported, ()))
        return self._calls[rows]


@dataclass(kw_only=True)
class ReportedInputs(RunInputs):
    """Inputs of which those that only the author's code can give were reported."""

    author: AuthorResults
    _metrics: dict[str, ReportedMetric] = field(default_factory=dict)

    def custom(self, function: str) -> CustomMetric:
        """Return what the user's function was reported to return."""
        if function not in self._metrics:
            self.notes.append(Note(level="info", text=f"{function}: {BY_AUTHOR}."))
            self._metrics[function] = ReportedMetric(self._reported(function))
        return self._metrics[function]

    @property
    def custom_unpaired(self) -> str | None:
        """Why these cannot be compared row by row: a secret pairs the rows."""
        return KEYED if self.config.baseline.id_key is not None else None

    def _reported(self, function: str) -> MetricResults:
        for results in self.author.metrics:
            if results.function == function:
                return results
        msg = f"metrics.custom: the job that trained reports nothing of {function}"
        raise DataError(msg, hint="its log says why; then run the workflow again")

    @cached_property
    def _data(self) -> RunData:
        python = self.config.metrics.python
        tables, env = self.config.tables(), self.user_env
        return _ReportedData(tables, self._tables, python, env, self.progress, self.author)


@dataclass
class _ReportedData(RunData):
    """Data whose suites were run by the job that trained."""

    author: AuthorResults

    def suite(self, kind: SuiteKind, name: str) -> Mapping[str, DataRuleResult]:
        """Return what a user's suite was reported to find in these very data."""
        data = data_digest(self)
        for suite in self.author.suites:
            if (suite.kind, suite.name, suite.data) == (kind, name, data):
                if suite.problem is not None:
                    raise DataError(suite.problem)
                return {check: _marked(rule) for check, rule in suite.rules.items()}
        msg = f"data.rules: {kind}: {name}: the job that trained did not run it over these data"
        raise DataError(msg, hint="suites need data that both jobs can read")


def _marked(rule: DataRuleResult) -> DataRuleResult:
    return rule.model_copy(update={"text": f"{rule.text} ({BY_AUTHOR})"})
