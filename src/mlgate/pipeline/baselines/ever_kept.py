"""Whether a model ever had a baseline: nothing that is missing counts as "not yet".

Asked where the store has none: what stores and ledgers still hold (`stores.traces`), then the
commit statuses `mlgate/NAME: kept` that saving leaves on the base branch's commits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from mlgate.errors import ForgeError, MissingPermissionError, StoreError
from mlgate.inputs import git_facts
from mlgate.stores import finding
from mlgate.stores.traces import Traces
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mlgate.config import Config
    from mlgate.forges.protocols import Statuses
    from mlgate.git import Git
    from mlgate.inputs.git_facts import GitFacts
    from mlgate.model.evidence import Absent, BaselineRef
    from mlgate.pipeline.prepare import Prepared
    from mlgate.stores.finding import TagLike

KEPT: Final = "kept"
"""The end of the context of such a status, which is its own: what runs post never has it."""
ASKED: Final = 100
"""Commits of the base branch whose statuses are asked for with one request."""
LOOKED_BACK: Final = 1_000
"""Newest commits of the base branch that are asked for at all: ten requests where none has one."""


@dataclass(frozen=True)
class Places:
    """Where a baseline would have left a trace.

    Attributes
    ----------
    traces
        Stores and ledgers; None where the configuration's store is not the judging branch's, so
        that it may be empty.
    statuses
        Opens the forge's statuses; None where there is no forge or no token.
    """

    traces: Traces | None
    git: Git
    facts: GitFacts
    name: str
    statuses: Callable[[], Statuses | None] = field(default=lambda: None)

    @property
    def branch(self) -> str:
        """The base branch."""
        return self.facts.base_branch


def places(prepared: Prepared, config: Config, there: Iterable[str]) -> Places:
    """Return the places of a run under one configuration.

    Parameters
    ----------
    there
        The commits that have a baseline.
    """
    facts, context = prepared.facts, prepared.context
    store = config.baseline.store
    judged_here = all(judge.config.baseline.store == store for judge in prepared.judges[:1])
    traces = None
    if judged_here:
        place = prepared.references.expand(store, "baseline.store")
        traces = Traces(
            place,
            prepared.git,
            prepared.root,
            prepared.run.name,
            facts.base_commit,
            frozenset(there),
            context.environ,
        )
    return Places(traces, prepared.git, facts, prepared.run.name, context.statuses)


def unless_lost(places: Places, none_yet: Absent) -> Absent:
    """Return why there is no baseline: there was never one, or it is lost.

    Raises
    ------
    StoreError
        When that cannot be determined.
    """
    if places.traces is None:
        return none_yet
    try:
        trace = places.traces.find() or _status(places, places.traces.there)
    except MissingPermissionError as error:
        reason = (
            f"{none_yet.reason}; whether one was lost cannot be seen without `{error.permission}`"
        )
        return none_yet.model_copy(update={"reason": reason})
    return none_yet if trace is None else finding.lost(places.branch, trace)


def unless_passed_over(places: Places, ref: BaselineRef) -> BaselineRef | Absent:
    """Return the baseline, unless that of a nearer commit was kept and is gone.

    Raises
    ------
    StoreError
        When the ledger cannot be read.
    """
    if places.traces is None:
        return ref
    kept = places.traces.ledger()
    nearer = islice(git_facts.baseline_commits(places.git, places.facts), ref.distance)
    for commit in nearer:
        if commit in kept:
            return finding.lost_of(commit, kept[commit].time, places.branch)
    return ref


def unless_release_lost(
    places: Places, releases: Sequence[TagLike], is_ancestor: Callable[[str], bool]
) -> Absent | None:
    """Return that the baseline of a release was kept and is gone; None where none was.

    Parameters
    ----------
    releases
        Tags without a baseline that are newer than the anchor's.

    Raises
    ------
    StoreError
        When the ledger cannot be read.
    """
    if places.traces is None:
        return None
    kept = places.traces.ledger()
    for tag in releases:
        if tag.commit in kept and is_ancestor(tag.commit):
            return finding.lost_of(tag.commit, kept[tag.commit].time, places.branch, tag.name)
    return None


def status_context(name: str) -> str:
    """Return the context of the status that says that a baseline of a model was kept."""
    return f"mlgate/{name}: {KEPT}"


def _status(places: Places, there: frozenset[str]) -> str | None:
    """Return the commit of the base branch whose status says that a baseline was kept, in words."""
    statuses = places.statuses()
    if statuses is None or places.facts.base_commit is None:
        return None
    branch = git_facts.first_parents(places.git, places.facts.base_commit, LOOKED_BACK)
    without = (commit for commit in branch if commit not in there)
    context = status_context(places.name)
    try:
        commit = _marked(statuses, without, context)
    except MissingPermissionError:
        raise
    except ForgeError as error:
        msg = f"whether a baseline was ever kept cannot be asked: {error.message}"
        raise StoreError(msg, hint="run this again once the forge answers") from error
    if commit is None:
        return None
    return f"the status {context} of {short_sha(commit)} says that one was kept"


def _marked(statuses: Statuses, commits: Iterator[str], context: str) -> str | None:
    """Return the first commit with such a status; whatever it says, since a newer one can hide what was said."""
    while page := list(islice(commits, ASKED)):
        newest = statuses.newest(page, context)
        if marked := next((commit for commit in page if commit in newest), None):
            return marked
    return None
