"""`mlgate ledger export`: the ledger as lines of which each carries the digest of all before it."""

from __future__ import annotations

import hashlib
import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.ledger import wear
from mlgate.pipeline.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.model.ledger import Evaluation
    from mlgate.pipeline.context import Context

FIRST: Final = "0" * 64
"""What the first line follows."""


def export(context: Context) -> tuple[str, ...]:
    """Return the ledger's lines, oldest first; raises `StoreError`."""
    prepared = prepare(context)
    book = wear.open_book(prepared, prepared.judges[0], prepared.git)
    return tuple(chained(book.read()))


def chained(evaluations: Iterable[Evaluation]) -> Iterator[str]:
    """Yield a line of JSON for each evaluation.

    `digest` is the SHA-256, in hex, of the digest before it, a newline, and the evaluation's own line; `previous`
    is the digest before it. A line that is taken out, changed or put in breaks all that follow.
    """
    previous = FIRST
    for evaluation in evaluations:
        own = evaluation.line().rstrip("\n")
        digest = hashlib.sha256(f"{previous}\n{own}".encode()).hexdigest()
        yield json.dumps({"digest": digest, "previous": previous, "evaluation": json.loads(own)})
        previous = digest


def problem(exported: str, now: Iterable[str]) -> str | None:
    """Return how an earlier export differs from the ledger; None where the ledger only grew since."""
    lines = exported.splitlines()
    for number, (line, current) in enumerate(zip_longest(lines, now), 1):
        if number > len(lines):
            return None
        if current is None:
            return f"the ledger ends before line {number} of the export: lines were taken out"
        if line != current:
            return f"line {number} of the export is not what the ledger says"
    return None
