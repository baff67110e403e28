"""What `mlgate plan --wear` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from mlgate.model.project import DOCS
from mlgate.text.short import short_digest

if TYPE_CHECKING:
    from mlgate.pipeline.planning.meter import RuleWear, WearMeter


def as_json(meter: WearMeter) -> str:
    """Return the meter as JSON."""
    from mlgate.cli import show

    return show.as_json(
        {
            "test_set": meter.test_set,
            **asdict(meter.use),
            "surprises": meter.surprises,
            "unrecorded": meter.assumed,
            "changes": meter.changes,
            "sealed": None
            if meter.sealed is None
            else {"left": meter.sealed[0], "uses": meter.sealed[1]},
            "gates": [
                {
                    "id": worn.rule.gate,
                    "margin": worn.rule.margin,
                    "rows": worn.rule.n,
                    "cap": worn.rule.cap,
                    "wear": worn.wear.value,
                    "state": worn.wear.state,
                    "tolerance": worn.wear.tolerance,
                    "evaluations_left": worn.left,
                    "new_rows_bear": {"exact": worn.exact, "steps": worn.steps},
                }
                for worn in meter.rules
            ],
        }
    )


def as_text(meter: WearMeter) -> str:
    """Return the meter as sentences, and a table of the rules that it counts for."""
    from tabulate import tabulate

    use = meter.use
    times = "time" if use.evaluations == 1 else "times"
    answers = f"has answered at least {use.evaluations:,} {times}, {meter.surprises:,} of them not by a pass"
    shown = [f"{use.exact:,} numbers from test labels"] if use.exact else []
    shown += (
        [f"{use.steps:,} results in steps, {use.unusual:,} of them unusual"] if use.steps else []
    )
    lines = [
        f"The test set {short_digest(meter.test_set)} {answers}.",
        f"Printed: {', '.join(shown) or 'nothing'}.",
    ]
    if meter.assumed:
        lines.append(
            f"{meter.assumed:,} of the answers did not record what they printed: each is taken to have "
            "printed as many numbers as the last run."
        )
    if meter.changes == "exact":
        lines.append(
            f"`report.changes: steps` prints less, so that the rows last longer ({DOCS}/wear.md)."
        )
    if meter.sealed is not None:
        lines.append(f"It is sealed: {meter.sealed[0]:,} of {meter.sealed[1]:,} uses are left.")
    if not meter.rules:
        lines.append("No rule has a margin for a share of right rows, so no wear is shown.")
        return "\n".join(lines)
    head = (
        "rule", "margin", "rows", "wear (1 is worn out)", "state", "margin certified", "answers left",
        "new rows bear, exact", "in steps",
    )  # fmt: skip
    table = tabulate([_worn_row(worn) for worn in meter.rules], head, disable_numparse=True)
    return "\n".join([*lines, "", table])


def _worn_row(worn: RuleWear) -> tuple[str, ...]:
    certified = "none" if worn.wear.tolerance is None else f"{worn.wear.tolerance:.2g}"
    rule = worn.rule
    counts = (_at_most(count) for count in (worn.left, worn.exact, worn.steps))
    value = f"{worn.wear.value:.2f}"
    left, exact, steps = counts
    return (
        rule.gate, f"{rule.margin:.2g}", f"{rule.n:,}", value, worn.wear.state, certified, left, exact, steps,
    )  # fmt: skip


def _at_most(count: int | None) -> str:
    from mlgate.stats.wear import MOST

    return f"over {MOST:,}" if count is None else f"{count:,}"
