from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.text import number_format as numbers

NBSP = numbers.NBSP


@pytest.mark.parametrize(
    ("interval", "places"),
    [
        ((-0.024, -0.014), 3),  # half .005: one digit
        ((-0.001, 0.041), 3),  # half .021: two digits
        ((0.86, 0.96), 2),
        ((19_390.0, 20_030.0), -1),  # half 320: tens
        ((0.0, 0.0), 3),  # no width says nothing: three digits
        ((None, 0.5), 3),
    ],
)
def test_as_many_digits_as_the_interval_supports(interval, places):
    assert numbers.decimals(interval) == places


def test_without_an_interval_three_significant_digits():
    assert numbers.number(0.84217, numbers.decimals((None, None), 0.84217), "share") == ".842"
    assert numbers.number(0, numbers.decimals((None, None), 0)) == "0"
    assert numbers.number(1234.5, numbers.decimals((None, None), 1234.5)) == "1,234"


@pytest.mark.parametrize(
    ("value", "places", "unit", "signed", "told"),
    [
        (0.842, 3, "share", False, ".842"),
        (1.0, 3, "share", False, "1.000"),
        (-0.019, 3, "share", True, "−.019"),
        (0.02, 2, "share", True, "+.02"),
        (0.302, 3, "number", False, "0.302"),
        (-0.0001, 3, "share", True, ".000"),
        (41_234.0, -1, "number", False, "41,230"),
        (1.3e-9, 6, "number", False, "1.3e-09"),
        (None, 3, "share", True, "–"),
    ],
)
def test_numbers_are_told_by_unit_and_sign(value, places, unit, signed, told):
    assert numbers.number(value, places, unit, signed=signed) == told


def test_an_interval_does_not_break_and_says_which_end_is_undefined():
    assert numbers.interval((-0.024, -0.014), 3, "share", signed=True) == f"[−.024,{NBSP}−.014]"
    assert numbers.interval((None, 0.5), 1, "share") == f"[–,{NBSP}.5]"
    assert numbers.interval((None, None), 3) == ""


def test_an_end_beside_its_limit_gets_the_digits_that_tell_them_apart():
    assert numbers.apart(3, (-0.0098, 0.004), (-0.01, 0.0)) == 4
    assert numbers.apart(3, (-0.01, 0.004), (-0.01, 0.0)) == 3


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.84, "0.8 s"), (9.96, "10.0 s"), (12.4, "12 s"), (59.6, "1 min 0 s"),
        (192.3, "3 min 12 s"), (3599.7, "1 h 0 min"), (7_500, "2 h 5 min"),
    ],
)  # fmt: skip
def test_durations_name_their_units(seconds, told):
    assert numbers.duration(seconds) == told


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (12, "12 B"), (1024, "1.0 KiB"), (1_288_490_189, "1.2 GiB"), (2**30 - 1, "1.0 GiB"),
        (310_000_000, "296 MiB"), (2**54, "16384 TiB"),
    ],
)  # fmt: skip
def test_memory_names_its_unit(size, told):
    assert numbers.memory(size) == told


@given(st.floats(0, 2**50))
def test_memory_never_shows_more_than_1024_of_a_unit_below_the_last(size):
    value, unit = numbers.memory(size).split()
    assert unit == "TiB" or float(value) <= 1024


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e5))
def test_rounding_moves_a_number_by_less_than_half_its_interval(value, half):
    places = numbers.decimals((value - half, value + half))
    told = numbers.number(value, places).replace(",", "").replace("−", "-")
    if places < numbers.MAX_DECIMALS:
        assert abs(float(told) - value) <= half


@pytest.mark.parametrize(
    ("count", "told"), [(31_417, "31,000"), (96, "96"), (7, "7"), (999, "1,000")]
)
def test_rows_needed_are_rounded_to_two_digits(count, told):
    assert numbers.rows(count) == told


def test_times_are_utc_and_what_is_no_time_stays():
    assert numbers.time("2026-11-21T15:02:11+01:00") == "2026-11-21 14:02 UTC"
    assert numbers.time("yesterday") == "yesterday"
