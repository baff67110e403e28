"""Entries of a rollout's record: signed, chained, and what follows from all of them. Pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.model.base import digest
from mlgate.model.rollout import OVER, RolloutRecord, TakenLook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.rollout import Action, Phase, RolloutStart

_FIRST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Rollout:
    """Where the newest rollout of an environment is.

    Attributes
    ----------
    start, begun
        What it began with, and when; None and "" where there is none.
    looks
        All its looks, oldest first.
    share, phase
        As of the last action that was done.
    held
        Whether a person decides; stays so while nothing can be concluded.
    since, moved
        When the phase began, and when the router was last set by an action.
    open
        An intent that no `done` follows: it is finished before anything else.
    records, last
        How many entries there are, of all rollouts, and the digest of the last.
    """

    start: RolloutStart | None = None
    begun: str = ""
    looks: tuple[TakenLook, ...] = ()
    share: float = 0.0
    phase: Phase = "rolled_back"
    held: bool = False
    since: str = ""
    moved: str = ""
    reason: str = ""
    open: Action | None = None
    records: int = 0
    last: str = field(default=_FIRST)

    @property
    def running(self) -> bool:
        """Whether there is a rollout that is not over."""
        return self.start is not None and (self.phase not in OVER or self.open is not None)


def sign(record: RolloutRecord, key: bytes) -> RolloutRecord:
    """Return the record with its signature."""
    return record.model_copy(update={"signature": _hmac(record, key)})


def content(record: RolloutRecord) -> bytes:
    """Return a record's bytes as they are stored."""
    return record.model_dump_json(exclude_defaults=True, by_alias=True).encode() + b"\n"


def read(entries: Sequence[bytes], key: bytes) -> Rollout:
    """Return where the newest rollout is.

    Raises
    ------
    DataError
        When an entry is missing, damaged, or not signed by this key: nothing is concluded then.
    """
    from pydantic import ValidationError

    state = Rollout()
    for number, entry in enumerate(entries, start=1):
        try:
            record = RolloutRecord.from_json(entry)
        except ValidationError:
            raise _broken(number, "cannot be read") from None
        if record.number != number or record.previous != state.last:
            raise _broken(number, "does not follow the one before it")
        if not hmac.compare_digest(record.signature, _hmac(record, key)):
            raise _broken(number, "is not signed by the environment's key")
        state = _after(state, record, hashlib.sha256(entry).hexdigest())
    return state


def _after(state: Rollout, record: RolloutRecord, last: str) -> Rollout:
    if record.start is not None:
        began = Rollout(record.start, record.time, phase="progressing", since=record.time)
        return replace(began, moved=record.time, records=record.number, last=last)
    changed: dict[str, Any] = {}
    if record.look is not None:
        taken = TakenLook(time=record.time, share=state.share, look=record.look)
        changed = {"looks": (*state.looks, taken)}
    elif record.intent is not None:
        changed = {"open": record.intent}
    elif record.done is not None:
        done = record.done
        changed = {
            "open": None,
            "share": done.share,
            "phase": done.phase,
            "held": done.phase == "held" or (done.phase == "blind" and state.held),
            "reason": done.reason,
            "since": state.since if done.phase == state.phase else record.time,
            "moved": record.time,
        }
    return replace(state, **changed, records=record.number, last=last)


def _hmac(record: RolloutRecord, key: bytes) -> str:
    signed = record.model_dump(mode="json", exclude={"signature"}, by_alias=True)
    return hmac.new(key, digest(signed).encode(), hashlib.sha256).hexdigest()


def _broken(number: int, what: str) -> DataError:
    return DataError(
        f"entry {number} of the rollout's record {what}: no verdict follows from it",
        hint="someone else wrote there, or the key is another one; `git log` of the ref shows who."
        " Route the traffic by hand, then remove the ref and start again",
    )
