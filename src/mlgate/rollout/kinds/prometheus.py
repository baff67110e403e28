"""Counters that a Prometheus scrapes, by its HTTP interface: raw samples, differenced.

`increase()` extrapolates to the ends of a window, and what it returns is no count. Here a window goes from one
scrape to another, all series of it are of the same scrapes, and a counter that went back, a series that begins
or ends between two looks, and samples that are too old are errors, not guesses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from mlgate.model.rollout import LEVELS, ArmCounts, Counts
from mlgate.rollout.protocols import UnreachableError
from mlgate.stats.sequential import Arms, dispersion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_TIMEOUT: Final = (10, 60)
_PAST: Final = 20
"""So many times the window's length is looked back for thresholds."""


class _Series(NamedTuple):
    """Raw samples of one time series."""

    labels: dict[str, str]
    times: Values
    values: Values


@dataclass(frozen=True, slots=True)
class PrometheusSource:
    """Selectors of counters whose label `version` names the version; `late_by` in seconds."""

    url: str
    version: str
    stable: str
    canary: str
    requests: str
    failures: str
    seconds: str | None
    late_by: float

    def counts(self, since: dt.datetime, until: dt.datetime) -> Counts:
        """Count between the last scrapes before two times."""
        begin, end = since.timestamp(), until.timestamp()
        requests = self._read(self.requests, begin, end)
        times = self._window(requests, begin, end)
        slow = self._slow(times, begin, end) if self.seconds and len(times) > 1 else {}
        failures = self._read(self.failures, begin, end)
        arms = {
            version: np.stack(
                [
                    self._increments(self.requests, requests, version, times),
                    self._increments(self.failures, failures, version, times),
                    *slow.get(version, ()),
                ]
            )
            for version in (self.stable, self.canary)
        }
        stable, canary = arms[self.stable], arms[self.canary]
        if any((arm[1:] > arm[0]).any() for arm in (stable, canary)):
            message = (
                f"Prometheus has more failures or slow requests than requests in {self.requests}"
            )
            raise UnreachableError(message, hint="name counters of the same requests")
        together = tuple(
            float(dispersion(Arms.of(stable[0], stable[event], canary[0], canary[event])))
            for event in range(1, len(stable))
        )
        return Counts(stable=_sum(stable), canary=_sum(canary), dispersion=together)

    def _window(self, requests: Sequence[_Series], begin: float, end: float) -> Values:
        """Return the times of the scrapes from the last one before the window to the last one in it."""
        every: Values = requests[0].times
        for place in (begin, end):
            before = every[every <= place]
            if not before.size or place - before[-1] > self.late_by:
                message = (
                    f"Prometheus has no sample of {self.requests} from the last {self.late_by:g} s"
                )
                raise UnreachableError(
                    message,
                    hint="is the target up? late_by must exceed the interval of the scrapes",
                )
        first = every[every <= begin][-1]
        return np.asarray(every[(every >= first) & (every <= end)])

    def _increments(
        self, selector: str, every: Sequence[_Series], version: str, times: Values
    ) -> Values:
        """Return the increments of one version between two scrapes each."""
        total = np.zeros(len(times) - 1)
        for series in every:
            if series.labels[self.version] != version:
                continue
            within = (series.times >= times[0]) & (series.times <= times[-1])
            if not np.array_equal(series.times[within], times):
                message = f"a series of {selector} begins or ends, or is of other scrapes"
                raise UnreachableError(
                    message, hint="name counters of one target, such as the router"
                )
            steps = np.diff(series.values[within])
            if not (steps >= 0).all():  # NaN neither
                raise UnreachableError(f"a counter of {selector} began again (a restart)")
            total += steps
        return total

    def _slow(self, times: Values, begin: float, end: float) -> dict[str, list[Values]]:
        """Return each version's requests above the thresholds; none where stable has no past."""
        selector = str(self.seconds)
        bounds = self._thresholds(selector, begin - _PAST * (end - begin), begin)
        buckets = self._read(selector, begin, end)
        return {
            version: [
                self._increments(selector, _at(buckets, math.inf), version, times)
                - self._increments(selector, _at(buckets, bound), version, times)
                for bound in bounds
            ]
            for version in (self.stable, self.canary)
        }

    def _thresholds(self, selector: str, begin: float, end: float) -> list[float]:
        """Return the bounds of buckets at which the stable version's quantiles were before the window."""
        risen: dict[float, float] = {}
        for series in self._read(selector, begin, end, missing_ok=True):
            if series.labels.get(self.version) == self.stable:
                steps = np.diff(series.values)
                bound = _bound(series)
                risen[bound] = risen.get(bound, 0.0) + float(steps[steps > 0].sum())
        requests = risen.get(math.inf, 0.0)
        if not requests:
            return []
        return [
            min(bound for bound, count in risen.items() if count >= level * requests)
            for level in LEVELS
        ]

    def _read(
        self, selector: str, begin: float, end: float, *, missing_ok: bool = False
    ) -> list[_Series]:
        """Return the samples from `late_by` before the beginning."""
        import requests

        span = math.ceil(end - begin + self.late_by)
        query = {"query": f"{selector}[{span}s]", "time": f"{end:.3f}"}
        try:
            answer = requests.get(f"{self.url}/api/v1/query", query, timeout=_TIMEOUT)
            read: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            message = f"Prometheus at {urlsplit(self.url).hostname} does not answer"
            raise UnreachableError(f"{message}: {type(error).__name__}") from None
        if read.get("status") != "success":
            message = f"Prometheus refuses {selector}: {read.get('error', answer.status_code)}"
            raise UnreachableError(message, hint="check rollout.prometheus")
        results = [_series(result) for result in read["data"]["result"] if result.get("values")]
        for version in (self.stable, self.canary):
            if not missing_ok and version not in [
                each.labels.get(self.version) for each in results
            ]:
                message = f'Prometheus has no series of {selector} with {self.version}="{version}"'
                raise UnreachableError(message, hint="check rollout.source and rollout.prometheus")
        return [
            each for each in results if each.labels.get(self.version) in (self.stable, self.canary)
        ]


def _series(result: dict[str, Any]) -> _Series:
    times, values = zip(*result["values"], strict=True)
    return _Series(result["metric"], np.array(times, float), np.array(values, float))


def _bound(series: _Series) -> float:
    return float(series.labels.get("le", "nan"))


def _at(buckets: Sequence[_Series], bound: float) -> list[_Series]:
    return [series for series in buckets if _bound(series) == bound]


def _sum(arm: Values) -> ArmCounts:
    requests, failures, *slow = arm.sum(1).round().astype(int).tolist()
    return ArmCounts(requests=requests, failures=failures, slow=tuple(slow))
