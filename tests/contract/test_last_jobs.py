"""The job that a branch requires: never skipped, and green only where all that it needs was."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

TOP = Path(__file__).parents[2]
RESULTS: Final = ("success", "failure", "cancelled", "skipped")
PASSING: Final = {
    "model-ci.yml": {  # train, judge, keep
        ("success", "success", "skipped"),
        ("success", "skipped", "success"),
    },
    "model-publish.yml": {("success",)},
    "model-deploy-gate.yml": {("success",)},
    "ci.yml": {("success",) * 4},
}
TO_COPY: Final = sorted(TOP.glob("workflows/*.yml"))


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path)["jobs"]
    return found


def last(name: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Give the names of all jobs but the last, and the last."""
    found = jobs(TOP / ".github/workflows" / name)
    *others, _ = found
    return tuple(others), list(found.values())[-1]


def code(job: dict[str, Any], needs: dict[str, str], allowed: str = "true") -> int:
    """Run the one step of a last job, with the expressions of its variables filled in."""
    (step,) = job["steps"]
    known = {"join(needs.*.result, ' ')": " ".join(needs.values())}
    for name, result in needs.items():
        known |= {f"needs.{name}.result": result, f"needs.{name}.outputs.allowed": allowed}
    env = {
        name: known[value.removeprefix("${{ ").removesuffix(" }}")]
        for name, value in step["env"].items()
    }
    command = ["bash", "-e", "-c", step["run"]]
    return subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False).returncode


@pytest.mark.parametrize("name", PASSING)
def test_the_last_job_cannot_be_skipped_and_may_nothing(name: str) -> None:
    others, job = last(name)
    needs = job["needs"]
    assert (needs if isinstance(needs, list) else [needs]) == list(others)
    assert job["if"] == "always()"
    assert job["permissions"] == {}


@pytest.mark.parametrize("name", PASSING)
def test_the_last_job_fails_for_what_failed_was_cancelled_or_skipped(name: str) -> None:
    others, job = last(name)
    everything = (
        itertools.product(RESULTS, repeat=len(others))
        if len(others) < 4
        else [("success",) * i + (r,) + ("success",) * (len(others) - 1 - i)
              for i in range(len(others)) for r in RESULTS]
    )  # fmt: skip
    passed = {
        results for results in everything if code(job, dict(zip(others, results, strict=True))) == 0
    }
    assert passed == PASSING[name]


@pytest.mark.parametrize("allowed", ["false", ""])
def test_a_gate_that_did_not_allow_is_no_success(allowed: str) -> None:
    _, job = last("model-deploy-gate.yml")
    assert code(job, {"verify": "success"}, allowed) != 0


@pytest.mark.parametrize("path", TO_COPY, ids=lambda path: path.name)
def test_a_required_job_that_waits_for_others_is_never_skipped(path: Path) -> None:
    """A run that is cancelled skips what has not begun, and skipped satisfies a requirement."""
    job = jobs(path).get("mlgate", {})
    always = ("always()", "always() && github.event_name == 'pull_request'")
    assert not job.get("needs") or job["if"] in always
