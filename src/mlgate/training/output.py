"""Pass the training's output on to the console, the log and the log's tail.

Bytes come from one pipe, in pieces of any size and in any encoding. Text that ends in a line
feed or a carriage return is passed on at once, the rest when the pipe falls silent. A terminal
gets everything; elsewhere (a CI log) only the last state of a progress bar is printed, at most
every few seconds.
"""

from __future__ import annotations

import codecs
import os
import re
import secrets as tokens
import selectors
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, TextIO

from mlgate.progress import EVERY
from mlgate.redaction import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.redaction import Redactor

LOG_LIMIT: Final = 64 * 1024 * 1024
"""The number of bytes of the log to keep: a half each of its beginning and its end."""
TAIL_LINES: Final = 200
TAIL_WIDTH: Final = 500
_SILENCE: Final = 0.2
_CHUNK: Final = 1 << 16
_LONGEST: Final = 1 << 16
"""Longer lines are passed on in pieces of this many bytes."""

_ESCAPES: Final = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # OSC: titles and links
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # DCS, SOS, PM, APC: strings for the terminal
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # CSI and two-character sequences
)
_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def plain(line: str) -> str:
    """Return one line of output as a reader saw it, without anything that acts on a terminal.

    Of text overwritten by carriage returns, the last state is kept. ANSI sequences, control and
    bidirectional characters are removed, tabs become four spaces, and a long line is cut.
    """
    states = (_CONTROLS.sub("", part) for part in reversed(_ESCAPES.sub("", line).split("\r")))
    shown = next((state for state in states if state.strip()), "").replace("\t", "    ").rstrip()
    return shown if len(shown) <= TAIL_WIDTH else f"{shown[: TAIL_WIDTH - 1]}…"


@dataclass(slots=True)
class Log:
    """A file that keeps the beginning and the end of its text, `limit` / 2 bytes of each.

    The beginning is written in place, so that it can be followed and survives a crash; later
    text goes into a ring buffer in a nameless file, and is appended by `close`.
    """

    path: Path
    limit: int = LOG_LIMIT
    written: int = 0
    file: IO[bytes] = field(init=False)
    ring: IO[bytes] | None = None
    problem: str | None = None
    """Why the log is incomplete (such as a full disk); the training continues without it."""

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = self.path.open("wb")

    @property
    def half(self) -> int:
        """Bytes in each half."""
        return self.limit // 2

    def write(self, data: bytes) -> None:
        """Append."""
        if self.problem is None:
            try:
                self._write(data)
            except OSError as error:
                self.problem = f"the log could not be written: {error.strerror}"

    def _write(self, data: bytes) -> None:
        head = data[: max(0, self.half - self.written)]
        if head:
            self.file.write(head)
            self.file.flush()
            self.written += len(head)
        if rest := data[len(head) :]:
            self._turn(rest)

    def _turn(self, data: bytes) -> None:
        if self.ring is None:
            self.ring = tempfile.TemporaryFile(dir=self.path.parent)  # noqa: SIM115
        skipped = max(0, len(data) - self.half)  # would be overwritten within this call
        self.written += skipped
        view = memoryview(data)[skipped:]
        while view:
            at = (self.written - self.half) % self.half
            piece = view[: self.half - at]
            self.ring.seek(at)
            self.ring.write(piece)
            self.written += len(piece)
            view = view[len(piece) :]

    def close(self) -> None:
        """Append the end of the text, preceded by how much is missing."""
        try:
            with self.file:
                if self.ring is not None:
                    with self.ring:
                        self._append(self.ring)
        except OSError as error:
            self.problem = f"the log could not be written: {error.strerror}"

    def _append(self, ring: IO[bytes]) -> None:
        lost = self.written - 2 * self.half
        if lost <= 0:
            self._copy(ring, 0, self.written - self.half)
            return
        at = (self.written - self.half) % self.half
        self.file.write(b"\n[mlgate: %d bytes of output are left out here]\n" % lost)
        self._copy(ring, at, self.half - at)
        self._copy(ring, 0, at)

    def _copy(self, ring: IO[bytes], start: int, length: int) -> None:
        ring.seek(start)
        while length and (data := ring.read(min(length, _CHUNK))):
            self.file.write(data)
            length -= len(data)


@dataclass(slots=True)
class Screen:
    """The console. What a training prints stays text, also in the log of a CI system.

    Parameters
    ----------
    quote
        See `LogFormat`: the lines around all of it; None on a terminal.
    """

    out: TextIO
    quote: Callable[[str], tuple[str, str]] | None = None
    token: str = field(default_factory=lambda: tokens.token_hex(16))
    whole: bool = field(init=False)
    pending: str = ""
    shown_at: float = 0.0
    begun: bool = False
    gone: bool = False

    def __post_init__(self) -> None:
        self.whole = self.quote is None and self.out.isatty()

    def open(self) -> None:
        """Begin."""
        if self.quote is not None:
            self._put(f"{self.quote(self.token)[0]}\n")

    def close(self) -> None:
        """End the line that was begun."""
        if self.pending or self.begun:
            self._put(f"{_last(self.pending)}\n")
            self.pending = ""
        if self.quote is not None:
            self._put(f"{self.quote(self.token)[1]}\n")

    def show(self, text: str) -> None:
        """Show text as it comes (terminal), or line by line (elsewhere)."""
        if self.whole:
            self._put(text)
            return
        text = (self.pending + text).replace("\r\n", "\n")
        done, end, self.pending = text.rpartition("\n")
        if end:
            shown = "\n".join(map(_last, done.split("\n"))) if "\r" in done else done
            self._put(f"{shown}\n")
        if "\r" in self.pending.rstrip("\r"):
            self._bar()
        if len(self.pending) > _LONGEST:
            self._put(self.pending)
            self.pending = ""

    def _bar(self) -> None:
        """Keep the newest state of a progress bar; print it if the last one is old enough."""
        state = _last(self.pending)
        self.pending = f"{state}\r"
        if time.monotonic() - self.shown_at >= EVERY:
            self.shown_at = time.monotonic()
            self._put(f"{state}\n")

    def _put(self, text: str) -> None:
        """Write what the console's encoding can show; a closed console is ignored."""
        if self.gone or not text:
            return
        self.begun = not text.endswith("\n")
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        try:
            self.out.write(text.encode(encoding, "replace").decode(encoding))
            self.out.flush()
        except (OSError, ValueError):
            self.gone = True


def _last(line: str) -> str:
    """Return what a line finally shows: its last nonempty text between carriage returns."""
    if "\r" not in line:
        return line
    return next((part for part in reversed(line.split("\r")) if part.strip()), "")


class Output:
    """Reads a pipe to its end in a thread and passes it on to console, log and tail.

    Parameters
    ----------
    redactor
        Replaces secrets by `***` everywhere, also where one is split over several pieces.
    """

    def __init__(self, screen: Screen, log: Log, redactor: Redactor = NOTHING) -> None:
        self.screen = screen
        self.log = log
        self._redactor = redactor
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = b""
        self._line = ""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        screen.open()

    def start(self, pipe: int) -> None:
        """Read a descriptor, which is closed at its end, in a thread of its own."""
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for what the pipe still holds, but not for a writer that is left over."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self._flush(final=True)
        self.screen.close()
        self.log.close()

    def say(self, text: str) -> None:
        """Add a line of mlgate's own to console and log."""
        with self._lock:
            begun = "\n" if self._held or self._line else ""
        self.feed(f"{begun}{text}\n".encode())

    def tail(self) -> tuple[str, ...]:
        """The last lines, without empty ones at their end."""
        begun = (self._line,) if self._line else ()
        lines = [plain(line) for line in (*self._tail, *begun)][-TAIL_LINES:]
        while lines and not lines[-1]:
            lines.pop()
        return tuple(lines)

    def _read(self, pipe: int) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(pipe, selectors.EVENT_READ)
                self._read_all(pipe, selector)
        finally:
            os.close(pipe)

    def _read_all(self, pipe: int, selector: selectors.BaseSelector) -> None:
        while True:
            if not selector.select(_SILENCE):
                if self._closing.is_set():
                    return
                self._flush(final=False)
            elif chunk := os.read(pipe, _CHUNK):
                self.feed(chunk)
            else:
                return

    def feed(self, chunk: bytes) -> None:
        """Accept a piece of output; an incomplete line waits for its rest."""
        with self._lock:
            data = self._held + chunk
            cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
            if not cut and len(data) > _LONGEST:
                cut = self._complete(data)
            self._held = data[cut:]
            if cut:
                self._pass_on(data[:cut], final=False)

    def _flush(self, *, final: bool) -> None:
        with self._lock:
            cut = len(self._held) if final else self._complete(self._held)
            data, self._held = self._held[:cut], self._held[cut:]
            if data or final:
                self._pass_on(data, final=final)

    def _complete(self, data: bytes) -> int:
        """Return how many bytes can be passed on: the rest may be the beginning of a secret."""
        text = data.decode("utf-8", "surrogateescape")
        return len(text[: self._redactor.complete(text)].encode("utf-8", "surrogateescape"))

    def _pass_on(self, data: bytes, *, final: bool) -> None:
        data = self._redactor.mask_bytes(data)
        self.log.write(data)
        text = self._decoder.decode(data, final)
        self.screen.show(text)
        *lines, self._line = (self._line + text).split("\n")
        self._line = self._line[-2 * _LONGEST :]
        self._tail.extend(lines[-TAIL_LINES:])
