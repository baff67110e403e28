"""Fairness: false alarms of gaps between groups that are truly equal, power, changes of gaps.

Rows go through what the `fairness` check does with one column of groups, and real gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.calibration.line import Band, Rate
from benchmarks.calibration.series import Series
from mlgate.checks.fairness.frame import Frame, GroupColumn
from mlgate.checks.fairness.gaps import Asking, Sides, gap
from mlgate.checks.fairness.metrics import GAPS
from mlgate.checks.fairness.params import FairnessParams
from mlgate.checks.fairness.section import AttributeSection, GroupColumns
from mlgate.gates.decide import decide
from mlgate.gates.rule import Rule
from mlgate.model.evidence import BaselineRef, RowCounts
from mlgate.model.inputs import PairedBaseline
from mlgate.model.policy import Target
from mlgate.model.rows import PairedRows, Rows
from mlgate.stats import groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mlgate.model.evidence import Measurement
    from mlgate.model.policy import RuleKind

    Values = NDArray[np.float64]

SIZES = {
    "2 groups of 1,000": (1_000, 1_000),
    "8 groups of 20 to 5,000": (20, 60, 150, 400, 800, 1_500, 3_000, 5_000),
    "40 groups of 30": (30,) * 40,
    "40 groups of 300": (300,) * 40,
}
METRICS = {
    "demographic_parity_difference": "demographic parity difference",
    "equalized_odds_difference": "equalized odds difference",
    "demographic_parity_ratio": "demographic parity ratio",
}
_GROUPING = GroupColumns(columns=("group",))
_PARAMS = FairnessParams(groupings=(_GROUPING,), columns={"group": AttributeSection()})


class Truth(NamedTuple):
    """How groups are: labels, and the chance of a positive prediction by label; of one group more.

    `agreement`: share of the rows on which main's model predicts as the candidate. `clusters`: how
    many each group's rows are in (0: rows are independent), of sizes whose logarithm has the standard
    deviation `spread`; `alike`: correlation, within them, of the normal variables behind predictions,
    agreement and growth.
    """

    base: float = 0.4
    hits: float = 0.75
    false: float = 0.2
    more: float = 0.0
    agreement: float = 0.9
    clusters: int = 0
    spread: float = 0.0
    alike: float = 0.1


def fair() -> tuple[Series, ...]:
    """Give the jobs of the table of gaps."""
    still = [
        Series(f"still-{metric}-{name}".replace(" ", "-"), f"{words}, {name}, truly equal", _still, (metric, sizes), 400)
        for metric, words in METRICS.items()
        for name, sizes in SIZES.items()
    ]  # fmt: skip
    return tuple(still)


def gates() -> tuple[Series, ...]:
    """Give the jobs of the table of gates on gaps."""
    two, eight = SIZES["2 groups of 1,000"], SIZES["8 groups of 20 to 5,000"]
    asked: tuple[tuple[str, str, tuple[int, ...], float, float, RuleKind, str, Band], ...] = (
        ("max-pass-equal", "`max: 0.10` passes 2 equal groups of 1,000", two, 0.0, 0.0, "max", "pass", Band(low=0.95)),
        ("max-pass-edge", "`max: 0.10` passes a true gap of .10, 2 groups of 1,000", two, 0.1, 0.0, "max", "pass", Band(high=0.06)),
        ("max-fail-edge", "`max: 0.10` fails a true gap of .10, 2 groups of 1,000", two, 0.1, 0.0, "max", "fail", Band(high=0.06)),
        ("max-fail-twice", "`max: 0.10` fails a true gap of .20, 2 groups of 1,000", two, 0.2, 0.0, "max", "fail", Band(low=0.95)),
        ("max-pass-edge-8", "`max: 0.10` passes a true gap of .10, 8 groups", eight, 0.1, 0.0, "max", "pass", Band(high=0.06)),
        ("max-fail-edge-8", "`max: 0.10` fails a true gap of .10, 8 groups", eight, 0.1, 0.0, "max", "fail", Band(high=0.06)),
        ("change-pass", "`max_regression: 0.05` passes no change, 2 groups of 1,000", two, 0.05, 0.0, "max_regression", "pass", Band(low=0.7)),
        ("change-fail", "`max_regression: 0.05` blocks no change, 2 groups of 1,000", two, 0.05, 0.0, "max_regression", "fail", Band(high=0.01)),
        ("change-edge", "`max_regression: 0.05` passes a gap that grew by .05, 2 groups of 1,000", two, 0.05, 0.05, "max_regression", "pass", Band(high=0.06)),
        ("change-twice", "`max_regression: 0.05` blocks a gap that grew by .15, 2 groups of 1,000", two, 0.05, 0.15, "max_regression", "fail", Band(low=0.8)),
        ("change-fail-8", "`max_regression: 0.05` blocks no change, 8 groups", eight, 0.05, 0.0, "max_regression", "fail", Band(high=0.01)),
        ("change-edge-8", "`max_regression: 0.05` passes a gap that grew by .05, 8 groups", eight, 0.05, 0.05, "max_regression", "pass", Band(high=0.06)),
    )  # fmt: skip
    return tuple(
        Series(f"gate-{key}", words, _gated, (sizes, more, grown, kind, outcome, band), 800)
        for key, words, sizes, more, grown, kind, outcome, band in asked
    ) + tuple(_clustered())


def _clustered() -> Iterator[Series]:
    """Yield the jobs whose rows are in clusters: ample, few, and few of unequal sizes."""
    designs = {
        "50": ("2 groups of 1,000 in 50 clusters each", (1_000,) * 2, 50, 0.0),
        "40": ("2 groups of 1,000 in 40 clusters each", (1_000,) * 2, 40, 0.0),
        "100-unequal": ("2 groups of 2,000 in 100 unequal clusters each", (2_000,) * 2, 100, 0.7),
    }
    asked: tuple[tuple[str, str, float, float, RuleKind, str, Band], ...] = (
        ("max-edge", "`max: 0.10` passes a true gap of .10", 0.1, 0.0, "max", "pass", Band(high=0.06)),
        ("change-pass", "`max_regression: 0.05` passes no change", 0.05, 0.0, "max_regression", "pass", Band()),
        ("change-fail", "`max_regression: 0.05` blocks no change", 0.05, 0.0, "max_regression", "fail", Band(high=0.01)),
        ("change-edge", "`max_regression: 0.05` passes a gap that grew by .05", 0.05, 0.05, "max_regression", "pass", Band(high=0.06)),
        ("change-twice", "`max_regression: 0.05` blocks a gap that grew by .15", 0.05, 0.15, "max_regression", "fail", Band()),
    )  # fmt: skip
    for key, (where, sizes, clusters, spread) in designs.items():
        for name, words, more, grown, kind, outcome, band in asked:
            arguments = (sizes, more, grown, kind, outcome, band, clusters, spread)
            yield Series(f"gate-{name}-clusters-{key}", f"{words}, {where}", _gated, arguments, 800)


def rates() -> tuple[Series, ...]:
    """Give the jobs of the table of single groups' rates."""
    return tuple(Series(f"rate-{n}", f"a group of {n} rows", _rate, (n,), 1) for n in (10, 30, 100))


def _still(
    random: np.random.Generator, repetitions: int, metric: str, sizes: tuple[int, ...]
) -> tuple[Rate, ...]:
    """P(point gap beyond .1, or ratio below .8), P(bound beyond 0, or 1), P(the gate fails)."""
    ratio = metric.endswith("ratio")
    found = np.zeros(3)
    for _ in range(repetitions):
        one = _measure(metric, _sides(random, sizes, Truth(), 0.0, paired=False))
        low, high = one.interval
        value = one.value
        if value is None or low is None or high is None:
            continue
        rule: RuleKind = "min" if ratio else "max"
        outcome = _verdict(one, rule, 0.8 if ratio else 0.1)
        beyond = (value < 0.8, high < 1) if ratio else (value > 0.1, low > 0)
        found += (*beyond, outcome == "fail")
    bands = (Band(), Band(high=0.05), Band(high=0.05))
    pairs = zip((found / repetitions).tolist(), bands, strict=True)
    return tuple(Rate.share(value, repetitions, band) for value, band in pairs)


def _gated(
    random: np.random.Generator,
    repetitions: int,
    sizes: tuple[int, ...],
    more: float,
    grown: float,
    kind: RuleKind,
    outcome: str,
    band: Band,
    clusters: int = 0,
    spread: float = 0.0,
) -> tuple[Rate]:
    """P(the gate comes out so): the largest group's selection rate is higher by `more`."""
    limit = 0.1 if kind == "max" else 0.05
    count = 0
    for _ in range(repetitions):
        truth = Truth(more=more, clusters=clusters, spread=spread)
        sides = _sides(random, sizes, truth, grown, paired=kind == "max_regression")
        one = _measure("demographic_parity_difference", sides)
        count += _verdict(one, kind, limit) == outcome
    return (Rate.share(count / repetitions, repetitions, band),)


def _rate(random: np.random.Generator, repetitions: int, n: int) -> tuple[Rate, Rate]:
    """Exact coverage of 95 % intervals of a group's rate: mean over .05 ≤ p ≤ .95, least over all p."""
    del random, repetitions
    from scipy.stats import binom

    hits = np.arange(n + 1)
    counts = np.zeros((n + 1, 2, 2), dtype=np.int64)
    counts[:, 0, 1], counts[:, 0, 0] = hits, n - hits
    low, high = groups.rate(counts, groups.SHARES["selection_rate"]).bounds(0.025)
    p = np.linspace(0.001, 0.999, 1_997)[:, None]
    holds = (low - 1e-12 <= p) & (p <= high + 1e-12)
    coverage = (binom.pmf(hits[None], n, p) * holds).sum(axis=1)
    return (
        Rate(float(coverage[(p[:, 0] >= 0.05) & (p[:, 0] <= 0.95)].mean()), 0.0, Band(0.93, 0.97)),
        Rate(float(coverage.min()), 0.0),
    )


def _sides(
    random: np.random.Generator,
    sizes: tuple[int, ...],
    truth: Truth,
    grown: float,
    *,
    paired: bool,
) -> tuple[Frame, Frame | None]:
    """Draw the candidate's rows by group, and main's on the same ones.

    The largest group's predictions are positive more often by `more`, the candidate's by
    `grown` beyond that, whatever the label.
    """
    n = sum(sizes)
    codes = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    clusters = _clusters(random, sizes, truth) if truth.clusters else None
    from scipy.special import ndtr

    def happens(chance: Values | float) -> NDArray[np.bool_]:
        if clusters is None:
            return random.random(n) < chance
        common = random.standard_normal(int(clusters.max()) + 1)[clusters]
        own = random.standard_normal(n)
        rank = ndtr(np.sqrt(truth.alike) * common + np.sqrt(1 - truth.alike) * own)
        return np.asarray(rank < chance)

    label = (random.random(n) < truth.base).astype(np.int32)
    chance = np.where(label == 1, truth.hits, truth.false)
    favoured = codes == int(np.argmax(sizes))
    before = chance + truth.more * favoured
    old = happens(before)
    anew = happens(before)
    new = np.where(happens(truth.agreement), old, anew)
    # A share of the negative predictions turns, so that the rate grows by `grown`.
    new |= favoured & happens(grown / (1 - before))
    levels = tuple(f"g{k:02}" for k in range(len(sizes)))
    columns = {"group": GroupColumn((*levels, "(missing)"), codes)}
    rows, main = (
        Rows(
            "binary", label, side.astype(np.int32), classes=("0", "1"), positive=1, cluster=clusters
        )
        for side in (new, old)
    )
    own = Frame(rows, None, columns)
    if not paired:
        return own, None
    counts = RowCounts(paired=n, added=0, missing=0, relabelled=0)
    return own, Frame.paired(PairedRows(rows, main, counts), columns)


def _clusters(
    random: np.random.Generator, sizes: tuple[int, ...], truth: Truth
) -> NDArray[np.int64]:
    """Draw each row's cluster; none lies in two groups."""
    each = []
    for size in sizes:
        shares = np.exp(truth.spread * random.standard_normal(truth.clusters))
        counts = random.multinomial(size, shares / shares.sum())
        if not truth.spread:
            counts = np.full(truth.clusters, size // truth.clusters)
        each.append(np.repeat(np.arange(truth.clusters), counts))
    return np.concatenate([part + truth.clusters * k for k, part in enumerate(each)])


def _measure(metric: str, frames: tuple[Frame, Frame | None]) -> Measurement:
    own, both = frames
    sides = Sides(own.divide(_GROUPING, None), {}, {})
    if both is not None:
        main = PairedBaseline(BaselineRef(commit="main"), None)
        sides = Sides(sides.candidate, {"main": both.divide(_GROUPING, None)}, {"main": main})
    return gap(Asking(GAPS[metric], metric, metric), sides, _PARAMS)[1]


def _verdict(one: Measurement, kind: RuleKind, limit: float) -> str:
    target = Target(name="fairness.gap")
    rule = Rule(target, kind, limit, False, "fairness", "gap", one.direction, 0.95, 0.8)
    return decide(rule, one).verdict
