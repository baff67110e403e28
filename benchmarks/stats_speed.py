"""What each interval costs at a million rows, and what resampling in its place would cost.

    python -m benchmarks stats_speed

Both models of a binary, a five-class and a regression task on the same rows, arrays in memory.
The unit of cost is what can hardly be avoided: one `np.argsort` a model (a class and model where
there are several), and one pass over the columns a metric (label and both models' output are
read, and a number a row is written); the target is twice that for all metrics of a task. Peers are what people write: 1,000 resamples through scikit-learn (five run, scaled),
`scipy.stats.bootstrap` and `scipy.stats.permutation_test` on a mean loss (vectorised; fewer
resamples run, scaled). CPU seconds of the process, the lowest of a few runs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.metrics_speed import Data, cpu_seconds, make
from mlgate.checks.compare.families import family_of
from mlgate.checks.compare.pair import Pair
from mlgate.metrics import METRICS
from mlgate.model.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROWS = 1_000_000
BINARY = ("accuracy", "f1", "roc_auc", "average_precision", "log_loss", "brier", "ece")
CLASSES = 5
MULTICLASS = ("accuracy", "f1_macro", "roc_auc", "log_loss", "brier", "ece")
REGRESSION = ("mae", "rmse", "r2")
RESAMPLES = 1_000


def pairs(n: int) -> dict[str, Callable[[], Pair]]:
    """Give a maker of fresh pairs (nothing remembered) of each task."""
    data = make(n)
    score, codes = _multiclass(n)
    names = tuple(str(code) for code in range(CLASSES))

    def pair(sides: list[Rows]) -> Pair:
        return Pair(sides[0], sides[1], lambda _: 1, 0.95)

    binary = [
        Rows("binary", data.y, p, s, ("0", "1"), 1)
        for p, s in zip(data.predicted, data.score, strict=True)
    ]
    several = [
        Rows("multiclass", codes, s.argmax(axis=1).astype(np.int32), s, names) for s in score
    ]
    numbers = [Rows("regression", data.target, side) for side in data.forecast]
    return {
        "binary": lambda: pair(binary),
        "five classes": lambda: pair(several),
        "regression": lambda: pair(numbers),
    }


def _multiclass(n: int) -> tuple[list[NDArray[np.float64]], NDArray[np.int32]]:
    random = np.random.default_rng(1)
    codes = random.integers(CLASSES, size=n).astype(np.int32)
    logits = random.normal(size=(n, CLASSES)) + 1.5 * np.eye(CLASSES)[codes]
    found = []
    for noise in (0.1, 0.2):
        odds = np.exp(logits + noise * random.normal(size=logits.shape))
        found.append(odds / odds.sum(axis=1, keepdims=True))
    return found, codes


def measured(metric: str, pair: Pair) -> None:
    """Value, change, and both intervals."""
    family = family_of(METRICS[metric].method)
    family.own(pair)
    family.contrast(pair, 1.0)


def floors(pair: Pair) -> tuple[float, float]:
    """CPU seconds of one pass over the columns, and of one argsort of each model's output."""
    assert pair.old is not None
    columns = [pair.new.y_true] + [
        side.y_pred if side.score is None else side.score for side in (pair.new, pair.old)
    ]

    def one_pass() -> None:
        for column in columns:
            np.abs(column)

    def sort() -> None:
        for column in columns[1:]:
            for one in np.atleast_2d(column.T):
                np.argsort(np.ascontiguousarray(one))

    return cpu_seconds(one_pass, 5), cpu_seconds(sort, 3)


def _costs() -> None:
    print(
        "| metric, both models, value and change | CPU ms | of that unit (target 2) |\n|---|---:|---:|"
    )
    for task, maker in pairs(ROWS).items():
        names = {"binary": BINARY, "five classes": MULTICLASS, "regression": REGRESSION}[task]
        passed, sorted_ = floors(maker())
        for name in names:
            cost = cpu_seconds(lambda name=name, maker=maker: measured(name, maker()), 3)  # type: ignore[misc]
            print(f"| {task}: {name} | {cost * 1000:,.0f} | |")
        together = cpu_seconds(lambda names=names, maker=maker: _all(names, maker()), 3)  # type: ignore[misc]
        floor = sorted_ + len(names) * passed
        print(f"| {task}: one argsort a model, one pass a metric | {floor * 1000:,.0f} | 1 |")
        print(f"| **{task}: all together** | {together * 1000:,.0f} | {together / floor:.1f} |")


def _all(names: tuple[str, ...], pair: Pair) -> None:
    for name in names:
        measured(name, pair)


def _peers() -> None:
    from scipy import stats
    from sklearn import metrics

    data = make(ROWS)
    print(f"\n| {RESAMPLES:,} resamples of the change, {ROWS:,} rows | CPU s | mlgate | times |")
    print("|---|---:|---:|---:|")
    ours = pairs(ROWS)["binary"]
    for name, function in (("roc_auc", metrics.roc_auc_score), ("log_loss", metrics.log_loss)):
        slow = _loop(function, data, 5) * RESAMPLES / 5
        fast = cpu_seconds(lambda name=name: measured(name, ours()), 3)  # type: ignore[misc]
        print(
            f"| scikit-learn {name} in a loop (5 run) | {slow:,.0f} | {fast:.3f} | {slow / fast:,.0f} |"
        )
    slow = _loop(metrics.f1_score, data, 5, predicted=True) * RESAMPLES / 5
    fast = cpu_seconds(lambda: measured("f1", ours()), 3)
    print(f"| scikit-learn f1 in a loop (5 run) | {slow:,.0f} | {fast:.3f} | {slow / fast:,.0f} |")
    change = (data.score[0] - data.y) ** 2 - (data.score[1] - data.y) ** 2
    fast = cpu_seconds(lambda: measured("brier", ours()), 3)
    slow = _timed(lambda: _bootstrap(stats, change, 20)) * RESAMPLES / 20
    print(
        f"| scipy.stats.bootstrap of a mean, percentile (20 run) | {slow:,.0f} | {fast:.3f}"
        f" | {slow / fast:,.0f} |"
    )
    slow = _timed(lambda: _permutation(stats, change, 20)) * RESAMPLES / 20
    print(
        f"| scipy.stats.permutation_test of a mean, signs (20 run) | {slow:,.0f} | {fast:.3f}"
        f" | {slow / fast:,.0f} |"
    )


def _timed(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def _loop(
    function: Callable[..., float], data: Data, times: int, *, predicted: bool = False
) -> float:
    random = np.random.default_rng(0)
    sides = data.predicted if predicted else data.score
    start = time.process_time()
    for _ in range(times):
        index = random.integers(len(data.y), size=len(data.y))
        for side in sides:
            function(data.y[index], side[index])
    return time.process_time() - start


def _bootstrap(stats: object, change: NDArray[np.float64], count: int) -> object:
    return stats.bootstrap(  # type: ignore[attr-defined]
        (change,), np.mean, n_resamples=count, method="percentile", batch=5, vectorized=True, rng=0
    )


def _permutation(stats: object, change: NDArray[np.float64], count: int) -> object:
    return stats.permutation_test(  # type: ignore[attr-defined]
        (change,),
        np.mean,
        permutation_type="samples",
        n_resamples=count,
        batch=5,
        vectorized=True,
        rng=0,
    )


def main() -> None:
    """Print the tables."""
    _costs()
    _peers()


if __name__ == "__main__":
    main()
