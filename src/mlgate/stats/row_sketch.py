"""How many rows two tables share, from small samples of each that fall on the same rows.

A sketch keeps the k rows with the smallest hashes: a sample whose rows do not depend on what else is
in the table, so that two sketches sample the same rows of what both have (bottom-k; Cohen & Kaplan
2007, PODC, "Summarizing data using bottom-k sketches"; Broder 1997 for the resemblance).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlgate.stats.estimate import Estimate
from mlgate.stats.sip_hash import hash_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Hashes = NDArray[np.uint32]

METHOD: Final = "bottom-k sketch"


@dataclass(frozen=True, slots=True)
class RowSketch:
    """The rows of a table with the smallest hashes.

    Attributes
    ----------
    rows
        How many rows the table has.
    hashes
        Of ids, or of whole rows; ascending and distinct, shape (k,).
    contents
        Of each such row's content where ids are hashed, shape (k,); None where whole rows are.
    """

    rows: int
    hashes: Words
    contents: Hashes | None = None

    @property
    def complete(self) -> bool:
        """Whether it holds all rows."""
        return len(self.hashes) == self.rows


@dataclass(frozen=True, slots=True)
class SketchDiff:
    """Rows of the new table only, of the old one only, and the share of changed ones among both's.

    Each with its bounds; `errors` are the standard errors of `added` (and `removed`) and of `changed`.
    `changed` is None where whole rows are hashed.
    """

    added: Estimate
    removed: Estimate
    changed: Estimate | None
    errors: tuple[float, float]


def sketch(named: Words, contents: Words | None, key: bytes, size: int) -> RowSketch:
    """Return the sketch of a table.

    Equal names are numbered, so that of n equal rows in one table and m in another min(n, m) are shared.

    Parameters
    ----------
    named
        64 bits of each row's id, or of its whole content, shape (n,).
    contents
        64 bits of each row's content where `named` is about ids.
    key
        16 bytes, without which nobody can say whether a row is in the table.
    size
        k, the most rows that it holds.
    """
    order = np.argsort(named, kind="stable")
    if contents is not None:  # of several rows with one id the order in the file is chance
        order = np.lexsort((contents, named))
    ordered = named[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    first = np.maximum.accumulate(np.where(new, np.arange(len(ordered)), 0))
    again = (np.arange(len(ordered)) - first).astype(np.uint64)
    hashes = hash_words([ordered, again], key)
    kept = np.argsort(hashes, kind="stable")[:size]
    if contents is None:
        return RowSketch(len(named), hashes[kept])
    rows = order[kept]
    mixed = hash_words([hashes[kept], contents[rows]], key).astype(np.uint32)
    return RowSketch(len(named), hashes[kept], mixed)


def compare(old: RowSketch, new: RowSketch, confidence: float) -> SketchDiff:
    """Estimate how far two tables differ.

    The k smallest hashes of either are a simple random sample of the rows of both. With J the share of
    shared rows in it, and N rows in both tables together counted twice, N·J/(1 + J) rows are shared.
    The bounds are Clopper & Pearson's (1934) of J, which is monotone in that; the standard error is the
    delta method's. The true rows are finite, so both are on the safe side. Where both sketches are
    complete, all of it is exact.

    Parameters
    ----------
    confidence
        Of each one-sided bound.
    """
    exact = old.complete and new.complete
    union = np.union1d(old.hashes, new.hashes)
    if not exact:
        union = union[: min(len(s.hashes) for s in (old, new) if not s.complete)]
    in_both = np.isin(union, old.hashes) & np.isin(union, new.hashes)
    sampled, both = len(union), int(in_both.sum())
    low, high = (both / sampled,) * 2 if exact else _bounds(both, sampled, confidence)
    total = old.rows + new.rows

    def shared(share: float) -> float:
        return min(total * share / (1 + share), *(float(side.rows) for side in (old, new)))

    share = both / sampled
    error = 0.0
    if not exact:
        error = math.sqrt(share * (1 - share) / sampled) * total / (1 + share) ** 2
    counts = [shared(each) for each in (share, low, high)]
    added, removed = (_left(side.rows, counts, sampled) for side in (new, old))
    changed, changed_error = _changed(old, new, union[in_both], confidence, exact=exact)
    return SketchDiff(added, removed, changed, (error, changed_error))


def _left(rows: int, shared: list[float], sampled: int) -> Estimate:
    value, low, high = (rows - count for count in (shared[0], shared[2], shared[1]))
    return Estimate(value, low, high, sampled, METHOD)


def _changed(
    old: RowSketch, new: RowSketch, both: Words, confidence: float, *, exact: bool
) -> tuple[Estimate | None, float]:
    if old.contents is None or new.contents is None:
        return None, 0.0
    n = len(both)
    if n == 0:
        why = "none of the sampled rows is in both"
        return Estimate(None, None, None, 0, METHOD, insufficient=why), 0.0
    sides = [
        s.contents[np.searchsorted(s.hashes, both)] for s in (old, new) if s.contents is not None
    ]
    count = int((sides[0] != sides[1]).sum())
    share = count / n
    if exact:
        return Estimate(share, share, share, n, METHOD), 0.0
    return Estimate(share, *_bounds(count, n, confidence), n, METHOD), math.sqrt(
        share * (1 - share) / n
    )


def _bounds(count: int, n: int, confidence: float) -> tuple[float, float]:
    """Return Clopper & Pearson's one-sided bounds of a rate."""
    from scipy.special import betaincinv

    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, 1 - confidence))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, confidence))
    return low, high
