"""Numbers in tables and sentences."""

from __future__ import annotations

from decimal import Decimal

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


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.84217, "0.8422"), (0.842, "0.842"), (32.45, "32.45"), (0.123456789, "0.1235"), (12.0, "12"),
     (0, "0"), (1234.56, "1,235"), (0.1 + 0.2, "0.3")],
)  # fmt: skip
def test_without_an_interval_the_values_own_digits_up_to_four(value, text):
    assert numbers.number(value, numbers.decimals((None, None), value)) == text


@pytest.mark.parametrize(
    ("unit", "spread", "value", "text"),
    [
        ("points", 0.01, 0.01912, "1.9 points"),
        ("points", 0.04, 0.0191, "1.9 points"),
        ("points", 0.08, 0.0101, "1 point"),
        ("points", 0.8, 0.381, "40 points"),
        ("percent", 0.001, 0.03333, "3.33 %"),
        ("number", 0.01, -0.0191, "−0.019"),
        ("number", 300.0, 12_345.6, "12,350"),
        ("number", 0.0, 0.0, "0"),
        ("points", 0.1, -0.0001, "0 points"),
        ("number", 1e-9, 0.5, "0.500000"),
    ],
)
def test_points_and_per_cent_have_the_digits_of_the_share(unit, spread, value, text):
    places = numbers.decimals((value - spread / 2, value + spread / 2), value)
    assert numbers.with_unit(numbers.number(value, places, unit), unit) == text


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


def test_the_ends_of_an_interval_are_rounded_outward():
    assert numbers.interval((0.1632, 0.1881), 3, "share") == f"[.163,{NBSP}.189]"
    assert numbers.interval((-0.0241, 0.0139), 3, "points") == (
        f"[−2.5{NBSP}points,{NBSP}1.4{NBSP}points]"
    )
    assert numbers.interval((24_349.0, 25_151.0), -2) == f"[24,300,{NBSP}25,200]"


def test_binary_noise_moves_no_end():
    assert numbers.interval((0.85 - 0.86, 0.1 + 0.2), 2, "share") == f"[−.01,{NBSP}.30]"


@pytest.mark.parametrize(
    ("bounds", "value", "edge", "places"),
    [
        ((-0.0098, 0.0021), -0.004, -0.01, 4),  # the lower bound would read −.010
        ((-0.01, 0.0021), -0.004, -0.01, 3),  # it lies there
        ((-0.0091, 0.0021), -0.004, -0.0092, 4),  # it would read −.010, on the other side
        ((0.8152, 0.8252), 0.8202, 0.8152, 4),  # it would read .815, below its limit
        ((-0.0098, 0.0049), -0.0032, 0.0, 3),
        ((-0.0298, 0.0002), -0.0158, 0.0, 3),
        ((-0.0298, -0.0002), -0.0158, 0.0, 4),  # the upper bound would read 0
        ((None, None), 0.10003, 0.1, 5),
        ((None, None), 3e-7, 1e-7, 7),
    ],
)
def test_a_number_beside_a_limit_gets_the_digits_that_tell_them_apart(bounds, value, edge, places):
    assert numbers.decimals(bounds, value, (edge,)) == places


@pytest.mark.parametrize(
    ("value", "places", "unit", "text"),
    [
        (0.01, 3, "share", ".010"),
        (0.01, 3, "points", "1.0"),
        (0.015, 2, "points", "1.5"),
        (0.07, 0, "percent", "7"),
        (0.1234567, 3, "number", "0.1234567"),
        (-0.1, 0, "number", "−0.1"),
        (1_000_000.0, -2, "number", "1,000,000"),
        (1e-9, 0, "number", "0.000000001"),
    ],
)
def test_a_limit_is_written_as_it_was_given(value, places, unit, text):
    assert numbers.limit(value, places, unit) == text


AMOUNTS = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)


@given(AMOUNTS, st.floats(1e-6, 1e5), st.sampled_from([0.0, 0.01, 0.8, -0.05, 12.5]))
def test_no_number_is_written_on_the_other_side_of_its_limit(value, half, edge):
    bounds = (value - half, value + half)
    places = numbers.decimals(bounds, value, (edge,))
    texts = [
        numbers.number(value, places),
        numbers.number(bounds[0], places, end="lower"),
        numbers.number(bounds[1], places, end="upper"),
    ]
    middle, low, high = (Decimal(t.replace(",", "").replace("−", "-")) for t in texts)
    limit = Decimal(str(edge))
    assert low <= middle <= high
    for text, exact in ((middle, value), (low, bounds[0]), (high, bounds[1])):
        assert (text - limit) * Decimal(exact - edge) >= 0 or abs(exact - edge) < 1e-9


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
