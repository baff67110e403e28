"""What is measured by group, and the gaps between groups; names of gaps are Fairlearn's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mlgate.model.metrics import Direction, Task, Unit

Kind = Literal["difference", "ratio"]

FOUR_FIFTHS: Final = "four_fifths_rule"
"""The preset: the selection rate ratio must be shown to be at least `FOUR_FIFTHS_LIMIT`."""
FOUR_FIFTHS_LIMIT: Final = 0.8
FOUR_FIFTHS_SOURCE: Final = "29 CFR 1607.4(D)"


@dataclass(frozen=True, slots=True)
class Rate:
    """One number a group.

    Attributes
    ----------
    of
        What it is a share or a mean of: the group needs the minimum number of these.
    direction
        Whether more is better for the model's users; None where neither is.
    meaning
        One sentence for a reader without statistics.
    per_class
        Whether a multiclass task measures it one-vs-rest, once a class.
    aliases
        Other names that gates may use.
    """

    name: str
    title: str
    of: str
    direction: Direction | None
    tasks: tuple[Task, ...]
    meaning: str
    unit: Unit = "share"
    per_class: bool = False
    needs_score: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GapMetric:
    """The largest difference, or the smallest ratio, of one rate or more between groups.

    `notion` is the title without the kind.
    """

    name: str
    notion: str
    title: str
    kind: Kind
    parts: tuple[str, ...]
    meaning: str
    aliases: tuple[str, ...] = ()

    @property
    def direction(self) -> Direction:
        """A difference should be small, a ratio near 1."""
        return "lower" if self.kind == "difference" else "higher"

    @property
    def unit(self) -> Unit:
        """Ratios are between 0 and 1; differences have the unit of what is compared."""
        return "share" if self.kind == "ratio" else RATES[self.parts[0]].unit

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks in which every part is measured."""
        return tuple(
            t for t in RATES[self.parts[0]].tasks if all(t in RATES[p].tasks for p in self.parts)
        )

    @property
    def needs_score(self) -> bool:
        """Whether predictions must have scores."""
        return any(RATES[part].needs_score for part in self.parts)


_B: Final[tuple[Task, ...]] = ("binary",)
_C: Final[tuple[Task, ...]] = ("binary", "multiclass")
_M: Final[tuple[Task, ...]] = ("multiclass",)
_R: Final[tuple[Task, ...]] = ("regression",)

_RATES: Final = (
    Rate("base_rate", "base rate", "rows", None, _C,
         "the share of the group whose label is positive", per_class=True),
    Rate("selection_rate", "selection rate", "rows", None, _C,
         "the share of the group that the model predicts positive", per_class=True),
    Rate("accuracy", "accuracy", "rows", "higher", _C,
         "the share of the group that the model gets right", aliases=("accuracy_score",)),
    Rate("tpr", "true positive rate", "positives", "higher", _C,
         "of those whose label is positive, the share that the model finds",
         per_class=True, aliases=("true_positive_rate", "recall", "recall_score")),
    Rate("fpr", "false positive rate", "negatives", "lower", _C,
         "of those whose label is negative, the share that the model wrongly predicts positive",
         per_class=True, aliases=("false_positive_rate",)),
    Rate("fnr", "false negative rate", "positives", "lower", _B,
         "of those whose label is positive, the share that the model misses",
         aliases=("false_negative_rate",)),
    Rate("tnr", "true negative rate", "negatives", "higher", _B,
         "of those whose label is negative, the share that the model leaves alone",
         aliases=("true_negative_rate", "specificity")),
    Rate("precision", "precision", "predicted positives", "higher", _C,
         "of those whom the model predicts positive, the share that is",
         per_class=True, aliases=("precision_score", "ppv")),
    Rate("npv", "negative predictive value", "predicted negatives", "higher", _B,
         "of those whom the model predicts negative, the share that is",
         aliases=("negative_predictive_value",)),
    Rate("recall_macro", "macro recall", "rows of the rarest class", "higher", _M,
         "the mean over classes of the share that the model finds",
         aliases=("balanced_accuracy", "recall_score_macro", "balanced_accuracy_score")),
    Rate("precision_macro", "macro precision", "predictions of the rarest class", "higher", _M,
         "the mean over classes of the share of its predictions that is right",
         aliases=("precision_score_macro",)),
    Rate("roc_auc", "ROC AUC", "rows of the rarer class", "higher", _B,
         "how often a positive of the group scores above a negative of the same group",
         needs_score=True, aliases=("roc_auc_score",)),
    Rate("calibration_in_the_large", "mean score − base rate", "rows", None, _B,
         "how much higher the group's mean score is than its share of positives",
         unit="number", needs_score=True, aliases=("calibration",)),
    Rate("mean_error", "mean error", "rows", None, _R,
         "the mean of prediction − label: above 0 the group is overestimated", unit="number"),
    Rate("mae", "MAE", "rows", "lower", _R,
         "the mean size of the error", unit="number", aliases=("mean_absolute_error",)),
    Rate("rmse", "RMSE", "rows", "lower", _R,
         "the root of the mean squared error, in which large errors weigh more",
         unit="number", aliases=("root_mean_squared_error",)),
)  # fmt: skip
RATES: Final[dict[str, Rate]] = {rate.name: rate for rate in _RATES}

_NOTIONS: Final = {
    "demographic_parity": (("selection_rate",), "groups are selected at equal rates, whatever their labels"),
    "equal_opportunity": (("tpr",), "those who are positive are found at equal rates in every group"),
    "equalized_odds": (("tpr", "fpr"), "both kinds of errors are equally frequent in every group; the wider of the two gaps"),
    "predictive_parity": (("precision",), "a positive prediction is equally often right in every group"),
}  # fmt: skip
"""Notions of fairness that have a name of their own, with their rates."""
_PLAIN: Final = tuple(
    rate.name
    for rate in _RATES
    if rate.name not in ("base_rate", "selection_rate", "tpr", "precision")
)
_NO_RATIO: Final = frozenset({"mean_error", "calibration_in_the_large", "roc_auc"})
"""A ratio of numbers that may be negative, or that are .5 by chance, says nothing."""


def _gaps() -> list[GapMetric]:
    gaps = []
    for kind in ("difference", "ratio"):
        for notion, (parts, meaning) in _NOTIONS.items():
            same = RATES[parts[0]]
            spellings = (same.name, *same.aliases) if len(parts) == 1 else ()
            gaps.append(_gap(notion, notion.replace("_", " "), kind, parts, meaning, spellings))
        for name in _PLAIN:
            if kind == "difference" or name not in _NO_RATIO:
                rate = RATES[name]
                meaning = f"the {rate.title} is the same in every group"
                gaps.append(_gap(name, rate.title, kind, (name,), meaning, rate.aliases))
    meaning = (
        "the least selected group is selected at least 4/5 as often as the most selected "
        f"({FOUR_FIFTHS_SOURCE})"
    )
    title = "four-fifths rule (selection rate ratio)"
    preset = GapMetric(
        FOUR_FIFTHS, title, title, "ratio", ("selection_rate",), meaning,
        ("four_fifths", "disparate_impact"),
    )  # fmt: skip
    return [*gaps, preset]


def _gap(
    name: str,
    notion: str,
    kind: str,
    parts: tuple[str, ...],
    meaning: str,
    spellings: tuple[str, ...],
) -> GapMetric:
    which: Kind = "difference" if kind == "difference" else "ratio"
    aliases = tuple(f"{spelling}_{kind}" for spelling in spellings)
    title = f"{notion} {kind}"
    return GapMetric(f"{name}_{kind}", notion, title, which, parts, meaning, aliases)


GAPS: Final[dict[str, GapMetric]] = {gap.name: gap for gap in _gaps()}
ALIASES: Final[dict[str, str]] = {
    **{alias: rate.name for rate in _RATES for alias in rate.aliases},
    **{alias: gap.name for gap in GAPS.values() for alias in gap.aliases},
}


def canonical(name: str) -> str:
    """Return our name for any accepted spelling; unknown names stay as they are."""
    return ALIASES.get(name, name)
