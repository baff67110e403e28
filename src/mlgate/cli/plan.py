"""`mlgate plan`."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError
from mlgate.text.short import commit_name, short_digest

if TYPE_CHECKING:
    from mlgate.pipeline.planning.meter import RuleWear, WearMeter
    from mlgate.pipeline.planning.plan import Plan
    from mlgate.pipeline.planning.rule import RulePlan
    from mlgate.stats.conditions import Condition
    from mlgate.stats.labels import Guarantee, Need, Needs

POWER: Final = 0.99
RELIABILITY: Final = 0.999
STEPS: Final = 32
CAP: Final = "0.1"
"""The share of differing predictions that a bare --variance-bound reckons with."""

_CHANCE: Final = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.option(
    "--power",
    type=click.FloatRange(0.5, 1, max_open=True),
    help=f"How often the rows shall decide. [default: {POWER}]",
)
@click.option(
    "--wear",
    is_flag=True,
    help="Tell how worn the last run's test set is by the answers that it has given.",
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
@pass_settings
def command(settings: Settings, /, power: float | None, wear: bool, **options: Any) -> int:
    """Compute how many labelled rows the gates, or a condition, need.

    Without --condition: for each rule of mlgate.yaml the rows that decide it, those that there
    are, and what will happen. Trains nothing and writes nothing. With --wear: what earlier
    answers have cost the test set.
    """
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
    from mlgate.cli.context import context
    from mlgate.pipeline.planning.plan import plan

    if wear:
        from mlgate.pipeline.planning.meter import meter

        read = meter(context(settings))
        (out.data if settings.json else out.say)(
            _wear_json(read) if settings.json else _wear_text(read)
        )
        return ExitCode.OK
    planned = plan(context(settings), POWER if power is None else power)
    if settings.json:
        out.data(_gates_json(planned))
    else:
        out.say(_gates_text(planned))
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


def _wear_json(meter: WearMeter) -> str:
    from mlgate.cli import show

    return show.as_json(
        {
            "test_set": meter.test_set,
            **asdict(meter.use),
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
                }
                for worn in meter.rules
            ],
        }
    )


def _wear_text(meter: WearMeter) -> str:
    from tabulate import tabulate

    use = meter.use
    times = "time" if use.evaluations == 1 else "times"
    answers = f"has answered at least {use.evaluations:,} {times}, {use.surprises:,} of them not by a pass"
    lines = [f"The test set {short_digest(meter.test_set)} {answers}."]
    if meter.sealed is not None:
        lines.append(f"It is sealed: {meter.sealed[0]:,} of {meter.sealed[1]:,} uses are left.")
    if not meter.rules:
        lines.append("No rule has a margin for a share of right rows, so no wear is shown.")
        return "\n".join(lines)
    head = ("rule", "margin", "rows", "wear of 1", "state", "margin certified", "answers left")
    table = tabulate([_worn_row(worn) for worn in meter.rules], head, disable_numparse=True)
    return "\n".join([*lines, "", table])


def _worn_row(worn: RuleWear) -> tuple[str, ...]:
    from mlgate.stats.wear import MOST

    certified = "none" if worn.wear.tolerance is None else f"{worn.wear.tolerance:.2g}"
    left = f"over {MOST:,}" if worn.left is None else f"{worn.left:,}"
    rule = worn.rule
    value = f"{worn.wear.value:.2f}"
    return (rule.gate, f"{rule.margin:.2g}", f"{rule.n:,}", value, worn.wear.state, certified, left)


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
        "basis": facts.basis,
        "reason": sentence(planned),
    }


def _gates_text(planned: Plan) -> str:
    from tabulate import tabulate

    from mlgate.pipeline.planning.plan_text import sentence

    head = ("rule", "limit", "rows needed", "rows", "smallest decided", "inconclusive")
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
        _count(planned.rows_needed),
        _count(planned.assumed.rows),
        smallest,
        "–" if planned.chances is None else per_cent(planned.chances.inconclusive),
    )


def _count(rows: int | None) -> str:
    return "–" if rows is None else f"{rows:,}"


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
