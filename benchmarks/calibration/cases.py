"""Everything that is simulated sample by sample: which metric on which rows, how often."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from benchmarks.calibration.attempts import Attempts
from benchmarks.calibration.delays import Delays
from benchmarks.calibration.errors import Regression
from benchmarks.calibration.forecasts import Demand
from benchmarks.calibration.groups import Clusters, Heavy, Seeds, Splits, Users, Weighted
from benchmarks.calibration.judges import Grader, Judge
from benchmarks.calibration.judging import Case
from benchmarks.calibration.labels import Labels
from benchmarks.calibration.queries import Queries
from benchmarks.calibration.rates import Ratio, Same, Single
from benchmarks.calibration.scores import Binormal, Classes, Logits
from benchmarks.calibration.searches import Searches
from benchmarks.calibration.timings import Timings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.calibration.errors import Tail

SIZES = (200, 1_000, 10_000)
TAILS: tuple[Tail, ...] = ("normal", "t3", "lognormal")
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

_DELAYS = {
    "flight delays": Delays(),
    "flight delays, weighted": Delays(weighted=True),
    "flight delays, clusters of 10 on average": Delays(clusters=10),
}
_LATER = {f"flight delays, tail of index {index:g}": Delays(index=index) for index in (3, 2.5, 2.2)}


def _count(n: int, few: int, some: int, many: int) -> int:
    """Give how often to repeat: what is large costs most."""
    return few if n < SIZES[1] else some if n < SIZES[2] else many


def accuracy() -> Iterator[Case]:
    """Accuracy on the same rows."""
    for n in SIZES:
        for differ in (0.02, 0.05, 0.1, 0.2):
            scene = Same(0.9 if differ < 0.2 else 0.75, differ)
            count = _count(n, 5_000, 5_000, 2_000)
            yield Case("accuracy", f"{100 * differ:g} % differ", scene, n, count)


def margin() -> Iterator[Case]:
    """Accuracy at a fixed margin."""
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


def allowed() -> Iterator[Case]:
    """Losses within a fixed allowance, from small sets on."""
    for differ, margin in ((0.02, 0.01), (0.05, 0.01), (0.05, 0.02)):
        for n in (200, 500, 1_000, 2_000, 6_000):
            data = f"{100 * differ:g} % differ"
            scene, count = Same(0.9, differ), 5_000 if n < 6_000 else 2_000
            yield Case("accuracy", data, scene, n, count, decisions=(1.0, 0.5), margin=margin)


def apart() -> Iterator[Case]:
    """Samples without common rows."""
    for n in SIZES:
        for rate in (0.05, 0.5, 0.9):
            count = _count(n, 2_000, 2_000, 600)
            yield Case("accuracy", f"{100 * rate:g} % right", Same(rate, 0.05), n, count, "apart")
    others = (
        ("roc_auc", "30 % positive", Binormal(0.3, 0.8)),
        ("f1", "10 % positive", _CLASSES["10 % positive"]),
        ("log_loss", "balanced", Logits(0.0)),
        ("mae", "t3 tails", Regression("t3")),
        ("roc_auc", "30 % positive, AUC .99", Binormal(0.3, 0.99)),
        ("log_loss", "5 % positive, overconfident", Logits(-3.7, slope=4.0)),
        ("seconds.p95", "a slow path for 4.5 %", Timings(slow=0.045)),
        ("f1_macro", "five classes", _FIVE),
    )
    for n in SIZES[:2]:
        for metric, data, scene in others:
            count = 1_500 if (metric, n) in (("roc_auc", 1_000), ("f1", 1_000)) else 500
            yield Case(metric, data, scene, n, count, "apart")
    users = Users(30, spread=1.0)
    yield Case("accuracy", "30 users of unequal size", users, 1_000, 500, "apart")


def relative() -> Iterator[Case]:
    """Margins in per cent."""
    for n in SIZES:
        count = _count(n, 2_000, 1_500, 600)
        yield Case("accuracy", "5 % differ", Same(0.9, 0.05), n, count, "relative")
        yield Case("f1", "10 % positive", _CLASSES["10 % positive"], n, count, "relative")
        yield Case("recall", "10 % positive", _CLASSES["10 % positive"], n, count, "relative")
        yield Case("roc_auc", "30 % positive", Binormal(0.3, 0.8), n, count, "relative")
        yield Case("log_loss", "balanced", Logits(0.0), n, count, "relative")
        yield Case("mae", "normal tails", Regression("normal"), n, count, "relative")


def ranks() -> Iterator[Case]:
    """Metrics of the order of scores."""
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


def labels() -> Iterator[Case]:
    """Metrics of the confusion matrix."""
    for n in SIZES:
        for metric in ("f1", "precision", "recall", "balanced_accuracy"):
            for data, scene in _CLASSES.items():
                yield Case(metric, data, scene, n, _count(n, 2_000, 2_000, 800))
        for metric in ("f1_macro", "precision_macro", "recall_macro", "f1_weighted"):
            yield Case(metric, "five classes", _FIVE, n, _count(n, 2_000, 1_500, 600))


def further() -> Iterator[Case]:
    """Metrics of single fields, and their own bounds."""
    scenes = [
        ("matthews_corrcoef", "10 % positive", _CLASSES["10 % positive"]),
        ("matthews_corrcoef", "five classes", _FIVE),
        ("cohen_kappa", "10 % positive", _CLASSES["10 % positive"]),
        ("cost", "10 % positive", _CLASSES["10 % positive"]),
        ("cost", "2 % positive", _CLASSES["2 % positive"]),
        ("tpr_at_fpr@0.1", "50 % positive", Binormal(0.5, 0.8)),
        ("tpr_at_fpr@0.1", "10 % positive", Binormal(0.1, 0.9)),
        ("tpr_at_fpr@0.1", "50 % positive, 80 levels", Binormal(0.5, 0.8, step=0.1)),
        ("tpr_at_fpr@0.1", "10 % positive, 20 levels", Binormal(0.1, 0.9, step=0.4)),
        ("recall_at_precision@0.8", "50 % positive", Binormal(0.5, 0.8)),
        ("recall_at_precision@0.5", "10 % positive", Binormal(0.1, 0.9)),
        ("calibration_slope", "balanced", _LOGITS["balanced"]),
        ("mape", "lognormal labels", Demand()),
        ("smape", "lognormal labels", Demand()),
        ("known wape", "lognormal labels", Demand()),
        ("mean_pinball_loss@0.9", "lognormal labels", Demand()),
        ("ndcg", "ten documents a query", Queries(1.5)),
        ("mrr", "ten documents a query", Queries(1.5)),
    ]
    for n in (1_000, 5_000):
        for metric, data, scene in scenes:
            label = metric.removeprefix("known ")
            count = 1_000 if n == 1_000 else 500
            yield Case(metric, data, scene, n, count, decisions=(1.0,), label=label)


def further_values() -> Iterator[Case]:
    """Their own bounds."""
    for case in further():
        yield dataclasses.replace(case, kind="value", decisions=(1.0, 0.5, 2.0))
    for n in (1_000, 5_000):
        yield Case("calibration_intercept", "balanced", _LOGITS["balanced"], n, 500, "value")


def quantiles() -> Iterator[Case]:
    """Quantiles of one number a row."""
    some = {
        "lognormal": Timings(),
        "lognormal, spread 2": Timings(spread=2.0),
        "a slow path for 4.5 %": Timings(slow=0.045),
    }
    for n in (200, 1_000, 5_000):
        count = 1_000 if n == 200 else 600 if n == 1_000 else 200
        for data, scene in some.items():
            yield Case("seconds.p95", data, scene, n, count)
        yield Case("seconds.p50", "lognormal", Timings(), n, count)
        if n > 200:
            yield Case("seconds.p99", "lognormal", Timings(), n, count)
        whole = Timings(step=1.0)
        yield Case("seconds.p95", "whole seconds", whole, n, count, decisions=(1.0,), margin=1.0)
    for n in (300, 1_000, 5_000):
        for share in (0.045, 0.05, 0.055):
            scene, data = Timings(0.1, share, slower=30.0), f"time-outs of {100 * share:g} %"
            # A point more of these is a loss of 43 seconds, or none.
            decisions, margin = ((1.0,), 40.0) if share == 0.045 else ((), 1.0)
            count = 1_000 if n < 5_000 else 300
            yield Case("seconds.p95", data, scene, n, count, decisions=decisions, margin=margin)
    for clusters, n in ((20, 1_000), (50, 1_000), (50, 5_000)):
        scene, count = Timings(clusters=clusters), 400 if n < 5_000 else 150
        for metric in ("seconds.p50", "seconds.p95"):
            yield Case(metric, f"{clusters} clusters, correlation .3", scene, n, count)
    for n in (500, 2_000):
        scene = Timings(weighted=True)
        yield Case("seconds.p95", "weighted", scene, n, 400 if n < 1_000 else 150)


def quantile_values() -> Iterator[Case]:
    """Their own bounds."""
    for case in quantiles():
        yield dataclasses.replace(case, kind="value", margin=None)


def attempts() -> Iterator[Case]:
    """Chances that attempts solve a task."""
    names, ease = ("solved.pass@1", "solved.pass@5", "solved.pass^5"), 4.5
    for tasks in (30, 164, 500):
        count = 1_000 if tasks < 500 else 400
        for metric in names:
            data = f"{tasks:,} tasks"
            yield Case(metric, data, Attempts(10), 10 * tasks, count)
            solved = f"{data}, nearly all solved"
            yield Case(metric, solved, Attempts(10, ease), 10 * tasks, count, margin=0.05)
    for clusters in (20, 50):
        for metric in names[1:]:
            scene = Attempts(10, clusters=clusters)
            yield Case(metric, f"500 tasks in {clusters} clusters", scene, 5_000, 500)


def attempt_values() -> Iterator[Case]:
    """Their own bounds."""
    for case in attempts():
        yield dataclasses.replace(case, kind="value", margin=None)


def retrieval() -> Iterator[Case]:
    """Rankings of unequal queries, with ties; the better ones are near 1."""
    for queries in (25, 100, 400):
        count = 600 if queries < 400 else 200
        for metric in ("ndcg@10", "map", "mrr"):
            data = f"{queries:,} queries"
            yield Case(metric, data, Searches(), 10 * queries, count)
            near = f"{data}, near 1"
            yield Case(metric, near, Searches(4.0), 10 * queries, count, margin=0.05)


def retrieval_values() -> Iterator[Case]:
    """Their own bounds."""
    for case in retrieval():
        yield dataclasses.replace(case, kind="value", margin=None)


_JUDGES = {
    "judge right in 90 %": Judge(),
    "judge favours both": Judge((0.3, 0.02), (0.3, 0.02)),
    "judge favours the candidate": Judge((0.3, 0.02), (0.1, 0.1)),
    "judge favours main": Judge((0.1, 0.1), (0.3, 0.02)),
    "judge right in 98 %": Judge((0.02, 0.02), (0.02, 0.02)),
    "judge says nothing": Judge((0.5, 0.5), (0.5, 0.5)),
    "few answers differ": Judge((0.3, 0.02), differ=0.06, right=0.95),
    "labels on other rows, judge favours the candidate": Judge((0.3, 0.02), apart=True),
}


def judges() -> Iterator[Case]:
    """A judge's numbers of 2,000 rows, of which n have a human's."""
    for n in (30, 100, 300):
        for data, scene in _JUDGES.items():
            yield Case("grade", data, scene, n, 1_500, decisions=(1.0,))
        for metric in ("plain judge", "plain humans"):
            data = "judge favours the candidate"
            yield Case(metric, data, _JUDGES[data], n, 1_000, decisions=(1.0,), margin=0.1)
        grades = "grades, judge favours the candidate"
        yield Case("grade", grades, Grader(0.5), n, 1_500, decisions=(1.0,))
        alone = Judge((0.3, 0.02), alone=True)
        data = "judge favours the candidate, per cent"
        yield Case("grade", data, alone, n, 1_500, "relative", decisions=(1.0,))
    for n, data, whole in (
        (100, "200 clusters", False),
        (300, "200 clusters", False),
        (300, "30 whole clusters of 200", True),
    ):
        scene = Judge((0.3, 0.02), clusters=200, whole=whole)
        words = f"{data}, judge favours the candidate"
        yield Case("grade", words, scene, n, 1_500, decisions=(1.0,))


def judge_values() -> Iterator[Case]:
    """The mean that humans would give, and how far a judge agrees with them."""
    for n in (30, 100, 300):
        for metric in ("", ".bias", ".agreement", ".kappa", ".correlation"):
            for data in ("judge right in 90 %", "judge favours both"):
                if not metric or data == "judge favours both":
                    yield Case(f"grade{metric}", data, _JUDGES[data], n, 1_500, "value")


def means() -> Iterator[Case]:
    """Means of one number a row."""
    for n in SIZES:
        count = _count(n, 4_000, 2_000, 800)
        for metric in ("log_loss", "brier"):
            for data, logits in _LOGITS.items():
                if metric == "log_loss" or logits.slope == 1:
                    yield Case(metric, data, logits, n, count)
        for tail in TAILS:
            yield Case("mae", f"{tail} tails", Regression(tail), n, count)


def ece() -> Iterator[Case]:
    """Expected calibration error."""
    for n in SIZES:
        for data in ("balanced", "balanced, overconfident"):
            yield Case("ece", data, _LOGITS[data], n, _count(n, 400, 400, 200))


def errors() -> Iterator[Case]:
    """RMSE and R²."""
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
    for n in (200, 1_000, 5_000):
        for data, scene in _DELAYS.items():
            yield Case("rmse", data, scene, n, 500 if n < 5_000 else 300, decisions=(1.0,))


def custom() -> Iterator[Case]:
    """Functions of the user's own."""
    normal = Regression("normal")
    for n in SIZES:
        count, decisions = _count(n, 1_000, 300, 100), (1.0, 0.5, 2.0) if n == 200 else (1.0,)
        yield Case(
            "wape", "normal tails", normal, n, count, decisions=decisions, label="share of error"
        )
        if n < 10_000:
            yield Case("q90", "normal tails", normal, n, 300, decisions=(1.0,), label="quantile")


def groups() -> Iterator[Case]:
    """Clusters, seeds, splits."""
    for groups, n, within in ((20, 1_000, 0.1), (50, 1_000, 0.1), (200, 1_000, 0.3), (20, 1_000, 0.3), (50, 10_000, 0.1)):  # fmt: skip
        scene = Clusters(groups, within)
        for metric in ("mean", "plain mean"):
            count = 2_000 if n < 10_000 else 1_000
            yield Case(metric, f"{groups} clusters, correlation {within:g}", scene, n, count)
    for groups, n in ((20, 1_000), (50, 1_000), (200, 1_000), (50, 10_000)):
        data, count = f"{groups} clusters, correlation 0.1", _count(n, 1_000, 1_000, 300)
        yield Case("accuracy", data, Users(groups), n, count)
    uneven = Users(100, differ=0.05, spotted=0.1, together=0.1, spread=0.7)
    yield Case("accuracy", "100 clusters of unequal size, 5 % differ", uneven, 2_000, 1_000)
    spots = Users(100, differ=0.05, spotted=0.3, together=0.3)
    yield Case("accuracy", "100 clusters, a few hold most of what differs", spots, 2_000, 1_000)
    for n in SIZES:
        count = _count(n, 2_000, 2_000, 800)
        yield Case("mean", "weighted, heavy rows noisier", Weighted(), n, count)
    for n, share, times in ((300, 0.05, 20.0), (1_000, 0.02, 50.0), (1_000, 0.05, 5.0)):
        for there in (False, True):
            lost = "heavy rows become wrong" if there else "all become wrong alike"
            data = f"{share:.0%} of the rows weigh {times:g} times, {lost}"
            yield Case("mean", data, Heavy(share, times, there), n, 1_000)
    users = Binormal(0.3, 0.8, users=50, user_share=0.3)
    for metric in ("roc_auc", "plain roc_auc"):
        yield Case(metric, "50 clusters, correlation 0.3", users, 1_000, 1_500)
    yield from _fits()


def _fits() -> Iterator[Case]:
    """Several fits: seeds, splits."""
    for metric in ("accuracy", "plain seeds"):
        for count in (3, 5):
            yield Case(metric, f"{count} seeds a side", Seeds(count), 1_000, 1_500)
    for users, spread in ((50, 0.0), (200, 0.0), (100, 0.7)):
        sizes = " of unequal size" if spread else ""
        data = f"5 seeds a side, {users} clusters{sizes}"
        yield Case("accuracy", data, Seeds(5, users=users, spread=spread), 1_000, 1_000)
    for n, splits in ((200, 15), (500, 15), (500, 100)):
        for metric in ("accuracy", "plain splits"):
            yield Case(metric, f"{splits} splits, a tenth to test", Splits(splits), n, 1_000, decisions=())  # fmt: skip


def rates() -> Iterator[Case]:
    """One rate."""
    for n in (30, *SIZES):
        for rate in (0.05, 0.5, 0.9):
            for metric in ("rate", "plain percentile"):
                yield Case(metric, f"rate {rate:g}", Single(rate), n, 1, "value")


def ratios() -> Iterator[Case]:
    """Ratios of two rates."""
    for n in (50, *SIZES):
        for rate, ratio in ((0.05, 1.0), (0.3, 0.8), (0.9, 1.0)):
            for metric in ("wilson ratio", "plain log ratio"):
                data = f"rates {rate * ratio:g} and {rate:g}"
                yield Case(
                    metric, data, Ratio(rate, ratio), n, _count(n, 4_000, 4_000, 2_000), "value"
                )


def values() -> Iterator[Case]:
    """A metric's own bounds."""
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
    yield from _delay_values()
    for groups in (20, 50, 200):
        users = Users(groups, differ=0.05, alike=0.3)
        yield Case("accuracy", f"{groups} clusters, correlation 0.3", users, 1_000, 1_000, "value")


def _delay_values() -> Iterator[Case]:
    """Errors of a skewed law with rare, huge numbers."""
    for n in (200, 1_000, 5_000):
        for data, scene in (_DELAYS | _LATER).items():
            for metric in ("rmse", "r2", "mae") if data in _DELAYS else ("rmse",):
                yield Case(metric, data, scene, n, 500, "value")
