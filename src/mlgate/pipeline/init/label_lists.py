"""Lines that write a table with lists of labels as one row for each of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from mlgate.pipeline.init.guess import LABELS, PREDICTIONS
from mlgate.pipeline.init.pasted_code import PastedLines, pasted
from mlgate.pipeline.init.script_code import file_names, method, modules, places

if TYPE_CHECKING:
    from mlgate.pipeline.init.script_code import ScriptCall
    from mlgate.pipeline.init.templates import PredictionsTable
    from mlgate.pipeline.init.tree import Tree

_WRITES: Final = ("to_parquet", "to_json", "to_csv")
_COMMENT: Final = (
    "One row for each label that there is, for mlgate: whether the row has it, and whether it was predicted. "
    "Where your training knows the list of all labels, write that for gate_labels."
)


def suggest(tree: Tree, script: str, table: PredictionsTable) -> PastedLines | None:
    """Return the lines for the statement that writes the table with pandas; None where it has no two lists."""
    predicted = [c for c in table.lists if c.lower() in (*PREDICTIONS, "predicted_labels")]
    own = [c for c in table.lists if c not in predicted]
    label = next((c for c in own if c.lower() in LABELS), own[0] if len(own) == 1 else None)
    if len(predicted) != 1 or label is None:
        return None
    file = table.path.rpartition("/")[2]
    for path, module in modules(tree, script):
        for place in places(module):
            if method(place) in _WRITES and file in file_names(place.call.args, module):
                return _lines(path, place, (label, predicted[0]), table)
    return None


def _lines(
    path: str, place: ScriptCall, lists: tuple[str, str], table: PredictionsTable
) -> PastedLines | None:
    assert isinstance(place.call.func, ast.Attribute)
    statement = place.statement
    if not isinstance(statement, ast.Expr) or statement.value is not place.call:
        return None
    label, prediction = lists
    frame = ast.unparse(place.call.func.value)
    written = ast.unparse(place.call).removeprefix(frame)
    name = next(n for n in ("label_name", "of_label") if n not in table.columns)
    lines = [
        f"gate_table = {frame}",
        f'gate_labels = {{each for row in gate_table["{label}"] for each in row}}',
        f'gate_labels |= {{each for row in gate_table["{prediction}"] for each in row}}',
        f"gate_table = gate_table.assign({name}=[sorted(gate_labels)] * len(gate_table))",
        f'gate_table = gate_table.explode("{name}")',
        *(
            line
            for column, source in (("label", label), ("prediction", prediction))
            for line in (
                f'gate_pairs = zip(gate_table["{name}"], gate_table["{source}"])',
                f'gate_table["gate_{column}"] = [int(each in row) for each, row in gate_pairs]',
            )
        ),
        f"gate_table = gate_table.drop(columns={sorted(table.lists)!r})",
        'gate_table = gate_table.rename(columns={"gate_label": "label", "gate_prediction": "prediction"})',
        f"gate_table{written}",
    ]
    end = statement.end_lineno
    many = f"lines {statement.lineno} to {end}" if end != statement.lineno else f"line {end}"
    where = (
        f"in place of {many}" if path.endswith(".py") else f"in place of what writes {table.path}"
    )
    lead = f"{table.path} holds lists of labels: add these lines to {path}, {where}, then `mlgate init --train`"
    return PastedLines(((lead, pasted(_COMMENT, (), lines, statement.col_offset)),))
