"""The command line itself: help, errors, exit codes, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mlgate import cli
from mlgate.cli import COMMANDS, UNLISTED, main, root
from mlgate.errors import ExitCode

HEAVY = {
    "duckdb", "numpy", "pandas", "pyarrow", "scipy", "PIL", "pydantic", "jinja2", "psutil",
    "ruamel", "sklearn", "tabulate",
    # Of Python's own what costs milliseconds; click's older versions load some of it.
    "asyncio", "bz2", "dataclasses", "email", "json", "logging", "lzma", "pathlib", "shutil",
    "socket", "subprocess", "tempfile", "urllib", "zlib",
}  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    bare = loaded("import click; click.Command('bare').main(['--help'], standalone_mode=False)")
    modules = loaded("import mlgate.cli; assert mlgate.cli.main(['--help']) == 0")
    assert "click" in modules
    assert not (modules - bare) & HEAVY


def loaded(code: str) -> set[str]:
    code += "\nimport sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(("columns", "width"), [("60", 58), ("20", 50), ("200", 78), ("x", 78)])
def test_help_is_as_wide_as_the_terminal(columns: str, width: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlgate", "run", "--help"],
        env=os.environ | {"COLUMNS": columns},
        capture_output=True,
        text=True,
        check=True,
    )
    longest = max(map(len, done.stdout.splitlines()))
    assert width - 12 < longest <= width


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_its_help_agrees_with_the_list(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    first = (command.help or "").splitlines()[0]
    assert first == COMMANDS[name]
    assert {"config", "run_dir", "policies", "log_level", "format"} <= {
        "policies" if param.name == "policy" else param.name for param in command.params
    }


def test_every_module_with_a_command_is_listed() -> None:
    folder = Path(cli.__file__).parent
    modules = {
        p.stem
        for p in folder.glob("*.py")
        if "\ncommand" in p.read_text() or "def command(" in p.read_text()
    }
    assert modules == set(COMMANDS) | UNLISTED


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("mlgate ")


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tarin"]) == ExitCode.USAGE
    assert "tarin" in capsys.readouterr().err


def test_no_configuration_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "there is no mlgate.yaml" in err
    assert "mlgate init" in err


@pytest.mark.parametrize("command", [["check"], ["config", "check"], ["plan"]])
def test_the_models_of_other_folders_are_named(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "models/price").mkdir(parents=True)
    (tmp_path / "models/price/mlgate.yaml").write_text("version: 1\n")
    who = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    for step in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "a model"]):
        subprocess.run(["git", *step], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    assert main(command) == ExitCode.USAGE
    assert "name one with --config: models/price/mlgate.yaml;" in capsys.readouterr().err


def test_a_bug_is_reported_without_arguments_or_paths(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(root, "main", broken)
    assert main(["run", "--config", "/home/someone/secret.yaml"]) == ExitCode.BUG
    err = capsys.readouterr().err
    assert "RuntimeError: boom" in err
    assert "issues" in err
    assert "secret.yaml" not in err


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(root, "main", interrupted)
    assert main(["run"]) == ExitCode.INTERRUPTED
