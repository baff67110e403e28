"""What differs between the origins of two models, the likeliest cause first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.model.lineage import Difference, Lineage, LineageDiff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import Environment, TrainEvidence
    from mlgate.model.lineage import Cause

    Traced = Lineage | TrainEvidence
    """Both have what a training read and where it ran."""


def diff(old: Lineage, new: Lineage) -> LineageDiff:
    """Return all facts that differ, in the order of `Cause`: each cause explains those after it."""
    differences = (*_differences(old, new), *_facts("results", _results(old), _results(new)))
    return LineageDiff(old=old.commit, new=new.commit, differences=differences)


def of_trainings(old: TrainEvidence, new: TrainEvidence) -> tuple[Difference, ...]:
    """Return how two trainings differ, apart from their commits and what came out; the same order."""
    return tuple(_differences(old, new))


def _differences(old: Traced, new: Traced) -> Iterator[Difference]:
    yield from _facts("data", old.inputs, new.inputs)
    yield from _facts("parameters", old.parameters, new.parameters)
    yield from _facts("code", _code(old), _code(new))
    yield from _facts("environment", _software(old.environment), _software(new.environment))
    yield from _facts("seeds", old.seeds, new.seeds)
    yield from _facts("hardware", _hardware(old.environment), _hardware(new.environment))


def _facts(cause: Cause, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before != after:
            yield Difference(cause=cause, name=name, old=before, new=after)


def _code(record: Traced) -> dict[str, str]:
    """Return what was run; of a work tree with uncommitted changes, the tree says too little."""
    command = {} if record.command is None else {"command": record.command}
    if not isinstance(record, Lineage) or record.tree is None:
        return command
    changes = " with uncommitted changes" if record.dirty else ""
    return {**command, "tree": f"{record.tree}{changes}"}


def _software(where: Environment | None) -> dict[str, str]:
    if where is None:
        return {}
    return {**where.packages, **({} if where.python is None else {"Python": where.python})}


def _hardware(where: Environment | None) -> dict[str, str]:
    if where is None:
        return {}
    facts = {
        "platform": where.platform,
        "processor": where.cpu,
        "cores": where.cores,
        "memory": where.memory,
        "GPUs": ", ".join(where.gpus),
    }
    return {name: str(value) for name, value in facts.items() if value}


def _results(record: Lineage) -> dict[str, str]:
    artifacts = {artifact.path: f"sha256:{artifact.sha256}" for artifact in record.artifacts}
    return {**record.measured, **artifacts}
