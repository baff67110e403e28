"""Whole trainings, with real processes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import threading
import time
from typing import TYPE_CHECKING

import pytest

from mlgate import ci, training
from mlgate.ci.github_actions import LOG
from mlgate.errors import UsageError
from mlgate.model.evidence import TrainEvidence
from mlgate.progress import Console, Silent
from mlgate.training.environment import user_environment

if TYPE_CHECKING:
    from pathlib import Path


def log_of(tmp_path: Path) -> bytes:
    return (tmp_path / ".mlgate" / "logs" / "train.log").read_bytes()


def test_a_training_that_works(train, console, tmp_path):
    evidence = train(
        "echo to stdout; echo to stderr >&2; pwd; echo model > model.bin",
        artifacts=["model.bin"],
        withheld=["GITHUB_TOKEN"],
    )
    assert (evidence.status, evidence.exit_code, evidence.problem) == ("ok", 0, None)
    assert console.getvalue().splitlines()[1:] == ["to stdout", "to stderr", str(tmp_path)]
    assert log_of(tmp_path).decode() == console.getvalue()
    assert list(evidence.log_tail) == console.getvalue().splitlines()
    assert evidence.log == "logs/train.log"
    [artifact] = evidence.artifacts
    assert artifact.path == "model.bin"
    assert artifact.sha256 == hashlib.sha256(b"model\n").hexdigest()
    assert artifact.size == 6
    assert evidence.withheld == ("GITHUB_TOKEN",)
    assert evidence.commit == "c0ffee"
    assert evidence.started <= evidence.finished
    assert TrainEvidence.from_json(evidence.to_json()) == evidence


def test_every_line_of_the_command_must_succeed(train, console):
    evidence = train("echo one\nfalse\necho two")
    assert evidence.status == "failed"
    assert evidence.exit_code == 1
    assert evidence.problem == "it ended with exit code 1"
    assert "\ntwo\n" not in console.getvalue().replace("echo two", "")


def test_a_pipe_fails_with_its_first_part(train):
    assert train("exit 7 | cat").exit_code == 7


def test_without_bash_sh_runs_it(train, tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("sh", "cat"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    assert train("cat nothing; exit 0", env={"PATH": f"{tmp_path}/bin"}).status == "failed"
    assert train("exit 0", env={"PATH": f"{tmp_path}/bin"}).status == "ok"


@pytest.mark.parametrize(
    ("command", "code", "signal", "problem"),
    [
        ("exit 3", 3, None, "exit code 3"),
        ("no-such-program --x", 127, None, "not found"),
        ("./data.txt", 126, None, "could not be executed"),
        ("kill -9 $$", None, "SIGKILL", "memory runs out"),
        ("bash -c 'kill -9 $$'; true", 137, "SIGKILL", "memory runs out"),
        ("kill -SEGV $$", None, "SIGSEGV", "compiled code"),
        ("echo 'unclosed", 2, None, "exit code 2"),
    ],
)
def test_how_it_failed(train, tmp_path, command, code, signal, problem):
    (tmp_path / "data.txt").write_text("1")
    evidence = train(command, artifacts=["never-looked-for"])
    assert evidence.status == "failed"
    assert (evidence.exit_code, evidence.signal) == (code, signal)
    assert problem in evidence.problem
    assert evidence.resources is not None


def test_the_end_of_the_log_tells_why(train):
    evidence = train("python -c 'raise ValueError(\"bad \\033[31mdata\\033[0m\")'")
    assert evidence.log_tail[-1] == "ValueError: bad data"


def test_a_program_that_cannot_be_started_is_no_stack_trace(train):
    evidence = train("true " + "x" * 5_000_000)
    assert evidence.status == "failed"
    assert evidence.problem == "it could not be started (Argument list too long)"
    assert evidence.resources is None


@pytest.mark.parametrize("command", ["", "  \n "])
def test_an_empty_command_is_refused(train, command):
    with pytest.raises(UsageError, match=r"train\.run in mlgate\.yaml is empty"):
        train(command)


def test_a_folder_that_does_not_exist_is_refused(train, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        train("true", cwd=tmp_path / "nowhere")
    assert not (tmp_path / ".mlgate").exists()


def test_without_a_command_results_are_taken_as_they_are(train, tmp_path):
    (tmp_path / "model.bin").write_bytes(b"old")
    os.utime(tmp_path / "model.bin", (1, 1))
    evidence = train(None, artifacts=["model.bin"])
    assert evidence.status == "skipped"
    assert [artifact.path for artifact in evidence.artifacts] == ["model.bin"]
    assert train(None, artifacts=["nothing.bin"]).status == "failed"


def test_nothing_can_be_asked_on_standard_input(train):
    assert train("read -r line").exit_code == 1
    assert train("cat").status == "ok"


def test_much_output_quickly(train, console, tmp_path):
    began = time.monotonic()
    evidence = train("yes 'a line of fifty characters, or nearly so, no more' | head -c 5200000")
    took = time.monotonic() - began
    assert evidence.status in ("ok", "failed")  # `yes` may end by SIGPIPE, which pipefail tells
    assert log_of(tmp_path).count(b"nearly so") > 99_000
    assert console.getvalue().count("nearly so") > 99_000
    assert took < 10


def test_binary_output(train, tmp_path):
    evidence = train("python -c 'import os; os.write(1, bytes(range(256)) * 4096)'")
    assert evidence.status == "ok"
    assert bytes(range(256)) * 4096 in log_of(tmp_path)
    assert TrainEvidence.from_json(evidence.to_json()) == evidence


def test_output_streams_while_the_training_runs(request_for, tmp_path):
    seen: list[float] = []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            if "now" in text and "echo" not in text:
                seen.append(time.monotonic())
            return super().write(text)

    request = request_for("echo now; sleep 0.6")
    training.train(request, console=Watched(), progress=Silent())
    assert time.monotonic() - seen[0] > 0.5


def test_workflow_commands_are_neutralised_on_github(train, console, env):
    command = "printf '::add-mask::e\\n::set-output name=x::1'"
    train(command, log_format=LOG, env=env | {"GITHUB_ACTIONS": "true"})
    first, *inside, last = console.getvalue().splitlines()
    assert first.startswith("::stop-commands::")
    assert last == f"::{first.removeprefix('::stop-commands::')}::"
    assert inside == [f"$ {command}", "::add-mask::e", "::set-output name=x::1"]


def test_github_is_told_to_go_on_whatever_happens(train, console):
    train("exit 3", log_format=LOG)
    assert console.getvalue().splitlines()[-1].endswith("::")


def test_secrets_of_the_training_reach_no_log(train, console, env, tmp_path):
    evidence = train("echo key=$HF_TOKEN", env=env | {"HF_TOKEN": "hf_0123456789"})
    assert evidence.log_tail[-1] == "key=***"
    for text in (console.getvalue(), log_of(tmp_path).decode(), evidence.to_json()):
        assert "hf_0123456789" not in text


def test_the_training_sees_the_environment_that_it_is_given(train, console):
    user = user_environment(
        {"PATH": os.environ["PATH"], "GITHUB_TOKEN": "ghs_0123456789", "SEED": "7"},
        prefix="/opt/own",
        base_prefix="/usr",
        credentials=ci.credentials(),
        channels=ci.channels(),
    )
    evidence = train("env", env=user.env, withheld=user.withheld)
    assert "GITHUB_TOKEN" not in console.getvalue()
    assert "MLGATE=1" in console.getvalue()
    assert evidence.withheld == ("GITHUB_TOKEN",)
    assert evidence.seeds == {"SEED": "7"}


@pytest.mark.parametrize(
    ("command", "where", "shown"),
    [
        ("python3 -c 'import no_such_module'", "activate it", True),
        ("no-such-program", "activate it", True),
        ("no-such-program", None, False),
        ("exit 3", "activate it", False),
    ],
)
def test_what_may_be_why_something_is_missing_is_said_on_the_terminal_too(
    request_for, command, where, shown
):
    terminal = io.StringIO()
    request = request_for(command, where_missing=where)
    notes = training.train(request, console=io.StringIO(), progress=Console(terminal)).notes
    assert any(note.text == where for note in notes) == shown
    assert (f"→ {where}" in terminal.getvalue()) == shown


def test_an_artifact_that_is_not_made_fails_the_training(train):
    evidence = train("true", artifacts=["model.bin", "out/*.pt"])
    assert evidence.status == "failed"
    assert evidence.exit_code == 0
    assert evidence.problem == (
        "artifact model.bin does not exist after the training; "
        "no artifact matches out/*.pt after the training"
    )


def test_an_artifact_of_another_day_fails_the_training(train, tmp_path):
    (tmp_path / "model.bin").write_bytes(b"old")
    time.sleep(0.02)  # the file system's clock ticks every few milliseconds
    evidence = train("true", artifacts=["model.bin"])
    assert evidence.status == "failed"
    assert "artifact model.bin was not written by this training: it was last" in evidence.problem
    assert train("touch model.bin", artifacts=["model.bin"]).status == "ok"


def test_inputs_are_digested_before_the_training_changes_them(train, tmp_path):
    (tmp_path / "data.csv").write_bytes(b"a,b\n")
    evidence = train("echo x > data.csv", inputs=["data.csv", "gone.csv"])
    assert evidence.inputs == {"data.csv": "sha256:" + hashlib.sha256(b"a,b\n").hexdigest()}
    [note] = evidence.notes
    assert note.text == "gone.csv (train.inputs) did not exist when the training started."


def test_progress_tells_the_end(request_for):
    told = io.StringIO()
    training.train(request_for("exit 3"), console=io.StringIO(), progress=Console(told))
    assert told.getvalue().startswith("training failed after ")
    assert told.getvalue().endswith(": it ended with exit code 3\n")


def test_outside_the_main_thread(train):
    found = []
    thread = threading.Thread(target=lambda: found.append(train("echo x", timeout=5)))
    thread.start()
    thread.join()
    assert found[0].status == "ok"


def test_environment_is_recorded(train):
    environment = train("true", python="python").environment
    assert environment.packages["pytest"]
    assert environment.python.count(".") == 2
    assert json.loads(environment.model_dump_json())["digest"] == environment.digest
