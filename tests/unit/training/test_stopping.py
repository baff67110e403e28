"""Time-outs and signals end all of a training, wherever its processes have gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from mlgate.model.evidence import TrainEvidence

if TYPE_CHECKING:
    from pathlib import Path

DAEMON = textwrap.dedent(
    """
    import os, signal, sys, time
    # Leaves parent, session and process group, closes its output and will not be asked to go.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            with open("daemon.pid.new", "w") as file:
                file.write(str(os.getpid()))
            os.rename("daemon.pid.new", "daemon.pid")
            time.sleep(300)
        os._exit(0)
    os.wait()
    while not os.path.exists("daemon.pid"):
        time.sleep(0.01)
    """
)
DRIVER = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from mlgate import training
    from mlgate.model.inputs import Stamp
    from mlgate.progress import Silent

    cwd = Path(sys.argv[1])
    request = training.TrainRequest(
        command=sys.argv[2], cwd=cwd, env=dict(os.environ), log=cwd / "logs" / "train.log",
        stamp=Stamp("1", None, "now"), grace=float(sys.argv[3]), python="none",
    )
    try:
        training.train(request, console=sys.stderr, progress=Silent())
    except training.Interrupted as error:
        (cwd / "evidence.json").write_text(error.evidence.to_json())
        sys.exit(error.exit_code)
    """
)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.01)


@pytest.fixture
def start(tmp_path):
    """Starts a Python that trains; ended at last, whatever the test finds."""
    started = []

    def begin(command: str, grace: float = 0.5, *, launcher: str = DRIVER) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", launcher, str(tmp_path), command, str(grace)],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, told = process.communicate(timeout=15)
    return process.returncode, told


@pytest.fixture
def daemon(tmp_path):
    (tmp_path / "daemon.py").write_text(DAEMON)
    yield tmp_path / "daemon.pid"
    if (tmp_path / "daemon.pid").exists():
        pid = int((tmp_path / "daemon.pid").read_text())
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_time_out_ends_the_training(train, console):
    before = set(psutil.Process().children())  # of other tests: servers, trackers
    began = time.monotonic()
    evidence = train("echo begun; sleep 60 & sleep 61", timeout=1)
    assert time.monotonic() - began < 10
    assert evidence.status == "timeout"
    assert evidence.signal == "SIGTERM"
    assert evidence.problem == "it took longer than 1 s (train.timeout) and was ended"
    assert "begun" in evidence.log_tail
    assert "[mlgate: time-out: ending the training]" in console.getvalue()
    assert not set(psutil.Process().children()) - before


def test_it_may_finish_what_it_does(train, tmp_path):
    evidence = train("trap 'echo saved > ckpt; exit 0' TERM; sleep 60 & wait", timeout=1.5, grace=9)
    assert (tmp_path / "ckpt").read_text() == "saved\n"
    assert evidence.status == "timeout"
    assert evidence.exit_code == 0


def test_what_ignores_sigterm_is_killed(train):
    before = set(psutil.Process().children())
    evidence = train("trap '' TERM; while true; do sleep 0.05; done", timeout=1.5, grace=0.3)
    assert evidence.status == "timeout"
    assert evidence.signal == "SIGKILL"
    assert not set(psutil.Process().children()) - before


def test_what_is_stopped_is_ended(train):
    assert train("kill -STOP $$", timeout=1, grace=9).status == "timeout"


def test_a_daemon_does_not_outlive_a_time_out(train, daemon):
    evidence = train("python -S daemon.py; sleep 60", timeout=2, grace=0.3)
    assert evidence.status == "timeout"
    assert gone(int(daemon.read_text()))


def test_a_daemon_does_not_outlive_the_training(train, daemon, console):
    evidence = train("python -S daemon.py; echo done", grace=0.2)
    assert evidence.status == "ok"
    assert gone(int(daemon.read_text()))
    assert "ending what the training left running: python" in console.getvalue()


def test_helpers_of_the_shell_may_finish(train, console, tmp_path):
    train("echo text > >(sleep 0.3; cat > late.txt)", grace=5)
    assert (tmp_path / "late.txt").read_text() == "text\n"
    assert "left running" not in console.getvalue()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)],
)
def test_a_signal_to_mlgate_ends_the_training(start, tmp_path, daemon, number, code):
    process = start(f"{sys.executable} -S daemon.py; sleep 60", grace=0.3)
    wait_for(daemon)
    process.send_signal(number)
    returncode, told = end(process)
    assert returncode == code
    assert f"[mlgate: {number.name}: ending the training]" in told
    assert "Traceback" not in told
    assert gone(int(daemon.read_text()))
    evidence = TrainEvidence.from_json((tmp_path / "evidence.json").read_text())
    assert evidence.status == "interrupted"
    assert evidence.problem == f"the training was interrupted by {number.name}"
    assert evidence.environment is not None
    assert evidence.environment.packages == {}


def test_a_second_signal_ends_the_patience(start, tmp_path):
    process = start("trap '' TERM; touch begun; while true; do sleep 0.05; done", 60)
    wait_for(tmp_path / "begun")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 130


def test_a_signal_while_helpers_finish(start, tmp_path):
    process = start("sleep 60 & touch begun", 60)
    wait_for(tmp_path / "begun")
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert end(process)[0] == 143


def test_an_ignored_ctrl_c_stays_ignored(start, tmp_path):
    ignoring = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"  # as nohup does
    process = start("touch begun; sleep 0.5; touch ended", launcher=ignoring + DRIVER)
    wait_for(tmp_path / "begun")
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 0
    assert (tmp_path / "ended").exists()


def test_handlers_and_orphans_are_as_before(train):
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    train("true")
    train("sleep 60", timeout=0.2)
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_processes_that_are_not_the_trainings_are_left_alone(train):
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            train("sleep 60", timeout=0.2)
            assert other.poll() is None
        finally:
            other.kill()
