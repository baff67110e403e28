from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mlgate
from mlgate.checks.compare.figures import ConfusionMatrices, History, Residuals, Trajectory
from mlgate.report import plots
from mlgate.report.document import Figure
from mlgate.report.figures import Forest, MetricChange

CASES = [
    ("blocked", name) for name in ("changes", "confusion", "roc", "calibration", "history")
] + [("regression", "residuals"), ("multiclass", "confusion")]


def figure(report, name):
    return next(one for one in report.figures() if one.name == name)


def pixels(png: bytes):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.parametrize(("sample", "name"), CASES)
def test_both_themes_are_sharp_small_and_the_same_each_time(sample, name, report_of):
    found = figure(report_of(sample), name)
    first, again = plots.paint(found), plots.paint(found)
    assert (first.light, first.dark) == (again.light, again.dark)
    light, dark = pixels(first.light), pixels(first.dark)
    assert light.shape == dark.shape
    assert light.shape[1] == 800
    assert max(len(first.light), len(first.dark)) < 60_000
    assert light[2, 2].tolist() == [255, 255, 255]
    assert dark[2, 2].tolist() == [13, 17, 23]


@pytest.mark.parametrize(("sample", "name"), CASES)
def test_nothing_is_cut_off_at_the_edges(sample, name, report_of):
    light = pixels(plots.paint(figure(report_of(sample), name)).light)
    paper = light[2, 2]
    edges = np.concatenate(
        [
            light[:2].reshape(-1, 3),
            light[-2:].reshape(-1, 3),
            light[:, :2].reshape(-1, 3),
            light[:, -2:].reshape(-1, 3),
        ]
    )
    assert np.abs(edges - paper).max() < 12


@pytest.mark.parametrize(
    "drawing",
    [
        Forest(
            (MetricChange("a" * 80, "$x_1^$ {", 0.0, None, None, None, False, False),), "m" * 90
        ),
        Forest((MetricChange("flat", "0 [0, 0]", 0.0, 0.0, 0.0, None, False, False),), "main"),
        ConfusionMatrices(("猫", "\N{DOG FACE}"), (("this", ((3, 1), (2, 5))),)),
        ConfusionMatrices(("<a>", "$b$"), (("this", ((0, 0), (0, 0))),)),
        Residuals((("this", (0.0,) * 101),)),
        Residuals((("this", tuple(float(i) * 1e7 for i in range(-50, 51))),)),
        History((Trajectory("t", ("a", "b"), (None, 1.0), ((0, "v$1$"),), "number", 3),)),
        History((Trajectory("t", ("a", "b", "c"), (1.0, 1.0, None), (), "share", 3),)),
    ],
)
def test_odd_numbers_and_names_are_drawn(drawing):
    found = plots.paint(Figure("odd", "odd", "odd", drawing))
    assert found.light != found.dark


def test_files_are_named_by_theme(report_of, tmp_path):
    file = plots.write(plots.paint(figure(report_of("blocked"), "roc")), tmp_path)
    assert (file.light.name, file.dark.name) == ("roc-light.png", "roc-dark.png")
    assert file.light.read_bytes() != file.dark.read_bytes()
    assert file.alt


def test_many_metrics_do_not_make_an_endless_plot(report_of):
    found = figure(report_of("blocked"), "changes")
    assert isinstance(found.drawing, Forest)
    many = replace(found.drawing, changes=found.drawing.changes * 30)
    assert pixels(plots.paint(replace(found, drawing=many)).light).shape[0] < 1_500


def test_nothing_else_draws_pixels():
    source = Path(mlgate.__file__).parent
    found = {
        file.relative_to(source).parent.as_posix()
        for file in source.rglob("*.py")
        if re.search(r"(?m)^\s*(import|from) PIL", file.read_text(encoding="utf-8"))
    }
    assert found == {"report/plots"}
