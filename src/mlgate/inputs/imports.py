"""Results of other tools: which tool wrote a file, and what it says.

{"metrics": [{"metric_name", "config", "value"}], "tests": […]}      Evidently 0.7
{"version", "metrics": [{"metric", "result"}]}, {"version", "tests"}  Evidently to 0.6
{"name", "results": [{"check", "value", "conditions_results"}]}      Deepchecks, a suite
{"check", "header", "value", "conditions_results"}                   Deepchecks, one check
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.inputs import deepchecks, evidently
from mlgate.inputs.paths import refuse_pointer, resolve, shown
from mlgate.model.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.inputs.foreign import Found
    from mlgate.inputs.paths import Freshness
    from mlgate.model.imported import Tool

MOST: Final = 500
"""More numbers than these are kept of no file: a confusion matrix of many classes has thousands."""
_READERS: Final[tuple[tuple[Tool, Callable[[Any], Found | None]], ...]] = (
    ("Evidently", evidently.read),
    ("Deepchecks", deepchecks.read),
)
_KNOWN: Final = (
    "known are Evidently's Report.run(…).save_json(…), Report.save_json and TestSuite.save_json, "
    "and Deepchecks' SuiteResult.to_json() and CheckResult.to_json()"
)


def read(
    setting: str, key: str, root: Path, fresh: Freshness, *, top: Path
) -> tuple[Path, Imported]:
    """Read one file.

    Parameters
    ----------
    setting, key
        The path as configured, and the configuration's key for messages.

    Raises
    ------
    DataError
        For a file that is missing, empty, a pointer, no JSON, or of no known tool.
    """
    paths = resolve(setting, root, key=key, top=top)
    if len(paths) > 1:
        msg = f"{key}: {setting} matches {len(paths)} files"
        raise DataError(msg, hint="name each of them")
    path, name = paths[0], shown(paths[0], root)
    content = _json(path, name, key, root)
    for tool, reader in _READERS:
        try:
            collected = reader(content)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            msg = f"{key}: {name} looks like a result of {tool}, but {_why(error)}"
            raise DataError(msg, hint=_KNOWN) from None
        if collected is not None:
            return path, _imported(tool, name, collected, older=fresh.older(path))
    raise DataError(f"{key}: {name} is no result of a tool that is known: {_keys(content)}", hint=_KNOWN)  # fmt: skip


def _imported(tool: Tool, name: str, collected: Found, *, older: bool) -> Imported:
    kept = dict(list(collected.numbers.items())[:MOST])
    return Imported(
        tool=tool,
        path=name,
        version=collected.version,
        created=collected.created,
        tests=tuple(collected.tests),
        numbers=kept,
        left_out=len(collected.numbers) - len(kept),
        older=older,
    )


def _json(path: Path, name: str, key: str, root: Path) -> Any:
    content = path.read_bytes()
    refuse_pointer(path, content[:512], root)
    if not content.strip():
        raise DataError(f"{key}: {name} is empty", hint="did the tool fail before it wrote it?")
    try:
        parsed = json.loads(content)
        if isinstance(parsed, str):  # what to_json() gives, written by json.dump
            parsed = json.loads(parsed)
    except (ValueError, RecursionError) as error:
        hint = (
            "an HTML report holds no numbers: write JSON" if content.lstrip()[:1] == b"<" else None
        )
        raise DataError(f"{key}: {name} is not JSON: {error}", hint=hint or _KNOWN) from None
    return parsed


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"an entry has no {error.args[0]!r}"
    return f"its form is another: {error}"


def _keys(content: Any) -> str:
    if not isinstance(content, dict):
        return f"it holds {'a list' if isinstance(content, list) else 'one value'}"
    listed = ", ".join(map(str, list(content)[:8]))
    return f"its keys are {listed}" if listed else "it is empty"
