"""The model with its card, data and packages, as a CycloneDX 1.6 bill of materials.

https://cyclonedx.org/docs/1.6/json/#components_items_modelCard
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from mlgate.lineage.exports import Export
from mlgate.model.base import digest
from mlgate.model.evidence import CompareEvidence
from mlgate.model.project import URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.lineage.exports import Origin
    from mlgate.model.evidence import Evidence, Measurement
    from mlgate.model.lineage import Lineage

_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, URL)
_ALGORITHMS: Final = {"sha256": "SHA-256", "md5": "MD5"}
_TASKS: Final = {
    "binary": "classification",
    "multiclass": "classification",
    "regression": "regression",
}


def render(origin: Origin, earlier: str | None) -> str:  # noqa: ARG001
    """Return the bill of materials; that of the same record is the same to the byte."""
    record = origin.record
    datasets = list(_datasets(record))
    packages = list(_packages(record))
    model = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": record.name,
        **({} if record.commit is None else {"version": record.commit}),
        "modelCard": _card(origin, [dataset["bom-ref"] for dataset in datasets]),
        "components": [
            {
                "type": "file",
                "name": artifact.path,
                "hashes": [{"alg": "SHA-256", "content": artifact.sha256}],
            }
            for artifact in record.artifacts
        ],
    }
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, digest(record.model_dump(mode='json')))}",
        "version": 1,
        "metadata": {
            "timestamp": record.finished or record.started,
            "tools": {
                "components": [{"type": "application", "name": "mlgate", "version": record.tool}]
            },
            "component": model,
        },
        "components": [*datasets, *packages],
        "dependencies": [
            {
                "ref": "model",
                "dependsOn": [component["bom-ref"] for component in (*datasets, *packages)],
            }
        ],
    }
    return json.dumps(bom, indent=1, ensure_ascii=False) + "\n"


def _card(origin: Origin, datasets: list[str]) -> dict[str, Any]:
    compare = origin.evidence.get("compare")
    task = compare.task if isinstance(compare, CompareEvidence) else None
    parameters: dict[str, Any] = {"datasets": [{"ref": ref} for ref in datasets]}
    if task in _TASKS:
        parameters = {"approach": {"type": "supervised"}, "task": _TASKS[task], **parameters}
    return {
        "modelParameters": parameters,
        "quantitativeAnalysis": {"performanceMetrics": list(_metrics(origin.evidence))},
        "properties": [
            {"name": f"mlgate:parameter:{name}", "value": value}
            for name, value in origin.record.parameters.items()
        ],
    }


def _metrics(evidence: Mapping[str, Evidence]) -> Iterator[dict[str, Any]]:
    for check, each in sorted(evidence.items()):
        for name, measured in each.metrics.items():
            if measured.value is not None and not measured.undefined:
                yield _metric(name if check == "compare" else f"{check}.{name}", measured)


def _metric(name: str, measured: Measurement) -> dict[str, Any]:
    lower, upper = measured.interval
    bounds = {"lowerBound": lower, "upperBound": upper}
    interval = {end: repr(value) for end, value in bounds.items() if value is not None}
    metric = {"type": name, "value": repr(measured.value)}
    return {**metric, "confidenceInterval": interval} if interval else metric


def _datasets(record: Lineage) -> Iterator[dict[str, Any]]:
    """Yield the files that the training and the checks read, where their digest is one of a file."""
    for path, value in {**record.measured, **record.inputs}.items():
        algorithm, _, content = value.partition(":")
        if algorithm in _ALGORITHMS and not content.endswith(".dir"):
            named: dict[str, Any] = {
                "hashes": [{"alg": _ALGORITHMS[algorithm], "content": content}]
            }
        else:
            named = {"properties": [{"name": "mlgate:digest", "value": value}]}
        yield {"type": "data", "bom-ref": f"data:{path}", "name": path, **named}


def _packages(record: Lineage) -> Iterator[dict[str, Any]]:
    packages = {} if record.environment is None else record.environment.packages
    for name, version in sorted(packages.items()):
        purl = f"pkg:pypi/{name}@{version}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


EXPORT: Final = Export("bom.cdx.json", render)
