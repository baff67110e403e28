"""Machines that refuse, terminals that cannot, signals at any moment."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from mlgate.cli import bug, main, root
from mlgate.errors import ExitCode, StoreError
from mlgate.text.terminal import harmless, harmless_json

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.cli.settings import Settings


def test_a_full_disk_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/report.md")

    monkeypatch.setattr(root, "main", full)
    assert main(["run"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert told.startswith("mlgate: /data/report.md: No space left on device\n  → free some space")


def test_what_no_machine_refuses_stays_a_bug() -> None:
    assert bug.refused_by_the_machine(FileNotFoundError(errno.ENOENT, "gone", "x")) is None
    assert bug.refused_by_the_machine(ValueError("x")) is None


def test_a_file_where_results_belong_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    done = _mlgate(tmp_path, "demo", "--dir", str(tmp_path / "taken" / "below"))
    assert done.returncode == ExitCode.USAGE
    assert "bug" not in done.stderr


def _mlgate(cwd: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlgate", *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_terminal_without_locale_gets_utf_8(tmp_path: Path) -> None:
    none = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert "→" in _mlgate(tmp_path, "run", **none).stderr


def test_an_encoding_without_the_character_gets_a_question_mark(tmp_path: Path) -> None:
    done = _mlgate(tmp_path, "run", PYTHONIOENCODING="latin-1")
    assert done.returncode == ExitCode.USAGE
    assert "? `mlgate init`" in done.stderr


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.TERMINATED),
    ],
)
def test_a_signal_passes_every_finally_and_is_the_exit_code(
    tmp_path: Path, number: signal.Signals, code: ExitCode
) -> None:
    script = (
        "import time\n"
        "from pathlib import Path\n"
        "from mlgate import cli\n"
        "def wait(*args, **kwargs):\n"
        "    try:\n"
        "        Path('ready').touch()\n"
        "        time.sleep(60)\n"
        "    finally:\n"
        "        Path('cleaned').touch()\n"
        "cli.root.main = wait\n"
        "cli.entry()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "ready").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (code, f"mlgate: {code.name.lower()}\n")
    assert (tmp_path / "cleaned").exists()


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("it has id, x\n::add-mask::a", "it has id, x\n\u200b::add-mask::a"),
        ("  ::error::a", "  \u200b::error::a"),
        ("a ##[error]b", "a ##\u200b[error]b"),
        ("a::b, std::string", "a::b, std::string"),
    ],
)
def test_text_of_others_is_no_workflow_command(text: str, printed: str) -> None:
    assert harmless(text) == printed


def test_a_reader_that_goes_away_does_not_change_what_was_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blocked(*, obj: Settings, **kwargs: object) -> None:
        obj.outcome = ExitCode.BLOCKED
        raise BrokenPipeError

    monkeypatch.setattr(root, "main", blocked)
    monkeypatch.setattr(os, "dup2", lambda *args: None)
    assert main(["run"]) == ExitCode.BLOCKED


def test_output_that_nobody_reads_ends_quietly(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "mlgate", "--help"],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")


@pytest.mark.parametrize(
    ("command", "code"), [("run", ExitCode.USAGE), ("baseline", ExitCode.FORGE)]
)
def test_a_store_that_cannot_be_reached_is_bad_input_to_who_only_reads_it(
    command: str, code: ExitCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*, obj: Settings, **kwargs: object) -> None:
        obj.command = command
        raise StoreError("the remote does not answer")

    monkeypatch.setattr(root, "main", unreachable)
    assert main([command]) == code


def test_a_terminal_obeys_nothing_that_is_printed() -> None:
    assert harmless("a\x1b]0;title\x07b\u202ec\r\nd\te\rf") == (
        "a\\x1b]0;title\\x07b\\u202ec\nd\te\\rf"
    )


@pytest.mark.parametrize("hostile", ["##[error]x", "\x1b[31m", "\x9b2J", "\u202egnp", "\ud800"])
def test_json_keeps_its_values_and_loses_its_commands(hostile: str) -> None:
    text = harmless_json(json.dumps({hostile: [hostile]}, ensure_ascii=False))
    assert json.loads(text) == {hostile: [hostile]}
    assert hostile not in text


HOSTILE = "x\n::error::gotcha\x1b[2J ##[warning]y \u202ez"


def test_hostile_arguments_paths_and_logs_only_show(tmp_path: Path) -> None:
    (tmp_path / "mlgate.yaml").write_text(f"version: 1\n{json.dumps(HOSTILE)}: 1\n")
    for arguments in (
        [HOSTILE],
        ["check", HOSTILE],
        ["run", "--config", HOSTILE],
        ["config", "check"],
        ["config", "check", "--format", "json"],
        ["comment", HOSTILE, "--key", "k"],
        ["compare", HOSTILE, HOSTILE, "--label", HOSTILE, "--log-level", "debug"],
        ["publish", HOSTILE, "--only", HOSTILE],
    ):
        done = _mlgate(tmp_path, *arguments, GITHUB_ACTIONS="true", GITHUB_REPOSITORY=HOSTILE)
        said = done.stdout + done.stderr
        assert done.returncode in (ExitCode.USAGE, ExitCode.FORGE), said
        assert "gotcha" in said, arguments
        assert not re.search(r"(?m)^\s*::error|##\[", said), said
        assert not re.search("[\x1b\u202e]", said), said
