"""What lies on a page: lines, areas, marks and texts, in the palette's colours by name.

A place is (x, y) in inches from the page's lower left corner; widths and sizes are points. Later
inks lie over earlier ones. A theme gives the names their colours when the page is painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Place = tuple[float, float]
Colour = Literal[
    "paper", "ink", "quiet", "grid", "candidate", "baseline", "worse", "better", "limit"
]
PAPER: Final[Colour] = "paper"
INK: Final[Colour] = "ink"
QUIET: Final[Colour] = "quiet"
GRID: Final[Colour] = "grid"
CANDIDATE: Final[Colour] = "candidate"
BASELINE: Final[Colour] = "baseline"
WORSE: Final[Colour] = "worse"
BETTER: Final[Colour] = "better"
LIMIT: Final[Colour] = "limit"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the page."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn. `dash` alternates lengths and gaps, as multiples of the width."""

    colour: Colour
    width: float
    dash: tuple[float, ...] = ()
    flush: bool = False
    """Solid lines go on for half their width beyond both ends, unless they are flush."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through places; what lies outside of `clip` is not drawn."""

    places: tuple[Place, ...]
    stroke: Stroke
    clip: Box | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon; the ink may let the paper through, its edge never does."""

    places: tuple[Place, ...]
    colour: Colour
    alpha: float = 1.0
    edge: Stroke | None = None


Across = Literal["left", "centre", "right"]
Down = Literal["bottom", "baseline", "middle", "capitals", "top"]
Shape = Literal["circle", "square", "triangle", "diamond", "wedge", "plus"]


@dataclass(frozen=True, slots=True)
class Mark:
    """How a point is drawn; hollow without `fill`."""

    shape: Shape
    size: float
    edge: Colour
    fill: Colour | None
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Marks:
    """The same mark at several places."""

    places: tuple[Place, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, turned by `angle` degrees around its place.

    `across` and `down` say which point of the text lies there; "capitals" is halfway up its
    capitals, "middle" is halfway between the highest and the lowest that letters reach.
    """

    place: Place
    text: str
    colour: Colour
    size: float
    across: Across = "left"
    down: Down = "middle"
    angle: float = 0.0
    bold: bool = False


Ink = Line | Area | Marks | Text


@dataclass(frozen=True, slots=True)
class Page:
    """A drawing as inks on paper of the common width; `height` in inches."""

    height: float
    inks: tuple[Ink, ...]
