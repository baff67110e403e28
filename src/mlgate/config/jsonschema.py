"""JSON schemas of our files, generated from the models: for editors, and for other tools.

Descriptions are the docstrings of classes and of their attributes.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from mlgate.config.check_section import compose
from mlgate.config.problems import models_in
from mlgate.metrics import METRICS
from mlgate.model.base import Frozen
from mlgate.model.evidence import Evidence
from mlgate.model.policy import PERCENTAGE
from mlgate.model.project import URL
from mlgate.model.run import RunRecord
from mlgate.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal

    from pydantic import BaseModel

    from mlgate.config.check_section import Checks
    from mlgate.metrics.spec import Metric

FOLDER: Final = "schema"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that pydantic derives from names: they add nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def files(checks: Checks, types: Mapping[str, type[Evidence]]) -> dict[str, str]:
    """Return the text of every schema by its path in the repository.

    Parameters
    ----------
    checks
        The sections of mlgate.yaml, by check.
    types
        The types of evidence files, by check.
    """
    schemas = {"evidence": evidence(types), "verdict": verdict(), "run": run()}
    texts = {name: _text(name, schema) for name, schema in schemas.items()}
    return {
        f"{FOLDER}/{name}.schema.json": text
        for name, text in {"mlgate": mlgate_text(checks), **texts}.items()
    }


def mlgate_text(checks: Checks) -> str:
    """Return the schema of mlgate.yaml."""
    return _text("mlgate", mlgate(checks))


def _text(name: str, schema: Schema) -> str:
    head = {"$schema": DIALECT, "$id": f"{URL}/blob/main/{FOLDER}/{name}.schema.json"}
    return json.dumps(head | schema, indent=1, ensure_ascii=False) + "\n"


def mlgate(checks: Checks) -> Schema:
    """Describe mlgate.yaml, as far as a schema can; `parse` also checks keys against each other."""
    schema = _schema([compose(checks)], "validation")
    definitions = schema["$defs"]
    definitions["Margin"] = {
        "description": "In the metric's unit, such as 0.01; or a percentage of the baseline's value, such as 2%.",
        "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": PERCENTAGE}],
    }
    gates = definitions["Config"]["properties"]["gates"]
    rules = gates["additionalProperties"]
    gates["properties"] = {
        name: rules | {"description": _described(metric)} for name, metric in METRICS.items()
    }
    # Every task but `scores` needs labels, and `scores` is the default where a tool wrote the rows.
    scores = {"properties": {"task": {"const": "scores"}}, "required": ["task"]}
    tools = {"properties": {"predictions": {"required": ["from"]}}, "required": ["predictions"]}
    definitions["Config"] |= {
        "if": {"anyOf": [scores, tools]},
        "else": {"properties": {"predictions": {"required": ["label"]}}},
    }
    return _rooted("mlgate.yaml", "Config", schema)


def _described(metric: Metric) -> str:
    better = "" if metric.direction is None else f": {metric.direction} is better"
    return f"{metric.title}{better}."


def evidence(types: Mapping[str, type[Evidence]]) -> Schema:
    """Describe evidence/<check>.json: that of each check, and the form that all share."""
    schema = _schema([*types.values(), Evidence], "validation")
    choice: Schema = _reference(Evidence.__name__)
    for check, model in types.items():
        condition = {"properties": {"check": {"const": check}}, "required": ["check"]}
        choice = {"if": condition, "then": _reference(model.__name__), "else": choice}
    return {"title": "mlgate: evidence/<check>.json", **choice, **schema}


def verdict() -> Schema:
    """Describe verdict.json as it is written."""
    return _rooted("verdict.json", "Verdict", _schema([Verdict], "serialization"))


def run() -> Schema:
    """Describe run.json as it is written."""
    return _rooted("run.json", "RunRecord", _schema([RunRecord], "serialization"))


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _rooted(file: str, name: str, schema: Schema) -> Schema:
    """Put one definition at the top."""
    root: Schema = schema["$defs"].pop(name)
    return {"title": f"mlgate: {file}"} | root | schema


def _schema(models: list[type[Frozen]], mode: Literal["validation", "serialization"]) -> Schema:
    """Return the definitions of models and of all models in them, with descriptions."""
    _, schema = models_json_schema([(m, mode) for m in models], schema_generator=_Untitled)
    by_name = {model.__name__: model for top in models for model in _reachable(top)}
    for name, definition in schema["$defs"].items():
        definition.pop("title", None)
        if name in by_name:
            _describe(definition, by_name[name])
    return {"$defs": schema["$defs"]}


def _reachable(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and all models in it, each once: some hold others of their own type."""
    reached, waiting = {model}, [model]
    while waiting:
        current = waiting.pop()
        yield current
        inner = {m for info in current.model_fields.values() for m in models_in(info.annotation)}
        waiting += inner - reached
        reached |= inner


def _describe(definition: Schema, model: type[BaseModel]) -> None:
    """Add the docstrings of attributes; drop a section's default, which only repeats its keys'."""
    descriptions: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        descriptions |= _attribute_docstrings(owner)
    for key, info in model.model_fields.items():
        member = definition["properties"][info.alias or key]
        if isinstance(member.get("default"), dict):
            del member["default"]
        if key in descriptions:
            member["description"] = descriptions[key]


def _attribute_docstrings(owner: type) -> dict[str, str]:
    """Return the docstring that follows each attribute of a class."""
    if not issubclass(owner, Frozen) or owner is Frozen:
        return {}
    try:
        source = inspect.getsource(owner)
    except OSError:  # composed: its fields carry their descriptions
        return {}
    tree = ast.parse(inspect.cleandoc("\n" + source))
    assert isinstance(tree.body[0], ast.ClassDef)
    body = tree.body[0].body
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
