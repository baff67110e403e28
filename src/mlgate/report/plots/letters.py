"""Letters as pixels: how wide a text is, where it lies and what it covers.

FreeType is asked through matplotlib's `FT2Font`. One text is drawn once, whatever the theme.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from mlgate.report.plots.style import DPI, POINTS

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font
    from PIL import Image

    from mlgate.report.plots.inks import Place, Text

ASCENT: Final = 0.76
"""How far letters reach above the baseline, as a share of the size (OS/2 table, DejaVu Sans)."""
DESCENT: Final = 0.24
"""How far they reach below it."""
_ACROSS: Final = {"left": 0.0, "centre": 0.5, "right": 1.0}
_UP: Final = {
    "bottom": -DESCENT,
    "baseline": 0.0,
    "middle": (ASCENT - DESCENT) / 2,
    "capitals": ASCENT / 2,
    "top": ASCENT,
}
"""How far above the baseline the place lies, as a share of the size."""

SHADES: Final = [round(share / 17) * 17 for share in range(256)]
"""Sixteen shades are smooth to the eye and pack well."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A text's letters; `left` and `below` are pixels from where its baseline starts.

    `width` is that of the text itself before it was turned, in pixels; `mask` holds the share of
    each pixel that is covered, from 0 to 255.
    """

    mask: Image.Image
    left: float
    below: float
    width: float


@lru_cache(4096)
def drawn(text: str, size: float, *, bold: bool = False, angle: float = 0.0) -> Letters:
    """Draw one line of text."""
    from matplotlib.ft2font import LoadFlags
    from PIL import Image

    font = _font(bold=bold)
    font.set_size(size, DPI)
    with warnings.catch_warnings():
        # A class name in a script that the font lacks: boxes here, words in the table.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        font.set_text(text, angle, flags=LoadFlags.DEFAULT)
    font.draw_glyphs_to_bitmap()
    left, below, wide = font.get_bitmap_offset()[0], font.get_descent(), font.get_width_height()[0]
    mask = Image.fromarray(font.get_image()).point(SHADES)
    return Letters(mask, left / 64, below / 64, wide / 64)


@cache
def _font(*, bold: bool) -> FT2Font:
    """Open the font of all texts: the one that comes with matplotlib, whatever is installed."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    weight = "bold" if bold else "normal"
    return get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Measure one line of text, in inches."""
    return drawn(text, size, bold=bold).width / DPI


def fitting(text: str, size: float, room: float) -> str:
    """Cut a text with an ellipsis where it is wider than some inches."""
    end = len(text)
    while end > 1 and width(text, size) > room:
        end -= 1
        text = text[:end].rstrip(" …") + "…"
    return text


def start(text: Text) -> Place:
    """Return the place at which the baseline starts."""
    back = _ACROSS[text.across]
    if back:
        back *= width(text.text, text.size, bold=text.bold)
    up = _UP[text.down] * text.size / POINTS
    x, y = text.place
    turn = math.radians(text.angle)
    return (
        x - back * math.cos(turn) + up * math.sin(turn),
        y - back * math.sin(turn) - up * math.cos(turn),
    )


def corner(text: Text, letters: Letters) -> tuple[int, int]:
    """Return the upper left pixel of a text's letters, counted from the page's lower left corner."""
    x, y = (part * DPI for part in start(text))
    return round(x + letters.left), round(y - letters.below) + letters.mask.height
