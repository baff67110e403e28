"""The report's part on drift: what is told, drawn and left to the page."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlgate.checks.drift import page as drift
from mlgate.checks.drift.evidence import (
    ColumnDrift,
    DriftEvidence,
    Histogram,
    Importance,
    Multivariate,
)
from mlgate.report import markdown, sparklines
from mlgate.report.check_page import PageContext
from mlgate.report.document import Figure, Shape, Table
from mlgate.report.gates import Names
from mlgate.report.markdown import _Charts
from mlgate.report.plots import paint

CONTEXT = PageContext(Names("this PR", "main", "v1", "main"), ())
STAMP = {"tool": "0.1.0", "commit": "a" * 40, "created": "2026-01-02T03:04:05Z"}


def numbers(why=None, wasserstein=0.02, **more):
    edges = tuple(np.linspace(-2, 2, 9).tolist())
    shares = tuple(0.1 for _ in range(10))
    return ColumnDrift(
        kind="numeric", n=(5000, 4000), ks=0.2, ks_p=1e-9 if why else 0.4, scale=1.0,
        wasserstein=wasserstein, shift=wasserstein, psi=0.1, js=0.1, null_rate=(0.01, 0.08),
        null_p=1e-9 if why == "missing values" else 0.5, detectable=0.12, drifted=why is not None,
        because=(why.replace(" ", "_"),) if why else (), why=why, histogram=Histogram(edges=edges, reference=shares, current=shares), **more,
    )  # fmt: skip


def levels():
    return ColumnDrift(
        kind="categorical", n=(5000, 4000), chi2_p=1e-30, tv=0.2, tv_chance=0.01, unseen=0.06,
        unseen_chance=0.0, unseen_p=1e-9, unseen_levels=("Arc",), null_rate=(0, 0),
        detectable=0.05, drifted=True, because=("distribution", "unseen_levels"),
        why="distribution, unseen levels",
        histogram=Histogram(levels=("<b>$x$</b>", "b|c", "Arc"), reference=(0.7, 0.3, 0), current=(0.5, 0.44, 0.06)),
    )  # fmt: skip


@pytest.fixture
def evidence():
    return DriftEvidence(
        **STAMP,
        reference="old.parquet",
        current="new.parquet",
        n=(5000, 4000),
        tests=9,
        columns={
            "calm": numbers(),
            "age": numbers("distribution", 0.4),
            "income": numbers("missing values"),
            "browser | name": levels(),
            "gone": ColumnDrift(kind="text", change="vanished", n=(5000, 0), drifted=True, why="vanished"),
            "fresh": ColumnDrift(kind="text", change="new", n=(0, 4000)),
            "was": ColumnDrift(kind="text", was="numeric", change="retyped", n=(5000, 4000), drifted=True, why="retyped"),
        },
        outputs={"score": numbers("distribution", 0.3, part="score")},
        clusters=(40, 30),
        multivariate=Multivariate(auc=0.613, interval=(0.6, 0.626), rows=(5000, 4000),
                                  columns=(Importance(column="age", auc_drop=0.08),)),
        profile="numbers are compared at quantiles",
    )  # fmt: skip


def test_the_fold_as_markdown(evidence, snapshot):
    (fold,) = drift.folds(evidence, CONTEXT)
    assert fold.finding == "5 of 6 columns drifted (gone, was, age and 2 more)"
    assert markdown._fold([fold], _Charts({}, 0)) == snapshot


def test_nothing_drifted_is_one_line_in_a_comment():
    columns = {f"c{i}": numbers() for i in range(40)}
    (fold,) = drift.folds(DriftEvidence(**STAMP, columns=columns, n=(10, 10)), CONTEXT)
    assert fold.finding == "none of 40 columns drifted"
    assert not any(isinstance(part, Figure) for part in fold.content)
    text = markdown._fold([fold], _Charts({}, 0))
    assert "|" not in text
    assert "10 rows of against 10 of" in text


def test_a_check_that_could_not_measure_has_no_fold():
    assert list(drift.folds(DriftEvidence(**STAMP, error="no such file"), CONTEXT)) == []


def test_at_most_twelve_columns_are_drawn():
    columns = {f"c{i}": numbers("distribution", 0.2 + i / 100) for i in range(30)}
    (fold,) = drift.folds(DriftEvidence(**STAMP, columns=columns, n=(10, 10)), CONTEXT)
    figure = next(part for part in fold.content if isinstance(part, Figure))
    assert [panel.title for panel in figure.drawing.panels] == [f"c{i}" for i in range(29, 17, -1)]
    table = next(part for part in fold.content if isinstance(part, Table))
    assert (len(table.rows), table.brief) == (30, 12)


def test_figures_are_drawn_in_both_themes(evidence):
    (fold,) = drift.folds(evidence, CONTEXT)
    figures = [part for part in fold.content if isinstance(part, Figure)]
    assert [figure.name for figure in figures] == ["drift", "missing"]
    for figure in figures:
        plot = paint(figure)
        assert plot.light != plot.dark
        assert paint(figure).light == plot.light
        assert "income" in figure.alt


@pytest.mark.parametrize("edges", [(), (1.0,), (math.pi, 4.0)])
def test_histograms_of_few_bins_are_drawn(edges):
    one = numbers("distribution", 0.4).model_copy(
        update={
            "histogram": Histogram(
                edges=edges or (0.0,),
                reference=(1.0,) * (len(edges or (0,)) + 1),
                current=(0.0,) * (len(edges or (0,)) + 1),
            )
        }
    )
    (fold,) = drift.folds(DriftEvidence(**STAMP, columns={"c": one}, n=(10, 10)), CONTEXT)
    assert paint(next(part for part in fold.content if isinstance(part, Figure))).light


class TestShapes:
    def test_as_text_both_sides_share_a_scale(self):
        assert sparklines.text(Shape((0.0, 1.0), (0.5, 0.5))) == "▁█ → ▅▅"

    def test_many_bins_are_put_together(self):
        left, _, right = sparklines.text(Shape((0.01,) * 100, (0.01,) * 100)).partition(" → ")
        assert left == right == "█" * sparklines.CHARACTERS

    def test_as_paths(self):
        drawn = sparklines.draw(Shape((0.5, 0.5), (0.0, 1.0)))
        assert drawn.reference == "M0 28V14H70V14H140V28Z"
        assert drawn.current == "M0 28V28H70V0H140V28"
        pairs = sparklines.draw(Shape((1.0,), (0.5,), apart=True))
        assert pairs.reference.count("Z") == pairs.current.count("Z") == 1

    def test_nothing_has_a_shape_too(self):
        assert sparklines.text(Shape((0.0,), (0.0,))) == "▁ → ▁"
        assert sparklines.draw(Shape((), ())).reference
