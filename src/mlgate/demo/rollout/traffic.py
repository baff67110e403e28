"""Clients that ask, wait for the answer, and ask again: `python -m mlgate.demo.rollout.traffic PORT SECONDS`.

A closed loop: on a busy machine they ask less often, and nobody queues up. Between an answer and the next
request are so many seconds. On SIGTERM they have their last requests answered, and how many had which status
is printed.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS: Final = 16
COUNTRIES: Final = ("DE", "FR", "IT", "ES", "PL", "NL", "SE", "CZ", "PT", "GR", "NO", "DK")
_MISSING: Final = 0.06
"""The share of requests that lack a number, which every version of the model fails on."""
_TIMEOUT: Final = 20.0
LOST: Final = 0
"""In place of a status: a request without an answer."""


def paths(seed: int) -> Iterator[str]:
    """Yield requests."""
    rows = random.Random(seed)  # noqa: S311 -- made-up clients
    while True:
        hours = "" if rows.random() < _MISSING else f"{rows.gauss(40, 10):.0f}"
        yield f"/predict?age={rows.gauss(40, 12):.0f}&hours={hours}&country={rows.choice(COUNTRIES)}"


async def _client(
    port: int, pause: float, seed: int, answered: Counter[int], over: asyncio.Event
) -> None:
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for path in paths(seed):
        if over.is_set():
            break
        try:
            async with asyncio.timeout(_TIMEOUT):
                streams = streams or await asyncio.open_connection("127.0.0.1", port)
                status, closes = await _answer(*streams, path)
                answered[status] += 1
                if closes:
                    streams[1].close()
                    streams = None
        except (OSError, EOFError, ValueError):  # a TimeoutError is an OSError
            answered[LOST] += 1
            streams = None
        await asyncio.sleep(pause)
    if streams is not None:
        streams[1].close()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
) -> tuple[int, bool]:
    """Return the status, and whether the connection ends."""
    writer.write(f"GET {path} HTTP/1.1\r\nhost: model\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(
        int(line.partition(":")[2])
        for line in head.splitlines()
        if line.startswith("content-length:")
    )
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1]), "connection: close" in head


async def main(port: int, pause: float) -> None:
    """Ask until SIGTERM, and print the counts."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    answered: Counter[int] = Counter()
    clients = (_client(port, pause, seed, answered, over) for seed in range(CLIENTS))
    await asyncio.gather(*clients)
    print(json.dumps(answered), flush=True)  # noqa: T201 -- to the demo, which started it


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
