from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mlgate.report import build, html
from mlgate.report.document import Cell, Column, Fold, NoteLine, Table

VOID = {"meta", "br", "img", "source", "link", "hr", "input"}


class Page(HTMLParser):
    """Tags with their attributes, and whether they are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.mark.parametrize("name", ["blocked", "first", "failing", "noted", "skipped", "regression"])
def test_the_page_is_balanced_and_every_link_arrives(name, report_of):
    page = Page(html.render([report_of(name)]))
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"] for attrs in page.of("a")} <= {f"#{one}" for one in ids}


def test_nothing_outside_is_named_and_the_policy_allows_nothing(report_of):
    text = html.render([report_of("blocked")])
    page = Page(text)
    assert not re.search(r"(?:src|href|srcset)=\"(?!data:|#)", text)
    policy = next(a["content"] for a in page.of("meta") if "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not [attrs for _, attrs in page.tags if "style" in attrs or "onclick" in attrs]


def test_hostile_words_stay_words(report_of):
    report = report_of("blocked")
    evil = "</script><script>alert(1)</script><img src=x onerror=y>\u202e'\""
    table = Table(evil, (Column(evil),), ((Cell(evil),),))
    fold = Fold("evil", evil, evil, (table,), 1)
    found = replace(
        report, name=evil, headline=evil, lines=(NoteLine("warn", (evil,)),), folds=(fold,)
    )
    text = html.render([found])
    assert len(Page(text).of("script")) == 1
    assert not Page(text).of("img")
    assert "\u202e" not in text


def test_heads_of_columns_and_rows_have_their_scope(report_of):
    page = Page(html.render([report_of("blocked")]))
    assert {attrs.get("scope") for attrs in page.of("th")} == {"col", "row"}
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("h1")) == len(page.of("main")) == 1


def test_several_reports_have_one_first_heading_and_their_own_ids(report_of):
    reports = build.combine(map(report_of, ("passing", "failing")))
    page = Page(html.render(reports))
    assert len(page.of("h1")) == 1
    assert [a["id"] for a in page.of("article")] == ["report-1", "report-2"]


def test_a_hundred_columns_stay_below_two_megabytes(report_of):
    report = report_of("blocked")
    rows = tuple(tuple(Cell(f"{i * j}", sort=i * j) for j in range(12)) for i in range(100))
    table = Table("columns", tuple(Column(f"c{j}") for j in range(12)), rows)
    folds = tuple(Fold(f"f{i}", "Drift", "x", (table,), 1) for i in range(5))
    assert len(html.render([replace(report, folds=folds)]).encode()) < 2_000_000
