"""`mlgate plan`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError
from mlgate.text.short import commit_name

if TYPE_CHECKING:
    from mlgate.pipeline.planning.label_next import LabelOptions
    from mlgate.pipeline.planning.plan import Plan
    from mlgate.pipeline.planning.rule import RulePlan
    from mlgate.stats.conditions import Condition
    from mlgate.stats.labels import Guarantee, Need, Needs

POWER: Final = 0.99
LABEL_POWER: Final = 0.8
RELIABILITY: Final = 0.999
STEPS: Final = 32
CAP: Final = "0.1"
"""The share of differing predictions that a bare --variance-bound reckons with."""

_CHANCE: Final = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.option(
    "--power",
    type=click.FloatRange(0.5, 1, max_open=True),
    help=f"Share of cases in which the rows should decide. [default: {POWER}]",
)
@click.option(
    "--wear",
    is_flag=True,
    help="Show how worn the last run's test set is by the answers it has given.",
)
@click.option(
    "--condition",
    metavar="TEXT",
    help='Plan this instead of the gates: "n - o > 0.02 +/- 0.01". n and o are the accuracies of '
    "the new and the old model, d the share of predictions that differ.",
)
@click.option(
    "--reliability",
    type=_CHANCE,
    help=f"Chance that no answer is wrong by more than +/-. [default: {RELIABILITY}]",
)
@click.option(
    "--adaptivity",
    type=click.Choice(["none", "full", "first-change"]),
    help="Who sees the answers: nobody who develops, everybody, or everybody until the first "
    "pass, which ends the use of the rows. [default: full]",
)
@click.option(
    "--steps",
    type=click.IntRange(1, 10**9),
    help=f"How often these rows are used. [default: {STEPS}]",
)
@click.option("--tight", is_flag=True, help="Use exact binomial tails where they need fewer rows.")
@click.option(
    "--variance-bound",
    is_flag=False,
    flag_value=CAP,
    type=click.FloatRange(0, 1, min_open=True),
    metavar="[SHARE]",
    help="For n - o without d < A: the labels that suffice while at most this share of "
    f"predictions differs, which is measured first. [alone: {CAP}]",
)
@click.option(
    "--label-next",
    "count",
    type=click.IntRange(0, 10**9),
    metavar="N",
    help="Name the next N rows whose labels decide between the predictions of mlgate.yaml and others, "
    "and test the change of accuracy on those that are labelled.",
)
@click.option(
    "--against",
    metavar="FILE",
    help="The other model's predictions, for --label-next. [default: baseline.predictions]",
)
@click.option(
    "--margin",
    type=_CHANCE,
    help="The loss of accuracy to rule out, for --label-next. [default: accuracy.max_regression]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The .csv file to write the ids of --label-next to.",
)
@pass_settings
def command(
    settings: Settings,
    /,
    power: float | None,
    wear: bool,
    count: int | None,
    against: str | None,
    margin: float | None,
    output: Path | None,
    **options: Any,
) -> int:
    """Compute how many labelled rows the gates, or a condition, need.

    Without --condition: for each rule of mlgate.yaml the rows that decide it, those that there
    are, and what will happen. Trains nothing and writes nothing. With --wear: what earlier
    answers have cost the test set. With --label-next: the rows on which two models differ, in random
    order.
    """
    if count is not None:
        if wear or any(options.values()):
            raise UsageError(
                "--label-next goes with --against, --margin, --power and --output only"
            )
        from mlgate.pipeline.planning.label_next import LabelOptions

        label_options = LabelOptions(
            count, against, margin, output, LABEL_POWER if power is None else power
        )
        return _label_next(settings, label_options)
    alone = {"--against": against, "--margin": margin, "--output": output}
    for name in (name for name, value in alone.items() if value is not None):
        raise UsageError(f"{name} needs --label-next", hint="such as --label-next 100")
    if wear and (power is not None or any(options.values())):
        message = "--wear cannot be combined with other options"
        raise UsageError(message, hint="`mlgate plan --wear` reads the last run and the store")
    if options["condition"] is not None:
        if power is not None:
            message = "--power is for gates; a condition has --reliability"
            raise UsageError(message)
        (out.data if settings.json else out.say)(_condition(settings, **options))
        return ExitCode.OK
    given = [name for name, value in options.items() if value]
    if given:
        message = f"--{given[0].replace('_', '-')} needs a --condition"
        raise UsageError(message, hint='such as --condition "n - o > 0.02 +/- 0.01"')
    if wear:
        return _wear(settings)
    from mlgate.cli.context import context
    from mlgate.pipeline.planning.plan import plan

    planned = plan(context(settings), POWER if power is None else power)
    if settings.json:
        out.data(_gates_json(planned))
    else:
        out.say(_gates_text(planned))
    return ExitCode.OK


def _wear(settings: Settings) -> int:
    from mlgate.cli.context import context
    from mlgate.cli.wear import as_json, as_text
    from mlgate.pipeline.planning.meter import meter

    read = meter(context(settings))
    return _print(settings, as_json(read), as_text(read))


def _label_next(settings: Settings, options: LabelOptions) -> int:
    from mlgate.cli.context import context
    from mlgate.cli.label_next import as_json, as_text
    from mlgate.pipeline.planning.label_next import label_next

    plan = label_next(context(settings), options)
    output = None if options.output is None else str(options.output)
    return _print(settings, as_json(plan), as_text(plan, output))


def _print(settings: Settings, data: str, text: str) -> int:
    if settings.json:
        out.data(data)
    else:
        out.say(text)
    return ExitCode.OK


def _condition(settings: Settings, condition: str, **options: Any) -> str:
    from mlgate.stats.conditions import parse
    from mlgate.stats.labels import Guarantee, labels_needed

    guarantee = Guarantee(
        reliability=options["reliability"] or RELIABILITY,
        adaptivity=options["adaptivity"] or "full",
        steps=options["steps"] or STEPS,
        tight=options["tight"],
        variance_bound=options["variance_bound"],
    )
    parsed = parse(condition)
    needs = labels_needed(parsed, guarantee)
    tell = _condition_json if settings.json else _condition_text
    return tell(parsed, guarantee, needs)


def _condition_json(condition: Condition, guarantee: Guarantee, needs: Needs) -> str:
    from mlgate.cli import show

    rows = {name: getattr(needs, name) for name in ("labels", "unlabelled", "active_labels")}
    clauses = [{**asdict(need), "clause": str(need.clause)} for need in needs.clauses]
    return show.as_json(
        {**rows, "condition": str(condition), **asdict(guarantee), "clauses": clauses}
    )


def _condition_text(condition: Condition, guarantee: Guarantee, needs: Needs) -> str:
    from tabulate import tabulate

    lines = [str(condition), "", f"{needs.labels:,} labelled rows {_promise(guarantee)}."]
    if needs.unlabelled:
        lines.append(f"{needs.unlabelled:,} rows in all, labelled or not, measure d.")
    if needs.active_labels is not None:
        lines.append(
            f"With labels only for rows on which the models differ: {needs.active_labels:,} for "
            "one evaluation."
        )
    head = ("clause", "method", "labelled rows", "any rows")
    table = tabulate([_clause(need) for need in needs.clauses], head, disable_numparse=True)
    return "\n".join([*lines, "", table])


def _promise(guarantee: Guarantee) -> str:
    times = "once" if guarantee.steps == 1 else f"{guarantee.steps:,} times"
    seen = {
        "none": "its answers hidden from those who develop the model",
        "full": "every answer seen",
        "first-change": "up to the first pass",
    }[guarantee.adaptivity]
    wrong = f"{1 - guarantee.reliability:.2g}"
    return (
        f"decide this {times}, {seen}; the chance that any answer is wrong by more than its "
        f"tolerance is at most {wrong}"
    )


def _clause(need: Need) -> tuple[str, ...]:
    method = need.method if need.cap is None else f"{need.method}, d up to {need.cap:g}"
    return (str(need.clause), method, f"{need.labels:,}", f"{need.unlabelled:,}")


def _gates_json(planned: Plan) -> str:
    from mlgate.cli import show

    return show.as_json(
        {
            "power": planned.power,
            "rows": planned.rows,
            "problem": planned.problem,
            "evidence": None if planned.evidence is None else os.path.relpath(planned.evidence),
            "commit": planned.commit,
            "gates": [_rule_json(rule) for rule in planned.rules],
        }
    )


def _rule_json(planned: RulePlan) -> dict[str, Any]:
    from mlgate.pipeline.planning.plan_text import sentence

    rule, facts, chances = planned.rule, planned.assumed, planned.chances
    return {
        "id": rule.id,
        "limit": rule.limit,
        "relative": rule.relative,
        "confidence": rule.confidence,
        "rows": facts.rows,
        "rows_needed": planned.rows_needed,
        "smallest": planned.smallest,
        "distance": planned.distance,
        "chances": None
        if chances is None
        else {
            "pass": chances.passed,
            "fail": chances.failed,
            "inconclusive": chances.inconclusive,
        },
        "value": facts.value,
        "baseline": facts.baseline,
        "row_variance": facts.row_variance,
        "disagreement": facts.disagreement,
        "design_effect": facts.design,
        "widening": facts.widening,
        "basis": facts.basis,
        "reason": sentence(planned),
    }


def _gates_text(planned: Plan) -> str:
    from tabulate import tabulate

    from mlgate.pipeline.planning.plan_text import sentence

    head = ("rule", "limit", "rows needed", "rows", "smallest decided", "undecided")
    table = tabulate([_rule_row(rule) for rule in planned.rules], head, disable_numparse=True)
    sentences = [f"- {sentence(rule)}." for rule in planned.rules]
    return "\n".join([_basis(planned), "", table, "", *sentences])


def _rule_row(planned: RulePlan) -> tuple[str, ...]:
    from mlgate.pipeline.planning.plan_text import amount, limit, per_cent, rounded_up

    smallest = "–"
    if planned.smallest is not None:
        smallest = amount(rounded_up(planned.smallest), relative=planned.rule.relative)
    return (
        planned.rule.id,
        limit(planned.rule),
        _count(planned.rows_needed, planned.assumed.counted),
        _count(planned.assumed.rows, planned.assumed.counted),
        smallest,
        "–" if planned.chances is None else per_cent(planned.chances.inconclusive),
    )


def _count(rows: int | None, counted: str) -> str:
    """Return a number of rows; labels, which only some gates count, are named."""
    return "–" if rows is None else f"{rows:,} {counted}".removesuffix(" rows")


def _basis(planned: Plan) -> str:
    """Return where the numbers come from."""
    lines = [f"To decide in {planned.power * 100:g} % of cases."]
    if planned.evidence is not None:
        commit = f", {commit_name(planned.commit)}" if planned.commit else ""
        lines.append(f"Measured in {os.path.relpath(planned.evidence)}{commit}.")
    elif planned.problem is None:
        lines.append("Nothing is measured yet.")
    if planned.problem is not None:
        lines.append(f"The rows are not known: {planned.problem}.")
    return " ".join(lines)
