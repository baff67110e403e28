"""Play every row, and print what came of it: `python -m tests.redteam.summary [WORD]…`.

With words, only rows whose kind or name has one of them, each with its end. The table at the
end counts tricks tried and tricks that worked, by mode and level.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .bases import build
from .command import GIT
from .play import TrickWorkedError, judge, play
from .table import ROWS, TRICKS
from .trick import EVERYWHERE, Level, Mode, Trick

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Played = tuple[Trick, Mode, str, bool]
"""A row, its mode, what happened, and whether the trick worked."""


def chosen(words: Sequence[str]) -> list[tuple[str, Mode]]:
    """Return names and modes of the rows that have one of the words."""
    rows = [row for row in ROWS if not words or any(w in f"{row.kind} {row.name}" for w in words)]
    return [(row.name, mode) for row in rows for mode in row.modes]


def attempt(case: tuple[str, Mode, Path]) -> tuple[str, Mode, str, bool]:
    """Play one row in one mode."""
    name, mode, templates = case
    row = next(row for row in ROWS if row.name == name)
    os.environ.update(GIT)
    with tempfile.TemporaryDirectory(dir=templates) as folder:
        outcome = play(row, mode, templates / row.base.name, Path(folder) / "pull")
    try:
        judge(row, outcome)
    except TrickWorkedError as found:
        return name, mode, f"{str(found).splitlines()[0]}; {outcome.summary}", True
    return name, mode, outcome.summary, False


def run(words: Sequence[str]) -> Iterator[Played]:
    """Play the chosen rows on all cores."""
    rows = {row.name: row for row in ROWS}
    cases = chosen(words)
    with tempfile.TemporaryDirectory() as folder:
        for base in {rows[name].base for name, _ in cases}:
            build(base, Path(folder) / base.name)
        with multiprocessing.get_context("spawn").Pool() as pool:
            todo = [(name, mode, Path(folder)) for name, mode in cases]
            for name, mode, text, worked in pool.imap(attempt, todo):
                yield rows[name], mode, text, worked


def count(played: Sequence[Played]) -> Iterator[str]:
    """Yield the table of tricks tried and tricks that worked."""
    yield f"{'':14}{''.join(f'{mode:>16}' for mode in EVERYWHERE)}"
    for level in Level:
        cells = []
        for mode in EVERYWHERE:
            claimed = [
                p for p in played if p[0] in TRICKS and level in p[0].levels and p[1] == mode
            ]
            worked = sum(p[3] for p in claimed)
            cells.append(f"{len(claimed):>8} / {worked:<5}")
        yield f"{level:14}{''.join(cells)}"


def main(words: Sequence[str]) -> None:
    """Print rows as they end, then the counts."""
    played = []
    for row, mode, text, worked in run(words):
        played.append((row, mode, text, worked))
        mark = "?" if row not in TRICKS and row.kind != "honest" else "WORKS" if worked else "holds"
        if words or worked:
            print(f"{mark:6}{mode:9}{row.kind}/{row.name}: {text}", flush=True)
    print("\ntricks tried / worked, by what is claimed")
    print("\n".join(count(played)))


if __name__ == "__main__":
    os.environ.update(GIT)
    main(sys.argv[1:])
