"""The forge of CONTRIBUTING.md, word for word, in a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "unit" / "report" / "samples"
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def mlgate(tmp_path: Path):
    """Run mlgate with the forge of the page, outside of any CI."""
    section = PAGE.split("\n## How to add a forge\n")[1].split("\n## ")[0]
    (code,) = re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    (file,) = set(re.findall(r"`(src/mlgate/forges/\w+\.py)`", section))
    source = tmp_path / "src" / "mlgate"
    shutil.copytree(ROOT / "src" / "mlgate", source, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / file).write_text(code, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    environ = {
        **kept,
        "PYTHONPATH": str(source.parent),
        "MLGATE_FORGE": Path(file).stem,
        "REPORTS": str(tmp_path / "reports"),
    }

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mlgate", *arguments],
            cwd=tmp_path, env={**environ, **more}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_it_posts_comments_and_what_it_lacks_is_absent(mlgate, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "blocked", tmp_path / "run")
    posted = mlgate("publish", "run", "--pr", "1", "--require-publish")
    assert posted.returncode == 0, posted.stderr
    assert "comment: created: file://" in posted.stderr
    assert "check: this forge has none" in posted.stderr
    assert "status: this forge has none" in posted.stderr
    (comment,) = (tmp_path / "reports" / "pull-1").glob("*.md")
    assert "Model gate: blocked" in comment.read_text(encoding="utf-8")
    assert "comment: unchanged" in mlgate("publish", "run", "--pr", "1").stderr


def test_any_markdown_becomes_one_comment_a_key(mlgate, tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    for text in ("one", "two ![image](image.png)"):
        (tmp_path / "text.md").write_text(text)
        done = mlgate(
            "comment", "text.md", "--key", "k", "--target", "pr/7", "--image", "image.png"
        )
        assert done.returncode == 0, done.stderr
    assert "the images are not shown: this forge keeps no files" in done.stderr
    (comment,) = (tmp_path / "reports" / "pull-7").glob("*.md")
    assert comment.read_text().endswith(text)


def test_what_cannot_be_done_without_a_capability_says_which(mlgate) -> None:
    refused = mlgate("publish", "--from-run", "5")
    assert (refused.returncode, "this forge has no workflow runs" in refused.stderr) == (2, True)
    assert mlgate("comment", "x.md", "--key", "k", REPORTS="").returncode == 2
