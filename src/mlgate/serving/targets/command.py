"""A program of the user's that starts a version wherever it belongs.

Called as `PROGRAM start MODEL SHA256`, which prints the address of the new version once it is ready; as
`PROGRAM running`, which prints that of the version with the traffic, or nothing; and as `PROGRAM stop`, where
the new version is refused.
"""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.serving.client import EndpointError, is_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OTHER: Final = 300.0
"""Seconds for what does not start anything."""


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """Runs the program in a folder, without a shell."""

    command: str
    model: str
    sha256: str
    folder: Path
    environ: Mapping[str, str]
    start_within: float

    @property
    def pid(self) -> None:
        """The program knows it."""

    def problems(self) -> list[str]:
        """Return nothing: the program says so when it starts."""
        return []

    def running(self) -> str | None:
        """Ask for the running version's address."""
        printed = self._run("running", timeout=_OTHER)
        return self._address("running", printed) if printed else None

    def start(self) -> str:
        """Have it start the new version."""
        printed = self._run("start", self.model, self.sha256, timeout=self.start_within)
        return self._address("start", printed)

    def stop(self) -> None:
        """Have it stop the new version."""
        self._run("stop", timeout=_OTHER)

    def _address(self, what: str, printed: str) -> str:
        lines = printed.splitlines()
        address = lines[-1].strip() if lines else ""
        if not is_address(address):
            msg = f"`{self.command} {what}` prints no address, such as http://host:8001, last"
            raise EndpointError(msg)
        return address

    def _run(self, *arguments: str, timeout: float) -> str:
        what = f"`{self.command} {arguments[0]}`"
        try:
            done = subprocess.run(
                [*shlex.split(self.command), *arguments],
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise EndpointError(f"{what} cannot be run: {error}") from None
        if done.returncode:
            why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise EndpointError(f"{what} failed: {why}")
        return done.stdout.strip()
