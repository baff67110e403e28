"""The picture of a play: the canary's part of the requests, second by second, and what happened when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.report.document import Figure
from mlgate.report.plots import paint, write
from mlgate.report.plots.inks import BETTER, CANDIDATE, INK, WORSE, Box, Page, Stroke, Text
from mlgate.report.plots.panel import RULE, Panel, names, ticks
from mlgate.report.plots.style import SMALL, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlgate.report.plots.inks import Across, Colour, Ink

HEIGHT: Final = 2.6
BOX: Final = Box(0.62, 0.5, WIDTH - 0.16, HEIGHT - 0.3)
COLOURS: Final[dict[str, Colour]] = {"rolled back": WORSE, "promoted": BETTER}


class Event(NamedTuple):
    """What happened, and when (seconds since 1970)."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class DemoTimeline:
    """Shares of the canary in each second, and events in seconds since the first request."""

    share: tuple[float, ...]
    events: tuple[Event, ...]

    def lay(self) -> Page:
        """Lay the drawing out."""
        return Page(HEIGHT, tuple(_inks(self)))


def draw(log: Path, events: Sequence[Event], folder: Path) -> Path:
    """Draw a play from HAProxy's log; return the picture for light pages."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    begin = min(line["time"] for line in lines)
    requests: dict[int, list[bool]] = {}
    for line in lines:
        requests.setdefault(int(line["time"] - begin), []).append(line["version"] == "canary")
    empty = [False]
    seconds = [requests.get(second, empty) for second in range(max(requests) + 1)]
    share = tuple(sum(canary) / len(canary) for canary in seconds)
    since = tuple(Event(event.time - begin, event.text) for event in events)
    alt = "; ".join(f"{event.text} after {event.time:.0f} s" for event in since)
    return write(
        paint(Figure("timeline", "Timeline", alt, DemoTimeline(share, since))), folder
    ).light


def _inks(data: DemoTimeline) -> Iterator[Ink]:
    panel = Panel(BOX, (0.0, float(len(data.share))), (0.0, 1.0))
    yield panel.title("The canary's part of all requests")
    yield from (panel.level(y, RULE) for y in (0.5, 1.0))
    for second, share in enumerate(data.share):
        yield panel.bar((second, second + 1), (0, share), CANDIDATE, 0.35)
    for event in data.events:
        colour = COLOURS.get(event.text.rpartition(": ")[2], INK)
        yield panel.upright(event.time, Stroke(colour, 1.2, () if colour != INK else (5, 2)))
        across: Across
        across, y = ("left", 0.02) if colour == INK else ("right", 0.98)
        left, bottom = panel.at(event.time, y)
        yield Text((left - 0.03, bottom), event.text, colour, SMALL, across, "bottom", 90)
    yield panel.frame()
    yield from panel.y_ticks(((0, "0 %"), (0.5, "50 %"), (1, "100 %")))
    yield from panel.x_ticks((second, f"{second:.0f}") for second in ticks(panel.x, 6))
    yield from names(panel.box, "seconds", "", ())
