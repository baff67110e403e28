"""Whether this run brings the test set that was announced, and what else it changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.inputs import git_facts, test_set
from mlgate.model.evidence import Absent, TrainEvidence
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.inputs.predictions import Candidate
    from mlgate.model.evidence import Evidence, TestSet
    from mlgate.model.rows import PairedRows
    from mlgate.pipeline.baselines.baseline import Baseline
    from mlgate.pipeline.prepare import Prepared

CODE: Final = frozenset(
    [
        ".py",
        ".ipynb",
        ".r",
        ".rmd",
        ".jl",
        ".sh",
        ".sql",
        ".scala",
        ".java",
        ".kt",
        ".c",
        ".cc",
        ".cpp",
        ".h",
        ".cu",
        ".rs",
        ".go",
        ".js",
        ".ts",
        ".lua",
        ".m",
        ".yaml",
        ".yml",
        ".toml",
        ".cfg",
        ".ini",
        ".lock",
    ]
)
"""Endings of files that are taken for the training's code or its settings."""
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change does beside its predictions.

    Attributes
    ----------
    config
        Its mlgate.yaml.
    files
        Those that it touches; see `changed_files`.
    training
        The evidence of its training.
    """

    config: str
    files: tuple[str, ...] = ()
    training: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A candidate's rows beside main's baseline.

    Attributes
    ----------
    main
        None where there is none.
    secret
        The value of `baseline.id_key`, where it is set.
    """

    candidate: Candidate | None
    main: Baseline | None
    secret: bytes | None
    changes: Changes

    @property
    def current(self) -> TestSet | None:
        """The announced test set that main's baseline was measured on."""
        evidence = None if self.main is None else self.main.evidence
        return None if evidence is None else evidence.test_set

    def test_set(self, announced: TestSet | None) -> TestSet | None:
        """Return the announced test set that the candidate's rows belong to.

        It is that of main's baseline, unless another was announced and exactly its rows are here.
        Rows that main's baseline has as well are no new ones.
        """
        current, candidate = self.current, self.candidate
        if announced is None or candidate is None:
            return current
        if current is not None and current.digest == announced.digest:
            return current
        forms = filter(None, (candidate, candidate.former))
        here = any(test_set.is_named(form, announced.digest) for form in forms)
        if not here or self._same(announced.digest):
            return current
        return announced

    def absent(self, new: TestSet, branch: str) -> Absent:
        """Return why nothing is compared, with what of the training changed as well."""
        reason = f"new test set {new.name}, announced on {branch}"
        changes = list(dict.fromkeys(self._changes()))
        if changes:
            reason += f"; the training changed as well ({first_of(changes, NAMED)})"
        return Absent(kind="test_set", reason=reason)

    def _same(self, digest: str) -> bool:
        """Whether main's baseline has exactly these rows with these labels."""
        if self.main is None:
            return False
        try:
            paired = self.main.paired_with(self.candidate, self.secret).paired
        except DataError:  # of another task: nothing can be compared
            return False
        if paired is None:
            return self.main.test_set_digest() == digest
        counts = paired.counts
        unlike = counts.added or counts.missing or counts.relabelled
        return not unlike and counts.relabelled_exact

    def _paired(self) -> PairedRows | None:
        try:
            main = self.main
            return None if main is None else main.paired_with(self.candidate, self.secret).paired
        except DataError:
            return None

    def _changes(self) -> Iterator[str]:
        if self.main is None:
            return
        yield from training_changes(self.changes.training, self.main.training)
        yield from code_changes(self.changes.files, self.changes.config)
        paired = self._paired()
        if paired is not None and paired.differing().any():
            yield "predictions of rows that both have"


def training_changes(ours: Evidence | None, theirs: Evidence | None) -> Iterator[str]:
    """Yield what differs between two trainings: the command, what it read, what it made."""
    if not isinstance(ours, TrainEvidence) or not isinstance(theirs, TrainEvidence):
        return
    if ours.command != theirs.command:
        yield "train.run"
    yield from _differing(ours.inputs, theirs.inputs)
    yield from _differing(*({a.path: a.sha256 for a in side.artifacts} for side in (ours, theirs)))


def _differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    yield from (name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name))


def changed_files(prepared: Prepared) -> tuple[str, ...]:
    """Return the files that a change touches, as git has it before the author's code starts."""
    facts = prepared.facts
    before = facts.parent if facts.on_base else facts.merge_base
    if before is None or facts.commit is None:
        return facts.changed
    changes = git_facts.changes(prepared.git, before, facts.commit)
    return (*changes.files, *changes.submodules, *facts.changed)


def code_changes(changed: tuple[str, ...], config: str) -> Iterator[str]:
    """Yield the files that are code or settings, by their endings; mlgate.yaml is neither."""
    for path in changed:
        if path != config and PurePosixPath(path).suffix.lower() in CODE:
            yield path
