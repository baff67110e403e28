"""Row ids: canonical text, keyed hashes, matching.

A hash is HMAC-SHA-256 (RFC 2104) of the id's canonical text in UTF-8, cut to its first 128
bits: among 10⁹ rows two ids share one with a probability below 10⁻²⁰. In memory it is a pair
of unsigned 64-bit integers, (high, low), whose order is that of its bytes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 64


def hash_ids(ids: Iterable[str], key: bytes) -> NDArray[np.uint64]:
    """Hash ids.

    The two halves of HMAC are prepared once and copied, which takes half the time of a call
    of `hmac.digest` an id.

    Parameters
    ----------
    ids
        n canonical texts.
    key
        Of any length; more than 64 bytes are hashed first, as RFC 2104 says.

    Returns
    -------
    ndarray
        Shape (n, 2), uint64.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def hash_one(text: str) -> bytes:
        first = inner.copy()
        first.update(text.encode("utf-8", "surrogatepass"))
        second = outer.copy()
        second.update(first.digest())
        return second.digest()[:16]

    return from_bytes(b"".join(map(hash_one, ids)))


def to_bytes(hashes: NDArray[np.uint64]) -> bytes:
    """Return n hashes as 16 n bytes."""
    return hashes.astype(">u8").tobytes()


def from_bytes(data: bytes) -> NDArray[np.uint64]:
    """Read 16 n bytes as n hashes, shape (n, 2)."""
    import numpy as np

    return np.frombuffer(data, dtype=">u8").reshape(-1, 2).astype(np.uint64)


def order(hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return the indices that sort hashes of shape (n, 2)."""
    import numpy as np

    return np.lexsort((hashes[:, 1], hashes[:, 0]))


def ascending(hashes: NDArray[np.uint64]) -> bool:
    """Whether every hash is greater than the one before it (sorted, no duplicate)."""
    high, low = hashes[:, 0], hashes[:, 1]
    greater = (high[1:] > high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] > low[:-1]))
    return bool(greater.all())


def match(
    left: NDArray[np.uint64], right: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the hashes that two sets have in common.

    Parameters
    ----------
    left, right
        Shapes (n, 2) and (m, 2), without duplicates within either.

    Returns
    -------
    tuple of ndarray
        Indices into `left` (ascending) and the matching ones into `right`.
    """
    import numpy as np

    both = np.concatenate([left, right])
    by = order(both)
    ordered = both[by]
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    # lexsort is stable, so that of two equal hashes the left one comes first
    ours, other = by[same], by[same + 1] - len(left)
    back = np.argsort(ours)
    return ours[back], other[back]


def match_texts(
    left: NDArray[Any], right: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Match ids themselves, as `match` does their hashes: for rows at hand, mostly in one order."""
    import numpy as np

    if np.array_equal(left, right):
        return np.arange(len(left)), np.arange(len(left))
    places = {text: place for place, text in enumerate(right)}
    other = np.array([places.get(text, -1) for text in left], dtype=np.intp)
    ours = np.flatnonzero(other >= 0)
    return ours, other[ours]


def show(text: str, columns: Sequence[str]) -> str:
    """Return a canonical id as people know it: `17`, or `user=17, day=3` for several columns."""
    if len(columns) == 1:
        return text
    named = zip(columns, parts(text, len(columns)), strict=True)
    return ", ".join(f"{name}={part}" for name, part in named)


def parts(text: str, columns: int) -> tuple[str, ...]:
    """Return the texts of the columns that make a canonical id."""
    if columns == 1:
        return (text,)
    texts: list[str] = []
    for _ in range(columns):
        length, _, text = text.partition(":")
        texts.append(text[: int(length)])
        text = text[int(length) :]
    return tuple(texts)


def examples(ids: Sequence[Any] | NDArray[Any], columns: Sequence[str], most: int = 3) -> str:
    """Return the first ids as text for a message."""
    return "; ".join(repr(show(str(text), columns)) for text in ids[:most])
