"""The plain lines under the gate table, and what to do next about each gate that does not pass.

Said by those who found it, in notes of run.json, verdict.json and the evidence, and only
repeated here: a changed policy, an unpaired comparison, an expired waiver. Said here: what
follows from the numbers in those files.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING

from mlgate.model import few_rows
from mlgate.model.evidence import CompareEvidence, TrainEvidence
from mlgate.model.verdict import SEVERITY
from mlgate.report.check_page import page_of, waivable
from mlgate.report.document import (
    Block,
    Code,
    Content,
    NoteLine,
    Paragraph,
    Strong,
    Text,
    sentence,
)
from mlgate.report.gates import measurement_of, shows_reason, status, word
from mlgate.run_dir import CHANGED, DEFAULT
from mlgate.text import number_format as numbers
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.model.evidence import Absent, BaselineRef, Evidence
    from mlgate.model.rows import Role
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import RuleResult, Verdict
    from mlgate.report.check_page import PageContext, Pages
    from mlgate.report.gates import Names

WAIVER_DAYS = 30
LOG_LINES = 40
_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
REGRESSIONS = ("max_regression", "max_regression_anchor")


def lines(
    run: RunRecord,
    verdict: Verdict,
    evidence: Mapping[str, Evidence],
    context: PageContext,
    pages: Pages,
) -> tuple[NoteLine, ...]:
    """Return the plain lines, each once, warnings first."""
    every = [
        *_elsewhere(run),
        *_errors(verdict, evidence),
        *_baselines(run, evidence, context),
        *_checks(evidence, context, pages),
        *_waived(verdict),
        *_notes(run, verdict, evidence),
        *_would_decide(verdict),
    ]
    unique = list(dict.fromkeys(every))
    return tuple(sorted(unique, key=lambda line: line.status is None))


def _elsewhere(run: RunRecord) -> Iterator[NoteLine]:
    if run.external is not None:
        origin = f"These are the results of run {run.external.id} on the MLflow server"
        yield NoteLine("warn", (f"{origin}, made elsewhere and only judged here.",))
    elif run.elsewhere:
        yield NoteLine("warn", ("These results were made elsewhere and only judged here.",))


def _errors(verdict: Verdict, evidence: Mapping[str, Evidence]) -> Iterator[NoteLine]:
    """Return why checks could not measure, where no gate says so."""
    reasons = {gate.reason for gate in verdict.gates}
    for check, measured in evidence.items():
        if measured.error is not None and measured.error not in reasons:
            hint = f" → {measured.hint}" if measured.hint else ""
            yield NoteLine(
                "fail", (Code(check), *sentence(f" could not measure: {measured.error}{hint}"))
            )


def _baselines(
    run: RunRecord, evidence: Mapping[str, Evidence], context: PageContext
) -> Iterator[NoteLine]:
    """Return what to know of the baselines; of the anchor only where a rule against it matters."""
    matters = any(
        g.against == "anchor" and g.verdict not in ("pass", "untested") for g in context.gates
    )
    for measured in evidence.values():
        for role, ref in measured.baselines.items():
            if role == "main" or matters:
                yield from _baseline(run, role, ref, context.names)


def _would_decide(verdict: Verdict) -> Iterator[NoteLine]:
    """Return once what holds for every number of rows that would decide."""
    needing = [g for g in verdict.gates if g.verdict == "inconclusive" and g.rows_needed]
    conditions = dict.fromkeys(numbers.condition(gate.against, gate.power) for gate in needing)
    if conditions:
        yield NoteLine(None, (f"So many rows would decide {', or '.join(conditions)}.",))


def _first_run(run: RunRecord, names: Names) -> Text:
    """Return what makes the first baseline."""
    if run.dirty:
        return ("commit your changes, or undo them, and run ", Code("mlgate run"), " again.")
    if run.branch is not None and run.branch == run.base_branch:
        return (
            "keep this run as the first baseline with ",
            Code("mlgate baseline save"),
            ", in your clone; with ",
            Code("--push"),
            ", or by CI, for everybody. Later commits are compared with it.",
        )
    return (
        f"make the first baseline: on {names.main}, run ",
        Code("mlgate run"),
        ", then ",
        Code("mlgate baseline save"),
        ", for your clone; with ",
        Code("--push"),
        ", or in CI on every push, for everybody.",
    )


def _baseline(run: RunRecord, role: Role, ref: BaselineRef, names: Names) -> Iterator[NoteLine]:
    name = names.of(role)
    if role == "main" and ref.distance > 0 and ref.commit is not None:
        on_base = run.branch is not None and run.branch == run.base_branch
        expected = "the parent commit" if on_base else f"the merge-base with {name}"
        recorded = run.merge_base is not None and not on_base
        at = Code(short_sha(str(run.merge_base))) if recorded else "that commit"
        before = numbers.plural(ref.distance, "commit")
        update = "" if on_base else ", or update this branch"
        yield NoteLine(
            "warn",
            (
                f"The baseline is not that of {expected}: the nearest one available is ",
                Code(short_sha(ref.commit)),
                f", {before} earlier, so that the change between them is judged as well.",
                f" Run {name}'s workflow at ",
                at,
                f"{update}.",
            ),
        )
    if ref.verdict in ("fail", "error"):
        yield NoteLine(
            "warn",
            (f"The run of {name} that this one is compared with did not pass its own gates.",),
        )
    if ref.note and ref.distance == 0:  # else the note says what the line above says
        yield NoteLine(None, sentence(ref.note))


def _checks(
    evidence: Mapping[str, Evidence], context: PageContext, pages: Pages
) -> Iterator[NoteLine]:
    for measured in evidence.values():
        yield from page_of(measured, pages).lines(measured, context)


def _waived(verdict: Verdict) -> Iterator[NoteLine]:
    for gate in verdict.gates:
        if gate.waived is None:
            continue
        by = f", approved by {gate.waived.approved_by}" if gate.waived.approved_by else ""
        yield NoteLine(
            "warn",
            (
                "A waiver is in use: ",
                Code(gate.id),
                f" does not count until {gate.waived.until}{by}. Its reason: {gate.waived.reason}",
            ),
        )


def _notes(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence]
) -> Iterator[NoteLine]:
    gated = {gate.metric for gate in verdict.gates}
    notes = [*run.notes, *verdict.notes]
    for measured in evidence.values():
        notes += [note for note in measured.notes if note.metric is None or note.metric in gated]
    for note in notes:
        yield NoteLine("warn" if note.level == "warning" else None, sentence(note.text))


def advice(
    run: RunRecord,
    verdict: Verdict,
    evidence: Mapping[str, Evidence],
    names: Names,
    pages: Pages,
) -> tuple[NoteLine, ...]:
    """For the gates that do not pass: why, unless it is shown already, then what to do next."""
    absent = {role for measured in evidence.values() for role in measured.absent}
    gates = [
        gate
        for gate in sorted(verdict.gates, key=_urgency)
        if gate.verdict != "pass"
        and gate.waived is None
        and not (gate.against in absent and gate.verdict == "untested")
        and not _is_headline(gate, verdict)
        and not _follows(gate, verdict.gates)
    ]
    compared = (each for each in evidence.values() if isinstance(each, CompareEvidence))
    compare = next(compared, None)
    unsaid = [g for g in gates if not shows_reason(g) and g.reason not in verdict.headline]
    steps = [_step(gate, names, pages, compare, _too_few(verdict.gates)) for gate in gates[:1]]
    if any(absent.kind == "none_yet" for absent in _absent(evidence)):
        steps.append(_first_run(run, names))
    return (
        *_why(unsaid, evidence),
        *(NoteLine(None, (Strong("Next"), ": ", *step)) for step in steps[:1]),
    )


def _is_headline(gate: RuleResult, verdict: Verdict) -> bool:
    """Whether the headline says all there is to say of an error."""
    headline = verdict.summary or verdict.headline
    return gate.verdict == "error" and all(
        part.rstrip(".") in headline for part in (gate.reason, (gate.hint or "").partition(" ")[2])
    )


def _follows(gate: RuleResult, gates: tuple[RuleResult, ...]) -> bool:
    """Whether a rule cannot be judged against the anchor where it cannot against main either."""
    return (gate.verdict, gate.against) == ("error", "anchor") and any(
        (other.verdict, other.against, other.target) == ("error", "main", gate.target)
        for other in gates
    )


def _absent(evidence: Mapping[str, Evidence]) -> list[Absent]:
    """Return why checks found no baseline of main."""
    return [each.absent["main"] for each in evidence.values() if "main" in each.absent]


def _urgency(gate: RuleResult) -> tuple[bool, int]:
    return not gate.blocks, -SEVERITY[gate.verdict]


def _why(gates: list[RuleResult], evidence: Mapping[str, Evidence]) -> Iterator[NoteLine]:
    """Return the reasons, one line a target and outcome."""
    reasons: dict[tuple[str, str], list[RuleResult]] = {}
    for gate in gates:
        reasons.setdefault((gate.title, word(gate)), []).append(gate)
    for (title, _), alike in reasons.items():
        why = "; ".join(dict.fromkeys(_reason(gate, evidence).rstrip(".") for gate in alike))
        yield NoteLine(status(alike[0]), (Strong(title), *sentence(f": {why}.")))


def _reason(gate: RuleResult, evidence: Mapping[str, Evidence]) -> str:
    """Return why; of a number that cannot be tested only that, as the table has the rest."""
    measured = measurement_of(gate, evidence)
    if gate.verdict != "untested" or measured is None:
        return gate.reason
    compared = measured.against.get(gate.against) if gate.against else None
    untested = compared.untested if compared else measured.untested
    return f"untested, because {untested}" if untested else gate.reason


def _changed(compare: CompareEvidence | None) -> str | None:
    """Return which rows `changed.parquet` holds; None where the models were not paired by row."""
    if compare is None or compare.rows is None:
        return None
    of = {
        "regression": "the rows on which both models differ, those whose error grew most first",
        "scores": "the rows whose numbers changed",
    }
    return of.get(
        compare.task or "", "the rows on which both models differ, the newly wrong ones first"
    )


def _untested(gate: RuleResult, compare: CompareEvidence | None) -> Text:
    """Return what makes a test possible; numbers beside predictions have no rows of their own."""
    measured = None if compare is None or compare.task is None else compare.metrics.get(gate.metric)
    of_compare = compare is not None and gate.check == compare.check
    if of_compare and measured is not None and measured.source is not None:
        return (
            "where it is a mean over test rows, write a column with their values and name it under ",
            Code("metrics.rows"),
            ", so that it can be tested.",
        )
    return (
        "configure ",
        Code("predictions"),
        ", one row for each test row, so that it can be tested.",
    )


def _too_few(gates: Sequence[RuleResult]) -> str | None:
    """Return that nothing can be blocked, where that holds for every rule that compares."""
    comparing = [gate for gate in gates if gate.rule_kind in REGRESSIONS]
    rows = [gate.n for gate in comparing if gate.n is not None and gate.unit == "share"]
    every = 0 < len(rows) == len(comparing) and max(rows) < few_rows.FEWEST
    return few_rows.nothing_blocked(max(rows)) if every else None


def _step(
    gate: RuleResult, names: Names, pages: Pages, compare: CompareEvidence | None, few: str | None
) -> Text:
    accepted = gate.blocks and waivable(gate.check, pages)
    end = ", or accept it with the waiver below." if accepted else "."
    if gate.verdict == "error":
        hint = gate.hint or "fix that and run again"
        return sentence(hint if hint.endswith("?") else f"{hint}.")
    if gate.verdict == "untested":
        return _untested(gate, compare)
    if gate.verdict == "inconclusive":
        rule = f", or set a rule on {names.main} that these rows can decide"
        more = gate.hint or f"label more test rows{_how_many(gate)}"
        if few is not None:
            more, rule = few, ": label more test rows, or write a cross-validation's predictions"
        if gate.check in pages and pages[gate.check].undecided:
            more, rule = pages[gate.check].undecided, ""
        return (f"{more}{rule}{end}",)
    if gate.check in pages and (step := pages[gate.check].next_step):
        return (*step, end)
    changed = _changed(compare)
    numbers_alone = gate.interval == (None, None)
    if gate.against is None or gate.rule_kind == "min_improvement" or numbers_alone or not changed:
        return (f"improve the model{end}",)
    return (
        "look at ",
        Code(f".mlgate/{CHANGED}"),
        f", {changed} (after a run in CI, ",
        Code("mlgate run"),
        f" in a clone of this branch writes it); fix what broke them{end}",
    )


def _how_many(gate: RuleResult) -> str:
    """Return how many rows would decide an undecided rule, or why no number is honest."""
    if gate.rows_needed is None:
        why = gate.rows_unknown
        return "" if why is None else f" (no number of rows can be named: {why})"
    now = "" if gate.n is None else f" instead of {numbers.count(gate.n)}"
    return f" (about {numbers.rows(gate.rows_needed)} in all{now} would decide)"


def waiver(run: RunRecord, verdict: Verdict, pages: Pages) -> tuple[Content, ...]:
    """Return the lines to add to mlgate.yaml, for the gates that block and were measured."""
    blocking = [
        gate
        for gate in verdict.gates
        if gate.blocks and gate.verdict != "error" and waivable(gate.check, pages)
    ]
    if not blocking:
        return ()
    until = _day(run.started) + dt.timedelta(days=WAIVER_DAYS)
    files = dict.fromkeys(gate.file or "mlgate.yaml" for gate in blocking)
    where = f" on {run.base_branch}" if run.base_branch else ""
    content: list[Content] = []
    for file in files:
        ids = dict.fromkeys(g.id for g in blocking if (g.file or "mlgate.yaml") == file)
        entries = "\n".join(
            f'  - {{gate: {json.dumps(name)}, reason: "say why", until: {until}}}' for name in ids
        )
        text: Text = (
            "Add these lines to ",
            Code(file),
            f"{where}; they take effect once they are there:",
        )
        content += [Paragraph(text), Block(f"waivers:\n{entries}", "yaml")]
    return tuple(content)


def _mend(train: TrainEvidence) -> Text:
    """Return what to do about a training that did not end well."""
    if train.status == "timeout":
        return (
            Strong("Next"),
            ": make it faster, or allow more under ",
            Code("train.timeout"),
            ".",
        )
    if train.status == "interrupted":
        return (Strong("Next"), ": run it again.")
    folder = _MODULE.search("\n".join(train.log_tail))
    hint: Text = ()
    if folder is not None:
        name = folder[1].partition(".")[0]
        hint = (
            f" Where {name} is a folder of this repository, start the training with ",
            Code("python -m"),
            " or with ",
            Code("PYTHONPATH=."),
            "; where it is a package, is the project's environment active in this shell, or installed in CI?",
        )
    return (
        Strong("Next"),
        ": fix the problems listed here and run it again. No gate was judged.",
        *hint,
    )


def _day(started: str) -> dt.date:
    return dt.date.fromisoformat(started[:10])


def failed_training(evidence: Mapping[str, Evidence]) -> tuple[Content, ...]:
    """Return the end of a failed training's log, and what to do next."""
    train = evidence.get("train")
    if not isinstance(train, TrainEvidence) or train.status in ("ok", "skipped"):
        return ()
    command: Text = (" of ", Code(train.command)) if train.command else ()
    content: list[Content] = []
    if train.log_tail:
        tail = train.log_tail[-LOG_LINES:]
        content.append(Paragraph(("The last lines of the output", *command, ":")))
        content.append(Block("\n".join(tail), "text"))
    else:
        content.append(Paragraph(("The command", *command, " printed nothing.")))
    if train.log:
        content.append(Paragraph(("The whole output is in ", Code(f"{DEFAULT}/{train.log}"), ".")))
    content.append(Paragraph(_mend(train)))
    if train.withheld:
        names: list[str | Code] = []
        for name in train.withheld:
            names += [", " if names else "", Code(name)]
        content.append(
            Paragraph(
                (
                    "Withheld from the training: ",
                    *names,
                    ". If it needs one, name it under ",
                    Code("train.pass_env"),
                    "; in a pull request, that of the judging branch's mlgate.yaml counts.",
                )
            )
        )
    return tuple(content)
