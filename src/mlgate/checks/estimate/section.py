"""`estimate:` how good the model is expected to be on rows without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import StringConstraints

from mlgate.config.problems import Finding, one_of
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.schema import Config
    from mlgate.model.policy import Gate

Text = Annotated[str, StringConstraints(min_length=1)]

ESTIMATED: Final[dict[str, tuple[str, ...]]] = {
    "binary": ("accuracy", "balanced_accuracy", "precision", "recall", "f1"),
    "multiclass": ("accuracy",),
    "regression": ("mae", "rmse"),
}
"""What can be estimated, by task."""


class EstimateOf(Frozen):
    """Performance expected on rows without labels. It sees data that moved, never concepts that did."""

    path: Text
    """The rows without labels, with the columns that `predictions` names (of a regression, `features` too): a file, a glob, an `s3://…` or `postgres://…` address. `${env:NAME}` is replaced."""
    features: tuple[Text, ...] = ()
    """Regression: columns of both tables that tell how large an error is to be expected, beside the prediction itself."""


def findings(config: Config) -> Iterator[Finding]:
    """Check the section against the rest."""
    if config.estimate is None:
        return
    predictions, path = config.predictions, ("estimate",)
    if predictions is None:
        yield Finding(path, "needs predictions with labels, and none are given")
        return
    if config.task != "regression" and predictions.score is None:
        yield Finding(path, "needs scores", "give predictions.score")
    if config.task == "multiclass" and isinstance(predictions.score, str):
        hint = "score: {class: column, …}"
        yield Finding(path, "needs a column for the score of each class", hint)
    if config.task != "regression" and config.estimate.features:
        message = "are only for a regression: the score tells how sure a classifier is"
        yield Finding((*path, "features"), message, "remove them")
    for key in ("weight", "cluster"):
        if getattr(predictions, key) is not None:
            message = f"does not know predictions.{key}: its interval would be wrong"
            yield Finding(path, message, "remove one of the two")


def gate_findings(
    path: tuple[str | int, ...], name: str, rules: Gate, config: Config | None
) -> Iterator[Finding]:
    """Check that a gate names what is estimated, and only warns; `name` is without `estimate.`."""
    for key in ("on_fail", "on_inconclusive"):
        if getattr(rules, key) == "fail" and key in rules.model_fields_set:
            message = "an estimate without labels only warns"
            yield Finding((*path, key), message, "write warn, or leave it out", at_value=True)
    if config is None:
        return
    if config.estimate is None:
        hint = "estimate: {path: data/production.parquet}"
        yield Finding(path, "needs estimate, and it is not given", hint)
    elif config.task is not None and name not in ESTIMATED[config.task]:
        known = one_of([f"estimate.{one}" for one in ESTIMATED[config.task]])
        yield Finding(path, f"there is no {path[-1]}", f"write {known}")
