from __future__ import annotations

import numpy as np
import pytest

from mlgate.stats.sip_hash import hash_words

KEY = bytes(range(16))
VECTORS = {8: 0x93F5F5799A932462, 24: 0xB8AD50C6F649AF94}
"""Of the messages 00 01 02 …, in bytes (vectors.h of the reference implementation)."""


def words_of(count: int) -> list[np.ndarray]:
    message = np.arange(8 * count, dtype=np.uint8).tobytes()
    return [np.array([word]) for word in np.frombuffer(message, "<u8").astype(np.uint64)]


@pytest.mark.parametrize("size", [8, 24])
def test_hashes_are_those_of_the_reference_implementation(size: int) -> None:
    assert hash_words(words_of(size // 8), KEY).tolist() == [VECTORS[size]]


def test_rows_are_hashed_each_for_itself() -> None:
    """In pieces, of which the last one is short."""
    rng = np.random.default_rng(1)
    words = [rng.integers(0, 2**64, 40_000, dtype=np.uint64) for _ in range(3)]
    hashes = hash_words(words, KEY)
    for row in (0, 16_383, 16_384, 39_999):
        assert hash_words([word[row : row + 1] for word in words], KEY)[0] == hashes[row]
    assert len(np.unique(hashes)) == 40_000
    assert not np.array_equal(hash_words(words, bytes(16)), hashes)
