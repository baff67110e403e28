"""What a change does to the identity of models: their names, and the places of their mlgate.yaml."""

from __future__ import annotations

from typing import Final, Literal

from mlgate.model.base import Frozen
from mlgate.model.policy import Waiver

IDENTITY: Final = "identity"
"""The gate that a waiver names to allow a rename, a move or a removal."""

IdentityKind = Literal["renamed", "moved", "removed", "linked", "unreadable", "duplicate", "behind"]


class IdentityChange(Frozen):
    """One model that a change takes from its name or place, or whose name is not its own.

    `name` and `path` are those of the branch that judges, `new_name` and `new_path` those of the
    change. A `duplicate` is at `path` and at `new_path`. Under `behind` the judging branch
    no longer has the file, and the change has not touched it. `detail` is the link or submodule
    of `linked`; `waivers` are the judging branch's own, of the gate `identity`.
    """

    kind: IdentityKind
    name: str
    path: str
    new_name: str | None = None
    new_path: str | None = None
    branch: str | None = None
    """The branch that judges."""
    detail: str | None = None
    waivers: tuple[Waiver, ...] = ()
