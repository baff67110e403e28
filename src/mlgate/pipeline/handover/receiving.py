"""The job that judges: take a handover that holds, and measure with it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.files import sha256, write_atomic
from mlgate.inputs.paths import ANY
from mlgate.model.evidence import Note
from mlgate.pipeline.baselines.named import BaselinePlace, write_baseline
from mlgate.pipeline.handover import archive
from mlgate.pipeline.handover.archive import refuse
from mlgate.pipeline.handover.author_code import runs_code
from mlgate.pipeline.handover.measured import hands_evidence, take
from mlgate.pipeline.handover.record import BASELINES, FILES, NAME, AuthorResults
from mlgate.pipeline.handover.reported import AGAIN, ReportedInputs
from mlgate.pipeline.judging.configured import blobs_of, files_of, named_paths
from mlgate.pipeline.measuring import measure
from mlgate.pipeline.training import train
from mlgate.pipeline.training.train import stamp
from mlgate.text.short import commit_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlgate.config import Config
    from mlgate.inputs.paths import Freshness
    from mlgate.model.evidence import TrainEvidence
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.handover.archive import Archive
    from mlgate.pipeline.handover.record import HandedFile, HandoverRecord
    from mlgate.pipeline.measuring.run_inputs import RunInputs
    from mlgate.pipeline.prepare import Prepared

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_MEASURED: Final = ("ok", "skipped")
_TRAINED: Final = "Trained in a job of its own; measured here, from the files that it handed over."
_MEASURED_THERE: Final = (
    "Trained and measured in a job of its own, beside the author's code; judged here, from the "
    "numbers that it handed over (`handover: evidence`)."
)
_ONLY_EVIDENCE: Final = (
    "holds numbers in the place of files: `handover: evidence` counts once the branch that judges "
    "has it"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A handover that holds.

    Attributes
    ----------
    training
        The training's evidence, as its job reports it.
    folder, root
        What stands in for the repository's top folder, and for that of mlgate.yaml.
    fresh
        The files that this training wrote.
    author
        The results of the author's code, by what is measured under a policy.
    baselines
        The predictions that `baseline.run` wrote, likewise.
    measured
        Whether numbers were handed over instead; they are in the run directory then.
    """

    training: TrainEvidence
    folder: Path
    root: Path
    fresh: frozenset[str] = frozenset()
    author: Mapping[str, AuthorResults] = field(default_factory=dict)
    baselines: Mapping[str, Path] = field(default_factory=dict)
    measured: bool = False

    def inputs(
        self,
        prepared: Prepared,
        config: Config,
        settings: dict[str, Any],
        baselines: Baselines | None,
    ) -> RunInputs:
        """Return a judge's inputs: these files in place of the work tree's.

        Raises
        ------
        DataError
            When the author's code did not run under the judge's policy, or `baseline.run` failed.
        """
        policy = config.measurement_digest()
        results = self.author.get(policy)
        if results is None and runs_code(config):
            msg = "the job that trained ran the author's code under other policies than these"
            raise DataError(msg, hint=AGAIN)
        results = results or AuthorResults(policy=policy)
        if results.problem is not None:
            raise DataError(results.problem, hint=results.hint)
        place = BaselinePlace(self.root, self.folder, self.baselines.get(policy))
        if config.baseline.run is not None and place.written is None:
            raise refuse("has no predictions of baseline.run")
        handed = {
            "root": self.root,
            "top": self.folder,
            "fresh": self._of(settings["fresh"], settings["top"]),
        }
        return ReportedInputs(
            **(settings | handed),
            baselines=baselines or write_baseline(prepared, config, place),
            # Nothing of the training's can have written them: it ran elsewhere.
            labels=measure.open_labels(prepared, config, ANY),
            author=results,
        )

    def _of(self, fresh: Freshness, top: Path) -> Freshness:
        # A file's time may be within what clocks differ by: the other job's word is on each file.
        def written(path: Path) -> bool:
            return os.path.normpath(path) in self.fresh

        def problem(path: Path) -> str | None:
            return fresh.problem(top / path.relative_to(self.folder))

        return replace(
            fresh,
            restored=written,
            untouched=lambda path: not written(path),
            problem=problem,
        )


def receive(prepared: Prepared, given: Path) -> Received:
    """Read a handover into the run directory, and write the training's evidence and log.

    Parameters
    ----------
    given
        The archive, or the folder that holds it.

    Raises
    ------
    DataError
        When there is none, or it is of another commit or run, differs from its record, or
        contradicts this configuration.
    """
    with archive.opened(given / NAME if given.is_dir() else given) as opened:
        reported = _held(prepared, opened.record)
        log = opened.log()
        if log is not None:
            write_atomic(prepared.dir.log, log)
        origin = stamp(prepared).fields()
        text = _MEASURED_THERE if hands_evidence(prepared) else _TRAINED
        notes = (*reported.notes, Note(level="info", text=text))
        evidence = reported.model_copy(update={**origin, "notes": notes})
        prepared.dir.write_evidence(evidence)
        received = _received(prepared, evidence)
        if evidence.status not in _MEASURED:
            return received
        if hands_evidence(prepared):
            take(prepared, opened)
            return replace(received, measured=True)
        if opened.evidence() is not None:
            raise refuse(_ONLY_EVIDENCE)
        return _unpacked(prepared, opened, received)


def _received(prepared: Prepared, evidence: TrainEvidence) -> Received:
    folder = (prepared.dir.handover / FILES).absolute()
    root = folder / prepared.root.relative_to(prepared.git.top)
    root.mkdir(parents=True, exist_ok=True)
    return Received(evidence, folder, root)


def _held(prepared: Prepared, record: HandoverRecord) -> TrainEvidence:
    """Return the training's evidence, of this commit, run and configuration."""
    run, here = prepared.run, prepared.context.ci_run.id
    if (record.commit, record.tree) != (run.commit, run.tree):
        other, judged = commit_name(record.commit), commit_name(run.commit)
        raise refuse(f"is of another commit ({other}) than the one that is judged ({judged})")
    if record.run is not None and here is not None and record.run != here:
        raise refuse(f"is of another run ({record.run})")
    evidence = record.training
    if evidence is None:
        raise refuse("holds no training, but this change has to be judged")
    command = train.command(prepared)
    if evidence.commit != run.commit or evidence.command != command:
        raise refuse("is of another training than the one that mlgate.yaml names")
    if (evidence.status == "skipped") != (command is None):
        raise refuse("contradicts mlgate.yaml on whether anything is trained")
    if evidence.status == "ok" and evidence.exit_code not in (0, None):
        raise refuse("says that a training went well whose exit code is not 0")
    if not all(map(_TIME.fullmatch, (evidence.started, evidence.finished))):
        raise refuse("has a time of another form")
    return evidence


def _unpacked(prepared: Prepared, opened: Archive, received: Received) -> Received:
    """Unpack the files; nothing else than what the policies name may be among them."""
    try:
        for file in opened.record.files:
            _place(prepared, opened, file, received.folder)
        names = _named(prepared, received)
        for name in sorted({file.path for file in opened.record.files} - names):
            raise refuse(f"holds {name!a}, which no policy names")
        baselines = dict(_baselines(opened, prepared.dir.handover / BASELINES))
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise refuse("names a file and a folder by one name") from None
    author = _author(prepared, opened)
    fresh = {str(received.folder / file.path) for file in opened.record.files if file.fresh}
    return replace(received, fresh=frozenset(fresh), author=author, baselines=baselines)


def _place(prepared: Prepared, opened: Archive, file: HandedFile, folder: Path) -> None:
    target = folder / file.path
    if not file.committed:
        opened.unpack(file, f"{FILES}/{file.path}", target)
    else:
        source = prepared.git.top / file.path
        if file.path not in blobs_of(prepared, [file.path]) or sha256(source) != file.sha256:
            raise refuse(f"says of {file.path!a} that it is the commit's, and it is not")
        _copy(source, target)
    os.utime(target, (file.written, file.written))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _named(prepared: Prepared, received: Received) -> set[str]:
    return {
        name
        for judge in prepared.judges
        for named in named_paths(judge.config, prepared.references)
        for name in files_of(named.pattern, received.root, received.folder)
    }


def _baselines(opened: Archive, folder: Path) -> Iterator[tuple[str, Path]]:
    for results in opened.author.results:
        file = results.baseline
        if file is not None:
            target = folder.absolute() / results.policy / file.path
            opened.unpack(file, f"{BASELINES}/{results.policy}/{file.path}", target)
            yield results.policy, target


def _author(prepared: Prepared, opened: Archive) -> dict[str, AuthorResults]:
    """Return the results by policy; they are of policies that judge, and of code that these name."""
    configs = {judge.config.measurement_digest(): judge.config for judge in prepared.judges}
    results: dict[str, AuthorResults] = {}
    for reported in opened.author.results:
        config = configs.get(reported.policy)
        if config is None:
            msg = "the job that trained ran the author's code under other policies than these"
            raise DataError(msg, hint=AGAIN)
        if reported.policy in results or (reported.baseline and config.baseline.run is None):
            raise refuse("holds results that no policy asks for")
        for metric in reported.metrics:
            if metric.function not in config.metrics.custom.values():
                raise refuse(f"holds values of {metric.function[:80]!a}, no custom metric")
        if reported.suites and not _checks_with_suites(config):
            raise refuse("holds results of a suite that no policy names")
        results[reported.policy] = reported
    return results


def _checks_with_suites(config: Config) -> bool:
    return any(section.runs_code(config) for section in config.checks.values())
