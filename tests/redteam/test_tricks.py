"""Every row of the table, played in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .play import TrickWorkedError, judge, play
from .table import ROWS, TRICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .bases import Base
    from .trick import Mode, Trick


def _cases() -> Iterator[object]:
    for row in ROWS:
        for mode in row.modes:
            why = row.found.get(mode)
            marks = (
                [pytest.mark.xfail(strict=True, raises=TrickWorkedError, reason=why)] if why else []
            )
            yield pytest.param(row, mode, id=f"{row.kind}-{row.name}-{mode}", marks=marks)


@pytest.mark.parametrize(("row", "mode"), list(_cases()))
def test_trick(row: Trick, mode: Mode, templates: Callable[[Base], Path], tmp_path: Path) -> None:
    outcome = play(row, mode, templates(row.base), tmp_path / "pull")
    print(outcome)
    judge(row, outcome)


def test_rows_have_names_of_their_own_and_say_what_they_do() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert all(row.does for row in ROWS)
    assert len(TRICKS) >= 80
