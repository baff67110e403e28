"""A copy of the runner beside small locks and wheels, so that installing takes a second."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = (
    "import os, sys; from environment import ensure; print(ensure(sys.argv[1], dict(os.environ)))"
)


def wheel(folder: Path, name: str) -> str:
    """Build an empty package; give its line of a lock."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}.py", "")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}==1.0 --hash=sha256:{digest}\n"


@dataclass(frozen=True)
class Machine:
    """A machine on which the action lies in `repository`, with `wheels` but no network."""

    repository: Path
    wheels: Path
    temporary: Path

    @property
    def environ(self) -> dict[str, str]:
        """The variables of a step: no setting of pip's but that there is no index."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "MLGATE_"))}
        return {**kept, "RUNNER_TEMP": str(self.temporary), "PIP_CONFIG_FILE": os.devnull,
                "MLGATE_WHEELHOUSE": str(self.wheels)}  # fmt: skip

    def ensure(self, level: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Install a level in a process of its own."""
        return subprocess.run(
            [sys.executable, "-c", CODE, level],
            cwd=self.repository / "actions" / "runner",
            env=self.environ | more,
            capture_output=True,
            text=True,
            check=False,
        )

    def folder(self, level: str, **more: str) -> Path:
        """Install a level; give the environment's folder."""
        done = self.ensure(level, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return Path(done.stdout.splitlines()[-1])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    repository, wheels = tmp_path / "the action", tmp_path / "wheel house"
    wheels.mkdir()
    (tmp_path / "temp").mkdir()
    shutil.copytree(ROOT / "actions" / "runner", repository / "actions" / "runner")
    names = ("alpha", "beta", "gamma", "delta", "uv")
    light, run, attest, full, uv = (wheel(wheels, name) for name in names)
    (wheels / "uv-1.0-py3-none-any.whl").unlink()
    locks = {"light": light, "run": light + run, "attest": light + attest, "uv": uv}
    locks["full"] = locks["run"] + full
    for name, lock in locks.items():
        path = repository / "requirements" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(lock)
    return Machine(repository, wheels, tmp_path / "temp")
