"""Progress of long work: a bar on a terminal, plain lines elsewhere, folded where CI can."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from mlgate.text.terminal import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY = 5.0
"""Seconds between two plain lines."""


def _unfolded(title: str) -> tuple[str, str]:
    return harmless(title), ""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """What the reader of a log obeys: each function returns a line before and a line after.

    Parameters
    ----------
    fold
        Of a title: what folds the lines between; an empty line is not printed.
    quote
        Of a token that nobody can guess: what makes the lines between plain text. None where
        lines are never anything else.
    """

    fold: Callable[[str], tuple[str, str]] = _unfolded
    quote: Callable[[str], tuple[str, str]] | None = None


PLAIN: Final = LogFormat()


class Step(Protocol):
    """A piece of work in progress."""

    def advance(self, by: int = 1) -> None:
        """Report that `by` more units are done."""


class Progress(Protocol):
    """Where progress is reported."""

    def line(self, text: str) -> None:
        """Report one finished step."""

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Step]:
        """Report the progress of `total` units."""

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fold what is printed inside, where the terminal can."""


class Silent:
    """Reports nothing: for tests and for `--format json`."""

    def line(self, text: str) -> None:
        """Do nothing."""

    def advance(self, by: int = 1) -> None:
        """Do nothing."""

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Step]:  # noqa: ARG002
        """Do nothing."""
        yield self

    @contextmanager
    def group(self, title: str) -> Iterator[None]:  # noqa: ARG002
        """Do nothing."""
        yield


@dataclass(slots=True)
class _Bar:
    """Draws one step; lines at most every `EVERY` seconds where there is no terminal."""

    out: TextIO
    label: str
    total: int
    tty: bool
    done: int = 0
    drawn_at: float = field(default_factory=time.monotonic)

    def advance(self, by: int = 1) -> None:
        self.done += by
        now = time.monotonic()
        if now - self.drawn_at < (0.1 if self.tty else EVERY):
            return
        self.drawn_at = now
        label = harmless(self.label)
        share = self.done / max(self.total, 1)
        if self.tty:
            filled = "█" * round(20 * share)
            self.out.write(f"\r\033[K{label} {filled:░<20} {share:4.0%}")
        else:
            self.out.write(f"{label}: {self.done:,} of {self.total:,}\n")
        self.out.flush()

    def clear(self) -> None:
        if self.tty:
            self.out.write("\r\033[K")
            self.out.flush()


@dataclass(frozen=True, slots=True)
class Console:
    """Reports to people, on standard error by default."""

    out: TextIO = sys.stderr
    log: LogFormat = PLAIN

    def line(self, text: str) -> None:
        """Print one line."""
        self.out.write(f"{harmless(text)}\n")
        self.out.flush()

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Step]:
        """Draw a bar, or a line every few seconds."""
        bar = _Bar(self.out, label, total, self.out.isatty())
        try:
            yield bar
        finally:
            bar.clear()

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Print a title, and fold what follows where that can be done."""
        before, after = self.log.fold(title)
        self.out.write(f"{before}\n")
        self.out.flush()
        try:
            yield
        finally:
            if after:
                self.out.write(f"{after}\n")
                self.out.flush()
