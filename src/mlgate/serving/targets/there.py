"""A version that somebody else has started already: in a cluster, or on another host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThereTarget:
    """Starts and stops nothing."""

    address: str

    @property
    def pid(self) -> None:
        """Somebody else started it."""

    def problems(self) -> list[str]:
        """Return nothing: it runs."""
        return []

    def running(self) -> str | None:
        """Return nothing: it is not known which other version there is."""
        return None

    def start(self) -> str:
        """Return its address."""
        return self.address

    def stop(self) -> None:
        """Leave it to whoever started it."""
