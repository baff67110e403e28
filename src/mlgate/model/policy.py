"""What a model must meet: gates, confidence, waivers. Parsed from mlgate.yaml, kept in run.json."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, Field

from mlgate.model.base import Frozen, Prose, digest
from mlgate.model.metrics import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator


OnInconclusive = Literal["warn", "fail"]
OnFail = Literal["warn", "fail"]
OnUntested = Literal["warn", "fail"]
RuleKind = Literal[
    "min", "max", "max_regression", "max_regression_anchor", "min_improvement", "max_share"
]
RELATIVE: Final[tuple[RuleKind, ...]] = (
    "max_regression",
    "max_regression_anchor",
    "min_improvement",
)
"""Rules that compare, and so need to know which direction is better."""
ALWAYS: Final = "always"
REPORT_ONLY: Final = "report_only until "
"""What `policy.enforce` begins with, before the last day on which nothing blocks."""
ANCHOR_FACTOR = 1.5
"""`max_regression_anchor` is by default this many times `max_regression`."""


class Margin(Frozen):
    """An allowance: absolute in the metric's unit, or a share of the baseline's value."""

    value: Annotated[float, Field(ge=0)]
    relative: bool = False

    def times(self, factor: float) -> Margin:
        """Return the same kind of margin, scaled."""
        return Margin(value=self.value * factor, relative=self.relative)

    def __str__(self) -> str:
        """Write it as in mlgate.yaml: `0.01` or `2%`."""
        return f"{self.value * 100:.12g}%" if self.relative else f"{self.value:.12g}"


PERCENTAGE = r"^\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*%\s*$"


def _parse_margin(value: object) -> object:
    if isinstance(value, Margin | dict):
        return value
    if isinstance(value, str) and (match := re.match(PERCENTAGE, value)):
        return Margin(value=float(match.group(1)) / 100, relative=True)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and 0 <= float(value) < math.inf:  # type: ignore[arg-type]
        return Margin(value=float(value))  # type: ignore[arg-type]
    msg = (
        'expected a number of at least 0 such as 0.01, or a percentage of the baseline such as "2%"'
    )
    raise ValueError(msg)


MarginField = Annotated[Margin, BeforeValidator(_parse_margin)]


class Gate(Frozen):
    """The rules of one gate, as written under `gates:` in mlgate.yaml."""

    min: float | None = None
    """The value must be shown to be at least this."""
    max: float | None = None
    """The value must be shown to be at most this."""
    max_regression: MarginField | None = None
    """How much worse than main it may be, in the metric's unit or as a percentage of main's value."""
    max_regression_anchor: MarginField | None = None
    """How much worse than the last release it may be. Default: 1.5 × `max_regression`. Undecided, it blocks where the measured loss is beyond half of this and the change is not measured better than main, unless the gate has an `on_inconclusive` of its own."""
    min_improvement: MarginField | None = None
    """How much better than main it must be shown to be."""
    max_share: Annotated[float, Field(ge=0, le=1)] | None = None
    """Largest share of columns that may have drifted."""
    on_fail: OnFail = "fail"
    """`fail` blocks; `warn` only reports. Default: `fail`, of drift `warn`."""
    on_inconclusive: OnInconclusive | None = None
    """What follows when the rows cannot decide. Default: `policy.on_inconclusive`."""

    def anchor_margin(self) -> Margin | None:
        """Return the margin against the anchor: as written, else 1.5 × `max_regression`."""
        if self.max_regression_anchor is not None or self.max_regression is None:
            return self.max_regression_anchor
        return self.max_regression.times(ANCHOR_FACTOR)


def given_rules(rules: Gate) -> Iterator[RuleKind]:
    """Return the rules that a gate has; that against the anchor is implied by the other."""
    kinds: tuple[RuleKind, ...] = get_args(RuleKind)
    for kind in kinds:
        if getattr(rules, kind) is not None:
            yield kind
    if rules.max_regression_anchor is None and rules.max_regression is not None:
        yield "max_regression_anchor"


class Target(Frozen):
    """What a gate's name points to: `accuracy`, `accuracy[young]`, `fairness.x[sex]`, `drift`."""

    name: str
    level: str | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Split `name[level]`, which stay as they are; raises ValueError for unbalanced brackets."""
        match = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]+)\])?", text.strip())
        if match is None:
            msg = f"{text!r} is not of the form name or name[slice]"
            raise ValueError(msg)
        return cls(name=match.group(1), level=match.group(2))

    def __str__(self) -> str:
        """Return the name as gates are written."""
        return self.name if self.level is None else f"{self.name}[{self.level}]"


class Waiver(Frozen):
    """A gate that may fail until a date (inclusive); it stays visible."""

    gate: str
    """The gate, with its rule (`roc_auc.max_regression`) or with all of them (`roc_auc`)."""
    reason: Annotated[Prose, Field(min_length=1, json_schema_extra={"minLength": 1})]
    """Why it may fail; the report shows it."""
    until: dt.date
    """The last day on which it may."""
    approved_by: Prose | None = None
    """A note on who said so."""


class Deploy(Frozen):
    """What may be deployed (`mlgate verify`)."""

    accept: tuple[Literal["pass", "waived", "inconclusive", "untested"], ...] = ("pass", "waived")
    """Verdicts of gates that may be deployed."""
    max_age: str = "30d"
    """How old a verdict may be, such as 30d or 12h."""
    external: bool = False
    """Whether a model may be deployed whose results were fetched from a tracking server (`mlgate run --mlflow`)."""


class Floors(Frozen):
    """The least effects that count, however significant."""

    wasserstein: float = 0.1
    """Of numbers and dates: Wasserstein-1 distance in robust standard deviations of the reference."""
    tv: float = 0.05
    """Of levels: total variation, the share of rows that would have to change."""
    null_rate: float = 0.02
    """Change of the share of missing values."""
    unseen: float = 0.02
    """Share of rows with a level that the reference lacks, beyond what chance makes so."""


class RowLimits(Frozen):
    """How far the rows may differ from a baseline's before relative rules are errors.

    Shares of the baseline's rows, against main and against the anchor each.
    """

    missing: Annotated[float, Field(ge=0, le=1)] = 0.0
    added: Annotated[float, Field(ge=0, le=1000)] = 1.0
    relabelled: Annotated[float, Field(ge=0, le=1)] = 0.02
    columns: Annotated[float, Field(ge=0, le=1)] = 0.0


def report_only_until(enforce: str) -> dt.date | None:
    """Return the last day on which a policy only reports; None where it always blocks.

    >>> report_only_until("report_only until 2027-03-31")
    datetime.date(2027, 3, 31)
    """
    return None if enforce == ALWAYS else dt.date.fromisoformat(enforce.removeprefix(REPORT_ONLY))


class Policy(Frozen):
    """Everything that turns evidence into a verdict."""

    gates: dict[str, Gate] = {}
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    power: Annotated[float, Field(ge=0.5, lt=1)] = 0.8
    on_inconclusive: OnInconclusive = "warn"
    on_untested: OnUntested = "warn"
    report_only_until: dt.date | None = None
    """The last day on which nothing blocks (`policy.enforce`)."""
    deploy: Deploy = Deploy()
    waivers: tuple[Waiver, ...] = ()
    direction: dict[str, Direction] = {}
    floors: dict[str, Floors] = {}
    """The least effects that count as drift, of the columns that have their own."""
    rows: RowLimits = RowLimits()
    """How far the rows may differ from a baseline's."""

    def digest(self) -> str:
        """Return the SHA-256 of the canonical policy."""
        always = {"report_only_until"} if self.report_only_until is None else None
        return digest(self.model_dump(mode="json", exclude=always))

    def only_reports(self, today: dt.date) -> bool:
        """Return whether nothing blocks yet."""
        return self.report_only_until is not None and today <= self.report_only_until


def contrast_factor(margin: Margin, direction: Direction | None, *, improvement: bool) -> float:
    """Return f of candidate − f × baseline for a relative margin."""
    up = (direction == "lower") != improvement
    return 1 + margin.value if up else 1 - margin.value
