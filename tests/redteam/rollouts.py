"""Rollouts: whoever may push writes, or moves, `refs/mlgate/rollouts/<environment>`."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.model.rollout import Action, RolloutLook, RolloutRecord
from mlgate.rollout import chain
from mlgate.stores import git_objects

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from mlgate.stores.rollouts import RolloutStore


@dataclass(frozen=True)
class RolloutTrick:
    """One row: what is done to the record of a canary that fails too often, before a tick."""

    change: Callable[[list[bytes]], list[bytes]]

    @property
    def name(self) -> str:
        return self.change.__name__

    @property
    def does(self) -> str:
        return inspect.getdoc(self.change) or ""


def rewrite(store: RolloutStore, entries: list[bytes], now: dt.datetime) -> None:
    """Let the ref name these entries, as a push by force does."""
    files = {
        f"{number:08d}.json": git_objects.write_blob(store.git, entry)
        for number, entry in enumerate(entries, start=1)
    }
    tree = git_objects.tree_of(store.git, files)
    tip = git_objects.tip_of(store.git, store.ref)
    git_objects.move(
        store.git, store.ref, git_objects.write_commit(store.git, tree, "x\n", now), tip
    )


def _appended(entries: list[bytes], key: bytes, **part: RolloutLook | Action) -> list[bytes]:
    last = RolloutRecord.from_json(entries[-1])
    import hashlib

    record = RolloutRecord(
        number=last.number + 1,
        previous=hashlib.sha256(entries[-1]).hexdigest(),
        time=last.time,
        **part,  # type: ignore[arg-type]
    )
    return [*entries, chain.content(chain.sign(record, key))]


def forged_look(entries: list[bytes]) -> list[bytes]:
    """Appends a look at which nothing fails, signed with a key of its own."""
    look = next(
        record.look
        for entry in reversed(entries)
        if (record := RolloutRecord.from_json(entry)).look
    )
    return _appended(entries, b"a key of its own", look=look)


def forged_promotion(entries: list[bytes]) -> list[bytes]:
    """Appends the intent to promote, signed with a key of its own."""
    action = Action(share=1, phase="promoted", reason="promoted: every gate passes")
    return _appended(entries, b"a key of its own", intent=action)


def copied_signature(entries: list[bytes]) -> list[bytes]:
    """Appends the intent to promote with the signature of another entry."""
    forged = json.loads(forged_promotion(entries)[-1])
    forged["signature"] = json.loads(entries[-1])["signature"]
    return [*entries, json.dumps(forged).encode()]


def changed_look(entries: list[bytes]) -> list[bytes]:
    """Takes the canary's failures out of a look."""
    at = max(i for i, entry in enumerate(entries) if b'"look"' in entry)
    record = json.loads(entries[at])
    record["look"]["counts"]["canary"]["failures"] = 0
    return [*entries[:at], json.dumps(record).encode(), *entries[at + 1 :]]


def removed_look(entries: list[bytes]) -> list[bytes]:
    """Removes a look from the middle."""
    at = max(i for i, entry in enumerate(entries) if b'"look"' in entry)
    return [*entries[:at], *entries[at + 1 :]]


def exchanged_looks(entries: list[bytes]) -> list[bytes]:
    """Exchanges the last two entries."""
    return [*entries[:-2], entries[-1], entries[-2]]


def moved_back(entries: list[bytes]) -> list[bytes]:
    """Moves the ref back to before the rollback: all that is left is properly signed."""
    return entries[:4]


def moved_to_the_start(entries: list[bytes]) -> list[bytes]:
    """Moves the ref back to the start, whose first share is an open intent again."""
    return entries[:2]


ROWS = tuple(
    RolloutTrick(change)
    for change in (
        forged_look,
        forged_promotion,
        copied_signature,
        changed_look,
        removed_look,
        exchanged_looks,
        moved_back,
        moved_to_the_start,
    )
)
