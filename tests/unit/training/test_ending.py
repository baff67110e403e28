"""The words and codes of an ending."""

from __future__ import annotations

import signal

import pytest

from mlgate.training.ending import duration, ending
from mlgate.training.process import ProcessResult


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ProcessResult(0, None), ("ok", 0, None)),
        (ProcessResult(1, None), ("failed", 1, None)),
        (ProcessResult(255, None), ("failed", 255, None)),
        (ProcessResult(-15, None), ("failed", None, "SIGTERM")),
        (ProcessResult(143, None), ("failed", 143, "SIGTERM")),
        (ProcessResult(None, None), ("failed", None, None)),
        (ProcessResult(0, None, stopped="timeout"), ("timeout", 0, None)),
        (ProcessResult(-9, None, stopped="timeout"), ("timeout", None, "SIGKILL")),
        (ProcessResult(-2, None, stopped=signal.SIGINT), ("interrupted", None, "SIGINT")),
        (ProcessResult(0, None, stopped=signal.SIGTERM), ("interrupted", 0, None)),
        (ProcessResult(None, None, failure="it is no program"), ("failed", None, None)),
    ],
)
def test_ending(outcome, expected):
    how = ending(outcome, 7200)
    assert (how.status, how.exit_code, how.signal) == expected
    assert (how.problem is None) == (how.status == "ok")


def test_the_time_out_is_told_as_people_write_it():
    problem = ending(ProcessResult(-15, None, stopped="timeout"), 5400).problem
    assert problem == "it took longer than 1 h 30 min (train.timeout) and was ended"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "0.0123 s"), (1, "1 s"), (59.94, "59.9 s"), (59.97, "1 min"), (60, "1 min"),
        (192, "3 min 12 s"), (3600, "1 h"), (5400, "1 h 30 min"), (90061, "25 h 1 min"),
        (3599.7, "1 h"),
    ],
)  # fmt: skip
def test_duration(seconds, text):
    assert duration(seconds) == text
