"""Where the training ran: Python and its packages, platform, hardware.

Any of it may be missing: a training need not be Python, a machine need not have a GPU.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.model.base import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.evidence import Environment

PYTHON_SECONDS: Final = 20.0
GPU_SECONDS: Final = 10.0
_GIB: Final = 1 << 30

# Runs in the user's Python, of any version ≥ 3. The working directory is removed from the path
# first: a `json.py` in it would hide the standard library's. importlib.metadata lists the same
# packages, but takes ten times as long: it parses every description, and imports `email`.
_SCRIPT: Final = r"""
import sys
sys.path[:] = [p for p in sys.path if p]
import json
import os

packages = {}

def add(name, version):
    if name and version:
        packages.setdefault(name.lower().replace("_", "-").replace(".", "-"), version)

def header(path):
    fields = {}
    for part in ("/METADATA", "/PKG-INFO", ""):
        try:
            with open(path + part, encoding="utf-8", errors="replace") as file:
                for line in file:
                    key, _, value = line.partition(":")
                    fields.setdefault(key.lower(), value.strip())
                    if not line.strip() or ("name" in fields and "version" in fields):
                        return fields
        except OSError:
            pass
    return fields

for folder in sys.path:
    try:
        children = os.listdir(folder)
    except NotADirectoryError:
        try:
            from importlib import metadata
            for package in metadata.distributions(path=[folder]):
                add(package.metadata["Name"], package.version)
        except Exception:
            pass
        continue
    except OSError:
        continue
    egg = folder.lower().endswith(".egg")
    for child in children:
        kind = child.lower()
        if kind.endswith((".dist-info", ".egg-info")) or (egg and kind == "egg-info"):
            fields = header(os.path.join(folder, child))
            add(fields.get("name"), fields.get("version"))

version = ".".join(map(str, sys.version_info[:3]))
name = sys.implementation.name
python = version if name == "cpython" else name + " " + version
sys.stdout.write("\n" + json.dumps({"python": python, "packages": packages}) + "\n")
"""


def capture(
    env: Mapping[str, str], cwd: Path, *, python: str = "python", ask: bool = True
) -> Environment:
    """Describe the environment of a training.

    Parameters
    ----------
    python
        The command of the Python that the training uses, looked up on its PATH; where `python`
        does not exist, `python3` is tried.
    ask
        Whether to start programs to ask them (not while the user waits for an interruption).
    """
    from mlgate.model.evidence import Environment

    facts: dict[str, Any] = {"python": None, "packages": {}, **_machine()}
    if ask:
        facts |= _python(env, cwd, shlex.split(python))
        facts["gpus"] = _gpus(env, cwd)
    return Environment(**facts, digest=digest(facts))


def _machine() -> dict[str, Any]:
    import psutil

    # The exact size of the memory differs from boot to boot on machines of one kind.
    memory = round(psutil.virtual_memory().total / _GIB) * _GIB
    return {
        "platform": platform.platform(),
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(),
        "memory": memory,
        "gpus": (),
    }


def _cpu_model() -> str | None:
    if sys.platform == "darwin":
        return _output(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], {}, Path("/"), 5)
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine() or None


def _python(env: Mapping[str, str], cwd: Path, command: Sequence[str]) -> dict[str, Any]:
    path = env.get("PATH")
    names = (command[0], "python3") if list(command) == ["python"] else command[:1]
    program = next(filter(None, (shutil.which(name, path=path) for name in names)), None)
    if program is None:
        return {}
    text = _output([program, *command[1:], "-c", _SCRIPT], env, cwd, PYTHON_SECONDS)
    try:
        answer = json.loads(text.splitlines()[-1]) if text else {}
        packages = {str(name): str(version) for name, version in answer["packages"].items()}
        return {"python": str(answer["python"]), "packages": packages}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _gpus(env: Mapping[str, str], cwd: Path) -> tuple[str, ...]:
    program = shutil.which("nvidia-smi", path=env.get("PATH"))
    if program is None:
        return ()
    query = "--query-gpu=name,memory.total,driver_version"
    text = _output([program, query, "--format=csv,noheader"], env, cwd, GPU_SECONDS)
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _output(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, seconds: float
) -> str | None:
    """Run a program and return its output; None where it fails or takes too long.

    The output goes to a file, not a pipe: a child that is left behind could keep a pipe open.
    """
    with tempfile.TemporaryFile() as file:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return None
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code != 0:
            return None
        file.seek(0)
        return file.read().decode("utf-8", "replace").strip() or None
