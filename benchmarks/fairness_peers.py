"""What a peer of `fairness_speed` runs, in an environment of its own: `python FILE PEER ROWS`.

Imports nothing of this project. Prints the CPU seconds of the lowest of a few runs, data
preparation left out, and the demographic parity difference of the intersection, which all
must agree on.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Data = tuple[list[Any], Any, Any]
    Run = Callable[[], float]

LEVELS = (5, 4, 2)
"""Of three columns: 40 intersections."""


def make(n: int, seed: int = 0) -> Data:
    """Three columns of codes, labels and predictions, shape (n,) each."""
    random = np.random.default_rng(seed)
    columns = [random.integers(0, k, n) for k in LEVELS]
    label = random.random(n) < 0.2 + 0.05 * columns[0]
    wrong = random.random(n) < 0.1 + 0.03 * columns[1] + 0.02 * columns[2]
    return columns, label.astype(np.int64), np.where(wrong, ~label, label).astype(np.int64)


def fairlearn(columns: Any, label: Any, predicted: Any) -> Run:
    """Six metrics of MetricFrame over each column and the intersection, gaps and ratios."""
    import pandas as pd
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score, precision_score

    wanted = {
        "selection_rate": metrics.selection_rate,
        "tpr": metrics.true_positive_rate,
        "fpr": metrics.false_positive_rate,
        "fnr": metrics.false_negative_rate,
        "accuracy": accuracy_score,
        "precision": precision_score,
    }
    frame = pd.DataFrame(dict(zip("abc", columns, strict=True)))
    groupings = [["a"], ["b"], ["c"], ["a", "b", "c"]]

    def run() -> float:
        for names in groupings:
            found = metrics.MetricFrame(
                metrics=wanted, y_true=label, y_pred=predicted, sensitive_features=frame[names]
            )
            gaps, _ = found.difference(), found.ratio()
        return float(gaps["selection_rate"])

    return run


def aif360(columns: Any, label: Any, predicted: Any) -> Run:
    """All rates of every group from ClassificationMetric; the gaps are numpy's."""
    import itertools

    import pandas as pd
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    names = list("abc")
    frame = pd.DataFrame({**dict(zip(names, columns, strict=True)), "y": label}).astype(float)
    options = {"label_names": ["y"], "protected_attribute_names": names}
    true = BinaryLabelDataset(df=frame, **options)
    said = true.copy()
    said.labels = predicted.reshape(-1, 1).astype(float)
    singles = [[{name: level} for level in range(k)] for name, k in zip(names, LEVELS, strict=True)]
    product = itertools.product(*map(range, LEVELS))
    groupings = [*singles, [dict(zip(names, levels, strict=True)) for levels in product]]

    def run() -> float:
        for groups in groupings:
            found = []
            for group in groups:
                other = groups[0] if group is not groups[0] else groups[1]
                metric = ClassificationMetric(
                    true, said, unprivileged_groups=[group], privileged_groups=[other]
                )
                measures = metric.performance_measures(privileged=False)
                selected = metric.selection_rate(privileged=False)
                chosen = [measures[name] for name in ("TPR", "FPR", "FNR", "ACC", "PPV")]
                found.append([selected, *chosen])
            rates = np.array(found)
            gaps, _ = np.ptp(rates, axis=0), rates.min(axis=0) / rates.max(axis=0)
        return float(gaps[0])

    return run


def aequitas(columns: Any, label: Any, predicted: Any) -> Run:
    """Crosstabs of each column and of the intersection, and disparities to the minimum."""
    import pandas as pd
    from aequitas.bias import Bias
    from aequitas.group import Group

    frame = pd.DataFrame(
        {name: codes.astype(str) for name, codes in zip("abc", columns, strict=True)}
    )
    frame["abc"] = frame["a"] + "-" + frame["b"] + "-" + frame["c"]
    frame = frame.astype(object)  # it refuses pandas' newer type of text
    frame["score"], frame["label_value"] = predicted, label
    original = frame.copy()

    def run() -> float:
        tables, _ = Group().get_crosstabs(frame.copy(), attr_cols=["a", "b", "c", "abc"])
        found = Bias().get_disparity_min_metric(tables, original_df=original)
        rates = found.loc[found["attribute_name"] == "abc", "pprev"]
        return float(rates.max() - rates.min())

    return run


PEERS = {"fairlearn": fairlearn, "aif360": aif360, "aequitas": aequitas}


def main() -> None:
    """Time one peer."""
    peer, rows = sys.argv[1], int(sys.argv[2])
    run = PEERS[peer](*make(rows))
    gap, taken = 0.0, []
    for _ in range(2):
        start = time.process_time()
        gap = run()
        taken.append(time.process_time() - start)
    print(min(taken), gap)


if __name__ == "__main__":
    main()
