from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mlgate.report.plots import outlines, painter
from mlgate.report.plots.inks import Area, Box, Line, Mark, Marks, Page, Stroke, Text
from mlgate.report.plots.style import COLOURS, DPI

SQUARE = ((0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 1.5))


def painted(*inks, theme="light"):
    """Paint 4 by 2 inches; give pixels from the upper left corner."""
    page = Page(2.0, inks)
    return opened(painter.png(page, painter.layers(page), theme))


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def rgb(colour, theme="light"):
    return [int(COLOURS[theme][colour][i : i + 2], 16) for i in (1, 3, 5)]


def at(picture, x, y):
    """Give the pixel at a place in inches."""
    return picture[picture.shape[0] - 1 - round(y * DPI), round(x * DPI)].tolist()


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    shares = [part / 255 for part in colour]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, theme):
    high, low = sorted((luminance(rgb(one, theme)) for one in (colour, "paper")), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", list(COLOURS["light"]))
def test_a_name_is_painted_in_its_colour_of_the_theme(colour, theme):
    picture = painted(Area(SQUARE, colour), theme=theme)
    assert at(picture, 1, 1) == pytest.approx(rgb(colour, theme), abs=4)
    assert at(picture, 2, 1) == rgb("paper", theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_drawn_stands_out_from_the_paper(theme):
    """WCAG 2.2: 3 for graphics (1.4.11), 4.5 for words (1.4.3)."""
    assert set(COLOURS["light"]) == set(COLOURS["dark"])
    for colour in set(COLOURS[theme]) - {"paper", "grid"}:
        assert contrast(colour, theme) >= 3, colour
    for colour in ("ink", "quiet", "candidate", "baseline", "limit"):
        assert contrast(colour, theme) >= 4.5, colour


def test_both_themes_put_everything_at_the_same_places():
    inks = (
        Area(SQUARE, "candidate", 0.4),
        Line(((0.2, 0.2), (3.5, 1.8)), Stroke("worse", 2, (4, 2))),
        Marks(((3.0, 0.5),), Mark("diamond", 9, "limit", None)),
        Text((2.0, 1.0), "Abc ≤ 5", "ink", 9),
    )
    light, dark = (painted(*inks, theme=theme) for theme in ("light", "dark"))
    touched = [np.abs(one - one[0, 0]).max(axis=2) > 40 for one in (light, dark)]
    assert touched[0].sum() > 1_000
    assert (touched[0] != touched[1]).mean() < 0.002


def test_later_inks_lie_over_earlier_ones_and_a_thin_one_lets_them_through():
    picture = painted(Area(SQUARE, "worse"), Area(SQUARE, "ink", 0.5))
    half = [(a + b) / 2 for a, b in zip(rgb("worse"), rgb("ink"), strict=True)]
    assert at(picture, 1, 1) == pytest.approx(half, abs=4)


def test_lines_are_as_wide_as_they_say_and_sharp():
    picture = painted(Line(((0, 1), (4, 1)), Stroke("ink", 0.36 * 5)))
    assert (picture[:, 400].sum(axis=1) < 765).sum() == 5


def test_a_line_is_cut_at_its_clip():
    line = Line(((0, 1), (4, 1)), Stroke("ink", 4), Box(1, 0, 2, 2))
    picture = painted(line)
    assert at(picture, 1.5, 1) == pytest.approx(rgb("ink"), abs=4)
    assert at(picture, 0.9, 1) == at(picture, 2.1, 1) == rgb("paper")


def test_a_dash_is_as_long_as_its_width_says_and_ends_flush():
    points = 0.36 * 10
    line = Line(((0.5, 1), (3.5, 1)), Stroke("ink", points, (2, 1)))
    row = painted(line)[200].sum(axis=1) < 400
    assert row[100:120].all()
    assert not row[121:129].any()
    assert row[131:149].all()


@pytest.mark.parametrize("places", [((0, 0), (10, 0), (10, 10)), ((0, 0), (0, 10), (0, 30))])
def test_a_dash_may_end_where_a_part_of_the_line_does(places):
    assert len([*outlines.line(places, 2, (10, 5), flush=True)]) >= 2


def test_marks_are_hollow_without_a_fill():
    hollow = painted(Marks(((1, 1),), Mark("square", 20, "ink", None)))
    full = painted(Marks(((1, 1), (2, 1)), Mark("circle", 20, "ink", "better")))
    assert at(hollow, 1, 1) == rgb("paper")
    assert at(full, 1, 1) == at(full, 2, 1) == pytest.approx(rgb("better"), abs=4)


@pytest.mark.parametrize("across", ["left", "centre", "right"])
def test_a_text_lies_where_its_anchor_says(across):
    dark = painted(Text((2.0, 1.0), "Hamburg", "ink", 9, across, "capitals")).sum(axis=2) < 400
    rows, columns = (np.flatnonzero(dark.any(axis=axis)) for axis in (1, 0))
    left, right = columns[0], columns[-1]
    wanted = {"left": left, "centre": (left + right) / 2, "right": right}[across]
    assert wanted == pytest.approx(400, abs=4)
    capital = np.flatnonzero(dark[:, left : left + 3].any(axis=1))
    assert (capital[0] + capital[-1]) / 2 == pytest.approx(200, abs=2)
    assert rows[-1] > capital[-1]


def test_a_turned_text_reads_upwards_around_its_place():
    dark = painted(Text((2.0, 1.0), "label", "ink", 9, "centre", angle=90)).sum(axis=2) < 400
    rows, columns = (np.flatnonzero(dark.any(axis=axis)) for axis in (1, 0))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(200, abs=3)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(400, abs=4)
    assert len(rows) > len(columns)


@pytest.mark.parametrize("text", ["", " ", "$x_1^{", "\\", "猫 \N{DOG FACE}", "שלום", "Ä" * 60])
def test_any_text_is_painted_without_a_word(text):
    assert painted(Text((0.2, 1.0), text, "ink", 9)).shape == (400, 800, 3)


def test_more_colours_than_a_palette_holds_keep_the_inks_and_the_paper():
    shades = [Area(((x / 90, 0.5), (x / 90, 1.5), (x / 90 + 0.01, 1.5), (x / 90 + 0.01, 0.5)),
                   "worse" if x % 2 else "ink", x / 350) for x in range(350)]  # fmt: skip
    picture = painted(*shades, Area(((0, 0), (4, 0), (4, 0.4), (0, 0.4)), "candidate"))
    assert at(picture, 2, 0.2) == pytest.approx(rgb("candidate"), abs=4)
    assert at(picture, 2, 1.9) == rgb("paper")


def test_noise_is_packed_without_a_palette():
    noise = np.random.default_rng(1).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    assert (opened(painter.packed(Image.fromarray(noise))) == noise).all()
