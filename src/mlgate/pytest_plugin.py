"""The pytest fixture `mlgate`: `def test_model(mlgate): mlgate.compare(…).require(accuracy=0.01)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="session")
def mlgate() -> ModuleType:
    """The package mlgate, with `compare`."""
    import mlgate as package

    return package
