"""Every table of the page: its words, its targets, its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from benchmarks.calibration import cases, drifting, fair, many, rules, targets

if TYPE_CHECKING:
    from benchmarks.calibration.judging import Case
    from benchmarks.calibration.series import Series
    from benchmarks.calibration.targets import Targets


class Words(NamedTuple):
    """What stands above a table."""

    title: str
    text: str


Columns = Literal["change", "value", "series"]


@dataclass(frozen=True)
class Family:
    """One table: its anchor on the page, its title, words before it, its jobs."""

    key: str
    title: str
    words: str
    targets: Targets
    columns: Columns
    jobs: tuple[Case | Series, ...]


def families() -> tuple[Family, ...]:
    """Give all tables, in the order of the page."""
    return (
        Family("accuracy", *_ACCURACY, targets.RATES, "change", tuple(cases.accuracy())),
        Family("margin", *_MARGIN, targets.RATES, "change", tuple(cases.margin())),
        Family("mcnemar", *_MCNEMAR, targets.NONE, "series", rules.mcnemar()),
        Family("apart", *_APART, targets.APART, "change", tuple(cases.apart())),
        Family("relative", *_RELATIVE, targets.APART, "change", tuple(cases.relative())),
        Family("auc", *_AUC, targets.RANKS, "change", tuple(cases.ranks())),
        Family("labels", *_LABELS, targets.LABELS, "change", tuple(cases.labels())),
        Family("means", *_MEANS, targets.MEANS, "change", tuple(cases.means())),
        Family("ece", *_ECE, targets.ECE, "change", tuple(cases.ece())),
        Family("errors", *_ERRORS, targets.RESAMPLED, "change", tuple(cases.errors())),
        Family("custom", *_CUSTOM, targets.RESAMPLED, "change", tuple(cases.custom())),
        Family("groups", *_GROUPS, targets.GROUPS, "change", tuple(cases.groups())),
        Family("ratios", *_RATIOS, targets.APART, "value", tuple(cases.ratios())),
        Family("wilson", *_WILSON, targets.WILSON, "value", tuple(cases.rates())),
        Family("values", *_VALUES, targets.VALUES, "value", tuple(cases.values())),
        Family("many", *_MANY, targets.NONE, "series", many.many()),
        Family("drift", *_DRIFT, targets.NONE, "series", drifting.drift()),
        Family("levels", *_LEVEL_TESTS, targets.NONE, "series", drifting.levels()),
        Family("concept", *_CONCEPT, targets.NONE, "series", drifting.concept()),
        Family("fairness", *_FAIRNESS, targets.NONE, "series", fair.fair()),
        Family("gaps", *_GAPS, targets.NONE, "series", fair.gates()),
        Family("groupsizes", *_SINGLE, targets.NONE, "series", fair.rates()),
        Family("rules", *_RULES, targets.NONE, "series", rules.rules()),
    )


_ACCURACY = Words(
    "Accuracy, or any 0–1 metric, on the same rows: Tango's interval",
    "Accuracy .9; “differ” is the share of rows on which exactly one model is right.",
)
_MARGIN = Words(
    "Tango's interval and Wald's at a fixed margin",
    "The disagreement stays what it is when the candidate loses the margin; where both are "
    "equal, nothing is fixed and only rows broken. Wald's interval is what a z-test on the "
    "difference uses; it is here for comparison only.",
)
_MCNEMAR = Words(
    "Mid-p McNemar, shown beside a change of accuracy",
    "Exact probabilities of p ≤ .05 where no change is true (two-sided). The usual, exact "
    "McNemar test beside it for comparison.",
)
_APART = Words(
    "Samples without common rows: Newcombe for rates, Welch for the rest",
    "Each side on n rows of its own; Newcombe's margin is as large as that of unpaired rows "
    "must be. Where both sides are in truth the same rows, these intervals are too wide.",
)
_RELATIVE = Words(
    "Margins in per cent of the baseline: the contrast candidate − factor × baseline",
    "Coverage is that of the contrast, whose interval decides; the losses are shares of the "
    "baseline's true value.",
)
_AUC = Words(
    "ROC AUC (DeLong) and average precision",
    "Binormal scores of both models, correlated .9 within a class. With fewer than 50 rows of "
    "a class the gate stays undecided (“refused”), whatever the interval; coverage is that of "
    "the interval all the same.",
)
_LABELS = Words(
    "F1, precision, recall, balanced accuracy and averages over classes",
    "The candidate predicts a fifth of the rows anew. Binary: balanced classes with both hit "
    "rates .85; 10 % positive, hit rates .97 and .6; 2 % positive, .99 and .6. Five classes: "
    "50, 25, 15, 7 and 3 %, hit rates .8.",
)
_MEANS = Words(
    "Log loss, Brier score, MAE: paired t",
    "Outcomes of probability σ(z), z normal with standard deviation 1.5; both models see z "
    "with noise. Overconfident: logits four times as large. MAE: labels and both models' own "
    "errors of the same law.",
)
_ECE = Words(
    "Expected calibration error: normal limit of the bins",
    "15 bins of equal width. Truth is the error of endless rows in the same bins.",
)
_ERRORS = Words(
    "RMSE and R²: percentiles of the Poisson bootstrap",
    "Labels and both models' own errors of the same law. Student's t with 3 degrees of freedom "
    "has no fourth moment: the variance of its squared errors is infinite, and no method has "
    "a guarantee there. 50,000 rows: blocks are resampled in place of rows.",
)
_CUSTOM = Words(
    "Functions of the user's own: percentiles of the Poisson bootstrap",
    "Quantile: the 90 % quantile of the absolute error. Share of error: the sum of the absolute "
    "errors as a share of that of the labels.",
)
_GROUPS = Words(
    "Rows in clusters, weighted rows, several seeds, repeated splits",
    "“plain” is the usual method, which takes rows (seeds, splits) for independent; it is here "
    "for comparison only. Seeds: each with its rows. Splits: two nearest-centroid classifiers; "
    "the truth is known for “no change” only.",
)
_WILSON = Words(
    "One rate: Wilson's interval",
    "Exact probabilities, no simulation. “plain” is the percentile bootstrap.",
)
_RATIOS = Words(
    "Ratio of two rates of independent samples: MOVER-R of Wilson's limits",
    "n rows on each side. “plain” is the normal interval of the logarithm (Katz), which has none "
    "where a count is 0. Where the rate below is 0 there is no ratio (“refused”).",
)
_VALUES = Words(
    "One metric of one model: the bounds that `min` and `max` look at",
    "“too high” is also how often `min: L` passes a model whose true value is just below L, "
    "“too low” how often `max: L` passes one just above L.",
)
_MANY = Words(
    "Many tests at once",
    "First two-sided tests of normal statistics at .05; “correlated”: of any two statistics. Then "
    "the gates on slices, and the search for slices that got worse.",
)
_DRIFT = Words(
    "Drift: whole reports",
    "Columns by turns normal, lognormal, exponential, Student's t with 3 degrees of freedom, "
    "whole numbers, zeros in 60 %, and levels (2, 5, 20, 50), with 1 % of the numbers missing. "
    "“any p”: what a test of every column at .05 says; “listed”: significant after Benjamini and "
    "Hochberg with an effect above its floor; “gate”: `max_share: 0` fails (Holm), and for one "
    "column that it is certain.",
)
_LEVEL_TESTS = Words(
    "Drift of levels: the homogeneity test",
    "P(p ≤ .05) without drift, for levels that are equally frequent, and with frequencies that fall "
    "as 1/k.",
)
_CONCEPT = Words(
    "Concept drift: a loss against a ceiling",
    "The e-process of `mlgate.stats.eprocess` at α = .05 on 0–1 losses.",
)
_FAIRNESS = Words(
    "Fairness: groups that are truly equal",
    "“point”: what is measured is beyond .1 (a ratio: below .8), the usual alarm; “bound”: the "
    "lower bound of the gap is above 0 (the upper one of the ratio below 1); “gate”: `max: 0.10` "
    "(`min: 0.80`) fails. Groups below 30 rows that count never enter a gap. 40 % of the labels are positive.",
)
_GAPS = Words(
    "Fairness: gates on the demographic parity difference",
    "The favoured group is the largest. In `max_regression` main's gap is .05 and both models "
    "predict alike on 90 % of the rows.",
)
_SINGLE = Words(
    "Fairness: the interval of one group's rate",
    "Exact coverage of Wilson's 95 % intervals: mean over rates from .05 to .95, least over all rates.",
)
_RULES = Words(
    "What becomes of pull requests under a rule",
    "Whole gates over many pull requests, each a new model.",
)
