"""A part of `make chaos`: hostile bundles are refused in words, or shown and nothing more."""

from __future__ import annotations

import hostile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate.checks import evidence_types
from mlgate.errors import DataError
from mlgate.pipeline.publishing.bundle import unpack

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@given(hostile.changed())
@settings(max_examples=80, suppress_health_check=SLOW)
def test_hostile_evidence_is_refused_or_only_shown(files):
    hostile.survive(hostile.packed(files))


@given(hostile.archives())
@settings(max_examples=80, suppress_health_check=SLOW)
def test_hostile_archives_are_refused_or_only_shown(content):
    hostile.survive(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content):
    with pytest.raises(DataError):
        unpack(content, evidence_types())


def test_honest_bundles_are_judged():
    assert {"pass", "fail"} <= hostile.warm()


def test_the_cage_is_closed(tmp_path):
    with hostile.caged, pytest.raises(AssertionError, match="reached out"):
        (tmp_path / "x").write_text("x")
    (tmp_path / "x").write_text("x")
