"""Why a rule came out as it did: sentences that read on after `accuracy is …`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from mlgate.gates.regions import Region
    from mlgate.model.evidence import Interval, WithoutWorst
    from mlgate.model.policy import RuleKind
    from mlgate.text.number_format import End, Unit


DIRECTION: Final = "write `direction: {{{}: higher}}`, or `lower`, under `metrics:`"
OWN_UNIT: Final = "write the margin as a number in the metric's own unit"
NOTHING: Final = 1e-9
"""What a bound of 0 may differ from 0 by rounding."""
NO_INTERVAL: Final = "how much the number varies from row to row is not known"


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a sentence, in the rule's own unit.

    For rules against a baseline `point` and `interval` are gains: more is better. `edges` are
    the values at which the outcome may change. `untested` is the reason why no test was possible,
    `reference` the baseline's name.
    """

    unit: Unit
    point: float
    interval: Interval
    limit: float
    edges: tuple[float, ...]
    untested: str | None = None
    reference: str = "main"

    @property
    def places(self) -> int:
        """The decimals of all these numbers, the same as in the report's table."""
        interval = (None, None) if self.untested else self.interval
        return numbers.decimals(interval, self.point, self.edges)

    @property
    def bound(self) -> str:
        """The limit, without its unit."""
        return numbers.limit(self.limit, self.places, self.unit)

    @property
    def within(self) -> str:
        """The limit, with its unit."""
        return numbers.with_unit(self.bound, self.unit)

    @property
    def allowed(self) -> str:
        """The margin in brackets; of points, which are named next to it, without the word."""
        return f"(allowed: {self.within if self.unit == 'percent' else self.bound})"

    def number(self, value: float, end: End | None = None) -> str:
        """Write a value without its unit; a bound so that what is said of it stays true."""
        return numbers.number(value, self.places, self.unit, end=end)

    def amount(self, value: float, end: End | None = None) -> str:
        """Write a value with its unit."""
        return numbers.with_unit(self.number(value, end), self.unit)

    def ends(self) -> tuple[str | None, str | None]:
        """Write both bounds without their unit."""
        lower, upper = self.interval
        return (
            None if lower is None else self.number(lower, "lower"),
            None if upper is None else self.number(upper, "upper"),
        )

    def gain(self) -> str:
        """Write the gain: `worse than main by 1.9 points`."""
        if self.point == 0:
            return f"the same as {self.reference}"
        amount = self.amount(abs(self.point))
        if self.point > 0:
            return f"better than {self.reference} by {amount}"
        return f"worse than {self.reference} by {amount}"

    def as_it_is(self, sentence: str, region: Region) -> str:
        """Write why no test of a number is possible, and what that means for its rule."""
        how = "the rule is broken as it stands" if region == "fail" else "not tested"
        return f"{sentence}; {how}: {self.untested}"

    def at_most(self) -> str:
        """Write the worse end of a loss: `, at most 4.3`; points are named next to it."""
        lower = self.interval[0]
        if lower is None:
            return ""
        write = self.amount if self.unit == "percent" else self.number
        return f", at most {write(-lower, 'upper')}"

    def between(self) -> str:
        """Write both bounds of the gain: `: between 1.3 points worse and 0.2 points better`."""
        lower, upper = self.interval
        if lower is None or upper is None:
            return ": its interval is not defined"
        return f": between {self._gained(lower, 'lower')} and {self._gained(upper, 'upper')}"

    def _gained(self, gain: float, end: End) -> str:
        """Write a bound of the gain: `1.3 points worse`; a loss is greatest at the lower bound."""
        if gain > 0:
            return f"{self.amount(gain, end)} better"
        return f"{self.amount(-gain, 'upper' if end == 'lower' else 'lower')} worse"


def limit(figures: Figures, region: Region, kind: RuleKind) -> str:
    """Return the reason of a `min`, `max` or `max_share`."""
    bound = f"{'≥' if kind == 'min' else '≤'} {figures.bound}"
    if figures.untested:
        return figures.as_it_is(f"{figures.number(figures.point)} (wanted: {bound})", region)
    low, high = figures.ends()
    at_least = (region == "pass") == (kind == "min")
    if region != "inconclusive":
        shown = f"at least {low}" if at_least else f"at most {high}"
        return f"{shown} (wanted: {bound})"
    if low is not None and high is None:
        return f"not shown to be {bound}: at least {low}, and how much more is not known"
    if high is not None and low is None:
        return f"not shown to be {bound}: at most {high}, and how much less is not known"
    if low is None or high is None:
        return f"not shown to be {bound}: its interval is not defined"
    return f"not shown to be {bound}: between {low} and {high}"


def regression(figures: Figures, region: Region) -> str:
    """Return the reason of a `max_regression` or `max_regression_anchor`."""
    gain, allowed, reference = figures.gain(), figures.allowed, figures.reference
    if figures.untested:
        return figures.as_it_is(f"{gain} {allowed}", region)
    _, upper = figures.interval
    if region == "fail":
        return f"{gain} {allowed}"
    if upper is not None and upper < 0:
        missed = f": not shown to stay within {figures.within}"
        return f"{gain}{figures.at_most()}{f' {allowed}' if region == 'pass' else missed}"
    if region == "pass":
        return _no_worse(figures)
    return f"not shown to stay within {figures.within} of {reference}{figures.between()}"


def _no_worse(figures: Figures) -> str:
    """Return the reason of a loss that is within what is allowed."""
    (lower, upper), reference = figures.interval, figures.reference
    assert lower is not None
    if upper is not None and max(abs(lower), abs(upper)) < NOTHING:
        return f"unchanged from {reference}"
    if lower > 0:
        return f"better than {reference} by at least {figures.amount(lower, 'lower')}"
    worse = figures.amount(-lower, "upper")
    return f"at most {worse} worse than {reference} {figures.allowed}"


def even_without(left: WithoutWorst) -> str:
    """Return why a rule fails although all rows together decide nothing."""
    what = "cluster" if left.clusters else "row"
    which = f"worst {what}" if left.count == 1 else f"{numbers.count(left.count)} worst {what}s"
    return f"beyond what is allowed even without the {which}"


def half_way(figures: Figures) -> str:
    """Return why an undecided rule against the anchor blocks."""
    return f"it blocks, as the measured loss is beyond half of {figures.within}"


def improvement(figures: Figures, region: Region) -> str:
    """Return the reason of a `min_improvement`."""
    required, reference = f"(wanted: {figures.bound} better)", figures.reference
    if figures.untested:
        return figures.as_it_is(f"{figures.gain()} {required}", region)
    lower, upper = figures.interval
    if region == "pass":
        assert lower is not None
        return f"better than {reference} by at least {figures.amount(lower, 'lower')} {required}"
    if region == "fail":
        assert upper is not None
        if upper < 0:
            return f"{figures.gain()} {required}"
        return f"at most {figures.amount(upper, 'upper')} better than {reference} {required}"
    return f"not shown to be {figures.within} better than {reference}{figures.between()}"


def undefined(what: str) -> str:
    """Return the reason of a number that does not exist."""
    return f"{what} is not defined on these rows"


def vanished(what: str, reference: str, baseline: float | None) -> str:
    """Return the reason of a number that the baseline has, and the candidate does not."""
    value = "a number" if baseline is None else numbers.number(baseline, 3)
    return f"{what} is not defined for this commit (0/0), and is {value} for {reference}"


def too_few(what: str, why: str, reference: str) -> str:
    """Return the reason of a number that the candidate's own predictions leave too few rows for."""
    return f"{what} cannot be judged for this commit: {why}; {reference} has enough"


def no_direction(title: str) -> str:
    """Return the reason of a relative rule on a metric whose direction is not known."""
    return f"it is not known whether higher or lower {title} is better"


def no_share(reference: str, baseline: float | None, places: int) -> str:
    """Return the reason of a percentage of a baseline that has none."""
    value = "undefined" if baseline is None else numbers.number(baseline, places)
    return f"there is no percentage of the value of {reference}, which is {value}"


def rule(kind: RuleKind, limit: float, reference: str, *, relative: bool = False) -> str:
    """Write a rule as a reader sees it: `≥ 0.8`, `≤ 2 % worse than main`."""
    unit: Unit = "percent" if relative else "number"
    amount = numbers.with_unit(numbers.limit(limit, 0, unit), unit)
    if kind == "min":
        return f"≥ {amount}"
    if kind in ("max", "max_share"):
        return f"≤ {amount}"
    if kind == "min_improvement":
        return f"≥ {amount} better than {reference}"
    return f"≤ {amount} worse than {reference}"
