"""Letters as pixels: how wide a text is, where it lies and what it covers.

FreeType is asked through Pillow. One text is drawn once, whatever the theme.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.report.plots.style import DPI, POINTS

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

    from mlgate.report.plots.inks import Place, Text

FONTS: Final = Path(__file__).parent / "fonts"
_FINE: Final = 4
"""Slanted letters are drawn so many times larger, turned and made small."""
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
    fine = 1 if angle % 90 == 0 else _FINE
    mask, left, top = _level(text, size * fine, bold=bold)
    if angle:
        mask, left, top = _turned(mask, left, top, angle)
    if fine > 1:
        mask, left, top = mask.reduce(fine), left // fine, top // fine
    wide = _font(size, bold=bold).getlength(text)
    return Letters(mask.point(SHADES), left, top + mask.height, wide)


def _level(text: str, size: float, *, bold: bool) -> tuple[Image.Image, int, int]:
    """Draw upright letters; return as well where their mask begins, from the baseline's start."""
    from PIL import Image, ImageDraw

    font = _font(size, bold=bold)
    left, top, right, bottom = (round(side) for side in font.getbbox(text, anchor="ls"))
    mask = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=font, anchor="ls")
    return mask, left, top


def _turned(mask: Image.Image, left: int, top: int, angle: float) -> tuple[Image.Image, int, int]:
    """Turn letters anticlockwise around their baseline's start."""
    from PIL import Image

    reach = max(abs(left), abs(left + mask.width)) + max(abs(top), abs(top + mask.height))
    reach += -reach % _FINE
    around = Image.new("L", (2 * reach, 2 * reach))
    around.paste(mask, (reach + left, reach + top))
    turned = around.rotate(angle, Image.Resampling.BICUBIC)
    left, top, right, bottom = turned.getbbox() or (reach, reach, reach + 1, reach + 1)
    left, top = left - left % _FINE, top - top % _FINE
    return turned.crop((left, top, right, bottom)), left - reach, top - reach


@lru_cache(64)
def _font(size: float, *, bold: bool) -> FreeTypeFont:
    """Open the font of all texts, ours whatever is installed, at a size in points."""
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    basic = ImageFont.Layout.BASIC
    return ImageFont.truetype(FONTS / name, size * DPI / POINTS, layout_engine=basic)


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
