"""While the author's code runs, no process of this user shows a credential."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

OWN = secrets.token_hex(8)
"""No other run of these tests, on the same machine, has the same secrets."""
SECRETS = {
    "WANDB_API_KEY": f"k3y-of-a-tracker-{OWN}",
    "GITHUB_TOKEN": f"ghs_{OWN}abcdef",
    "DATABASE_URL": f"postgresql://model:pa55word-{OWN}@127.0.0.1:9/rows",
    "MY_OWN": f"-----BEGIN PRIVATE KEY-----\nline-1-of-{OWN}\nline-2-of-{OWN}\n",
}
SPY = """
import json, os, pathlib
seen, readable = [], []
for process in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("environ", "cmdline"):
        try:
            seen.append((process / name).read_bytes().decode(errors="replace"))
        except OSError:
            pass
parent = pathlib.Path("/proc", str(os.getppid()))
for name in ("mem", "environ", "maps", "fd/0"):
    try:
        os.readlink(parent / name) if "/" in name else (parent / name).open("rb").read(1)
        readable.append(name)
    except OSError:
        pass
environ = {name: os.environ.get(name) for name in ("HOME", "PATH")}
pathlib.Path("seen.json").write_text(json.dumps([seen, readable, environ, dict(os.environ)]))
"""
CONFIG = """
version: 1
task: binary
train: {run: exec PYTHON spy.py}
predictions: {path: p.csv, label: l, prediction: p}
gates: {accuracy: {min: 0.1}}
"""
MLGATE = (str(Path(sys.executable).with_name("mlgate")),)
RUNNER = Path(__file__).parents[2] / "actions" / "runner"
_BOUNDING = 24
_LAST_CAPABILITY = 40

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@pytest.fixture
def repository(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of main, whose remote says that main is the default branch."""
    origin = tmp_path_factory.mktemp("origin") / "model.git"
    (tmp_path / "mlgate.yaml").write_text(CONFIG.replace("PYTHON", sys.executable))
    (tmp_path / "spy.py").write_text(SPY)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        [*identity, "commit", "-q", "-m", "x"],
        ["clone", "-q", "--bare", ".", str(origin)],
        ["remote", "add", "origin", str(origin)],
        ["fetch", "-q", "origin"],
        ["remote", "set-head", "origin", "--auto"],
    ):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    return tmp_path


def train(
    folder: Path, *program: str, command: tuple[str, ...] = ("train",), **more: str
) -> list[object]:
    """Run a training as one of a CI system's steps, without the superuser's power to look at all."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **SECRETS, **more}
    done = subprocess.run(
        [*program, *command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_powerless,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen: list[object] = json.loads((folder / "seen.json").read_text())
    return seen


def _powerless() -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        ctypes.CDLL(None).prctl(_BOUNDING, capability, 0, 0, 0)


@pytest.mark.parametrize(
    "command",
    [
        [str(Path(sys.executable).with_name("mlgate"))],
        [sys.executable, "-m", "mlgate"],
        [sys.executable, "-I", str(RUNNER / "launch.py")],
    ],
    ids=["script", "module", "action"],
)
def test_no_process_shows_a_credential_while_the_training_runs(
    repository: Path, command: list[str]
) -> None:
    seen, readable, environ, _ = train(repository, *command, CI="true")
    values = [line for value in SECRETS.values() for line in value.split("\n") if len(line) > 8]
    assert isinstance(seen, list)
    assert any(command[-1] in text for text in seen)
    # The process that started this test, and pytest itself, never had them.
    assert not [value for value in values for text in seen if value in text]
    assert readable == []
    assert environ == {"HOME": str(repository), "PATH": os.environ["PATH"]}


def test_no_process_of_an_action_shows_one(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the shell of a composite step to the training: each takes the place of the one before."""
    monkeypatch.syspath_prepend(str(RUNNER))
    home, key = tmp_path_factory.mktemp("home"), importlib.import_module("environment")._key()
    installed = home / f"mlgate-{key}"
    (installed / "bin").mkdir(parents=True)
    (installed / "run.done").touch()
    python = installed / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    script = home / "script.sh"
    script.write_text(f"exec sh {RUNNER / 'step.sh'} $1\n")
    environ = {"MLGATE_HOME": str(home), "MLGATE_PYTHON": sys.executable, "CI": "true"}
    inputs = json.dumps({"log-level": "info", "github-token": SECRETS["GITHUB_TOKEN"]})
    shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
    seen, readable, *_ = train(repository, *shell, **environ, MLGATE_INPUTS=inputs)
    assert isinstance(seen, list)
    assert any("launch.py" in text for text in seen)
    assert not [value for value in SECRETS.values() for text in seen if value in text]
    assert readable == []


@pytest.mark.parametrize("variables", [{"GITHUB_ACTIONS": "true", "CI": ""}, {"CI": "woodpecker"}])
def test_a_block_is_clean_wherever_credentials_are_withheld(
    repository: Path, variables: dict[str, str]
) -> None:
    seen, readable, _, given = train(repository, *MLGATE, **variables)
    assert isinstance(seen, list)
    assert isinstance(given, dict)
    assert not [value for value in SECRETS.values() for text in seen if value in text]
    assert not given.keys() & SECRETS
    assert readable == []


def test_so_is_that_of_a_training_which_init_tries(repository: Path) -> None:
    (repository / "mlgate.yaml").unlink()
    (repository / "spy.py").rename(repository / "train.py")
    seen, readable, _, given = train(repository, *MLGATE, CI="1", command=("init", "--train"))
    assert isinstance(seen, list)
    assert isinstance(given, dict)
    assert not [value for value in SECRETS.values() for text in seen if value in text]
    assert not given.keys() & SECRETS
    assert readable == []


def test_at_a_shell_nothing_is_started_again(repository: Path) -> None:
    command = str(Path(sys.executable).with_name("mlgate"))
    _, _, _, variables = train(repository, command)
    assert isinstance(variables, dict)
    assert variables["WANDB_API_KEY"] == SECRETS["WANDB_API_KEY"]


def test_a_number_that_nobody_handed_over_hides_nothing(repository: Path) -> None:
    command = str(Path(sys.executable).with_name("mlgate"))
    for number in ("0", "7", "x", "99999"):
        seen, *_ = train(repository, command, CI="true", MLGATE_HANDED_OVER=number)
        assert isinstance(seen, list)
        assert not [text for text in seen if SECRETS["WANDB_API_KEY"] in text]


def test_mlgate_itself_has_all_variables(tmp_path: Path) -> None:
    code = (
        "import os, sys, json; from mlgate import ci; from mlgate.environment_block import leave; "
        "leave(os.environ, ['train'], ci.in_ci); json.dump(dict(os.environ), open('seen.json', 'w'))"
    )
    environ = {"PATH": os.environ["PATH"], "CI": "1", **SECRETS, "LARGE_TOKEN": "x" * 100_000}
    subprocess.run([sys.executable, "-c", code], env=environ, cwd=tmp_path, check=True)
    variables = json.loads((tmp_path / "seen.json").read_text())
    assert {name: variables.get(name) for name in environ} == environ
    assert "MLGATE_HANDED_OVER" not in variables
