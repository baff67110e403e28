"""A rollout look by look: the evidence for rollback and for promotion, and the canary's share below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.report.plots.inks import BETTER, CANDIDATE, WORSE, Box, Colour, Mark, Page, Stroke, Text
from mlgate.report.plots.panel import RULE, Panel, names, ticks
from mlgate.report.plots.style import SMALL, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlgate.checks.rollout.figures import Course
    from mlgate.report.plots.inks import Ink

HEIGHT: Final = 3.0
LEFT: Final = 0.62
RIGHT: Final = WIDTH - 0.16
UPPER: Final = Box(LEFT, 1.3, RIGHT, HEIGHT - 0.3)
LOWER: Final = Box(LEFT, 0.44, RIGHT, 0.92)
FLOOR: Final = -1.0
"""Less than .1 : 1 is drawn as that: it is no evidence."""
ROOM: Final = 0.45
"""Above the higher of the two lines."""
LOOKS: Final = 6
ALPHA: Final = 0.25


def course(data: Course) -> Page:
    """Draw both kinds of evidence above, the share below, over the same looks."""
    return Page(HEIGHT, (*_evidence(data), *_share(data)))


def _evidence(data: Course) -> Iterator[Ink]:
    top = max(data.needed) + ROOM
    panel = Panel(UPPER, _looks(data), (FLOOR, top))
    yield panel.title("Evidence, look by look")
    decades = range(int(FLOOR), int(top) + 1)
    yield from (panel.level(decade, RULE) for decade in decades)
    yield panel.frame()
    yield from panel.y_ticks((decade, _odds(10.0**decade)) for decade in decades)
    sides: tuple[tuple[str, Sequence[float], float, Colour], ...] = (
        ("rolls back", data.worse, data.needed[0], WORSE),
        ("promotes", data.good, data.needed[1], BETTER),
    )
    apart = abs(data.needed[0] - data.needed[1]) > 0.2
    for index, (what, series, needed, colour) in enumerate(sides):
        yield panel.level(needed, Stroke(colour, 1.0, (5, 2)))
        higher = needed == max(data.needed) and (apart or not index)
        place = panel.at(panel.x[0], needed)
        beside = (place[0] + 0.05, place[1] + (0.03 if higher else -0.03))
        text = f"{what} from {_odds(10.0**needed)}"
        yield Text(beside, text, colour, SMALL, down="bottom" if higher else "top")
        each = enumerate((0.0, *series))
        points = [(float(look), min(max(log_e, FLOOR), top)) for look, log_e in each]
        yield panel.line(points, Stroke(colour, 1.8))
        yield panel.marks(points[-1:], Mark("circle", 5, colour, colour))


def _share(data: Course) -> Iterator[Ink]:
    panel = Panel(LOWER, _looks(data), (0, 1))
    yield panel.title("Share of the canary")
    corners = [
        corner
        for look, share in enumerate(data.share)
        for corner in ((float(look), share), (look + 1.0, share))
    ]
    for (left, share), (right, _) in zip(corners[::2], corners[1::2], strict=True):
        yield panel.bar((left, right), (0, share), CANDIDATE, ALPHA)
    yield panel.line(corners, Stroke(CANDIDATE, 1.6))
    yield panel.frame()
    yield from panel.y_ticks(((0, "0 %"), (0.5, "50 %"), (1, "100 %")))
    yield from panel.x_ticks((look, f"{look:,.0f}") for look in _whole(panel))
    yield from names(panel.box, "looks that count", "", ())


def _looks(data: Course) -> tuple[float, float]:
    return 0.0, float(len(data.share))


def _whole(panel: Panel) -> list[float]:
    return [look for look in ticks(panel.x, LOOKS) if look == int(look)]


def _odds(e_value: float) -> str:
    return f"{e_value:.3g} : 1" if e_value >= 1 else f"1 : {1 / e_value:.3g}"
