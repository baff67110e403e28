"""`mlgate baseline digest`: what announces the test set of the predictions that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.errors import UsageError
from mlgate.inputs import predictions, test_set
from mlgate.inputs.paths import ANY
from mlgate.pipeline.measuring.measure import open_labels
from mlgate.pipeline.prepare import prepare

if TYPE_CHECKING:
    from mlgate.pipeline.context import Context


def digest(context: Context) -> str:
    """Return the digest of the test set that the configured predictions are of.

    Raises
    ------
    UsageError
        When the configuration has no predictions.
    DataError
        For what is wrong with the file.
    """
    prepared = prepare(context)
    settings = prepared.loaded.config
    if settings.predictions is None or settings.task is None:
        msg = f"{prepared.loaded.file} names no predictions"
        raise UsageError(msg, hint="set predictions: a test set is named by its ids and labels")
    path = prepared.references.expand(settings.predictions.path, "predictions.path")
    section = settings.predictions.model_copy(update={"path": path})
    with open_labels(prepared, settings, ANY)() as held:
        candidate = predictions.load(
            section,
            settings.task,
            prepared.root,
            fresh=ANY,
            top=prepared.git.top,
            named=predictions.Naming(labels=held),
        )
    return test_set.digest(candidate)
