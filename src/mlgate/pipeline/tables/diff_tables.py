"""`mlgate diff`: two tables, which need no configuration and no repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlgate.inputs import table_diff
from mlgate.pipeline.judging.references import trusting
from mlgate.pipeline.measuring.run_inputs import Tables
from mlgate.report.markdown import table as markdown_table
from mlgate.report.table_diff import sentences, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.table_diff import TableDiff
    from mlgate.pipeline.context import Context


def compare(context: Context, old: str, new: str, ids: Sequence[str]) -> TableDiff:
    """Compare two tables: files, globs, or addresses.

    Raises
    ------
    DataError
        When one cannot be read, or the id does not name its rows.
    """
    tables = Tables(context.cwd, Path(context.cwd.anchor), trusting(context.environ), {})
    sides = tables.open_rows(old, "OLD"), tables.open_rows(new, "NEW")
    with context.progress.step("Comparing", 1) as step:
        diff = table_diff.compare(*sides, ids)
        step.advance()
    return diff


def text(diff: TableDiff, form: Literal["text", "markdown"]) -> str:
    """Return a comparison for people; Markdown lists only the columns that differ where rows are matched."""
    from tabulate import tabulate

    from mlgate.text.escape import inline

    listed = table(diff)
    if form == "markdown":
        short = replace(listed, rows=listed.rows[: listed.brief], brief=None)
        parts = [inline(" ".join(sentences(diff))), markdown_table(short)]
        return "\n\n".join(filter(None, parts))
    head = [column.title for column in listed.columns]
    align = ["right" if column.right else "left" for column in listed.columns]
    rows = [[cell.text for cell in row] for row in listed.rows]
    lines = tabulate(rows, head, tablefmt="simple", disable_numparse=True, colalign=align)
    return "\n".join([*sentences(diff), "", str(lines)] if rows else sentences(diff))
