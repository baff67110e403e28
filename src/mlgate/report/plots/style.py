"""The one style of all plots: calm, colour-blind-safe, readable at 400 pixels, light and dark.

Colours are Okabe and Ito's (Color Universal Design, 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mlgate.report.plots.inks import Colour

Theme = Literal["light", "dark"]

COLOURS: Final[dict[Theme, dict[Colour, str]]] = {
    "light": {
        "paper": "#ffffff",
        "ink": "#1f2328",
        "quiet": "#59636e",
        "grid": "#d1d9e0",
        "candidate": "#0072b2",
        "baseline": "#6e7781",
        "worse": "#d55e00",
        "better": "#009e73",
        "limit": "#a8457d",
    },
    "dark": {
        "paper": "#0d1117",
        "ink": "#f0f6fc",
        "quiet": "#9198a1",
        "grid": "#3d444d",
        "candidate": "#56b4e9",
        "baseline": "#b1bac4",
        "worse": "#f0883e",
        "better": "#2dc99b",
        "limit": "#e394bd",
    },
}
WIDTH: Final = 4.0
"""Inches; at `DPI` 800 pixels, shown at 400."""
DPI: Final = 200
POINTS: Final = 72
"""Points an inch."""
SIZE: Final = 9.0
"""Points: 12.5 pixels where the plot is 400 pixels wide."""
SMALL: Final = 8.0


def plain(text: str, limit: int = 40) -> str:
    """Make untrusted text safe to draw: one line, printable, not too long."""
    from mlgate.text.escape import one_line

    return one_line(text, limit)
