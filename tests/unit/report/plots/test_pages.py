"""What lies where on the pages of all samples, and of every other kind of plot."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from mlgate.checks.compare.figures import (
    CalibrationCurves,
    ConfusionMatrices,
    History,
    Residuals,
    RocCurves,
    Trajectory,
)
from mlgate.checks.concept.figures import LossSpan, LossTime
from mlgate.checks.drift.figures import ColumnPanel, ColumnPanels, MissingRates
from mlgate.checks.fairness.figures import (
    GroupCalibration,
    GroupPanel,
    GroupRates,
    GroupRoc,
    GroupRow,
)
from mlgate.checks.fairness.plot import LOOKS
from mlgate.model.evidence import CalibrationBin, Curve
from mlgate.report.figures import Forest, MetricChange
from mlgate.report.plots import letters
from mlgate.report.plots.inks import Area, Line, Marks, Text
from mlgate.report.plots.style import DPI, WIDTH

SAMPLES = (
    "blocked",
    "passing",
    "undecided",
    "noted",
    "first",
    "multiclass",
    "regression",
    "broken",
)
CURVE = Curve(x=(0.0, 0.2, 1.0), y=(0.0, 0.8, 1.0))
BINS = tuple(
    CalibrationBin(score=x, rate=x * x, n=40, interval=(max(x * x - 0.1, 0), min(x * x + 0.1, 1)))
    for x in (0.1, 0.5, 0.9)
)
GROUPS = ("Amer-Indian-Eskimo", "Asian-Pac-Islander", "Black", "Other", "White", "grey")
MAIN, OURS = "main at 1234567", "this pull request"


def change(**fields):
    known = {"title": "accuracy", "text": "−.013", "point": -0.013, "low": -0.02, "high": -0.01}
    return MetricChange(**{**known, "limit": -0.01, "worse": True, "better": False, **fields})


def trajectory(*values, anchors=((1, "v1.2"),)):
    labels = tuple(str(i) for i in range(len(values)))
    return Trajectory("accuracy", labels, values, anchors, "share", 3)


def losses(**bounds):
    windows = tuple(LossSpan(i, i + 1, 0.1 + i / 50, 0.05, 0.15 + i / 50) for i in range(4))
    stretches = (LossSpan(0, 2, 0.1, None, None), LossSpan(2, 4, 0.15, None, None))
    known = {"ceiling": 0.12, "raised": 3.0, "begin": "2026-11-14 22:13", "end": "2026-11-19 22:13"}
    return LossTime("Error rate", windows, stretches, **{**known, **bounds})


def group(label, *, n=12_345, small=False, main=0.4):
    return GroupRow(label, ".50", 0.5, 0.41, 0.62, n, main, small)


def confusion(size, sides=2):
    matrix = tuple(tuple(1000 if i == j else i + j for j in range(size)) for i in range(size))
    names = tuple(f"class number {i}" for i in range(size))
    return ConfusionMatrices(names, ((MAIN, matrix), (OURS, matrix))[:sides])


def column(title, *, levels=()):
    shares = (0.2,) * len(levels) if levels else (0.1, 0.4, 0.4, 0.1)
    edges = () if levels else (-12_345.0, 0.0, 1_234_567.0)
    return ColumnPanel(title, "0.40 sd, median +0.40 sd", edges, levels, shares, shares[::-1])


MADE = {
    "rates": GroupRates(
        (GroupPanel("selection rate", "rows", "share",
                    tuple(group(name, small=name == "grey") for name in GROUPS)),
         GroupPanel("mean error", "rows", "number", (group("a" * 60, main=None),))),
        "90 %", "main",
    ),
    "group-roc": GroupRoc(tuple((name, CURVE) for name in GROUPS)),
    "group-calibration": GroupCalibration(tuple((name, BINS) for name in GROUPS)),
    "panels": ColumnPanels((column("age"), column("browser | name", levels=("<b>$x$</b>",) * 7),
                      column("a" * 60))),
    "missing": MissingRates((("income", 0.01, 0.08), ("b" * 60, 0.0, 0.0))),
    "losses": losses(),
    "confusion-2": confusion(2),
    "confusion-3": confusion(3, 1),
    "confusion-6": confusion(6),
    "confusion-9": confusion(9),
    "history": History((trajectory(0.8, 0.81, 0.79), trajectory(1.0, None, None))),
    "flat": Residuals((("this", (0.0,) * 101),)),
    "wide": Residuals((("this", tuple(float(i) * 1e7 for i in range(-50, 51))),)),
}  # fmt: skip


@pytest.fixture(params=[*SAMPLES, *MADE])
def pages(request, report_of):
    """Lay out every figure of a sample, or one that no sample has."""
    name = request.param
    if name in MADE:
        return [MADE[name].lay()]
    return [figure.drawing.lay() for figure in report_of(name).figures()]


def texts(page):
    return [ink for ink in page.inks if isinstance(ink, Text)]


def texts_of(drawing):
    return [ink.text for ink in texts(drawing.lay())]


def lines(page, colour):
    return [ink for ink in page.inks if isinstance(ink, Line) and ink.stroke.colour == colour]


def marks(page, colour):
    return [ink for ink in page.inks if isinstance(ink, Marks) and ink.mark.edge == colour]


def covered(page):
    """Count the texts on each pixel; letters outside of the page are an error."""
    height = round(page.height * DPI)
    found = np.zeros((height, round(WIDTH * DPI)), int)
    for text in texts(page):
        drawn = letters.drawn(text.text, text.size, bold=text.bold, angle=text.angle)
        left, up = letters.corner(text, drawn)
        mask = np.asarray(drawn.mask) > 100
        top = height - up
        assert left >= 0, text
        assert top >= 0, text
        place = found[top : top + mask.shape[0], left : left + mask.shape[1]]
        assert place.shape == mask.shape, text
        place += mask
    return found


def test_no_text_leaves_the_page_or_meets_another(pages):
    for page in pages:
        assert covered(page).max() == 1


def test_lines_and_areas_lie_on_the_page(pages):
    for page in pages:
        for ink in page.inks:
            if isinstance(ink, Text):
                continue
            for x, y in ink.places:
                assert math.isfinite(x + y)
                assert 0 < x < WIDTH
                assert 0 < y < page.height


def test_drawn_lines_are_clipped_to_their_panel_only_where_they_end_there(pages):
    """A clip that cuts a line's middle off would hide data."""
    for page in pages:
        for line in (ink for ink in page.inks if isinstance(ink, Line) and ink.clip):
            box = line.clip
            for x, y in line.places:
                assert box.left - 1e-9 <= x <= box.right + 1e-9, line
                assert box.bottom - 1e-9 <= y <= box.top + 1e-9, line


def test_a_worse_metric_is_drawn_in_the_colour_of_worse_and_left_of_no_change():
    page = Forest((change(),), "main").lay()
    (bar,) = lines(page, "worse")
    (dot,) = marks(page, "worse")
    (centre,) = lines(page, "quiet")
    (limit,) = lines(page, "limit")
    assert bar.places[0][0] < dot.places[0][0] < bar.places[1][0] < centre.places[0][0]
    assert dot.mark.fill == "worse"
    assert limit.stroke.dash
    assert limit.places[0][0] == pytest.approx(bar.places[1][0])


def test_an_undecided_metric_is_hollow_and_open_ends_reach_the_edge():
    page = Forest((change(worse=False, low=None, high=None, limit=None),), "main").lay()
    (dot,) = marks(page, "ink")
    assert dot.mark.fill == "paper"
    (bar,) = lines(page, "ink")
    (rail,) = lines(page, "grid")
    assert [x for x, _ in bar.places] == [x for x, _ in rail.places]
    assert "each row on its own scale" in texts_of(Forest((change(limit=None),), "main"))


def test_each_metric_has_its_own_scale():
    small, large = change(), change(point=-1.3, low=-2.0, high=-1.0, limit=-1.0)
    bars = lines(Forest((small, large), "main").lay(), "worse")
    assert [x for x, _ in bars[0].places] == pytest.approx([x for x, _ in bars[1].places])


def test_the_candidate_is_solid_and_over_the_dashed_baseline():
    page = RocCurves(((MAIN, CURVE), (OURS, CURVE))).lay()
    ((old, *_), (new, *_)) = lines(page, "baseline"), lines(page, "candidate")
    assert old.stroke.dash
    assert not new.stroke.dash
    assert page.inks.index(old) < page.inks.index(new)
    assert old.places == new.places
    box = new.clip
    assert new.places[0] == (box.left, box.bottom)
    assert new.places[-1] == (box.right, box.top)
    x, y = new.places[1]
    assert (x - box.left) / (box.right - box.left) == pytest.approx(0.2)
    assert (y - box.bottom) / (box.top - box.bottom) == pytest.approx(0.8)


def test_an_interval_without_ends_is_no_whisker():
    bare = (BINS[0].model_copy(update={"interval": (None, None)}),)
    page = CalibrationCurves((("this", bare),), 0.9).lay()
    whisker = next(one for one in lines(page, "candidate") if one.stroke.flush)
    assert whisker.places[0] == whisker.places[1]
    assert "observed rate (90 % CI)" in texts_of(CalibrationCurves((("this", BINS),), 0.9))


def test_groups_differ_by_more_than_their_colour():
    assert len({colour for colour, _, _ in LOOKS}) == len(LOOKS)
    assert len({shape for _, _, shape in LOOKS}) == len(LOOKS)
    assert max(Counter(dash for _, dash, _ in LOOKS).values()) <= 2
    page = MADE["group-calibration"].lay()
    assert {ink.mark.shape for ink in page.inks if isinstance(ink, Marks)} == {
        shape for _, _, shape in LOOKS
    }


def test_small_groups_are_grey_and_the_baseline_is_hollow():
    rows = (group("a"), group("b", small=True))
    page = GroupRates((GroupPanel("rate", "rows", "share", rows),), "90 %", "main").lay()
    assert len(marks(page, "candidate")) == len(marks(page, "baseline")) == 1
    assert all(found.mark.fill is None for found in marks(page, "ink"))
    names = {ink.text: ink.colour for ink in texts(page)}
    assert (names["a"], names["b"]) == ("ink", "quiet")
    assert "● this model, 90 % CI   □ main   grey: too few" in names


def test_a_cell_is_the_stronger_the_larger_its_share():
    page = ConfusionMatrices(("a", "b"), (("this", ((90, 10), (40, 60))),)).lay()
    cells = [ink for ink in page.inks if isinstance(ink, Area)]
    assert [cell.colour for cell in cells] == ["candidate", "worse", "worse", "candidate"]
    assert cells[0].alpha > cells[3].alpha > 0.05
    assert cells[2].alpha > cells[1].alpha
    found = texts_of(
        ConfusionMatrices(("a", "b"), ((MAIN, ((9, 1), (4, 6))), (OURS, ((8, 2), (4, 6)))))
    )
    assert {"−1", "+1", "±0"} <= set(found)


def test_names_slant_only_where_they_would_meet():
    def angles(size):
        return {ink.angle for ink in texts(confusion(size).lay())}

    short = ConfusionMatrices(("a", "b"), (("this", ((1, 0), (0, 1))),))
    assert {ink.angle for ink in texts(short.lay())} == {0, 90}
    assert angles(4) == {0, 35, 90}


def test_more_than_a_few_classes_are_not_written():
    assert "1,000" in texts_of(confusion(7))
    assert "1,000" not in texts_of(confusion(8))


def test_this_run_is_a_diamond_and_gaps_are_left_out():
    page = History((trajectory(0.8, None, 0.82),)).lay()
    (ours,) = marks(page, "candidate")
    assert ours.mark.shape == "diamond"
    (line,) = lines(page, "baseline")
    assert len(line.places) == 2
    assert ours.places == line.places[-1:]
    assert not marks(History((trajectory(0.8, 0.82, None),)).lay(), "candidate")


def test_the_reference_is_an_area_and_the_current_side_a_line_over_it():
    page = ColumnPanels((column("age"),)).lay()
    area = next(ink for ink in page.inks if isinstance(ink, Area) and len(ink.places) > 4)
    (line,) = lines(page, "candidate")
    assert page.inks.index(area) < page.inks.index(line)
    assert (area.colour, len(area.places)) == ("baseline", len(line.places))
    assert {"−12.3k", "1.23M"} <= set(texts_of(ColumnPanels((column("age"),))))


def test_a_change_a_ceiling_and_a_known_rise_are_told_apart():
    page = losses().lay()
    upright = [one for one in lines(page, "candidate") if one.stroke.dash]
    (raised,), (ceiling,) = lines(page, "worse"), lines(page, "limit")
    assert len(upright) == 1
    assert len({one.stroke.dash for one in (upright[0], raised, ceiling)}) == 3
    bare = losses(ceiling=None, raised=None).lay()
    assert not lines(bare, "limit") + lines(bare, "worse")
    assert len(texts(page)) == len(texts(bare)) + 2


def test_flat_residuals_have_ticks_that_differ():
    found = texts_of(MADE["flat"])
    assert len(found) == len(set(found))


def test_long_and_strange_names_are_cut_and_stay_text():
    found = texts_of(Forest((change(title="a\n" * 80, text="$x_1^$ {"),), "m" * 90))
    assert "$x_1^$ {" in found
    assert max(map(len, found)) <= 60
    assert not any("\n" in text for text in found)
