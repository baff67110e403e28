"""Where baselines are kept, and which of them is the right one to compare with.

Keeping and choosing are apart: a kind of store (`kinds/`, found by its name) keeps files and
chooses nothing; choosing is pure and does not know how they are kept.
"""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from mlgate.config import store_setting
from mlgate.stores.store import StorePlace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlgate.git import Git
    from mlgate.stores.ledger import Ledger
    from mlgate.stores.store import Store, StoreKind


def open_store(
    setting: str,
    git: Git,
    root: Path,
    name: str,
    *,
    local: bool = True,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Store:
    """Open the store that `baseline.store` names; nothing is read yet.

    Parameters
    ----------
    setting
        `ref`, `branch:NAME`, `s3://BUCKET/PREFIX` or a folder (relative to `root`, `~` is the home folder).
    root
        The folder of mlgate.yaml.
    name
        The model's name, which keys its baselines.
    local
        Whether what is kept in this clone counts beside what is on the remote. Any process
        of this user can write that, so whoever must trust what is read leaves it out.
    environ
        The variables that say how a service is reached; without them it is found as its own
        client finds it.

    Raises
    ------
    UsageError
        When `name` is too long for a file name, or a branch has no name.
    """
    kind, place = _find(setting, git, root, name, environ, local=local)
    return kind.open_store(place)


def open_ledger(
    setting: str,
    git: Git,
    root: Path,
    name: str,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Ledger:
    """Open the ledger beside the store that `baseline.store` names; nothing is read yet."""
    kind, place = _find(setting, git, root, name, environ)
    return kind.open_ledger(place)


def _find(
    setting: str,
    git: Git,
    root: Path,
    name: str,
    environ: Mapping[str, str],
    *,
    local: bool = True,
) -> tuple[StoreKind, StorePlace]:
    from mlgate.stores.stored_baseline import slug

    parsed = store_setting.parse(setting)
    module = importlib.import_module(f"{__name__}.kinds.{parsed.kind}")
    place = StorePlace(parsed.argument, git, root, slug(name), local, environ)
    return cast("StoreKind", module.KIND), place
