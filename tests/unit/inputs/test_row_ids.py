from __future__ import annotations

import hmac
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.inputs import row_ids

texts = st.lists(st.text(max_size=20), unique=True, max_size=40)


@pytest.mark.parametrize("key", [b"", b"k", b"k" * 64, b"k" * 65, bytes(range(200))])
def test_a_hash_is_hmac_sha256_cut_to_128_bits(key: bytes) -> None:
    found = row_ids.to_bytes(row_ids.hash_ids(["", "17", "ä"], key))
    wanted = [hmac.digest(key, text.encode(), "sha256")[:16] for text in ("", "17", "ä")]
    assert found == b"".join(wanted)


def test_no_ids_are_no_hashes() -> None:
    assert row_ids.hash_ids([], b"k").shape == (0, 2)


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=50))
def test_the_order_is_that_of_the_bytes(hashes: list[bytes]) -> None:
    found = row_ids.from_bytes(b"".join(hashes))
    by = row_ids.order(found)
    assert row_ids.to_bytes(found[by]) == b"".join(sorted(hashes))
    assert row_ids.ascending(found[by]) == (len(set(hashes)) == len(hashes))


@given(texts, texts)
def test_matching_gives_what_sets_give(left: list[str], right: list[str]) -> None:
    ours, theirs = row_ids.match(row_ids.hash_ids(left, b"k"), row_ids.hash_ids(right, b"k"))
    texts = (np.array(side, dtype=object) for side in (left, right))
    for by_hash, by_text in zip((ours, theirs), row_ids.match_texts(*texts), strict=True):
        assert by_text.tolist() == by_hash.tolist()
    assert [left[i] for i in ours] == [right[i] for i in theirs]
    assert [left[i] for i in ours] == [text for text in left if text in set(right)]


def test_composite_ids_are_shown_as_people_know_them() -> None:
    assert row_ids.show("17", ["id"]) == "17"
    assert row_ids.show("1:12:23", ["user", "day"]) == "user=1, day=23"
    assert row_ids.show("2:a:3:ü:b", ["user", "day"]) == "user=a:, day=ü:b"
    assert row_ids.examples(np.array(["a", "b", "c", "d"], dtype=object), ["id"]) == "'a'; 'b'; 'c'"


def test_a_hundred_thousand_ids_take_a_fraction_of_a_second() -> None:
    many = [f"user-{i}" for i in range(100_000)]
    start = time.process_time()
    row_ids.hash_ids(many, b"k")
    assert time.process_time() - start < 1  # .13 s on an idle machine
