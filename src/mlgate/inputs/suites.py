"""A user's suite of checks (Pandera, Great Expectations), run in the user's own Python."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.inputs.answers import CheckAnswer, SuiteAnswer, read_answer
from mlgate.model.data_rules import DataRuleResult, Example
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.inputs import SuiteKind

WORKER: Final = Path(__file__).with_name("suite_worker.py")
TIMEOUT: Final = 1800.0
"""Seconds for one suite."""
_TRACEBACK_LINES: Final = 8
_NAMES: Final = {"pandera": "Pandera schema", "great_expectations": "Great Expectations suite"}


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite and where it runs.

    Attributes
    ----------
    name
        `module:Schema`, or the suite's file.
    python
        The command of the user's Python, split as a shell would (`uv run python`).
    cwd
        The folder of the configuration, from which modules are imported.
    """

    kind: SuiteKind
    name: str
    python: str
    cwd: Path
    env: Mapping[str, str]
    timeout: float = TIMEOUT

    @property
    def key(self) -> str:
        """What it is called in messages."""
        return f"data.rules: {self.kind}: {self.name}"

    def run(self, paths: Sequence[Path]) -> dict[str, DataRuleResult]:
        """Run it over Parquet files.

        Returns
        -------
        dict
            The suite as a whole under the empty name, and each of its checks that it tells of.

        Raises
        ------
        DataError
            When it cannot be run.
        """
        answer = self._ask(paths)
        if (failure := answer.failure(_TRACEBACK_LINES)) is not None:
            raise DataError(f"{self.key}: {failure}")
        rows = answer.rows
        checks = {check: _result(outcome, rows) for check, outcome in answer.checks.items()}
        broken = [check for check, outcome in checks.items() if not outcome.holds]
        whole = DataRuleResult(
            text=f"{_NAMES[self.kind]} {self.name}",
            broken=0,
            of=rows,
            problem=f"{len(broken)} broken: {first_of(broken, 3)}" if broken else None,
        )
        return {"": whole} | checks

    def _ask(self, paths: Sequence[Path]) -> SuiteAnswer:
        with tempfile.TemporaryDirectory(prefix="mlgate-") as folder:
            answer = Path(folder) / "answer.json"
            request = {
                "kind": self.kind,
                "name": self.name,
                "paths": [str(path.resolve()) for path in paths],
                "answer": str(answer),
            }
            output = self._work(json.dumps(request))
            try:
                written = answer.read_bytes()
            except OSError:
                msg = f"{self.key}: its Python ended without an answer\n{output}"
                raise DataError(msg.rstrip()) from None
        try:
            return read_answer(written, SuiteAnswer)
        except DataError as error:
            raise DataError(f"{self.key}: {error.message}", hint=error.hint) from None

    def _work(self, request: str) -> str:
        """Run the worker; give the end of what it printed."""
        try:
            process = subprocess.Popen(
                [*shlex.split(self.python), str(WORKER)],
                cwd=self.cwd,
                env={**self.env, "PYTHONUNBUFFERED": "1"},  # what it says is told, however it ends
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            msg = f"metrics.python: {self.python!r} cannot be started: {error.strerror}"
            raise DataError(msg, hint="name the Python that the training runs in") from None
        try:
            output, _ = process.communicate(request.encode(), timeout=self.timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.communicate()
            raise DataError(f"{self.key}: it gave no answer within {self.timeout:g} s") from None
        finally:
            _kill(process)
            process.wait()
        lines = output[-10_000:].decode(errors="replace").rstrip().splitlines()[-_TRACEBACK_LINES:]
        return "\n".join(f"    {line}" for line in lines)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the worker and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _result(check: CheckAnswer, rows: int) -> DataRuleResult:
    return DataRuleResult(
        text=check.text[:200],
        broken=check.broken,
        of=check.of or rows,
        problem=check.problem,
        example=check.example and Example(row=check.example[0], value=str(check.example[1])),
    )
