"""The one style of all plots: calm, colour-blind-safe, readable at 400 pixels, light and dark.

Colours are Okabe and Ito's (Color Universal Design, 2008). Everything is drawn once, in the
light theme, and recoloured for the dark one: drawing axes costs more than painting them.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, Final, Literal, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

PAPER: Final = "#ffffff"
INK: Final = "#1f2328"
QUIET: Final = "#59636e"
GRID: Final = "#d1d9e0"
CANDIDATE: Final = "#0072b2"
BASELINE: Final = "#6e7781"
WORSE: Final = "#d55e00"
BETTER: Final = "#009e73"
LIMIT: Final = "#a8457d"

DARK: Final[dict[str, str]] = {
    PAPER: "#0d1117",
    INK: "#f0f6fc",
    QUIET: "#9198a1",
    GRID: "#3d444d",
    CANDIDATE: "#56b4e9",
    BASELINE: "#b1bac4",
    WORSE: "#f0883e",
    BETTER: "#2dc99b",
    LIMIT: "#e394bd",
}
WIDTH: Final = 4.0
"""Inches; at `DPI` 800 pixels, shown at 400."""
DPI: Final = 200
SIZE: Final = 9.0
"""Points: 12.5 pixels where the plot is 400 pixels wide."""
SMALL: Final = 8.0


def figure(height: float) -> Figure:
    """Give an empty figure of the common width; `height` in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(made)
    return made


def axes(fig: Figure, rect: tuple[float, float, float, float]) -> Axes:
    """Give axes in house style; `rect` is left, bottom, right and top in inches."""
    width, height = fig.get_size_inches()
    left, bottom, right, top = rect
    made = fig.add_axes(
        (left / width, bottom / height, (right - left) / width, (top - bottom) / height),
        facecolor=PAPER,
    )
    made.tick_params(colors=QUIET, labelsize=SMALL, length=0, pad=4)
    for side, spine in made.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_edgecolor(GRID)
    made.set_axisbelow(True)
    return made


def label(ax: Axes, x: str, y: str) -> None:
    """Name both axes."""
    ax.set_xlabel(plain(x), fontsize=SIZE, color=QUIET, labelpad=3)
    ax.set_ylabel(plain(y), fontsize=SIZE, color=QUIET, labelpad=4)


def plain(text: str, limit: int = 40) -> str:
    """Make untrusted text safe to draw: one line, no mathtext, printable, not too long."""
    from mlgate.report.escape import one_line

    return one_line(text, limit).replace("$", r"\$")


def legend(ax: Axes, **options: Any) -> None:
    """Draw the legend without a frame."""
    found = ax.legend(frameon=False, fontsize=SIZE, handlelength=1.6, **options)
    for text in found.get_texts():
        text.set_color(INK)


def share_ticks(ax: Axes, which: Literal["x", "y", "both"] = "both") -> None:
    """Show shares from 0 to 1 at 0, .5 and 1."""
    marks, names = (0, 0.25, 0.5, 0.75, 1), ("0", "", ".5", "", "1")
    if which != "y":
        ax.set_xticks(marks, names)
        ax.set_xlim(0, 1)
    if which != "x":
        ax.set_yticks(marks, names)
        ax.set_ylim(0, 1)


def png(fig: Figure) -> bytes:
    """Paint a figure. The bytes depend on nothing but what is drawn."""
    from PIL import Image

    canvas = cast("Any", fig.canvas)
    with warnings.catch_warnings():
        # A class name in a script that the font lacks: boxes here, words in the table.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas.draw()
    # Flat inks with smoothed edges fit into a palette: a third of the bytes, faster to pack.
    size = canvas.get_width_height()
    image = Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")
    paper = cast("tuple[int, int, int]", image.getpixel((0, 0)))
    image = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    # The palette is a little off: the paper, at least, must not show as a box on its page.
    palette = cast("list[int]", image.getpalette())
    index = cast("int", image.getpixel((0, 0)))
    palette[3 * index : 3 * index + 3] = paper
    image.putpalette(palette)
    out = io.BytesIO()
    image.save(out, "png", compress_level=6)
    return out.getvalue()


def darken(fig: Figure) -> None:
    """Recolour everything that was drawn for the dark theme; transparency stays."""
    for artist in fig.findobj():
        for name in ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor"):
            getter = getattr(artist, f"get_{name}", None)
            setter = getattr(artist, f"set_{name}", None)
            if getter is not None and setter is not None:
                _recolour(getter(), setter)


def _recolour(found: Any, setter: Any) -> None:
    from matplotlib.colors import to_rgba_array

    if isinstance(found, str) and found in ("none", "auto", "None"):
        return
    rgba = to_rgba_array(found)
    changed = [_dark(tuple(map(float, colour))) for colour in rgba]
    setter(changed[0] if len(changed) == 1 else changed)


def _dark(rgba: tuple[float, ...]) -> tuple[float, ...]:
    rgb = "#" + "".join(f"{round(part * 255):02x}" for part in rgba[:3])
    dark = DARK.get(rgb, rgb)
    return (*(int(dark[i : i + 2], 16) / 255 for i in (1, 3, 5)), rgba[3])
