"""The loss over time in the report: its plot, its words, and the kinds of change."""

from __future__ import annotations

import pytest

from mlgate.checks.concept import page as concept
from mlgate.checks.concept.evidence import ConceptEvidence, Stretch
from mlgate.report import plots
from mlgate.report.check_page import PageContext
from mlgate.report.document import Figure
from mlgate.report.gates import Names

CONTEXT = PageContext(Names("this PR", "main", "v1", "main"), ())
STAMP = {"tool": "0", "commit": "a" * 40, "created": "2026-01-01T00:00:00Z"}
DAY = 86_400.0


def evidence(pattern="none", **more):
    windows = tuple(
        Stretch(start=1.7e9 + i * DAY, end=1.7e9 + (i + 1) * DAY, n=100, loss=loss,
                interval=(loss - 0.04, loss + 0.05))
        for i, loss in enumerate((0.1, 0.11, 0.09, 0.2, 0.22))
    )  # fmt: skip
    first, last = windows[0], windows[-1]
    cut = windows[3].start
    parts = ((first.start, cut, 0.1), (cut, last.end, 0.21))
    stretches = tuple(Stretch(start=a, end=b, n=250, loss=x) for a, b, x in parts)
    return ConceptEvidence(
        loss="error", dates=True, n=500, windows=windows, stretches=stretches, pattern=pattern,
        **{**STAMP, **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("sudden", "a sudden change, at 2023-11-17 22:13"),
        ("gradual", "a gradual change, noticeable from 2023-11-17 22:13 on"),
        ("recurring", "a recurring change: it came and went, from 2023-11-17 22:13 on"),
        ("none", "no change was located"),
        ("unlocated", "changes were not located"),
    ],
)
def test_kinds_of_change_are_told_apart(pattern, told):
    (fold,) = concept.folds(evidence(pattern), CONTEXT)
    figure = fold.content[0]
    assert isinstance(figure, Figure)
    assert told in figure.alt
    assert told in fold.finding


def test_the_plot_is_drawn_in_both_themes():
    (bare,) = concept.folds(evidence("sudden"), CONTEXT)
    (full,) = concept.folds(evidence("sudden", ceiling=0.12, raised_at=1.7e9 + 4 * DAY), CONTEXT)
    drawn = [plots.paint(fold.content[0]) for fold in (bare, full)]
    for plot in drawn:
        assert plot.light[:4] == plot.dark[:4] == b"\x89PNG"
        assert plot.light != plot.dark
    assert drawn[0].light != drawn[1].light
    assert "The baseline's is at most 0.12." in full.content[0].alt


def test_one_window_and_a_loss_of_nothing_are_drawn_too():
    one = Stretch(start=0.0, end=0.0, n=3, loss=0.0, interval=(0.0, None))
    found = evidence().model_copy(update={"windows": (one,), "stretches": (one,), "dates": False})
    (fold,) = concept.folds(found, CONTEXT)
    assert plots.paint(fold.content[0]).light
