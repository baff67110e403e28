"""Ten thousand hostile bundles, each refused in words or shown and no more."""

from __future__ import annotations

import collections
import time
import traceback

import hostile
from hypothesis import HealthCheck, Phase, given, settings

COUNT = 5_000
"""Of each kind: bundles whose JSON is hostile, and archives that are."""


def _play(kind, count):
    """Put generated ones to the trusted stage; gives how many there were and how they ended."""
    ends = collections.Counter()

    @settings(
        max_examples=count,
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(kind)
    def play(content):
        packed = content if isinstance(content, bytes) else hostile.packed(content)
        ends[hostile.survive(packed)] += 1

    play()
    return ends


def report(count=COUNT):
    """Print what became of them; gives what failed."""
    failures = []
    for what, kind in {"evidence": hostile.changed(), "archives": hostile.archives()}.items():
        began = time.monotonic()
        try:
            ends = _play(kind, count)
        except Exception as error:  # noqa: BLE001  (told with the table)
            at = traceback.format_tb(error.__traceback__)[-1]
            failures.append(f"hostile {what}: {type(error).__name__}: {error}\n{at}"[:4_000])
            continue
        told = ", ".join(f"{number:,} {end}" for end, number in ends.most_common())
        print(f"{ends.total():,} hostile {what}: {told}; {time.monotonic() - began:.0f} s")
        if ends.total() < count:
            failures.append(f"only {ends.total():,} hostile {what} were generated")
    return failures
