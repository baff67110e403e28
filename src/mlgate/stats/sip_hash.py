"""SipHash-2-4, a keyed hash of short messages (Aumasson & Bernstein 2012), over whole arrays.

A pseudorandom function: without the key, hashes say nothing about what was hashed. Rows are worked
through in pieces that stay in the processor's cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

KEY: Final = 16
"""Bytes of a key."""
_PIECE: Final = 1 << 14
_START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def hash_words(words: Sequence[Words], key: bytes) -> Words:
    """Hash the messages that consist of one 64-bit word of each array.

    Parameters
    ----------
    words
        Arrays of uint64, shape (n,) each.
    key
        `KEY` bytes.

    Returns
    -------
    ndarray
        Shape (n,), uint64.
    """
    n = len(words[0])
    hashes = np.empty(n, dtype=np.uint64)
    keys = np.frombuffer(key, dtype="<u8", count=2).astype(np.uint64)
    for start in range(0, n, _PIECE):
        piece = slice(start, start + _PIECE)
        hashes[piece] = _hash_piece([column[piece] for column in words], keys)
    return hashes


def _hash_piece(words: Sequence[Words], keys: Words) -> Words:
    n = len(words[0])
    state = [np.full(n, keys[i % 2] ^ np.uint64(first)) for i, first in enumerate(_START)]
    length = np.uint64((8 * len(words)) << 56 & 0xFF << 56)
    for block in (*words, np.full(n, length)):
        state[3] ^= block
        _rounds(state, 2)
        state[0] ^= block
    state[2] ^= np.uint64(0xFF)
    _rounds(state, 4)
    hashes: Words = state[0] ^ state[1] ^ state[2] ^ state[3]
    return hashes


def _rounds(state: list[Words], count: int) -> None:
    """Mix the state in place."""
    a, b, c, d = state
    scratch = np.empty_like(a)
    for _ in range(count):
        _half(a, b, c, d, (13, 16), scratch)
        _turn(a, 32, scratch)
        _half(c, b, a, d, (17, 21), scratch)
        _turn(c, 32, scratch)


def _half(a: Words, b: Words, c: Words, d: Words, turns: tuple[int, int], scratch: Words) -> None:
    """Do half of a round: a += b and c += d, with their rotations.

    The second half has the same form with a and c exchanged.
    """
    a += b
    c += d
    _turn(b, turns[0], scratch)
    _turn(d, turns[1], scratch)
    b ^= a
    d ^= c


def _turn(word: Words, bits: int, scratch: Words) -> None:
    """Rotate to the left in place."""
    np.left_shift(word, np.uint64(bits), out=scratch)
    np.right_shift(word, np.uint64(64 - bits), out=word)
    word |= scratch
