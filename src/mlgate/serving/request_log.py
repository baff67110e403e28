"""A log of requests: JSON lines, a file a day (UTC), old files removed.

Its columns are those that `rollout.log` reads by default: `time` (seconds since 1970), `version`, `status`,
`seconds`, and `id`, by which labels that come later are joined.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import threading
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME: Final = re.compile(r"requests-(\d{4}-\d\d-\d\d)\.jsonl")


class RequestLog:
    """Writes lines as requests end; each line is written whole."""

    def __init__(self, folder: Path, keep_days: int) -> None:
        self._folder, self._keep = folder, dt.timedelta(days=keep_days)
        self._lock = threading.Lock()
        self._day: dt.date | None = None
        self._file: TextIO | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, entry: Mapping[str, object], now: dt.datetime) -> None:
        """Append an entry."""
        line = json.dumps(entry, separators=(",", ":")) + "\n"
        with self._lock:
            self._open(now.date()).write(line)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()

    def _open(self, day: dt.date) -> TextIO:
        if self._file is None or day != self._day:
            if self._file is not None:
                self._file.close()
            path = self._folder / f"requests-{day}.jsonl"
            self._file = path.open("a", buffering=1, encoding="utf-8")
            self._day = day
            self._forget(day - self._keep)
        return self._file

    def _forget(self, before: dt.date) -> None:
        for path in self._folder.iterdir():
            match = _NAME.fullmatch(path.name)
            with contextlib.suppress(ValueError, OSError):
                if match and dt.date.fromisoformat(match.group(1)) < before:
                    path.unlink()
