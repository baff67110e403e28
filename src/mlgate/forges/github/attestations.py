"""Attestations that `actions/attest` stored for this repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import Permission
from mlgate.forges.github.fields import Fields

if TYPE_CHECKING:
    from mlgate.forges.github.client import Client

_READ: Final = Permission("attestations", "read")


@dataclass(frozen=True, slots=True)
class GitHubAttestations:
    """`Attestations` of GitHub."""

    client: Client

    def of(self, sha256: str) -> tuple[bytes, ...]:
        """Return the bundles about a file; the first 100 are plenty."""
        path = f"attestations/sha256:{sha256}"
        answer = self.client.get(path, "read attestations", _READ, per_page=100) or {}
        listed = Fields(answer).array("attestations")
        bundles = [Fields(attestation).data.get("bundle") for attestation in listed]
        return tuple(json.dumps(bundle).encode() for bundle in bundles if bundle)
