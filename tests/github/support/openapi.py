"""Holds requests and answers of the local GitHub against GitHub's published description.

Schemas are compiled once a process; what a schema has accepted it is not asked again.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from graphql import build_schema, execute_sync, parse, validate
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FILE = Path(__file__).parents[1] / "openapi" / "api.github.com.json"
ROOT = "urn:github"


class DriftError(AssertionError):
    """A request that GitHub would not understand, or an answer that it would not give."""


@functools.cache
def description() -> dict[str, Any]:
    return _nullable(json.loads(FILE.read_text(encoding="utf-8")))


def _nullable(value: Any) -> Any:
    """Let null be where GitHub says `nullable` beside `enum` or `oneOf`.

    By the letter of OpenAPI 3.0 it may not be there; GitHub means it, and sends it.
    """
    if isinstance(value, list):
        return [_nullable(one) for one in value]
    if not isinstance(value, dict):
        return value
    value = {key: _nullable(one) for key, one in value.items()}
    if value.get("nullable") is not True:
        return value
    if isinstance(value.get("enum"), list):
        return {**value, "enum": [*value["enum"], None]}
    if "oneOf" in value or "anyOf" in value:
        rest = {key: one for key, one in value.items() if key != "nullable"}
        return {"anyOf": [rest, {"nullable": True, "enum": [None]}]}
    return value


@functools.cache
def _registry() -> Registry:
    return Registry().with_resource(ROOT, Resource(description(), DRAFT4))


@functools.cache
def _validator(where: tuple[str, ...]) -> OAS30Validator:
    pointer = "/".join(one.replace("~", "~0").replace("/", "~1") for one in where)
    schema = {"$ref": f"{ROOT}#/{pointer}"}
    return OAS30Validator(schema, registry=_registry(), format_checker=oas30_format_checker)


@functools.lru_cache(maxsize=20_000)
def _accepted(where: tuple[str, ...], text: str) -> str | None:
    errors = sorted(_validator(where).iter_errors(json.loads(text)), key=lambda e: len(e.path))
    if not errors:
        return None
    first = errors[0]
    return f"{list(first.absolute_path)}: {first.message[:300]}"


def _hold(where: tuple[str, ...], value: Any, what: str) -> None:
    problem = _accepted(where, json.dumps(value, sort_keys=True))
    if problem is not None:
        raise DriftError(f"{what}: {problem}")


@functools.cache
def _graphql_schema():
    return build_schema(FILE.with_suffix(".graphql").read_text(encoding="utf-8"))


def _check_graphql(seen, answer) -> None:
    """Hold a mutation and what it gave against GitHub's GraphQL schema."""
    asked = json.loads(seen.body)
    document = parse(asked["query"])
    problems = validate(_graphql_schema(), document)
    if not problems:
        data = (answer.data or {}).get("data") if answer.status == 200 else None
        # Run over the answer's own data: it must give what was asked for, and no more.
        result = execute_sync(
            _graphql_schema(), document, root_value=data or {}, variable_values=asked["variables"],
            field_resolver=lambda value, info, **_: value.get(info.path.key),  # by its alias
            type_resolver=lambda *_: "Commit",
        )  # fmt: skip
        problems = result.errors or []
        if not problems and data is not None and result.data != data:
            raise DriftError(f"GraphQL: {data} is not {result.data}")
    if problems:
        raise DriftError(f"GraphQL: {problems[0].message}")


def check(seen, answer) -> None:
    """Hold one exchange against the description; `DriftError` says what is wrong."""
    if seen.template == "/graphql":
        _check_graphql(seen, answer)
        return
    item = description()["paths"].get(seen.template or "", {})
    operation = item.get(seen.verb.lower())
    what = f"{seen.verb} {seen.template or seen.path}"
    if operation is None:
        if answer.status == 404:
            return
        raise DriftError(f"{what} is not in tests/github/openapi: add it to trim.py")
    where = ("paths", seen.template, seen.verb.lower())
    if answer.status not in (401, 403, 422, 429):
        _request(seen, operation, where, what)
    _answer(seen, answer, operation, where, f"{what} → {answer.status}")


def _request(seen, operation, where, what) -> None:
    _query(seen, operation, what)
    body = operation.get("requestBody")
    if body is None:
        assert not seen.body, f"{what} takes no body"
        return
    data = json.loads(seen.body or b"{}")
    schema_at = (*where, "requestBody", "content", "application/json", "schema")
    _hold(schema_at, data, what)
    known = _properties(body["content"]["application/json"]["schema"])
    unknown = data.keys() - known if known else set()
    if unknown:
        raise DriftError(f"{what}: the body has {sorted(unknown)}, which GitHub does not know")


def _properties(schema: dict[str, Any]) -> set[str]:
    schema = _resolved(schema)
    found = set(schema.get("properties", {}))
    for kind in ("oneOf", "anyOf", "allOf"):
        found = found.union(*(_properties(one) for one in schema.get(kind, [])))
    return found


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        _, _, kind, name = value["$ref"].split("/")
        value = description()["components"][kind][name]
    return value


def _query(seen, operation, what) -> None:
    known = {}
    for one in map(_resolved, operation.get("parameters", [])):
        if one["in"] == "query":
            known[one["name"]] = _resolved(one["schema"])
    for name, text in seen.query.items():
        if name not in known:
            raise DriftError(f"{what}: the query has {name}, which GitHub does not know")
        schema = known[name]
        value = int(text) if schema.get("type") == "integer" else text
        validator = OAS30Validator(schema, format_checker=oas30_format_checker)
        problem = next(validator.iter_errors(value), None)
        if problem is not None:
            raise DriftError(f"{what}: {name}={text}: {problem.message}")


def _answer(seen, answer, operation, where, what) -> None:
    responses = operation["responses"]
    status = str(answer.status)
    if status not in responses:
        # GitHub answers so everywhere; its description does not say it everywhere.
        if answer.status in (304, 401, 403, 404, 422):
            return
        raise DriftError(f"{what}: GitHub does not answer so")
    at = (*where, "responses", status)
    if "$ref" in responses[status]:
        at = tuple(responses[status]["$ref"].split("/")[1:])
    content = _resolved(responses[status]).get("content", {})
    kind = next((k for k in content if "json" in k), None)
    if kind is None:
        assert answer.data is None, f"{what} has no body"
        return
    items = answer.data
    schema = _resolved(content[kind]["schema"])
    if schema.get("type") == "array" and isinstance(items, list):
        # Item by item, so that a long list costs only what is new in it.
        item_at = (*at, "content", kind, "schema", "items")
        if "$ref" in content[kind]["schema"]:
            item_at = (*content[kind]["schema"]["$ref"].split("/")[1:], "items")
        for one in items:
            _hold(item_at, one, what)
    else:
        _hold((*at, "content", kind, "schema"), items, what)
