"""The page of all runs in a browser: found, filtered, linked, and read by a screen reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.unit.lineage.conftest import origin_of

from mlgate.site import page
from mlgate.site.data import SiteRun, data

pytestmark = pytest.mark.system
EVIL = "<img src=x onerror=alert(1)>"


def runs(count):
    samples = [origin_of(name) for name in ("passing", "blocked", "undecided")]
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for i in range(count):
        origin = samples[i % 3]
        changes = {
            "commit": f"{i:08x}{0:032x}",
            "name": EVIL if i % 2 else "income",
            "parameters": {"lr": str(i)},
        }
        record = origin.record.model_copy(update=changes)
        kept = (start + dt.timedelta(hours=i)).isoformat()
        yield SiteRun(replace(origin, record=record), "", kept, "v1" if i == 4 else None)


@pytest.fixture
def visited(browser, tmp_path):
    """Open the page of some runs; errors of its script fail the test."""
    opened = []

    def visit(count, **context):
        target = tmp_path / page.FILE
        target.write_text(page.render(data(list(runs(count)), "2026-11-29T10:00:00Z", "0"), "All"))
        tab = browser.new_context(**context).new_page()
        problems = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        opened.append((tab, problems))
        tab.goto(target.as_uri())
        return tab

    yield visit
    for tab, problems in opened:
        assert problems == []
        tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(visited, scheme):
    tab = visited(8, color_scheme=scheme)
    tab.click("#runs tbody a")
    found = Axe().run(tab).response["violations"]
    assert [each["id"] for each in found] == []


def test_models_and_runs_are_chosen_and_linked(visited):
    tab = visited(300)
    assert tab.locator("#models tbody tr").count() == 2
    assert tab.locator("#trends-title").inner_text() == f"Trends of {EVIL}"
    assert tab.locator("img").count() == 0
    tab.click("#models tbody a:has-text('income')")
    assert tab.locator("#count").inner_text() == "150 runs"
    assert tab.locator("#runs tbody tr").count() == 100
    tab.click("#more")
    assert tab.locator("#runs tbody tr").count() == 150
    tab.select_option("#filter select", "fail")
    assert tab.locator("#count").inner_text() == "50 of 150 runs"
    tab.fill("#filter input[type=search]", "lr=4")
    tab.select_option("#filter select", "")
    shown = [row.inner_text() for row in tab.locator("#runs tbody tr").all()]
    assert len(shown) == len([i for i in range(0, 300, 2) if str(i).startswith("4")])
    tab.click("#runs tbody tr:last-child a")
    assert "run=" in tab.url
    assert tab.locator("#run-title").inner_text() == "Run of v1"
    assert "lr=4" in tab.locator("#run dl").inner_text()
    other = tab.context.new_page()
    other.goto(tab.url)
    assert other.locator("#run-title").inner_text() == "Run of v1"
    assert other.locator("#count").inner_text() == tab.locator("#count").inner_text()


def test_nothing_is_wider_than_a_telephone(visited):
    tab = visited(8, viewport={"width": 400, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
