"""Results of other tools: which tool wrote a file, and what it says.

{"metrics": [{"metric_name", "config", "value"}], "tests": […]}      Evidently 0.7
{"version", "metrics": [{"metric", "result"}]}, {"version", "tests"}  Evidently to 0.6
{"name", "results": [{"check", "value", "conditions_results"}]}      Deepchecks, a suite
{"check", "header", "value", "conditions_results"}                   Deepchecks, one check
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.imported import deepchecks, evidently
from mlgate.errors import DataError
from mlgate.model.imported import Imported
from mlgate.text.json import load
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.checks.imported.reading_parts import ForeignResult
    from mlgate.model.imported import Tool
    from mlgate.model.inputs import InputFile

MOST: Final = 500
"""More numbers than these are kept of no file: a confusion matrix of many classes has thousands."""
_READERS: Final[tuple[tuple[Tool, Callable[[Any], ForeignResult | None]], ...]] = (
    ("Evidently", evidently.read),
    ("Deepchecks", deepchecks.read),
)
_KNOWN: Final = (
    "supported are Evidently's Report.run(…).save_json(…), Report.save_json and TestSuite.save_json, "
    "and Deepchecks' SuiteResult.to_json() and CheckResult.to_json()"
)


def read(file: InputFile, key: str) -> Imported:
    """Read one file; `key` is the configuration's key for messages.

    Raises
    ------
    DataError
        For a file that is empty, no JSON, or of no known tool.
    """
    content = _json(file, key)
    for tool, reader in _READERS:
        try:
            result = reader(content)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            msg = f"{key}: {file.name} looks like a result of {tool}, but {_why(error)}"
            raise DataError(msg, hint=_KNOWN) from None
        if result is not None:
            return _imported(tool, file, result)
    msg = f"{key}: {file.name} is not the result of a supported tool: {_keys(content)}"
    raise DataError(msg, hint=_KNOWN)


def _imported(tool: Tool, file: InputFile, result: ForeignResult) -> Imported:
    kept = dict(list(result.numbers.items())[:MOST])
    return Imported(
        tool=tool,
        path=file.name,
        version=result.version,
        created=result.created,
        tests=tuple(result.tests),
        numbers=kept,
        left_out=len(result.numbers) - len(kept),
        older=file.older,
    )


def _json(file: InputFile, key: str) -> Any:
    content, name = file.content, file.name
    if not content.strip():
        raise DataError(f"{key}: {name} is empty", hint="did the tool fail before it wrote it?")
    try:
        value = load(content)
        if isinstance(value, str):  # what to_json() returns, written by json.dump
            value = load(value)
    except (ValueError, RecursionError) as error:
        hint = (
            "an HTML report holds no numbers: write JSON" if content.lstrip()[:1] == b"<" else None
        )
        raise DataError(f"{key}: {name} is not JSON: {error}", hint=hint or _KNOWN) from None
    return value


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"an entry has no {error.args[0]!r}"
    return f"its structure is unexpected: {error}"


def _keys(content: Any) -> str:
    if not isinstance(content, dict):
        return f"it holds {'a list' if isinstance(content, list) else 'one value'}"
    listed = first_of(map(str, content), 8)
    return f"its keys are {listed}" if listed else "it is empty"
