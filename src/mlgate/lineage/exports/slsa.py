"""How the model was trained, as SLSA provenance v1: https://slsa.dev/spec/v1.2/provenance.

It describes; it is worth what its signature is worth. Only a builder that the training cannot
influence reaches a level above 1, which no record that the same job writes can claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.lineage.exports import Export
from mlgate.lineage.in_toto import digest_set, git_digest, statement
from mlgate.model.project import DOCS, URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.lineage.exports import Origin
    from mlgate.model.lineage import Lineage

PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = f"{DOCS}/lineage.md#slsa"


def render(origin: Origin, earlier: str | None) -> str:  # noqa: ARG001
    """Return the provenance of a model's files; raises `DataError` where nothing names them."""
    record = origin.record
    external = {
        "command": record.command,
        "parameters": record.parameters,
        "seeds": record.seeds,
        "model": record.name,
    }
    where = record.environment
    platform = {} if where is None else where.model_dump(mode="json", exclude={"packages"})
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {name: value for name, value in external.items() if value},
            "internalParameters": {"environment": platform} if platform else {},
            "resolvedDependencies": list(_dependencies(record, origin.repository)),
        },
        "runDetails": {
            "builder": {"id": URL, "version": {"mlgate": record.tool}},
            "metadata": {
                "startedOn": record.started,
                **({} if record.finished is None else {"finishedOn": record.finished}),
            },
        },
    }
    return statement(record, PREDICATE, predicate)


def _dependencies(record: Lineage, repository: str | None) -> Iterator[dict[str, Any]]:
    if record.commit is not None:
        place = {} if repository is None else {"uri": f"git+{repository}@{record.commit}"}
        dirty = {"annotations": {"uncommittedChanges": True}} if record.dirty else {}
        yield {"name": "source", **place, "digest": git_digest(record), **dirty}
    for path, digest in record.inputs.items():
        yield {"name": path, "digest": digest_set(digest)}
    if record.environment is not None:
        for name, version in sorted(record.environment.packages.items()):
            yield {"uri": f"pkg:pypi/{name}@{version}"}


EXPORT: Final = Export("provenance.slsa.json", render)
