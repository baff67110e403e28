"""The release workflow's last step, with a `gh` that tells what it was asked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mlgate import __version__
from mlgate.model import project

TOP = Path(__file__).parents[2]
GH = """\
#!/bin/sh
case "$*" in
  *matching-refs*) cat "$TAGS" ;;
  "release view"*) exit "$RELEASED" ;;
  *PATCH*) echo "$*" >> "$TOLD"; exit "$MOVES" ;;
  *) echo "$*" >> "$TOLD" ;;
esac
"""
SHA = "c0ffee"
MOVED = f"api --silent --method PATCH repos/o/r/git/refs/tags/v1 -f sha={SHA} -F force=true"
MADE = f"api --silent repos/o/r/git/refs -f ref=refs/tags/v1 -f sha={SHA}"


def released(folder: Path, version: str, tags: str, *, before: bool = False, first: bool = False):
    """Run the step for a version's tag; give what `gh` was asked to write."""
    found = YAML(typ="safe").load(TOP / ".github/workflows/release.yml")
    step = found["jobs"]["release"]["steps"][-1]
    gh, told, listed = folder / "gh", folder / "told", folder / "tags"
    gh.write_text(GH)
    gh.chmod(0o755)
    listed.write_text("".join(f"refs/tags/{tag}\n" for tag in tags.split()))
    environ = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "GH_REPO": "o/r"}
    environ |= {"GITHUB_REF_NAME": version, "GITHUB_SHA": SHA, "TAGS": str(listed)}
    environ |= {"TOLD": str(told), "RELEASED": "01"[not before], "MOVES": "01"[first]}
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=folder, env=environ, check=True)
    return [line for line in told.read_text().splitlines() if "release create" not in line], (
        "release create" in told.read_text()
    )


def test_the_newest_version_moves_the_tag_of_its_series(tmp_path: Path) -> None:
    assert released(tmp_path, "v1.10.0", "v1.2.0 v1.10.0 v1.9.1") == ([MOVED], True)


def test_the_first_version_of_a_series_makes_its_tag(tmp_path: Path) -> None:
    assert released(tmp_path, "v1.0.0", "v1.0.0", first=True) == ([MOVED, MADE], True)


@pytest.mark.parametrize("version", ["v1.2.1", "v1.9.2"])
def test_a_version_of_an_older_line_leaves_the_tag_alone(tmp_path: Path, version: str) -> None:
    assert released(tmp_path, version, f"v1.10.0 {version}") == ([], True)


@pytest.mark.parametrize("tags", ["v1.2.0 v1.2.0-rc1", "v1.2.0 v1.3.0-rc1"])
def test_a_tag_that_is_no_release_is_not_the_newest_version(tmp_path: Path, tags: str) -> None:
    assert released(tmp_path, "v1.2.0", tags) == ([MOVED], True)


def test_a_job_that_is_run_again_makes_no_second_release(tmp_path: Path) -> None:
    assert released(tmp_path, "v1.0.0", "v1.0.0", before=True) == ([MOVED], False)


def test_what_pages_and_workflows_name_is_the_tag_of_this_series() -> None:
    """A release makes and moves `vMAJOR`: no other tag of ours is named anywhere."""
    series = f"v{__version__.partition('.')[0]}"
    assert f"{project.PROJECT}@{series}" == project.ACTION
    files = subprocess.run(
        ["git", "grep", "-hoE", "mlgate/mlgate[A-Za-z0-9_./-]*@[A-Za-z0-9_.]+", "--", "*.md", "*.yml"],
        cwd=TOP, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert len(files) > 50
    assert {name.rpartition("@")[2] for name in files} == {series}
