"""Whether a file was written by this training, or is left over from an earlier one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SLACK = 0.05
"""Seconds by which a file's time may lag: kernels stamp files with a clock of up to 10 ms."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the training started, and which older files are nevertheless right.

    Attributes
    ----------
    started
        Seconds since the epoch; None where nothing was trained here, so that any file is right.
    restored
        Whether DVC put this file there (from its cache, unchanged since an earlier run).
    """

    started: float | None
    restored: Callable[[Path], bool]

    def check(self, path: Path, name: str, key: str) -> None:
        """Refuse a file that is older than the training and not restored by DVC.

        Raises
        ------
        DataError
            With both times in UTC.
        """
        if self.started is None or not self.older(path):
            return
        msg = (
            f"{key}: {name} was written at {_utc(path.stat().st_mtime)}, before this training started at "
            f"{_utc(self.started)}: it is not this training's result"
        )
        raise DataError(msg, hint="let the training write it, or correct the path")

    def older(self, path: Path) -> bool:
        """Whether a file is older than the training, and DVC did not put it there."""
        if self.started is None:
            return False
        written = path.stat().st_mtime
        # Some file systems keep whole seconds only.
        start = float(int(self.started)) if written.is_integer() else self.started - _SLACK
        return written < start and not self.restored(path)


ANY = Freshness(None, lambda _: True)
"""Takes every file: nothing was trained here."""


def _utc(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-4] + " UTC"
