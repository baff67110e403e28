"""Lines with which a training script writes its predictions, in the script's own names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.readers import notebooks, scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.pipeline.init.tree import Tree

_TABLES: Final = re.compile(
    r"^\s*(?:import|from)\s+(?:pandas|numpy|sklearn|xgboost|lightgbm|catboost)\b", re.MULTILINE
)
_METRIC: Final = re.compile(
    r"score|error|loss|report|metric|matrix|acc|r2|eval|rmse|mae|f1", re.IGNORECASE
)
_TEST: Final = re.compile(r"test|val|hold|eval", re.IGNORECASE)
_PANDAS: Final = {"os": "import os", "pd": "import pandas as pd", "np": "import numpy as np"}
_NUMPY: Final = {
    "csv": "import csv",
    "hashlib": "import hashlib",
    "os": "import os",
    "np": "import numpy as np",
}

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement in its scope, and a call in it."""

    scope: Scope
    statement: ast.stmt
    call: ast.Call

    @property
    def arguments(self) -> list[str]:
        values = [*self.call.args, *(keyword.value for keyword in self.call.keywords)]
        return [ast.unparse(value) for value in values]


@dataclass(frozen=True, slots=True)
class PredictionLines:
    """Lines to paste, and where they go.

    Attributes
    ----------
    script
        The file.
    after
        The line after which they go; None where that was not recognised.
    generic
        Names in them that are not the script's.
    """

    script: str
    after: int | None
    generic: tuple[str, ...]
    text: str

    @property
    def lead(self) -> str:
        """What to do with them, in one sentence."""
        where = (
            "below the test rows' predictions" if self.after is None else f"after line {self.after}"
        )
        own = f" (put in your names for {', '.join(self.generic)})" if self.generic else ""
        return f"add these lines to {self.script}, {where}{own}, then `mlgate init --train`"


def suggest(tree: Tree, script: str) -> PredictionLines | None:
    """Return the lines for the first of a script and what it imports that predicts; None for other libraries."""
    first = None
    for path in scripts.reached(tree, script):
        text = tree.text(path)
        code = notebooks.code(text) if path.endswith(".ipynb") else text
        if not _TABLES.search(code):
            continue
        try:
            module = ast.parse(code)
        except SyntaxError:
            continue
        first = first or path
        lines = _of_module(path, module, numbered=path.endswith(".py"))
        if lines is not None:
            return lines
    if first is None:
        return None
    pandas = _uses_pandas(tree.text(first))
    imports = (_PANDAS if pandas else _NUMPY).values()
    text = _text("X_test", "y_test", "model.predict(X_test)", "model", imports, pandas=pandas)
    return PredictionLines(first, None, ("X_test", "y_test", "model"), text)


def _of_module(path: str, module: ast.Module, *, numbered: bool) -> PredictionLines | None:
    """Return the lines where the module predicts or scores test rows."""
    places = list(_places(module))
    predicted = [
        place
        for place in places
        if _method(place) in ("predict", "score")
        and place.arguments
        and _of_test(place.arguments[0])
    ]
    if not predicted:
        return None
    place = next((p for p in predicted if _method(p) == "predict"), predicted[0])
    assert isinstance(place.call.func, ast.Attribute)
    model, features = ast.unparse(place.call.func.value), place.arguments[0]
    prediction, statement = f"{model}.predict({features})", place.statement
    assigned = isinstance(statement, ast.Assign) and statement.value is place.call
    if assigned and _method(place) == "predict":
        assert isinstance(statement, ast.Assign)
        prediction = ast.unparse(statement.targets[0])
    label, last = _label(places, place, prediction, features)
    if last is not None and last.lineno > statement.lineno:
        statement = last
    pandas, bound = _uses_pandas(ast.unparse(module)), _bound(module, place.scope)
    needed = _PANDAS if pandas else _NUMPY
    imports = [line for name, line in needed.items() if name not in bound]
    text = _text(features, label or "y_test", prediction, model, imports, pandas=pandas)
    indent = " " * statement.col_offset
    return PredictionLines(
        path,
        _after(statement) if numbered else None,
        () if label else ("y_test",),
        "".join(f"{indent}{line}" for line in text.splitlines(keepends=True)),
    )


def _uses_pandas(code: str) -> bool:
    """Whether pandas is there to write with: the script imports it."""
    return re.search(r"(?:import|from)\s+pandas\b", code) is not None


def _after(statement: ast.stmt) -> int:
    """Return the line below which there is room: nothing runs after a `return`."""
    ends = isinstance(statement, ast.Return)
    return statement.lineno - 1 if ends else statement.end_lineno or statement.lineno


def _of_test(argument: str) -> bool:
    return _TEST.search(argument) is not None


def _places(module: ast.Module) -> Iterator[_Place]:
    """Yield the calls of simple statements, in the order of the text."""
    todo: list[tuple[Scope, ast.stmt]] = [(module, statement) for statement in module.body]
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
            calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
            yield from (_Place(scope, statement, call) for call in calls)


def _method(place: _Place) -> str:
    return place.call.func.attr if isinstance(place.call.func, ast.Attribute) else ""


def _label(
    places: Iterable[_Place], made: _Place, prediction: str, features: str
) -> tuple[str | None, ast.stmt | None]:
    """Return what the predictions are compared with, and where."""
    here = [place for place in places if place.scope is made.scope]
    for place in here:
        if _method(place) == "score" and place.arguments[:1] == [features] and place.arguments[1:]:
            return place.arguments[1], place.statement
    for place in here:
        arguments = place.arguments
        if prediction in arguments and _METRIC.search(ast.unparse(place.call.func)):
            beside = [a for a in arguments[:3] if a not in (prediction, features) and _is_place(a)]
            if beside:
                return beside[0], place.statement
    for place in here:
        statement = place.statement
        split = ast.unparse(place.call.func).endswith("train_test_split")
        if (
            split
            and isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Tuple)
        ):
            names = [ast.unparse(element) for element in statement.targets[0].elts]
            if features in names and names.index(features) + 2 < len(names):
                return names[names.index(features) + 2], statement
    return None, None


def _is_place(argument: str) -> bool:
    """Whether an argument is a variable, or a part of it."""
    return isinstance(
        ast.parse(argument, mode="eval").body, ast.Name | ast.Subscript | ast.Attribute
    )


def _bound(module: ast.Module, scope: Scope) -> set[str]:
    """Return the names that the imports of a module and of a function bind."""
    statements = [*module.body, *(ast.walk(scope) if scope is not module else ())]
    imports = [node for node in statements if isinstance(node, ast.Import)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _text(
    features: str, label: str, prediction: str, model: str, imports: Iterable[str], *, pandas: bool
) -> str:
    columns = f'"id": gate_ids, "label": np.ravel({label}), "prediction": np.ravel({prediction})'
    hashed = 'pd.util.hash_pandas_object(gate_rows, index=False).map("x{:016x}".format)'
    sha = "hashlib.sha256(np.ascontiguousarray(row)).hexdigest()[:16]"
    if pandas:
        ids = [
            "# One row for each test row, for mlgate. The id is the index that a split keeps, else a hash of the",
            "# features as the model gets them; a key of your data is better than both.",
            *imports,
            f"gate_rows = pd.DataFrame({features})",
            f"gate_ids = list({hashed} if isinstance(gate_rows.index, pd.RangeIndex) else gate_rows.index)",
        ]
        write = 'pd.DataFrame(gate_rows).to_csv("out/predictions.csv", index=False)'
    else:
        ids = [
            "# One row for each test row, for mlgate. The id is a hash of the features as the model gets them;",
            "# a key of your data is better.",
            *imports,
            f'gate_ids = ["x" + {sha} for row in np.asarray({features})]',
        ]
        write = (
            'with open("out/predictions.csv", "w", newline="") as file: '
            "csv.writer(file).writerows([gate_rows, *zip(*gate_rows.values())])"
        )
    score = f'gate_rows["score"] = {model}.predict_proba({features})[:, 1]'
    lines = [
        *ids,
        'if len({*gate_ids}) < len(gate_ids): print("warning: some test rows have the same id: take a key of your data")',
        f"gate_rows = {{{columns}}}",
        f'if hasattr({model}, "predict_proba") and len({model}.classes_) == 2: {score}',
        'os.makedirs("out", exist_ok=True)',
        write,
    ]
    return "".join(f"{line}\n" for line in lines)
