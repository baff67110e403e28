"""Load with a rate of arrivals that does not wait for answers (open loop).

A closed loop sends the next request when the last is answered, and so sends few while the server is slow:
what it measures is too good. Here each request has its time in advance, and waiting for a free connection
counts as latency.
"""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.serving.client import EndpointError, ModelClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

CONNECTIONS: Final = 128
"""As many requests are under way at most; more wait, and their waiting counts."""


@dataclass(frozen=True, slots=True)
class TimedRequest:
    """How long a request took, in seconds since it was due, and why it failed if it did."""

    seconds: float
    failure: str | None = None


def arrivals(rate: float, count: int, seed: int) -> NDArray[np.float64]:
    """Return times of arrival in seconds, of a Poisson process: as those of many independent clients."""
    import numpy as np

    return np.cumsum(np.random.default_rng(seed).exponential(1 / rate, count))


def play(
    address: str, model: str, bodies: Sequence[bytes], due: NDArray[np.float64], timeout: float
) -> list[TimedRequest]:
    """Send a request at each time, with one body after the other; return how each went."""
    own = threading.local()
    clients: list[ModelClient] = []

    def send(body: bytes, at: float) -> TimedRequest:
        if not hasattr(own, "client"):
            own.client = ModelClient(address, model, timeout)
            clients.append(own.client)
        try:
            own.client.infer(body)
        except EndpointError as error:
            return TimedRequest(time.perf_counter() - at, str(error))
        return TimedRequest(time.perf_counter() - at)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        begun = time.perf_counter()
        sent = []
        for body, at in zip(itertools.cycle(bodies), due.tolist(), strict=False):
            time.sleep(max(begun + at - time.perf_counter(), 0))
            sent.append(pool.submit(send, body, begun + at))
        timed = [each.result() for each in sent]
    for client in clients:
        client.close()
    return timed
