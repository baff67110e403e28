"""The digest that names a test set: its ids and labels, whatever the order and the file's format.

Predictions are no part of it, so that it can be written down before there are any.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from mlgate.inputs.labels import BOOLS, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.predictions import Candidate
    from mlgate.model.rows import Rows

_HEAD: Final = b"mlgate test set 1\n"


def digest(candidate: Candidate) -> str:
    """Return `sha256:…` of the ids and labels, in the order of the ids as text.

    A class is its canonical text (true and false are 1 and 0); a number is written as briefly as
    its own precision allows, so that a column in single precision and the same numbers in a CSV
    file give one digest.
    """
    assert candidate.ids is not None
    hashed = hashlib.sha256(_HEAD)
    for row_id, label in sorted(zip(candidate.ids.tolist(), _labels(candidate.rows), strict=True)):
        hashed.update(
            f"{len(row_id)}:{row_id}={len(label)}:{label}\n".encode("utf-8", "surrogatepass")
        )
    return f"sha256:{hashed.hexdigest()}"


def _labels(rows: Rows) -> Iterator[str]:
    if not rows.classes:
        yield from _numbers(rows.y_true)
        return
    codes = rows.y_true.tolist()
    if rows.unlabelled is not None:
        codes = [-1 if lacks else code for code, lacks in zip(codes, rows.unlabelled, strict=True)]
    present = {rows.classes[code] for code in set(codes) if code >= 0}
    words = {"true": "1", "false": "0"} if present <= BOOLS else {}
    texts = [*(words.get(name, name) for name in rows.classes), ""]
    yield from (texts[code] for code in codes)


def _numbers(values: NDArray[np.float64]) -> Iterator[str]:
    """Write numbers; one that single precision holds exactly, as single precision writes it."""
    import numpy as np

    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    exact = single.astype(np.float64) == values
    for value, brief, is_single in zip(values.tolist(), single, exact.tolist(), strict=True):
        yield number_text(str(brief) if is_single else repr(value))
