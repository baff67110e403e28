"""The private virtual environment that mlgate's steps share.

::

    $MLGATE_HOME, else $RUNNER_TEMP, else ~/.cache/mlgate
      mlgate-<key>/            key: the locks and the Python
        bin/python             what mlgate needs; mlgate itself stays where it is (launch.py)
        uv/                    the installer
        light.done  run.done   which locks are installed; a folder without any is made anew
        mlgate-<key>/mlgate    a launcher for steps of the user's own

Packages come by hash from the index that pip is configured with, or from the wheels in
`$MLGATE_WHEELHOUSE` alone. uv installs them (a fraction of pip's time); where it does not
work, pip does.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[2]
LAUNCH: Final = Path(__file__).resolve().with_name("launch.py")
LEVELS: Final = {
    "light": ("light", "run", "full", "attest"),
    "run": ("run", "full"),
    "full": ("full",),
    "attest": ("attest",),
}
"""requirements/<level>.txt, and which locks hold it. Their versions are the same, so that one can
be installed over another."""
KEPT: Final = frozenset({
    "index-url", "extra-index-url", "find-links", "no-index", "cert", "client-cert",
    "trusted-host", "proxy", "timeout", "default-timeout", "retries", "keyring-provider",
})  # fmt: skip
"""Settings of pip that say where packages come from. Others (`user`, `target`, `constraint`,
`require-virtualenv`, …) are about the user's environments and would break this one."""
SHOWN: Final = 20
"""Lines of an installer's output that are shown when it fails."""


class SetupError(Exception):
    """mlgate cannot be installed here; the message says why and what to do."""


def ensure(level: str, environ: Mapping[str, str]) -> Path:
    """Give the environment's folder, installed so far as `level` asks.

    Parameters
    ----------
    level
        One of `LEVELS`. An environment that has more than that is taken as it is.
    environ
        The step's environment variables.
    """
    home = _home(environ)
    folder = home / f"mlgate-{_key()}"
    if not _has(folder, level):
        home.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock")):
            if not _has(folder, level):  # another process may have made it meanwhile
                _make(folder, level, environ)
    return folder


def launcher(folder: Path) -> Path:
    """Give a program that starts mlgate in this environment.

    Not a shebang: the kernel takes none with a blank in its path.
    """
    path = folder / f"mlgate-{_digest(bytes(ROOT))}" / "mlgate"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        words = shlex.join([str(folder / "bin" / "python"), "-I", str(LAUNCH)])
        path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return path


def _home(environ: Mapping[str, str]) -> Path:
    for name in ("MLGATE_HOME", "RUNNER_TEMP"):
        if environ.get(name):
            return Path(environ[name]).resolve()
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlgate"


def _lock(level: str) -> Path:
    return ROOT / "requirements" / f"{level}.txt"


def _key() -> str:
    parts = [_lock(level).read_bytes() for level in LEVELS]
    return _digest(*parts, sys.version.encode(), os.path.realpath(sys.executable).encode())


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _has(folder: Path, level: str) -> bool:
    return any(_mark(folder, one).exists() for one in LEVELS[level])


def _mark(folder: Path, level: str) -> Path:
    return folder / f"{level}.done"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path, level: str, environ: Mapping[str, str]) -> None:
    print(f"::group::Setting up mlgate ({level})", flush=True)
    before = [_mark(folder, one) for one in LEVELS if _mark(folder, one).exists()]
    if before:
        # What is interrupted from here on has no mark and is made anew.
        for mark in before:
            mark.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
        # Without pip, and so without ensurepip, which Debian packs apart.
        _run([sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)], environ, {})
    _install(folder, level, environ)
    for mark in (*before, _mark(folder, level)):
        mark.touch()
    print("::endgroup::", flush=True)


def _install(folder: Path, level: str, environ: Mapping[str, str]) -> None:
    pip = _pip(folder, environ)
    settings = _settings(pip, environ)
    python = str(folder / "bin" / "python")
    wanted = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(_lock(level))]
    try:
        uv = _uv(folder, pip, settings, environ)
        cache = {"UV_CACHE_DIR": str(folder / "uv" / "cache")}
        command = [uv, "pip", "install", "--python", python, *options_for_uv(settings), *wanted]
        _run(command, environ, {**settings_for_uv(settings), **cache})
    except SetupError as error:
        print(f"{error}\nuv could not do it; taking pip.", flush=True)
        command = [*pip, "--python", python, "install", "--no-compile", *wanted]
        _run(command, environ, settings_for_pip(settings))


def _pip(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Give the command that runs pip: this Python's, else one of its own."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-I", "-m", "pip"]
    own = folder / "pip"
    try:
        _run([sys.executable, "-I", "-m", "venv", str(own)], environ, {})
    except SetupError:
        msg = (
            f"{sys.executable} has neither pip nor ensurepip. Install them"
            " (Debian: apt-get install python3-venv), or add actions/setup-python before this step."
        )
        raise SetupError(msg) from None
    return [str(own / "bin" / "python"), "-I", "-m", "pip"]


def _uv(
    folder: Path, pip: list[str], settings: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    uv = folder / "uv" / "bin" / "uv"
    if not uv.exists():
        command = [*pip, "install", "--quiet", "--no-cache-dir", "--no-compile", "--require-hashes"]
        command += [
            "--only-binary",
            ":all:",
            "-r",
            str(_lock("uv")),
            "--target",
            str(folder / "uv"),
        ]
        _run(command, environ, settings_for_pip(settings))
    return str(uv)


def _settings(pip: list[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Give pip's settings about where packages come from, whatever file or variable they are in."""
    wheels = environ.get("MLGATE_WHEELHOUSE")
    if wheels:
        if not Path(wheels).is_dir():
            msg = f"MLGATE_WHEELHOUSE={wheels} is not a folder"
            raise SetupError(msg)
        return {"no-index": "true", "find-links": Path(wheels).resolve().as_uri()}
    all_files = {"PIP_USER": "0", "PIP_GLOBAL": "0", "PIP_SITE": "0"}  # they would choose one
    listed = subprocess.run(
        [*pip, "config", "list"],
        env={**environ, **all_files},
        capture_output=True,
        text=True,
        check=False,
    )
    return parse_settings(listed.stdout)


def parse_settings(listed: str) -> dict[str, str]:
    r"""Read `pip config list`: of a setting in several sections the more specific one holds.

    >>> parse_settings("global.index-url='https://a'\ninstall.index-url='https://b'")
    {'index-url': 'https://b'}
    """
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            key = name.removeprefix(f"{section}.")
            if key in KEPT and key != name:
                found[key] = str(ast.literal_eval(value))
    return found


def settings_for_pip(settings: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that make pip use these settings and nothing else of the user's."""
    given = {f"PIP_{key.replace('-', '_').upper()}": value for key, value in settings.items()}
    return {**given, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def settings_for_uv(settings: Mapping[str, str]) -> dict[str, str]:
    """Translate pip's settings into variables of uv, which does not read pip's.

    Like pip, all indexes are looked through; since every file is known by its hash, none of
    them can slip another one in.
    """
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "trusted-host": "UV_INSECURE_HOST",
        "cert": "SSL_CERT_FILE",
        "client-cert": "SSL_CLIENT_CERT",
        "proxy": "ALL_PROXY",
        "timeout": "UV_HTTP_TIMEOUT",
    }
    given = {
        names[key]: ("," if key == "find-links" else " ").join(value.split())
        for key, value in settings.items()
        if key in names
    }
    if settings.get("keyring-provider") == "subprocess":
        given["UV_KEYRING_PROVIDER"] = "subprocess"
    fixed = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_CONFIG": "1", "UV_NATIVE_TLS": "1"}
    return {**given, **fixed}


def options_for_uv(settings: Mapping[str, str]) -> list[str]:
    """Give what uv takes from no variable: to ask no index at all."""
    asked = settings.get("no-index", "").lower() in ("1", "true", "yes", "on")
    return ["--no-index"] if asked else []


def _run(command: list[str], environ: Mapping[str, str], settings: Mapping[str, str]) -> None:
    """Run one part of the installation, free of the user's settings for pip, uv and Python."""
    foreign = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")
    kept = {name: value for name, value in environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        command,
        env={**kept, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        end = "\n".join(done.stdout.strip().splitlines()[-SHOWN:])
        msg = f"`{Path(command[0]).name}` failed with exit code {done.returncode}:\n{end}"
        raise SetupError(msg)
