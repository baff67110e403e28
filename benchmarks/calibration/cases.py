"""Everything that is simulated: one table a family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from benchmarks.calibration import many, rules, targets
from benchmarks.calibration.errors import Regression
from benchmarks.calibration.groups import Clusters, Seeds, Splits
from benchmarks.calibration.judging import Case
from benchmarks.calibration.labels import Labels
from benchmarks.calibration.rates import Ratio, Same, Single
from benchmarks.calibration.scores import Binormal, Classes, Logits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.calibration.errors import Tail
    from benchmarks.calibration.series import Series
    from benchmarks.calibration.targets import Targets


class Words(NamedTuple):
    """What stands above a table."""

    title: str
    text: str


SIZES = (200, 1_000, 10_000)
TAILS: tuple[Tail, ...] = ("normal", "t3", "lognormal")
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
        Family("accuracy", *_ACCURACY, targets.RATES, "change", tuple(_accuracy())),
        Family("margin", *_MARGIN, targets.RATES, "change", tuple(_margin())),
        Family("mcnemar", *_MCNEMAR, targets.NONE, "series", rules.mcnemar()),
        Family("apart", *_APART, targets.APART, "change", tuple(_apart())),
        Family("relative", *_RELATIVE, targets.APART, "change", tuple(_relative())),
        Family("auc", *_AUC, targets.RANKS, "change", tuple(_ranks())),
        Family("labels", *_LABELS, targets.LABELS, "change", tuple(_labels())),
        Family("means", *_MEANS, targets.MEANS, "change", tuple(_means())),
        Family("ece", *_ECE, targets.ECE, "change", tuple(_ece())),
        Family("errors", *_ERRORS, targets.RESAMPLED, "change", tuple(_errors())),
        Family("custom", *_CUSTOM, targets.RESAMPLED, "change", tuple(_custom())),
        Family("groups", *_GROUPS, targets.GROUPS, "change", tuple(_groups())),
        Family("ratios", *_RATIOS, targets.APART, "value", tuple(_ratios())),
        Family("wilson", *_WILSON, targets.WILSON, "value", tuple(_rates())),
        Family("values", *_VALUES, targets.VALUES, "value", tuple(_values())),
        Family("many", *_MANY, targets.NONE, "series", many.many()),
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
    "Rows in clusters, several seeds, repeated splits",
    "“plain” is the usual method, which takes rows (seeds, splits) for independent; it is here "
    "for comparison only. Seeds: each with its rows. Splits: two nearest-centroid classifiers; "
    "the truth is known for “no change” only.",
)
_WILSON = Words(
    "One rate: Wilson's interval",
    "Exact probabilities, no simulation. “plain” is the percentile bootstrap.",
)
_RATIOS = Words(
    "Ratio of two rates of independent samples: Koopman, and MOVER-R of Wilson's limits",
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
    "Two-sided tests of normal statistics at .05; “correlated”: of any two statistics.",
)
_RULES = Words(
    "What becomes of pull requests under a rule",
    "Whole gates over many pull requests, each a new model.",
)

_CLASSES = {
    "balanced": Labels((0.5, 0.5), (0.85, 0.85)),
    "10 % positive": Labels((0.9, 0.1), (0.97, 0.6)),
    "2 % positive": Labels((0.98, 0.02), (0.99, 0.6)),
}
_FIVE = Labels((0.5, 0.25, 0.15, 0.07, 0.03), (0.8,) * 5)
_LOGITS = {
    "balanced": Logits(0.0),
    "5 % positive": Logits(-3.7),
    "balanced, overconfident": Logits(0.0, slope=4.0),
    "5 % positive, overconfident": Logits(-3.7, slope=4.0),
}


def _count(n: int, few: int, some: int, many: int) -> int:
    """Give how often to repeat: what is large costs most."""
    return few if n < SIZES[1] else some if n < SIZES[2] else many


def _accuracy() -> Iterator[Case]:
    for n in SIZES:
        for differ in (0.02, 0.05, 0.1, 0.2):
            scene = Same(0.9 if differ < 0.2 else 0.75, differ)
            count = _count(n, 5_000, 5_000, 2_000)
            yield Case("accuracy", f"{100 * differ:g} % differ", scene, n, count)


def _margin() -> Iterator[Case]:
    grid = [(0.01, 0.01), (0.02, 0.01), (0.05, 0.02), (0.1, 0.02)]
    for n in SIZES:
        for differ, margin in grid:
            for metric in ("accuracy", "plain wald"):
                yield Case(
                    metric,
                    f"{100 * differ:g} % differ",
                    Same(0.9, differ),
                    n,
                    _count(n, 5_000, 5_000, 2_000),
                    decisions=(1.0,),
                    margin=margin,
                )


def _apart() -> Iterator[Case]:
    for n in SIZES:
        for rate in (0.05, 0.5, 0.9):
            count = _count(n, 2_000, 2_000, 600)
            yield Case("accuracy", f"{100 * rate:g} % right", Same(rate, 0.05), n, count, "apart")
    for n in SIZES:
        count = _count(n, 2_000, 1_500, 600)
        yield Case("roc_auc", "30 % positive", Binormal(0.3, 0.8), n, count, "apart")
        yield Case("f1", "10 % positive", _CLASSES["10 % positive"], n, count, "apart")
        yield Case("log_loss", "balanced", Logits(0.0), n, count, "apart")
        yield Case("mae", "t3 tails", Regression("t3"), n, count, "apart")


def _relative() -> Iterator[Case]:
    for n in SIZES:
        count = _count(n, 2_000, 1_500, 600)
        yield Case("accuracy", "5 % differ", Same(0.9, 0.05), n, count, "relative")
        yield Case("f1", "10 % positive", _CLASSES["10 % positive"], n, count, "relative")
        yield Case("recall", "10 % positive", _CLASSES["10 % positive"], n, count, "relative")
        yield Case("roc_auc", "30 % positive", Binormal(0.3, 0.8), n, count, "relative")
        yield Case("log_loss", "balanced", Logits(0.0), n, count, "relative")
        yield Case("mae", "normal tails", Regression("normal"), n, count, "relative")


def _ranks() -> Iterator[Case]:
    for n in SIZES:
        count = _count(n, 2_000, 1_500, 600)
        for share in (0.5, 0.1, 0.02):
            for area in (0.8, 0.95):
                data = f"{100 * share:g} % positive, AUC {area:g}"
                yield Case("roc_auc", data, Binormal(share, area), n, count)
        tied = Binormal(0.5, 0.8, step=0.5)
        yield Case("roc_auc", "balanced, ties (14 levels)", tied, n, count)
        classes = Classes((0.6, 0.3, 0.1), 0.8)
        yield Case("roc_auc_ovr", "60, 30, 10 %", classes, n, count, label="roc_auc, 3 classes")
        for share in (0.5, 0.1):
            data = f"{100 * share:g} % positive"
            yield Case("average_precision", data, Binormal(share, 0.8), n, count)


def _labels() -> Iterator[Case]:
    for n in SIZES:
        for metric in ("f1", "precision", "recall", "balanced_accuracy"):
            for data, scene in _CLASSES.items():
                yield Case(metric, data, scene, n, _count(n, 2_000, 2_000, 800))
        for metric in ("f1_macro", "precision_macro", "recall_macro", "f1_weighted"):
            yield Case(metric, "five classes", _FIVE, n, _count(n, 2_000, 1_500, 600))


def _means() -> Iterator[Case]:
    for n in SIZES:
        count = _count(n, 4_000, 2_000, 800)
        for metric in ("log_loss", "brier"):
            for data, logits in _LOGITS.items():
                if metric == "log_loss" or logits.slope == 1:
                    yield Case(metric, data, logits, n, count)
        for tail in TAILS:
            yield Case("mae", f"{tail} tails", Regression(tail), n, count)


def _ece() -> Iterator[Case]:
    for n in SIZES:
        for data in ("balanced", "balanced, overconfident"):
            yield Case("ece", data, _LOGITS[data], n, _count(n, 400, 400, 200))


def _errors() -> Iterator[Case]:
    for n in SIZES:
        count = _count(n, 1_500, 600, 150)
        decisions = (1.0, 0.5, 2.0) if n == 200 else (1.0,)
        for tail in TAILS:
            yield Case("rmse", f"{tail} tails", Regression(tail), n, count, decisions=decisions)
    for n in SIZES:
        count = _count(n, 1_000, 500, 150)
        for tail in TAILS if n < 10_000 else TAILS[1:2]:
            yield Case("r2", f"{tail} tails", Regression(tail), n, count, decisions=(1.0,))
    for metric in ("rmse", "r2"):
        yield Case(metric, "t3 tails", Regression("t3"), 50_000, 150, decisions=(1.0,))


def _custom() -> Iterator[Case]:
    normal = Regression("normal")
    for n in SIZES:
        count, decisions = _count(n, 1_000, 300, 100), (1.0, 0.5, 2.0) if n == 200 else (1.0,)
        yield Case(
            "wape", "normal tails", normal, n, count, decisions=decisions, label="share of error"
        )
        if n < 10_000:
            yield Case("q90", "normal tails", normal, n, 300, decisions=(1.0,), label="quantile")


def _groups() -> Iterator[Case]:
    for groups, n, within in ((20, 1_000, 0.1), (50, 1_000, 0.1), (200, 1_000, 0.3), (20, 1_000, 0.3), (50, 10_000, 0.1)):  # fmt: skip
        scene = Clusters(groups, within)
        for metric in ("mean", "plain mean"):
            count = 2_000 if n < 10_000 else 1_000
            yield Case(metric, f"{groups} clusters, correlation {within:g}", scene, n, count)
    users = Binormal(0.3, 0.8, users=50, user_share=0.3)
    for metric in ("roc_auc", "plain roc_auc"):
        yield Case(metric, "50 clusters, correlation 0.3", users, 1_000, 1_500)
    for metric in ("accuracy", "plain seeds"):
        for count in (3, 5):
            yield Case(metric, f"{count} seeds a side", Seeds(count), 1_000, 1_500)
    for n, splits in ((200, 15), (500, 15), (500, 100)):
        for metric in ("accuracy", "plain splits"):
            yield Case(metric, f"{splits} splits, a tenth to test", Splits(splits), n, 1_000, decisions=())  # fmt: skip


def _rates() -> Iterator[Case]:
    for n in (30, *SIZES):
        for rate in (0.05, 0.5, 0.9):
            for metric in ("rate", "plain percentile"):
                yield Case(metric, f"rate {rate:g}", Single(rate), n, 1, "value")


def _ratios() -> Iterator[Case]:
    for n in (50, *SIZES):
        for rate, ratio in ((0.05, 1.0), (0.3, 0.8), (0.9, 1.0)):
            for metric in ("koopman", "wilson ratio", "plain log ratio"):
                data = f"rates {rate * ratio:g} and {rate:g}"
                yield Case(
                    metric, data, Ratio(rate, ratio), n, _count(n, 4_000, 4_000, 2_000), "value"
                )


def _values() -> Iterator[Case]:
    for n in SIZES:
        count = _count(n, 2_000, 1_500, 500)
        for metric in ("f1", "precision", "recall", "balanced_accuracy"):
            for data in ("balanced", "10 % positive"):
                yield Case(metric, data, _CLASSES[data], n, count, "value")
        for metric in ("f1_macro", "precision_macro"):
            yield Case(metric, "five classes", _FIVE, n, count, "value")
        for share, area in ((0.5, 0.8), (0.1, 0.95)):
            for metric in ("roc_auc", "average_precision"):
                data = f"{100 * share:g} % positive, AUC {area:g}"
                yield Case(metric, data, Binormal(share, area), n, count, "value")
        yield Case("log_loss", "balanced", _LOGITS["balanced"], n, count, "value")
        overconfident = _LOGITS["5 % positive, overconfident"]
        yield Case("log_loss", "5 % positive, overconfident", overconfident, n, count, "value")
        yield Case("ece", "balanced", _LOGITS["balanced"], n, 200, "value")
        yield Case("mae", "lognormal tails", Regression("lognormal"), n, count, "value")
        for tail in ("normal", "t3"):
            for metric in ("rmse", "r2"):
                resampled = _count(n, 1_000, 500, 150)
                scene = Regression(tail)
                yield Case(metric, f"{tail} tails", scene, n, resampled, "value")
