"""Attestations of files, by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, missing
from mlgate.demo.github.routes import REPO, Route

if TYPE_CHECKING:
    from collections.abc import Mapping


def _list(call: Call) -> Answer:
    bundles = call.repo.attestations.get(call.parts["subject_digest"])
    if not bundles:
        raise missing()
    repository = shapes.number_of(call.repo.full_name)
    listed = [{"bundle": bundle, "repository_id": repository} for bundle in bundles]
    return Answer(200, {"attestations": listed})


ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{REPO}/attestations/{{subject_digest}}"): Route(_list, ("attestations:read",)),
}
