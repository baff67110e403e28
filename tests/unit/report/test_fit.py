from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mlgate.report.document import NoteLine
from mlgate.report.fit import fit
from mlgate.report.markdown import render


def test_what_fits_is_left_as_it_is(report_of):
    report = report_of("blocked")
    assert fit([report], 65_535) == render([report])


def test_the_least_important_parts_go_first_and_are_named(report_of):
    report = report_of("blocked")
    whole = len(render([report]).encode())
    text = fit([report], whole - 100, whole="the artifact report.html")
    assert "<b>Lineage</b>" not in text
    assert "<b>Metrics</b>" in text
    assert "Left out for length: Lineage. The whole report is in the artifact" in text


@pytest.mark.parametrize("limit", [20_000, 12_000, 8_000, 5_000, 3_000, 1_500, 900])
@pytest.mark.parametrize("name", ["blocked", "noted", "failing"])
def test_every_limit_is_kept_without_a_broken_table(name, limit, report_of, gfm):
    text = fit([report_of(name)], limit)
    assert len(text.encode()) <= limit
    assert text.startswith("### ❌")
    html = gfm(text)
    assert html.count("<details>") == html.count("</details>")
    assert "| ---" not in html
    assert html.rstrip().endswith("</sub></p>"), "a fence was left open"


def test_a_flood_of_gates_lines_and_log_is_cut_by_rows(report_of):
    report = report_of("blocked")
    row = report.gates[0]
    rows = tuple(replace(row, gate=f"slice {i}") for i in range(2_000))
    lines = tuple(NoteLine("warn", (f"note {i} " + "x" * 500,)) for i in range(200))
    text = fit([replace(report, gates=rows, lines=lines, folds=())], 20_000)
    assert "1,970 more rules, 190 more lines" in text
    assert len(re.findall(r"^\| ❌", text, re.MULTILINE)) == 30


def test_many_reports_keep_at_least_their_verdicts(report_of):
    reports = [report_of("blocked")] * 12
    text = fit(reports, 12_000)
    assert len(text.encode()) <= 12_000
    assert text.count("#### ❌") == 12


def test_a_limit_below_the_verdict_is_refused(report_of):
    with pytest.raises(ValueError, match="do not fit into 50"):
        fit([report_of("blocked")], 50)
