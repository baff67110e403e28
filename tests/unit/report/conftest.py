"""Run directories from `samples/` (made by make_samples.py), and a GFM renderer."""

from __future__ import annotations

import shutil
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from mlgate import checks
from mlgate.report import build, load
from mlgate.run_dir import RunDir

SAMPLES = Path(__file__).parent / "samples"
EXTENSIONS = ["table", "strikethrough", "autolink", "tagfilter"]


@pytest.fixture
def run_dir(tmp_path):
    """Copy a sample to a fresh folder."""

    def copy(name: str, to: str | None = None) -> RunDir:
        return RunDir(
            Path(shutil.copytree(SAMPLES / name, tmp_path / (to or name))), checks.evidence_types()
        )

    return copy


@pytest.fixture
def report_of():
    """Build a sample's report."""

    def made(name: str):
        found = load.load(RunDir(SAMPLES / name, checks.evidence_types()))
        return build.build(found.run, found.verdict, found.evidence, checks.pages())

    return made


@pytest.fixture
def gfm():
    """Render as GitHub does, before its own filters."""

    def rendered(text: str) -> str:
        options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
        return cmarkgfm.markdown_to_html_with_extensions(text, options, EXTENSIONS)

    return rendered
