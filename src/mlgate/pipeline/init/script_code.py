"""The code of a training as `init` reads it: statements in their scopes, calls, splits and names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlgate.pipeline.init.readers import notebooks, scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.pipeline.init.tree import Tree

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """A statement in its scope, and a call in it."""

    scope: Scope
    statement: ast.stmt
    call: ast.Call

    @property
    def arguments(self) -> list[str]:
        values = [*self.call.args, *(keyword.value for keyword in self.call.keywords)]
        return [ast.unparse(value) for value in values]


def modules(tree: Tree, script: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield a script and what it imports of this repository, parsed; what is no valid Python is left out."""
    for path in scripts.reached(tree, script):
        code = tree.text(path)
        if path.endswith(".ipynb"):
            code = re.sub(r"^(\s*)[%!].*", r"\1pass", notebooks.code(code), flags=re.MULTILINE)
        try:
            yield path, ast.parse(code)
        except SyntaxError:
            continue


def statements(whole: Scope) -> Iterator[tuple[Scope, ast.stmt]]:
    """Yield the simple statements with their scopes, in the order of the text."""
    todo: list[tuple[Scope, ast.stmt]] = [(whole, statement) for statement in whole.body]
    while todo:
        scope, statement = todo.pop(0)
        below = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
        handlers = getattr(statement, "handlers", [])
        below += [node for handler in handlers for node in handler.body]
        inner = scope
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = statement
        todo[:0] = [(inner, node) for node in below]
        if not below:
            yield scope, statement


def places(module: ast.Module) -> Iterator[ScriptCall]:
    """Yield the calls of simple statements, in the order of the text."""
    for scope, statement in statements(module):
        calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
        yield from (ScriptCall(scope, statement, call) for call in calls)


def method(place: ScriptCall) -> str:
    """Return the name of the method that is called; empty where a function is."""
    return place.call.func.attr if isinstance(place.call.func, ast.Attribute) else ""


def split_of(statement: ast.stmt) -> tuple[list[ast.expr], ast.Call] | None:
    """Return what a split of rows is assigned to, two parts for each array, and the call."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return None
    [target, *further], call = statement.targets, statement.value
    splits = ast.unparse(call.func).endswith("train_test_split")
    if further or not splits or not isinstance(target, ast.Tuple | ast.List):
        return None
    return (target.elts, call) if len(target.elts) == 2 * len(call.args) else None


def names(expression: ast.AST) -> list[str]:
    """Return the variables of an expression."""
    return [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]


def assigned(statement: ast.Assign) -> list[str]:
    """Return the variables that a statement assigns to."""
    return [
        node.id
        for target in statement.targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def file_names(expressions: Iterable[ast.expr], module: ast.Module) -> set[str]:
    """Return the last parts of the texts in expressions, and in the variables of the module that they name."""
    nodes = list(expressions)
    named = {name for node in nodes for name in names(node)}
    nodes += [s.value for s in module.body if isinstance(s, ast.Assign) and named & {*assigned(s)}]
    return {
        PurePosixPath(text.value).name
        for node in nodes
        for text in ast.walk(node)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    }
