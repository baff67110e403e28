"""Wear of the test set: what this run adds, counted from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.config import expand
from mlgate.errors import DataError, StoreError
from mlgate.gates.wear import surprising
from mlgate.model.base import digest
from mlgate.model.evidence import Note
from mlgate.model.inputs import PairedBaseline
from mlgate.model.ledger import Evaluation
from mlgate.model.wear import MOST, WearEvidence
from mlgate.stores import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlgate.model.rows import Role
    from mlgate.pipeline.prepare import Judge, Prepared
    from mlgate.pipeline.run_inputs import RunInputs
    from mlgate.stores.ledger import Ledger


ROLES: Final[tuple[Role, ...]] = ("main", "anchor")


class Past(NamedTuple):
    """Distinct evaluations of a test set, and how many of them did not pass."""

    evaluations: int
    surprises: int


def measure(prepared: Prepared, judge: Judge, inputs: RunInputs) -> WearEvidence | None:
    """Count the evaluations of this test set; None where there are no predictions.

    If the ledger cannot be read, the count starts at zero, with a warning.
    """
    test_set = inputs.test_set()
    if test_set is None:
        return None
    key = evaluation_key(inputs, test_set)
    seen: Sequence[Evaluation] = ()
    notes: tuple[Note, ...] = ()
    try:
        seen = open_book(prepared, judge).read()
    except StoreError as error:
        text = f"The wear of the test set is not known: {error.message}"
        notes = (Note(level="warning", text=text),)
    past = count([line for line in seen if line.evaluation != key], test_set)
    return WearEvidence(
        **inputs.stamp.fields(),
        notes=notes,
        test_set=test_set,
        evaluation=key,
        others=min(past.evaluations, MOST),
        surprises=min(past.surprises, MOST),
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
    key = evaluation_key(inputs, test_set)
    try:
        book = open_book(prepared, judge)
        used = {line.evaluation for line in book.read() if line.test_set == test_set}
        if key in used:
            return
        if len(used) >= sealed.uses:
            msg = f"the sealed test set has been used {len(used)} of {sealed.uses} times"
            raise DataError(msg, hint="seal new rows, or see docs/wear.md")
        book.append(_use(prepared, inputs, test_set, key), prepared.context.now)
    except StoreError as error:
        msg = f"this use of the sealed test set cannot be counted: {error.message}"
        raise DataError(msg, hint=error.hint) from None
    left = _left(sealed.uses - len(used) - 1)
    prepared.context.progress.line(f"mlgate: the sealed test set is used; {left}")


def _left(left: int) -> str:
    """Describe how many uses are left."""
    return f"{left:,} {'use is' if left == 1 else 'uses are'} left"


def _use(prepared: Prepared, inputs: RunInputs, test_set: str, key: str) -> Evaluation:
    assert prepared.run.commit is not None
    return Evaluation(
        time=prepared.run.started,
        name=prepared.run.name,
        commit=prepared.run.commit,
        actor=prepared.context.ci_run.actor,
        policy_digest=inputs.stamp.policy_digest,
        test_set=test_set,
        evaluation=key,
    )


def open_book(prepared: Prepared, judge: Judge) -> Ledger:
    """Open the ledger of this model; reading and appending raise `StoreError`."""
    place = expand(judge.config.baseline.store, prepared.context.environ)
    return open_ledger(place, prepared.git, prepared.root, prepared.run.name)


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
    """Count the distinct evaluations of a test set, and those that surprised at least once."""
    surprised: dict[str, bool] = {}
    for line in seen:
        if line.test_set == test_set and line.evaluation and line.verdict is not None:
            surprised[line.evaluation] = surprised.get(line.evaluation, False) or surprising(
                line.verdict
            )
    return Past(len(surprised), sum(surprised.values()))
