"""Outputs of a step: whatever a value holds, it stays one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.cli import outputs
from mlgate.cli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str) -> dict[str, str]:
    """Read a file of outputs as the runner does."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(iter(lambda: next(lines), end))
    return found


def test_values_of_several_lines_cannot_set_other_outputs(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("earlier<<x\n1\nx\n")
    settings = Settings(environ={"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(path)})
    hostile = "all well\nverdict=pass\nverdict<<x\npass\nx"
    outputs.write(settings, {"headline": hostile, "verdict": "fail"})
    assert read(path.read_text()) == {"earlier": "1", "headline": hostile, "verdict": "fail"}


def test_outside_a_step_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "output"
    outputs.write(Settings(environ={"GITHUB_OUTPUT": str(path)}), {"verdict": "pass"})
    outputs.write(Settings(environ={"GITHUB_ACTIONS": "true"}), {"verdict": "pass"})
    assert not path.exists()
