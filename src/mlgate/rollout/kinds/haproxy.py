"""HAProxy by its runtime socket: weights, and each server's counters.

https://docs.haproxy.org/2.8/management.html#9.3. A reload starts a new process, whose counters begin at
0 and whose number is the epoch. What it refuses it says in words.
"""

from __future__ import annotations

import csv
import io
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.model.rollout import ArmCounts, Counts
from mlgate.rollout.protocols import UnreachableError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

_TIMEOUT: Final = 10.0
_WEIGHTS: Final = 200
"""Both weights together: shares are set to half a per cent, and neither is above HAProxy's 256."""
_RESPONSES: Final = ("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other")


@dataclass(frozen=True, slots=True)
class HaproxyRouter:
    """Two servers of one backend."""

    path: str
    backend: str
    stable: str
    canary: str

    def share(self) -> float:
        """Return the canary's part of the weights; raises where a server that has a weight is down."""
        rows = self._rows()
        weights = [float(rows[server]["weight"] or 0) for server in (self.stable, self.canary)]
        for server, weight in zip((self.stable, self.canary), weights, strict=True):
            if weight and not _is_up(rows[server]):
                raise UnreachableError(f"{self.backend}/{server} is {rows[server]['status']}")
        if not sum(weights):
            raise UnreachableError(f"no server of {self.backend} has a weight")
        return weights[1] / sum(weights)

    def route(
        self,
        share: float,
        until: dt.datetime | None,  # noqa: ARG002
        entry: int | None = None,  # noqa: ARG002
    ) -> None:
        """Set both weights, first the one that rises; not all to a server that is down."""
        target = {0.0: self.stable, 1.0: self.canary}.get(share)
        if target is not None and not _is_up(row := self._rows()[target]):
            message = f"{self.backend}/{target} is {row['status']}, and would get all requests"
            raise UnreachableError(message, hint="start it; the next tick tries again")
        canary = round(share * _WEIGHTS)
        for server, weight in sorted(
            ((self.canary, canary), (self.stable, _WEIGHTS - canary)), key=lambda pair: -pair[1]
        ):
            answer = self._ask(f"set server {self.backend}/{server} weight {weight}").strip()
            if answer:
                raise UnreachableError(f"HAProxy refuses the weight of {server}: {answer}")

    def newest(self) -> int:
        """Keep none."""
        return 0

    def counts(self, since: dt.datetime, until: dt.datetime) -> Counts:  # noqa: ARG002
        """Count responses; 5xx and responses that HAProxy could not use have failed."""
        rows = self._rows()
        info = dict(
            line.split(": ", 1) for line in self._ask("show info").splitlines() if ": " in line
        )
        epoch = f"{info.get('Pid')} {info.get('Start_time_sec', '')}".strip()
        return Counts(stable=_arm(rows[self.stable]), canary=_arm(rows[self.canary]), epoch=epoch)

    def _rows(self) -> dict[str, Mapping[str, str]]:
        answer = self._ask(f"show stat {self.backend} 4 -1")
        rows: dict[str, Mapping[str, str]] = {
            row["svname"]: row
            for row in csv.DictReader(io.StringIO(answer.lstrip("# ")))
            if row.get("svname")
        }
        for server in (self.stable, self.canary):
            if server not in rows:
                msg = f"HAProxy has no server {self.backend}/{server}"
                raise UnreachableError(msg, hint="name it under rollout.servers")
        return rows

    def _ask(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_TIMEOUT)
                connection.connect(self.path)
                connection.sendall(f"{command}\n".encode())
                answer = b""
                while part := connection.recv(65_536):
                    answer += part
        except OSError as error:
            msg = f"HAProxy's socket {self.path} does not answer: {error.strerror or error}"
            raise UnreachableError(msg) from None
        return answer.decode("utf-8", "replace")


def _is_up(row: Mapping[str, str]) -> bool:
    return row["status"].startswith(("UP", "no check"))


def _arm(row: Mapping[str, str]) -> ArmCounts:
    broken = int(row.get("eresp") or 0)
    return ArmCounts(
        requests=sum(int(row.get(name) or 0) for name in _RESPONSES) + broken,
        failures=int(row.get("hrsp_5xx") or 0) + broken,
    )
