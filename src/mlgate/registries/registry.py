"""What a registry is: versions of one model, and aliases that name one of them each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mlgate.errors import StoreError

Facts = Mapping[str, str]
"""What is written beside a version or an alias: `verdict`, `sha256`, …"""


class RegistryError(StoreError):
    """The registry cannot be read or written, or somebody else changed it meanwhile."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of the model.

    Attributes
    ----------
    name
        As the registry calls it: `v0.2.0`, `7`.
    commit
        The commit that it was trained at; None where nothing says so.
    sha256
        Of its file, in hex; None where nothing says so.
    """

    name: str
    commit: str | None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """What an alias names.

    Attributes
    ----------
    version
        None where the commit that it names has no version.
    problem
        Why it cannot be believed, such as a signature that does not hold.
    """

    name: str
    version: ModelVersion | None
    commit: str | None
    problem: str | None = None


class Registry(Protocol):
    """A registry of one model."""

    @property
    def name(self) -> str:
        """The model's name in it."""

    def versions(self) -> tuple[ModelVersion, ...]:
        """Return all versions, the newest last; raises `RegistryError`."""

    def aliases(self) -> Mapping[str, Alias]:
        """Return all aliases; raises `RegistryError`."""

    def register(self, commit: str, version: str | None, facts: Facts) -> ModelVersion:
        """Add a version: by default the next number.

        Raises
        ------
        RegistryError
            When it is there already, or cannot be written.
        """

    def assign(
        self, alias: str, version: ModelVersion, expected: Alias | None, facts: Facts
    ) -> str:
        """Point an alias at a version; return what was written.

        Raises
        ------
        RegistryError
            When the alias no longer names what is `expected` (None: nothing), or cannot be written.
        """
