"""Why a rule came out as it did: sentences that read on after `accuracy is …`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.gates.number_format import Kind, Scale, width

if TYPE_CHECKING:
    from mlgate.gates.number_format import End
    from mlgate.gates.regions import Region
    from mlgate.model.evidence import Interval
    from mlgate.model.policy import RuleKind


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a sentence in the rule's own unit.

    For rules against a baseline `point` and `interval` are gains: more is better. `untested`
    says why no test was possible, `reference` names the baseline.
    """

    kind: Kind
    point: float
    interval: Interval
    limit: float
    untested: str | None = None
    reference: str = "main"

    @property
    def scale(self) -> Scale:
        """How these numbers are written."""
        return Scale(self.kind, None if self.untested else width(self.interval))


def limit(figures: Figures, region: Region, kind: RuleKind) -> str:
    """Give the reason of a `min`, `max` or `max_share`."""
    scale, sign = figures.scale, "≥" if kind == "min" else "≤"
    wanted = f"{sign} {scale.limit(figures.limit, figures.point)}"
    if figures.untested:
        number = scale.number(figures.point, figures.limit)
        return f"{number} (wanted: {wanted}); untested: {figures.untested}"
    low, high = _ends(figures)
    at_least = (region == "pass") == (kind == "min")
    if region != "inconclusive":
        bound = f"at least {low}" if at_least else f"at most {high}"
        return f"{bound} (wanted: {wanted})"
    if low is not None and high is None:
        return f"not shown to be {wanted}: at least {low}, and how much more is not known"
    if high is not None and low is None:
        return f"not shown to be {wanted}: at most {high}, and how much less is not known"
    if low is None or high is None:
        return f"not shown to be {wanted}: its interval is not defined"
    return f"not shown to be {wanted}: between {low} and {high}"


def regression(figures: Figures, region: Region) -> str:
    """Give the reason of a `max_regression` or `max_regression_anchor`."""
    allowed = _allowed(figures)
    measured = _side(figures, figures.point)
    if figures.untested:
        return f"{measured} {allowed}; untested: {figures.untested}"
    lower, upper = figures.interval
    if region == "fail":
        return f"{measured} {allowed}"
    if region == "pass":
        assert lower is not None
        if lower > 0:
            return f"better than {figures.reference} by at least {_amount(figures, lower, 'lower')}"
        return (
            f"at most {_amount(figures, -lower, 'upper')} worse than {figures.reference} {allowed}"
        )
    if upper is not None and upper < 0:
        worst = "" if lower is None else f", at worst by {_amount(figures, -lower, 'upper')}"
        return f"worse for sure, not shown to stay within {_within(figures)}: {measured}{worst}"
    return f"not shown to stay within {_within(figures)} of {figures.reference}{_between(figures)}"


def improvement(figures: Figures, region: Region) -> str:
    """Give the reason of a `min_improvement`."""
    wanted = f"(wanted: {figures.scale.limit(figures.limit, figures.point)} better)"
    if figures.untested:
        return f"{_side(figures, figures.point)} {wanted}; untested: {figures.untested}"
    lower, upper = figures.interval
    if region == "pass":
        assert lower is not None
        return f"better than {figures.reference} by at least {_amount(figures, lower, 'lower')} {wanted}"
    if region == "fail":
        assert upper is not None
        if upper < 0:
            return f"{_side(figures, figures.point)} {wanted}"
        return (
            f"at most {_amount(figures, upper, 'upper')} better than {figures.reference} {wanted}"
        )
    return f"not shown to be {_within(figures)} better than {figures.reference}{_between(figures)}"


def undefined(what: str) -> str:
    """Give the reason of a number that does not exist."""
    return f"{what} is not defined on these rows"


def no_direction(title: str) -> str:
    """Give the reason of a relative rule on a metric that nobody knows."""
    return (
        f"a change of {title} cannot be judged, because nobody said whether more of it is better: "
        "write `direction:` with `higher` or `lower` for it under `metrics:`"
    )


def no_share(reference: str, baseline: float | None) -> str:
    """Give the reason of a percentage of a baseline that has none."""
    value = "undefined" if baseline is None else f"{baseline:.4g}".replace("-", "−")
    return (
        f"a percentage of the baseline says nothing here, because the value of {reference} is "
        f"{value}: write the margin as a number in the metric's own unit"
    )


def _ends(figures: Figures) -> tuple[str | None, str | None]:
    lower, upper = figures.interval
    return (
        None if lower is None else figures.scale.number(lower, figures.limit, "lower"),
        None if upper is None else figures.scale.number(upper, figures.limit, "upper"),
    )


def _amount(figures: Figures, amount: float, end: End | None = None) -> str:
    return figures.scale.amount(amount, figures.limit, end)


def _allowed(figures: Figures) -> str:
    """Write the margin in brackets; of points, which stand beside it, without the word."""
    text = figures.scale.limit(figures.limit, figures.point)
    return f"(allowed: {figures.scale.unit(text) if figures.kind == 'percent' else text})"


def _within(figures: Figures) -> str:
    return figures.scale.unit(figures.scale.limit(figures.limit, figures.point))


def _side(figures: Figures, gain: float) -> str:
    """Write a gain: `worse than main by 1.9 points`."""
    if gain == 0:
        return f"the same as {figures.reference}"
    side = "better" if gain > 0 else "worse"
    return f"{side} than {figures.reference} by {_amount(figures, abs(gain))}"


def _between(figures: Figures) -> str:
    """Write both bounds: `: between 1.3 points worse and 0.2 points better`."""
    lower, upper = figures.interval
    if lower is None or upper is None:
        return ": its interval is not defined"
    low, high = (
        f"{_amount(figures, abs(end))} {'better' if end > 0 else 'worse'}" for end in (lower, upper)
    )
    return f": between {low} and {high}"
