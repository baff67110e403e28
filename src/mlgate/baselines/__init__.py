"""Where earlier evidence is kept, and which of it is the right one to compare with.

`store` what a store can do · `refs` git refs (the default) · `branch` an orphan branch ·
`folder` a folder · `objects` files as git objects, written without work tree or index ·
`find` which baseline main's and the anchor's are (pure) · `retention` whose rows are kept
(pure) · `history` the trend, carried from baseline to baseline (pure) · `save` keeps a run · `ledger` a line for
each evaluation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgate.baselines.store import Store
    from mlgate.git import Git


def open_store(store: str, git: Git, root: Path, name: str, *, local: bool = True) -> Store:
    """Open the store that `baseline.store` names; nothing is read yet.

    Parameters
    ----------
    store
        `ref`, `branch:NAME` or a folder (relative to `root`, `~` is the home folder).
    root
        The folder of mlgate.yaml.
    name
        The model's name, which keys its baselines.
    local
        Whether what is kept in this clone counts beside what is on the remote. Any process
        of this user can write that, so whoever must trust what is read leaves it out.

    Raises
    ------
    UsageError
        When `name` is too long for a file name, or a branch has no name.
    """
    from mlgate.baselines.branch import BranchStore
    from mlgate.baselines.folder import FolderStore
    from mlgate.baselines.refs import RefStore
    from mlgate.baselines.store import slug

    folder = slug(name)
    if store == "ref":
        return RefStore(git, folder, local=local)
    if store.startswith("branch:"):
        return BranchStore(git, folder, store.removeprefix("branch:").strip(), local=local)
    return FolderStore(root / Path(store).expanduser(), folder)
