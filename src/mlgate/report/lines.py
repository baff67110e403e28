"""The plain lines under the gate table, and what to do next about each gate that does not pass.

Said by those who found it, in notes of run.json, verdict.json and the evidence, and only
repeated here: a changed policy, an unpaired comparison, an expired waiver. Said here: what
follows from the numbers in those files.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import CompareEvidence, TrainEvidence
from mlgate.report import numbers
from mlgate.report.document import Block, Code, Content, Line, Paragraph, Strong, Text
from mlgate.report.gates import status, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import BaselineRef, Evidence, RowCounts
    from mlgate.model.rows import Role
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import GateVerdict, Verdict
    from mlgate.report.gates import Names

WAIVER_DAYS = 30
LOG_LINES = 40
_STEPS: Final[dict[str, Text]] = {
    "data": ("look at the rows that the report names, and mend them or the rule",),
    "imported": ("look at the tests that failed, in the other tool's own report",),
    "estimate": ("label some of these rows, drawn at random, and measure the model on them",),
    "drift": (
        "look where the data come from, or train on newer data; what may move belongs under ",
        Code("drift.ignore"),
        " or ",
        Code("drift.floors"),
    ),
}
"""What to do next where a check is not about the model's own rows."""


def lines(
    run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence], names: Names
) -> tuple[Line, ...]:
    """Give the plain lines, each once, warnings first."""
    found = [
        *_elsewhere(run),
        *_errors(evidence),
        *_baselines(run, evidence, names),
        *_rows(evidence, names),
        *_waived(verdict),
        *_notes(run, verdict, evidence),
    ]
    unique = list(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda line: line.status is None))


def _elsewhere(run: RunRecord) -> Iterator[Line]:
    if run.elsewhere:
        yield Line("warn", ("These results were made elsewhere and only judged here.",))


def _errors(evidence: Mapping[str, Evidence]) -> Iterator[Line]:
    for check, found in evidence.items():
        if found.error is not None:
            hint = f" → {found.hint}" if found.hint else ""
            yield Line("fail", (Code(check), f" could not measure: {found.error}{hint}"))


def _baselines(run: RunRecord, evidence: Mapping[str, Evidence], names: Names) -> Iterator[Line]:
    for found in evidence.values():
        for role, ref in found.baselines.items():
            yield from _baseline(run, role, ref, names)
        absent = found.absent.get("main")
        if absent is not None and absent.kind == "none_yet":
            yield Line(None, _first_run(run, names))


def _first_run(run: RunRecord, names: Names) -> Text:
    """Say how a baseline comes to be."""
    if run.branch is not None and run.branch == run.base_branch:
        return (
            "No baseline yet, so nothing to compare with. This run can be the first: ",
            Code("mlgate baseline save --push"),
            " keeps it, and later commits are compared with it.",
        )
    return (
        (
            f"No baseline yet, so nothing to compare with. One comes to be when {names.main} is run"
            " and kept there: "
        ),
        Code("mlgate run"),
        ", then ",
        Code("mlgate baseline save --push"),
        f", in CI on every push to {names.main}.",
    )


def _baseline(run: RunRecord, role: Role, ref: BaselineRef, names: Names) -> Iterator[Line]:
    name = names.of(role)
    if role == "main" and ref.distance > 0 and ref.commit is not None:
        on_base = run.branch is not None and run.branch == run.base_branch
        wanted = "the parent commit" if on_base else f"the merge-base with {name}"
        before = numbers.plural(ref.distance, "commit")
        yield Line(
            "warn",
            (
                f"The baseline is not that of {wanted}: the nearest that was kept is ",
                Code(numbers.commit(ref.commit)),
                f", {before} earlier, so that the change between them is judged as well.",
            ),
        )
    if ref.verdict in ("fail", "error"):
        yield Line("warn", (f"{name}'s own run did not pass ({ref.verdict}) and is the baseline.",))
    if ref.note and ref.distance == 0:  # else the note says what the line above says
        yield Line(None, (ref.note,))


def _rows(evidence: Mapping[str, Evidence], names: Names) -> Iterator[Line]:
    compare = evidence.get("compare")
    if not isinstance(compare, CompareEvidence):
        return
    if compare.rows is not None and _changed(compare.rows):
        yield _rows_line(compare.rows, "The test set changed")
    anchor = compare.anchor_rows
    if anchor is not None and _changed(anchor) and anchor != compare.rows:
        yield _rows_line(anchor, f"The test set changed since {names.anchor}")


def _changed(rows: RowCounts) -> bool:
    return bool(rows.added or rows.missing or rows.relabelled)


def _rows_line(rows: RowCounts, start: str) -> Line:
    at_least = "" if rows.relabelled_exact else "at least "
    parts = [
        f"{numbers.plural(rows.added, 'row')} added",
        f"{numbers.count(rows.missing)} missing",
    ]
    if rows.relabelled is not None:
        differ = "label differs" if rows.relabelled == 1 else "labels differ"
        parts.append(f"{at_least}{numbers.count(rows.relabelled)} {differ}")
    told = (
        f"{start}: {', '.join(parts)}. Compared on the"
        f" {numbers.plural(rows.paired, 'row')} that both sides have, with this commit's labels."
    )
    return Line("warn", (told,))


def _waived(verdict: Verdict) -> Iterator[Line]:
    for gate in verdict.gates:
        if gate.waived is None:
            continue
        by = f", approved by {gate.waived.approved_by}" if gate.waived.approved_by else ""
        yield Line(
            "warn",
            (
                "A waiver is in use: ",
                Code(gate.id),
                f" does not count until {gate.waived.until}{by}. Its reason: {gate.waived.reason}",
            ),
        )


def _notes(run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence]) -> Iterator[Line]:
    found = [*run.notes, *verdict.notes]
    for one in evidence.values():
        found += one.notes
    for note in found:
        yield Line("warn" if note.level == "warning" else None, (note.text,))


def advice(verdict: Verdict, evidence: Mapping[str, Evidence], names: Names) -> tuple[Line, ...]:
    """For the gates that do not pass: why, one line a target and outcome, then what to do next."""
    compare = evidence.get("compare")
    absent = compare.absent if compare is not None else {}
    told = [
        gate
        for gate in sorted(verdict.gates, key=lambda gate: not gate.blocks)
        if gate.verdict != "pass"
        and gate.waived is None
        and not (gate.against in absent and gate.verdict == "untested")
    ]
    return (*_why(told), *_next(told, names))


def _why(gates: list[GateVerdict]) -> Iterator[Line]:
    reasons: dict[tuple[str, str], list[GateVerdict]] = {}
    for gate in gates:
        reasons.setdefault((gate.title, word(gate)), []).append(gate)
    for (title, outcome), alike in reasons.items():
        why = "; ".join(dict.fromkeys(gate.reason.rstrip(".") for gate in alike))
        yield Line(status(alike[0]), (Strong(title), f" {outcome}: {why}."))


def _next(gates: list[GateVerdict], names: Names) -> Iterator[Line]:
    """Give each thing to do once, with what it is for where that differs."""
    steps: dict[Text, list[str]] = {}
    for gate in gates:
        steps.setdefault(_step(gate, names), []).append(gate.title)
    for step, titles in steps.items():
        of = f", for {_list(titles)}: " if len(steps) > 1 else ": "
        yield Line(None, (Strong("Next"), of, *step))


def _list(titles: list[str]) -> str:
    unique = list(dict.fromkeys(titles))
    return " and ".join(filter(None, (", ".join(unique[:-1]), unique[-1])))


def _step(gate: GateVerdict, names: Names) -> Text:
    waivable = ", or accept it with the waiver below." if gate.blocks else "."
    if gate.verdict == "error":
        return ("mend that and measure again: until then it counts against this run.",)
    if gate.verdict == "untested":
        return ("give ", Code("predictions"), " row by row, and it can be tested.")
    if gate.verdict == "inconclusive":
        rule = f"or set a rule on {names.main} that this test set can decide"
        return (f"add labelled test rows, {rule}{waivable}",)
    if gate.check in _STEPS:
        return (*_STEPS[gate.check], waivable)
    if gate.against is None or gate.rule_kind == "min_improvement":
        return (f"improve the model{waivable}",)
    return (
        "look at the rows that became wrong (",
        Code("changed.parquet"),
        f" in the run directory) and mend what broke them{waivable}",
    )


def waiver(run: RunRecord, verdict: Verdict) -> tuple[Content, ...]:
    """Give the lines to add to mlgate.yaml, for the gates that block and were measured."""
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
            f'  - {{gate: {json.dumps(one)}, reason: "say why", until: {until}}}' for one in ids
        )
        text: Text = (
            "To accept this all the same, add these lines to ",
            Code(file),
            f"{where} (a waiver counts once it is there):",
        )
        content += [Paragraph(text), Block(f"waivers:\n{entries}", "yaml")]
    return tuple(content)


def _mend(train: TrainEvidence) -> Text:
    """Say what to do about a training that did not end well."""
    if train.status == "timeout":
        return (
            Strong("Next"),
            ": make it faster, or allow more under ",
            Code("train.timeout"),
            ".",
        )
    if train.status == "interrupted":
        return (Strong("Next"), ": run it again.")
    return (Strong("Next"), ": mend what these lines say and push again. No gate was judged.")


def _day(started: str) -> dt.date:
    return dt.date.fromisoformat(started[:10])


def failed_training(evidence: Mapping[str, Evidence]) -> tuple[Content, ...]:
    """Give the end of a failed training's log, and what to do next."""
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
