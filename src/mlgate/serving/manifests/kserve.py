"""KServe: the new revision of an InferenceService with 0 % of the traffic, at an address of its own.

`canaryTrafficPercent` splits traffic in the mode Knative only. The very first revision gets all of it, since there
is no other. The field goes once the version is promoted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlgate.serving.manifests import ManifestFacts


def documents(facts: ManifestFacts) -> list[dict[str, Any]]:
    """Return the InferenceService."""
    group = "serving.kserve.io"
    annotations = {f"{group}/deploymentMode": "Knative", f"{group}/enable-tag-routing": "true"}
    model = {
        "modelFormat": {"name": "onnx"},
        "protocolVersion": "v2",
        "storageUri": facts.storage,
    }
    predictor = {"canaryTrafficPercent": 0, "minReplicas": facts.replicas, "model": model}
    return [
        {
            "apiVersion": f"{group}/v1beta1",
            "kind": "InferenceService",
            "metadata": facts.metadata(**annotations),
            "spec": {"predictor": predictor},
        }
    ]
