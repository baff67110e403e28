"""How many labelled rows decide a condition, with a bound on all wrong answers together.

After Renggli et al., "Continuous integration of machine learning models with ease.ml/ci",
MLSys 2019 (arXiv 1903.00278), sections 3 and 4. Where the paper rounds down in places, rows
are always rounded up here. Pure Python.

With reliability 1 − δ, k clauses and K possible histories of answers, one clause of an
expression with m variables and coefficients cᵢ, to a tolerance ε, takes

- Hoeffding, one-sided, δ and ε shared out over the variables so that all need as many rows:
  n = (Σ|cᵢ|)² · ln(k·m·K/δ) / (2ε²)
- exact binomial on request: the smallest n whose tails at ε/Σ|cᵢ| are within δ/(k·m·K)
- Bennett for n − o where at most a share p of predictions differ:
  n = ln(2·k·K/δ) / (p·h(ε/p)), h(u) = (1 + u)·ln(1 + u) − u.

K = steps where nobody who develops the model sees the answers, or where the first pass ends
the use of the test set (`none`, `first-change`), and 2^steps where every answer is seen
(`full`); only its logarithm is ever computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlgate.errors import UsageError
from mlgate.stats.binomial import rows_within

if TYPE_CHECKING:
    from mlgate.stats.conditions import Clause, Condition

Adaptivity = Literal["none", "full", "first-change"]
Method = Literal["hoeffding", "bennett", "exact binomial"]
OUT_OF_REACH: Final = 1e15
"""Numbers of rows above this are an error: nobody labels them, and floats no longer count them."""

EXACT: Final = 1e9
"""Above so many rows the rounding of floats costs more than exact tails save."""


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What the answers must keep, taken together.

    Attributes
    ----------
    reliability
        1 − δ: with this probability no answer of all evaluations is wrong by more than the
        tolerance; between 0 and 1, both excluded.
    adaptivity
        Who sees the answers, see the module.
    steps
        How often the condition is evaluated on these rows; ≥ 1.
    tight
        Whether exact binomial tails (both sides) may stand in for Hoeffding's bound.
    variance_bound
        For clauses on n − o without a `d < A` clause: the share of differing predictions up
        to which the number of labels suffices; None: not used.
    """

    reliability: float
    adaptivity: Adaptivity = "full"
    steps: int = 1
    tight: bool = False
    variance_bound: float | None = None

    def log_histories(self) -> float:
        """The logarithm of K."""
        return self.steps * math.log(2) if self.adaptivity == "full" else math.log(self.steps)


@dataclass(frozen=True, slots=True)
class Need:
    """The rows that one clause takes.

    Attributes
    ----------
    labels
        Rows with a label; 0 for a clause on d alone.
    unlabelled
        Rows on which both models predict and no label is needed; labelled ones are among them.
    active_labels
        Labels for one evaluation if only rows whose predictions differ get one, drawn from
        `labels` rows that need none yet; None where the clause needs all of them.
    cap
        The share p of differing predictions that `labels` rests on; None where on none.
    """

    clause: Clause
    method: Method
    labels: int
    unlabelled: int = 0
    active_labels: int | None = None
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What the whole condition takes: the same rows serve all clauses."""

    clauses: tuple[Need, ...]

    @property
    def labels(self) -> int:
        """Rows with a label."""
        return max(need.labels for need in self.clauses)

    @property
    def unlabelled(self) -> int:
        """Rows on which both models predict, labelled ones among them."""
        return max(need.unlabelled for need in self.clauses)

    @property
    def active_labels(self) -> int | None:
        """Labels for one evaluation by active labelling; None where it cannot be used."""
        labelled = [need for need in self.clauses if need.labels]
        active = [need.active_labels for need in labelled if need.active_labels is not None]
        return max(active) if active and len(active) == len(labelled) else None


def labels_needed(condition: Condition, guarantee: Guarantee) -> Needs:
    """Return the rows that a condition takes.

    Raises
    ------
    UsageError
        When they are out of reach, or the variance bound has no clause that it could serve.
    """
    cap = certified_cap(condition)
    if guarantee.variance_bound is not None and not (cap is None and _differences(condition)):
        message = "a variance bound serves only a condition on n - o that has no clause d < A"
        raise UsageError(message, hint="leave --variance-bound out")
    delta = 1 - guarantee.reliability
    log_tests = math.log(len(condition.clauses)) + guarantee.log_histories() - math.log(delta)
    return Needs(tuple(_need(clause, log_tests, cap, guarantee) for clause in condition.clauses))


def certified_cap(condition: Condition) -> float | None:
    """Return the least A of the clauses d < A ± B; None without any.

    The whole condition is shown to hold only where d is measured below A − B, so that d < A
    may be taken for granted by the others; a clause with B ≥ A can never be shown.
    """
    caps = [
        clause.threshold / clause.d
        for clause in condition.clauses
        if clause.comparator == "<"
        and clause.n == clause.o == 0 < clause.d
        and clause.tolerance < clause.threshold
    ]
    return min(caps, default=None)


def bennett(tolerance: float, cap: float) -> float:
    """p·h(ε/p) of Bennett's inequality: ln of the tail that one row adds, > 0.

    For differences in [−1, 1] with variance at most p = `cap`: P(mean − expected > ε) ≤
    exp(−n·p·h(ε/p)), h(u) = (1 + u)·ln(1 + u) − u (Bennett 1962).
    """
    u = tolerance / cap
    if u < 1e-4:  # the two terms below would cancel; h(u) = u²/2 − u³/6 + …
        return cap * u * u * (0.5 - u / 6)
    return cap * ((1 + u) * math.log1p(u) - u)


def _differences(condition: Condition) -> list[Clause]:
    return [clause for clause in condition.clauses if _is_difference(clause)]


def _is_difference(clause: Clause) -> bool:
    return clause.n == -clause.o != 0 == clause.d


def _need(clause: Clause, log_tests: float, cap: float | None, guarantee: Guarantee) -> Need:
    """Take the method that needs the fewest rows; `log_tests` is ln(k·K/δ)."""
    difference = _is_difference(clause)
    cap = (guarantee.variance_bound if cap is None else cap) if difference else None
    rows = _methods(clause, log_tests, cap, tight=guarantee.tight)
    method = min(rows, key=lambda name: rows[name])
    if clause.n == clause.o == 0:
        return Need(clause, method, labels=0, unlabelled=_whole(rows[method]))
    if cap is None:
        return Need(clause, method, labels=_whole(rows[method]))
    return Need(
        clause,
        method,
        labels=_whole(rows[method]),
        unlabelled=_filter(clause, log_tests, cap, guarantee),
        active_labels=_whole(cap * rows[method]),
        cap=cap,
    )


def _methods(
    clause: Clause, log_tests: float, cap: float | None, *, tight: bool
) -> dict[Method, float]:
    """Return the rows that each method takes, before rounding."""
    parts = clause.coefficients
    tolerance = clause.tolerance / math.fsum(map(abs, parts))
    log_each = log_tests + math.log(len(parts))
    if log_each >= 2 * tolerance * tolerance * OUT_OF_REACH:
        raise _out_of_reach()
    rows: dict[Method, float] = {"hoeffding": log_each / (2 * tolerance * tolerance)}
    if cap is not None:
        step = bennett(clause.tolerance / abs(clause.n), cap)
        rows["bennett"] = (log_tests + math.log(2)) / step
    if tight and rows["hoeffding"] < EXACT:
        rows["exact binomial"] = float(rows_within(tolerance, -log_each))
    return rows


def _filter(clause: Clause, log_tests: float, cap: float, guarantee: Guarantee) -> int:
    """Return the unlabelled rows that show d to be at most `cap`, where no clause asks for that.

    Section 4.2 of the paper measures d to within 2ε; where the cap is below 4ε, to within
    half of it, so that models that differ less can be told from it.
    """
    if guarantee.variance_bound is None:
        return 0
    tolerance = min(2 * clause.tolerance / abs(clause.n), cap / 2)
    return _whole((log_tests + math.log(2)) / (2 * tolerance * tolerance))


def _whole(rows: float) -> int:
    """Round up; a hair of tolerance keeps 404.00000000001 from becoming 405."""
    if not rows < OUT_OF_REACH:
        raise _out_of_reach()
    return max(1, math.ceil(rows * (1 - 1e-12)))


def _out_of_reach() -> UsageError:
    message = "this condition needs more than 10^15 rows"
    return UsageError(message, hint="widen the tolerance after +/-")
