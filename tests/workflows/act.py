"""Runs workflows for real: `act` on this machine, our actions from this work tree.

Every `uses:` of a workflow is resolved from here: ours from a copy of this repository, in which
`$/` (which act does not know) has become our address; those of others from the small composites
in `stand_ins/`. A checkout of the commit itself act does by copying the work tree.

A stand-in has inputs, defaults and outputs of the action of that name, as its action.yml at the
commit that we pin has them; those that nobody here uses are left out, and test_stand_ins.py holds
every page and workflow to what is there. `NAME-v3` stands for version 3 alone. Not shown by them:
that GitHub gives an App a token and takes it back at the end of the job, and that Sigstore signs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.workflows import hub

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).with_name("stand_ins")
ACT = Path(sys.executable).with_name("act")
OTHERS = re.compile(
    r"uses:\s*['\"]?([\w.-]+/[\w.-]+)(/[\w./-]+)?@([^\s'\",}]+)['\"]?(?:[ \t]+#[ \t]*v(\d+))?"
)
"""Repository, path, ref and, of a commit, the major version that a comment names."""
LABELS = ("ubuntu-latest", "self-hosted", "gpu", "linux")
SECONDS = 300
ACTIONS = ("action.yml", "actions/", "src/", "requirements/", ".github/workflows/")
"""What an action that somebody uses needs of this repository."""


@dataclass(frozen=True)
class Annotation:
    """A workflow command that GitHub shows on the run or on a line."""

    level: str
    message: str
    where: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What a workflow run left behind."""

    code: int
    events: tuple[dict[str, Any], ...] = field(repr=False)
    said: str = field(repr=False)

    @cached_property
    def text(self) -> str:
        """The log, workflow commands included, and what act itself had to say."""
        lines = [str(event.get("msg", "")).rstrip("\n") for event in self.events]
        return "\n".join([*lines, self.said])

    def outputs(self, step: str, job: str | None = None) -> dict[str, str]:
        """The outputs of a step of the workflow, by its id."""
        return {
            event["name"]: event["arg"]
            for event in self._commands("set-output")
            if event.get("stepID") == [step] and job in (None, event.get("jobID"))
        }

    @property
    def annotations(self) -> list[Annotation]:
        """Errors, warnings and notices, in order."""
        return [
            Annotation(event["command"], event["arg"], event.get("kvPairs") or {})
            for event in self.events
            if event.get("command") in ("error", "warning", "notice")
        ]

    @property
    def summary(self) -> str:
        """The step summaries, one after the other."""
        return "\n".join(event["content"] for event in self._commands("summary"))

    @property
    def jobs(self) -> dict[str, str]:
        """The result of each job that ran, by its id; of a matrix, the worst."""
        found: dict[str, str] = {}
        for event in self.events:
            if "jobResult" in event and found.get(event["jobID"]) != "failure":
                found[event["jobID"]] = event["jobResult"]
        return found

    @property
    def steps(self) -> dict[str, str]:
        """The result of each step's main part, by its id or number."""
        return {
            "/".join(event["stepID"]): event["stepResult"]
            for event in self.events
            if event.get("stage") == "Main" and "stepResult" in event
        }

    def _commands(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("command") == name]


@dataclass(frozen=True)
class Act:
    """A runner, and what all runs of a test share.

    Attributes
    ----------
    folder
        For events, caches, artifacts and the repositories that are checked out from elsewhere.
    home
        Where mlgate's environment is kept.
    suite
        The copy of this repository that its actions are taken from.
    github
        The one that jobs talk to.
    wheels
        What the actions install; None for the index that pip is configured with.
    programs
        Of the tests' own environment: what the user has installed on the runner.
    """

    folder: Path
    home: Path
    suite: Path
    github: hub.Hub
    wheels: Path | None = None
    programs: tuple[str, ...] = ()

    def run(
        self,
        repository: Path,
        event: str,
        workflow: str,
        payload: dict[str, Any] | None = None,
        inputs: dict[str, str] | None = None,
        variables: dict[str, str] | None = None,
        secrets: dict[str, str] | None = None,
        token: str = hub.TOKEN,
        number: int = 1,
        job: str | None = None,
    ) -> Outcome:
        """Run the jobs of one workflow file that an event starts.

        Parameters
        ----------
        repository
            The checkout that the event is about.
        workflow
            The file, below the repository.
        payload
            The event's payload; the default branch is main.
        inputs, variables, secrets
            Of a workflow that is started by hand, and of the repository.
        number
            The number and the id of this run.
        job
            Run this job alone, and what it needs.
        """
        self.github.know(repository)
        event_file = self.folder / f"event-{number}.json"
        known = {"repository": {"default_branch": "main"}, "inputs": inputs or {}}
        event_file.write_text(json.dumps(known | (payload or {})))
        self.folder.joinpath("app.json").write_text(json.dumps(hub.APP))
        command = [str(ACT), event, "-W", workflow, "-e", str(event_file), "--json"]
        command += ["--no-cache-server", "--defaultbranch", "main", "-s", f"GITHUB_TOKEN={token}"]
        for label in LABELS:
            command += ["-P", f"{label}=-self-hosted"]
        for name, value in self._variables(number).items():
            command += ["--env", f"{name}={value}"]
        command += ["--job", job] if job else []
        for name, value in (variables or {}).items():
            command += ["--var", f"{name}={value}"]
        for name, value in (secrets or {}).items():
            command += ["-s", f"{name}={value}"]
        command += self._sources(repository, workflow)
        done = subprocess.run(
            command,
            cwd=repository,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        events = tuple(json.loads(line) for line in done.stdout.splitlines() if line[:1] == "{")
        return Outcome(done.returncode, events, done.stderr)

    def _variables(self, number: int) -> dict[str, str]:
        return {
            "MLGATE_HOME": str(self.home),
            "GITHUB_REPOSITORY": "octo/model",
            "GITHUB_RUN_ID": str(number),
            "GITHUB_RUN_NUMBER": str(number),
            "ACT_ARTIFACT_DIR": str(self.folder / "artifacts"),
            "ACT_STAND_INS": str(STAND_INS),
            "ACT_ATTESTED": str(self.folder / "attested"),
            "ACT_APP": str(self.folder / "app.json"),
            "ACT_REPOSITORIES": str(self.folder / "repositories"),
            **({"MLGATE_WHEELHOUSE": str(self.wheels)} if self.wheels else {}),
            **self.github.env,
        }

    def _environment(self) -> dict[str, str]:
        """What act and its steps inherit; the user who runs the tests has no part in it."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GITHUB_", "RUNNER_", "MLGATE_", "GIT_", "VIRTUAL_ENV"))
        }
        own = str(Path(sys.executable).parent)
        path = [one for one in kept["PATH"].split(os.pathsep) if one != own]
        kept["PATH"] = os.pathsep.join([str(self._tools()), *path])
        return {
            **kept,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def _tools(self) -> Path:
        """Give a folder with a pip that installs nothing, what it would have installed, and gh.

        It fails where `no-such-package` is required.

        Its Python has no package of the tests' own.
        """
        folder = self.folder / "tools"
        folder.mkdir(exist_ok=True)
        bare = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
        own = {name: Path(sys.executable).with_name(name) for name in self.programs}
        for name, program in {"python3": bare, **own}.items():
            _program(folder / name, f'exec "{program}" "$@"')
        _program(folder / "gh", f'exec python3 "{STAND_INS / "gh.py"}" "$@"')
        _program(folder / "pip", 'echo pip "$@"; ! grep -qs no-such-package requirements.txt')
        return folder

    def _sources(self, repository: Path, workflow: str) -> list[str]:
        """Tell act where each action comes from that a workflow, or one called by it, uses."""
        files = [repository / workflow, *sorted((self.suite / ".github/workflows").glob("*.yml"))]
        text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())
        found: dict[str, Path] = {}
        for name, _, ref, version in OTHERS.findall(text):
            ours = name == "mlgate/mlgate"
            found[f"{name}@{ref}"] = self.suite if ours else stand_in(name, version)
        return [
            word for use, path in found.items() for word in ("--local-repository", f"{use}={path}")
        ]


def stand_in(name: str, version: str = "") -> Path:
    """Give the folder of what stands in for an action; some versions have one of their own."""
    folder = name.replace("/", "-")
    own = STAND_INS / f"{folder}-v{version}"
    return own if own.exists() else STAND_INS / folder


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def copy_of_the_suite(target: Path, needed: tuple[str, ...] = ACTIONS) -> Path:
    """Copy what would be committed of this repository, with `$/` as act knows it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if name.startswith(needed) and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    for path in (target / ".github/workflows").glob("*.yml"):
        text = re.sub(r"uses: \$/(\S*)", _address, path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    return target


def _address(found: re.Match[str]) -> str:
    path = f"/{found.group(1)}" if found.group(1) else ""
    return f"uses: mlgate/mlgate{path}@v0"
