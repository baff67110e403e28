"""Runs workflows for real: `act` on this machine, our actions from this work tree.

Every `uses:` of a workflow is resolved from here: ours from the repository's top, checkout is
emulated by act, other actions by the small composites in `stand_ins/`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).with_name("stand_ins")
ACT = Path(sys.executable).with_name("act")
OTHERS = re.compile(r"uses:\s*['\"]?([\w.-]+/[\w.-]+)(/[\w./-]+)?@(\S+?)['\"]?(?:\s|$)")
EMULATED = "actions/checkout"
LABELS = ("ubuntu-latest", "self-hosted", "gpu", "linux")
SECONDS = 300


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
    events: tuple[dict[str, Any], ...]
    said: str

    @cached_property
    def text(self) -> str:
        """The log, workflow commands included."""
        return "\n".join(str(event.get("msg", "")).rstrip("\n") for event in self.events)

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
    """A runner: where environments are kept, and what all runs of a test share."""

    folder: Path
    home: Path

    def run(
        self,
        repository: Path,
        event: str,
        workflow: str,
        payload: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        inputs: dict[str, str] | None = None,
        token: str = "fake-token-of-the-job",
        number: int = 1,
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
        number
            The number and the id of this run.
        """
        event_file = self.folder / f"event-{number}.json"
        event_file.write_text(
            json.dumps({"repository": {"default_branch": "main"}} | (payload or {}))
        )
        command = [str(ACT), event, "-W", workflow, "-e", str(event_file), "--json"]
        command += ["--no-cache-server", "--defaultbranch", "main", "-s", f"GITHUB_TOKEN={token}"]
        for label in LABELS:
            command += ["-P", f"{label}=-self-hosted"]
        for name, value in (self._variables(number) | (env or {})).items():
            command += ["--env", f"{name}={value}"]
        for name, value in (inputs or {}).items():
            command += ["--input", f"{name}={value}"]
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
        return Outcome(done.returncode, events, done.stdout + done.stderr)

    def _variables(self, number: int) -> dict[str, str]:
        return {
            "MLGATE_HOME": str(self.home),
            "MPLCONFIGDIR": str(self.home / "matplotlib"),
            "GITHUB_REPOSITORY": "octo/model",
            "GITHUB_RUN_ID": str(number),
            "GITHUB_RUN_NUMBER": str(number),
            "ACT_ARTIFACT_DIR": str(self.folder / "artifacts"),
            # Nobody listens there: a test that means to reach a GitHub names its own.
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_GRAPHQL_URL": "http://127.0.0.1:9/graphql",
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
        kept["PATH"] = os.pathsep.join(path)
        return {
            **kept,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def _sources(self, repository: Path, workflow: str) -> list[str]:
        """Tell act where each action comes from that a workflow, or one called by it, uses."""
        files = [repository / workflow, *sorted((ROOT / ".github/workflows").glob("*.yml"))]
        text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())
        found: dict[str, Path] = {}
        for name, _, ref in OTHERS.findall(text):
            if name == "mlgate/mlgate":
                found[f"{name}@{ref}"] = ROOT
            elif name != EMULATED:
                found[f"{name}@{ref}"] = STAND_INS / name.replace("/", "-")
        return [
            word for use, path in found.items() for word in ("--local-repository", f"{use}={path}")
        ]
