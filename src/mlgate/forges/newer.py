"""Whether a newer run wrote what claims to be of one.

Who can make our own author say something (a workflow that echoes what people write) can have it
post a marker of a run that is far ahead. A newer run is therefore believed if it exists, and is of
the same change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlgate.errors import ForgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.forges.data import Place, PullRequest, WorkflowRun
    from mlgate.forges.protocols import Forge
    from mlgate.model.run_stamp import RunStamp

    Vouch = Callable[[RunStamp], bool | None]
    """Answers whether a run is a newer one of this change; None: that cannot be known."""


def everybody(stamp: RunStamp) -> bool | None:  # noqa: ARG001
    """Vouch for every run."""
    return True


@dataclass(slots=True)
class NewerRuns:
    """Asks the forge about each run once.

    Parameters
    ----------
    place
        The pull request or issue that the runs write on; None: a commit alone.
    sha
        The commit that we report on, where that is known.
    """

    forge: Forge
    place: Place | None
    sha: str | None
    answers: dict[RunStamp, bool | None] = field(default_factory=dict)

    def vouch(self, stamp: RunStamp) -> bool | None:
        """Return whether a run exists (else False) and is of this change (else None)."""
        if stamp not in self.answers:
            self.answers[stamp] = self._ask(stamp)
        return self.answers[stamp]

    def _ask(self, stamp: RunStamp) -> bool | None:
        try:
            run = None if self.forge.runs is None else self.forge.runs.get(stamp.run)
        except ForgeError:
            return self._moved_on()  # most often this token may not read runs
        if self.forge.runs is None:
            return self._moved_on()
        if run is None or run.attempt < stamp.attempt:
            return False
        return True if self._is_ours(run) else None

    def _is_ours(self, run: WorkflowRun) -> bool:
        if run.head_sha == self.sha or (self.place is not None and self.place.kind == "issue"):
            return True
        pull = self._pull()
        return pull is not None and (run.head_repository, run.head_branch) == (
            pull.head_repository,
            pull.head_branch,
        )

    def _moved_on(self) -> bool | None:
        """Return whether there is a newer commit, which a newer run reports on."""
        pull = self._pull()
        return True if pull is not None and self.sha not in (None, pull.head_sha) else None

    def _pull(self) -> PullRequest | None:
        if self.place is None or self.place.kind != "pull" or self.forge.pulls is None:
            return None
        try:
            return self.forge.pulls.get(int(self.place.id))
        except ForgeError:
            return None
