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
    """
    place = _tracked(prepared, setting)
    commit = prepared.facts.base_commit
    if place is None or commit is None or prepared.facts.on_base:
        return None
    model = f"{place}/{slug(prepared.run.name)}"
    if not prepared.git.attempt("ls-tree", "--full-tree", commit, model):
        return None
    store = CommittedStore()
    packed = prepared.git.run(
        "archive", "--format=tar", f"{commit}:{place}", slug(prepared.run.name)
    )
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(store.setting, filter="data")
    return store


def _tracked(prepared: Prepared, setting: str) -> str | None:
    """Return a store's folder below the repository's top; None for one that is elsewhere."""
    parsed = store_setting.parse(setting)
    if parsed.kind != store_setting.FOLDER:
        return None
    path = prepared.root / Path(parsed.argument).expanduser()
    place = os.path.relpath(os.path.normpath(path), prepared.git.top.resolve())
    return None if place == "." or place.startswith("..") else Path(place).as_posix()
