"""Plays a row of the table: the branch is pushed, the jobs run, and one looks what came of it."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .bases import copy_of
from .command import Ended, mlgate
from .outcome import Outcome, step_outputs
from .played_github import FORK, NAME, RUN, WORKFLOW, PlayedGitHub, played
from .repository import Repository, git
from .secrets_of_the_job import OUTSIDE_FILE, READ_TOKEN, SECRETS, TOKEN, leaks, leaks_in_files
from .trick import Expected, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .trick import Trick


_LONG_AGO = 1_700_000_000


class TrickWorkedError(AssertionError):
    """A trick works: the gate is green that must not be, or a secret got out."""


@dataclass(frozen=True)
class Stage:
    """What the jobs of one pull request share."""

    trick: Trick
    folder: Path
    repository: Repository
    github: PlayedGitHub
    head: str

    @property
    def options(self) -> tuple[str, ...]:
        return ("--config", self.trick.config) if self.trick.config else ()

    def environ(self, job: str, event: str, **more: str) -> dict[str, str]:
        """The variables of a job."""
        return {
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            **self.github.environ,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.folder / f"{job}.event.json"),
            "GITHUB_STEP_SUMMARY": str(self.folder / f"{job}.summary.md"),
            "GITHUB_OUTPUT": str(self.folder / f"{job}.output"),
            "GITHUB_RUN_ID": "900",
            "GITHUB_RUN_NUMBER": "9",
            "GITHUB_RUN_ATTEMPT": str(self.trick.attempt),
            "GITHUB_WORKFLOW": "mlgate",
            "GITHUB_WORKFLOW_REF": f"{NAME}/{WORKFLOW}@refs/pull/1/merge",
            "GITHUB_JOB": "mlgate",
            **more,
        }


def play(trick: Trick, mode: Mode, template: Path, folder: Path) -> Outcome:
    """Play a trick in a folder of its own."""
    (folder.parent / "outside.csv").write_text(f"{OUTSIDE_FILE},second\n1,2\n")
    repository = copy_of(template, folder)
    kept = repository.git("rev-parse", "main")
    if mode is Mode.EVIDENCE and not trick.base.handed:
        with repository.on_main():
            repository.add_to_config("handover: evidence")
    trick.change(repository)
    head = repository.commit("A change")
    repository.push("HEAD:refs/heads/feature", "HEAD:refs/pull/1/head")
    with played() as github:
        _tell(github, repository, head, trick, FORK if mode is Mode.FORK else NAME)
        if trick.base.kept:
            github.kept(kept, trick.base.model)
        stage = Stage(trick, folder, repository, github, head)
        return _PLAYS[mode](stage)


def judge(trick: Trick, outcome: Outcome) -> None:
    """Raise `TrickWorkedError` where an outcome is not the expected one."""
    if outcome.leaks:
        raise TrickWorkedError(f"a secret got out\n{outcome}")
    if outcome.crashed:
        raise TrickWorkedError(f"mlgate crashed\n{outcome}")
    if problem := _problem(trick, outcome):
        raise TrickWorkedError(f"{problem}\n{outcome}")


def _problem(trick: Trick, outcome: Outcome) -> str | None:
    expected, verdict = trick.expected, outcome.verdict
    if expected is Expected.GREEN and not outcome.green:
        return "an honest pull request is blocked"
    if expected in (Expected.RED, Expected.FAIL, Expected.ERROR) and outcome.green:
        return "the gate is green"
    if expected is Expected.FAIL and verdict != "fail":
        return f"the verdict is {verdict}, not fail"
    if expected is Expected.ERROR and verdict not in ("error", None):
        return f"the verdict is {verdict}, not error"
    return trick.posts(outcome) if trick.posts else None


def _tell(
    github: PlayedGitHub, repository: Repository, head: str, trick: Trick, head_repository: str
) -> None:
    """Tell GitHub what the branches hold, and open the pull request."""
    for branch in dict.fromkeys((trick.target, "main")):
        ref = f"refs/heads/{branch}"
        paths = git(repository.origin, "ls-tree", "-r", "--name-only", ref).splitlines()
        files = {
            path: git(repository.origin, "show", f"{ref}:{path}").encode() + b"\n"
            for path in paths
            if path.endswith("mlgate.yaml")
        }
        github.branch(branch, files)
    github.main.extend(git(repository.origin, "rev-list", "--first-parent", "main").split())
    github.token(TOKEN)
    github.token(READ_TOKEN, contents="read", actions="read")
    github.pull(head, trick.target, head_repository)


def _checkout(stage: Stage, job: str, ref: str, branch: str | None = None) -> Path:
    """Clone the repository as a job does; a branch that is checked out by its name is all it has."""
    folder = stage.folder / job
    git(stage.folder, "clone", "--quiet", "--template=", str(stage.repository.origin), str(folder))
    git(folder, "fetch", "--quiet", "origin", ref)
    git(folder, "checkout", "--quiet", *(["-B", branch] if branch else ["--detach"]), "FETCH_HEAD")
    if branch is not None:
        git(folder, "remote", "set-head", "origin", "--delete")
        for ref in git(folder, "for-each-ref", "--format=%(refname)", "refs/remotes").split():
            git(folder, "update-ref", "-d", ref)
    for path in folder.rglob("*"):  # what is checked out is older than what the training writes
        os.utime(path, (_LONG_AGO, _LONG_AGO), follow_symlinks=False)
    return folder


def _single(stage: Stage) -> Outcome:
    _prepare_github(stage)
    ended = _train_and_judge(stage, TOKEN, {**SECRETS})
    posted = stage.github.status(stage.head, f"mlgate/{stage.trick.base.model}")
    return _outcome(stage, ended, "job", green=ended.code == 0 or posted == "success")


def _two_jobs(stage: Stage) -> Outcome:
    """Play both jobs: the second has a clone of its own, and of the first the artifact alone."""
    trick, archive = stage.trick, "mlgate-handover.zip"
    folder = _checkout(stage, "train", "refs/pull/1/head", trick.checkout)
    environ = _pull_request(stage, "train", READ_TOKEN)
    command = ("train", "--handover", archive, *stage.options)
    first = mlgate(folder, environ, *command, own_process=trick.own_process)
    if trick.handover and (folder / archive).is_file():
        trick.handover(folder / archive)
    if trick.bundle and (folder / archive).is_file():
        _edit_members(folder / archive, lambda members: _edit_bundle(trick, members))
    _prepare_github(stage)
    job = _checkout(stage, "job", "refs/pull/1/head", trick.checkout)
    if trick.uploads and (folder / archive).is_file():
        shutil.copyfile(folder / archive, job / archive)
    environ = _pull_request(stage, "job", TOKEN, **SECRETS)
    second = mlgate(job, environ, "run", "--handover", archive, *stage.options)
    console = f"{first.console}\n--- the job that judges\n{second.console}"
    posted = stage.github.status(stage.head, f"mlgate/{trick.base.model}")
    green = second.code == 0 or posted == "success"
    return _outcome(stage, Ended(second.code, console), "job", green=green)


def _fork(stage: Stage) -> Outcome:
    first = _train_and_judge(stage, READ_TOKEN, {"MLGATE_PUBLISH": "false"})
    job = stage.folder / "job"
    packed = mlgate(job, {}, "bundle", *stage.options)
    console = f"{first.console}\n{packed.console}\n--- the trusted stage\n"
    if packed.code:
        return _outcome(stage, Ended(packed.code, console), "trusted", green=False)
    stage.github.upload(stage.head, _bundle(stage.trick, job / "mlgate-bundle.zip"))
    _prepare_github(stage)
    ended = _trusted(stage)
    status = stage.github.status(stage.head, f"mlgate/{stage.trick.base.model}")
    ended = Ended(ended.code, console + ended.console)
    return _outcome(stage, ended, "trusted", green=status == "success")


def _prepare_github(stage: Stage) -> None:
    """Let the trick do what it does at GitHub, before the job that judges."""
    if stage.trick.github:
        stage.trick.github(stage.github)


_PLAYS = {
    Mode.SINGLE: _single,
    Mode.TWO_JOBS: _two_jobs,
    Mode.EVIDENCE: _two_jobs,
    Mode.FORK: _fork,
}


def _train_and_judge(stage: Stage, token: str, more: Mapping[str, str]) -> Ended:
    """Run the job of the pull request."""
    trick = stage.trick
    folder = _checkout(stage, "job", "refs/pull/1/head", trick.checkout)
    environ = _pull_request(stage, "job", token, **more)
    more = trick.arguments(stage.repository) if trick.arguments else ()
    return mlgate(folder, environ, "run", *stage.options, *more, own_process=trick.own_process)


def _pull_request(stage: Stage, job: str, token: str, **more: str) -> dict[str, str]:
    """Write the event of the pull request, and return the variables of its job."""
    environ = stage.environ(
        job, "pull_request", GITHUB_TOKEN=token, GITHUB_BASE_REF=stage.trick.target,
        GITHUB_REF="refs/pull/1/merge", GITHUB_SHA=stage.head, **more,
    )  # fmt: skip
    trick = stage.trick
    head = {"sha": stage.head, "ref": "feature", "repo": {"full_name": NAME}}
    pull = {"number": 1, "draft": False, "head": head, "base": {"ref": trick.target}}
    event = {"action": "opened", "number": 1, "pull_request": pull, **trick.event}
    pull["draft"] = event.pop("draft", False)
    Path(environ["GITHUB_EVENT_PATH"]).write_text(json.dumps(event))
    return environ


def _bundle(trick: Trick, path: Path) -> bytes:
    """Return the bundle that the fork uploads."""
    if trick.bundle is not None:
        _edit_members(path, trick.bundle)
    return path.read_bytes()


def _edit_bundle(trick: Trick, members: dict[str, bytes]) -> None:
    """Change the bundle in a handover."""
    assert trick.bundle is not None
    bundle = io.BytesIO(members["evidence.zip"])
    _edit_members(bundle, trick.bundle)
    members["evidence.zip"] = bundle.getvalue()


def _edit_members(archive: Path | io.BytesIO, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the files of an archive."""
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def _trusted(stage: Stage) -> Ended:
    """Run the job of the default branch."""
    folder = _checkout(stage, "trusted", "refs/heads/main", "main")
    environ = stage.environ("trusted", "workflow_run", GITHUB_TOKEN=TOKEN)
    Path(environ["GITHUB_EVENT_PATH"]).write_text("{}")
    return mlgate(folder, environ, "publish", "--from-run", str(RUN), *stage.options)


def _outcome(stage: Stage, ended: Ended, job: str, *, green: bool) -> Outcome:
    github = stage.github
    return Outcome(
        green=green,
        code=ended.code,
        verdict=step_outputs(stage.folder / f"{job}.output").get("verdict") or None,
        status=github.status(stage.head, f"mlgate/{stage.trick.base.model}"),
        comments=tuple(github.comments()),
        console=ended.console,
        leaks=tuple(_leaks(stage, ended)),
    )


def _leaks(stage: Stage, ended: Ended) -> Iterator[str]:
    yield from leaks("the log", ended.console)
    for text in stage.github.texts():
        yield from leaks("what was posted", text)
    for name in ("train", "job", "trusted"):
        if (stage.folder / name).is_dir():
            yield from leaks_in_files(stage.folder / name)
    for pattern in ("*.summary.md", "*.output"):
        for file in stage.folder.glob(pattern):
            yield from leaks(file.name, file.read_text(encoding="utf-8", errors="replace"))
