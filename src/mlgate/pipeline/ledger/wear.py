"""Wear of the test set: what this run adds, counted from the ledger."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlgate.errors import DataError, StoreError
from mlgate.gates.wear import surprising
from mlgate.git import Git
from mlgate.model.base import digest
from mlgate.model.evidence import Note
from mlgate.model.inputs import PairedBaseline
from mlgate.model.ledger import Evaluation
from mlgate.model.project import DOCS
from mlgate.model.rows import ROLES
from mlgate.model.wear import MOST, Printed, WearEvidence
from mlgate.stores import open_ledger

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.pipeline.measuring.run_inputs import RunInputs
    from mlgate.pipeline.prepare import Judge, Prepared
    from mlgate.stores.ledger import Ledger


class Past(NamedTuple):
    """Distinct evaluations of a test set.

    Attributes
    ----------
    surprises
        How many of them did not pass.
    printed, unrecorded
        What they printed, and how many did not record it.
    first, first_error
        The commit of the first, and the share of rows that its model got wrong; None if unknown.
    """

    evaluations: int
    surprises: int
    printed: Printed = Printed()
    unrecorded: int = 0
    first: str | None = None
    first_error: float | None = None


@dataclass(frozen=True, slots=True)
class LedgerLines:
    """The lines of the ledger, or a note that says why they could not be read."""

    lines: tuple[Evaluation, ...] = ()
    notes: tuple[Note, ...] = ()


def read(prepared: Prepared, judge: Judge) -> LedgerLines:
    """Read the ledger, before the author's code starts."""
    if judge.config.predictions is None:
        return LedgerLines()
    try:
        return LedgerLines(open_book(prepared, judge, prepared.git).read())
    except StoreError as error:
        text = f"The wear of the test set is not known: {error.message}"
        return LedgerLines(notes=(Note(level="warning", text=text),))


def measure(ledger: LedgerLines, inputs: RunInputs) -> WearEvidence | None:
    """Count the evaluations of this test set; None where there are no predictions.

    If the ledger cannot be read, the count starts at zero, with a warning.
    """
    test_set = inputs.test_set()
    if test_set is None:
        return None
    key = evaluation_key(inputs, test_set)
    past = count([line for line in ledger.lines if line.evaluation != key], test_set)
    return WearEvidence(
        **inputs.stamp.fields(),
        notes=ledger.notes,
        test_set=test_set,
        evaluation=key,
        others=min(past.evaluations, MOST),
        surprises=min(past.surprises, MOST),
        printed=past.printed,
        unrecorded=min(past.unrecorded, MOST),
        first=past.first,
        first_error=past.first_error,
    )


def unseal(prepared: Prepared, judge: Judge, inputs: RunInputs) -> None:
    """Count a use of a sealed test set, before anything is measured on it.

    Raises
    ------
    DataError
        When no uses are left, or this one cannot be recorded.
    """
    sealed, test_set = judge.config.sealed, inputs.test_set()
    if sealed is None or test_set is None:
        return
    use = _use(prepared, inputs, test_set, evaluation_key(inputs, test_set))
    try:
        with reopened(prepared) as git:
            left = _unseal(open_book(prepared, judge, git), use, sealed.uses, prepared.context.now)
    except StoreError as error:
        msg = f"this use of the sealed test set cannot be counted: {error.message}"
        raise DataError(msg, hint=error.hint) from None
    if left is not None:
        prepared.context.progress.line(f"mlgate: the sealed test set is used; {_left(left)}")


def _unseal(book: Ledger, use: Evaluation, uses: int, now: dt.datetime) -> int | None:
    """Record a use and return how many are left; None where it was recorded before."""
    used = uses_of(use.seal or "", book.read(), use.test_set)
    if use.evaluation in used:
        return None
    if len(used) >= uses:
        msg = f"the sealed test set has been used {len(used)} of {uses} times"
        raise DataError(msg, hint=f"announce and seal new rows; see {DOCS}/wear.md")
    book.append(use, now)
    return uses - len(used) - 1


def uses_of(seal: str, lines: Iterable[Evaluation], test_set: str | None) -> set[str | None]:
    """Return the evaluations that used a seal.

    What is announced where the policy is counts, not the rows: one row, seed or label more would
    begin another count. Lines of versions that knew no seals count where the rows are the same.
    """
    return {
        line.evaluation
        for line in lines
        if (line.test_set == test_set if line.seal is None else line.seal == seal)
    }


@contextlib.contextmanager
def reopened(prepared: Prepared) -> Iterator[Git]:
    """Return what reaches the ledger although the repository is closed.

    Where there is a remote that is an empty repository with this remote; without one the ledger
    is in the clone itself.
    """
    if prepared.git.remote is None:
        yield Git(prepared.git.root)
        return
    with tempfile.TemporaryDirectory(prefix="mlgate-") as folder:
        yield prepared.git.apart(Path(folder) / "apart.git")


def _left(left: int) -> str:
    """Describe how many uses are left."""
    return f"{left:,} {'use is' if left == 1 else 'uses are'} left"


def _use(prepared: Prepared, inputs: RunInputs, test_set: str, key: str) -> Evaluation:
    assert prepared.run.commit is not None
    announced = inputs.announced_test_set()
    return Evaluation(
        time=prepared.run.started,
        name=prepared.run.name,
        commit=prepared.run.commit,
        actor=prepared.context.ci_run.actor,
        policy_digest=inputs.stamp.policy_digest,
        test_set=test_set,
        evaluation=key,
        seal=announced.digest if announced is not None else "",
    )


def open_book(prepared: Prepared, judge: Judge, git: Git) -> Ledger:
    """Open the ledger of this model; reading and appending raise `StoreError`."""
    place = prepared.references.expand(judge.config.baseline.store, "baseline.store")
    return open_ledger(place, git, prepared.root, prepared.run.name, prepared.context.environ)


def evaluation_key(inputs: RunInputs, test_set: str) -> str:
    """Return the digest of all that an answer depends on."""
    references = {role: inputs.reference(role) for role in ROLES}
    return digest(
        {
            "predictions": inputs.predicted(),
            "test_set": test_set,
            "baselines": {
                role: reference.ref.commit or reference.ref.source
                for role, reference in references.items()
                if isinstance(reference, PairedBaseline)
            },
            "policy": inputs.stamp.policy_digest,
            "tool": inputs.stamp.tool,
        }
    )


def count(seen: Iterable[Evaluation], test_set: str) -> Past:
    """Count the distinct evaluations of a test set; of equal ones the line that shown most counts."""
    by_key: dict[str, list[Evaluation]] = {}
    for line in seen:
        if line.test_set == test_set and line.evaluation and line.verdict is not None:
            by_key.setdefault(line.evaluation, []).append(line)
    lines = list(by_key.values())
    shown = [_most_shown(alike) for alike in lines]
    first = next((alike[0] for alike in lines), None)
    return Past(
        evaluations=len(lines),
        surprises=sum(any(map(_surprised, alike)) for alike in lines),
        printed=reduce(Printed.plus, (each for each in shown if each is not None), Printed()),
        unrecorded=shown.count(None),
        first=None if first is None else first.commit,
        first_error=max(
            (line.first_error for line in chain(*lines) if line.first_error is not None),
            default=None,
        ),
    )


def _surprised(line: Evaluation) -> bool:
    return line.verdict is not None and surprising(line.verdict)


def _most_shown(lines: Sequence[Evaluation]) -> Printed | None:
    """Return what the same evaluation shown, repeated by several runs; None where one did not record it."""
    shown = [line.printed for line in lines]
    if None in shown:
        return None
    return max(
        (each for each in shown if each is not None), key=lambda each: (each.exact, each.unusual)
    )
