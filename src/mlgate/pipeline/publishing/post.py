"""Posting, part by part: what one part cannot do stops no other, and all of it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from mlgate.errors import ForgeError, MissingPermissionError
from mlgate.forges import sticky
from mlgate.forges.data import Place
from mlgate.pipeline.publishing import past, pictures, told
from mlgate.pipeline.publishing.pictures import Shown
from mlgate.report.markdown import summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgate.forges.data import CheckReport, CheckRun
    from mlgate.forges.protocols import Checks, Comments, Files, Forge, Statuses
    from mlgate.pipeline.publishing.content import Content
    from mlgate.pipeline.publishing.target import Target

Capability = TypeVar("Capability")
PartName = Literal["comment", "check", "status", "pictures"]
PARTS: Final[tuple[PartName, ...]] = ("comment", "check", "status", "pictures")
_READ: Final = ": read"
_WRITE: Final = ": write"
ABSENT: Final = "absent"
"""What became of a part that this forge does not have."""
EARLIER: Final = 3
"""Earlier commits of a pull request that are asked for their check run, to find the comment."""


@dataclass(frozen=True, slots=True)
class Done:
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
class Published:
    """What became of all parts."""

    target: Target
    parts: tuple[Done, ...] = ()
    shown: Shown = field(default_factory=Shown)

    def url(self, part: PartName) -> str | None:
        """Give where the first of a part's kind can be seen."""
        return next((one.url for one in self.parts if one.part == part and one.url), None)

    @property
    def missing(self) -> tuple[Done, ...]:
        """The parts that could not be posted."""
        return tuple(one for one in self.parts if one.problem is not None)

    @property
    def failed(self) -> bool:
        """Whether the forge failed, beyond what this token may simply not do."""
        return any(not isinstance(one.problem, MissingPermissionError) for one in self.missing)

    def problems(self) -> dict[str, list[str]]:
        """Give each problem once, with the parts that it kept from being posted."""
        found: dict[str, list[str]] = {}
        for one in self.missing:
            found.setdefault(str(one.problem), []).append(one.title)
        return found

    def posted(self, part: PartName) -> bool:
        """Whether everything of a kind was posted."""
        of_kind = [one for one in self.parts if one.part == part]
        return bool(of_kind) and all(
            one.problem is None and one.outcome != ABSENT for one in of_kind
        )


def post(forge: Forge, target: Target, content: Content) -> Published:
    """Post comment, check runs and status; never raises a `ForgeError`."""
    return _Posting(forge, target, content).post()


def refused(target: Target, problem: ForgeError) -> Published:
    """Give what became of it where there is no way to post at all."""
    parts = [part for part in PARTS if part != "pictures" and target.wants(part)]
    return Published(target, tuple(Done(part, problem=problem) for part in parts))


@dataclass(slots=True)
class _Posting:
    forge: Forge
    target: Target
    content: Content
    parts: list[Done] = field(default_factory=list)
    shown: Shown = field(default_factory=Shown)

    def post(self) -> Published:
        comments = self._wanted("comment", self.forge.comments)
        checks = self._wanted("check", self.forge.checks)
        statuses = self._wanted("status", self.forge.statuses)
        known = self._known_checks(checks) if checks is not None else {}
        place = self._place() if comments is not None else None
        found = posted = None
        if comments is not None and place is not None:
            found = self._find(comments, place, known)
        self._show_plots(found)
        if comments is not None and place is not None:
            posted = self._comment(comments, place, found)
        if checks is not None:
            self._checks(checks, known, posted)
        if statuses is not None:
            self._status(statuses)
        return Published(self.target, tuple(self.parts), self.shown)

    def _wanted(self, part: PartName, capability: Capability | None) -> Capability | None:
        """Return what posts a part; None where it is not asked for, or this forge has none."""
        if not self.target.wants(part):
            return None
        if capability is None:
            self.parts.append(Done(part, ABSENT))
        return capability

    def _try(self, part: PartName, act: Callable[[], Done | None]) -> Done | None:
        """Do a part, and keep what became of it."""
        try:
            done = act()
        except ForgeError as error:
            done = Done(part, problem=_to_write(error))
        if done is not None:
            self.parts.append(done)
        return done

    def _names(self) -> list[str]:
        if len(self.content.loaded) == 1:
            return [told.check_name(self.target.key)]
        return [told.check_name(one.run.name) for one in self.content.loaded]

    def _known_checks(self, checks: Checks) -> dict[str, CheckRun]:
        """Give this commit's check runs; the first attempt on a commit just pushed has none."""
        found: dict[str, CheckRun] = {}
        if self.target.stamp.attempt == 1 and not self.target.look_back:
            return found
        for name in self._names():
            try:
                check = checks.find(self.target.sha, name)
            except ForgeError:
                return {}  # told when it is written
            if check is not None:
                found[name] = check
        return found

    def _place(self) -> Place | None:
        """Give the pull request: the event's, else the one open one whose head this commit is."""
        target = self.target
        if target.pull is not None:
            return Place.pull(target.pull)
        if target.branch is None or self.forge.pulls is None:
            return None
        repository, branch = target.branch
        try:
            pulls = self.forge.pulls.with_head(repository, branch, target.sha)
        except ForgeError as error:
            self.parts.append(Done("comment", problem=_to_write(error)))
            return None
        return Place.pull(pulls[0].number) if len(pulls) == 1 else None

    def _find(
        self, comments: Comments, place: Place, known: Mapping[str, CheckRun]
    ) -> sticky.FoundComment | None:
        """Find the comment of an earlier run; None where it cannot even be looked for."""
        remembered = self._remembered(place, known)
        try:
            return sticky.find(comments, place, self.target.key, self.forge.patience, remembered)
        except ForgeError:
            return None  # told when it is written

    def _remembered(self, place: Place, known: Mapping[str, CheckRun]) -> int | None:
        """Give the comment's id as a check run keeps it: of this commit or an earlier one."""
        name = self._names()[0]
        if name in known and known[name].comment is not None:
            return known[name].comment
        checks, pulls = self.forge.checks, self.forge.pulls
        if checks is None or not self.target.wants("check"):
            return None
        try:
            if self.target.before is not None:
                shas: tuple[str, ...] = (self.target.before,)
            elif self.target.look_back and pulls is not None:
                shas = pulls.earlier(int(place.id), EARLIER)
            else:
                return None
            check = checks.remembered(shas, name)
        except ForgeError:
            return None  # then all comments are read
        return None if check is None else check.comment

    def _show_plots(self, found: sticky.FoundComment | None) -> None:
        """Put the plots where they can be seen, as far as the policy lets."""
        asked = [one.run.plots for one in self.content.loaded]
        private = self.target.private
        if private is None and self.content.plots and pictures.asks_for_visibility(asked):
            private = self._is_private()
        how = pictures.policy(asked, private=private)
        self.shown = Shown(mermaid=how.mermaid)
        if how.pngs == "no" or not self.content.plots:
            return
        if self.forge.files is None:
            self.parts.append(Done("pictures", ABSENT))
            return
        try:
            urls = self._urls(self.forge.files, found)
            self.shown = Shown(pictures.addresses(urls), how.mermaid)
        except ForgeError as error:
            if how.pngs == "must":
                self.parts.append(Done("pictures", problem=error))

    def _is_private(self) -> bool:
        """Ask; who cannot know shows nothing."""
        if self.forge.pulls is None:
            return True
        try:
            return self.forge.pulls.repository().private
        except ForgeError:
            return True

    def _urls(self, store: Files, found: sticky.FoundComment | None) -> dict[str, str]:
        shown = found.comment.body if found is not None and found.comment is not None else ""
        known = store.already_shown(self.content.plots, shown)
        rest = {name: plot for name, plot in self.content.plots.items() if name not in known}
        message = f"Plots of {self.target.key} at {self.target.sha[:7]}"
        return known | store.publish(rest, message)

    def _comment(
        self, comments: Comments, place: Place, found: sticky.FoundComment | None
    ) -> int | None:
        """Post the comment; give its id, for the check run to remember."""
        known: list[int] = []

        def act() -> Done:
            posted = sticky.post(
                comments,
                place,
                key=self.target.key,
                text=self._text(found),
                stamp=self.target.stamp,
                patience=self.forge.patience,
                earlier=found,
            )
            known.append(posted.id)
            return Done("comment", posted.outcome, posted.url)

        self._try("comment", act)
        return known[0] if known else None

    def _text(self, found: sticky.FoundComment | None) -> str:
        body = found.comment.body if found is not None and found.comment is not None else ""
        this = past.of(self.content.reports, self.target.stamp)
        outcomes = (*past.earlier(past.read(body), this), this)
        return told.comment(self.content.reports, self.target, outcomes, self.shown)

    def _checks(self, checks: Checks, known: Mapping[str, CheckRun], comment: int | None) -> None:
        every = zip(self._names(), self.content.loaded, self.content.reports, strict=True)
        for index, (name, one, report) in enumerate(every):
            shown = pictures.of_one(self.shown, index, len(self.content.reports))
            wanted = told.check(one, report, self.target, shown, name=name, comment=comment)
            self._try("check", partial(self._check, checks, wanted, known.get(name)))

    def _check(self, checks: Checks, wanted: CheckReport, known: CheckRun | None) -> Done:
        check = checks.put(self.target.sha, wanted, known)
        newer = check.stamp is not None and check.stamp > wanted.stamp
        return Done("check", "superseded" if newer else "posted", check.url, name=wanted.name)

    def _status(self, statuses: Statuses) -> None:
        verdicts = [one.verdict for one in self.content.loaded]
        status = told.status(verdicts, self.target, summary(self.content.reports))

        def act() -> Done:
            # A status has no stamp: whether a newer run was here is told by the other parts.
            if any(one.outcome == "superseded" for one in self.parts):
                return Done("status", "superseded")
            statuses.put(self.target.sha, status)
            return Done("status", "posted")

        self._try("status", act)


def _to_write(problem: ForgeError) -> ForgeError:
    """Name the permission that posting takes, also where reading already failed."""
    if not isinstance(problem, MissingPermissionError) or not problem.permission.endswith(_READ):
        return problem
    permission = problem.permission.removesuffix(_READ) + _WRITE
    return MissingPermissionError(problem.what, permission)
