"""The plain lines under the gate table, and what to do next about each gate that does not pass.

Said by those who found it, in notes of run.json, verdict.json and the evidence, and only
repeated here: a changed policy, an unpaired comparison, an expired waiver. Said here: what
follows from the numbers in those files.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from mlgate.model.evidence import TrainEvidence
from mlgate.report.check_page import page_of
from mlgate.report.document import Block, Code, Content, NoteLine, Paragraph, Strong, Text
from mlgate.report.gates import status, word
from mlgate.run_dir import CHANGED
from mlgate.text import number_format as numbers
from mlgate.text.lists import all_of
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import BaselineRef, Evidence
    from mlgate.model.rows import Role
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import RuleResult, Verdict
    from mlgate.report.check_page import PageContext, Pages
    from mlgate.report.gates import Names

WAIVER_DAYS = 30
LOG_LINES = 40


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
        *_errors(evidence),
        *_baselines(run, evidence, context.names),
        *_checks(evidence, context, pages),
        *_waived(verdict),
        *_notes(run, verdict, evidence),
    ]
    unique = list(dict.fromkeys(every))
    return tuple(sorted(unique, key=lambda line: line.status is None))


def _elsewhere(run: RunRecord) -> Iterator[NoteLine]:
    if run.elsewhere:
        yield NoteLine("warn", ("These results were made elsewhere and only judged here.",))


def _errors(evidence: Mapping[str, Evidence]) -> Iterator[NoteLine]:
    for check, measured in evidence.items():
        if measured.error is not None:
            hint = f" → {measured.hint}" if measured.hint else ""
            yield NoteLine("fail", (Code(check), f" could not measure: {measured.error}{hint}"))


def _baselines(
    run: RunRecord, evidence: Mapping[str, Evidence], names: Names
) -> Iterator[NoteLine]:
    for measured in evidence.values():
        for role, ref in measured.baselines.items():
            yield from _baseline(run, role, ref, names)
        absent = measured.absent.get("main")
        if absent is not None and absent.kind == "none_yet":
            yield NoteLine(None, _first_run(run, names))


def _first_run(run: RunRecord, names: Names) -> Text:
    """Explain how a baseline appears."""
    if run.branch is not None and run.branch == run.base_branch:
        return (
            "No baseline yet, so nothing to compare with. This run can be the first: ",
            Code("mlgate baseline save --push"),
            " keeps it, and later commits are compared with it.",
        )
    return (
        "No baseline yet, so nothing to compare with. Create one with ",
        Code("mlgate run"),
        ", then ",
        Code("mlgate baseline save --push"),
        f", in CI on every push to {names.main}.",
    )


def _baseline(run: RunRecord, role: Role, ref: BaselineRef, names: Names) -> Iterator[NoteLine]:
    name = names.of(role)
    if role == "main" and ref.distance > 0 and ref.commit is not None:
        on_base = run.branch is not None and run.branch == run.base_branch
        expected = "the parent commit" if on_base else f"the merge-base with {name}"
        before = numbers.plural(ref.distance, "commit")
        yield NoteLine(
            "warn",
            (
                f"The baseline is not that of {expected}: the nearest that was kept is ",
                Code(short_sha(ref.commit)),
                f", {before} earlier, so that the change between them is judged as well.",
            ),
        )
    if ref.verdict in ("fail", "error"):
        yield NoteLine(
            "warn", (f"{name}'s own run did not pass ({ref.verdict}) and is the baseline.",)
        )
    if ref.note and ref.distance == 0:  # else the note says what the line above says
        yield NoteLine(None, (ref.note,))


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
    notes = [*run.notes, *verdict.notes]
    for measured in evidence.values():
        notes += measured.notes
    for note in notes:
        yield NoteLine("warn" if note.level == "warning" else None, (note.text,))


def advice(
    verdict: Verdict, evidence: Mapping[str, Evidence], names: Names, pages: Pages
) -> tuple[NoteLine, ...]:
    """For the gates that do not pass: why, one line a target and outcome, then what to do next."""
    absent = {role for measured in evidence.values() for role in measured.absent}
    gates = [
        gate
        for gate in sorted(verdict.gates, key=lambda gate: not gate.blocks)
        if gate.verdict != "pass"
        and gate.waived is None
        and not (gate.against in absent and gate.verdict == "untested")
    ]
    return (*_why(gates), *_next(gates, names, pages))


def _why(gates: list[RuleResult]) -> Iterator[NoteLine]:
    reasons: dict[tuple[str, str], list[RuleResult]] = {}
    for gate in gates:
        reasons.setdefault((gate.title, word(gate)), []).append(gate)
    for (title, outcome), alike in reasons.items():
        why = "; ".join(dict.fromkeys(gate.reason.rstrip(".") for gate in alike))
        yield NoteLine(status(alike[0]), (Strong(title), f" {outcome}: {why}."))


def _next(gates: list[RuleResult], names: Names, pages: Pages) -> Iterator[NoteLine]:
    """Return each thing to do once, with what it is for where that differs."""
    steps: dict[Text, list[str]] = {}
    for gate in gates:
        steps.setdefault(_step(gate, names, pages), []).append(gate.title)
    for step, titles in steps.items():
        of = f", for {all_of(dict.fromkeys(titles))}: " if len(steps) > 1 else ": "
        yield NoteLine(None, (Strong("Next"), of, *step))


def _step(gate: RuleResult, names: Names, pages: Pages) -> Text:
    waivable = ", or accept it with the waiver below." if gate.blocks else "."
    if gate.verdict == "error":
        return ("fix that and measure again: until then it counts against this run.",)
    if gate.verdict == "untested":
        return ("give ", Code("predictions"), " row by row, and it can be tested.")
    if gate.verdict == "inconclusive":
        rule = f"or set a rule on {names.main} that this test set can decide"
        return (f"add labelled test rows, {rule}{waivable}",)
    if gate.check in pages and (step := pages[gate.check].next_step):
        return (*step, waivable)
    if gate.against is None or gate.rule_kind == "min_improvement":
        return (f"improve the model{waivable}",)
    return (
        "look at the rows that became wrong (",
        Code(CHANGED),
        f" in the run directory) and fix what broke them{waivable}",
    )


def waiver(run: RunRecord, verdict: Verdict) -> tuple[Content, ...]:
    """Return the lines to add to mlgate.yaml, for the gates that block and were measured."""
    blocking = [gate for gate in verdict.gates if gate.blocks and gate.verdict != "error"]
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
            "To accept this all the same, add these lines to ",
            Code(file),
            f"{where} (a waiver counts once it is there):",
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
    return (Strong("Next"), ": fix the problems listed here and push again. No gate was judged.")


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
        content.append(Paragraph(("The whole output is in ", Code(train.log), ".")))
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
                    ".",
                )
            )
        )
    return tuple(content)
