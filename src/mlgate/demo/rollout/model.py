"""A small model server, in the standard library: `python -m mlgate.demo.rollout.model FOLDER STABLE CANARY`.

It serves both versions, each on its port, as MLServer and Triton do: what the machine is busy with delays both
alike. The files `stable` and `canary` of the folder name the versions, and are read for each answer.

Every version answers as a logistic model of two numbers would, after the time that a model takes, and
fails where a number is missing. `slow` takes longer for each answer; `wrong` does not know a country.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

_TYPICAL: Final = 0.012
"""Seconds that half of the answers take at most."""
_SPREAD: Final = 0.4


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model; `slower` in seconds."""

    weights: tuple[float, float]
    slower: float = 0.0
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
    "slow": Version((0.55, 0.68), slower=0.03),
    "wrong": Version((0.55, 0.68), unknown="NO"),
    "good": Version((0.55, 0.68)),
}


async def answer(name: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    random_times = random.Random(id(writer))  # noqa: S311 -- how long an answer takes
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            version = VERSIONS[name.read_text(encoding="utf-8")]
            row = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
            took = random_times.lognormvariate(math.log(_TYPICAL), _SPREAD)
            await asyncio.sleep(version.slower + took)
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


async def serve(folder: Path, ports: dict[str, int]) -> None:
    """Serve until the process ends."""
    for arm, port in ports.items():
        await asyncio.start_server(partial(answer, folder / arm), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), {"stable": int(sys.argv[2]), "canary": int(sys.argv[3])}))
