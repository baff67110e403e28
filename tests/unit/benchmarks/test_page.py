"""The calibration table is whole, and docs/statistics.md says what stands in it."""

from __future__ import annotations

import importlib.util
import io
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.calibration import families, tables
from benchmarks.calibration.judging import Case
from benchmarks.calibration.line import Line

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "benchmarks/results/calibration.md").read_text(encoding="utf-8")
USERS = (ROOT / "docs/statistics.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\[([^\]]+)\]\(\.\./benchmarks/results/calibration\.md#([^)]+)\)", USERS)
NAMES = ("coin", "pairing", "regions", "rows", "coverage")


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_holds_every_case_and_explains_every_miss() -> None:
    for family in families.families():
        assert f'<a id="{family.key}"></a>' in PAGE
        for job in family.jobs:
            name = job.name if isinstance(job, Case) else job.id
            assert f'<a id="{tables.anchor(family, Line(name, ()))}"></a>' in PAGE, name
    assert "Not explained" not in PAGE


def test_every_number_of_the_users_page_stands_in_the_line_it_links_to() -> None:
    assert len(LINKS) > 50
    for said, where in LINKS:
        line = re.search(rf'^.*<a id="{re.escape(where)}"></a>(.*)$', PAGE, re.MULTILINE)
        assert line is not None, where
        numbers = re.findall(r"\d*\.\d+", said)
        assert numbers, said
        cells = re.findall(r"(?<![\d.])\d*\.\d+", line.group(1))
        for number in numbers:
            assert any(cell.startswith(number) or rounds_to(cell, number) for cell in cells), where


def rounds_to(cell: str, said: str) -> bool:
    digits = len(said.partition(".")[2])
    return f"{float(cell):.{digits}f}" == f"{float(said):.{digits}f}"


def test_every_other_link_of_the_users_page_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", USERS, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", USERS):
        path, _, place = target.partition("#")
        if path:
            assert (ROOT / "docs" / path).exists(), target
        else:
            assert place in headings, target
    for picture in re.findall(r'(?:src|srcset)="([^"]+)"', USERS):
        assert (ROOT / "docs" / picture).exists(), picture


def locked(package: str) -> str:
    text = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.skipif(
    version("matplotlib") != locked("matplotlib"), reason="another matplotlib lays text out anew"
)
@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_those_of_these_functions_and_this_table(name: str) -> None:
    from matplotlib.image import imread

    module = load("docs/statistics_pictures.py")
    assert tuple(module.PICTURES) == NAMES
    for theme, png in module.both(module.PICTURES[name]()).items():
        path = ROOT / f"docs/images/statistics-{name}-{theme}.png"
        drawn, kept = (imread(io.BytesIO(one)) for one in (png, path.read_bytes()))
        assert drawn.shape == kept.shape
        # Not byte for byte: font rendering differs a little between platforms.
        assert float(np.abs(drawn - kept).mean()) < 0.004, "run docs/statistics_pictures.py"
