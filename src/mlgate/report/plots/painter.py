"""Paints a page as PNG: what each ink covers once, in the colours of each theme.

Page ── layers ──► masks, the share of each pixel that an ink covers ── png ──► a picture
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from mlgate.report.plots import letters, outlines
from mlgate.report.plots.inks import Area, Line, Marks, Page, Text
from mlgate.report.plots.style import COLOURS, DPI, POINTS, WIDTH, Theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PIL import Image

    from mlgate.report.plots.inks import Box, Colour, Mark, Place, Stroke
    from mlgate.report.plots.outlines import Point, Polygon

Pixel = tuple[int, int, int]
Bounds = tuple[int, int, int, int]
"""Pixels from the page's upper left corner: left, top, right, bottom; the last two lie beyond."""

FINE: Final = 4
"""An ink's edge is drawn so many times larger, and then made small, which smooths it."""
KEPT: Final = 256
"""Colours of a PNG with a palette."""
MANY: Final = 1 << 16
"""More colours than these, far more than pages have, are not counted."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One colour's share of each pixel, from 0 to 255, and where its upper left pixel lies."""

    mask: Image.Image
    corner: tuple[int, int]
    colour: Colour


def layers(page: Page) -> tuple[Layer, ...]:
    """Return what a page's inks cover, texts over everything else."""
    easel = _Easel(round(WIDTH * DPI), round(page.height * DPI))
    inks = sorted(page.inks, key=lambda ink: isinstance(ink, Text))
    return tuple(layer for ink in inks for layer in easel.layers(ink))


def png(page: Page, painted: Iterable[Layer], theme: Theme) -> bytes:
    """Return a page's layers in a theme's colours. The bytes depend on nothing but these."""
    from PIL import Image

    colours = COLOURS[theme]
    picture = Image.new("RGB", (round(WIDTH * DPI), round(page.height * DPI)), colours["paper"])
    for layer in painted:
        picture.paste(colours[layer.colour], layer.corner, layer.mask)
    return packed(picture)


@dataclass(frozen=True, slots=True)
class _Easel:
    """Knows the size of the page, in pixels."""

    width: int
    height: int

    def layers(self, ink: Line | Area | Marks | Text) -> Iterator[Layer]:
        """Yield what one ink covers."""
        match ink:
            case Line(places, stroke, clip):
                yield from self._line(map(self._point, places), stroke, clip)
            case Area():
                yield from self._area(ink)
            case Marks(places, mark):
                for place in places:
                    yield from self._mark(self._point(place), mark)
            case Text():
                drawn = letters.drawn(ink.text, ink.size, bold=ink.bold, angle=ink.angle)
                left, up = letters.corner(ink, drawn)
                yield Layer(drawn.mask, (left, self.height - up), ink.colour)

    def _line(
        self, points: Iterable[Point], stroke: Stroke, clip: Box | None = None
    ) -> Iterator[Layer]:
        width = stroke.width * DPI / POINTS
        dash = [part * width for part in stroke.dash]
        polygons = list(outlines.line(points, width, dash, flush=stroke.flush))
        yield from self._covered(polygons, stroke.colour, self._bounds(clip))

    def _area(self, area: Area) -> Iterator[Layer]:
        points = outlines.filled([self._point(place) for place in area.places])
        for layer in self._covered([points], area.colour, self._bounds(None)):
            mask = layer.mask.point([round(share * area.alpha) for share in range(256)])
            yield Layer(mask, layer.corner, layer.colour)
        if area.edge is not None:
            yield from self._line((*points, points[0]), area.edge)

    def _mark(self, centre: Point, mark: Mark) -> Iterator[Layer]:
        size, half = (part * DPI / POINTS for part in (mark.size, mark.width / 2))
        outer = outlines.mark(mark.shape, centre, size, half)
        inner = outlines.mark(mark.shape, centre, size, -half)
        hollow = [inner] if mark.fill is None else []
        yield from self._covered([outer], mark.edge, self._bounds(None), hollow)
        if mark.fill is not None and mark.fill != mark.edge:
            yield from self._covered([inner], mark.fill, self._bounds(None))

    def _covered(
        self, polygons: list[Polygon], colour: Colour, bounds: Bounds, holes: Iterable[Polygon] = ()
    ) -> Iterator[Layer]:
        """Yield the share of each pixel within some bounds that polygons cover; none for nothing."""
        from PIL import Image, ImageDraw

        left, top, right, bottom = _meet(bounds, _around(polygons))
        if left >= right or top >= bottom:
            return
        large = Image.new("L", ((right - left) * FINE, (bottom - top) * FINE))
        brush = ImageDraw.Draw(large)
        for polygon in polygons:
            brush.polygon(_fine(polygon, left, top), fill=255)
        for hole in holes:
            brush.polygon(_fine(hole, left, top), fill=0)
        yield Layer(large.reduce(FINE), (left, top), colour)

    def _point(self, place: Place) -> Point:
        return place[0] * DPI, self.height - place[1] * DPI

    def _bounds(self, clip: Box | None) -> Bounds:
        page = (0, 0, self.width, self.height)
        if clip is None:
            return page
        left, bottom = self._point((clip.left, clip.bottom))
        right, top = self._point((clip.right, clip.top))
        return _meet(page, (round(left), round(top), round(right), round(bottom)))


def _around(polygons: Iterable[Polygon]) -> Bounds:
    points = [point for polygon in polygons for point in polygon]
    if not points:
        return (0, 0, 0, 0)
    xs, ys = zip(*points, strict=True)
    return math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))


def _meet(a: Bounds, b: Bounds) -> Bounds:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _fine(polygon: Polygon, left: int, top: int) -> list[tuple[int, int]]:
    """Return a polygon's corners as the last pixels that lie within it, as Pillow fills up to them."""
    corners = [((x - left) * FINE, (y - top) * FINE) for x, y in polygon]
    middle = [sum(parts) / len(corners) for parts in zip(*corners, strict=True)]
    return [(_inner(x, middle[0]), _inner(y, middle[1])) for x, y in corners]


def _inner(side: float, middle: float) -> int:
    return math.ceil(side - 0.5) if side < middle else math.floor(side - 0.5)


def packed(image: Image.Image) -> bytes:
    """Return a PNG; flat inks with smoothed edges fit into a palette, in a third of the bytes."""
    out = io.BytesIO()
    _fewer(image).save(out, "png", compress_level=6)
    return out.getvalue()


def _fewer(image: Image.Image) -> Image.Image:
    """Keep the most common colours; the others, of a few pixels each, become the nearest of them."""
    from PIL import Image

    counts = cast("list[tuple[int, Pixel]] | None", image.getcolors(MANY))
    if counts is None:
        return image
    commonest = sorted(counts, key=lambda count: (-count[0], count[1]))[:KEPT]
    colours = [part for _, colour in commonest for part in colour]
    # Pillow looks colours up by their upper six bits: with these alone, the commonest fit exactly.
    palette = Image.new("P", (1, 1))
    palette.putpalette([part & 0xFC for part in colours])
    fewer = image.quantize(palette=palette, dither=Image.Dither.NONE)
    fewer.putpalette(colours)
    return fewer
