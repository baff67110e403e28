"""How intervals were made, in words: the line under the table of metrics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WORDS: Final[dict[str, str]] = {
    "tango": "Tango's score interval for a rate on the same rows",
    "wilson": "Wilson's score interval of a rate",
    "newcombe": "Newcombe's interval for two rates on different rows",
    "mover": "two rates' Wilson limits, their distances squared and added",
    "wilson on TP/(TP+FP+FN)": "Wilson's interval of TP/(TP+FP+FN), from which F1 is computed",
    "wilson (perfect ranking)": "Wilson's interval, as a perfect ranking shows no variation",
    "delta": "delta method on the counts of label, prediction and baseline's prediction",
    "delong": "DeLong's variance of the ROC AUC",
    "influence": "variance of the rows' influence on the metric",
    "sandwich": "sandwich variance of a regression of the labels on the scores",
    "order statistics": "order statistics of the rows; with weights or clusters where the bounds of the share below are",
    "quantile": "order statistics of the rows",
    "mean": "variance of a mean",
    "prediction-powered": "a human's numbers of some rows, with the judge's of all rows to make them more"
    " exact (prediction-powered inference)",
    "human labels": "rows with a human label",
    "t": "Student's t over rows",
    "unchanged": "every score is the same on both sides: nothing changed",
    "own bounds": "both sides' own bounds, their distances squared and added, as those of different rows",
    "poisson bootstrap": "percentiles of the metric over random resamples of the rows",
    "normal limit of the bins": "normal noise of the bins' gaps",
    "welch over seeds + test rows": "Welch's t over the seeds, with the variance of the shared"
    " test rows added",
    "nadeau–bengio corrected t": "Nadeau and Bengio's t over splits, corrected for training sets"
    " that overlap",
}
"""Of each method that has an interval, without what `_SUFFIXES` and `_PREFIXES` add."""
_PREFIXES: Final = {"paired ": "both models on the same rows", "mover of ": "over classes"}
_SUFFIXES: Final = {
    " beside a step": "scores have few levels at the limit, and chance may decide which of them meets it: one step counts as lost",
    " with wilson limits": "each side within Wilson's limits for as many trials as its variance is worth",
    " and score": "no narrower than the score interval for what a row could have been",
    " (identical)": "the two models do not differ here",
    " (constant)": "every row has the same value",
    ", by cluster": "clusters counted instead of rows",
    ", weighted": "rows weighted",
    ", by task": "tasks counted instead of attempts",
}
_BLOCKS: Final = re.compile(r" of ([\d,]+) blocks")


def words(method: str) -> str | None:
    """Describe how an interval was made; None for an unknown method."""
    rest, parts = method, list[str]()
    for suffix, text in _SUFFIXES.items():
        if rest.endswith(suffix):
            rest = rest.removesuffix(suffix)
            parts.append(text)
    if blocks := _BLOCKS.search(rest):
        rest = _BLOCKS.sub("", rest)
        parts.append(f"random blocks of rows, {blocks[1]} of them, instead of rows")
    while rest not in WORDS:
        prefix = next((start for start in _PREFIXES if rest.startswith(start)), None)
        if prefix is None:
            return None
        rest = rest.removeprefix(prefix)
        parts.append(_PREFIXES[prefix])
    return ", ".join((WORDS[rest], *reversed(parts)))


def shown(method: str) -> str:
    """Return the name of a method as people read it."""
    own = method.removeprefix("mover of ")
    return f"{own}, over classes" if own != method else method


def explained(methods: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return each known method once, with its words."""
    for method in dict.fromkeys(methods):
        text = words(method)
        if text is not None:
            yield method, text
