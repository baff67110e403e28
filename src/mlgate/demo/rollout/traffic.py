"""Requests at a steady rate, on connections that stay open, counted as the client sees them."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS: Final = 16
COUNTRIES: Final = ("DE", "FR", "IT", "ES", "PL", "NL", "SE", "CZ", "PT", "GR", "NO", "DK")
_MISSING: Final = 0.03
"""The share of requests that lack a number, which every version of the model fails on."""
_TIMEOUT: Final = 10.0


def paths(seed: int) -> Iterator[str]:
    """Yield requests."""
    rows = random.Random(seed)  # noqa: S311 -- made-up clients
    while True:
        hours = "" if rows.random() < _MISSING else f"{rows.gauss(40, 10):.0f}"
        yield f"/predict?age={rows.gauss(40, 12):.0f}&hours={hours}&country={rows.choice(COUNTRIES)}"


@dataclass(slots=True)
class Traffic:
    """Asks a port so many times a second, from a thread of its own, while it is entered.

    `answered` counts by status; `lost` are requests without an answer.
    """

    port: int
    per_second: float
    answered: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    _thread: threading.Thread = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Have every request that was sent answered, and end."""
        self._over.set()
        self._thread.join()

    async def _run(self) -> None:
        await asyncio.gather(*(self._client(seed) for seed in range(CONNECTIONS)))

    async def _client(self, seed: int) -> None:
        every = CONNECTIONS / self.per_second
        due = time.monotonic() + every * seed / CONNECTIONS
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for path in paths(seed):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if self._over.is_set():
                break
            # What a busy machine could not send in its time is not made up for in a burst.
            due = max(due + every, time.monotonic())
            try:
                async with asyncio.timeout(_TIMEOUT):
                    streams = streams or await asyncio.open_connection("127.0.0.1", self.port)
                    self.answered[await _ask(*streams, path)] += 1
            except (OSError, EOFError, TimeoutError, ValueError):
                self.lost += 1
                streams = None
        if streams is not None:
            streams[1].close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    writer.write(f"GET {path} HTTP/1.1\r\nhost: model\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(
        int(line.partition(":")[2])
        for line in head.splitlines()
        if line.startswith("content-length:")
    )
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])
