"""What is printed when mlgate itself fails: ready to paste into an issue."""

from __future__ import annotations

import platform
import sys
import traceback

from mlgate import __version__
from mlgate.model.project import PROJECT


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
        f"{type(error).__name__}: {error}"
    )


def _short(path: str) -> str:
    """Keep what follows site-packages or src, so that no home folder is shown."""
    for mark in ("/site-packages/", "/src/"):
        if mark in path:
            return path.rpartition(mark)[2]
    return path.rpartition("/")[2]
