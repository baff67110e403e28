"""What a reader knows of its tool's files, where mlgate.yaml does not say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlgate.errors import UsageError
from mlgate.readers import parse

if TYPE_CHECKING:
    from collections.abc import Mapping


def merged(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration's data with the keys that its reader sets."""
    complete: dict[str, Any] = dict(data)
    for path, value in chosen(data).items():
        *above, key = path.split(".")
        section = complete
        for part in above:
            section[part] = dict(section.get(part) or {})
            section = section[part]
        section[key] = value
    return complete


def chosen(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that a reader sets and the data leave out, by their dotted paths."""
    section = data.get("predictions")
    setting = section.get("from") if isinstance(section, dict) else None
    if not isinstance(section, dict) or not isinstance(setting, str):
        return {}
    try:
        reader, _ = parse(setting)
    except UsageError:  # the types' check reports it
        return {}
    task = data.get("task", "multiclass" if "label" in section else "scores")
    defaults: dict[str, Any] = {"task": "scores"} if "task" not in data and task == "scores" else {}
    for path, value in reader.defaults().items():
        if _lacks(section, path) and (task == "scores" or not path.startswith("errors.")):
            defaults[f"predictions.{path}"] = value
    return defaults


def _lacks(section: Mapping[str, Any], path: str) -> bool:
    """Whether a section leaves a key out; one whose parent is no section has it."""
    above, _, key = path.rpartition(".")
    inner = section.get(above, {}) if above else section
    return isinstance(inner, dict) and key not in inner
