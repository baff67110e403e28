"""Where a new version is started beside the running one: one module for each kind."""

from __future__ import annotations

from typing import Protocol


class DeployTarget(Protocol):
    """Starts a version without traffic. Each method raises `EndpointError` where it cannot."""

    @property
    def pid(self) -> int | None:
        """The process that `start` started; None where that is not on this machine."""

    def problems(self) -> list[str]:
        """Return what keeps a version from being started."""

    def running(self) -> str | None:
        """Return the address of the version that has the traffic; None where there is none."""

    def start(self) -> str:
        """Start the new version; return its address once it is ready."""

    def stop(self) -> None:
        """Stop what `start` started; nothing where that is nothing."""
