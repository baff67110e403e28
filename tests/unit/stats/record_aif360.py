"""Record AIF360's metrics of Adult by sex: `python record_aif360.py ADULT_CSV` (aif360 0.6.1).

Prints what `test_groups.py` compares with. AIF360 is no dependency of the tests, for its own are
many and old; run this where it is installed. The "model" predicts more than 50,000 dollars where
somebody is married and has at least ten years of education, or gained capital: simple, so that
any version of any library gives the same predictions.
"""

from __future__ import annotations

import json
import sys

import pandas as pd
from aif360.datasets import BinaryLabelDataset
from aif360.metrics import ClassificationMetric

NAMES = (
    "statistical_parity_difference",
    "disparate_impact",
    "equal_opportunity_difference",
    "average_abs_odds_difference",
    "false_positive_rate_difference",
    "false_negative_rate_difference",
    "false_positive_rate_ratio",
    "false_negative_rate_ratio",
)
MEASURES = ("TPR", "TNR", "FPR", "FNR", "PPV", "NPV", "ACC")


def main() -> None:
    """Print every metric as JSON, unprivileged minus privileged (Female minus Male)."""
    rows = pd.read_csv(sys.argv[1])
    married = rows["marital-status"].astype(str).str.startswith("Married")
    said = (married & (rows["education-num"] >= 10)) | (rows["capital-gain"] > 5000)
    sex, label = rows["sex"] == "Male", rows["income"] == ">50K"
    frame = pd.DataFrame({"sex": sex, "label": label}).astype(float)
    true = BinaryLabelDataset(df=frame, label_names=["label"], protected_attribute_names=["sex"])
    predicted = true.copy()
    predicted.labels = said.to_numpy(float).reshape(-1, 1)
    metric = ClassificationMetric(
        true, predicted, unprivileged_groups=[{"sex": 0}], privileged_groups=[{"sex": 1}]
    )
    found = {name: getattr(metric, name)() for name in NAMES}
    for side, privileged in (("Female", False), ("Male", True)):
        measures = metric.performance_measures(privileged=privileged)
        found[side] = {name: measures[name] for name in MEASURES}
        found[side]["selection_rate"] = metric.selection_rate(privileged=privileged)
        found[side]["base_rate"] = metric.base_rate(privileged=privileged)
    print(json.dumps(found, indent=1, default=float))


if __name__ == "__main__":
    main()
