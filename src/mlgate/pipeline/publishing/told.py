"""Verdict and report → comment, check run, status: pure, and within the forge's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.forges import sticky
from mlgate.forges.data import CheckReport, Status
from mlgate.pipeline.publishing import past
from mlgate.pipeline.publishing.remarks import remarks
from mlgate.report.document import Link
from mlgate.report.escape import one_line
from mlgate.report.fit import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.forges.data import Conclusion, StatusState
    from mlgate.model.verdict import RunOutcome, Verdict
    from mlgate.pipeline.publishing.pictures import Shown
    from mlgate.pipeline.publishing.target import Target
    from mlgate.report.document import Report, Text
    from mlgate.report.load import LoadedRun

SUMMARY: Final = 65_535
"""Bytes of a check run's summary."""
TITLE: Final = 255
_WHOLE: Final = "the summary of the workflow run"
_UNBLOCKED: Final[dict[RunOutcome, Conclusion]] = {
    "pass": "success",
    "inconclusive": "neutral",
    "untested": "neutral",
    "not_applicable": "skipped",
}


def conclusion(verdict: Verdict) -> Conclusion:
    """Give what a check run ends with; undecided where that only warns is `neutral`."""
    return "failure" if verdict.blocked else _UNBLOCKED.get(verdict.verdict, "neutral")


def state(verdict: Verdict) -> StatusState:
    """Give the state of a commit status, which knows no `neutral`: its words say undecided."""
    if not verdict.blocked:
        return "success"
    return "error" if verdict.verdict == "error" else "failure"


def links(target: Target, *, run: bool = True) -> tuple[Text, ...]:
    """Give the links of the line of numbers; the run's own page need not link to itself."""
    found = (("full report", target.report_url), ("run", target.run_url if run else None))
    return tuple((Link(name, address),) for name, address in found if address)


def comment(
    reports: Sequence[Report],
    target: Target,
    outcomes: tuple[past.Outcome, ...],
    shown: Shown,
) -> str:
    """Give the comment's text.

    Parameters
    ----------
    outcomes
        Of the earlier runs on this pull request and of this one, oldest first.
    """
    carried = past.line(outcomes)
    told = fit(
        reports,
        sticky.room(target.key, target.stamp) - len(carried) - 1,
        shown.images,
        whole=_WHOLE,
        mermaid=shown.mermaid,
        facts=(*past.told(outcomes[:-1]), *links(target)),
        size=len,
    )
    return f"{carried}\n{told}"


def check(
    one: LoadedRun, report: Report, target: Target, shown: Shown, *, name: str, comment: int | None
) -> CheckReport:
    """Give one model's check run, which remembers the comment's id."""
    facts = links(target)
    return CheckReport(
        name=name,
        title=one_line(headline(one.verdict), TITLE),
        summary=fit(
            [report], SUMMARY, shown.images, whole=_WHOLE, mermaid=shown.mermaid, facts=facts
        ),
        conclusion=conclusion(one.verdict),
        annotations=remarks(one.run, one.verdict),
        details_url=target.report_url or target.run_url,
        stamp=target.stamp,
        comment=comment,
    )


def check_name(key: str) -> str:
    """Name the check run of a key: what a branch rule can require."""
    return f"mlgate: {key}"


def status(verdicts: Sequence[Verdict], target: Target, summary: str) -> Status:
    """Give the commit status of one model or, by `summary`, of several."""
    worst = max(verdicts, key=lambda one: ("success", "failure", "error").index(state(one)))
    words = headline(worst) if len(verdicts) == 1 else summary
    return Status(
        context=f"mlgate/{target.key}",
        state=state(worst),
        description=one_line(words, 140),
        target_url=target.report_url or target.run_url,
    )


def headline(verdict: Verdict) -> str:
    """Give the verdict's own words without what it is about: `blocked — accuracy is worse …`."""
    return verdict.summary or verdict.headline
