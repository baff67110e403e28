"""docs/start.md, step by step: its commands run, and print what the page says.

But for the first, which installs: packages are not fetched by tests.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.pages import ROOT, Page

PAGE = Page(ROOT / "docs" / "start.md")
BIN = Path(sys.prefix) / "bin"


@pytest.fixture
def run(tmp_path):
    """Run lines of shell in a fresh folder, as somebody whose environment is activated."""
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    here = tmp_path / "churn"
    here.mkdir()
    ours = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": sys.prefix,
        "HOME": str(tmp_path),
    }

    def shell(script: str) -> str:
        done = subprocess.run(
            ["sh", "-c", script], cwd=here, env={**identity, **ours}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return done.stdout

    shell.here = here
    return shell


def test_the_page_runs(run):
    blocks = PAGE.blocks()
    (code,) = (one.text for one in blocks if one.language == "python")
    (configured,) = (one.text for one in blocks if one.language == "yaml")
    written, judged = (one.text for one in blocks if one.language == "console")
    shells = [one.text for one in blocks if one.language == "sh"]
    (run.here / "train.py").write_text(code, encoding="utf-8")

    run("git init --quiet --initial-branch main")
    run(shells[1])
    assert run("mlgate init") == written.partition("\n")[2]
    assert (run.here / "mlgate.yaml").read_text(encoding="utf-8") == configured
    with (run.here / "mlgate.yaml").open("a", encoding="utf-8") as file:
        file.write("report: {plots: none}\n")  # for speed
    assert "untested" in run(shells[2])

    told = run("\n".join(re.findall(r"^\$ (.+)$", judged, re.MULTILINE)))
    shown = re.sub(r"^\$ .+\n", "", judged, flags=re.MULTILINE)
    assert shown.strip() in told

    run("git init --quiet --bare ../github && git remote add origin ../github")
    run(shells[3])
    assert run("git -C ../github log --format=%s main") == "Train a model, and gate it\n"
