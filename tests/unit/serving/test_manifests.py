"""Manifests against the schemas of their CRDs: KServe's and Argo's, trimmed to what is written.

Seldon Core 2 is under a licence that its schema cannot be copied by; its Model is held to what was checked by
hand against operator/config/crd/bases/mlops.seldon.io_models.yaml at 7b77f8b7.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from mlgate.serving.manifests import KINDS, ManifestFacts, as_yaml, documents

CRDS = Path(__file__).parent / "crds"
FACTS = ManifestFacts(
    "churn", "models", "model.onnx", "a" * 64, "b" * 40, "s3://models/churn", "churn:1", 2
)


def strict(node: Any) -> Any:
    """Refuse fields that a schema does not name, as `kubectl apply --validate=strict` does."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: strict(value) for name, value in node.items()}
    if isinstance(node.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made


def problems(document: dict[str, Any]) -> list[str]:
    crd = json.loads((CRDS / f"{document['kind']}.json").read_text())
    assert document["apiVersion"] == f"{crd['group']}/{crd['version']}"
    validator = jsonschema.Draft202012Validator(strict(crd["schema"]))
    return [error.message for error in validator.iter_errors(document)]


def of_kind(kind: str) -> dict[str, Any]:
    made = [each for target in KINDS for each in documents(target, FACTS)]
    return next(each for each in made if each["kind"] == kind)


@pytest.mark.parametrize("kind", ["InferenceService", "Rollout", "AnalysisTemplate"])
def test_objects_are_as_their_crds_say(kind):
    assert problems(of_kind(kind)) == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("InferenceService", ("spec", "predictor", "canaryTrafficPercent"), "none"),
        ("InferenceService", ("spec", "predictor", "model", "storageUrl"), "s3://m"),
        ("Rollout", ("spec", "strategy", "blueGreen", "previewServices"), "churn"),
        ("AnalysisTemplate", ("spec", "metrics"), [{"name": "mlgate"}]),
    ],
)
def test_the_schemas_find_what_is_wrong(kind, path, value):
    wrong = copy.deepcopy(of_kind(kind))
    place = wrong
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert problems(wrong)


def test_a_new_version_has_no_traffic_and_says_what_was_verified():
    service = of_kind("InferenceService")
    assert service["spec"]["predictor"]["canaryTrafficPercent"] == 0
    assert service["metadata"]["annotations"]["mlgate/sha256"] == FACTS.sha256
    rollout = of_kind("Rollout")["spec"]["strategy"]["blueGreen"]
    analysis = of_kind("AnalysisTemplate")
    assert rollout["prePromotionAnalysis"]["templates"] == [
        {"templateName": analysis["metadata"]["name"]}
    ]
    job = analysis["spec"]["metrics"][0]["provider"]["job"]["spec"]
    command = job["template"]["spec"]["containers"][0]["command"]
    assert command[-2:] == ["--at", f"http://{rollout['previewService']}.models"]
    assert of_kind("Model") == {
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Model",
        "metadata": {
            "name": f"churn-{'a' * 12}",
            "namespace": "models",
            "annotations": {"mlgate/sha256": "a" * 64, "mlgate/commit": "b" * 40},
        },
        "spec": {"storageUri": "s3://models/churn", "requirements": ["onnx"], "replicas": 2},
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_holds_the_objects_in_their_order(kind):
    made = documents(kind, FACTS)
    text = as_yaml(made)
    assert list(YAML(typ="safe").load_all(text)) == made
    assert text.startswith("apiVersion: ")
