"""The report's section on fairness: what it says in words, in tables and in pictures."""

from __future__ import annotations

import pytest

from mlgate.checks.fairness import page as fairness
from mlgate.checks.fairness.evidence import (
    FairnessEvidence,
    GapFound,
    Group,
    Grouping,
    RateChange,
)
from mlgate.model.evidence import CalibrationBin, Comparison, Curve, Measurement
from mlgate.model.slice_search import SearchResult, WorsePart
from mlgate.report import plots
from mlgate.report.check_page import PageContext
from mlgate.report.document import Figure, Paragraph, Table
from mlgate.report.gates import Names

CONTEXT = PageContext(Names("this PR", "main", "v1", "main"), ())
BINS = tuple(
    CalibrationBin(score=s, rate=s + 0.05, n=50, interval=(s, s + 0.1)) for s in (0.1, 0.5, 0.9)
)


def group(n, base, selected, *, small=(), main=True, curves=True):
    rates = {"base_rate": base, "selection_rate": selected, "tpr": 0.8, "fpr": 0.1}
    return Group(
        n=n,
        of=dict.fromkeys(rates, n),
        intervals={name: (value - 0.05, value + 0.05) for name, value in rates.items()},
        small=small,
        main={"selection_rate": RateChange(baseline=selected - 0.02, change=0.02, n=n)}
        if main
        else {},
        roc=Curve(x=(0, 0.2, 1), y=(0, 0.8, 1)) if curves else None,
        calibration=BINS if curves else None,
        **rates,
    )


def evidence(**changes):
    groups = {
        "Female": group(400, 0.11, 0.07),
        "Male": group(800, 0.31, 0.25),
        "Other | $x$ <b>": group(9, 0.2, 0.2, small=("tpr",), curves=False),
    }
    gap = GapFound(
        value=0.18,
        interval=(0.15, 0.21),
        high="Male",
        low="Female",
        rate="selection_rate",
        pairs=1,
        left_out=("Other | $x$ <b>",),
    )
    undecided = GapFound(value=None, insufficient="fewer than two groups of sex have 30 positives")
    against = Comparison(baseline=0.16, change=0.02, interval=(-0.01, 0.05), n=1200, method="d")
    metrics = {
        "demographic_parity_difference[sex]": Measurement(
            title="demographic parity difference, sex", value=0.18, interval=(0.15, 0.21),
            n=1200, method="newcombe", unit="share", direction="lower", against={"main": against},
        ),
        "equal_opportunity_difference[sex]": Measurement(
            title="equal opportunity difference, sex", value=None, n=0, method="newcombe",
            unit="share", direction="lower", insufficient=undecided.insufficient,
        ),
        "four_fifths_rule[sex]": Measurement(
            title="four-fifths rule (selection rate ratio), sex", value=0.28,
            interval=(0.2, 0.4), n=1200, method="mover-r", unit="share", direction="higher",
        ),
    }  # fmt: skip
    fields = {
        "tool": "0", "commit": None, "created": "2026-01-01T00:00:00Z", "task": "binary",
        "positive": "yes", "n": 1209, "metrics": metrics, "tests": 3,
        "sensitive": {
            "sex": Grouping(
                columns=("sex",), groups=groups, missing=0.01,
                demographic_parity_difference=gap, equal_opportunity_difference=undecided,
                four_fifths_rule=gap.model_copy(update={"value": 0.28}),
            )
        },
    }  # fmt: skip
    return FairnessEvidence(**(fields | changes))


def said(folds):
    return " ".join(
        str(part) for fold in folds for one in fold.content if isinstance(one, Paragraph)
        for part in one.text
    )  # fmt: skip


def test_the_title_names_the_largest_gap_and_its_groups():
    first, rest = fairness.folds(evidence(), CONTEXT)
    assert first.finding == "largest gap .180 (demographic parity, sex: Male − Female)"
    assert "1 gap that no gate names" in rest.finding


def test_gated_gaps_come_first():
    gated = ("four_fifths_rule[sex]",)
    first, _ = fairness.folds(evidence(gated=gated), CONTEXT)
    assert (
        first.finding
        == "smallest ratio .28 (four-fifths rule (selection rate ratio), sex: Male − Female)"
    )
    table = next(one for one in first.content if isinstance(one, Table))
    assert [row[0].text for row in table.rows] == ["four-fifths rule (selection rate ratio), sex"]


def test_what_was_left_out_and_why():
    first, _ = fairness.folds(evidence(), CONTEXT)
    table = next(one for one in first.content if isinstance(one, Table))
    assert [row[-1].text for row in table.rows] == [
        "Other | $x$ <b>: too few",
        "fewer than two groups of sex have 30 positives",
    ]


def test_small_rates_are_in_brackets_and_base_rates_shown():
    first, _ = fairness.folds(evidence(), CONTEXT)
    table = [one for one in first.content if isinstance(one, Table)][1]
    assert [column.title for column in table.columns][:3] == ["group", "rows", "base rate"]
    small = next(row for row in table.rows if row[0].text.startswith("Other"))
    assert [cell.text.startswith("(") for cell in small[2:]] == [False, False, True, False]


def test_words_say_what_a_reader_must_know():
    text = said(fairness.folds(evidence(gated=("four_fifths_rule[sex]",)), CONTEXT))
    assert "Base rates differ by sex (31.0\u00a0% of Male, 11.0\u00a0% of Female" in text
    assert "Chouldechova 2017" in text
    assert "sex 1 %" in text
    assert "29 CFR 1607.4(D)" in text
    assert "3 gaps over 1 grouping were measured" in text
    assert "as often as the most selected (29 CFR 1607.4(D))." in text


def test_hidden_groups_are_told_as_such():
    one = evidence().sensitive["sex"]
    hidden = one.model_copy(
        update={"groups": {**one.groups, "X": Group(n=None, suppressed="fewer than 5")}}
    )
    folds = tuple(fairness.folds(evidence(sensitive={"sex": hidden}, suppress_below=5), CONTEXT))
    table = [part for part in folds[0].content if isinstance(part, Table)][1]
    assert [cell.text for cell in table.rows[-1]][:3] == ["X", "hidden", "–"]
    assert "1 group with a cell below 5 rows" in said(folds)


def test_gaps_and_slices_without_hidden_groups_say_so():
    one = evidence().sensitive["sex"]
    name, gap = next(iter(one.gaps.items()))
    fewer = gap.model_copy(update={"left_out": (), "not_told": 2})
    sensitive = {"sex": one.model_copy(update={name: fewer, "missing": None})}
    search = SearchResult(columns=("sex",), tested=3, not_told=1)
    folds = tuple(fairness.folds(evidence(sensitive=sensitive, search=search), CONTEXT))
    gaps = next(part for part in folds[0].content if isinstance(part, Table))
    assert "2 groups hidden: the gap may be wider" in {row[-1].text for row in gaps.rows}
    text = said(folds)
    assert "1 slice that got worse" in text
    assert "none got worse" not in text


def test_slices_that_got_worse():
    worse = WorsePart(
        levels={"sex": "F", "age": "< 30"},
        ranges=("age",),
        n=90,
        change=-0.1,
        p_value=1e-6,
        adjusted=1e-5,
    )
    found = SearchResult(columns=("sex", "age"), tested=12, worse=(worse,))
    first, _ = fairness.folds(evidence(search=found), CONTEXT)
    table = first.content[-1]
    assert isinstance(table, Table)
    assert [cell.text for cell in table.rows[0]] == [
        "sex = F, age < 30",
        "90",
        "−.1",
        "< .0001",
    ]
    for why, text in ((None, "none got worse"), ("no ids", "were not searched: no ids")):
        empty = SearchResult(columns=("sex",), tested=2, why_not=why)
        assert text in said(fairness.folds(evidence(search=empty), CONTEXT))


def test_a_check_that_could_not_measure_has_no_section():
    assert list(fairness.folds(evidence(sensitive={}), CONTEXT)) == []


@pytest.mark.parametrize("name", ["fairness-sex", "roc-sex", "calibration-sex"])
def test_pictures_have_both_themes_and_words(name):
    figures = {
        one.name: one
        for fold in fairness.folds(evidence(), CONTEXT)
        for one in fold.content
        if isinstance(one, Figure)
    }
    painted = plots.paint(figures[name])
    assert painted.light != painted.dark
    assert max(len(painted.light), len(painted.dark)) < 60_000
    assert "Female" in figures[name].alt
