"""What is compared: records without times and prose, and the prose beside them."""

from __future__ import annotations

import fnmatch
import importlib.metadata
import json
import math
import platform
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TIMES = {"created", "started", "finished", "tool", "time", "started_at"}
"""Keys that hold a time or our version."""
MACHINE = {"resources", "environment", "log_tail", "python", "seeds", "withheld"}
"""Keys that say where a training ran."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00| UTC)?)?")
_LONG = re.compile(r"(?<![\d.])\d+(\.\d+)? (ms|s|min|h)(?![a-z])|\d+(\.\d+)? (CPU|GB|MB|GiB|MiB)")


def machine() -> dict[str, str]:
    """Where numbers are expected to be equal to the last digit."""
    versions = {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "duckdb")}
    cpu = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", cpu.read_text()) if cpu.is_file() else None
    return {"cpu": found.group(1) if found else "", "platform": platform.machine(), **versions}


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def dump(path: Path, data: Any, *, indent: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(data, ensure_ascii=False, separators=separators, indent=indent)
    path.write_text(text + "\n", encoding="utf-8")


def directory(folder: Path) -> dict[str, Any]:
    """The JSON files of a run directory, parsed."""
    return {
        path.relative_to(folder).as_posix(): load(path)
        for path in sorted([*folder.glob("*.json"), *folder.glob("evidence/**/*.json")])
    }


def unpack(files: dict[str, Any], folder: Path) -> None:
    """Write a run directory again."""
    for name, data in files.items():
        dump(folder / name, data)


def split(data: Any, path: str = "") -> tuple[Any, dict[str, str]]:
    """A record without times, and its sentences by path: strings with a blank in them.

    What stands where a sentence was is `"…"`, so that it must still be one.
    """
    texts: dict[str, str] = {}

    def walk(value: Any, at: str, key: str) -> Any:
        if key in TIMES:
            return None if value is None else "(time)"
        if key in MACHINE:
            return "(machine)"
        if key.endswith(".parquet") and isinstance(value, str):
            return "(digest)"
        if isinstance(value, dict):
            return {name: walk(one, f"{at}.{name}", name) for name, one in value.items()}
        if isinstance(value, list):
            return [walk(one, f"{at}[{number}]", "") for number, one in enumerate(value)]
        if isinstance(value, str) and " " in value:
            texts[at] = plain_text(value)
            return "…"
        return value

    return walk(data, path, ""), texts


def plain_text(text: str) -> str:
    """A text without times."""
    return _TIME.sub("(time)", text)


def report(text: str) -> str:
    """A report without times and durations."""
    return _LONG.sub("(how much)", plain_text(text))


def differences(
    old: Any, new: Any, *, exact: bool = True, allowed: tuple[str, ...] = (), at: str = ""
) -> list[str]:
    """Where two records differ; what is new and `allowed` (patterns of paths) does not count.

    Nor does a schema of which the old one is an alternative, where that is allowed.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        if old in new.get("anyOf", ()) and any(fnmatch.fnmatch(at, p) for p in allowed):
            return []
        found = [f"{at}.{name}: gone" for name in old if name not in new]
        for name, value in new.items():
            path = f"{at}.{name}"
            if name in old:
                found += differences(old[name], value, exact=exact, allowed=allowed, at=path)
            elif not any(fnmatch.fnmatch(path, pattern) for pattern in allowed):
                found.append(f"{path}: new ({json.dumps(value)[:80]})")
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line
            for number, (one, other) in enumerate(zip(old, new, strict=True))
            for line in differences(one, other, exact=exact, allowed=allowed, at=f"{at}[{number}]")
        ]
    return [] if _equal(old, new, exact=exact) else [f"{at}: {_short(old)} → {_short(new)}"]


def _equal(old: Any, new: Any, *, exact: bool) -> bool:
    numbers = [isinstance(one, int | float) and not isinstance(one, bool) for one in (old, new)]
    if all(numbers) and not exact:
        return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)
    return old == new and (all(numbers) or type(old) is type(new))


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:120]


def allowed() -> tuple[str, ...]:
    """The paths of new optional fields, one a line of new_fields.txt."""
    lines = (HERE / "new_fields.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in map(str.strip, lines) if line and not line.startswith("#"))


# --- schemas, without names, titles and descriptions


def structure(schema: dict[str, Any]) -> Any:
    """A schema in which every `$ref` is what it refers to; what refers to itself says how far up."""
    definitions = schema.get("$defs", {})

    def walk(value: Any, above: tuple[str, ...], *, named: bool) -> Any:
        if isinstance(value, list):
            return [walk(one, above, named=False) for one in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref") if not named else None
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            if name in above:
                return {"$up": len(above) - above.index(name)}
            rest = {key: one for key, one in value.items() if key != "$ref"}
            return walk({**definitions[name], **rest}, (*above, name), named=False)
        return {
            key: walk(one, above, named=key in _NAMED and not named)
            for key, one in value.items()
            if named or key not in _DROPPED
        }

    return _cases(walk(schema, (), named=False))


def _cases(schema: Any) -> Any:
    """`if … then … else if …` by what `check` is: in which order they are asked says nothing."""
    cases = {}
    while isinstance(schema, dict) and "check" in schema.get("if", {}).get("properties", {}):
        check = schema["if"]["properties"]["check"]["const"]
        cases[check] = schema["then"]
        schema = schema["else"]
    return {"cases": cases, "else": schema}


_DROPPED = {"$defs", "title", "description", "$id", "$comment", "discriminator"}
_NAMED = {"properties", "patternProperties"}
"""Keys whose keys are names of the user, never words of JSON Schema."""
