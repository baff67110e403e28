"""What two jobs cost over one: the sum of their steps, each job with an installation of its own.

Queueing, and what GitHub needs to start a job, are not in them. `python -m benchmarks two_jobs` takes
the figures from here.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from tests.workflows.act import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflows.act import Outcome
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
TARGET = 40.0


class OwnHomes(Act):
    """A runner that keeps nothing of one job for the next, and installs from pip's index."""

    def _variables(self, number: int) -> dict[str, str]:
        kept = {"MLGATE_HOME", "MLGATE_WHEELHOUSE"}
        known = super()._variables(number).items()
        return {name: value for name, value in known if name not in kept}


def seconds(outcome: Outcome) -> dict[str, float]:
    """Return the sum of each job's steps, by its id."""
    spent: dict[str, float] = {}
    for event in outcome.events:
        if "stepResult" in event and event.get("stage") == "Main" and len(event["stepID"]) == 1:
            took = event["executionTime"] / 1e9
            spent[event["jobID"]] = spent.get(event["jobID"], 0.0) + took
    return spent


def test_two_jobs_cost_little_more_than_one(
    act: Act, project: Project, record_property: Callable[[str, object], None]
) -> None:
    runner = OwnHomes(**{field.name: getattr(act, field.name) for field in fields(act)})
    project.keep()
    spent = {}
    for number, name in enumerate(("single-job.yml", "pull-request.yml"), start=1):
        workflow = project.add_workflow(name)
        project.branch(f"try-{number}", wrong=90)
        outcome = runner.run(
            project.path, "pull_request", workflow, project.pull_request(), number=number
        )
        assert outcome.code == 0, outcome.text
        jobs = seconds(outcome)
        for job, took in jobs.items():
            record_property(f"{name} {job}", took)
        spent[name] = sum(jobs.values())
    single, two = spent.values()
    assert two - single < TARGET
