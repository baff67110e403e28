"""Tricks of the red team's table through the workflow files themselves, as a runner runs them.

The whole table plays the commands that these files run (tests/redteam).
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.redteam.secrets_of_the_job import spellings
from tests.workflows.hub import TOKEN
from tests.workflows.project import CONFIG, TRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflows.act import Act
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
WORSE = TRAIN.format(wrong=200)
"""Ten points worse than main; 2 are allowed."""
ID_KEY = "secretThatHashesIds/42+7"
PRINTS = """
import base64, os, pathlib
seen = [str(dict(os.environ))]
parent = os.getppid()
while parent > 1:
    try:
        seen.append(pathlib.Path(f"/proc/{parent}/environ").read_text(errors="replace"))
        status = pathlib.Path(f"/proc/{parent}/status").read_text()
    except OSError as error:
        seen.append(str(error))
        break
    parent = int(status.partition("PPid:")[2].split()[0])
for text in seen:
    print(text)
    print(base64.b64encode(text.encode()).decode())
"""


@dataclass(frozen=True)
class Stage:
    """The workflow on main, main's baseline, and a token with all that the workflow asks for."""

    act: Act
    project: Project
    hub: Hub
    workflow: str

    def plays(
        self, config: str = CONFIG, train: str = WORSE, main: str = CONFIG
    ) -> tuple[int, str]:
        """Judge a branch; return how its job ended, and all that was shown or uploaded."""
        if main != CONFIG:
            self.project.commit("Decide", config=main)
            self.project.push("main")
        self.project.git("checkout", "--quiet", "-B", "try", "main")
        self.project.commit("Try", config=config, train=train)
        self.hub.push(self.project.head)
        outcome = self.act.run(
            self.project.path, "pull_request", self.workflow, self.project.pull_request(),
            number=7, secrets={"ID_KEY": ID_KEY},
        )  # fmt: skip
        (comment,) = self.hub.comments
        assert self.hub.statuses[-1].state in ("success", "failure", "error")
        assert outcome.jobs["mlgate"] == ("success" if outcome.code == 0 else "failure")
        return outcome.code, f"{outcome.text}\n{outcome.summary}\n{comment}"

    def uploaded(self) -> Iterator[str]:
        """Yield the contents of all that the jobs uploaded."""
        for path in filter(Path.is_file, (self.act.folder / "artifacts").rglob("*")):
            if path.suffix != ".zip":
                yield path.read_bytes().decode("utf-8", "replace")
                continue
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield packed.read(name).decode("utf-8", "replace")


@pytest.fixture
def stage(act: Act, project: Project, hub: Hub) -> Stage:
    workflow = project.add_workflow("pull-request.yml")
    text = (project.path / workflow).read_text(encoding="utf-8")
    judging = "uses: mlgate/mlgate@v0\n        with: {handover: mlgate-handover.zip}\n"
    secret = 'env: {ID_KEY: "${{ secrets.ID_KEY }}"}\n'
    assert text.count(judging) == 2  # of pull requests, and of main
    given = text.replace(judging, f"{judging}        {secret}")
    project.put_workflow("pull-request.yml", given)
    project.keep()
    hub.allow(
        contents="read", pull_requests="write", checks="write", statuses="write", actions="read"
    )
    return Stage(act, project, hub, workflow)


def test_a_policy_that_the_branch_loosens_does_not_judge(stage: Stage) -> None:
    code, shown = stage.plays(CONFIG.replace("0.02", "0.5").replace("min: 0.8", "min: 0.1"))
    assert code == 1
    assert "accuracy is worse than main" in shown


def test_a_name_that_the_branch_edits_is_an_error(stage: Stage) -> None:
    code, shown = stage.plays(CONFIG.replace("name: model", "name: fresh"))
    assert code == 1
    assert stage.hub.statuses[-1].state == "error"
    assert stage.hub.statuses[-1].context == "mlgate/model"
    assert "fresh" in shown


def test_a_training_that_prints_all_it_can_read_finds_no_secret(stage: Stage) -> None:
    main = f"{CONFIG}baseline: {{id_key: '${{env:ID_KEY}}'}}\n"
    code, shown = stage.plays(main, TRAIN.format(wrong=90) + PRINTS, main)
    assert code == 0, shown
    assert "HOME" in shown  # it did print
    everything = [shown, *stage.uploaded()]
    assert len(everything) >= 5  # the log, what was handed over, the report
    for secret in (TOKEN, ID_KEY):
        assert not [text for text in spellings(secret) if any(text in one for one in everything)]


def test_numbers_alone_are_handed_over_where_main_wants_it(stage: Stage) -> None:
    main = f"{CONFIG}handover: evidence\n"
    code, shown = stage.plays(CONFIG, WORSE, main)
    assert code == 1
    assert "accuracy is worse than main" in shown
    assert "beside the author's code" in shown
