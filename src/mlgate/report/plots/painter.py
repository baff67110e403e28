"""Paints a page as PNG in one theme, by matplotlib's Agg renderer.

Its figures and axes are left out on purpose: they cost several times what the painting does.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, cast

from mlgate.report.plots import letters
from mlgate.report.plots.inks import PAPER, Area, Line, Marks, Page, Shape, Stroke, Text
from mlgate.report.plots.style import COLOURS, DPI, POINTS, WIDTH, Theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.backend_bases import GraphicsContextBase
    from matplotlib.path import Path
    from PIL import Image

    from mlgate.report.plots.inks import Colour, Place

Paint = tuple[float, float, float, float]
"""Red, green, blue and how much they cover, each from 0 to 1."""
Pixel = tuple[int, int, int]

KEPT: Final = 256
"""Colours of a PNG with a palette."""
MANY: Final = 1 << 16
"""More colours than these, far more than pages have, are not counted."""
_SHAPES: Final[dict[Shape, str]] = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "wedge": "v",
    "plus": "P",
}


def png(page: Page, theme: Theme) -> bytes:
    """Paint a page, its texts over everything else. The bytes depend on nothing but the page."""
    brush = Brush(page, theme)
    texts = [ink for ink in page.inks if isinstance(ink, Text)]
    for ink in page.inks:
        if not isinstance(ink, Text):
            brush.put(ink)
    picture = brush.picture()
    for text in texts:
        _write(picture, text, COLOURS[theme][text.colour])
    return packed(picture)


def _write(picture: Image.Image, text: Text, colour: str) -> None:
    drawn = letters.drawn(text.text, text.size, bold=text.bold, angle=text.angle)
    left, up = letters.corner(text, drawn)
    picture.paste(colour, (left, picture.height - up), drawn.mask)


class Brush:
    """Puts inks onto one page, in one theme's colours."""

    def __init__(self, page: Page, theme: Theme) -> None:
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.transforms import IdentityTransform

        self._size = round(WIDTH * DPI), round(page.height * DPI)
        self._renderer = cast("Any", RendererAgg)(*self._size, DPI)
        self._colours = COLOURS[theme]
        self._as_is = IdentityTransform()
        corners = ((0, 0), (WIDTH, 0), (WIDTH, page.height), (0, page.height))
        self.area(Area(corners, PAPER))

    def put(self, ink: Line | Area | Marks) -> None:
        """Draw whatever it is."""
        match ink:
            case Line():
                self.line(ink)
            case Area():
                self.area(ink)
            case Marks():
                self.marks(ink)

    def line(self, line: Line) -> None:
        """Draw a line."""
        from matplotlib.transforms import Bbox

        context = self._context(line.stroke)
        if line.clip is not None:
            box = line.clip
            sides = (side * DPI for side in (box.left, box.bottom, box.right, box.top))
            context.set_clip_rectangle(Bbox.from_extents(*sides))
        self._renderer.draw_path(context, _path(line.places), self._as_is)

    def area(self, area: Area) -> None:
        """Fill a polygon."""
        context = self._context(area.edge or Stroke(area.colour, 0))
        context.set_joinstyle("miter")
        paint = self._paint(area.colour, area.alpha)
        self._renderer.draw_path(context, _path(area.places, closed=True), self._as_is, paint)

    def marks(self, marks: Marks) -> None:
        """Draw a mark at each place."""
        from matplotlib.markers import MarkerStyle
        from matplotlib.transforms import Affine2D

        mark = marks.mark
        style = MarkerStyle(_SHAPES[mark.shape])
        context = self._context(Stroke(mark.edge, mark.width))
        context.set_joinstyle(style.get_joinstyle())
        # As matplotlib's lines do: round marks anywhere, others on whole pixels.
        context.set_snap(mark.shape != "circle")
        scaled = style.get_transform() + Affine2D().scale(mark.size * DPI / POINTS)
        fill = None if mark.fill is None else self._paint(mark.fill)
        places = _path(marks.places)
        self._renderer.draw_markers(context, style.get_path(), scaled, places, self._as_is, fill)

    def picture(self) -> Image.Image:
        """Return what was painted."""
        from PIL import Image

        pixels = self._renderer.buffer_rgba()
        return Image.frombuffer("RGBA", self._size, pixels, "raw", "RGBA", 0, 1).convert("RGB")

    def _context(self, stroke: Stroke) -> GraphicsContextBase:
        context: GraphicsContextBase = self._renderer.new_gc()
        context.set_foreground(self._paint(stroke.colour), isRGBA=True)
        context.set_linewidth(stroke.width)
        context.set_joinstyle("round")
        context.set_capstyle("butt" if stroke.dash or stroke.flush else "projecting")
        if stroke.dash:
            context.set_dashes(0, [part * stroke.width for part in stroke.dash])
        return context

    def _paint(self, colour: Colour, alpha: float = 1.0) -> Paint:
        red, green, blue = (int(self._colours[colour][i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue, alpha


def _path(places: Iterable[Place], *, closed: bool = False) -> Path:
    from matplotlib.path import Path

    corners = [(x * DPI, y * DPI) for x, y in places]
    return Path([*corners, corners[0]], closed=True) if closed else Path(corners)


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
