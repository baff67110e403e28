"""Verdict and report → comment, check runs, status, annotations, a step's page: pure.

Each is rendered within the limits of what shows it. An annotation is a remark on the line of
mlgate.yaml whose gate does not pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.errors import MissingPermissionError
from mlgate.forges import sticky
from mlgate.forges.data import Annotation, CheckReport, Status
from mlgate.gates.headline import describe
from mlgate.model.run import DRAFT
from mlgate.pipeline.baselines.ever_kept import KEPT, status_context
from mlgate.pipeline.publishing import attempts
from mlgate.report.document import Link
from mlgate.report.fit import fit, octets
from mlgate.report.markdown import summary
from mlgate.run_dir import HTML
from mlgate.text.escape import code, inline, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.forges.data import Conclusion, Level, StatusState
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import RuleResult, RunOutcome, Verdict
    from mlgate.pipeline.publishing.content import Content, Shown
    from mlgate.pipeline.publishing.destination import Destination
    from mlgate.pipeline.publishing.post import PartResult, PublishResult
    from mlgate.report.document import Report, Text
    from mlgate.report.load import LoadedRun

CHECK_SUMMARY: Final = 65_535
"""Bytes of a check run's summary."""
TITLE: Final = 255
_STATES: Final = ("success", "pending", "failure", "error")
"""From good to bad."""
_WHOLE: Final = "the summary of the workflow run"
_UNBLOCKED: Final[dict[RunOutcome, Conclusion]] = {
    "pass": "success",
    "inconclusive": "neutral",
    "untested": "neutral",
    "not_applicable": "skipped",
}
DESCRIPTION: Final = 140
"""Characters of a status's description."""
_CONCLUSIONS: Final[tuple[Conclusion, ...]] = (
    "failure", "cancelled", "neutral", "success", "skipped",
)  # fmt: skip
"""The gravest first."""
MESSAGE: Final = 1000
"""Characters of an annotation."""
STEP_SUMMARY: Final = 1024 * 1024
"""Bytes of the page of a CI step."""
_MARGIN: Final = 1024
_PARTLY: Final = "Not all of this could be posted. The verdict does not depend on it, and the next run posts what is missing."


def conclusion(verdict: Verdict) -> Conclusion:
    """Return what a check run ends with; undecided where that only warns is `neutral`."""
    return "failure" if verdict.blocked else _UNBLOCKED.get(verdict.verdict, "neutral")


def state(verdict: Verdict) -> StatusState:
    """Return the state of a commit status, which knows no `neutral`: its words say undecided."""
    if not verdict.blocked:
        return "success"
    return "error" if verdict.verdict == "error" else "failure"


def _check_conclusion(loaded: LoadedRun, destination: Destination) -> Conclusion:
    """Return what a run ends with at its commit, whose check run all its pull requests share."""
    ends = conclusion(loaded.verdict)
    if destination.others:
        return "failure"
    return "cancelled" if ends == "skipped" and _is_draft(loaded) else ends


def _status_state(loaded: LoadedRun, destination: Destination) -> StatusState:
    """Return a run's state at its commit, whose status all its pull requests share."""
    reached = state(loaded.verdict)
    if reached != "success":
        return reached
    if destination.others:
        return "error"
    return "pending" if _is_draft(loaded) else "success"


def _is_draft(loaded: LoadedRun) -> bool:
    return loaded.run.not_applicable == DRAFT


def _shared(destination: Destination) -> str:
    """Name the other pull requests of a commit, for which it was not judged."""
    numbers = ", ".join(f"#{number}" for number in destination.others)
    return f"blocked — this commit is the head of {numbers} as well, into another branch: push one of its own"


def links(destination: Destination, *, run: bool = True) -> tuple[Text, ...]:
    """Return the links of the line of numbers; the run's own page need not link to itself."""
    addresses = {
        "full report": destination.report_url,
        "run": destination.run_url if run else None,
    }
    return tuple((Link(name, address),) for name, address in addresses.items() if address)


def render_comment(
    reports: Sequence[Report],
    destination: Destination,
    outcomes: tuple[attempts.Attempt, ...],
    shown: Shown,
) -> str:
    """Render the comment.

    Parameters
    ----------
    outcomes
        Of the earlier runs on this pull request and of this one, oldest first.
    """
    carried = attempts.line(outcomes)
    text = fit(
        reports,
        sticky.room(destination.key, destination.stamp) - len(carried) - 1,
        shown.images,
        whole=_WHOLE,
        mermaid=shown.mermaid,
        facts=(*attempts.describe(outcomes[:-1]), *links(destination)),
        size=len,
    )
    return f"{carried}\n{text}"


def render_check(
    loaded: LoadedRun,
    report: Report,
    destination: Destination,
    shown: Shown,
    *,
    name: str,
    comment: int | None,
) -> CheckReport:
    """Render one model's check run, which remembers the comment's id."""
    return render_shared_check([loaded], [report], destination, shown, name=name, comment=comment)


def render_shared_check(
    loaded: Sequence[LoadedRun],
    reports: Sequence[Report],
    destination: Destination,
    shown: Shown,
    *,
    name: str,
    comment: int | None,
) -> CheckReport:
    """Render the check run of one model or of several: it ends as the worst of them does."""
    facts = links(destination)
    words = headline(loaded[0].verdict) if len(loaded) == 1 else summary(reports)
    if destination.others and not any(run.verdict.blocked for run in loaded):
        words = _shared(destination)
    ends = {_check_conclusion(run, destination) for run in loaded}
    return CheckReport(
        name=name,
        title=one_line(words, TITLE),
        summary=fit(
            reports, CHECK_SUMMARY, shown.images, whole=_WHOLE, mermaid=shown.mermaid, facts=facts
        ),
        conclusion=next(end for end in _CONCLUSIONS if end in ends),
        annotations=tuple(
            remark for run in loaded for remark in render_annotations(run.run, run.verdict)
        ),
        details_url=destination.report_url or destination.run_url,
        stamp=destination.stamp,
        comment=comment,
    )


def check_name(key: str) -> str:
    """Name the check run of a key: what a branch rule can require."""
    return f"mlgate: {key}"


def render_status(loaded: Sequence[LoadedRun], destination: Destination, summary: str) -> Status:
    """Render the commit status of one model or, by `summary`, of several; it names the base."""
    states = [_status_state(run, destination) for run in loaded]
    words = headline(loaded[0].verdict) if len(loaded) == 1 else summary
    if destination.others and not any(run.verdict.blocked for run in loaded):
        words = _shared(destination)
    into = f" (into {one_line(destination.base, 40)})" if destination.base else ""
    return Status(
        context=f"mlgate/{destination.key}",
        state=max(states, key=_STATES.index),
        description=f"{one_line(words, DESCRIPTION - len(into))}{into}",
        target_url=destination.report_url or destination.run_url,
    )


def refusal(key: str, why: str, url: str | None) -> Status:
    """Render the status of a run whose results were refused."""
    text = one_line(f"blocked — {why}", DESCRIPTION)
    return Status(context=f"mlgate/{key}", state="error", description=text, target_url=url)


def withdrawn(key: str, base: str, url: str | None) -> Status:
    """Render the status of a model that was judged for another base."""
    text = one_line(f"blocked — the base is {base} now: not judged for it yet", DESCRIPTION)
    return Status(context=f"mlgate/{key}", state="error", description=text, target_url=url)


def render_kept(verdict: Verdict, run_url: str | None) -> Status:
    """Render the status that remembers, at the commit itself, that its baseline was kept."""
    return Status(
        context=status_context(verdict.name),
        state=state(verdict),
        description=one_line(f"{KEPT} — {headline(verdict)}", 140),
        target_url=run_url,
    )


def headline(verdict: Verdict) -> str:
    """Return the verdict's own words without what they are about: `blocked — accuracy is worse …`."""
    return verdict.summary or verdict.headline


def render_annotations(run: RunRecord, verdict: Verdict) -> tuple[Annotation, ...]:
    """Return an annotation for each gate that failed, could not be judged or is undecided.

    A gate of another file than this branch's configuration (an organisation's, or a rule that
    this branch has taken out) stands at its first line, and says whose it is.
    """
    annotations = (_annotation(run, gate) for gate in verdict.gates if _worth_it(gate))
    return tuple(dict.fromkeys(annotations))


def _worth_it(gate: RuleResult) -> bool:
    return gate.verdict in ("fail", "error", "inconclusive")


def _annotation(run: RunRecord, gate: RuleResult) -> Annotation:
    path = run.judges[0].file
    own = gate.line is not None and gate.file == path
    line = gate.line if own and gate.line is not None else 1
    whose = "" if own else f" (a rule of {gate.policy})"
    return Annotation(
        path=path,
        start_line=line,
        end_line=line,
        level=_level(gate),
        message=one_line(f"{describe(gate)}{whose}", MESSAGE),
        title=one_line(f"{run.name}: {gate.id}", 200),
    )


def _level(gate: RuleResult) -> Level:
    if gate.waived is not None:
        return "notice"
    return "failure" if gate.blocks else "warning"


def render_summary(content: Content, result: PublishResult | None) -> str:
    """Render the page of a CI step: the whole report, and what could not be posted with what to do about it."""
    tail = _missing(result.missing if result else ())
    shown = result.shown if result else None
    report = fit(
        content.reports,
        STEP_SUMMARY - octets(tail) - _MARGIN,
        shown.images if shown else None,
        whole=f"the run directory ({HTML})",
        mermaid=any(loaded.run.plots != "none" for loaded in content.loaded),
        facts=links(result.destination, run=False) if result else (),
    )
    return f"{report}{tail}"


def _missing(parts: Sequence[PartResult]) -> str:
    if not parts:
        return ""
    lines = "\n".join(f"- {_describe(part)}" for part in parts)
    return f"\n> [!NOTE]\n> {_PARTLY}\n\n{lines}\n"


def _describe(part: PartResult) -> str:
    """Describe what is missing, with the YAML line that grants a permission as code."""
    problem = part.problem
    assert problem is not None
    hint = problem.hint and inline(problem.hint)
    if isinstance(problem, MissingPermissionError):
        hint = f"{inline(problem.advice)} {code(str(problem.permission))}"
    return f"**{inline(part.title)}**: {inline(problem.message)}" + (f". {hint}" if hint else "")
