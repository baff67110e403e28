"""`make chaos`: every endpoint × every fault, crowds, long conversations, hostile bundles.

Prints the table; ends with 1 if anything was lost, doubled or left hanging.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("support")))

import crowds
import swarm
from faults import FAULTS, Lag, Strike
from scenarios import ENDPOINTS, play


def cells():
    """Each endpoint with each fault that can strike it: name, endpoint, intervention."""
    for endpoint in ENDPOINTS:
        for name, fault in FAULTS.items():
            yield name, endpoint, _striking(fault)
        if lag_matters(endpoint):
            yield "lag", endpoint, lambda at, clock: Lag(*at, clock)


def _striking(fault):
    return lambda at, clock: Strike(*at, fault, clock)


def lag_matters(endpoint):
    """Lists, and whatever names a thing by id that was made before."""
    verb, template = endpoint
    listed = verb == "GET" and not template.endswith(("artifacts", "{archive_format}"))
    return (
        listed
        or (verb == "PATCH" and not template.endswith("{ref}"))
        or template.endswith("{deployment_id}/statuses")
    )


def main() -> int:
    """Play everything and print what came of it."""
    names = [*FAULTS, "lag"]
    print("columns:", *(f"\n  {i:>2} {name}" for i, name in enumerate(names, 1)))
    print(f"\n{'endpoint':<66}", *(f"{i:>2}" for i in range(1, len(names) + 1)))
    results: dict[tuple[str, str], dict[str, str]] = {}
    failures = []
    began = time.monotonic()
    for name, endpoint, intervention in cells():
        row = results.setdefault(endpoint, {})
        try:
            struck = play(endpoint, intervention).struck
            row[name] = "ok" if struck else "··"
        except Exception as error:  # noqa: BLE001  (told in the table)
            row[name] = "✗"
            failures.append(f"{endpoint} × {name}: {type(error).__name__}: {error}"[:400])
        if len(row) == len(names) or (name == names[-2] and not lag_matters(endpoint)):
            short = f"{endpoint[0]} {endpoint[1].replace('/repos/{owner}/{repo}', '…')}"
            print(f"{short:<66}", *(f"{row.get(one, ''):>2}" for one in names), flush=True)
    print(f"\n{sum(map(len, results.values()))} cells, {time.monotonic() - began:.0f} s; "
          "·· means that the fault found nothing to strike")  # fmt: skip
    failures += crowds.report()
    failures += swarm.report()
    print(*(f"\n{one}" for one in failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
