"""What the page shows of all runs, small enough for ten thousand of them.

Numbers lie in columns as whole numbers of a scale, and a text that many runs share (a command, parameters, an environment)
stands once: runs hold its place among the texts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mlgate.text.short import short_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlgate.lineage.exports import Origin
    from mlgate.model.evidence import Measurement
    from mlgate.model.lineage import Lineage

_DIGITS: Final = 5
"""Significant digits of the largest value of a metric; all of its numbers are whole at this scale."""
_COMMIT: Final = 16
"""Digits of a commit."""


@dataclass(frozen=True, slots=True)
class SiteRun:
    """A run on the page.

    Attributes
    ----------
    origin
        Where its model came from, its verdict and evidence.
    place
        The repository or folder, as the page calls it; with the model's name it tells models apart.
    kept
        When it was kept, or measured; ISO 8601.
    tag
        The release at its commit.
    """

    origin: Origin
    place: str
    kept: str
    tag: str | None = None


def data(runs: Sequence[SiteRun], made: str, tool: str) -> dict[str, Any]:
    """Return the page's data, models by place and name, the runs of each oldest first."""
    texts = _Texts()
    models: dict[tuple[str, str], list[SiteRun]] = {}
    for run in sorted(runs, key=lambda run: run.kept):
        models.setdefault((run.place, run.origin.record.name), []).append(run)
    listed = [_model(*key, models[key], texts) for key in sorted(models)]
    return {"made": made, "tool": tool, "models": listed, "texts": list(texts.places)}


@dataclass(slots=True)
class _Texts:
    """Texts by their places."""

    places: dict[str, int] = field(default_factory=dict)

    def of(self, text: str | None) -> int | None:
        return None if not text else self.places.setdefault(text, len(self.places))


def _model(place: str, name: str, runs: Sequence[SiteRun], texts: _Texts) -> dict[str, Any]:
    measured = [dict(_measured(run.origin)) for run in runs]
    keys = dict.fromkeys(key for each in measured for key in each)
    records = [run.origin.record for run in runs]
    return {
        "place": place,
        "name": name,
        "time": [run.kept[: len("2026-11-29T10:00:00")] + "Z" for run in runs],
        "commit": [record.commit and record.commit[:_COMMIT] for record in records],
        "tag": [run.tag for run in runs],
        "verdict": [texts.of(_outcome(run.origin)) for run in runs],
        "blocked": [int(bool(record.verdict and record.verdict.blocked)) for record in records],
        "headline": [texts.of(_headline(run.origin)) for run in runs],
        "waived": [texts.of(_listed(_waived(run.origin))) for run in runs],
        "command": [texts.of(record.command) for record in records],
        "parameters": [
            texts.of(_listed(f"{key}={value}" for key, value in record.parameters.items()))
            for record in records
        ],
        "data": [
            texts.of(_listed(f"{path} {short_digest(x)}" for path, x in record.inputs.items()))
            for record in records
        ],
        "environment": [texts.of(_environment(run.origin)) for run in runs],
        "artifacts": [texts.of(_artifacts(record)) for record in records],
        "metrics": [_column(key, [each.get(key) for each in measured]) for key in keys],
    }


def _measured(origin: Origin) -> Iterable[tuple[str, Measurement]]:
    for check, evidence in sorted(origin.evidence.items(), key=lambda each: each[0] != "compare"):
        for name, measured in evidence.metrics.items():
            if measured.value is not None and not measured.undefined:
                yield name if check == "compare" else f"{check}.{name}", measured


def _column(key: str, values: Sequence[Measurement | None]) -> dict[str, Any]:
    there = [value for value in values if value is not None]
    largest = max(abs(measured.value or 0.0) for measured in there)
    places = _DIGITS - math.ceil(math.log10(largest)) if largest else _DIGITS
    return {
        "key": key,
        "title": there[-1].title,
        "better": there[-1].direction,
        "places": places,
        "value": [None if value is None else _whole(value.value, places) for value in values],
        "below": [_distance(value, 0, places) for value in values],
        "above": [_distance(value, 1, places) for value in values],
    }


def _distance(measured: Measurement | None, end: int, places: int) -> int | None:
    """Return how far an end of the interval is from the value."""
    bound = None if measured is None else measured.interval[end]
    if measured is None or measured.value is None or bound is None:
        return None
    return _whole(bound - measured.value, places)


def _whole(value: float | None, places: int) -> int | None:
    return None if value is None else round(value * 10.0**places)


def _waived(origin: Origin) -> Iterable[str]:
    for gate in origin.verdict.gates if origin.verdict is not None else ():
        if gate.waived is not None:
            yield f"{gate.id} until {gate.waived.until}: {gate.waived.reason}"


def _artifacts(record: Lineage) -> str:
    digests = {made.path: short_digest(f"sha256:{made.sha256}") for made in record.artifacts}
    return _listed(f"{path} {digest}" for path, digest in digests.items())


def _environment(origin: Origin) -> str | None:
    where = origin.record.environment
    if where is None:
        return None
    return f"Python {where.python}, {len(where.packages)} packages, {where.platform}"


def _outcome(origin: Origin) -> str | None:
    return None if origin.verdict is None else origin.verdict.verdict


def _headline(origin: Origin) -> str | None:
    return None if origin.verdict is None else origin.verdict.headline


def _listed(words: Iterable[str]) -> str:
    return "\n".join(words)
