"""Posting, part by part: what one part cannot do stops no other, and all of it is reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from mlgate.errors import ForgeError, MissingPermissionError
from mlgate.forges import sticky
from mlgate.forges.data import Place
from mlgate.forges.newer import NewerRuns
from mlgate.pipeline.publishing import attempts, render
from mlgate.pipeline.publishing.content import (
    Shown,
    addresses,
    asks_for_visibility,
    of_one,
    plot_policy,
)
from mlgate.report.markdown import summary
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlgate.forges.data import CheckReport, CheckRun
    from mlgate.forges.protocols import Checks, Comments, Files, Forge, Statuses
    from mlgate.pipeline.publishing.content import Content
    from mlgate.pipeline.publishing.destination import Destination

Capability = TypeVar("Capability")
PartName = Literal["comment", "check", "status", "pictures"]
PARTS: Final[tuple[PartName, ...]] = ("comment", "check", "status", "pictures")
ABSENT: Final = "absent"
"""What became of a part that this forge does not have."""
SEPARATE: Final = 10
"""Models that get a check run each; more share one, since each takes a request of its own."""
EARLIER: Final = 3
"""Earlier commits of a pull request that are asked for their check run, to find the comment."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """What became of one part; `outcome` is None where `problem` says why not."""

    part: PartName
    outcome: str | None = None
    url: str | None = None
    problem: ForgeError | None = None
    name: str | None = None

    @property
    def title(self) -> str:
        """Name the part, and which one of its kind."""
        return f"{self.part} {self.name}" if self.name else self.part


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What became of all parts."""

    destination: Destination
    parts: tuple[PartResult, ...] = ()
    shown: Shown = field(default_factory=Shown)

    def url(self, part: PartName) -> str | None:
        """Return where the first of a part's kind can be seen."""
        return next((done.url for done in self.parts if done.part == part and done.url), None)

    @property
    def missing(self) -> tuple[PartResult, ...]:
        """The parts that could not be posted."""
        return tuple(part for part in self.parts if part.problem is not None)

    @property
    def failed(self) -> bool:
        """Whether the forge failed, beyond what this token may simply not do."""
        return any(not isinstance(part.problem, MissingPermissionError) for part in self.missing)

    def problems(self) -> dict[str, list[str]]:
        """Return each problem once, with the parts that it kept from being posted."""
        titles: dict[str, list[str]] = {}
        for part in self.missing:
            titles.setdefault(str(part.problem), []).append(part.title)
        return titles

    def posted(self, part: PartName) -> bool:
        """Whether everything of a kind was posted."""
        of_kind = [done for done in self.parts if done.part == part]
        return bool(of_kind) and all(
            done.problem is None and done.outcome != ABSENT for done in of_kind
        )


def post(forge: Forge, destination: Destination, content: Content) -> PublishResult:
    """Post comment, check runs and status; never raises a `ForgeError`."""
    pull = None if destination.pull is None else Place.pull(destination.pull)
    newer = NewerRuns(forge, pull, destination.sha)
    return _Posting(forge, destination, content, newer).post()


def refused(destination: Destination, problem: ForgeError) -> PublishResult:
    """Return what became of it where there is no way to post at all."""
    parts = [part for part in PARTS if part != "pictures" and destination.wants(part)]
    return PublishResult(destination, tuple(PartResult(part, problem=problem) for part in parts))


@dataclass(slots=True)
class _Posting:
    forge: Forge
    destination: Destination
    content: Content
    newer: NewerRuns
    parts: list[PartResult] = field(default_factory=list)
    shown: Shown = field(default_factory=Shown)

    def post(self) -> PublishResult:
        comments = self._capability("comment", self.forge.comments)
        checks = self._capability("check", self.forge.checks)
        statuses = self._capability("status", self.forge.statuses)
        existing = self._existing_checks(checks) if checks is not None else None
        place = self._place() if comments is not None else None
        self.newer.place = place or self.newer.place
        earlier = posted = None
        if comments is not None and place is not None:
            earlier = self._find(comments, place, existing or {})
        self._show_plots(earlier)
        if comments is not None and place is not None:
            posted = self._comment(comments, place, earlier)
        if checks is not None:
            self._checks(checks, existing, posted)
        if statuses is not None:
            self._status(statuses)
        return PublishResult(self.destination, tuple(self.parts), self.shown)

    def _capability(self, part: PartName, capability: Capability | None) -> Capability | None:
        """Return what posts a part; None where it is not asked for, or this forge has none."""
        if not self.destination.wants(part):
            return None
        if capability is None:
            self.parts.append(PartResult(part, ABSENT))
        return capability

    def _try(self, part: PartName, act: Callable[[], PartResult | None]) -> PartResult | None:
        """Do a part, and keep what became of it."""
        try:
            result = act()
        except ForgeError as error:
            result = PartResult(part, problem=_to_write(error))
        if result is not None:
            self.parts.append(result)
        return result

    def _names(self) -> list[str]:
        if 1 < len(self.content.loaded) <= SEPARATE:
            return [render.check_name(loaded.run.name) for loaded in self.content.loaded]
        return [render.check_name(self.destination.key)]

    def _existing_checks(self, checks: Checks) -> Mapping[str, CheckRun] | None:
        """Return this commit's check runs; None where each is looked for when it is written.

        One alone on a commit just pushed most often is not there yet, so nothing needs it before.
        """
        names = self._names()
        first = self.destination.stamp.attempt == 1 and not self.destination.look_back
        try:
            if len(names) > 1:
                return checks.find_all(self.destination.sha)
            check = None if first else checks.find(self.destination.sha, names[0])
        except ForgeError:
            return None  # reported when it is written
        return {names[0]: check} if check is not None else None

    def _place(self) -> Place | None:
        """Return the pull request: the event's, else the one open one whose head this commit is."""
        destination = self.destination
        if destination.pull is not None:
            return Place.pull(destination.pull)
        if destination.branch is None or self.forge.pulls is None:
            return None
        repository, branch = destination.branch
        try:
            pulls = self.forge.pulls.with_head(repository, branch, destination.sha)
        except ForgeError as error:
            self.parts.append(PartResult("comment", problem=_to_write(error)))
            return None
        return Place.pull(pulls[0].number) if len(pulls) == 1 else None

    def _find(
        self, comments: Comments, place: Place, existing: Mapping[str, CheckRun]
    ) -> sticky.FoundComment | None:
        """Find the comment of an earlier run; None where it cannot even be looked for."""
        remembered = self._remembered(place, existing)
        try:
            return sticky.find(
                comments, place, self.destination.key, self.forge.patience, remembered
            )
        except ForgeError:
            return None  # reported when it is written

    def _remembered(self, place: Place, existing: Mapping[str, CheckRun]) -> int | None:
        """Return the comment's id as a check run keeps it: of this commit or an earlier one."""
        name = self._names()[0]
        if name in existing and existing[name].comment is not None:
            return existing[name].comment
        checks, pulls = self.forge.checks, self.forge.pulls
        if checks is None or not self.destination.wants("check"):
            return None
        try:
            if self.destination.before is not None:
                shas: tuple[str, ...] = (self.destination.before,)
            elif self.destination.look_back and pulls is not None:
                shas = pulls.earlier(int(place.id), EARLIER)
            else:
                return None
            check = checks.remembered(shas, name)
        except ForgeError:
            return None  # then all comments are read
        return None if check is None else check.comment

    def _show_plots(self, earlier: sticky.FoundComment | None) -> None:
        """Put the plots where they can be seen, as far as the policy lets."""
        settings = [loaded.run.plots for loaded in self.content.loaded]
        private = self.destination.private
        if private is None and self.content.plots and asks_for_visibility(settings):
            private = self._is_private()
        how = plot_policy(settings, private=private)
        self.shown = Shown(mermaid=how.mermaid)
        if how.pngs == "no" or not self.content.plots:
            return
        if self.forge.files is None:
            self.parts.append(PartResult("pictures", ABSENT))
            return
        try:
            urls = self._urls(self.forge.files, earlier)
            self.shown = Shown(addresses(urls), how.mermaid)
        except ForgeError as error:
            if how.pngs == "must":
                self.parts.append(PartResult("pictures", problem=error))

    def _is_private(self) -> bool:
        """Ask; who cannot know shows nothing."""
        if self.forge.pulls is None:
            return True
        try:
            return self.forge.pulls.repository().private
        except ForgeError:
            return True

    def _urls(self, store: Files, earlier: sticky.FoundComment | None) -> dict[str, str]:
        there = store.already_shown(self.content.plots, self._trusted(earlier))
        rest = {name: plot for name, plot in self.content.plots.items() if name not in there}
        message = f"Plots of {self.destination.key} at {short_sha(self.destination.sha)}"
        return there | store.publish(rest, message)

    def _comment(
        self, comments: Comments, place: Place, earlier: sticky.FoundComment | None
    ) -> int | None:
        """Post the comment; give its id, for the check run to remember."""
        ids: list[int] = []

        def act() -> PartResult:
            posted = sticky.post(
                comments,
                place,
                key=self.destination.key,
                text=self._text(earlier),
                stamp=self.destination.stamp,
                patience=self.forge.patience,
                earlier=earlier,
                vouch=self.newer.vouch,
            )
            ids.append(posted.id)
            return PartResult("comment", posted.outcome, posted.url)

        self._try("comment", act)
        return ids[0] if ids else None

    def _text(self, earlier: sticky.FoundComment | None) -> str:
        this = attempts.of(self.content.reports, self.destination.stamp)
        past = attempts.read(self._trusted(earlier))
        outcomes = (*attempts.earlier(past, this), this)
        return render.render_comment(self.content.reports, self.destination, outcomes, self.shown)

    def _trusted(self, earlier: sticky.FoundComment | None) -> str:
        return sticky.trusted_text(earlier, self.destination.stamp, self.newer.vouch)

    def _checks(
        self, checks: Checks, existing: Mapping[str, CheckRun] | None, comment: int | None
    ) -> None:
        for rendered in self._rendered(comment):
            self._try("check", partial(self._check, checks, rendered, existing))

    def _rendered(self, comment: int | None) -> Iterator[CheckReport]:
        """Yield the check runs: one of all models, or one of each."""
        names, content = self._names(), self.content
        if len(names) < len(content.loaded):
            yield render.render_shared_check(
                content.loaded,
                content.reports,
                self.destination,
                self.shown,
                name=names[0],
                comment=comment,
            )
            return
        every = zip(names, content.loaded, content.reports, strict=True)
        for index, (name, loaded, report) in enumerate(every):
            shown = of_one(self.shown, index, len(names))
            yield render.render_check(
                loaded, report, self.destination, shown, name=name, comment=comment
            )

    def _check(
        self, checks: Checks, rendered: CheckReport, existing: Mapping[str, CheckRun] | None
    ) -> PartResult:
        there = (existing or {}).get(rendered.name)
        check = checks.put(
            self.destination.sha, rendered, there, self.newer.vouch, look=existing is None
        )
        newer = check.stamp is not None and check.stamp > rendered.stamp
        outcome = "superseded" if newer else "posted"
        return PartResult("check", outcome, check.url, name=rendered.name)

    def _status(self, statuses: Statuses) -> None:
        loaded, reports = self.content.loaded, self.content.reports
        status = render.render_status(loaded, self.destination, summary(reports))

        def act() -> PartResult:
            # A status has no stamp: whether a newer run was here is told by the other parts.
            if any(part.outcome == "superseded" for part in self.parts):
                return PartResult("status", "superseded")
            statuses.put(self.destination.sha, status)
            return PartResult("status", "posted")

        self._try("status", act)


def _to_write(problem: ForgeError) -> ForgeError:
    """Name the permission that posting takes, also where reading already failed."""
    if not isinstance(problem, MissingPermissionError) or problem.permission.access == "write":
        return problem
    needed = problem.permission._replace(access="write")
    return MissingPermissionError(problem.what, needed, certain=problem.certain)
