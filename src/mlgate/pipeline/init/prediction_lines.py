"""Lines with which a training script writes its predictions, in the script's own names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.pasted_code import WIDTH, pasted
from mlgate.pipeline.init.readers import notebooks, scripts
from mlgate.text.lists import all_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.pipeline.init.tree import Tree

_TABLES: Final = re.compile(
    r"^\s*(?:import|from)\s+(?:pandas|numpy|sklearn|xgboost|lightgbm|catboost)\b", re.MULTILINE
)
_METRIC: Final = re.compile(
    r"score|error|loss|report|metric|matrix|acc|r2|eval|rmse|mae|f1", re.IGNORECASE
)
_TEST: Final = re.compile(r"test|val|hold|eval", re.IGNORECASE)
_VALUES: Final = re.compile(
    r"Regressor|LinearRegression|Ridge\b|Lasso\b|ElasticNet|SVR\b|squared_error|absolute_error|\br2_score"
)
_CLASSES: Final = re.compile(
    r"Classifier|LogisticRegression|SVC\b|NB\b|predict_proba|accuracy|f1_score|roc_auc|confusion_matrix"
)
_IMPORTS: Final = {
    "csv": "import csv",
    "hashlib": "import hashlib",
    "os": "import os",
    "np": "import numpy as np",
    "pd": "import pandas as pd",
}
_POSITION: Final = (
    "mlgate's id of a row: its position in the data, taken before the split; a key of the data is better "
    "still. Either stays when the features change. A hash of the features does not, and then no row is "
    "found again."
)
_AS_READ: Final = (
    "mlgate's id of a row: a hash of it as it is here, before features are made of it; a key of the data is "
    "better. A hash of the features changes with them, and then no row is found again."
)
_OWN: Final = (
    "row_ids: the key of each test row in your data, or its position in the source file, taken before the "
    "split. A hash of the features would change with them, and then no row is found again."
)
_ROWS: Final = "One row for each test row, for mlgate."
_THEN: Final = "`mlgate init --train`"
_SAME: Final = "some test rows have the same id: take a key of your data"

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
    """Lines to paste: what to do with each part of them, and the part; the lowest in the file first."""

    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Ids:
    """Lines that give the test rows their ids as `gate_ids`, and where they go."""

    where: str
    comment: str
    lines: tuple[str, ...]
    indent: int


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
    text, score = tree.text(first), _score(tree.text(first), "model", "X_test")
    table = _written("row_ids", "y_test", "model.predict(X_test)", score, pandas=_uses_pandas(text))
    own = _own(("X_test", "y_test", "model", "row_ids"))
    lead = f"add these lines to {first}, below the test rows' predictions{own}, then {_THEN}"
    return PredictionLines(((lead, pasted(_OWN, _imports(table, set()), table, 0)),))


def _own(names: Sequence[str]) -> str:
    return f" (put in your names for {all_of(names)})" if names else ""


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
    code = ast.unparse(module)
    pandas, bound = _uses_pandas(code), _bound(module, place.scope)
    ids = _ids(module, place, pandas=pandas, numbered=numbered)
    above = [] if ids is None else _imports(ids.lines, bound)
    named = "row_ids" if ids is None else "gate_ids"
    score = _score(code, model, features)
    lines = _written(named, label or "y_test", prediction, score, pandas=pandas)
    needed = [line for line in _imports(lines, bound) if line not in above]
    own = _own([*([] if label else ["y_test"]), *(["row_ids"] if ids is None else [])])
    where = f"after line {_after(statement)}" if numbered else "below the test rows' predictions"
    lead = f"add these lines to {path}, {where}{own}"
    text = pasted(_OWN if ids is None else _ROWS, needed, lines, statement.col_offset)
    if ids is None:
        return PredictionLines(((f"{lead}, then {_THEN}", text),))
    first = pasted(ids.comment, above, ids.lines, ids.indent)
    return PredictionLines(((lead, text), (f"and these {ids.where}, then {_THEN}", first)))


def _uses_pandas(code: str) -> bool:
    """Whether pandas is there to write with: the script imports it."""
    return re.search(r"(?:import|from)\s+pandas\b", code) is not None


def _after(statement: ast.stmt) -> int:
    """Return the line below which there is room: nothing runs after a `return`."""
    ends = isinstance(statement, ast.Return)
    return statement.lineno - 1 if ends else statement.end_lineno or statement.lineno


def _of_test(argument: str) -> bool:
    return _TEST.search(argument) is not None


def _statements(module: ast.Module) -> Iterator[tuple[Scope, ast.stmt]]:
    """Yield the simple statements with their scopes, in the order of the text."""
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
            yield scope, statement


def _places(module: ast.Module) -> Iterator[_Place]:
    """Yield the calls of simple statements, in the order of the text."""
    for scope, statement in _statements(module):
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
        split = _split(place.statement)
        if split is not None:
            names = [ast.unparse(element) for element in split[0]]
            if features in names and names.index(features) + 2 < len(names):
                return names[names.index(features) + 2], place.statement
    return None, None


def _is_place(argument: str) -> bool:
    """Whether an argument is a variable, or a part of it."""
    return isinstance(
        ast.parse(argument, mode="eval").body, ast.Name | ast.Subscript | ast.Attribute
    )


def _split(statement: ast.stmt) -> tuple[list[ast.expr], ast.Call] | None:
    """Return what a split of rows is assigned to, two parts for each array, and the call."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return None
    [target, *further], call = statement.targets, statement.value
    splits = ast.unparse(call.func).endswith("train_test_split")
    if further or not splits or not isinstance(target, ast.Tuple | ast.List):
        return None
    return (target.elts, call) if len(target.elts) == 2 * len(call.args) else None


def _ids(module: ast.Module, made: _Place, *, pandas: bool, numbered: bool) -> _Ids | None:
    """Return how the test rows get ids that do not depend on their features; None where nothing shows it."""
    above = [
        statement
        for scope, statement in _statements(module)
        if isinstance(statement, ast.Assign)
        and scope in (module, made.scope)
        and statement.lineno < made.statement.lineno
    ]
    todo, names = _names(made.call.args[0]) if made.call.args else [], list[str]()
    while todo:  # what the features are made of, the nearest first
        name = todo.pop(0)
        if name not in names:
            names.append(name)
            todo += [n for each in above if name in _assigned(each) for n in _names(each.value)]
    of_split = (
        (statement, _assigned(statement).index(name))
        for name in names
        for statement in reversed(above)
        if _split(statement) is not None and name in _assigned(statement)
    )
    nearest = next(of_split, None)
    ids = nearest and _split_ids(above, *nearest, numbered=numbered)
    if ids is not None:
        return ids
    first = next((s for s in above if any(n in names and _of_test(n) for n in _assigned(s))), None)
    if first is None:
        return None
    name = next(n for n in _assigned(first) if n in names and _of_test(n))
    if pandas:
        lines = [
            f"gate_ids = pd.DataFrame({name})",
            "if isinstance(gate_ids.index, pd.RangeIndex):  # it counts these rows only",
            "    gate_ids = pd.util.hash_pandas_object(gate_ids, index=False)",
            '    gate_ids = gate_ids.map("x{:016x}".format)',
            "else:",
            "    gate_ids = list(gate_ids.index)",
        ]
    else:
        lines = [
            "gate_ids = []",
            f"for gate_row in np.asarray({name}):",
            "    gate_row = repr(np.asarray(gate_row).tolist()).encode()",
            '    gate_ids.append("x" + hashlib.sha256(gate_row).hexdigest()[:16])',
        ]
    where = f"after line {first.end_lineno}" if numbered else f"below where {name} is read"
    return _Ids(where, _AS_READ, tuple(lines), first.col_offset)


def _split_ids(
    above: Sequence[ast.Assign], statement: ast.Assign, part: int, *, numbered: bool
) -> _Ids | None:
    """Return the split with one more array, which holds the position of each row, or its index in pandas.

    None where an array is a part of another split already, so that positions in it say nothing.
    """
    split = _split(statement)
    assert split is not None
    targets, call = split
    arrays = [argument for argument in call.args if isinstance(argument, ast.Name)]
    parts = {name for each in above if _split(each) is not None for name in _assigned(each)}
    if not arrays or any(array.id in parts for array in arrays):
        return None
    first, last = arrays[0].id, arrays[-1].id
    pair = ("gate_ids", "_") if part % 2 == 0 else ("_", "gate_ids")
    names = ", ".join([*(ast.unparse(target) for target in targets), *pair])
    arguments = [*call.args, ast.Name("gate_ids"), *call.keywords]
    inside = ", ".join(ast.unparse(argument) for argument in arguments)
    whole = f"{ast.unparse(call.func)}({inside})"
    lines = (
        f"gate_ids = range(len({last}))",
        f'if hasattr({first}, "iloc"):',
        f"    gate_ids = list({first}.index)",
        f"({names}) = {whole}" if len(names) > WIDTH // 2 else f"{names} = {whole}",
    )
    end = statement.end_lineno
    many = f"lines {statement.lineno} to {end}" if end != statement.lineno else f"line {end}"
    where = f"in place of {many}, the split" if numbered else "in place of the split"
    return _Ids(where, _POSITION, lines, statement.col_offset)


def _names(expression: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]


def _assigned(statement: ast.Assign) -> list[str]:
    return [
        node.id
        for target in statement.targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def _bound(module: ast.Module, scope: Scope) -> set[str]:
    """Return the names that the imports of a module and of a function bind."""
    statements = [*module.body, *(ast.walk(scope) if scope is not module else ())]
    imports = [node for node in statements if isinstance(node, ast.Import)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _score(code: str, model: str, features: str) -> list[str]:
    """Return the lines that write a probability; none where the script fits values, not classes."""
    if _VALUES.search(code) and not _CLASSES.search(code):
        return []
    return [
        f'gate_score = getattr({model}, "predict_proba", None)',
        f"if gate_score and len({model}.classes_) == 2:",
        f'    gate_rows["score"] = gate_score({features})[:, 1]',
    ]


def _written(
    ids: str, label: str, prediction: str, score: Sequence[str], *, pandas: bool
) -> list[str]:
    """Return the lines that write the table."""
    if pandas:
        write = ['pd.DataFrame(gate_rows).to_csv("out/predictions.csv", index=False)']
    else:
        write = [
            f'assert len({ids}) == len(gate_rows["prediction"])',
            'with open("out/predictions.csv", "w", newline="") as file:',
            "    csv.writer(file).writerows([gate_rows, *zip(*gate_rows.values())])",
        ]
    return [
        f"if len({{*{ids}}}) < len({ids}):",
        f'    print("{_SAME}")',
        f'gate_rows = {{"id": {ids}, "label": np.ravel({label})}}',
        f'gate_rows["prediction"] = np.ravel({prediction})',
        *score,
        'os.makedirs("out", exist_ok=True)',
        *write,
    ]


def _imports(lines: Iterable[str], bound: set[str]) -> list[str]:
    """Return the imports that lines of code need."""
    names = dict.fromkeys(re.findall(r"\b(csv|hashlib|os|np|pd)\.", "\n".join(lines)))
    return [_IMPORTS[name] for name in sorted(names) if name not in bound]
