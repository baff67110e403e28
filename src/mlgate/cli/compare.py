"""`mlgate compare`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.evidence import CompareEvidence
    from mlgate.pipeline.compare_files import MetricReading, Reading

_READINGS: Final[Mapping[Reading, str]] = {
    "better": "better",
    "worse": "worse",
    "same": "same",
    "undecided": "cannot tell",
    "untested": "not tested",
}


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--label", required=True, help="Column of the true label or value.")
@click.option("--prediction", help="Column of the prediction.")
@click.option("--score", help="Column of P(positive), or of lists with one a class.")
@click.option("--id", "ids", multiple=True, help="Column that names a row; pairs the files.")
@click.option("--task", type=click.Choice(["binary", "multiclass", "regression"]))
@click.option("--positive-label", help="[default: the greater of the two]")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@click.option("--classes", help="Order of the classes in a column of lists, by commas.")
@click.option("--metric", "metrics", multiple=True, help="[default: all that fit]")
@click.option(
    "--confidence", type=click.FloatRange(0.5, 1, max_open=True), default=0.95, show_default=True
)
@pass_settings
def command(
    settings: Settings, /, old: Path, new: Path, metrics: tuple[str, ...], **options: Any
) -> int:
    """Compare two prediction files: which one is better, and how sure that is.

    Needs no configuration and no repository. With --id the rows are paired, which tells far
    smaller differences. Exit code 0 whatever the answer.
    """
    from mlgate.pipeline import compare_files as files

    classes = options["classes"]
    columns = files.Columns(
        label=options["label"],
        prediction=options["prediction"],
        score=options["score"],
        id=options["ids"],
        positive_label=options["positive_label"],
        threshold=options["threshold"],
        classes=None if classes is None else [name.strip() for name in classes.split(",")],
    )
    request = files.CompareOptions(
        old, new, columns, options["task"], metrics, options["confidence"]
    )
    created = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    evidence = files.compare(request, Path.cwd(), created, settings.progress())
    if settings.json:
        out.data(evidence.to_json())
    else:
        out.say(_text(evidence, files.read(evidence, confidence=request.confidence)))
    return ExitCode.OK


def _text(evidence: CompareEvidence, lines: Sequence[MetricReading]) -> str:
    from tabulate import tabulate

    from mlgate.text import number_format as numbers

    head = (
        "metric", "old", "new", "change", f"{numbers.level(evidence.confidence)} interval",
        "the new one is",
    )  # fmt: skip
    table = tabulate([_row(line) for line in lines], head, disable_numparse=True)
    notes = [f"note: {note.text}" for note in evidence.notes]
    return "\n".join([_rows(evidence), "", table, *notes])


def _row(line: MetricReading) -> tuple[str, ...]:
    from mlgate.text.number_format import decimals, interval, number

    unit, bounds, change = line.measurement.unit, line.comparison.interval, line.comparison.change
    places = decimals(bounds, line.measurement.value)
    of_change = decimals(bounds, change, (0.0,))
    return (
        line.metric,
        number(line.comparison.baseline, places, unit),
        number(line.measurement.value, places, unit),
        number(change, of_change, unit, signed=True),
        interval(bounds, of_change, unit, signed=True),
        _reading(line),
    )


def _rows(evidence: CompareEvidence) -> str:
    if evidence.rows is None:
        return (
            f"{evidence.n:,} rows, not paired: name a column with --id to see smaller differences"
        )
    counts = evidence.rows
    parts = [f"{counts.paired:,} paired rows"]
    parts += [f"{counts.added:,} only in the new file"] if counts.added else []
    parts += [f"{counts.missing:,} only in the old file"] if counts.missing else []
    return ", ".join(parts)


def _reading(line: MetricReading) -> str:
    text = _READINGS[line.reading]
    if line.rows is not None:
        return f"{text}: about {_round(line.rows)} rows would decide"
    return text


def _round(rows: int) -> str:
    from mlgate.text.number_format import rows as rounded

    return rounded(rows)
