"""Argo Rollouts: blue/green, where the new version has a preview service until `mlgate deploy` passes.

Its `job` provider takes exit code 0 for success and any other for failure, so that it needs no plugin. A job that
cannot start is inconclusive there, and pauses the rollout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mlgate.serving.manifests import ManifestFacts

_PORT: Final = 8080


def documents(facts: ManifestFacts) -> list[dict[str, Any]]:
    """Return the two services, the analysis and the rollout."""
    active, preview, analysis = (f"{facts.name}-{what}" for what in ("active", "preview", "mlgate"))
    return [
        _service(facts, active),
        _service(facts, preview),
        _analysis(facts, analysis, f"http://{preview}.{facts.namespace}"),
        _rollout(facts, active, preview, analysis),
    ]


def _service(facts: ManifestFacts, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": facts.metadata(name),
        "spec": {
            "selector": {"app": facts.name},
            "ports": [{"port": 80, "targetPort": _PORT}],
        },
    }


def _analysis(facts: ManifestFacts, name: str, address: str) -> dict[str, Any]:
    command = ["mlgate", "deploy", facts.model, "--commit", facts.commit, "--at", address]
    container = {
        "name": "mlgate",
        "image": facts.image,
        "workingDir": "/repo",
        "command": command,
    }
    pod = {"restartPolicy": "Never", "containers": [container]}
    job = {"spec": {"backoffLimit": 0, "template": {"spec": pod}}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": facts.metadata(name),
        "spec": {"metrics": [{"name": "mlgate", "count": 1, "provider": {"job": job}}]},
    }


def _rollout(facts: ManifestFacts, active: str, preview: str, analysis: str) -> dict[str, Any]:
    labels = {"app": facts.name}
    container = {
        "name": "model",
        "image": facts.image,
        "ports": [{"containerPort": _PORT}],
        "readinessProbe": {"httpGet": {"path": "/v2/health/ready", "port": _PORT}},
    }
    blue_green = {
        "activeService": active,
        "previewService": preview,
        "prePromotionAnalysis": {"templates": [{"templateName": analysis}]},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": facts.metadata(),
        "spec": {
            "replicas": facts.replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container]},
            },
            "strategy": {"blueGreen": blue_green},
        },
    }
