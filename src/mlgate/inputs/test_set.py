"""The digest that names a test set: its ids and labels, whatever the order and the file's format.

Without ids it is the labels, each at its place. Predictions are no part of it, so that it can be
written down before there are any.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from mlgate.files import KEYED, keyed
from mlgate.inputs.labels import BOOLS
from mlgate.inputs.row_hashes import step_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.predictions import Candidate
    from mlgate.model.rows import Rows

_HEAD: Final = b"mlgate test set 1\n"
_BY_PLACE: Final = b"mlgate test set by place 1\n"
_BLOCK: Final = 1 << 16
"""Rows that are hashed at once."""


def digest(candidate: Candidate) -> str:
    """Return the digest of the ids and labels, in the order of the ids as text.

    It is `sha256:…`, and `hmac-sha256:…` under `baseline.id_key` where labels are held out: by the
    plain one, whoever predicts nearly all labels right could find the others out.

    A class is its canonical text (true and false are 1 and 0); a number is rounded as the hashes
    of rows round it, so that a column in single precision, the same numbers in a CSV file and
    numbers that were computed anew give one digest.
    """
    plain = _plain(candidate)
    return keyed(candidate.labels_key, plain) if candidate.labels_key else plain


def is_named(candidate: Candidate, name: str) -> bool:
    """Whether a digest is that of the ids and labels, also a plain one of held-out labels."""
    return name == (digest(candidate) if name.startswith(KEYED) else _plain(candidate))


def _plain(candidate: Candidate) -> str:
    labels = list(_labels(candidate.rows))
    if candidate.ids is None:
        return _sha256(_BY_PLACE, [f"{len(label)}:{label}\n" for label in labels])
    ids = candidate.ids.tolist()
    lines = [
        f"{len(ids[row])}:{ids[row]}={len(labels[row])}:{labels[row]}\n"
        for row in sorted(range(len(ids)), key=ids.__getitem__)  # ids are unique
    ]
    return _sha256(_HEAD, lines)


def _sha256(head: bytes, lines: list[str]) -> str:
    hashed = hashlib.sha256(head)
    for at in range(0, len(lines), _BLOCK):
        hashed.update("".join(lines[at : at + _BLOCK]).encode("utf-8", "surrogatepass"))
    return f"sha256:{hashed.hexdigest()}"


def _labels(rows: Rows) -> Iterable[str]:
    if not rows.classes:
        return map(repr, _rounded(rows.y_true).tolist())
    codes = rows.y_true.tolist()
    if rows.unlabelled is not None:
        codes = [-1 if lacks else code for code, lacks in zip(codes, rows.unlabelled, strict=True)]
    present = {rows.classes[code] for code in set(codes) if code >= 0}
    words = {"true": "1", "false": "0"} if present <= BOOLS else {}
    texts = [*(words.get(name, name) for name in rows.classes), ""]
    return map(texts.__getitem__, codes)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round numbers; one that single precision holds exactly is what single precision writes."""
    import numpy as np

    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    exact = single.astype(np.float64) == values
    written = values.copy()
    written[exact] = [float(text) for text in map(str, single[exact])]
    step = step_of(written)
    with np.errstate(over="ignore"):
        rounded: NDArray[np.float64] = np.rint(written / step) * step + 0.0
    return np.where((rounded == 0) & (written != 0), written, rounded)  # nothing else is 0
