"""Two distributions in one cell of a table: as SVG paths, or as a line of characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.report.document import Shape

WIDTH: Final = 140
HEIGHT: Final = 28
CHARACTERS: Final = 8
_BLOCKS: Final = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Paths:
    """What an SVG draws."""

    width: int
    height: int
    reference: str
    current: str


def draw(shape: Shape) -> Paths:
    """Return the reference as an area and the current side as a line; levels as pairs of bars."""
    top = max((*shape.reference, *shape.current), default=0.0) or 1.0
    sides = (shape.reference, shape.current)
    heights = [[round((1 - x / top) * HEIGHT, 1) for x in side] for side in sides]
    step = WIDTH / max(len(shape.reference), 1)
    if shape.apart:
        paths = [_bars(side, step, index) for index, side in enumerate(heights)]
    else:
        paths = [_steps(heights[0], step, closed=True), _steps(heights[1], step, closed=False)]
    return Paths(WIDTH, HEIGHT, *paths)


def _steps(heights: Sequence[float], step: float, *, closed: bool) -> str:
    line = "".join(f"V{y:g}H{round((i + 1) * step, 1):g}" for i, y in enumerate(heights))
    return f"M0 {HEIGHT}{line}V{HEIGHT}{'Z' if closed else ''}"


def _bars(heights: Sequence[float], step: float, side: int) -> str:
    width = round(step * 0.4, 1)
    starts = [round(step * (i + 0.1 + 0.4 * side), 1) for i in range(len(heights))]
    return "".join(
        f"M{x:g} {HEIGHT}V{y:g}h{width:g}V{HEIGHT}Z" for x, y in zip(starts, heights, strict=True)
    )


def text(shape: Shape) -> str:
    """Return `▁▃▇▃▁ → ▁▂▅▇▃`: both sides on one scale."""
    sides = [_coarse(side) for side in (shape.reference, shape.current)]
    top = max(max(side, default=0.0) for side in sides) or 1.0
    return " → ".join("".join(_block(x / top) for x in side) for side in sides)


def _coarse(shares: Sequence[float]) -> list[float]:
    """Put neighbouring bins together; one that two characters share is split between them."""
    count = min(len(shares), CHARACTERS)
    coarse = [0.0] * count
    for index, share in enumerate(shares):
        first, last = (end * count / len(shares) for end in (index, index + 1))
        place = min(int(first + 1e-9), count - 1)
        kept = min(1.0, (place + 1 - first) / (last - first))
        coarse[place] += share * kept
        if kept < 1 - 1e-9:
            coarse[place + 1] += share * (1 - kept)
    return coarse


def _block(height: float) -> str:
    return _BLOCKS[min(int(height * len(_BLOCKS)), len(_BLOCKS) - 1)]
