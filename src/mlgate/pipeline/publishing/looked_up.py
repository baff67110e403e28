"""Which baselines a pull request is compared with, as the job that judges finds them.

Numbers that another job measured say what they were compared with. That is held to what this
job finds in the store: the same baseline, or one that main has gained since.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mlgate import __version__
from mlgate.errors import MlgateError
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import Absent, BaselineRef
from mlgate.model.run import RunRecord
from mlgate.pipeline.baselines.baseline import unmatched_rows
from mlgate.pipeline.baselines.choice import StoredBaselines, fetch_baselines
from mlgate.pipeline.baselines.named import OFF
from mlgate.pipeline.judging.files import JudgingFiles
from mlgate.pipeline.judging.references import trusting
from mlgate.pipeline.prepare import Prepared, run_dir_of
from mlgate.pipeline.publishing import consistent
from mlgate.pipeline.publishing.rejudge import name_of
from mlgate.pipeline.training.tracked_outputs import TrackedOutputs
from mlgate.stores.finding import ref_to
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from mlgate.model.evidence import CompareEvidence, Evidence, RowCounts, TestSet
    from mlgate.model.rows import Role
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.publishing.trusted_stage import Accepted
    from mlgate.stores.baseline_files import BaselineFiles


@dataclass(frozen=True)
class LookUp:
    """What claims about baselines are held to.

    Attributes
    ----------
    find
        Returns them as `fetch_baselines` does: None where the configuration names a file.
    measured
        When the numbers were measured: baselines that were kept later need not have been seen.
    """

    find: Callable[[], Baselines | None]
    measured: dt.datetime

    def absent(self, role: Role) -> Absent:
        """Return why there is no baseline, where numbers say that there is none: an error if there is."""
        try:
            if self._stored is None:
                if role == "anchor":
                    return OFF
                return _not_compared("a baseline that mlgate.yaml names")
            baseline = self._oldest(role)
            if isinstance(baseline, Absent) and baseline.kind == "none_yet":
                # When numbers were measured is their own word: a baseline kept since counts as well.
                baseline = self._views[-2].chosen(role)
        except MlgateError as error:
            return _undetermined(error)
        if isinstance(baseline, Absent):
            return baseline
        return _not_compared(f"a baseline of {short_sha(baseline.commit)}")

    def unlike(self, measured: CompareEvidence | None) -> RowCounts | None:
        """Count rows that are not main's as other ones; None where they are main's, or that is not known.

        Parameters
        ----------
        measured
            What says which rows the numbers are of, and names the baseline that they were held to.
        """
        theirs = self._main_compare(measured)
        if theirs is None or theirs.test_set_digest is None:
            return None
        if measured is not None and measured.test_set_digest == theirs.test_set_digest:
            return None
        return unmatched_rows(theirs, None if measured is None else measured.n, "no_rows")

    def arriving(self, announced: TestSet, measured: CompareEvidence | None) -> bool:
        """Whether numbers are of the announced test set, and main's baseline of another one."""
        if measured is None or measured.test_set_digest != announced.digest:
            return False
        theirs = self._main_compare(None)
        if theirs is None:
            return False
        current = None if theirs.test_set is None else theirs.test_set.digest
        return announced.digest not in (current, theirs.test_set_digest)

    def main(self, measured: Evidence) -> Evidence | None:
        """Return what main's run measured with the same check; None where that is not known."""
        files = self._files(measured)
        return None if files is None else files.evidence.get(measured.check)

    def _main_compare(self, measured: Evidence | None) -> CompareEvidence | None:
        files = self._files(measured)
        return None if files is None else files.compare

    def _files(self, measured: Evidence | None) -> BaselineFiles | None:
        """Return main's baseline; None where there is none that can be read."""
        try:
            if self._stored is None:
                return None
            ref = None if measured is None else measured.baselines.get("main")
            baseline = ref or self._oldest("main")
            return None if isinstance(baseline, Absent) else self._stored.load(baseline)
        except MlgateError:
            return None

    def held(
        self, role: Role, claim: BaselineRef, measured: CompareEvidence | None
    ) -> BaselineRef | Absent:
        """Return the baseline that numbers were compared with: an error where it is not the right one.

        What is said of it is known here; how the rows relate to its rows was measured there. Where
        they cannot have been matched, the test sets' digests decide.

        Parameters
        ----------
        measured
            What says which rows the numbers are of.
        """
        try:
            if self._stored is None:
                return claim if claim.commit is None else _another(claim, None)
            baseline = self._fitting(self._stored, role, claim)
            if isinstance(baseline, Absent):
                return baseline
            return _with_rows(self._stored, baseline, claim, measured)
        except MlgateError as error:
            return _undetermined(error)

    def _oldest(self, role: Role) -> BaselineRef | Absent:
        """Return the baseline that the numbers must at least be compared with."""
        assert self._stored is not None
        return self._stored.as_of(self.measured, merged=False).chosen(role)

    @cached_property
    def _stored(self) -> StoredBaselines | None:
        baselines = self.find()
        return baselines if isinstance(baselines, StoredBaselines) else None

    @cached_property
    def _views(self) -> tuple[StoredBaselines, ...]:
        """The store for the pull request and for its merge, as it was and as it is."""
        assert self._stored is not None
        times = (self.measured, self._stored.prepared.context.now)
        return tuple(
            self._stored.as_of(time, merged=merged) for time in times for merged in (False, True)
        )

    def _fitting(
        self, stored: StoredBaselines, role: Role, claim: BaselineRef
    ) -> BaselineRef | Absent:
        chosen = [view.chosen(role) for view in self._views]
        for baseline in chosen:
            if isinstance(baseline, Absent):
                if baseline.kind in ("off", "unreadable"):
                    return baseline
            elif baseline.commit == claim.commit:
                return baseline
        gained = _gained(stored, chosen[0], claim) if role == "main" else None
        return gained or _another(claim, chosen[0])


def _with_rows(
    stored: StoredBaselines,
    baseline: BaselineRef,
    claim: BaselineRef,
    measured: CompareEvidence | None,
) -> BaselineRef | Absent:
    """Return a baseline with how the rows relate to its rows."""
    predictions, theirs = stored.config.predictions, stored.load(baseline).compare
    named = predictions is not None and predictions.id is not None
    matched = claim.paired and claim.rows is not None and named and baseline.paired
    rows = claim.rows
    if matched and rows is not None and theirs is not None and measured is not None:
        if not consistent.adds_up(rows, measured, theirs):
            return Absent(kind="missing", reason=consistent.ROWS, hint=consistent.AGAIN)
    elif not matched and predictions is not None and theirs is not None and theirs.test_set_digest:
        if measured is None or measured.test_set_digest is None:
            reason = "the numbers do not say which rows and labels they are of"
            return Absent(kind="missing", reason=reason, hint=consistent.AGAIN)
        same = measured.test_set_digest == theirs.test_set_digest
        rows = None if same else unmatched_rows(theirs, measured.n, "no_rows" if named else "no_id")
    return baseline.model_copy(update={"paired": claim.paired, "rows": rows})


def _gained(
    stored: StoredBaselines, oldest: BaselineRef | Absent, claim: BaselineRef
) -> BaselineRef | None:
    """Return the claimed baseline where main has gained it since the oldest that may have served.

    A pull request is run on a merge with main as it was then, of which nothing is known here.
    """
    facts = stored.prepared.facts
    last = facts.merge_base if isinstance(oldest, Absent) else oldest.commit
    kept = next((each for each in stored.kept if each.commit == claim.commit), None)
    if kept is None or facts.base_commit is None:
        return None
    newer = takewhile(
        lambda commit: commit != last,
        git_facts.first_parents(stored.prepared.git, facts.base_commit),
    )
    return stored.described(ref_to(kept)) if kept.commit in newer else None


def _undetermined(error: MlgateError) -> Absent:
    reason = f"whether there is a baseline cannot be determined here: {error.message}"
    return Absent(kind="unreadable", reason=reason, hint=error.hint)


def _not_compared(baseline: str) -> Absent:
    reason = f"there is {baseline}, with which these numbers were not compared"
    return Absent(kind="missing", reason=reason, hint=consistent.AGAIN)


def _another(claim: BaselineRef, right: BaselineRef | Absent | None) -> Absent:
    compared = f"the baseline of {short_sha(claim.commit)}" if claim.commit else "a file"
    reason = f"these numbers were compared with {compared}, which is not what they should be compared with"
    if isinstance(right, BaselineRef):
        reason = f"these numbers were compared with {compared} in place of that of {short_sha(right.commit)}"
    return Absent(kind="missing", reason=reason, hint=consistent.AGAIN)


def of_pull_request(context: Context, accepted: Accepted, repository: str) -> LookUp:
    """Look up what the pull request of a bundle is compared with."""
    return LookUp(
        lambda: fetch_baselines(
            _prepared(context, accepted, repository), accepted.base.config, None
        ),
        accepted.run.created_at,
    )


def _prepared(context: Context, accepted: Accepted, repository: str) -> Prepared:
    """Return the pull request's run as the base branch's configuration sees it."""
    root = context.cwd / PurePosixPath(accepted.base.file).parent
    git = Git(context.cwd, context.ci_run.login)
    facts = git_facts.facts(git, accepted.pull.base_branch, commit=accepted.pull.head_sha)
    run = RunRecord(
        tool=__version__,
        name=name_of(accepted, repository),
        commit=facts.commit,
        started=context.stamp(),
        judges=(),
    )
    target, resolving = run_dir_of(context, root), trusting(context.environ)
    files = JudgingFiles(git, root, accepted.pull.base_branch)
    tracked = TrackedOutputs(git, facts.commit)
    return Prepared(
        context, root, accepted.base, git, facts, (), run, target, resolving, files, tracked
    )
