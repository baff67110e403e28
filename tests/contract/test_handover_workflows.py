"""Two jobs: what is handed over is gone after a day, and what judges installs nothing of the author's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
INSTALLS = re.compile(r"\b(pip|uv|conda|poetry|npm|apt-get)\b|requirements")


def jobs_of(path: Path) -> Iterator[list[dict[str, Any]]]:
    for job in YAML(typ="safe").load(path)["jobs"].values():
        yield job.get("steps", [])


def given(step: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = step.get("with") or {}
    return found


def uses(step: dict[str, Any], action: str) -> bool:
    return str(step.get("uses", "")).startswith(f"actions/{action}@")


def is_handover(step: dict[str, Any]) -> bool:
    return "handover" in str(given(step).get("name", given(step).get("pattern", "")))


FILES = sorted(
    path
    for folder in ("workflows", ".github/workflows")
    for path in (TOP / folder).glob("*.yml")
    if any(is_handover(step) for steps in jobs_of(path) for step in steps)
)


def test_the_workflows_of_two_jobs_are_found() -> None:
    assert {"pull-request.yml", "model-ci.yml", "monorepo.yml"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_is_handed_over_is_gone_after_a_day(path: Path) -> None:
    steps = [step for steps in jobs_of(path) for step in steps]
    kept = [
        given(step).get("retention-days")
        for step in steps
        if uses(step, "upload-artifact") and is_handover(step)
    ]
    assert kept
    assert set(kept) == {1}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_judges_installs_nothing_of_the_author(path: Path) -> None:
    judging = [
        steps
        for steps in jobs_of(path)
        if any(uses(step, "download-artifact") and is_handover(step) for step in steps)
    ]
    assert judging
    for steps in judging:
        assert not [step["run"] for step in steps if INSTALLS.search(str(step.get("run", "")))]
        assert not [step for step in steps if uses(step, "setup-python")]
