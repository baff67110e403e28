"""`concept`: whether the model's loss rises over time, on labelled rows that carry a time.

A bettor stakes against every ceiling of the loss (`stats.eprocess`): the greatest one that is
ruled out bounds the loss from below, however often one looks. The release's own loss, as
its baseline has it, is the ceiling that `max_regression` rules compare with. Where it changed
is located by ADWIN, which decides nothing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.concept.evidence import ConceptEvidence, Pattern, Stretch
from mlgate.checks.concept.section import ConceptSection
from mlgate.model.base import Frozen
from mlgate.model.evidence import Absent, BaselineRef, Comparison, Measurement, Note
from mlgate.model.rows import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.model.inputs import Inputs, PairedBaseline
    from mlgate.model.rows import Rows
    from mlgate.stats.eprocess import Losses as Counted

    Losses = NDArray[np.float64]

SUMMARY: Final = "Whether the model's loss rises over time, and when it began to."
WINDOWS: Final = 40
LEAST: Final = 100
"""With fewer rows than this, nothing is concluded."""
_MOST_ROWS: Final = 200_000
"""ADWIN looks at no more losses than this: beyond, at means of neighbours."""
_TITLES: Final = {
    "error": "the error rate over time",
    "brier": "the Brier score over time",
    "absolute": "the absolute error over time, as a share of the scale",
}


class ConceptParams(Frozen):
    """Everything that `concept` depends on beside its inputs."""

    loss: str = "error"
    scale: float | None = None
    confidence: float = 0.95


def params(config: Config) -> ConceptParams | None:
    """Return what a configuration asks for; None without a `concept` section."""
    concept = config.section(ConceptSection)
    if concept is None:
        return None
    return ConceptParams(
        loss=concept.loss_of(config.task),
        scale=concept.scale,
        confidence=config.policy.confidence,
    )


def run(inputs: Inputs, params: ConceptParams) -> ConceptEvidence:
    """Measure the loss over time."""
    import numpy as np

    from mlgate.stats.eprocess import Losses as Counted

    rows = inputs.candidate()
    assert rows is not None
    assert rows.time is not None
    losses = _losses(rows, params)
    order = np.lexsort((losses, rows.time))
    times, losses = rows.time[order], losses[order]
    ends = np.flatnonzero(np.append(times[1:] != times[:-1], True)) + 1
    counted, alpha = Counted.count(losses, times), 1 - params.confidence
    floor = counted.floor(alpha) if len(losses) >= LEAST else 0.0
    cuts = _located(losses, ends)
    stretches = _stretches(times, losses, cuts or (), params.confidence)
    baselines = {role: inputs.reference(role) for role in ROLES}
    ceilings = {role: _ceiling(baseline, params.loss) for role, baseline in baselines.items()}
    measured = _measurement(stretches, floor, len(losses), params)
    against = {
        role: _against(measured, ceiling)
        for role, ceiling in ceilings.items()
        if ceiling is not None
    }
    ceiling = (ceilings.get("anchor") or ceilings.get("main") or (None, None, None))[2]
    windows = _windows(times, losses, ends, params.confidence)
    return ConceptEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics={"loss": measured.model_copy(update={"against": against})},
        baselines={
            r: o.ref for r, o in baselines.items() if not isinstance(o, Absent) and r in against
        },
        absent={
            role: _absent(baseline) for role, baseline in baselines.items() if role not in against
        },
        notes=(*inputs.notes, *_few_times(counted, len(ends))),
        loss=params.loss,
        dates=_dates(times),
        n=len(losses),
        windows=windows,
        stretches=stretches,
        floor=floor or None,
        ceiling=ceiling,
        raised_at=_raised(counted.against(ceiling).alarm(alpha), times) if ceiling else None,
        pattern="unlocated" if cuts is None else _pattern(stretches, windows),
    )


def _few_times(counted: Counted, times: int) -> tuple[Note, ...]:
    """Note that it is not known how alike rows of one time are, which leaves small rises undecided."""
    if counted.means is None or counted.alike is not None:
        return ()
    text = (
        f"{counted.rows[-1]:,} rows have {times} times. So few do not show how far rows of one time depend on"
        " each other, so that only a loss far above the ceiling is found."
    )
    return (Note(level="info", text=text),)


def _losses(rows: Rows, params: ConceptParams) -> Losses:
    """Return each row's loss, in [0, 1]."""
    import numpy as np

    from mlgate.stats import means

    if params.loss == "absolute":
        assert params.scale is not None
        error: Losses = np.abs(rows.y_pred - rows.y_true)
        return np.minimum(error / params.scale, 1.0)
    if params.loss == "error":
        wrong: NDArray[np.bool_] = rows.y_true != rows.y_pred
        return wrong.astype(np.float64)
    assert rows.score is not None
    if rows.score.ndim == 1:
        return means.binary_brier(rows.y_true == rows.positive, rows.score)
    return means.multiclass_brier(rows.y_true, rows.score) / 2  # of several classes at most 2


def _located(losses: Losses, ends: NDArray[np.intp]) -> tuple[int, ...] | None:
    """Return the rows at which the loss changed; None without the package river.

    ADWIN (Bifet & Gavaldà 2007) says that it has changed; where, is the split of what came
    since the last change whose two means differ most (Hawkins 1977). Rows of one time, which
    end at `ends`, have no order: each counts as their mean, and a change is between two times.
    """
    import numpy as np

    from mlgate.stats.change import split

    try:
        from river.drift import ADWIN
    except ImportError:
        return None
    counts = np.diff(ends, prepend=0)
    losses = np.repeat(np.add.reduceat(losses, ends - counts) / counts, counts)
    size = -(-len(losses) // _MOST_ROWS)
    adwin: Any = ADWIN
    detector, cuts = adwin(delta=0.002), list[int]()
    for place in range(0, len(losses), size):
        detector.update(float(losses[place : place + size].mean()))
        if detector.drift_detected:
            start = cuts[-1] if cuts else 0
            cuts.append(_end(start + split(losses[start : place + size]), ends))
    return tuple(cuts)


def _end(row: int, ends: NDArray[np.intp]) -> int:
    """Return the end of the time that the row before this place is of."""
    return int(ends[ends.searchsorted(row)])


def _stretches(
    times: Losses, losses: Losses, cuts: Sequence[int], confidence: float
) -> tuple[Stretch, ...]:
    """Cut at the changes; several within a fiftieth of the rows are one."""
    near = max(len(losses) // 50, 30)
    kept: list[int] = []
    for cut in cuts:
        if cut - (kept[-1] if kept else 0) >= near and len(losses) - cut >= near:
            kept.append(cut)
    edges = [0, *kept, len(losses)]
    return tuple(
        _stretch(times[a:b], losses[a:b], confidence) for a, b in itertools.pairwise(edges)
    )


def _windows(
    times: Losses, losses: Losses, ends: NDArray[np.intp], confidence: float
) -> tuple[Stretch, ...]:
    """Summarise at most `WINDOWS` parts of about equally many rows, none of which divides a time."""
    count = min(WINDOWS, max(len(losses) // 25, 1))
    places = {_end(len(losses) * k // count, ends) for k in range(1, count + 1)}
    edges = itertools.pairwise([0, *sorted(places)])
    return tuple(_stretch(times[a:b], losses[a:b], confidence) for a, b in edges)


def _stretch(times: Losses, losses: Losses, confidence: float) -> Stretch:
    value, interval = _mean(losses, confidence)
    return Stretch(
        start=float(times[0]), end=float(times[-1]), n=len(losses), loss=value, interval=interval
    )


def _mean(losses: Losses, confidence: float) -> tuple[float, tuple[float | None, float | None]]:
    """Return the mean with two one-sided bounds: Wilson's of a rate, Student's of anything else."""
    import numpy as np

    from mlgate.stats import means, proportions

    if np.isin(losses, (0.0, 1.0)).all():
        estimate = proportions.wilson(int(losses.sum()), len(losses), confidence=confidence)
    else:
        estimate = means.mean(losses, confidence=confidence)
    return float(losses.mean()), estimate.interval


def _measurement(
    stretches: tuple[Stretch, ...], floor: float, n: int, params: ConceptParams
) -> Measurement:
    """Return the loss since its last change: from below by the bet, from above by its own bound."""
    last = stretches[-1]
    upper = last.interval[1]
    return Measurement(
        title=_TITLES[params.loss],
        value=last.loss,
        interval=(floor, None if upper is None else max(upper, floor)),
        n=n,
        method="e-process",
        unit="share",
        direction="lower",
        insufficient=f"{n} rows are fewer than {LEAST}" if n < LEAST else None,
    )


def _ceiling(
    reference: PairedBaseline | Absent, loss: str
) -> tuple[BaselineRef, float, float] | tuple[None, None, None] | None:
    """Return a baseline's loss and its upper bound, as its evidence has them; None where it has not."""
    if isinstance(reference, Absent) or reference.evidence is None:
        return None
    name = {"error": "accuracy", "brier": "brier"}.get(loss, "")
    measurement = reference.evidence.metrics.get(name)
    if measurement is None or measurement.value is None or None in measurement.interval:
        return None
    low, high = measurement.interval
    assert low is not None
    assert high is not None
    if name == "accuracy":
        return reference.ref, 1 - measurement.value, 1 - low
    return reference.ref, measurement.value, high


def _against(
    measured: Measurement, ceiling: tuple[BaselineRef, float, float] | tuple[None, None, None]
) -> Comparison:
    """Compare with the ceiling: significantly worse is above the baseline's own upper bound."""
    _, value, upper = ceiling
    assert value is not None
    assert upper is not None
    assert measured.value is not None
    low, high = measured.interval
    assert low is not None
    return Comparison(
        baseline=value,
        change=measured.value - value,
        interval=(low - upper, None if high is None else high - value),
        n=measured.n or 0,
        method="e-process",
        paired=False,
        insufficient=measured.insufficient,
    )


def _absent(reference: PairedBaseline | Absent) -> Absent:
    if isinstance(reference, Absent):
        return reference
    reason, hint = (
        "the baseline's evidence has no such loss",
        "list accuracy or brier under metrics.use",
    )
    return Absent(kind="missing", reason=reason, hint=hint)


def _raised(row: int | None, times: Losses) -> float | None:
    return None if row is None else float(times[row - 1])


def _dates(times: Losses) -> bool:
    """Whether these are seconds since 1970 of our days rather than numbers of their own."""
    return bool(times[0] > 3e8 and times[-1] < 8e9)


def _pattern(stretches: tuple[Stretch, ...], windows: tuple[Stretch, ...]) -> Pattern:
    """Name how the loss changed: once; bit by bit; or there and back again."""
    steps = [b.loss - a.loss for a, b in itertools.pairwise(stretches)]
    if not steps:
        return "none"
    if len(steps) == 1:
        return "gradual" if _slopes(windows, stretches[1].start) else "sudden"
    if all(step > 0 for step in steps) or all(step < 0 for step in steps):
        return "gradual"
    return "recurring"


def _slopes(windows: tuple[Stretch, ...], change: float) -> bool:
    """Whether a straight line follows the windows more closely than one step at the change.

    Both have two levels to choose, and the step its place too: the line is the simpler one.
    """
    import numpy as np

    loss = np.array([window.loss for window in windows])
    place = np.arange(len(loss), dtype=np.float64)
    after = np.array([window.start >= change for window in windows])
    if len(loss) < 4 or not 0 < after.sum() < len(loss):
        return False
    step = np.where(after, loss[after].mean(), loss[~after].mean())
    line = np.polyval(np.polyfit(place, loss, 1), place)
    return bool(((loss - line) ** 2).sum() < ((loss - step) ** 2).sum())
