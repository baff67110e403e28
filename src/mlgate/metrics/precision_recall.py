"""Precision, recall and F1: of the positive class, and averaged over several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.metrics.spec import ClassRate, Metric, RightRows

if TYPE_CHECKING:
    from mlgate.metrics.spec import Method, Ratio

_TITLES: Final[dict[Ratio, str]] = {"precision": "precision", "recall": "recall", "f1": "F1"}


def _of_positive(ratio: Ratio) -> Metric:
    return Metric(
        name=ratio,
        title=_TITLES[ratio],
        direction="higher",
        unit="share",
        tasks=("binary",),
        method=ClassRate(ratio),
        scikit_learn=f"{ratio}_score",
        aliases=(f"{ratio}_score",),
    )


def _averages(ratio: Ratio) -> tuple[Metric, ...]:
    methods: dict[str, Method] = {
        "macro": ClassRate(ratio, "macro"),
        "micro": RightRows(),
        "weighted": ClassRate(ratio, "weighted"),
    }
    return tuple(
        Metric(
            name=f"{ratio}_{average}",
            title=f"{average} {ratio}",
            direction="higher",
            unit="share",
            tasks=("multiclass",),
            method=method,
            scikit_learn=f"{ratio}_score",
            aliases=(f"{ratio}_score_{average}",),
            by_default=average == "macro",
        )
        for average, method in methods.items()
    )


METRICS: Final = (
    *map(_of_positive, _TITLES),
    *(metric for ratio in _TITLES for metric in _averages(ratio)),
)
