"""Kubernetes objects that start a version without traffic: one module for each kind of target.

They are written as files, for `kubectl apply` or a repository that a cluster follows; nothing here talks to
a cluster. `mlgate deploy MODEL --at URL` then judges what runs there.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = ("argo-rollouts", "kserve", "seldon")
"""Targets that are manifests."""


@dataclass(frozen=True, slots=True)
class ManifestFacts:
    """What the objects say of the model.

    Attributes
    ----------
    name, namespace
        Of the objects.
    model
        The file to deploy, as the analysis of Argo Rollouts names it.
    storage
        Where the cluster finds the model.
    image
        Of a container that serves it at port 8080, with this repository in /repo.
    """

    name: str
    namespace: str
    model: str
    sha256: str
    commit: str
    storage: str = ""
    image: str = ""
    replicas: int = 1

    def metadata(self, name: str | None = None, **annotations: str) -> dict[str, Any]:
        """Return an object's metadata, which say what was verified."""
        verified = {"mlgate/sha256": self.sha256, "mlgate/commit": self.commit}
        return {
            "name": name or self.name,
            "namespace": self.namespace,
            "annotations": {**verified, **annotations},
        }


def documents(kind: str, facts: ManifestFacts) -> list[dict[str, Any]]:
    """Return the objects of a kind of target."""
    module = importlib.import_module(f"{__name__}.{kind.replace('-', '_')}")
    made: list[dict[str, Any]] = module.documents(facts)
    return made


def as_yaml(objects: list[dict[str, Any]]) -> str:
    """Return the objects as one file."""
    import io

    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096  # no text is broken
    written = io.StringIO()
    yaml.dump_all(objects, written)
    return written.getvalue()
