"""A bundle judged again, by the judging branch's policy: pure.

Of the bundle only what was measured is taken, and who else judged it: a further judge can only
make the verdict worse. Its name, title, commit, dates, notes and commands are known here or left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from mlgate import __version__, checks
from mlgate.gates.judge import judge
from mlgate.model.evidence import (
    Absent,
    CompareEvidence,
    Evidence,
    Measurement,
    Note,
    TrainEvidence,
)
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.pipeline.publishing import consistent, undecided
from mlgate.run_dir import EVIDENCE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.config import Config
    from mlgate.forges.data import PullRequest
    from mlgate.model.evidence import BaselineRef, RowCounts, TestSet
    from mlgate.model.rows import Role
    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.publishing.trusted_stage import Accepted

    Folders = Mapping[str, Mapping[str, Evidence]]

FURTHER: Final = 4
"""Further judges that a bundle may bring."""
RECORDS: Final = {"train", "wear"}
_NO_RESULTS: Final = ("failed", "timeout", "interrupted")
"""Evidence that no check measured."""
_UNTESTED: Final = frozenset({"none_yet", "off"})
"""Kinds of an absent baseline that are no error."""
_PARTS: Final = ("columns", "outputs", "rules", "slices", "sensitive")
"""What evidence of checks holds by name besides metrics."""
_UNNAMED: Final = Absent(
    kind="missing", reason="the numbers do not say with which baseline they were compared"
)
_MISFIT: Final = f"{EVIDENCE}/0"
"""The folder of evidence that says why there is none."""


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What the trusted stage makes of a bundle: run, evidence by folder, and verdict."""

    run: RunRecord
    evidence: Folders
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PolicySource:
    """A policy that judges here: what it is called, where it stands, and all of it."""

    source: str
    file: str
    config: Config


def rejudge(
    accepted: Accepted,
    organisations: Sequence[PolicySource],
    repository: str,
    today: dt.date,
    not_applicable: str | None = None,
    baselines: BaselineJudge | None = None,
) -> Rejudged:
    """Judge by the judging branch's policy, by an organisation's, and by what else judged there.

    Parameters
    ----------
    organisations
        `--policy`, over the judging branch's configuration.
    repository
        `owner/name`.
    not_applicable
        Why nothing had to be judged, as determined here; a bundle's word is not taken for it.
    baselines
        What claims about baselines are held to; a bundle's word is not taken for them.
    """
    evidence = _bound(accepted)
    base = PolicySource(accepted.judging.branch.name, accepted.base.file, accepted.base.config)
    judges, folders = [], dict(evidence)
    for source in (base, *organisations):
        folder = _folder(source.config, base.config, evidence)
        if folder is None and not_applicable is None:
            folder = _failed(evidence)
        if folder is None:
            folder = _MISFIT
            folders[_MISFIT] = {} if not_applicable else _unmeasured(accepted, evidence)
        elif baselines is not None:
            folders[folder] = determined(evidence[folder], baselines, source.config)
        judges.append(_judge(source, folder, accepted))
    judges += _further(accepted, judges, evidence)
    run = _run(accepted, repository, tuple(judges), not_applicable)
    used = {judge.evidence for judge in judges}
    kept = {folder: folders[folder] for folder in folders if folder in used}
    return Rejudged(run, kept, judge(run, kept, today, checks.gates()))


def _bound(accepted: Accepted) -> Folders:
    """Bind the evidence of the bundle's run to the commit that GitHub says the run is of.

    A pull request's job checks out a merge commit, of which nothing is known here.
    """
    own = accepted.bundle.run.commit
    return {
        folder: {
            check: measured.model_copy(
                update={"commit": accepted.run.head_sha, "hint": _hint(measured, accepted.pull)}
            )
            for check, measured in records.items()
            if measured.commit == own
        }
        for folder, records in accepted.bundle.evidence.items()
    }


class BaselineJudge(Protocol):
    """What claims about baselines are held to."""

    def absent(self, role: Role) -> Absent: ...

    def unlike(self, measured: CompareEvidence | None) -> RowCounts | None: ...

    def main(self, measured: Evidence) -> Evidence | None: ...

    def arriving(self, announced: TestSet, measured: CompareEvidence | None) -> bool: ...

    def held(
        self, role: Role, claim: BaselineRef, measured: CompareEvidence | None
    ) -> BaselineRef | Absent: ...


def determined(
    records: Mapping[str, Evidence], baselines: BaselineJudge, config: Config
) -> Mapping[str, Evidence]:
    """Replace each claim about a baseline by what was determined here, and leave out advice.

    Parameters
    ----------
    config
        The policy that judges. It may announce a new test set, which is not compared with the old
        one's, and let labels arrive later.
    """
    announced = config.announced
    compare = records.get("compare")
    rows = compare if isinstance(compare, CompareEvidence) else None
    arriving = announced is not None and baselines.arriving(announced, rows)
    claims = _UNTESTED if arriving else _UNTESTED | {"test_set"}
    made = {
        check: _determined(measured, baselines, claims, rows) for check, measured in records.items()
    }
    held = made.get("compare")
    unlike = None
    if not arriving:
        unlike = baselines.unlike(held if isinstance(held, CompareEvidence) else None)
    whole = (_whole(measured, baselines.main(measured), config) for measured in made.values())
    arrive = config.predictions is not None and config.predictions.unlabelled
    return {measured.check: _on_rows(measured, baselines, unlike, arrive) for measured in whole}


def _whole(measured: Evidence, main: Evidence | None, config: Config) -> Evidence:
    """Add what main's run measured and these numbers leave out, as errors of what names it."""
    measured = consistent.held(measured, main)
    if main is None or measured.error is not None:
        return measured
    for field in _PARTS:
        lacking = {*getattr(main, field, ())} - {*getattr(measured, field, ())}
        if lacking:
            why = f"the numbers say nothing of {min(lacking)}, which main's run measured"
            return measured.model_copy(
                update={"error": why, "error_kind": "input", "hint": consistent.AGAIN}
            )
    lost = {
        name: Measurement(
            title=metric.title, value=None, method="none", unit=metric.unit,
            direction=metric.direction, untested=f"{metric.title} was left out; main's run has it",
        )
        for name, metric in main.metrics.items()
        if name not in measured.metrics and name not in measured.refused
    }  # fmt: skip
    kept = undecided.held(measured, main, config)
    return kept.model_copy(update={"metrics": kept.metrics | lost}) if lost else kept


def _on_rows(
    measured: Evidence, baselines: BaselineJudge, unlike: RowCounts | None, arrive: bool
) -> Evidence:
    """Hold what is said of the rows to which they are: a limit on a value depends on them as well.

    Parameters
    ----------
    unlike
        The counts of rows that are not main's and of which nobody knows how many differ; None
        where they are main's, or there is nothing to hold them to.
    arrive
        Whether rows may gain a label, which makes others of them and is no difference.
    """
    if not measured.of_labels or unlike is None:
        return measured
    main = measured.baselines.get("main")
    if main is None:
        absent = measured.absent.get("main") or baselines.absent("main")
        absents = {**measured.absent, "main": absent.model_copy(update={"rows": unlike})}
        return measured.model_copy(update={"absent": absents})
    refs = {
        role: ref.model_copy(update={"rows": unlike})
        if (role == "main" and not arrive and _says_the_same(ref.rows))
        or _lacks_looks(measured, role, ref.rows)
        else ref
        for role, ref in measured.baselines.items()
    }
    return measured.model_copy(update={"baselines": refs})


def _says_the_same(rows: RowCounts | None) -> bool:
    """Whether a claim about rows that are not the same says that they are."""
    return rows is None or not (
        rows.added or rows.missing or rows.relabelled or rows.unmatched or not rows.relabelled_exact
    )


def _lacks_looks(measured: Evidence, role: Role, rows: RowCounts | None) -> bool:
    """Whether rows or labels differ, and what they would be on the baseline's is left out."""
    if rows is None:
        return False
    relabelled = rows.relabelled_exact and (rows.relabelled or rows.unlabelled)
    main, own = measured.baselines.get("main"), measured.baselines[role]
    alone = role == "main" or main is None or main.commit != own.commit
    for metric in measured.metrics.values():
        comparison = metric.against.get(role)
        if comparison is None or not comparison.paired:
            continue
        if relabelled and comparison.earlier is None and not comparison.same_earlier:
            return True
        if alone and relabelled and role not in (*metric.earlier, *metric.same_earlier):
            return True
        if alone and rows.added and role not in (*metric.kept, *metric.same_kept):
            return True
    return False


def _determined(
    measured: Evidence,
    baselines: BaselineJudge,
    claims: frozenset[str],
    rows: CompareEvidence | None,
) -> Evidence:
    held = {role: baselines.held(role, ref, rows) for role, ref in measured.baselines.items()}
    absent = {
        role: baselines.absent(role)
        if why.kind in claims
        else why.model_copy(update={"hint": None})
        for role, why in measured.absent.items()
    }
    absent |= {role: why for role, why in held.items() if isinstance(why, Absent)}
    compared = {role for metric in measured.metrics.values() for role in metric.against}
    absent |= dict.fromkeys(compared - held.keys() - absent.keys(), _UNNAMED)
    refs = {role: ref for role, ref in held.items() if not isinstance(ref, Absent)}
    return measured.model_copy(update={"baselines": refs, "absent": absent})


def _hint(evidence: Evidence, pull: PullRequest) -> str | None:
    """Return what to do about what could not be measured, in our words: advice is followed."""
    if evidence.error is None:
        return None
    if evidence.error_kind != "unreadable":
        return "the log of its own workflow says more"
    branch = f"{pull.head_sha}:refs/heads/recompute-{pull.number}"
    return (
        "jobs of forks and of Dependabot get no secrets. A maintainer who has read the change "
        "recomputes it on a trusted ref: the merge queue does, or "
        f"`git fetch origin pull/{pull.number}/head && git push origin {branch}`"
    )


def _folder(rules: Config, base: Config, evidence: Folders) -> str | None:
    """Return the folder that was measured under a policy.

    Where two policies measure alike one folder serves both, under the first one's digest.
    """
    digests = {rules.policy_digest()}
    if rules.measurement_digest() == base.measurement_digest():
        digests.add(base.policy_digest())
    confidence = rules.policy.confidence
    for folder, records in evidence.items():
        measured = [record for check, record in records.items() if check not in RECORDS]
        if measured and all(
            record.policy_digest in digests and math.isclose(record.confidence, confidence)
            for record in measured
        ):
            return folder
    return None


def _failed(evidence: Folders) -> str | None:
    """Return the folder of a run that measured nothing, since its training failed."""
    for folder, records in evidence.items():
        training = records.get("train")
        failed = isinstance(training, TrainEvidence) and training.status in _NO_RESULTS
        if failed and {*records} <= RECORDS:
            return folder
    return None


def _unmeasured(accepted: Accepted, evidence: Folders) -> dict[str, Evidence]:
    """Return evidence of every check that explains why its numbers do not count."""
    branch = accepted.judging.branch.name
    why = (
        f"these numbers were not measured under {branch}'s policy as it is now; bring the pull "
        f"request up to date with {branch} and run its workflow again"
    )
    names = {check for folder in evidence.values() for check in folder} | {"compare"}
    made = {
        check: Evidence(
            check=check,
            tool=__version__,
            commit=accepted.run.head_sha,
            created=_time(accepted),
            error=why,
            error_kind="policy",
        )
        for check in sorted(names - RECORDS)
    }
    training = next((folder["train"] for folder in evidence.values() if "train" in folder), None)
    return made if training is None else {**made, "train": training}


def _judge(rules: PolicySource, folder: str, accepted: Accepted) -> JudgeRecord:
    own = rules.file == accepted.base.file
    return JudgeRecord(
        source=rules.source,
        file=rules.file,
        evidence=folder,
        digest=rules.config.policy_digest(),
        policy=rules.config.judging(),
        lines=accepted.base.gate_lines() if own else {},
    )


def _further(
    accepted: Accepted, judges: Sequence[JudgeRecord], evidence: Folders
) -> Iterator[JudgeRecord]:
    """Return the bundle's further judges, such as the pull request's own policy."""
    digests = {judge.digest for judge in judges}
    for further in accepted.bundle.run.judges[1 : 1 + FURTHER]:
        if further.digest not in digests and further.evidence in evidence:
            named = {"source": "this branch", "file": accepted.base.file, "lines": {}}
            yield further.model_copy(update=named)


def _run(
    accepted: Accepted, repository: str, judges: tuple[JudgeRecord, ...], not_applicable: str | None
) -> RunRecord:
    own, pull = accepted.base.config, accepted.pull
    head = pull.head_branch
    if pull.head_repository not in (None, repository):
        head = f"{pull.head_repository}:{head}"
    return RunRecord(
        tool=__version__,
        name=name_of(accepted, repository),
        title=own.report.title,
        plots=own.report.plots,
        changes=own.report.changes,
        commit=accepted.run.head_sha,
        branch=head,
        base_branch=pull.base_branch,
        started=_time(accepted),
        judges=judges,
        policy_changed=len(judges) > 1,
        not_applicable=not_applicable,
        notes=tuple(_notes(accepted, repository)),
        identity=accepted.judging.identity.changes,
        gone=accepted.judging.identity.gone,
        reproduce=(
            f"git fetch origin pull/{pull.number}/head",
            f"git checkout {pull.head_sha}",
            "mlgate run",
        ),
    )


def name_of(accepted: Accepted, repository: str) -> str:
    """Return the model's name: the judging branch's, or the one that `mlgate run` gives without."""
    named = accepted.judging.name or accepted.base.config.name
    if named:
        return named
    name, folder = repository.rpartition("/")[2], accepted.base.file.rpartition("/")[0]
    return f"{name}/{folder}" if folder else name


def _time(accepted: Accepted) -> str:
    return accepted.run.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _notes(accepted: Accepted, repository: str) -> Iterator[Note]:
    whose = accepted.pull.head_repository
    branch = accepted.judging.branch.name
    if whose != repository:
        text = (
            f"These numbers were computed by the pull request's own workflow in {whose or 'a fork'}, "
            f"which could have made them up. They are judged by {branch}'s policy; to have them "
            "recomputed, let the merge queue or a maintainer run the change."
        )
        yield Note(level="warning", text=text)
    else:
        text = f"Measured by the pull request's own workflow, judged here by {branch}'s policy."
        yield Note(level="info", text=text)
    measured = accepted.bundle.run.commit
    if measured is not None and measured != accepted.run.head_sha:
        into = accepted.pull.base_branch
        yield Note(level="info", text=f"Measured at the merge of this commit into {into}.")
