"""The outlines of inks: polygons of pixels, which cover what an ink covers.

Pixels are counted from a page's upper left corner. Lines and rectangles that run along the pixels
lie on whole ones, so that they are sharp.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.report.plots.inks import Shape

Point = tuple[float, float]
Polygon = tuple[Point, ...]

ROUND: Final = 24
"""Corners of what is drawn for a circle."""
_CORNERS: Final[dict[Shape, Polygon]] = {
    "square": ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)),
    "triangle": ((0, -0.5), (0.5, 0.5), (-0.5, 0.5)),
    "wedge": ((0, 0.5), (-0.5, -0.5), (0.5, -0.5)),
    "diamond": tuple(
        (math.sqrt(0.5) * x, math.sqrt(0.5) * y) for x, y in ((0, -1), (1, 0), (0, 1), (-1, 0))
    ),
    "plus": tuple(
        (sign_x * x / 6, sign_y * y / 6)
        for sign_x, sign_y, ends in (
            (1, -1, ((1, 3), (1, 1), (3, 1))),
            (1, 1, ((3, 1), (1, 1), (1, 3))),
            (-1, 1, ((1, 3), (1, 1), (3, 1))),
            (-1, -1, ((3, 1), (1, 1), (1, 3))),
        )
        for x, y in ends
    ),
}
"""Clockwise, of marks of size 1."""


def circle(centre: Point, radius: float) -> Polygon:
    """Return a circle's corners."""
    turns = (2 * math.pi * index / ROUND for index in range(ROUND))
    return tuple(
        (centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns
    )


def mark(shape: Shape, centre: Point, size: float, grown: float) -> Polygon:
    """Return a mark whose sides all lie `grown` further out than those of its size."""
    if shape == "circle":
        return circle(centre, size / 2 + grown)
    x, y = (round(part) for part in centre)
    corners = tuple((x + size * right, y + size * down) for right, down in _CORNERS[shape])
    return _grown(corners, grown)


def _grown(corners: Polygon, by: float) -> Polygon:
    """Move all sides of a polygon, which runs clockwise, outwards."""
    moved = []
    for before, corner, after in zip(
        corners[-1:] + corners[:-1], corners, corners[1:] + corners[:1], strict=True
    ):
        (x1, y1), (x2, y2) = _outwards(before, corner), _outwards(corner, after)
        share = by / (1 + x1 * x2 + y1 * y2)
        moved.append((corner[0] + share * (x1 + x2), corner[1] + share * (y1 + y2)))
    return tuple(moved)


def _outwards(start: Point, end: Point) -> Point:
    """Return the direction across a side, of length 1, to the left of where it runs."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = math.hypot(x, y)
    return y / length, -x / length


def filled(places: Sequence[Point]) -> Polygon:
    """Return a polygon; a rectangle along the pixels lies on whole ones."""
    ring = [*places, places[0]]
    if len(places) == 4 and _straight(ring):
        return tuple((float(round(x)), float(round(y))) for x, y in places)
    return tuple(places)


def line(
    places: Iterable[Point], width: float, dash: Sequence[float], *, flush: bool
) -> Iterator[Polygon]:
    """Yield what covers a line.

    Parameters
    ----------
    dash
        Lengths and gaps by turns, in pixels; such a line ends flush.
    """
    points = _apart(places)
    if len(points) < 2:
        return
    if _straight(points):
        width = max(1.0, round(width))
        moved = _apart(_on_pixels(points, width))
        points = moved if len(moved) > 1 else points  # a line shorter than a pixel stays
    if dash:
        for piece in _dashes(points, dash):
            if (
                len(apart := _apart(piece)) > 1
            ):  # a dash may end where the line, or a part of it, does
                yield from _stroke(apart, width / 2)
        return
    if not flush:
        points[0] = _beyond(points[1], points[0], width / 2)
        points[-1] = _beyond(points[-2], points[-1], width / 2)
    yield from _stroke(points, width / 2)


def _apart(places: Iterable[Point]) -> list[Point]:
    """Return points without those that repeat the one before them: they have no direction."""
    return [point for point, _ in itertools.groupby(places)]


def _straight(points: Sequence[Point]) -> bool:
    """Whether all of a line runs along the pixels."""
    return all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(points))


def _on_pixels(points: Sequence[Point], width: float) -> Iterator[Point]:
    """Move a line across its direction, so that its sides lie between pixels."""
    half = width % 2 / 2
    for index, (x, y) in enumerate(points):
        sides = [points[near] for near in (index - 1, index + 1) if 0 <= near < len(points)]
        upright = any(side[0] == x for side in sides)
        level = any(side[1] == y for side in sides)
        yield (
            math.floor(x - half + 0.5) + half if upright else float(round(x)),
            math.floor(y - half + 0.5) + half if level else float(round(y)),
        )


def _beyond(start: Point, end: Point, by: float) -> Point:
    x, y = _outwards(start, end)
    return end[0] - y * by, end[1] + x * by


def _stroke(points: Sequence[Point], half: float) -> Iterator[Polygon]:
    """Yield a rectangle for each part of a line, and what rounds its corners."""
    for start, end in itertools.pairwise(points):
        x, y = (half * part for part in _outwards(start, end))
        yield (
            (start[0] + x, start[1] + y),
            (end[0] + x, end[1] + y),
            (end[0] - x, end[1] - y),
            (start[0] - x, start[1] - y),
        )
    for corner in points[1:-1]:
        yield circle(corner, half)


def _dashes(points: Sequence[Point], dash: Sequence[float]) -> Iterator[list[Point]]:
    """Yield the pieces of a line that are drawn."""
    lengths = itertools.cycle(zip(dash, itertools.cycle((True, False))))
    left, drawn = next(lengths)
    piece = [points[0]]
    for start, end in itertools.pairwise(points):
        at, whole = start, math.dist(start, end)
        walked = 0.0
        while whole - walked > left:
            walked += left
            share = walked / whole
            at = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
            if drawn:
                yield [*piece, at]
            piece = [at]
            left, drawn = next(lengths)
        left -= whole - walked
        piece.append(end)
    if drawn and len(piece) > 1:
        yield piece
