"""Every row of the table, played in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .play import Found, judge, play
from .table import ROWS, TRICKS
from .trick import Mode, Trick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .bases import Base


def _cases() -> Iterator[object]:
    for row in ROWS:
        for mode in row.modes:
            why = row.found.get(mode)
            marks = [pytest.mark.xfail(strict=True, raises=Found, reason=why)] if why else []
            yield pytest.param(row, mode, id=f"{row.kind}-{row.name}-{mode}", marks=marks)


@pytest.mark.parametrize(("row", "mode"), list(_cases()))
def test_trick(row: Trick, mode: Mode, templates: Callable[[Base], Path], tmp_path: Path) -> None:
    outcome = play(row, mode, templates(row.base), tmp_path / "pull")
    print(outcome)
    judge(row, outcome)


def test_the_table_is_one() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert all(row.does for row in ROWS)
    assert len(TRICKS) >= 80
