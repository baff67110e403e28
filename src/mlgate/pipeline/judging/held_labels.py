"""Finds the labels that `predictions.labels` names, as the judging branch has them."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.config import describe_place
from mlgate.errors import DataError, UnmergedError
from mlgate.inputs import remote
from mlgate.inputs.held_labels import HeldLabels
from mlgate.inputs.paths import resolve, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config import Config
    from mlgate.config.schema import PredictionsSection
    from mlgate.inputs.paths import Freshness
    from mlgate.pipeline.prepare import Prepared

KEY: Final = "predictions.labels"


@contextmanager
def opened(prepared: Prepared, config: Config, fresh: Freshness) -> Iterator[HeldLabels | None]:
    """Bring the labels here while they are read; None where the predictions hold them.

    Raises
    ------
    DataError
        When they are not there, or were written by this training.
    """
    section = config.predictions
    if section is None or section.labels is None:
        yield None
        return
    where = prepared.references.address(section.labels, KEY)
    if remote.scheme(where) is None:
        labels = _here(prepared, section, where, fresh)
        yield replace(labels, key=_secret(prepared, config))
        return
    with tempfile.TemporaryDirectory(prefix="mlgate-labels-") as folder:
        paths = remote.fetch(where, Path(folder), KEY, prepared.context.environ)
        name = describe_place(section.labels)
        yield HeldLabels(paths, name, section.rows.missing, key=_secret(prepared, config))


def _secret(prepared: Prepared, config: Config) -> bytes:
    name = config.baseline.id_key
    return prepared.references.expand(name, "baseline.id_key").encode() if name else b""


def _here(
    prepared: Prepared, section: PredictionsSection, where: str, fresh: Freshness
) -> HeldLabels:
    top = prepared.git.top.resolve()
    place = prepared.files.place(where, KEY, prepared.root, top, edited=False)
    if not place.tracked and not prepared.references.allows(str(section.labels), KEY):
        text = f"{KEY} names a file that git does not track"
        raise UnmergedError(text, prepared.references.branch)
    (path, *others) = resolve(place.pattern, place.root, key=KEY, top=place.top, outside=True)
    if others:
        raise DataError(f"{KEY}: {where} names several files", hint="write the labels as one file")
    if not place.tracked and (fresh.changed(path) or prepared.files.appeared(where)):
        name = shown(path, prepared.root)
        msg = f"{KEY}: {name} was written while or after the model was trained"
        raise DataError(
            msg, hint="the labels must be there before, where the training cannot write"
        )
    return HeldLabels((path,), str(section.labels), section.rows.missing, place.differs)
