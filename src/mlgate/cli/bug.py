"""What is printed when something fails that nobody foresaw.

A machine that refuses (a full disk, a folder without permission) is told in words; everything
else is a bug, told ready to paste into an issue.
"""

from __future__ import annotations

import errno
import platform
import sys
import traceback
from pathlib import Path
from typing import Final

from mlgate import __version__
from mlgate.model.project import PROJECT
from mlgate.outgoing import redactor

_ROOM: Final = "free some space, or name a folder on another disk with --run-dir"
_RIGHTS: Final = "may this user write there? --run-dir names another folder for the results"
_GONE: Final = (
    "the current folder does not exist any more\n"
    "  → change to the repository's folder; does the training or another step delete it?"
)
_REFUSALS: Final = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOTDIR: "there is a file where a folder is needed: move it away",
    errno.EEXIST: "something else is in the way there: move it away",
    errno.ENOTEMPTY: "another process writes there at the same time",
    errno.EBUSY: "another process uses it",
    errno.ESTALE: "the network drive has changed it: try again",
    errno.EFBIG: "it would be larger than this file system or limit (ulimit -f) takes",
    errno.EISDIR: "there is a folder where a file is needed: move it away",
    errno.ELOOP: "links lead in a circle there",
    errno.ENAMETOOLONG: "use a shorter path",
    errno.EIO: "the disk or the network drive does not answer as it should",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


def refused_by_the_machine(error: Exception) -> str | None:
    """Return what the operating system refused and what helps; None for anything else."""
    if isinstance(error, FileNotFoundError) and _here_is_gone():
        return f"mlgate: {_GONE}"
    if not isinstance(error, OSError) or error.errno not in _REFUSALS:
        return None
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"mlgate: {where}{error.strerror}\n  → {_REFUSALS[error.errno]}"


def _here_is_gone() -> bool:
    """Whether the folder that this process runs in was deleted, before or while it ran."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def report(error: BaseException) -> str:
    """Describe an unexpected error; arguments and environment stay out, they may hold secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    where = "\n".join(
        f'  File "{_short(frame.filename)}", line {frame.lineno}, in {frame.name}\n    {frame.line}'
        for frame in frames
    )
    return (
        "mlgate: this is a bug in mlgate, not in your repository. Please report it at\n"
        f"https://github.com/{PROJECT}/issues with these lines:\n\n"
        f"mlgate {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: {' '.join(sys.argv[1:2])}\n{where}\n"
        f"{type(error).__name__}: {_words(error, frames)}"
    )


def _words(error: BaseException, frames: traceback.StackSummary) -> str:
    """Return what an error says; where data are read that may be a part of them."""
    if any("/mlgate/inputs/" in frame.filename for frame in frames):
        return "(its message may quote data, and is left out)"
    return redactor().mask(str(error))


def _short(path: str) -> str:
    """Keep what follows site-packages or src, so that no home folder is shown."""
    for mark in ("/site-packages/", "/src/"):
        if mark in path:
            return path.rpartition(mark)[2]
    return path.rpartition("/")[2]
