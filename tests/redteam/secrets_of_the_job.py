"""The secrets that a job holds, and where they are looked for."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TOKEN = "ghs_RedTeam0fTheSingleJob/42+7"
READ_TOKEN = "ghs_RedTeam0fTheFork/42+7"
CLOUD = "cl0ud/Key+OfTheRedTeam&7"
TRACKING = "trackingK3yOfTheRedTeam/9"
DATABASE = "pa55word+OfTheRedTeam"
SERVICE = "serv1ceK3yOfTheRedTeam/5"
OUTSIDE_FILE = "first-line-of-a-file/outside+the-repository"

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": CLOUD,
    "WANDB_API_KEY": TRACKING,
    "DATABASE_URL": f"postgresql://model:{DATABASE}@db.example.invalid/rows",
    "WAREHOUSE": base64.b64encode(f'{{"private_key": "{SERVICE}"}}'.encode()).decode(),
}
"""Secrets of a job's `env:`, beside the token."""
_LARGEST = 5_000_000
_BEFORE = (b"", b"x", b"xx", b"x-access-token:")
_ENCODERS = (base64.b64encode, base64.urlsafe_b64encode)


def _percent(secret: str) -> Iterator[str]:
    for quoted in (urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret, safe="")):
        yield from (quoted, re.sub("%..", lambda match: match[0].lower(), quoted))
        yield urllib.parse.quote(quoted, safe="")


def _json(secret: str) -> Iterator[str]:
    for escaped in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield from (escaped, escaped.replace("/", "\\/"), json.dumps(escaped)[1:-1])


def _middles(secret: str) -> Iterator[str]:
    for before in _BEFORE:
        for encode in _ENCODERS:
            encoded = encode(before + secret.encode())
            skipped = -(-len(before) * 4 // 3)
            yield encoded[skipped : len(encoded) - 4].decode()


BASE64 = "base64, standard and URL-safe, at the beginning of a text and at three places within one"
SPELLINGS: dict[str, Callable[[str], Iterable[str]]] = {
    "as it is": lambda secret: (secret,),
    "percent-encoded, as a path and as a form, in capitals and small letters, and twice over": _percent,
    "JSON, with and without `\\u…` and `\\/`, and twice over": _json,
    "HTML": lambda secret: (html.escape(secret),),
    "Python's `repr` and `ascii`": lambda secret: (repr(secret)[1:-1], ascii(secret)[1:-1]),
    BASE64: _middles,
}
"""How a secret may be written, in words, and what it looks like then."""


def spellings(secret: str) -> Iterator[str]:
    """Yield a secret in every spelling."""
    for spelled in SPELLINGS.values():
        yield from spelled(secret)


def base64_texts(secret: str) -> Iterator[str]:
    """Longer texts in base64 that hold a secret, of which `spellings` has the middle."""
    for before in _BEFORE:
        for after in (b"", b"y", b"yy"):
            for encode in _ENCODERS:
                encoded = encode(before + secret.encode() + after).decode()
                yield from (encoded, encoded.rstrip("="))


ALL = {
    spelling: secret
    for secret in (TOKEN, READ_TOKEN, CLOUD, TRACKING, DATABASE, SERVICE, OUTSIDE_FILE)
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
