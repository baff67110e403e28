"""Which function of `mlgate.stats` measures which metric: the methods that are on trial.

The choice is that of `mlgate.checks` (a test holds both together); what is here for
comparison only begins with "plain".
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlgate.stats import auc, bootstrap, calibration, confusion, influence, means, seeds
from mlgate.stats.estimate import Estimate, normal_quantile
from mlgate.stats.proportions import newcombe, paired_contrast, wilson

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.calibration.errors import Predicted
    from benchmarks.calibration.groups import Grouped, Split, Trained
    from benchmarks.calibration.scores import Scored
    from mlgate.stats.bootstrap import Replicates
    from mlgate.stats.confusion import Table


class Measured(NamedTuple):
    """A metric on one sample: `own(confidence)` and `change(confidence, factor)`."""

    own: Callable[[float], Estimate] | None
    change: Callable[[float, float], Estimate] | None


LOWER = frozenset({"log_loss", "brier", "ece", "mae", "rmse", "q90", "wape"})
"""Metrics of which less is better."""


def measure(metric: str, data: Any) -> Measured:
    """Look at one sample; what is costly (sorting, resampling) is done once."""
    if metric in COUNTED:
        return _counted(metric, data)
    return MEASURES[metric](data)


def _counted(metric: str, table: Table) -> Measured:
    return Measured(
        lambda c: confusion.interval(metric, table, confidence=c),
        lambda c, f: confusion.contrast(metric, table, factor=f, confidence=c),
    )


def _accuracy(cells: tuple[int, int, int, int]) -> Measured:
    both, fixed, _, _ = cells
    n = sum(cells)
    return Measured(
        lambda c: wilson(both + fixed, n, confidence=c),
        lambda c, f: paired_contrast(*cells, factor=f, confidence=c),
    )


def _wald(cells: tuple[int, int, int, int]) -> Measured:
    _, fixed, broken, _ = cells
    n = sum(cells)
    change = (fixed - broken) / n
    variance = (fixed + broken) / n - change * change

    def bounds(confidence: float, factor: float) -> Estimate:
        assert factor == 1
        half = normal_quantile(confidence) * math.sqrt(variance / n)
        return Estimate(change, change - half, change + half, n, "wald", variance)

    return Measured(None, bounds)


def _rate(cells: tuple[int, ...]) -> Measured:
    if len(cells) == 2:
        return Measured(lambda c: wilson(*cells, confidence=c), None)
    new, old = (cells[0], cells[1]), (cells[2], cells[3])
    return Measured(None, lambda c, f: newcombe(new, old, factor=f, confidence=c))


def _percentile_rate(cells: tuple[int, int]) -> Measured:
    """The percentile bootstrap of a rate, without its Monte-Carlo error."""
    from scipy.stats import binom

    successes, n = cells
    rate = successes / n

    def bounds(confidence: float) -> Estimate:
        low, high = (float(binom.ppf(q, n, rate)) / n for q in (1 - confidence, confidence))
        return Estimate(rate, low, high, n, "percentile", rate * (1 - rate))

    return Measured(bounds, None)


def _ranked(new: influence.Influence, old: influence.Influence) -> Measured:
    return Measured(
        lambda c: auc.interval(new, confidence=c),
        lambda c, f: auc.contrast(new, old, factor=f, confidence=c),
    )


def _roc_auc(data: Scored) -> Measured:
    return _ranked(*(auc.roc_auc(data.label, score) for score in (data.new, data.old)))  # type: ignore[arg-type]


def _average_precision(data: Scored) -> Measured:
    sides = (auc.average_precision(data.label, score) for score in (data.new, data.old))  # type: ignore[arg-type]
    return _ranked(*sides)


def _roc_auc_ovr(data: Scored) -> Measured:
    return _ranked(*(auc.roc_auc_ovr(data.label, score) for score in (data.new, data.old)))


def _clustered_auc(data: Scored) -> Measured:
    new, old = (auc.roc_auc(data.label, score) for score in (data.new, data.old))  # type: ignore[arg-type]
    return _clustered(new, old, data.clusters)


def _clustered_mean(data: Grouped) -> Measured:
    return _clustered(means.influence(data.new), means.influence(data.old), data.clusters)


def _clustered(
    new: influence.Influence, old: influence.Influence, clusters: NDArray[np.int64] | None
) -> Measured:
    return Measured(
        lambda c: influence.interval(new, confidence=c, clusters=clusters),
        lambda c, f: influence.contrast(new, old, factor=f, confidence=c, clusters=clusters),
    )


def _averaged(new: NDArray[np.float64], old: NDArray[np.float64]) -> Measured:
    return Measured(
        lambda c: means.mean(new, confidence=c),
        lambda c, f: means.paired(new, old, factor=f, confidence=c),
    )


def _log_loss(data: Scored) -> Measured:
    return _averaged(*(means.binary_log_loss(data.label, s) for s in (data.new, data.old)))  # type: ignore[arg-type]


def _brier(data: Scored) -> Measured:
    return _averaged(*(means.binary_brier(data.label, s) for s in (data.new, data.old)))  # type: ignore[arg-type]


def _mae(data: Predicted) -> Measured:
    return _averaged(*(means.absolute_error(data.label, side) for side in (data.new, data.old)))


def _plain_mean(data: Grouped) -> Measured:
    return _averaged(data.new, data.old)


def _ece(data: Scored) -> Measured:
    label: Any = data.label
    seed = _seed(data.new)
    return Measured(
        lambda c: calibration.ece(label, data.new, seed=seed, confidence=c),
        lambda c, f: calibration.ece_contrast(
            (label, label), (data.new, data.old), factor=f, seed=seed, confidence=c
        ),
    )


def _resampled(replicates: Replicates) -> Measured:
    return Measured(
        lambda c: bootstrap.interval(replicates, confidence=c),
        lambda c, f: bootstrap.contrast(replicates, factor=f, confidence=c),
    )


def _regression(name: str, data: Predicted) -> Measured:
    return _resampled(bootstrap.regression(*data, seed=_seed(data.label))[name])


def _q90(data: Predicted) -> Measured:
    """A function of a user's: the 90 % quantile of the absolute error, under row weights."""
    sides = [np.abs(side - data.label) for side in (data.new, data.old)]
    orders = [np.argsort(side) for side in sides]

    def quantile(side: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        reached = np.cumsum(weights[:, orders[side]], axis=1)
        place = (reached < 0.9 * reached[:, -1:]).sum(axis=1)
        found: NDArray[np.float64] = sides[side][orders[side]][place]
        return found

    return _custom(quantile, data.label)


def _wape(data: Predicted) -> Measured:
    """Another: the sum of the absolute errors as a share of the sum of the absolute labels."""
    columns = np.abs(
        np.stack([data.new - data.label, data.old - data.label, data.label]), dtype=float
    )

    def share(side: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = (weights @ columns[side]) / (weights @ columns[2])
        return found

    return _custom(share, data.label)


def _custom(
    function: Callable[[int, NDArray[np.float64]], NDArray[np.float64]],
    label: NDArray[np.float64],
) -> Measured:
    """Resample a function of (side, weights (b, n)) → (b,), as `mlgate.checks` does."""
    n = len(label)
    plain = [float(function(side, np.ones((1, n)))[0]) for side in (0, 1)]
    found = [
        [function(side, weights) for side in (0, 1)]
        for weights in bootstrap.weights(n, seed=_seed(label), chunk=1 << 19)
    ]
    new, old = (np.concatenate(side) for side in zip(*found, strict=True))
    return _resampled(bootstrap.Replicates(n, plain[0], new, plain[1], old))


def _seeds(data: Trained) -> Measured:
    """Seeds of a training, each with its rows: the rows give the test set's variance."""
    new, old = data
    rows = means.paired(new.mean(axis=0), old.mean(axis=0))
    assert rows.row_variance is not None
    return _over_seeds(data, rows.row_variance / rows.n)


def _over_seeds(data: Trained, test_variance: float) -> Measured:
    numbers = [side.mean(axis=1).tolist() for side in data]
    n = data.new.shape[1]

    def change(confidence: float, factor: float) -> Estimate:
        assert factor == 1
        return seeds.welch_over_seeds(
            *numbers, test_variance=test_variance, n=n, confidence=confidence
        )

    return Measured(None, change)


def _splits(data: Split) -> Measured:
    def change(confidence: float, factor: float) -> Estimate:
        assert factor == 1
        return seeds.nadeau_bengio(
            data.differences,
            train_rows=data.train_rows,
            test_rows=data.test_rows,
            confidence=confidence,
        )

    return Measured(None, change)


def _plain_splits(data: Split) -> Measured:
    return _averaged(np.array(data.differences), np.zeros(len(data.differences)))


def apart(metric: str, data: tuple[Any, Any]) -> Measured:
    """Compare two samples of which each has rows of its own, as `mlgate.checks` does: Welch."""
    new, old = (measure(metric, one).own for one in data)
    assert new is not None
    assert old is not None
    a, b = new(0.95), old(0.95)

    def change(confidence: float, factor: float) -> Estimate:
        assert a.value is not None
        assert b.value is not None
        sides = (means.Summary(e.value, e.row_variance, e.n) for e in (a, b))  # type: ignore[arg-type]
        found = means.welch(*sides, factor=factor, confidence=confidence)
        return dataclasses.replace(found, insufficient=a.insufficient or b.insufficient)

    return Measured(None, change)


def _seed(values: NDArray[np.float64]) -> int:
    """Give the seed of one sample's resampling, from a digest, as in a run."""
    return bootstrap.seed_of(values[:8].tobytes().hex())


COUNTED = confusion.METRICS[1:]
MEASURES: dict[str, Callable[[Any], Measured]] = {
    "accuracy": _accuracy,
    "plain wald": _wald,
    "rate": _rate,
    "plain percentile": _percentile_rate,
    "roc_auc": _roc_auc,
    "roc_auc_ovr": _roc_auc_ovr,
    "average_precision": _average_precision,
    "log_loss": _log_loss,
    "brier": _brier,
    "ece": _ece,
    "mae": _mae,
    "rmse": lambda data: _regression("rmse", data),
    "r2": lambda data: _regression("r2", data),
    "q90": _q90,
    "wape": _wape,
    "clustered mean": _clustered_mean,
    "clustered roc_auc": _clustered_auc,
    "plain mean": _plain_mean,
    "plain roc_auc": _roc_auc,
    "seeds": _seeds,
    "plain seeds": lambda data: _over_seeds(data, 0.0),
    "splits": _splits,
    "plain splits": _plain_splits,
}
