"""What is asked of each family, and where that comes from.

The coverage of 95 % intervals and the type I errors are those of an earlier simulation for
this project, with independent code; so are the lines of the table of rules. Bounds that are too
wide break no promise but that of power, which has its own target: coverage has none above. The
power follows from what `mlgate.stats.power` promises: a case's margin m is the one that its rows
decide with power .8. By the normal law such a margin blocks .006 of the changes of nothing, .11
of the losses of m/2 and .99 of those of 2m; the bands leave room, because differences are noisier
where a model is worse.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.calibration.line import Band

_MOST, _NOMINAL, _POWER = Band(low=0.88), Band(high=0.06), Band(low=0.78)
_RARE, _HALF, _TWICE = Band(high=0.01), Band(high=0.15), Band(low=0.8)
MANY = 1_000
"""Rows from which the power that the normal law promises is asked for."""


@dataclass(frozen=True)
class Targets:
    """Bands by column."""

    cover95: Band
    cover90: Band = _MOST
    tail: Band = _NOMINAL
    type_one: Band = _NOMINAL
    power: Band = _POWER
    blocked: Band = _RARE
    half: Band = _HALF
    twice: Band = _TWICE


RATES = Targets(cover95=Band(low=0.945))
APART = Targets(cover95=Band(low=0.94))
WILSON = Targets(cover95=Band(low=0.93), cover90=Band(low=0.87), tail=Band(high=0.075))
RANKS = Targets(cover95=Band(low=0.94), tail=Band(high=0.07), type_one=Band(high=0.07))
LABELS = Targets(cover95=Band(low=0.946))
MEANS = Targets(cover95=Band(low=0.926))
RESAMPLED = Targets(cover95=Band(low=0.93))
GROUPS = Targets(cover95=Band(low=0.94))
ECE = Targets(cover95=Band(low=0.94))
JUDGES = Targets(cover95=Band(low=0.94))
VALUES = Targets(cover95=Band(low=0.926), tail=Band(high=0.07))
NONE = Targets(*(Band() for _ in range(8)))
"""For what is shown for comparison only."""
