"""How often `estimate`'s interval holds the accuracy that labels show later, on NannyML's own data.

The data sets come with the package nannyml (Apache-2.0), of which nothing is run: MLGATE_NANNYML
names the folder of an unpacked wheel. Labelled rows are drawn from the reference, chunks without
labels from what follows in time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPETITIONS: Final = 400
LABELLED: Final = (2_000, 5_000, 50_000)
CHUNKS: Final = (1_000, 5_000)
TARGET: Final = 0.85
PARTS: Final = ("reference", "analysis", "analysis_target")


class Scored(NamedTuple):
    """Scores, labels and predictions of one table, shape (n,) each."""

    score: NDArray[np.float64]
    positive: NDArray[np.bool_]
    predicted: NDArray[np.bool_]


def car_loans(folder: Path) -> tuple[Scored, Scored]:
    """Return reference and analysis of the synthetic car loans."""
    import pandas as pd

    reference, analysis, target = (
        pd.read_csv(folder / f"synthetic_car_loan_{part}.csv") for part in PARTS
    )
    columns = ("y_pred_proba", "repaid", "y_pred")
    return _scored(reference, columns), _scored(analysis.merge(target, on="id"), columns)


def employment(folder: Path) -> tuple[Scored, Scored]:
    """Return reference and analysis of the American Community Survey's employment in Massachusetts."""
    import pandas as pd

    reference, analysis, target = (
        pd.read_parquet(folder / f"employment_MA_{part}.pq") for part in PARTS
    )
    columns = ("predicted_probability", "employed", "prediction")
    return _scored(reference, columns), _scored(analysis.merge(target, on="id"), columns)


def _scored(table: Any, columns: tuple[str, str, str]) -> Scored:
    """Return a table's columns of scores, labels and predictions."""
    score, label, prediction = (table[name].to_numpy() for name in columns)
    return Scored(score.astype(float), label == 1, prediction == 1)


def coverage(reference: Scored, analysis: Scored, labelled: int, chunk: int) -> tuple[float, float]:
    """Return how often the 90 % interval holds the chunk's accuracy, and the mean error."""
    from mlgate.stats import expected

    random = np.random.default_rng([labelled, chunk])
    held, errors = 0, []
    for _ in range(REPETITIONS):
        rows = random.permutation(len(reference.score))[:labelled]
        known = _part(reference, rows)
        start = random.integers(0, len(analysis.score) - chunk)
        later = _part(analysis, slice(start, start + chunk))
        cut = float(known.score[~known.predicted].max())
        calibration = expected.ScoreCalibration.of(
            known.score,
            known.positive.astype(float),
            cut if cut < known.score[known.predicted].min() else None,
        )
        estimate = expected.confusion(
            calibration, later.score, later.predicted, lambda s: float(s[0] + s[3]), 0.95
        )
        assert estimate is not None
        truth = float((later.positive == later.predicted).mean())
        held += estimate.interval[0] <= truth <= estimate.interval[1]
        errors.append(estimate.value - truth)
    return held / REPETITIONS, float(np.mean(errors))


def _part(table: Scored, rows: NDArray[np.int64] | slice) -> Scored:
    return Scored(table.score[rows], table.positive[rows], table.predicted[rows])


def main() -> None:
    """Print the table."""
    folder = os.environ.get("MLGATE_NANNYML")
    if folder is None:
        print("MLGATE_NANNYML names no folder of nannyml's data sets: not measured.")
        return
    print("| data | labelled rows | rows without labels | 90 % holds | mean error | target |")
    print("|---|---|---|---|---|---|")
    for name, load in (("car loans", car_loans), ("employment", employment)):
        sides = load(Path(folder))
        for labelled in LABELLED:
            for chunk in CHUNKS:
                held, error = coverage(*sides, labelled, chunk)
                share = f"{held:.3f}" if held >= TARGET else f"**{held:.3f}** ✗"
                print(f"| {name} | {labelled:,} | {chunk:,} | {share} | {error:+.4f} | {TARGET} |")


if __name__ == "__main__":
    main()
