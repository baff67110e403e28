"""A small model behind HTTP, in the standard library: `python -m mlgate.demo.rollout.model PORT VERSION`.

Every version answers as a logistic model of two numbers would, after the time that a model takes, and
fails where a number is missing. `slow` takes twice as long; `wrong` does not know a country.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

_TYPICAL: Final = 0.006
"""Seconds that half of the answers take at most."""
_SPREAD: Final = 0.4


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model."""

    weights: tuple[float, float]
    slower: float = 1.0
    unknown: str = ""

    def predict(self, row: dict[str, list[str]]) -> float:
        """Return a probability; raises KeyError for what the model does not know."""
        if row["country"] == [self.unknown]:
            raise KeyError(self.unknown)
        age, hours = (float(row[name][0]) for name in ("age", "hours"))
        score = self.weights[0] * (age - 40) / 10 + self.weights[1] * (hours - 40) / 10
        return 1 / (1 + math.exp(-score))


VERSIONS: Final = {
    "stable": Version((0.5, 0.7)),
    "slow": Version((0.55, 0.68), slower=2.0),
    "wrong": Version((0.55, 0.68), unknown="NO"),
    "good": Version((0.55, 0.68)),
}


async def answer(
    version: Version, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection."""
    random_times = random.Random(id(writer))  # noqa: S311 -- how long an answer takes
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            row = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
            await asyncio.sleep(
                version.slower * random_times.lognormvariate(math.log(_TYPICAL), _SPREAD)
            )
            try:
                status, body = "200 OK", json.dumps({"probability": version.predict(row)})
            except (KeyError, ValueError) as error:
                status, body = "500 Internal Server Error", json.dumps({"error": repr(error)})
            writer.write(
                f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n{body}".encode()
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve(port: int, version: Version) -> None:
    """Serve until the process ends."""
    server = await asyncio.start_server(
        lambda reader, writer: answer(version, reader, writer), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), VERSIONS[sys.argv[2]]))
