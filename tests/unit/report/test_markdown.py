from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mlgate import checks
from mlgate.report import build, load, markdown
from mlgate.report.document import (
    Bar,
    Cell,
    Code,
    Column,
    NoteLine,
    Paragraph,
    Strong,
    Table,
    sentence,
)
from mlgate.report.markdown import ImageUrls

SAMPLES = (
    "blocked", "passing", "undecided", "noted", "first", "failing", "multiclass", "regression",
    "broken", "skipped",
)  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_reads_as_before(name, report_of, snapshot):
    assert markdown.render([report_of(name)]) == snapshot


@pytest.mark.parametrize("name", SAMPLES)
def test_tables_have_equal_cells_and_details_are_closed(name, report_of, gfm):
    html = gfm(markdown.render([report_of(name)]))
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
        assert len({len(re.findall(r"<t[hd]", row)) for row in rows}) == 1
    assert html.count("<details>") == html.count("</details>") == html.count("<summary>")
    assert set(re.findall('<a href="(.*?)"', html)) == {
        "https://github.com/mlgate/mlgate/blob/main/docs/report.md"
    }
    assert "| ---" not in html, "a table was not recognised as one"


def test_hostile_names_change_nothing_but_words(report_of, gfm):
    found = re.search(r"Every prediction of .*", gfm(markdown.render([report_of("noted")])))
    assert found
    assert "&lt;b&gt;yes&lt;/b&gt;" in found.group()
    assert "@team" not in found.group()
    assert "#1" not in found.group()


def test_commands_in_our_sentences_are_code(report_of, gfm):
    report = report_of("passing")
    note = NoteLine(None, sentence("run `mlgate run` in `<b>`, it`s odd"))
    shown = gfm(markdown.render([replace(report, headline="see `mlgate plan`", lines=(note,))]))
    assert "see <code>mlgate plan</code>" in shown
    assert "run <code>mlgate run</code> in <code>&lt;b&gt;</code>, it`s odd" in shown


def test_a_failed_training_shows_the_end_of_its_log_openly(report_of):
    text = markdown.render([report_of("failing")])
    before_folds = text.partition("<details>")[0]
    assert "ValueError: Input X contains NaN." in before_folds
    assert "\x1b" not in text
    assert "````text" in text, "the fence must be longer than the one in the log"


@pytest.mark.parametrize(
    ("end", "hinted"),
    [
        (("ModuleNotFoundError: No module named 'src.features'",), "Where src is a folder of this"),
        (
            ("ModuleNotFoundError: No module named 'xgboost'", "make: *** Error 1"),
            "Where xgboost is",
        ),
        (("ImportError: cannot import name 'f' from 'src'",), None),
    ],
)
def test_a_missing_module_of_the_training_has_a_hint(run_dir, end, hinted):
    found = load.load(run_dir("failing"))
    train = found.evidence["train"].model_copy(update={"log_tail": end})
    evidence = found.evidence | {"train": train}
    report = build.build(found.run, found.verdict, evidence, checks.pages())
    shown = markdown.render([report]).partition("<details>")[0]
    assert ("PYTHONPATH=." in shown) == (hinted is not None)
    assert hinted is None or hinted in shown


def test_a_passing_report_shows_its_gates_and_no_advice(report_of):
    shown = markdown.render([report_of("passing")]).partition("<details>")[0]
    assert "| ✅\u00a0passes | accuracy |" in shown
    assert "Next" not in shown


@pytest.mark.parametrize("name", SAMPLES)
def test_a_comment_has_at_most_four_folds_and_one_next_step(name, report_of):
    text = markdown.render([report_of(name)])
    assert text.count("<details>") <= 4
    assert text.count("**Next**") <= 1


def test_one_picture_is_shown_openly_and_takes_the_place_of_the_bars(report_of):
    report = report_of("blocked")
    url = "https://x/y.png"
    text = markdown.render([report], {"changes": ImageUrls(url, url)})
    assert text.partition("<details>")[0].count("<picture>") == text.count("<picture>") == 1
    assert "├" in markdown.render([report])
    assert "├" not in text


def test_parts_of_a_fold_are_named_in_its_title_or_above_them(report_of):
    text = markdown.render([report_of("blocked")])
    assert re.search("<summary><b>Other gates</b>: .* · <b>Metrics</b>: .*</summary>", text)
    first = text.partition("<details>")[2].partition("</details>")[0]
    assert re.search(r"^\*\*Errors\*\*: .* wrong", first, re.MULTILINE)
    assert first.rstrip().endswith("```"), "the waiver is the last part of the first fold"


def test_a_blocked_report_has_a_waiver_for_every_blocking_gate_and_no_other(report_of):
    text = markdown.render([report_of("blocked")])
    waived = re.findall(r'- \{gate: "(.*?)", reason: "say why", until: 2026-12-21\}', text)
    assert waived == [
        "accuracy.max_regression", "roc_auc.max_regression", "roc_auc.max_regression_anchor",
        "log_loss.max_regression", "log_loss.max_regression_anchor",
    ]  # fmt: skip


def test_the_waiver_is_yaml_that_the_policy_takes(report_of):
    from ruamel.yaml import YAML

    from mlgate.model.policy import Policy

    text = markdown.render([report_of("regression")])
    block = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert block
    policy = Policy.model_validate(YAML(typ="safe").load(block.group(1)))
    assert [waiver.gate for waiver in policy.waivers] == [
        "mae.max_regression",
        "rmse.max_regression",
    ]


def test_pictures_take_the_place_of_charts_where_addresses_are_known(report_of, gfm):
    report = report_of("blocked")
    urls = {"history": ImageUrls("https://x/l.png?raw=true", "https://x/d.png?raw=true")}
    text = markdown.render([report], urls)
    assert "mermaid" not in text
    html = gfm(text)
    assert 'srcset="https://x/d.png?raw=true"' in html
    assert re.search(r'<img alt="accuracy.*?" src="https://x/l.png\?raw=true"', html)


def test_charts_can_be_left_out(report_of):
    assert "mermaid" in markdown.render([report_of("blocked")])
    assert "mermaid" not in markdown.render([report_of("blocked")], mermaid=False)


def test_several_reports_are_told_worst_first_with_an_overview(report_of, snapshot):
    reports = build.combine(map(report_of, ("passing", "skipped", "undecided", "failing")))
    assert [one.outcome for one in reports] == ["fail", "inconclusive", "pass", "not_applicable"]
    text = markdown.render(reports)
    assert text.partition("\n\n#### ")[0] == snapshot
    assert text.count("\n#### ") == 4


def test_at_most_three_charts_in_all(report_of):
    assert markdown.render([report_of("blocked")] * 5).count("```mermaid") == 3


def test_a_chart_keeps_nothing_of_a_hostile_label(report_of):
    report = report_of("blocked")
    fold = next(one for one in report.folds if one.key == "history")
    trend = next(part for part in fold.content if hasattr(part, "values"))
    evil = replace(trend, title='a"]\nclick x', labels=('"]%%{', *trend.labels[1:]))
    told = markdown.render([replace(report, folds=(replace(fold, short=(evil,)),))])
    chart = re.search(r"```mermaid\n(.*?)```", told, re.DOTALL)
    assert chart
    assert chart.group(1).count("\n") == 5
    assert "%%" not in chart.group(1)
    assert chart.group(1).splitlines()[1] == '  title "a__ click x"'


def test_the_next_step_is_one_that_can_be_taken(run_dir):
    def advised(name: str, outcome: str = "fail", **changed: object) -> str:
        found = load.load(run_dir(name, f"{name}-{outcome}-{len(changed)}"))
        gates = tuple(gate for gate in found.verdict.gates if gate.verdict == outcome)
        verdict = found.verdict.model_copy(update={"gates": gates})
        evidence = found.evidence | {
            "compare": found.evidence["compare"].model_copy(update=changed)
        }
        return markdown.render([build.build(found.run, verdict, evidence, checks.pages())])

    assert "both models differ, the newly wrong ones first" in advised("blocked")
    assert "those whose error grew most first" in advised("regression")
    undecided = advised("undecided", "inconclusive")
    assert "(about 3,500 in all instead of 1,200 would decide)" in undecided
    assert "So many rows would decide if nothing changed, with 80 % probability." in undecided
    assert "changed.parquet" not in advised("blocked", rows=None)
    column = "name it under `metrics.rows`, so that it can be tested"
    assert column in advised("regression", "untested")
    assert "configure `predictions`" in advised("regression", "untested", task=None, rows=None)


def test_the_title_of_a_chart_keeps_its_comma(report_of):
    assert ', the last 9 runs and this one"' in markdown.render([report_of("regression")])


@pytest.mark.parametrize(
    ("bar", "drawn"),
    [
        (Bar(-0.5, -0.8, -0.2, -1.0, 0.0), "┊├●┤│"),
        (Bar(0.5, None, None, None, 0.0), None),
        (Bar(None, None, None), "·" * 21),
    ],
)
def test_a_text_bar_has_its_marks_in_order(bar, drawn):
    told = markdown.text_bar(bar)
    assert len(told) == markdown.BAR
    marks = [mark for mark in told if mark in "┊├●┤│"]
    if drawn is not None:
        assert marks == [mark for mark in drawn if mark in "┊├●┤│"]


def test_sentences_keep_their_spaces_around_names():
    told = markdown.text(("kept at ", Code("a|b"), " by ", Strong("me"), "."))
    assert told == "kept at a\\|b by **me**."


def test_of_all_addresses_only_those_of_our_pages_become_links(gfm):
    page = "https://github.com/mlgate/mlgate/blob/main/docs/changing.md"
    told = gfm(
        markdown.text((f"see {page}#labels, ({page}), {page}/x and https://x.invalid/a.md",))
    )
    assert re.findall('<a href="(.*?)"', told) == [f"{page}#labels", page, page]
    assert "see <a" in told
    assert gfm(markdown.text(("https://github.com/mlgate/other",))).count("<a") == 0


def test_a_table_without_rows_leaves_no_caption(report_of):
    report = report_of("skipped")
    empty = Table("nothing", (Column("x"),), ())
    lines = (NoteLine(None, ("one",)), NoteLine("warn", ("two",)))
    told = markdown.render([replace(report, shown=(empty, Paragraph(("x",))), lines=lines)])
    assert "nothing" not in told
    assert "- one\n- ⚠️ two" in told


def test_a_pipe_in_a_cell_of_code_does_not_end_it(gfm):
    table = Table("c", (Column("x"), Column("y")), ((Cell("a\\|b", code=True), Cell("z")),))
    assert gfm(markdown.table(table)).count("<td") == 2
