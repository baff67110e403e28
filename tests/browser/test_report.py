"""report.html as a reader meets it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.system
SAMPLES = (
    "blocked",
    "passing",
    "undecided",
    "first",
    "failing",
    "noted",
    "multiclass",
    "regression",
)


def column(page, table: str, index: int) -> list[str]:
    return page.locator(f"{table} tbody tr > :nth-child({index})").all_inner_texts()


def sort(page, table: str, head: str) -> None:
    page.locator(f"{table} thead").get_by_role("button", name=head, exact=True).click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_loaded_and_nothing_goes_wrong(visit, name, scheme):
    page = visit(name, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("data:", "file:"))] == []
    assert len([url for url in page.asked if url.startswith("file:")]) == 1
    broken = page.evaluate("[...document.images].filter(i => !i.naturalWidth).length")
    assert broken == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "width"),
    [("blocked", 1200), ("blocked", 400), ("failing", 400), ("noted", 1200), ("first", 1200)],
)
def test_axe_finds_no_violation(visit, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, color_scheme=scheme, viewport={"width": width, "height": 900})
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_several_reports_are_accessible_too(visit):
    from axe_playwright_python.sync_playwright import Axe

    page = visit("passing", "blocked", "first")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.get_by_role("navigation").get_by_role("link").last.click()
    assert page.url.endswith("#report-3")


def test_a_table_sorts_by_its_numbers_and_back(visit):
    page = visit("blocked")
    table = "#report-1-errors table"
    before = column(page, table, 3)
    sort(page, table, "main")
    numbers = [int(text.replace(",", "")) for text in column(page, table, 3)]
    assert numbers == sorted(numbers)
    assert page.locator(f"{table} th[aria-sort=ascending]").inner_text().startswith("main")
    sort(page, table, "main")
    again = [int(text.replace(",", "")) for text in column(page, table, 3)]
    assert again == sorted(numbers, reverse=True)
    sort(page, table, "label")
    assert sorted(column(page, table, 3)) == sorted(before)
    assert page.locator(f"{table} th[aria-sort]").count() == 1


def test_a_table_sorts_by_keyboard(visit):
    page = visit("blocked")
    table = "#report-1-metrics-compare table >> nth=0"
    head = page.locator(table).locator("thead button").first
    head.focus()
    page.keyboard.press("Enter")
    names = page.locator(table).locator("tbody th").all_inner_texts()
    assert names == sorted(names, key=str.casefold)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_and_plots_follow_the_theme(visit, scheme):
    page = visit("blocked", color_scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    sources = page.evaluate("[...document.images].map(i => i.currentSrc === i.src)")
    assert sources
    assert all(sources) is (scheme == "light")


def test_it_reads_the_same_without_javascript(visit):
    with_script, without = visit("blocked"), visit("blocked", java_script_enabled=False)
    shown = without.locator("main").inner_text()
    assert shown == with_script.locator("main").inner_text()
    assert without.locator("button").count() == 0


@pytest.mark.parametrize("name", SAMPLES)
def test_a_phone_needs_no_sideways_scrolling(visit, name):
    page = visit(name, viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator("h1").is_visible()


def test_every_navigation_link_leads_to_a_heading_that_can_be_seen(visit):
    page = visit("blocked", reduced_motion="reduce")
    links = page.get_by_role("navigation").get_by_role("link").all()
    assert len(links) > 5
    for link in links:
        link.click()
        place = "document.querySelector(location.hash).getBoundingClientRect().top"
        assert 0 < page.evaluate(place) < 900
        bar = page.evaluate("document.querySelector('header').getBoundingClientRect().bottom")
        assert page.evaluate(place) >= bar


def test_printing_keeps_everything_and_drops_the_navigation(visit):
    page = visit("blocked", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("#report-1-lineage").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 50_000
