"""Start again with an environment block that holds no credential.

The kernel shows the environment that a program was started with in /proc/PID/environ, whatever
the program does to it later, to every process of the same user: the author's code too. So where
that code is about to run in CI, this process replaces itself by one that is started with the
harmless variables alone, gets the others through a file without a name, and reads and closes it.
From then on it cannot be inspected by processes of the same user (prctl(2), PR_SET_DUMPABLE).

Imported before everything else, and therefore light. On macOS the block is clean as well, and
nothing keeps a debugger of the same user away.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

HANDLE: Final = "MLGATE_HANDED_OVER"
"""The variable with the number of the open file that holds the other variables."""
COMMANDS: Final = frozenset({"run", "train", "check", "init"})
"""Commands that run the author's code."""
_MAGIC: Final = b"mlgate\0"
_PIPE: Final = 16_384
"""What every system's pipe takes without a reader."""
_SET_DUMPABLE: Final = 4


def leave(
    environ: MutableMapping[str, str],
    arguments: Sequence[str],
    in_ci: Callable[[Mapping[str, str]], bool],
) -> None:
    """Replace this process where its environment block holds credentials; take what it left.

    Does nothing outside of CI, for commands that run nobody's code, and where there is nothing to hide.

    Parameters
    ----------
    environ
        The process's own, which sets its variables. When this returns it has all variables, those that were handed over too.
    arguments
        Those of the command line.
    in_ci
        Whether variables are a CI system's; see `ci.in_ci`.
    """
    if not take(environ):
        if COMMANDS.isdisjoint(arguments) or not in_ci(environ):
            return
        become([sys.executable, *sys.orig_argv[1:]], environ)
    _lock()


def become(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Execute a program that calls `leave`, with a clean block.

    Returns where there is nothing to hide, or no program to execute.
    """
    from mlgate.credentials import names_in

    hidden = names_in(environ)
    if not hidden or not command[0]:
        return
    block = {name: value for name, value in environ.items() if name not in hidden}
    handle = _written({name: environ[name] for name in hidden})
    if handle is not None:
        sys.stdout.flush()
        os.execve(command[0], list(command), {**block, HANDLE: str(handle)})  # noqa: S606


def take(environ: MutableMapping[str, str]) -> bool:
    """Read what the process before this one handed over, and close it; whether there was any."""
    number = environ.pop(HANDLE, "")
    if not number.isdecimal() or int(number) < 3:
        return False
    try:
        with os.fdopen(int(number), "rb") as file:
            data = file.read()
    except OSError:
        return False
    if not data.startswith(_MAGIC):
        return False
    for line in data.removeprefix(_MAGIC).split(b"\0"):
        name, _, value = line.partition(b"=")
        if name:
            environ[os.fsdecode(name)] = os.fsdecode(value)
    return True


def _written(variables: Mapping[str, str]) -> int | None:
    """Return an open file that holds variables, which the next program inherits."""
    lines = (os.fsencode(f"{name}={value}") for name, value in variables.items())
    data = _MAGIC + b"\0".join(lines)
    if sys.platform != "linux":
        return _piped(data)
    handle = os.memfd_create("mlgate", 0)
    with os.fdopen(handle, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _piped(data: bytes) -> int | None:
    if len(data) > _PIPE:
        return None
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as file:
        file.write(data)
    os.set_inheritable(reader, True)
    return reader


def _lock() -> None:
    """Keep other processes of this user from this one's memory and files; on Linux only."""
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # no C library that can be loaded
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
