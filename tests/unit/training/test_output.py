"""Output on its way to console, log and tail."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgate.ci.github_actions import LOG
from mlgate.redaction import Redactor
from mlgate.training import output as module
from mlgate.training.output import Log, Output, Screen, plain


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def through(tmp_path, chunks, *, out=None, quote=None, secrets=(), limit=module.LOG_LIMIT):
    """Send chunks through and give console text, log bytes and tail."""
    out = io.StringIO() if out is None else out
    log = Log(tmp_path / "logs" / "train.log", limit)
    redactor = Redactor(tuple(("KEY", value) for value in secrets))
    output = Output(Screen(out, quote, token="TOKEN"), log, redactor)
    for chunk in chunks:
        output.feed(chunk)
    output.finish()
    return out.getvalue(), log.path.read_bytes(), output.tail()


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_pieces_make_no_difference(tmp_path_factory, chunks):
    folder = tmp_path_factory.mktemp("pieces")
    whole = b"".join(chunks)
    told, log, tail = through(folder, chunks, out=Terminal())
    assert log == whole
    shown = whole.decode("utf-8", "replace")
    assert told in (shown, f"{shown}\n")
    assert not told or told.endswith("\n")
    assert tail == through(folder, [whole])[2]


def test_lines_that_end_in_windows_fashion_are_one_line(tmp_path):
    told, _, tail = through(tmp_path, [b"a\r", b"\nb\r\n"])
    assert told == "a\nb\n"
    assert tail == ("a", "b")


def test_an_empty_line_stays(tmp_path):
    assert through(tmp_path, [b"a", b"\n", b"\nb"])[0] == "a\n\nb\n"


def test_a_progress_bar_leaves_its_last_state_off_a_terminal(tmp_path):
    chunks = [f"\r{n:3}%".encode() for n in range(1, 101)]
    told, log, tail = through(tmp_path, [b"start\n", *chunks, b"\nend\n"])
    assert told.splitlines()[0] == "start"
    assert told.splitlines()[-2:] == ["100%", "end"]
    assert len(told.splitlines()) < 6, "a line every few seconds, not one a redraw"
    assert tail == ("start", "100%", "end")
    assert log.count(b"\r") == 100


def test_a_terminal_gets_a_progress_bar_as_it_is(tmp_path):
    assert through(tmp_path, [b"\r10%", b"\r20%\n"], out=Terminal())[0] == "\r10%\r20%\n"


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path):
    told, log, tail = through(tmp_path, [b"caf\xc3", b"\xa9 \xff\xfe\n", bytes(range(256))])
    assert told.startswith("café ��\n")
    assert log.endswith(bytes(range(256)))
    assert tail[0] == "café ��"
    assert all(line.isprintable() for line in tail)


def test_a_console_that_cannot_show_a_character_gets_a_question_mark(tmp_path):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    out.getvalue = lambda: raw.getvalue().decode()  # type: ignore[attr-defined]
    assert through(tmp_path, ["größer\n".encode()], out=out)[0] == "gr??er\n"


def test_a_very_long_line_is_passed_on_in_pieces(tmp_path):
    line = b"x" * 3_000_000
    told, log, tail = through(tmp_path, [line[n : n + 65536] for n in range(0, len(line), 65536)])
    assert told == line.decode() + "\n"
    assert log == line
    assert [len(text) for text in tail] == [module.TAIL_WIDTH]
    assert tail[0].endswith("…")


def test_the_tail_holds_the_last_lines(tmp_path):
    tail = through(tmp_path, [b"".join(b"%d\n" % n for n in range(1000)), b"\n\n"])[2]
    assert tail[-1] == "999"
    assert len(tail) <= module.TAIL_LINES
    assert tail[0] == "802"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\x1b[1;31merror\x1b[0m: x", "error: x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b]0;title", ""),
        ("\x1bPsecret\x1b\\a", "a"),
        ("\x9b31mred", "red"),
        ("a\tb\x00\x07\x08c", "a    bc"),
        ("\r10%\r", "10%"),
        ("user\u202etxt.exe\u2066", "usertxt.exe"),
        ("10%\r20%\r\x1b[K", "20%"),
        ("  indented  ", "  indented"),
        ("naïve 😀 👩‍💻", "naïve 😀 👩‍💻"),
    ],
)
def test_plain(line, shown):
    assert plain(line) == shown


@given(st.text(max_size=60))
def test_plain_never_acts_on_a_terminal(line):
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in plain(line))


def test_workflow_commands_stay_text_on_github(tmp_path):
    told, _, tail = through(tmp_path, [b"::set-output name=x::y\npartial"], quote=LOG.quote)
    assert told == "::stop-commands::TOKEN\n::set-output name=x::y\npartial\n::TOKEN::\n"
    assert tail == ("::set-output name=x::y", "partial")


def test_the_token_cannot_be_guessed():
    tokens = {Screen(io.StringIO(), quote=LOG.quote).token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32


def test_github_gets_lines_even_on_a_terminal(tmp_path):
    assert through(tmp_path, [b"a\rb"], out=Terminal(), quote=LOG.quote)[0].endswith(
        "\n::TOKEN::\n"
    )


def test_secrets_are_masked_everywhere_and_across_pieces(tmp_path):
    found = through(tmp_path, [b"key=abc", b"defgh!\nabcdefgh"], secrets=["abcdefgh"])
    assert found == ("key=***!\n***\n", b"key=***!\n***", ("key=***!", "***"))


def test_a_secret_is_masked_although_the_pipe_falls_silent_within_it(tmp_path):
    secret = "ghs/Token+42"
    for written in (secret, quote(secret, safe="")):
        for cut in range(1, len(written)):
            out = io.StringIO()
            log = Log(tmp_path / "train.log")
            output = Output(Screen(out), log, Redactor((("TOKEN", secret),)))
            output.feed(f"key={written[:cut]}".encode())
            output._flush(final=False)
            output.feed(f"{written[cut:]} end".encode())
            output._flush(final=False)
            output.finish()
            assert out.getvalue() == "key=*** end\n"
            assert log.path.read_bytes() == b"key=*** end"


@pytest.mark.parametrize("size", [0, 1, 49, 50, 51, 99, 100, 101, 149, 150, 151, 1000, 10_003])
@pytest.mark.parametrize("piece", [1, 7, 50, 64, 1000])
def test_the_log_keeps_both_ends(tmp_path, size, piece):
    data = bytes(97 + n % 26 for n in range(size))
    log = Log(tmp_path / "train.log", limit=100)
    for start in range(0, size, piece):
        log.write(data[start : start + piece])
    log.close()
    kept = log.path.read_bytes()
    if size <= 100:
        assert kept == data
    else:
        gap = b"\n[mlgate: %d bytes of output are left out here]\n" % (size - 100)
        assert kept == data[:50] + gap + data[-50:]
    assert [file.name for file in tmp_path.iterdir()] == ["train.log"]


def test_a_full_disk_stops_the_log_and_not_the_training(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    (tmp_path / "train.log").symlink_to("/dev/full")
    out = io.StringIO()
    log = Log(tmp_path / "train.log")
    output = Output(Screen(out), log)
    output.feed(b"one\n")
    output.feed(b"two\n")
    output.finish()
    assert out.getvalue() == "one\ntwo\n"
    assert log.problem == "the log could not be written: No space left on device"


def test_what_mlgate_says_starts_a_line(tmp_path):
    out = io.StringIO()
    output = Output(Screen(out), Log(tmp_path / "train.log"))
    output.feed(b"epoch 3 ...")
    output.say("[mlgate: time-out]")
    output.finish()
    assert out.getvalue() == "epoch 3 ...\n[mlgate: time-out]\n"


def test_a_console_that_has_gone_stops_nothing(tmp_path):
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    _, log, tail = through(tmp_path, [b"one\n", b"two\n"], out=Gone())
    assert log == b"one\ntwo\n"
    assert tail == ("one", "two")


def test_a_begun_line_reaches_a_terminal_when_the_pipe_is_silent(tmp_path):
    reader, writer = os.pipe()
    out = Terminal()
    output = Output(Screen(out), Log(tmp_path / "train.log"))
    output.start(reader)
    os.write(writer, b"loading ... ")
    deadline = time.monotonic() + 5
    while not out.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert out.getvalue() == "loading ... "
    # A process that could not be ended still holds the pipe: this must not wait for it.
    output.finish()
    os.close(writer)
