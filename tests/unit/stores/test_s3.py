"""Baselines and the ledger in a bucket: what is visible when, and what the service refuses."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import StoreError
from mlgate.git import Git
from mlgate.model.ledger import Evaluation
from mlgate.stores import open_ledger, open_store
from mlgate.stores.kinds.s3 import Bucket, S3Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def evaluation(number: int) -> Evaluation:
    return Evaluation(
        time=f"2026-11-21T12:00:{number:02}Z", name="m", commit=f"{number:040x}", verdict="pass"
    )


@pytest.fixture
def bucket(s3: Mapping[str, str], tmp_path: Path) -> Bucket:
    return Bucket(f"kept/{tmp_path.name}", s3)


def test_rows_without_their_evidence_are_no_baseline(bucket, kit):
    store = S3Store(bucket, "m")
    saved = store.save(kit.commit(1), kit.files(), kit.now, push=True)
    bucket.delete(saved.evidence)
    assert store.baselines() == ()


def test_two_writers_of_one_second_leave_the_rows_with_their_evidence(bucket, kit):
    """Each saw no earlier one: both are there, and the one that is read fits together."""
    store = S3Store(bucket, "m")
    first = store.save(kit.commit(1), kit.files("first", b"PAR1 first"), kit.now, push=True)
    kept = {name: bucket.read(name) for name in (first.evidence, first.rows)}
    bucket.delete(first.evidence)
    second = store.save(kit.commit(1), kit.files("second", b"PAR1 second"), kit.now, push=True)
    for name, content in kept.items():
        bucket.write(name, content)
    assert first.key == second.key
    (listed,) = store.baselines()
    text = store.read(listed)["evidence/compare.json"].decode()
    assert store.read_rows(listed) == f"PAR1 {text}".encode()


def test_a_damaged_object_names_the_baseline(bucket, kit):
    store = S3Store(bucket, "m")
    saved = store.save(kit.commit(1), kit.files(), kit.now, push=True)
    bucket.write(saved.evidence, b"PK not a zip")
    with pytest.raises(StoreError, match=f"{saved.key} in S3 is damaged"):
        store.read(saved)


def test_a_bucket_that_is_not_there_is_not_an_empty_store(s3, work, tmp_path):
    store = open_store("s3://gone/prefix", Git(work), tmp_path, "m", environ=s3)
    with pytest.raises(StoreError, match="there is no bucket gone"):
        store.baselines()
    ledger = open_ledger("s3://gone/prefix", Git(work), tmp_path, "m", s3)
    with pytest.raises(StoreError, match="there is no bucket gone"):
        ledger.read()


def test_a_service_that_does_not_answer_is_an_error_without_the_credentials(s3, kit):
    store = S3Store(Bucket("kept", {**s3, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}), "m")
    with pytest.raises(StoreError, match="cannot be read") as caught:
        store.baselines()
    with pytest.raises(StoreError, match="cannot be"):
        store.save(kit.commit(1), kit.files(), kit.now, push=True)
    assert "testing" not in str(caught.value)


def test_lines_of_a_month_that_is_over_become_one_object(s3, bucket, work, tmp_path):
    ledger = open_ledger(f"s3://{bucket.place}", Git(work), tmp_path, "m", s3)
    for number in (1, 2, 3):
        ledger.append(evaluation(number), NOW + dt.timedelta(seconds=number))
    assert len(bucket.names("ledger")) == 3
    ledger.append(evaluation(4), NOW + dt.timedelta(days=15))
    names = bucket.names("ledger")
    assert [name.count("/") for name in names] == [2, 3]
    assert names[0] == "ledger/m/2026-11.jsonl"
    # Another writer that was still in the old month.
    ledger.append(evaluation(5), NOW + dt.timedelta(seconds=9))
    assert ledger.read() == tuple(map(evaluation, (1, 2, 3, 5, 4)))
    ledger.append(evaluation(6), NOW + dt.timedelta(days=16))
    assert ledger.read() == tuple(map(evaluation, (1, 2, 3, 5, 4, 6)))


def test_a_line_is_read_once_where_a_writer_was_killed_while_it_gathered(
    s3, bucket, work, tmp_path
):
    ledger = open_ledger(f"s3://{bucket.place}", Git(work), tmp_path, "m", s3)
    ledger.append(evaluation(1), NOW)
    (name,) = bucket.names("ledger")
    bucket.write("ledger/m/2026-11.jsonl", bucket.read(name))
    assert ledger.read() == (evaluation(1),)
