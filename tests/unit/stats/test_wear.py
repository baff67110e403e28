"""How worn a test set is: the check values, the laws, and huge counts."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.stats.labels import bennett
from mlgate.stats.wear import OTHERS, RED, Use, evaluations_borne, evaluations_until, nats, wear


@pytest.mark.parametrize(
    ("rows", "margin", "cap", "use", "tolerance"),
    [
        (20_000, 0.01, 0.05, Use(200, 0, 200, 0), 0.010033),
        (20_000, 0.01, 0.05, Use(200, 0, 200, 10), 0.023458),
        (20_000, 0.01, 0.05, Use(200, 200), 0.031903),
        (20_000, 0.01, 0.05, Use(1, 1), 0.008434),
        (50_000, 0.02, 0.1, Use(200, 0, 200, 10), 0.020227),
        (50_000, 0.02, 0.1, Use(200, 5_000), 0.109927),
    ],
)
def test_the_published_values(
    rows: int, margin: float, cap: float, use: Use, tolerance: float
) -> None:
    """By another program, written for the design of this project; δ = .001."""
    found = wear(use, rows, margin, cap)
    assert found.tolerance == pytest.approx(tolerance, abs=1e-6)
    assert found.value == pytest.approx(bennett(tolerance, cap) / bennett(margin, cap), rel=1e-3)


@pytest.mark.parametrize(("s", "k"), [(1, 0), (7, 3), (20, 20), (400, 380)])
def test_histories_are_counted_exactly(s: int, k: int) -> None:
    counted = sum(math.comb(s, i) * OTHERS**i for i in range(k + 1))
    rest = math.log((k + 1) * (k + 2) * (s + 1) * (s + 2))
    assert nats(Use(s, 0, s, k)) == pytest.approx(math.log(counted) + rest)


uses = st.tuples(
    st.integers(0, 5_000),
    st.integers(1, 800).flatmap(lambda s: st.tuples(st.just(s), st.integers(0, min(s, 200)))),
).map(lambda drawn: Use(1, drawn[0], *drawn[1]))
shares = st.floats(0.001, 1.0)


@given(uses, st.integers(10, 10**7), shares, shares)
def test_more_prints_wear_more_and_rows_wear_less(
    use: Use, rows: int, margin: float, cap: float
) -> None:
    now = wear(use, rows, margin, cap).value
    for more in (
        Use(2, use.exact + 1, use.steps, use.unusual),
        Use(2, use.exact, use.steps + 1, use.unusual),
        Use(2, use.exact, use.steps + 1, use.unusual + 1),
    ):
        assert wear(more, rows, margin, cap).value > now
    assert wear(use, rows * 2, margin, cap).value < now


@given(uses, st.integers(10, 10**7), shares, shares)
def test_steps_never_wear_more_than_the_numbers_behind_them(
    use: Use, rows: int, margin: float, cap: float
) -> None:
    exact = Use(1, use.exact + use.steps)
    assert wear(use, rows, margin, cap).value <= wear(exact, rows, margin, cap).value


@given(uses, st.integers(10, 10**7), shares, shares)
def test_the_certified_tolerance_is_where_the_wear_would_be_one(
    use: Use, rows: int, margin: float, cap: float
) -> None:
    found = wear(use, rows, margin, cap)
    if found.tolerance is None:
        assert found.value > 1
    else:
        assert wear(use, rows, found.tolerance, cap).value == pytest.approx(1, rel=1e-4)
        if abs(found.value - 1) > 1e-6:
            assert (found.tolerance > margin) == (found.value > 1)


@pytest.mark.parametrize(("rows", "state"), [(100, "worn out"), (15_000, "worn"), (10**6, "fresh")])
def test_states(rows: int, state: str) -> None:
    assert wear(Use(50, 0, 50, 3), rows, 0.02, 0.05).state == state


def test_huge_counts_do_not_overflow() -> None:
    assert math.isfinite(wear(Use(10**6, 10**9, 10**8, 10**7), 10**9, 0.01, 0.05).value)


@pytest.mark.parametrize("use", [Use(100, 0, 100, 2), Use(10, 10)])
def test_it_is_told_when_a_set_will_be_worn_out(use: Use) -> None:
    rows, margin, cap = 50_000, 0.02, 0.05
    until = evaluations_until(use, rows, margin, cap)
    assert until is not None

    def grown(t: int) -> Use:
        exact, steps, unusual = (
            math.ceil(count * t / use.evaluations) for count in (use.exact, use.steps, use.unusual)
        )
        return Use(t, exact, steps, min(steps, max(use.unusual + 1, unusual)))

    assert wear(grown(until), rows, margin, cap).value > RED
    assert wear(grown(until - 1), rows, margin, cap).value <= RED


def test_no_number_is_told_that_nobody_will_live_to_see() -> None:
    assert evaluations_until(Use(1, 0, 1, 0), 10**9, 0.05, 0.05) is None


def borne(margin: float, rows: int) -> list[int | None]:
    """The table's columns: exact with 300, 10 and 1 number, steps of 3 rules and of 1, pass or not."""
    exact = [evaluations_borne(told, 0, rows, margin, 0.1) for told in (300, 10, 1)]
    steps = [evaluations_borne(0, rules, rows, margin, 0.1) for rules in (3, 1)]
    return [*exact, *steps, evaluations_borne(0, 1, rows, margin, 0.1, others=4)]


@pytest.mark.parametrize(("page", "columns"), [("wear", range(6)), ("statistics", (0, 2, 3, 5))])
def test_the_tables_of_how_many_reports_rows_bear(
    page: str, columns: range | tuple[int, ...]
) -> None:
    text = (Path(__file__).parents[3] / "docs" / f"{page}.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| (\.0[12]) \| ([\d,]+) \|((?: [\d,]+ \|)+)$", text, re.MULTILINE)
    assert len(lines) >= 5
    for margin, rows, cells in lines:
        written = [int(cell.replace(",", "")) for cell in cells.strip(" |").split(" | ")]
        found = borne(float(margin), int(rows.replace(",", "")))
        assert written == [found[column] for column in columns], (margin, rows)
