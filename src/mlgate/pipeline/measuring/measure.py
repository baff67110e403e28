"""Run the checks, under every policy that asks for measurements of its own."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mlgate import checks
from mlgate.checks.data_diff.section import DataDiffSection, table
from mlgate.errors import (
    InputError,
    MissingColumnError,
    UnlabelledError,
    UnlistedClassError,
    UnreadableError,
    UsageError,
)
from mlgate.inputs import remote
from mlgate.inputs.paths import ANY, Freshness
from mlgate.lineage import differ
from mlgate.model.evidence import BaselineRef, Evidence, TrainEvidence
from mlgate.model.inputs import PairedBaseline
from mlgate.model.project import DOCS
from mlgate.pipeline import prepare
from mlgate.pipeline.baselines.choice import fetch_baselines
from mlgate.pipeline.baselines.named import (
    BaselinePlace,
    WrittenBaseline,
    runs_apart,
    write_baseline,
)
from mlgate.pipeline.judging import held_labels, withheld
from mlgate.pipeline.judging.configured import compared_paths, data_paths
from mlgate.pipeline.ledger import wear
from mlgate.pipeline.measuring import row_views
from mlgate.pipeline.measuring.run_inputs import RunInputs
from mlgate.pipeline.training.seal import seal, unheard
from mlgate.pipeline.training.train import environment, stamp
from mlgate.stores import finding
from mlgate.training import dvc, none_left

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mlgate.config import Config
    from mlgate.model.inputs import Inputs
    from mlgate.model.lineage import Difference
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.handover.receiving import Received
    from mlgate.pipeline.measuring.run_inputs import OpenLabels
    from mlgate.pipeline.prepare import Judge, Prepared

_MOST: Final = 50
"""Differences from main's training that are recorded."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What measuring needs of the repository and its stores, read before the author's code starts.

    Attributes
    ----------
    baselines
        Those of each evidence folder's first judge, by its number; None where a command of the
        author's is still to write it.
    ledger
        The evaluations so far.
    written
        What the judging branch's `baseline.run` wrote, likewise.
    """

    baselines: Mapping[int, Baselines | None]
    ledger: wear.LedgerLines
    written: Mapping[int, WrittenBaseline] = field(default_factory=dict)

    def place(self, prepared: Prepared, number: int) -> BaselinePlace:
        """Return where a judge's file of a baseline is looked for; raises `DataError` if it changed."""
        written = self.written.get(number)
        file = None if written is None else written.file()
        return BaselinePlace(prepared.root, prepared.git.top, file)


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """The files of evidence that were written.

    `problem` says why the input is unusable where it is so under every policy, as the evidence does.
    """

    written: tuple[Path, ...]
    problem: InputError | None


def fetch(prepared: Prepared, override: str | None = None, *, sealing: bool = True) -> Fetched:
    """Read all that measuring needs of the repository, which is not asked again: it is closed.

    Whatever the author's code does to the clone from here on, to its remote, refs or objects,
    changes nothing.

    Parameters
    ----------
    override
        A file, a run directory or a commit to compare with instead of the stored baseline.
    sealing
        Whether code of the author's is about to start in this job.
    """
    baselines = {
        number: fetch_baselines(prepared, judge.config, override)
        for number, judge in by_folder(prepared)
    }
    for _, judge in by_folder(prepared):
        prepared.files.look_up(compared_paths(judge.config, prepared.references))
        prepared.files.look_up_data(data_paths(judge.config, prepared.references))
        if sealing and runs_apart(prepared, judge.config):
            prepared.files.check_out()
    for number, judge in by_folder(prepared):
        _look_up_data(prepared, judge.config, baselines[number])
    fetched = Fetched(baselines, wear.read(prepared, prepared.judges[0]))
    if not sealing:
        return fetched
    seal(prepared)
    numbers = [number for number, baseline in baselines.items() if baseline is None]
    return replace(fetched, written=dict(_written(prepared, numbers)))


def _look_up_data(prepared: Prepared, config: Config, baselines: Baselines | None) -> None:
    """Read the training data of main's baseline from git; `table_diff` says why where it cannot."""
    setting = None if config.section(DataDiffSection) is None else table(config)
    main = None if baselines is None else baselines.chosen("main")
    if setting is None or not isinstance(main, BaselineRef) or main.commit is None:
        return
    with suppress(InputError):
        where = prepared.references.address(setting.path, setting.key)
        if remote.scheme(where) is None:
            files = prepared.files.at(main.commit)
            files.place(where, setting.key, prepared.root, prepared.git.top)


def _written(prepared: Prepared, numbers: Sequence[int]) -> Iterator[tuple[int, WrittenBaseline]]:
    """Run the judging branch's `baseline.run`, before any of this branch's code runs."""
    if prepared.run.not_applicable is not None or prepared.run.gone:
        return
    for number in numbers:
        config = prepared.judges[number].config
        if runs_apart(prepared, config):
            env = environment(prepared).env
            group = prepared.context.progress.group("Baseline")
            with group, unheard(prepared, env), none_left():
                written = WrittenBaseline.of(prepared, config)
            yield number, written


def measure(
    prepared: Prepared,
    ids: Sequence[str] = (),
    *,
    fetched: Fetched,
    training: TrainEvidence | None = None,
    received: Received | None = None,
) -> MeasureResult:
    """Write the evidence of the checks that the configuration asks for, or of those named.

    Where several policies measure and one cannot, its evidence says why, so that its gates
    are `error`. All of it is kept in memory, and written once no process of the author's is left.

    Parameters
    ----------
    training
        The evidence of the training, where there was one.
    received
        What another job trained, in place of this work tree's files.

    Raises
    ------
    DataError
        When the run directory is no longer one that mlgate may empty.
    UsageError
        When a named check does not exist or the configuration does not ask for it.
    """
    run = _Measuring(prepared, fetched, training, received)
    with unheard(prepared, environment(prepared).env), none_left():
        for number, judge in by_folder(prepared):
            run.measure(number, judge, ids)
    return run.write()


def write_failure(prepared: Prepared, error: InputError) -> None:
    """Write evidence of every check that says why nothing could be measured."""
    run = _Measuring(prepared)
    for number, judge in by_folder(prepared):
        run.fail(number, judge, error)
    run.write()


@dataclass(slots=True)
class _Measuring:
    """One run's evidence while it is measured, by folder and check."""

    prepared: Prepared
    fetched: Fetched | None = None
    training: TrainEvidence | None = None
    received: Received | None = None
    evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    inputs: RunInputs | None = None
    """Of the first judge, whose rows are kept."""
    problems: list[InputError] = field(default_factory=list)

    def measure(self, number: int, judge: Judge, ids: Sequence[str]) -> None:
        """Measure under one judge's configuration; what is unusable becomes evidence of that."""
        try:
            self._measure(number, judge, ids)
        except InputError as error:
            self.problems.append(error)
            self.fail(number, judge, error)

    def _measure(self, number: int, judge: Judge, ids: Sequence[str]) -> None:
        names = check_ids(judge, ids)
        inputs = _inputs(self, number, judge)
        with inputs.discreet():
            self._run_checks(number, judge, names, inputs)
        if number == 0:
            self.inputs = inputs

    def _run_checks(
        self, number: int, judge: Judge, names: Sequence[str], inputs: RunInputs
    ) -> None:
        if number == 0:
            wear.unseal(self.prepared, judge, inputs)
        numbers = judge.config.metrics.numbers()
        directions = {name: column.direction for name, column in numbers.items()}
        for name in names:
            module = checks.load(name)
            params = module.params(judge.config)
            if params is None:
                msg = f"{self.prepared.loaded.file} does not ask for the check {name!r}"
                raise UsageError(msg, hint=f"add what it needs; see {DOCS}/configuration.md#{name}")
            run = partial(run_check, module, params)
            try:
                evidence = row_views.measure(run, inputs, directions)
            except UnlabelledError as error:
                self._add(judge, self._failed(number, judge, name, error))
                continue
            refused = withheld.refused(judge, evidence, self.prepared.run.base_branch or "main")
            if refused is not None:
                rows = {"baselines": evidence.baselines, "absent": evidence.absent}
                failed = self._failed(number, judge, name, refused)
                self._add(judge, failed.model_copy(update=rows))
                continue
            tools = {
                file: tool for file, tool in inputs.written_by.items() if file in evidence.inputs
            }
            self._add(judge, evidence.model_copy(update={"written_by": tools}))
        if number == 0 and self.fetched is not None:
            meter = wear.measure(self.fetched.ledger, inputs)
            if meter is not None:
                self._add(judge, meter)

    def _add(self, judge: Judge, evidence: Evidence) -> None:
        self.evidence[judge.record.evidence, evidence.check] = evidence

    def fail(self, number: int, judge: Judge, error: InputError) -> None:
        """Add evidence that says why nothing could be measured, so that a report can be made."""
        for name in check_ids(judge, ()):
            if (judge.record.evidence, name) not in self.evidence:
                self._add(judge, self._failed(number, judge, name, error))

    def _failed(self, number: int, judge: Judge, name: str, error: InputError) -> Evidence:
        """Return evidence that says why a check could not measure."""
        anchored = judge.config.baseline.anchor != finding.NONE
        return Evidence(
            check=name,
            error=error.message,
            error_kind="unreadable" if isinstance(error, UnreadableError) else "input",
            hint=self._hint(judge, error),
            absent={} if anchored else {"anchor": finding.OFF},
            **stamp(self.prepared, judge=number).fields(),
        )

    def _hint(self, judge: Judge, error: InputError) -> str | None:
        """Return what helps; another name is of no use where another branch's policy reads it."""
        own = judge.config.predictions == self.prepared.loaded.config.predictions
        if own or not isinstance(error, (MissingColumnError, UnlistedClassError)):
            return error.hint
        base = self.prepared.judges[0].record
        if isinstance(error, UnlistedClassError):
            return (
                f"{base.source}'s {base.file} judges too, and does not know the class: name it there "
                f"first, in a pull request of its own ({DOCS}/changing.md)"
            )
        return (
            f"{base.source}'s {base.file} judges too, and reads this column: let the training "
            f"write it until this branch's file is merged ({DOCS}/changing.md)"
        )

    def write(self) -> MeasureResult:
        """Write everything into the emptied run directory."""
        run_dir = self.prepared.dir
        prepare.begin(
            self.prepared,
            training=self.training,
            logs=[run_dir.baseline_log],
            differences=self._differences()[:_MOST],
        )
        paths = [
            run_dir.write_evidence(evidence, folder)
            for (folder, _), evidence in self.evidence.items()
        ]
        if self.inputs is not None:
            self.inputs.write_rows(run_dir.rows)
            self.inputs.write_changed(run_dir.changed)
            self.inputs.write_label_next(run_dir.label_next)
        unusable = len(self.problems) == len(by_folder(self.prepared))
        return MeasureResult(tuple(paths), self.problems[0] if unusable else None)

    def _differences(self) -> Sequence[Difference]:
        """Return how this training differs from that of main's model, if both are known."""
        main = None if self.inputs is None else self.inputs.reference("main")
        theirs = main.checks.get("train") if isinstance(main, PairedBaseline) else None
        if self.training is None or not isinstance(theirs, TrainEvidence):
            return ()
        return differ.of_trainings(theirs, self.training)


def by_folder(prepared: Prepared) -> list[tuple[int, Judge]]:
    """Return the first judge of each evidence folder, with its number."""
    first: dict[str, tuple[int, Judge]] = {}
    for number, judge in enumerate(prepared.judges):
        first.setdefault(judge.record.evidence, (number, judge))
    return list(first.values())


def run_check(module: checks.Check, params: Any, inputs: Inputs) -> Evidence:
    """Measure with a check; raises `DataError` where its input is unusable."""
    return module.run(inputs, params)


def check_ids(judge: Judge, ids: Sequence[str]) -> list[str]:
    """Return the checks that a judge's configuration asks for, or those named."""
    names = checks.names()
    for name in ids:
        if name not in names:
            msg = f"there is no check {name!r}"
            raise UsageError(msg, hint=f"the checks are: {', '.join(names)}")
    return list(ids) or checks.requested(judge.config)


def _inputs(measuring: _Measuring, number: int, judge: Judge) -> RunInputs:
    prepared, received = measuring.prepared, measuring.received
    assert measuring.fetched is not None
    baselines = measuring.fetched.baselines[number]
    settings = common(prepared, number, judge.config, measuring.training)
    if received is not None:
        present = None if baselines is None else baselines.after(measuring.training)
        return received.inputs(prepared, judge.config, settings, present)
    labels = open_labels(prepared, judge.config, settings["fresh"])
    if baselines is None:
        place = measuring.fetched.place(prepared, number)
        baselines = write_baseline(prepared, judge.config, place)
    baselines = baselines.after(measuring.training)
    return RunInputs(**settings, baselines=baselines, labels=labels)


def common(
    prepared: Prepared, number: int, config: Config, training: TrainEvidence | None
) -> dict[str, Any]:
    """Return what the inputs of a judge have in every job, with this work tree's files."""
    return {
        "root": prepared.root,
        "top": prepared.git.top,
        "config": config,
        "stamp": stamp(prepared, judge=number),
        "progress": prepared.context.progress,
        "fresh": freshness(prepared, training),
        "references": prepared.references,
        "files": prepared.files,
        "notes": list(prepared.files.notes(compared_paths(config, prepared.references))),
        "user_env": environment(prepared).env,
        "training": training,
        "pull_request": number == 0 and not prepared.facts.on_base and prepared.judging is not None,
    }


def open_labels(prepared: Prepared, config: Config, fresh: Freshness) -> OpenLabels:
    """Return what opens the labels that are held out."""
    if config.predictions is None or config.predictions.labels is None:
        return nullcontext
    return lambda: held_labels.opened(prepared, config, fresh)


def freshness(prepared: Prepared, training: TrainEvidence | None) -> Freshness:
    """Return from when on files are this training's; any time where nothing was trained here."""
    if training is None or training.status != "ok":
        return ANY
    started = dt.datetime.fromisoformat(training.started).timestamp()
    held = prepared.context.ci_run.in_ci and prepared.judging is not None
    main = prepared.files.pipelines if held else None
    locked = dvc.LockedOutputs(prepared.root.resolve(), training.command, main)
    return Freshness(started, locked.restored, prepared.files.before.untouched, locked.problem)
