"""Six paired metrics with intervals: our closed forms against resampling with scikit-learn.

    python -m benchmarks metrics_speed

AUC, F1, accuracy, log loss (binary), RMSE and MAE (regression) of two models on the same
rows: for each metric the candidate's value, its interval, the change and its interval.
Computing only: the arrays are in memory. The peer is what people write: 1,000 times resample
the rows and call scikit-learn's functions for both models; 10 are run and scaled. Both sides
count CPU seconds of the whole process, the lowest of a few runs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlgate.stats import auc, bootstrap, class_rates, confusion, means

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mlgate.stats.estimate import Estimate

ROWS = 1_000_000
MORE_ROWS = 10_000_000
REPLICATES = 1_000
MEASURED = 10
TARGET = 5_000


@dataclass(frozen=True)
class Data:
    """Labels and both models' output, of a binary and of a regression task."""

    y: NDArray[np.int32]
    score: tuple[NDArray[np.float64], NDArray[np.float64]]
    predicted: tuple[NDArray[np.int32], NDArray[np.int32]]
    target: NDArray[np.float64]
    forecast: tuple[NDArray[np.float64], NDArray[np.float64]]


def make(n: int, seed: int = 0) -> Data:
    """Two models that agree mostly, AUC about .76, 30 % positive."""
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.3).astype(np.int32)
    logit = random.normal(size=n) + y
    score = tuple(1 / (1 + np.exp(-logit - s * random.normal(size=n))) for s in (0.1, 0.2))
    target = random.normal(size=n)
    forecast = tuple(target + s * random.normal(size=n) for s in (1.0, 1.01))
    predicted = tuple((s > 0.5).astype(np.int32) for s in score)
    return Data(y, score, predicted, target, forecast)  # type: ignore[arg-type]


def ours(data: Data) -> dict[str, tuple[Estimate, Estimate]]:
    """Value and change of all six, each with its interval."""
    positive = data.y == 1
    new, old = (auc.roc_auc(positive, score) for score in data.score)
    table = confusion.count(data.y, *data.predicted, classes=2, positive=1)
    f1, accuracy = class_rates.class_rate("f1"), class_rates.right_share()
    losses = [means.binary_log_loss(positive, score) for score in data.score]
    errors = [means.absolute_error(data.target, forecast) for forecast in data.forecast]
    rmse = bootstrap.regression(data.target, *data.forecast, seed=0)["rmse"]
    return {
        "AUC": (auc.interval(new), auc.contrast(new, old)),
        "F1": (confusion.interval(f1, table), confusion.contrast(f1, table)),
        "accuracy": (confusion.interval(accuracy, table), confusion.contrast(accuracy, table)),
        "log loss": (means.mean(losses[0]), means.paired(*losses)),
        "MAE": (means.mean(errors[0]), means.paired(*errors)),
        "RMSE": (bootstrap.interval(rmse), bootstrap.contrast(rmse)),
    }


def theirs(data: Data, replicates: int, seed: int = 0) -> NDArray[np.float64]:
    """The naive bootstrap: shape (replicates, 2 models, 6 metrics)."""
    random = np.random.default_rng(seed)
    n, out = len(data.y), []
    for _ in range(replicates):
        rows = random.integers(n, size=n)
        out.append([_scored(data, rows, side) for side in (0, 1)])
    return np.array(out)


def _scored(data: Data, rows: NDArray[np.int64], side: int) -> list[float]:
    from sklearn import metrics

    y, score, predicted = data.y[rows], data.score[side][rows], data.predicted[side][rows]
    target, forecast = data.target[rows], data.forecast[side][rows]
    return [
        metrics.roc_auc_score(y, score),
        metrics.f1_score(y, predicted),
        metrics.accuracy_score(y, predicted),
        metrics.log_loss(y, score),
        metrics.mean_absolute_error(target, forecast),
        metrics.root_mean_squared_error(target, forecast),
    ]


def cpu_seconds(function: Callable[[], object], repeats: int) -> float:
    """Give the lowest CPU time of a few runs, after one to warm up."""
    function()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    """Print the table."""
    data = make(ROWS)
    fast = cpu_seconds(lambda: ours(data), 5)
    start = time.process_time()
    theirs(data, MEASURED)
    slow = (time.process_time() - start) * REPLICATES / MEASURED
    big = make(MORE_ROWS)
    larger = cpu_seconds(lambda: ours(big), 3)
    print("| six paired metrics with intervals | CPU s |\n|---|---:|")
    print(f"| mlgate, {ROWS:,} rows | {fast:.3f} |")
    print(f"| {REPLICATES:,} scikit-learn replicates ({MEASURED} run, scaled) | {slow:,.0f} |")
    print(f"| ratio (target {TARGET:,}) | {slow / fast:,.0f} |")
    print(f"| mlgate, {MORE_ROWS:,} rows | {larger:.3f} |")
    print(f"| growth for {MORE_ROWS // ROWS} times the rows | {larger / fast:.1f} |")


if __name__ == "__main__":
    main()
