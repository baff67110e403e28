"""Generated secrets, every command, every spelling, every way out: nothing is found.

The branch is as bad as it can be: it got hold of every secret of the job, and writes each in every
spelling into its log (in pieces), its results and its errors. The redactor must know them all.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pytest

from mlgate.cli import COMMANDS as LISTED
from mlgate.cli import UNLISTED

from . import ways_out
from .bases import copy_of, plain
from .command import mlgate
from .play import Stage, _checkout, _tell
from .played_github import NAME, played
from .recording_registry import recording_registry
from .repository import SLIGHTLY_WORSE
from .secrets_of_the_job import spellings
from .trick import ANY, INTENT, Mode, trick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .bases import Base
    from .played_github import PlayedGitHub
    from .repository import Repository

LEAK = """
import pathlib, sys, time
written = pathlib.Path({path!r}).read_text().split("\\x1e")
for number, text in enumerate(written):
    half = len(text) // 2
    sys.stdout.write("leak " + text[:half]); sys.stdout.flush()
    if number % 40 == 0: time.sleep(.05)
    sys.stdout.write(text[half:] + " end\\n"); sys.stdout.flush()
    print(text, file=sys.stderr)
import json, os
tests = [{{"name": "t%d" % n, "description": text, "status": "FAIL", "group": "g", "parameters": {{}}}}
         for n, text in enumerate(written)]
os.makedirs("out", exist_ok=True)
with open("params.yaml", "w") as params: json.dump({{"p%d" % n: text for n, text in enumerate(written)}}, params)
json.dump({{"tests": tests[:100], "summary": {{"all_passed": False}}}}, open("out/evidently.json", "w"))
if os.path.exists("fail"): raise SystemExit("\\n".join(written)[:5000])
"""


@trick(ANY, INTENT, modes=(Mode.SINGLE,))
def every_spelling_everywhere(repo: Repository) -> None:
    """Writes all secrets of the job in every spelling to its log, its results and its errors."""
    repo.configure("title: A model", "title: A model")


class Searched:
    """All that left, each text once: what was found in it, and which ways out were used."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.spelled = [
            (text, secret) for secret in ways_out.held(secrets) for text in spellings(secret)
        ]
        self.used: dict[str, set[str]] = {}

    def search(self, command: str, places: Iterable[tuple[str, str]]) -> None:
        """Search what a command left in each place."""
        for place, text in places:
            way = ways_out.way_out(place)
            if way is None or text in self.used.setdefault(way, set()):
                continue
            self.used[way].add(text)
            for spelling, secret in self.spelled:
                assert spelling not in text, (
                    f"{secret!r} as {spelling!r} in {place} after {command}"
                )


def test_every_command_is_searched() -> None:
    assert {command for command, *_ in ways_out.COMMANDS} == (LISTED.keys() | UNLISTED) - {"demo"}


@pytest.mark.parametrize("job_number", ways_out.JOBS)
def test_no_secret_gets_out(
    job_number: int, templates: Callable[[Base], Path], tmp_path: Path
) -> None:
    secrets = ways_out.generated(job_number)
    written = ways_out.leaked(secrets)
    searched = Searched(secrets)
    stage_folder = tmp_path / "pull"
    repository = copy_of(templates(plain), stage_folder)
    leak = tmp_path / "leak.txt"
    leak.write_text("\x1e".join(written), encoding="utf-8")
    with repository.on_main():
        repository.add_to_config(
            "data: {path: '${env:DATA_DIR}/x.csv', rules: [{column: a, min: 0}]}\n"
            "baseline: {id_key: '${env:ID_KEY}'}\nevidence: {import: [out/evidently.json]}"
        )
        repository.configure("gates:\n", "gates:\n  data: {max_share: 0}\n")
        repository.configure(
            "python train.py}", "python train.py, artifacts: [out/predictions.csv]}"
        )
        repository.after_training(LEAK.format(path=str(leak)))

    def play_on_main(command: tuple[str, ...], **more: str) -> None:
        words = (Template(word).safe_substitute(secrets) for word in command)
        ended = mlgate(repository.root, {**secrets, "CI": "true", **more}, *words)
        assert ended.code != 4, ended.console
        there = ways_out.files(stage_folder, repository.root, repository)
        searched.search(f"{command} on main", [("console", ended.console), *there])

    for command in ways_out.ON_MAIN:
        play_on_main(command)
    with repository.on_main():
        repository.add_to_config("registry: {kind: mlflow}")
    with recording_registry() as registry:
        for command in ways_out.REGISTERED:
            play_on_main(command, MLFLOW_TRACKING_URI=registry.url)
    searched.search("the registry", registry.places())
    assert sum("model-versions/create" in request for request in registry.sent) == 2
    repository.error(SLIGHTLY_WORSE)
    head = repository.commit("A change")
    repository.push("HEAD:refs/heads/feature", "HEAD:refs/pull/1/head")
    example = trick(ANY, INTENT)(every_spelling_everywhere.change)
    with played() as github:
        _tell(github, repository, head, example, NAME)
        github.token(secrets["GITHUB_TOKEN"])
        stage = Stage(example, stage_folder, repository, github, head)
        job = _checkout(stage, "job", "refs/pull/1/head")
        environ = stage.environ("job", "pull_request", GITHUB_BASE_REF="main", **secrets)
        event = {
            "action": "opened", "number": 1,
            "pull_request": {"number": 1, "head": {"sha": head, "ref": "feature"}, "base": {"ref": "main"}},
        }  # fmt: skip
        Path(environ["GITHUB_EVENT_PATH"]).write_text(json.dumps(event))
        for name in ("note.md", "note.csv"):
            (job / name).write_text("\n".join(written), encoding="utf-8")

        def play(command: tuple[str, ...]) -> None:
            ended = mlgate(job, environ, *command)
            assert ended.code != 4, ended.console
            assert "Usage: mlgate" not in ended.console, ended.console
            there = left(ended.console, github, stage_folder, job, repository)
            searched.search(" ".join(command), there)

        for command in ways_out.COMMANDS:
            play(command)
        (job / "fail").touch()
        for command in ways_out.FAILING:
            play(command)
    searched.search("all", ways_out.stored(repository))
    assert set(searched.used) == set(ways_out.WAYS_OUT)
    for way in ("standard output and error", "the training's log"):
        assert any("***" in text for text in searched.used[way])


def left(
    console: str, github: PlayedGitHub, stage: Path, job: Path, repository: Repository
) -> Iterator[tuple[str, str]]:
    """Yield all that is there once a command has ended, by place."""
    yield "console", console
    yield from github.texts_by_place()
    yield from ways_out.files(stage, job, repository)


@pytest.mark.parametrize(
    "secret", ["accuracy", "toy-model-no", "mlgate12", "12345678", "passpass", "predictions"]
)
def test_a_secret_that_looks_like_a_result_changes_none(
    secret: str, templates: Callable[[Base], Path], tmp_path: Path
) -> None:
    repository = copy_of(templates(plain), tmp_path / "pull")
    repository.write("note.txt", "a change")
    repository.commit("A change")
    ended = mlgate(repository.root, {"DB_PASSWORD": secret}, "run")
    part_of_a_name = secret == "accuracy"
    assert ended.code == (2 if part_of_a_name else 0), ended.console
    if part_of_a_name:
        assert "the value of the environment variable DB_PASSWORD is also part of" in ended.console
        assert "accuracy" not in ended.console
    else:
        assert "accuracy.max_regression" in ended.console
        verdict = json.loads((repository.root / ".mlgate/verdict.json").read_text())
        assert {gate["target"] for gate in verdict["gates"]} == {"accuracy"}
        evidence = json.loads((repository.root / ".mlgate/evidence/compare.json").read_text())
        assert evidence["n"] == 2000
