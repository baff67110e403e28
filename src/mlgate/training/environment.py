"""What the training may see: the user's environment, without CI secrets and without mlgate's own."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.credentials import with_copies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_NOT_FOUND: Final = 127
"""The shell's exit code for a program that does not exist."""
_SHARED: Final = (
    "Here `python` is the one that mlgate is installed in. Install the training's packages there too"
    " (python -m pip install -r requirements.txt), or name the Python that has them"
    " (train.run: .venv/bin/python train.py)."
)
_UNUSED: Final = (
    "The training does not use the virtual environment of mlgate, which is on PATH and not"
    " activated. If its packages are meant, activate it first (. .venv/bin/activate), or name"
    " its Python (train.run: .venv/bin/python train.py)."
)


@dataclass(frozen=True, slots=True)
class UserEnvironment:
    """The training's environment, and the names (never values) of what was withheld from it.

    `where_missing` says what may be why the training lacks a program or a module: mlgate's own programs were on
    PATH and left it, or its Python is mlgate's own.
    """

    env: dict[str, str]
    withheld: tuple[str, ...]
    where_missing: str | None


def user_environment(
    environ: Mapping[str, str],
    *,
    prefix: str,
    base_prefix: str,
    credentials: re.Pattern[str],
    channels: re.Pattern[str],
    pass_env: Sequence[str] = (),
    secrets: Collection[str] = (),
) -> UserEnvironment:
    """Return the environment that the training would have if mlgate did not stand between.

    Parameters
    ----------
    environ
        mlgate's own environment.
    prefix, base_prefix
        `sys.prefix` and `sys.base_prefix` of the Python that runs mlgate. They differ where
        mlgate lives in a virtual environment. Unless the user activated that environment
        (`VIRTUAL_ENV` or `CONDA_PREFIX` names it) its programs leave PATH, and what points
        into it leaves PYTHONPATH and PYTHONHOME.
    credentials
        Names of variables that hold one; a copy under another name is withheld as well.
    channels
        Names of addresses and files through which a CI step talks to its runner.
    pass_env
        Names of variables that are passed on although they would be withheld.
    secrets
        Further names to withhold: those that mlgate.yaml reads by `${env:NAME}` and, in CI, those
        that look like credentials.

    Returns
    -------
    UserEnvironment
        With MLGATE=1 and, unless it is set, PYTHONUNBUFFERED=1, so that output streams.
    """
    upper = {name.upper() for name in secrets}
    tokens = {n for n in environ if credentials.fullmatch(n) or n.upper() in upper}
    runner = {name for name in environ if channels.fullmatch(name)}
    withheld = (with_copies(environ, tokens) | runner) - set(pass_env)
    env = {name: value for name, value in environ.items() if name not in withheld}
    env.pop("__PYVENV_LAUNCHER__", None)
    if prefix != base_prefix and not _activated(environ, prefix):
        _leave(env, prefix)
    env["MLGATE"] = "1"
    env.setdefault("PYTHONUNBUFFERED", "1")
    where = _UNUSED if env.get("PATH") != environ.get("PATH") else _shared(env, prefix)
    return UserEnvironment(env, tuple(sorted(withheld)), where)


def lacks_something(exit_code: int | None, tail: Iterable[str]) -> bool:
    """Whether a training ended because a program or a module of Python is missing."""
    return exit_code == _NOT_FOUND or any("No module named" in line for line in tail)


def _shared(env: Mapping[str, str], prefix: str) -> str | None:
    """Return that the training's Python is mlgate's own, where it is; None elsewhere."""
    python = shutil.which("python", path=env.get("PATH", os.defpath))
    own = python is not None and Path(python).parent.resolve() == Path(prefix, "bin").resolve()
    return _SHARED if own else None


def _activated(environ: Mapping[str, str], prefix: str) -> bool:
    named = (environ.get("VIRTUAL_ENV"), environ.get("CONDA_PREFIX"))
    return any(path and os.path.realpath(path) == os.path.realpath(prefix) for path in named)


def _leave(env: dict[str, str], prefix: str) -> None:
    """Remove mlgate's own virtual environment from the search paths; drop paths that become empty."""
    for name in ("PATH", "PYTHONPATH", "PYTHONHOME"):
        if name not in env:
            continue
        entries = env[name].split(os.pathsep)
        kept = [entry for entry in entries if not _within(entry, prefix)]
        if kept:
            env[name] = os.pathsep.join(kept)
        else:
            del env[name]


def _within(path: str, prefix: str) -> bool:
    """Whether a path is the prefix or below it; an empty entry means the working directory."""
    own = os.path.realpath(prefix)
    return path != "" and (os.path.realpath(path) + os.sep).startswith(own + os.sep)


def seeds(env: Mapping[str, str]) -> dict[str, str]:
    """Return the seeds in the environment: `*SEED*` variables that are plain integers."""
    return {
        name: value
        for name, value in sorted(env.items())
        if "SEED" in name.upper() and re.fullmatch(r"[+-]?[0-9]{1,20}", value)
    }
