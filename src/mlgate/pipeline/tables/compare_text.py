"""A comparison as a table for people: plain text, Markdown or HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.model.evidence import CompareEvidence
    from mlgate.pipeline.tables.compare_files import MetricReading, Reading

_READINGS: Final[Mapping[Reading, str]] = {
    "better": "better",
    "worse": "worse",
    "changed": "changed",
    "same": "unchanged",
    "undecided": "cannot tell",
    "untested": "not tested",
}


def plain(evidence: CompareEvidence, readings: Sequence[MetricReading], key: str) -> str:
    """Return the table for a terminal; `key` is the option that pairs rows."""
    notes = [f"note: {note.text}" for note in evidence.notes]
    return "\n".join([_rows(evidence, key), "", _table(evidence, readings, "simple"), *notes])


def markdown(evidence: CompareEvidence, readings: Sequence[MetricReading], key: str) -> str:
    """Return the table in GitHub's Markdown; notes are escaped."""
    from mlgate.text.escape import inline

    notes = [f"- {inline(note.text)}" for note in evidence.notes]
    parts = [_rows(evidence, key), _table(evidence, readings, "github"), "\n".join(notes)]
    return "\n\n".join(part for part in parts if part)


def html(evidence: CompareEvidence, readings: Sequence[MetricReading], key: str) -> str:
    """Return the table as HTML, every text in it escaped."""
    notes = "".join(f"<li>{escape(note.text)}</li>" for note in evidence.notes)
    listed = f"<ul>{notes}</ul>" if notes else ""
    table = _table(evidence, readings, "html")
    return f"<div><p>{escape(_rows(evidence, key))}</p>{table}{listed}</div>"


def _table(evidence: CompareEvidence, readings: Sequence[MetricReading], form: str) -> str:
    from tabulate import tabulate

    from mlgate.text import number_format as numbers
    from mlgate.text.escape import inline

    head = (
        "metric", "old", "new", "change", f"{numbers.level(evidence.confidence)} interval",
        "the new one is",
    )  # fmt: skip
    rows = [tuple(_row(line)) for line in readings]
    if form == "github":
        rows = [tuple(map(inline, row)) for row in rows]
    return str(tabulate(rows, head, tablefmt=form, disable_numparse=True))


def _row(line: MetricReading) -> Iterator[str]:
    from mlgate.text.number_format import decimals, interval, number

    unit, bounds, change = line.measurement.unit, line.comparison.interval, line.comparison.change
    places = decimals(bounds, line.measurement.value)
    of_change = decimals(bounds, change, (0.0,))
    yield line.metric
    yield number(line.comparison.baseline, places, unit)
    yield number(line.measurement.value, places, unit)
    yield number(change, of_change, unit, signed=True)
    yield interval(bounds, of_change, unit, signed=True)
    yield _reading(line)


def _rows(evidence: CompareEvidence, key: str) -> str:
    if evidence.rows is None:
        return (
            f"{evidence.n:,} rows, not paired: name a column with {key} to see smaller differences"
        )
    counts = evidence.rows
    parts = [f"{counts.paired:,} paired rows"]
    parts += [f"{counts.added:,} only in the new one"] if counts.added else []
    parts += [f"{counts.missing:,} only in the old one"] if counts.missing else []
    parts += [f"{counts.relabelled:,} with another label"] if counts.relabelled else []
    return ", ".join(parts)


def _reading(line: MetricReading) -> str:
    from mlgate.text.number_format import decimals, number, with_unit

    text = _READINGS[line.reading]
    if line.smallest is None:
        return text
    unit = line.measurement.unit
    places = decimals((0.0, line.smallest), line.smallest)
    shown = with_unit(number(line.smallest, places, unit), unit)
    return f"{text}: these rows show differences from about {shown} in 8 of 10 cases"
