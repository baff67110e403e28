"""The secrets that a job holds, and where they are looked for."""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "ghs_RedTeam0fTheSingleJob/42+7"
READ_TOKEN = "ghs_RedTeam0fTheFork/42+7"
CLOUD = "cl0ud/Key+OfTheRedTeam&7"
TRACKING = "trackingK3yOfTheRedTeam/9"
DATABASE = "pa55word+OfTheRedTeam"
OUTSIDE_FILE = "first-line-of-a-file/outside+the-repository"

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": CLOUD,
    "WANDB_API_KEY": TRACKING,
    "DATABASE_URL": f"postgresql://model:{DATABASE}@db.example.invalid/rows",
}
"""Secrets of a job's `env:`, beside the token."""
_LARGEST = 5_000_000


def spellings(secret: str) -> Iterator[str]:
    """A secret as it may be written: as it is, quoted for a URL or JSON, in base64."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    for before in (b"", b"x", b"xx", b"x-access-token:"):
        encoded = base64.b64encode(before + secret.encode())
        skipped = -(-len(before) * 4 // 3)
        yield encoded[skipped : len(encoded) - 4].decode()


ALL = {
    spelling: secret
    for secret in (TOKEN, READ_TOKEN, CLOUD, TRACKING, DATABASE, OUTSIDE_FILE)
    for spelling in spellings(secret)
}


def leaks(where: str, text: str) -> Iterator[str]:
    """Yield which secrets a text holds."""
    for secret in sorted({secret for spelling, secret in ALL.items() if spelling in text}):
        yield f"{secret[:12]}… in {where}"


def leaks_in_files(folder: Path) -> Iterator[str]:
    """Yield which secrets stand in a folder: names, contents, git's configuration among them."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield from leaks("the name of a file", name)
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
            yield from leaks(name, path.read_bytes().decode("utf-8", "replace"))
