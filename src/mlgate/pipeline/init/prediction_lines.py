"""Lines with which a training script writes its predictions, in the script's own names."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init import id_lines
from mlgate.pipeline.init.pasted_code import PastedLines, pasted
from mlgate.pipeline.init.readers import scripts
from mlgate.pipeline.init.script_code import (
    Scope,
    ScriptCall,
    assigned,
    method,
    modules,
    names,
    places,
    split_of,
    statements,
)
from mlgate.text.lists import all_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlgate.pipeline.init.raw_key import RawKey
    from mlgate.pipeline.init.tree import Tree

_TABLES: Final = re.compile(
    r"^\s*(?:import|from)\s+(?:pandas|numpy|sklearn|xgboost|lightgbm|catboost|torch)\b",
    re.MULTILINE,
)
_METRIC: Final = re.compile(
    r"score|error|loss|report|metric|matrix|acc|r2|eval|rmse|mae|f1", re.IGNORECASE
)
_TEST: Final = re.compile(r"test|val|hold|eval", re.IGNORECASE)
_USES: Final = ("predict", "score", "predict_proba")
"""Methods of a model that say where test rows are."""
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
_OWN: Final = (
    "row_ids: the key of each test row in your data, or its position in the source file, taken before the "
    "split. A hash of the features would change with them, and then no row is found again."
)
_NAMES: Final[tuple[str, ...]] = ("X_test", "y_test", "model", "row_ids")
_BATCHES: Final = re.compile(r"\.backward\(|no_grad|inference_mode|GradientTape")
"""Code that trains or tests in batches."""
_COLLECTED: Final = (
    "y_test and y_pred: the classes of all test batches, as two lists that the loop over them adds to "
    "(`y_pred += pred.flatten().tolist()`)."
)
_ROWS: Final = "One row for each test row, for mlgate."
_THEN: Final = "`mlgate init --train`"
_SAME: Final = "some test rows have the same id: take a key of your data"


def suggest(tree: Tree, code: Sequence[str], keys: Sequence[RawKey] = ()) -> PastedLines | None:
    """Return the lines for the first of scripts and what they import that predicts; None for other libraries."""
    first = None
    for path, module in dict(each for script in code for each in modules(tree, script)).items():
        text = ast.unparse(module)
        if not _TABLES.search(text):
            continue
        first = first or path
        lines = _of_module(path, module, keys, trains=scripts.fits_in(text))
        if lines is not None:
            return lines
    if first is None:
        return None
    text, comment = tree.text(first), _OWN
    made, score, needed = "model.predict(X_test)", _score(text, "model", "X_test"), _NAMES
    if _BATCHES.search(text):  # such a model has no `predict`
        made, score, needed = "y_pred", [], ("y_test", "y_pred", "row_ids")
        comment = f"{_OWN} {_COLLECTED}"
    table = _written("row_ids", "y_test", made, score, pandas=_uses_pandas(text))
    own = _own(needed)
    lead = f"add these lines to {first}, below the test rows' predictions{own}, then {_THEN}"
    return PastedLines(((lead, pasted(comment, _imports(table, set()), table, 0)),))


def _own(lacking: Sequence[str]) -> str:
    return f" (put in your names for {all_of(lacking)})" if lacking else ""


def _of_module(
    path: str, module: ast.Module, keys: Sequence[RawKey], *, trains: bool
) -> PastedLines | None:
    """Return the lines where the module predicts or scores test rows: all that it has, where it trains nothing."""
    every, numbered = list(places(module)), path.endswith(".py")
    predicted = [
        place
        for place in every
        if method(place) in _USES
        and place.arguments
        and (_of_test(place.arguments[0]) or not trains)
    ]
    if not predicted:
        return None
    place = min(predicted, key=lambda each: _USES.index(method(each)))
    assert isinstance(place.call.func, ast.Attribute)
    model, features = ast.unparse(place.call.func.value), place.arguments[0]
    prediction, statement = f"{model}.predict({features})", place.statement
    assigned = isinstance(statement, ast.Assign) and statement.value is place.call
    if assigned and method(place) == "predict":
        assert isinstance(statement, ast.Assign)
        prediction = ast.unparse(statement.targets[0])
    label, last = _label(every, place, _made_of(place, prediction), features)
    if last is not None and last.lineno > statement.lineno:
        statement = last
    code = ast.unparse(module)
    pandas, bound = _uses_pandas(code), _bound(module, place.scope)
    ids = id_lines.of_test_rows(module, place, keys, pandas=pandas, numbered=numbered)
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
        return PastedLines(((f"{lead}, then {_THEN}", text),))
    if ids.where is None:
        both = pasted(
            f"{_ROWS} {ids.comment}", [*above, *needed], [*ids.lines, *lines], statement.col_offset
        )
        return PastedLines(((f"{lead}, then {_THEN}", both),))
    first = pasted(ids.comment, above, ids.lines, ids.indent)
    return PastedLines(((lead, text), (f"and these {ids.where}, then {_THEN}", first)))


def _made_of(made: ScriptCall, prediction: str) -> set[str]:
    """Return what holds the predictions: the call, and the variables that are made of what it is assigned to."""
    held = {prediction}
    if not isinstance(made.statement, ast.Assign):
        return held
    held |= set(assigned(made.statement))
    below = (statement for _, statement in statements(made.scope))
    for statement in below:
        if isinstance(statement, ast.Assign) and held.intersection(names(statement.value)):
            held |= set(assigned(statement))
    return held


def _uses_pandas(code: str) -> bool:
    """Whether pandas is there to write with: the script imports it."""
    return re.search(r"(?:import|from)\s+pandas\b", code) is not None


def _after(statement: ast.stmt) -> int:
    """Return the line below which there is room: nothing runs after a `return`."""
    ends = isinstance(statement, ast.Return)
    return statement.lineno - 1 if ends else statement.end_lineno or statement.lineno


def _of_test(argument: str) -> bool:
    return _TEST.search(argument) is not None


def _label(
    every: Iterable[ScriptCall], made: ScriptCall, predictions: set[str], features: str
) -> tuple[str | None, ast.stmt | None]:
    """Return what the predictions are compared with, and where."""
    here = [place for place in every if place.scope is made.scope]
    for place in here:
        if method(place) == "score" and place.arguments[:1] == [features] and place.arguments[1:]:
            return place.arguments[1], place.statement
    for place in here:
        arguments = place.arguments
        if predictions.intersection(arguments) and _METRIC.search(ast.unparse(place.call.func)):
            beside = [
                a for a in arguments[:3] if a not in predictions | {features} and _is_place(a)
            ]
            if beside:
                return beside[0], place.statement
    for place in here:
        split = split_of(place.statement)
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
