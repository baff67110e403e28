"""Templates of repositories, made once for all workers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from .bases import build
from .command import GIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .bases import Base


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Base], Path]:
    """Return where a base's repository is; who needs it first makes it, for all workers."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own

    def template(base: Base) -> Path:
        final = shared / f"template-{base.name}"
        if not final.is_dir():
            build(base, made := shared / uuid.uuid4().hex)
            try:
                made.rename(final)
            except OSError:
                assert final.is_dir()  # another worker was quicker
        return final

    return template


@pytest.fixture(autouse=True)
def own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git read no configuration but the repository's."""
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)
