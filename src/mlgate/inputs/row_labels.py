"""Which rows were given another label since a baseline was made, and what their labels were.

A baseline keeps 32 bits of a keyed hash of each row's id and label. A class is recognised by
trying all classes, so that such a hash is no secret from whoever has the key; a number is
recognised only where it is equal, up to a tolerance that the baseline states.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mlgate.inputs.row_hashes import hash_rows, number_words, other_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.model.rows import Rows

    Hashes = NDArray[np.uint64]
    Labels = NDArray[np.uint32]

_WHAT: Final = b"mlgate label hash"
_UNLABELLED: Final = 0x6D6C_6761_7465_3030
"""In the place of 64 bits of a class's digest, that a row has no label."""


def hash_labels(rows: Rows, ids: Hashes, key: bytes, step: float | None) -> Labels:
    """Return 32 bits a row, shape (n,); a number that is not 0 is never taken for it.

    Parameters
    ----------
    ids
        The rows' hashed ids, shape (n, 2).
    step
        What numbers are rounded to; None for classes.
    """
    if step is None:
        words = text_words(rows.classes)[rows.y_true]
        if rows.unlabelled is not None:
            words[rows.unlabelled] = _UNLABELLED
        return hash_rows(ids, words, key, _WHAT)
    return hash_rows(ids, number_words(rows.y_true, step, apart=True), key, _WHAT)


def changed(
    rows: Rows, ids: Hashes, kept: Labels, key: bytes, step: float | None, *, apart: bool = True
) -> Any:
    """Return which rows have another label than a baseline's, shape (n,), bool.

    Parameters
    ----------
    apart
        Whether 0 is told from other numbers, which files of earlier versions do not.
    """
    if step is None:
        return hash_labels(rows, ids, key, step) != kept
    hashed = partial(hash_rows, key=key, what=_WHAT)
    return other_numbers(rows.y_true, step, kept, ids, hashed, apart=apart)


def without_label(
    changed: NDArray[np.bool_], ids: Hashes, kept: Labels, key: bytes
) -> NDArray[np.bool_]:
    """Return which of the changed rows had no label when the baseline was made, shape (n,)."""
    import numpy as np

    at = np.flatnonzero(changed)
    words = np.full(len(at), _UNLABELLED, dtype=np.uint64)
    lacking = np.zeros_like(changed)
    lacking[at] = hash_rows(ids[at], words, key, _WHAT) == kept[at]
    return lacking


def recover(
    codes: NDArray[np.int32],
    classes: Sequence[str],
    ids: Hashes,
    kept: Labels,
    key: bytes,
) -> NDArray[np.int32]:
    """Find the classes whose hashes are kept, by trying all; the commonest first.

    Parameters
    ----------
    codes
        Today's labels, all of another class than the kept ones, shape (n,).
    classes
        Those that are tried.

    Returns
    -------
    ndarray
        Shape (n,): indices into `classes`, or len(classes) where it is none of them.
    """
    import numpy as np

    words = text_words(classes)
    recovered = np.full(len(codes), len(classes), dtype=np.int32)
    left = np.arange(len(codes))
    for code in np.argsort(-np.bincount(codes, minlength=len(classes)), kind="stable"):
        if not len(left):
            break
        tried = np.full(len(left), words[code])
        equal = hash_rows(ids[left], tried, key, _WHAT) == kept[left]
        recovered[left[equal]] = code
        left = left[~equal]
    return recovered


def text_words(texts: Sequence[str]) -> Hashes:
    """Return 64 bits of a digest of each text, shape (n,)."""
    import numpy as np

    encoded = (text.encode("utf-8", "surrogatepass") for text in texts)
    digests = b"".join(hashlib.sha256(text).digest()[:8] for text in encoded)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
