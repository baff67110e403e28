"""Seldon Core 2: a Model of a name of its own, which nothing asks until an Experiment names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgate.serving.manifests import ManifestFacts


def documents(facts: ManifestFacts) -> list[dict[str, Any]]:
    """Return the Model, called after the first digits of its digest."""
    return [
        {
            "apiVersion": "mlops.seldon.io/v1alpha1",
            "kind": "Model",
            "metadata": facts.metadata(f"{facts.name}-{facts.sha256[:12]}"),
            "spec": {
                "storageUri": facts.storage,
                "requirements": ["onnx"],
                "replicas": facts.replicas,
            },
        }
    ]
