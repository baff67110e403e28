"""A model card with the measured numbers in it: Markdown, as the Hugging Face Hub reads it.

What is measured stands between two marks, and under `model-index` in the front matter; all other
text and keys are the team's, and stay as they are. Nothing in it changes unless a number does, so
that a card can be committed with the change that it describes: neither times nor commits.

https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.lineage.exports import Export
from mlgate.model.evidence import CompareEvidence
from mlgate.model.project import URL
from mlgate.report import markdown
from mlgate.report.document import Cell, Column, Table
from mlgate.text import escape, yaml
from mlgate.text import number_format as numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.lineage.exports import Origin
    from mlgate.model.evidence import Evidence, Measurement

BEGIN: Final = "<!-- mlgate: measured; changes below are overwritten -->"
END: Final = "<!-- mlgate: end -->"
_FENCE: Final = "---\n"
_INDEX: Final = "model-index"
_TASKS: Final = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}
_START: Final = (
    "# {name}\n\nWhat this model is for, what it must not be used for, and who answers for it.\n\n"
)
"""The card of a model that has none; a card is more than its numbers."""


def render(origin: Origin, earlier: str | None) -> str:
    """Return the card: `earlier` with the numbers of this run.

    Raises
    ------
    DataError
        When the marks or the front matter of the card are broken.
    """
    front, body = _split(earlier or _START.format(name=escape.inline(origin.record.name)))
    measured = f"{BEGIN}\n\n{_measured(origin)}\n\n{END}\n"
    before, inside, after = _marked(body)
    if inside:
        body = f"{before}{measured}{after}"
    else:
        body = f"{before.rstrip()}\n\n{measured}" if before.strip() else measured
    return f"{_FENCE}{_front(front, origin)}{_FENCE}{body}"


def _split(text: str) -> tuple[str, str]:
    """Return the front matter and the rest."""
    text = text.replace("\r\n", "\n")
    if not text.startswith(_FENCE):
        return "", text
    front, fence, body = text.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    if not fence:
        msg = "the card's front matter begins with `---` and does not end"
        raise DataError(msg, hint="write `---` on a line of its own below its last key")
    return f"{front}\n", body


def _marked(body: str) -> tuple[str, bool, str]:
    """Return what stands before and after the measured part, and whether there is one."""
    begins, ends = body.count(BEGIN), body.count(END)
    start, end = body.find(BEGIN), body.find(END)
    if (begins, ends) == (0, 0):
        return body, False, ""
    if (begins, ends) != (1, 1) or end < start:
        msg = f"the card does not hold `{BEGIN}` and then `{END}`, once each"
        raise DataError(msg, hint="restore the two lines, or remove what is left of them")
    return body[:start], True, body[end + len(END) :].removeprefix("\n")


def _front(text: str, origin: Origin) -> str:
    """Return the front matter with this run's `model-index`, and all other lines as they are."""
    _keys(text)
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith(f"{_INDEX}:")]
    start = starts[0] if starts else len(lines)
    end = next((n for n in range(start + 1, len(lines)) if lines[n][0] not in " -#\n"), len(lines))
    results = list(_results(origin))
    index = {_INDEX: [{"name": origin.record.name, "results": results}]}
    ours = yaml.dump(index) if results else ""
    return "".join([*lines[:start], ours, *lines[end:]])


def _keys(text: str) -> None:
    """Check that the front matter is what can be changed line by line; raises `DataError`."""
    try:
        keys = yaml.load(text)
    except ValueError as error:
        problem = str(error)
    else:
        if keys is None or isinstance(keys, dict):
            return
        problem = "it has no keys"
    msg = f"the card's front matter cannot be read: {problem}"
    raise DataError(msg, hint="correct it, or remove it")


def _results(origin: Origin) -> Iterator[dict[str, Any]]:
    compare = origin.evidence.get("compare")
    if not isinstance(compare, CompareEvidence) or compare.task not in _TASKS:
        return
    metrics = [
        {"type": name, "name": measured.title, "value": measured.value}
        for name, measured in compare.metrics.items()
        if measured.value is not None and not measured.undefined and measured.source is None
    ]
    if metrics:
        dataset = next(iter(compare.inputs), "predictions")
        yield {
            "task": {"type": _TASKS[compare.task]},
            "dataset": {"type": "custom", "name": dataset},
            "metrics": metrics,
            "source": {"name": "mlgate", "url": URL},
        }


def _measured(origin: Origin) -> str:
    parts = [f"## {title}\n\n{text}" for title, text in _parts(origin) if text]
    return "\n\n".join(parts)


def _parts(origin: Origin) -> Iterator[tuple[str, str]]:
    titles = {"compare": "Evaluation", "fairness": "Fairness", "slices": "Slices"}
    for check, title in titles.items():
        if check in origin.evidence:
            yield title, _metrics(origin.evidence[check])
    record = origin.record
    facts = {
        "command": record.command,
        **{f"parameter {name}": value for name, value in record.parameters.items()},
        **{f"seed {name}": value for name, value in record.seeds.items()},
        **record.inputs,
    }
    rows = tuple((Cell(name), Cell(value, code=True)) for name, value in facts.items() if value)
    yield "Training", markdown.table(Table("", (Column("what"), Column("value")), rows))


def _metrics(evidence: Evidence) -> str:
    level = numbers.level(evidence.confidence)
    columns = (
        Column("metric"),
        Column(f"value ({level} CI)", right=True),
        Column("rows", right=True),
        Column("interval by"),
    )
    rows = tuple(_row(measured) for measured in evidence.metrics.values())
    return markdown.table(Table("", columns, rows))


def _row(measured: Measurement) -> tuple[Cell, ...]:
    places = numbers.decimals(measured.interval, measured.value)
    value = numbers.number(measured.value, places, measured.unit)
    bounds = numbers.interval(measured.interval, places, measured.unit)
    return (
        Cell(measured.title),
        Cell(f"{value} {bounds}".strip()),
        Cell(numbers.NONE if measured.n is None else numbers.count(measured.n)),
        Cell(measured.method),
    )


EXPORT: Final = Export("MODEL_CARD.md", render)
