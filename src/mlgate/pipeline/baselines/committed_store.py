"""A folder of baselines that is committed: a change is compared with the base branch's copy of it.

The copy in the work tree is part of the change, which could empty it or put others in its place.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import weakref
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.config import store_setting
from mlgate.errors import DataError, StoreError
from mlgate.pipeline.judging.commit_tree import CommitTree
from mlgate.stores.stored_baseline import slug

if TYPE_CHECKING:
    from mlgate.pipeline.prepare import Prepared


class CommittedStore:
    """A copy of what the base branch has, removed when nothing refers to it any more.

    Attributes
    ----------
    setting
        What `baseline.store` would be for it.
    """

    def __init__(self) -> None:
        self.setting = tempfile.mkdtemp(prefix="mlgate-store-")
        weakref.finalize(self, shutil.rmtree, self.setting, ignore_errors=True)


def of_base(prepared: Prepared, setting: str) -> CommittedStore | None:
    """Return the base branch's copy of a store; None where the store is not committed there.

    Runs of the base branch itself use the store as it is: they may just have written it.

    Raises
    ------
    StoreError
        In CI, where only the change has committed one: a step before restores the base branch's.
    """
    facts, place = prepared.facts, _tracked(prepared, setting)
    commit = facts.base_commit
    if place is None or commit is None or facts.on_base:
        return None
    try:
        there = _followed(prepared, commit, place)
        if there is None and facts.commit is not None and prepared.context.ci_run.in_ci:
            _refuse_brought(prepared, facts.commit, place)
    except DataError as error:
        raise StoreError(f"baseline.store: {error.message}") from None
    if there is None:
        return None
    store = CommittedStore()
    packed = prepared.git.run(
        "archive", "--format=tar", f"{commit}:{there}", slug(prepared.run.name)
    )
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(store.setting, filter="data")
    return store


def _followed(prepared: Prepared, commit: str, place: str) -> str | None:
    """Return a commit's folder of the model's baselines, links followed; None where it has none."""
    tree = CommitTree.of(prepared.git, commit)
    there, model = tree.follow(place), slug(prepared.run.name)
    held = any(name.startswith(f"{there}/{model}/") for name in tree.entries)
    return there if held else None


def _refuse_brought(prepared: Prepared, commit: str, place: str) -> None:
    if _followed(prepared, commit, place) is not None:
        msg = f"this branch commits baselines into {place}, where {prepared.facts.base_branch} has none"
        raise StoreError(msg, hint="leave them out: main's workflow keeps its own")


def _tracked(prepared: Prepared, setting: str) -> str | None:
    """Return a store's folder below the repository's top; None for one that is elsewhere."""
    parsed = store_setting.parse(setting)
    if parsed.kind != store_setting.FOLDER:
        return None
    path = prepared.root / Path(parsed.argument).expanduser()
    place = os.path.relpath(os.path.normpath(path), prepared.git.top.resolve())
    outside = place in (".", "..") or place.startswith("../")
    return None if outside else Path(place).as_posix()
