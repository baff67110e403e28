"""The metrics that a project computes itself: by scikit-learn's functions and scorers in its code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.metrics import METRICS
from mlgate.pipeline.init.first_gate import ComputedMetric
from mlgate.pipeline.init.readers import notebooks, scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.pipeline.init.tree import Tree

_SQUARES: Final = {"mean_squared_error": "rmse", "neg_mean_squared_error": "rmse"}
"""What has the order of a metric that is measured."""
_AVERAGE: Final = re.compile(r"average\s*=\s*[\"'](macro|micro|weighted)[\"']")
_NAMES: Final = re.compile(r"\b(\w+)\(|\b(?:scoring|metrics?)\s*=\s*([^)\n]*)")
"""Functions that are called; scorers of scikit-learn and metrics of Keras."""


def read(tree: Tree, script: str) -> Iterator[ComputedMetric]:
    """Yield the metrics that a script, or a module of the repository that it imports, computes, as they appear."""
    for path in scripts.reached(tree, script):
        text = tree.text(path)
        code = notebooks.code(text) if path.endswith(".ipynb") else text
        average = _AVERAGE.search(code)
        for call, scorers in _NAMES.findall(code):
            for name in (call, *re.findall(r"[\"'](\w+)[\"']", scorers)):
                for metric in _named(name, average and average[1], call=bool(call)):
                    yield ComputedMetric(metric, f"{path} computes {name}")


def _named(name: str, average: str | None, *, call: bool) -> Iterator[str]:
    """Yield the metrics that a function or a scorer of this name computes, one for each task."""
    if name in _SQUARES:
        yield _SQUARES[name]
    for metric in METRICS.values():
        averaged = re.search(r"_(macro|micro|weighted)$", metric.name)
        names = (metric.scikit_learn,) if call else (metric.name, *metric.aliases)
        if name in names and (averaged is None or averaged[1] == (average or "macro")):
            yield metric.name
