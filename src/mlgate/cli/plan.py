"""`mlgate plan`."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

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
    """Tell how many labelled rows the gates, or a condition, need.

    Without --condition: for each rule of mlgate.yaml the rows that decide it, those that there
    are, and what will happen. Trains nothing and writes nothing. With --wear: what earlier
    answers have cost the test set.
    """
    if wear and (power is not None or any(options.values())):
        message = "--wear stands alone"
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
    from mlgate.cli.surroundings import context
    from mlgate.pipeline.planning.plan import plan

    if wear:
        from mlgate.pipeline.planning.meter import meter

        read = meter(context(settings))
        (out.data if settings.json else out.say)(
            _wear_json(read) if settings.json else _wear_text(read)
        )
        return ExitCode.OK
    found = plan(context(settings), POWER if power is None else power)
    if settings.json:
        out.data(_gates_json(found))
    else:
        out.say(_gates_text(found))
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


def _wear_json(found: WearMeter) -> str:
    from mlgate.cli import show

    return show.as_json(
        {
            "test_set": found.test_set,
            **asdict(found.use),
            "sealed": None
            if found.sealed is None
            else {"left": found.sealed[0], "uses": found.sealed[1]},
            "gates": [
                {
                    "id": one.rule.gate,
                    "margin": one.rule.margin,
                    "rows": one.rule.n,
                    "cap": one.rule.cap,
                    "wear": one.wear.value,
                    "state": one.wear.state,
                    "tolerance": one.wear.tolerance,
                    "evaluations_left": one.left,
                }
                for one in found.rules
            ],
        }
    )


def _wear_text(found: WearMeter) -> str:
    from tabulate import tabulate

    use = found.use
    times = "time" if use.evaluations == 1 else "times"
    said = f"has answered at least {use.evaluations:,} {times}, {use.surprises:,} of them not by a pass"
    lines = [f"The test set {found.test_set[:12]} {said}."]
    if found.sealed is not None:
        lines.append(f"It is sealed: {found.sealed[0]:,} of {found.sealed[1]:,} uses are left.")
    if not found.rules:
        lines.append("No rule has a margin for a share of right rows, so no wear is told.")
        return "\n".join(lines)
    head = ("rule", "margin", "rows", "wear of 1", "state", "margin certified", "answers left")
    table = tabulate([_worn_row(one) for one in found.rules], head, disable_numparse=True)
    return "\n".join([*lines, "", table])


def _worn_row(one: RuleWear) -> tuple[str, ...]:
    from mlgate.stats.wear import MOST

    certified = "none" if one.wear.tolerance is None else f"{one.wear.tolerance:.2g}"
    left = f"over {MOST:,}" if one.left is None else f"{one.left:,}"
    rule = one.rule
    value = f"{one.wear.value:.2f}"
    return (rule.gate, f"{rule.margin:.2g}", f"{rule.n:,}", value, one.wear.state, certified, left)


def _gates_json(found: Plan) -> str:
    from mlgate.cli import show

    return show.as_json(
        {
            "power": found.power,
            "rows": found.rows,
            "problem": found.problem,
            "evidence": None if found.evidence is None else os.path.relpath(found.evidence),
            "commit": found.commit,
            "gates": [_rule_json(one) for one in found.rules],
        }
    )


def _rule_json(one: RulePlan) -> dict[str, Any]:
    from mlgate.pipeline.planning.plan_text import sentence

    rule, known, chances = one.rule, one.assumed, one.chances
    return {
        "id": rule.id,
        "limit": rule.limit,
        "relative": rule.relative,
        "confidence": rule.confidence,
        "rows": known.rows,
        "rows_needed": one.rows_needed,
        "smallest": one.smallest,
        "distance": one.distance,
        "chances": None
        if chances is None
        else {
            "pass": chances.passed,
            "fail": chances.failed,
            "inconclusive": chances.inconclusive,
        },
        "value": known.value,
        "baseline": known.baseline,
        "row_variance": known.row_variance,
        "disagreement": known.disagreement,
        "design_effect": known.design,
        "basis": known.basis,
        "reason": sentence(one),
    }


def _gates_text(found: Plan) -> str:
    from tabulate import tabulate

    from mlgate.pipeline.planning.plan_text import sentence

    head = ("rule", "limit", "rows needed", "rows", "smallest decided", "inconclusive")
    table = tabulate([_rule_row(one) for one in found.rules], head, disable_numparse=True)
    told = [f"- {sentence(one)}." for one in found.rules]
    return "\n".join([_basis(found), "", table, "", *told])


def _rule_row(one: RulePlan) -> tuple[str, ...]:
    from mlgate.pipeline.planning.plan_text import amount, limit, per_cent, rounded_up

    smallest = "–"
    if one.smallest is not None:
        smallest = amount(rounded_up(one.smallest), relative=one.rule.relative)
    return (
        one.rule.id,
        limit(one.rule),
        _count(one.rows_needed),
        _count(one.assumed.rows),
        smallest,
        "–" if one.chances is None else per_cent(one.chances.inconclusive),
    )


def _count(rows: int | None) -> str:
    return "–" if rows is None else f"{rows:,}"


def _basis(found: Plan) -> str:
    """Say where the numbers come from."""
    lines = [f"To decide in {found.power * 100:g} % of cases."]
    if found.evidence is not None:
        commit = f", commit {found.commit[:7]}" if found.commit else ""
        lines.append(f"Measured in {os.path.relpath(found.evidence)}{commit}.")
    elif found.problem is None:
        lines.append("Nothing is measured yet.")
    if found.problem is not None:
        lines.append(f"The rows are not known: {found.problem}.")
    return " ".join(lines)
