"""drift.json: how the current data differ from the reference, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import ConfigDict, model_validator

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import Evidence, Measurement
from mlgate.model.policy import Floors
from mlgate.model.profile import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Test = tuple[str, float, float, float]
    """(what was tested, p-value, effect, least effect that counts)"""

Part = Literal["feature", "label", "prediction", "score"]
"""What a column is to the model; only features count for `share`."""
PARTS: Final[tuple[Part, ...]] = ("label", "prediction", "score")
MISSING: Final = "missing_values"
UNSEEN: Final = "unseen_levels"

Pair = tuple[float | None, float | None]
"""(reference, current)"""


class Histogram(Frozen):
    """Shares of rows by bin; the outer bins are open. Levels have names in place of edges."""

    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    reference: tuple[float, ...]
    current: tuple[float, ...]


class ColumnDrift(Frozen):
    """One column on both sides; what does not apply to its kind is None.

    Attributes
    ----------
    kind, was
        How it is compared; of a retyped column both kinds.
    change
        It is new, vanished, or of another kind than it was.
    n
        Rows with a value.
    ks, ks_p, wasserstein, shift
        Numbers and dates; of text the length. `wasserstein` and `shift` (of the median) are
        in robust standard deviations of the reference, `scale`.
    chi2_p, tv, tv_chance, cramers_v, unseen, unseen_chance, unseen_p
        Levels; of text the vocabulary. `tv_chance` and `unseen_chance` are what chance alone
        would show, `cells` the levels after rare ones were pooled. A constant reference of
        numbers has `tv` in place of `wasserstein`.
    psi, psi_critical, js, kl
        Population stability index, the value that it exceeds by chance in 5 % of cases,
        Jensen–Shannon distance (base 2), and the Kullback–Leibler divergence of the current
        shares from the reference's (nats), all on the same bins; `kl` is None where the
        reference lacks what the current data have.
    inflation
        How many times larger the variance is because rows come in groups.
    detectable
        The smallest main effect that so many rows would have shown (power ≥ .8).
    drifted, because, why
        A listing under the policy named in `policy_digest`; gates decide again. `because` names
        the tests that show it, the largest effect first; `why` is the same as text.
    """

    kind: Kind | None
    was: Kind | None = None
    change: Literal["new", "vanished", "retyped"] | None = None
    part: Part = "feature"
    n: tuple[int, int] = (0, 0)
    method: str | None = None
    ks: float | None = None
    ks_p: float | None = None
    scale: float | None = None
    wasserstein: float | None = None
    shift: float | None = None
    chi2_p: float | None = None
    tv: float | None = None
    tv_chance: float | None = None
    cramers_v: float | None = None
    cells: int | None = None
    psi: float | None = None
    psi_critical: float | None = None
    js: float | None = None
    kl: float | None = None
    unseen: float | None = None
    unseen_chance: float | None = None
    unseen_p: float | None = None
    unseen_levels: tuple[str, ...] = ()
    null_rate: Pair = (None, None)
    null_p: float | None = None
    infinite: tuple[int, int] = (0, 0)
    inflation: float | None = None
    detectable: float | None = None
    histogram: Histogram | None = None
    drifted: bool = False
    because: tuple[str, ...] = ()
    why: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_0_1(cls, fields: object) -> object:
        """Files of 0.1 have the names of the tests only as text."""
        if isinstance(fields, dict) and fields.get("why") and "because" not in fields:
            names = fields["why"].replace(", ", ",").replace(" ", "_").split(",")
            return {**fields, "because": names}
        return fields

    def tests(self, floors: Floors) -> Iterator[Test]:
        """Yield what was tested: name, p-value, effect, and the least effect that counts.

        A column that vanished or changed its kind has drifted for certain; a new one has
        nothing to have drifted from.
        """
        if self.change in ("vanished", "retyped"):
            yield self.change, 0.0, 1.0, 0.0
            return
        lengths = "length" if self.kind == "text" else "distribution"
        levels = "vocabulary" if self.kind == "text" else "distribution"
        if self.ks_p is not None and self.wasserstein is not None:
            yield lengths, self.ks_p, self.wasserstein, floors.wasserstein
        elif self.ks_p is not None and self.kind != "text" and self.tv is not None:
            yield lengths, self.ks_p, self.tv, floors.tv
        if self.chi2_p is not None and self.tv is not None:
            yield levels, self.chi2_p, self.tv, floors.tv
        reference, current = self.null_rate
        if self.null_p is not None and reference is not None and current is not None:
            yield MISSING, self.null_p, abs(current - reference), floors.null_rate
        if self.unseen_p is not None and self.unseen is not None:
            beyond = self.unseen - (self.unseen_chance or 0.0)
            yield UNSEEN, self.unseen_p, beyond, floors.unseen

    def effect(self, floors: Floors) -> float:
        """Return the largest effect as a multiple of the least that counts, to order columns by."""
        times = [e / floor if floor else 1e9 for _, _, e, floor in self.tests(floors)]
        return max(times, default=0.0)


class Importance(Frozen):
    """How much worse the domain classifier tells the sides apart without one column."""

    column: str
    auc_drop: float


class Multivariate(Frozen):
    """A classifier that tries to distinguish current from reference rows; .5 is no better than chance."""

    auc: float
    interval: Pair
    rows: tuple[int, int]
    columns: tuple[Importance, ...]


class DriftEvidence(Evidence):
    """evidence/drift.json: current data against the reference.

    Attributes
    ----------
    columns
        By name, in the reference's order, then new ones.
    outputs
        This commit's predictions and scores against main's on the rows that both have.
    n
        Rows on both sides.
    profile
        The reference is a profile: how exact the comparison can be.
    """

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["drift"] = "drift"
    reference: Prose = ""
    current: Prose = ""
    columns: dict[str, ColumnDrift] = {}
    outputs: dict[str, ColumnDrift] = {}
    n: tuple[int, int] = (0, 0)
    weighted: bool = False
    clusters: tuple[int, int] | None = None
    multivariate: Multivariate | None = None
    tests: int = 0
    profile: str | None = None


def tested(
    columns: Mapping[str, ColumnDrift], floors: Mapping[str, Floors]
) -> dict[str, tuple[Test, ...]]:
    """Return the tests of every column, with the floors of those that have their own."""
    usual = Floors()
    return {name: tuple(column.tests(floors.get(name, usual))) for name, column in columns.items()}


def shares(
    columns: Mapping[str, ColumnDrift], drifted: Mapping[str, tuple[bool, bool]]
) -> dict[str, Measurement]:
    """Return the share of columns that drifted, of features and of each other part.

    Parameters
    ----------
    drifted
        By column: whether it drifted for certain (after Holm), and whether it drifted (after
        Benjamini–Hochberg): the two ends of the interval.
    """
    measured = {}
    for part, key in (("feature", "share"), *((part, part) for part in PARTS)):
        names = [
            name
            for name, column in columns.items()
            if column.part == part and column.change != "new"
        ]
        if names or part == "feature":
            certain, likely = (sum(drifted[name][i] for name in names) for i in (0, 1))
            measured[key] = _share(part, certain, likely, len(names))
    return measured


def _share(part: str, certain: int, likely: int, count: int) -> Measurement:
    title = "the share of drifted columns" if part == "feature" else f"drift of the {part}"
    return Measurement(
        title=title,
        value=likely / count if count else None,
        interval=(certain / count, likely / count) if count else (None, None),
        n=count,
        method="Holm and Benjamini–Hochberg",
        unit="share",
        direction="lower",
    )


EVIDENCE: Final = DriftEvidence
