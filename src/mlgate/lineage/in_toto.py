"""in-toto statements (v1): who claims what about which files.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError

if TYPE_CHECKING:
    from mlgate.model.lineage import Lineage

STATEMENT: Final = "https://in-toto.io/Statement/v1"
_FOLDER: Final = ".dir"
"""How DVC marks the digest of a folder, which is one of a list of files."""


def statement(record: Lineage, predicate_type: str, predicate: dict[str, Any]) -> str:
    """Return a statement about a model's files, as JSON with a final newline."""
    whole = {
        "_type": STATEMENT,
        "subject": _subject(record),
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def digest_set(digest: str) -> dict[str, str]:
    """Return `sha256:…` or `md5:…` as a digest set; DVC's of a folder under a name of its own."""
    algorithm, _, value = digest.partition(":")
    if value.endswith(_FOLDER):
        return {"dvcDirectoryMd5": value.removesuffix(_FOLDER)}
    return {algorithm: value}


def git_digest(record: Lineage) -> dict[str, str]:
    """Return what names the commit, if one was recorded."""
    facts = {"gitCommit": record.commit, "gitTree": record.tree}
    return {name: value for name, value in facts.items() if value is not None}


def _subject(record: Lineage) -> list[dict[str, Any]]:
    """Return the model's files, or where the training named none, the commit.

    Raises
    ------
    DataError
        When there is neither: a statement must be about something.
    """
    if record.artifacts:
        return [
            {"name": artifact.path, "digest": {"sha256": artifact.sha256}}
            for artifact in record.artifacts
        ]
    if record.commit is None:
        msg = f"nothing names the model {record.name}: this run has no commit and no artifacts"
        raise DataError(msg, hint="list the model's files under train.artifacts in mlgate.yaml")
    return [{"name": record.name, "digest": git_digest(record)}]
