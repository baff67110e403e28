"""A program of yours that routes and counts.

Called as `PROGRAM set 0.05`, as `PROGRAM get`, which prints the canary's share (`0.05`), and as
`PROGRAM counters`, which prints JSON: `{"epoch": "…", "stable": {"requests": 0, "failures": 0, "slow": []},
"canary": {…}}`, counters since the time that `epoch` names, such as the start of a process.
"""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.model.rollout import LEVELS, Counts
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True)
class CommandRouter:
    """Runs the program in a folder, without a shell."""

    command: str
    folder: Path
    environ: Mapping[str, str]

    def share(self) -> float:
        """Ask it for the share."""
        printed = self._run("get").strip()
        try:
            share = float(printed)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            msg = f"`{self.command} get` prints {printed[:40]!r}, which is no share from 0 to 1"
            raise UnreachableError(msg)
        return share

    def route(
        self,
        share: float,
        until: dt.datetime | None,
        entry: int | None = None,  # noqa: ARG002
    ) -> None:
        """Have it set the share."""
        more = [] if until is None else [until.isoformat(timespec="seconds")]
        self._run("set", f"{share:g}", *more)

    def newest(self) -> int:
        """Keep none."""
        return 0

    def counts(self, since: dt.datetime, until: dt.datetime) -> Counts:  # noqa: ARG002
        """Read its counters."""
        from pydantic import ValidationError

        try:
            counts = Counts.from_json(self._run("counters"))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            msg = f"`{self.command} counters` prints no counters: {where}: {first['msg']}"
            raise UnreachableError(msg) from None
        if counts.epoch is None:
            msg = f"`{self.command} counters` names no epoch, so that a restart would not be seen"
            raise UnreachableError(msg, hint='add "epoch": when the counters began')
        for arm in (counts.stable, counts.canary):
            if len(arm.slow) not in (0, len(LEVELS)) or arm.failures > arm.requests:
                msg = f"`{self.command} counters` prints impossible counts: {arm.model_dump()}"
                raise UnreachableError(msg, hint=f"slow has a count for each of {LEVELS}")
        return counts

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [*shlex.split(self.command), *arguments],
                cwd=self.folder,
                env=dict(self.environ),
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            msg = f"`{self.command} {arguments[0]}` cannot be run: {error}"
            raise UnreachableError(msg) from None
        if done.returncode:
            why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise UnreachableError(f"`{self.command} {arguments[0]}` failed: {why}")
        return done.stdout
