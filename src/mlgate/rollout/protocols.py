"""What a rollout needs of its surroundings: something that routes, and something that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from mlgate.errors import ExitCode, MlgateError

if TYPE_CHECKING:
    import datetime as dt

    from mlgate.model.rollout import Counts


class UnreachableError(MlgateError):
    """The router or the source of counts does not answer, or not as it should."""

    exit_code: ClassVar[ExitCode] = ExitCode.FORGE


class Router(Protocol):
    """Sends requests to the stable version and to the canary."""

    def share(self) -> float:
        """Return the canary's share, as the router does it now; raises `UnreachableError`."""

    def route(self, share: float, until: dt.datetime | None, entry: int | None = None) -> None:
        """Set the canary's share; doing it twice is doing it once. Raises `UnreachableError`.

        Parameters
        ----------
        until
            When the share ends by itself if nothing renews it; None where it stays. Routers that
            cannot do that ignore it.
        entry
            The number of the record's newest entry; None leaves what is kept. Likewise.
        """

    def newest(self) -> int:
        """Return the entry that it was last set by, so that a record which was moved back shows.

        0 where a router keeps none.
        """


class RequestSource(Protocol):
    """Counts requests."""

    def counts(self, since: dt.datetime, until: dt.datetime) -> Counts:
        """Return counters, or what was counted between two times; raises `UnreachableError`."""
