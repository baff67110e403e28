"""Figures of matplotlib in the reports' style, for the pictures of docs/statistics.md.

Everything is drawn once, in the light theme, and recoloured for the dark one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mlgate.report.plots import painter
from mlgate.report.plots.style import COLOURS, DPI, SIZE, SMALL, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIGHT = COLOURS["light"]
DARK = {light: COLOURS["dark"][name] for name, light in LIGHT.items()}

PAPER, INK, QUIET, GRID = (LIGHT[name] for name in ("paper", "ink", "quiet", "grid"))
CANDIDATE, WORSE, BETTER, LIMIT = (
    LIGHT[name] for name in ("candidate", "worse", "better", "limit")
)


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
    ax.set_xlabel(x, fontsize=SIZE, color=QUIET, labelpad=3)
    ax.set_ylabel(y, fontsize=SIZE, color=QUIET, labelpad=4)


def legend(ax: Axes, **options: Any) -> None:
    """Draw the legend without a frame."""
    found = ax.legend(frameon=False, fontsize=SIZE, handlelength=1.6, **options)
    for text in found.get_texts():
        text.set_color(INK)


def png(fig: Figure) -> bytes:
    """Paint a figure. The bytes depend on nothing but what is drawn."""
    from PIL import Image

    canvas = cast("Any", fig.canvas)
    canvas.draw()
    return painter.packed(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))


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
