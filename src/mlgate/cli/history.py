"""`mlgate history`, which is `mlgate baseline history` as well."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import HistoryPoint


@click.command()
@click.option("--last", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with every digit.")
@pass_settings
def command(settings: Settings, last: int, as_csv: bool) -> int:
    """List the trend on the main branch, the newest run last."""
    from mlgate.cli import out
    from mlgate.cli import show as text
    from mlgate.cli.context import stored_baselines
    from mlgate.stores import history as trend

    stored = stored_baselines(settings)
    points = trend.history(stored.load, stored.baselines, stored.tags, last)
    if settings.json:
        out.data(text.as_json([point.model_dump(mode="json") for point in points]))
    elif as_csv:
        out.say(_csv(points))
    else:
        out.say(_table(points) if points else "no baseline yet")
    return ExitCode.OK


def number(value: float | None) -> str:
    """Write a metric's value for people."""
    return "–" if value is None else f"{value:.5g}"


def _metrics(points: Sequence[HistoryPoint]) -> list[str]:
    return list(dict.fromkeys(name for point in points for name in point.metrics))


def _table(points: Sequence[HistoryPoint]) -> str:
    from tabulate import tabulate

    names = _metrics(points)
    rows = [
        [
            point.created[:10],
            short_sha(point.commit),
            point.tag or "",
            point.verdict or "",
            *(number(point.metrics.get(name)) for name in names),
        ]
        for point in points
    ]
    head = ["saved", "commit", "tag", "verdict", *names]
    return tabulate(rows, head, tablefmt="plain", disable_numparse=True)


def _csv(points: Sequence[HistoryPoint]) -> str:
    names = _metrics(points)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["saved", "commit", "tag", "verdict", *names])
    for point in points:
        values: list[Any] = [point.metrics.get(name) for name in names]
        rows.writerow([point.created, point.commit, point.tag, point.verdict, *values])
    return text.getvalue().rstrip("\n")
