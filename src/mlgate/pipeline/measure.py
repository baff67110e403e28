"""Run the checks, under every policy that asks for measurements of its own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mlgate import checks
from mlgate.errors import InputError, UnreadableError, UsageError
from mlgate.inputs.paths import ANY, Freshness
from mlgate.model.evidence import Evidence, TrainEvidence
from mlgate.pipeline import wear
from mlgate.pipeline.baselines import open_baselines
from mlgate.pipeline.run_inputs import RunInputs
from mlgate.pipeline.train import environment, stamp
from mlgate.stores import finding
from mlgate.training import dvc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlgate.pipeline.prepare import Judge, Prepared


def measure(
    prepared: Prepared, ids: Sequence[str] = (), *, override: str | None = None
) -> list[Path]:
    """Write the evidence of the checks that the configuration asks for, or of those named.

    Where several policies measure and one cannot, its evidence says why, so that its gates
    are `error`; where none can, nothing is written.

    Parameters
    ----------
    override
        A file, a run directory or a commit to compare with instead of the stored baseline.

    Raises
    ------
    InputError
        When the input is unusable under every policy.
    UsageError
        When a named check does not exist or the configuration does not ask for it.
    """
    written: list[Path] = []
    problems: list[InputError] = []
    measured = _by_folder(prepared)
    for number, judge in measured:
        try:
            written += _measure(prepared, number, judge, ids, override)
        except InputError as error:
            problems.append(error)
            write_failure(prepared, error, number)
    if len(problems) == len(measured):
        raise problems[0]
    return written


def _by_folder(prepared: Prepared) -> list[tuple[int, Judge]]:
    """Return the first judge of each evidence folder, with its number."""
    first: dict[str, tuple[int, Judge]] = {}
    for number, judge in enumerate(prepared.judges):
        first.setdefault(judge.record.evidence, (number, judge))
    return list(first.values())


def _measure(
    prepared: Prepared, number: int, judge: Judge, ids: Sequence[str], override: str | None
) -> list[Path]:
    inputs = _inputs(prepared, number, judge, override)
    if number == 0:
        wear.unseal(prepared, judge, inputs)
    written = []
    for name in _check_ids(judge, ids):
        module = checks.load(name)
        params = module.params(judge.config)
        if params is None:
            msg = f"{prepared.loaded.file} does not ask for the check {name!r}"
            raise UsageError(msg, hint=f"add what it needs; see docs/configuration.md#{name}")
        evidence = module.run(inputs, params)
        written.append(prepared.dir.write_evidence(evidence, judge.record.evidence))
    if number == 0:
        meter = wear.measure(prepared, judge, inputs)
        if meter is not None:
            prepared.dir.write_evidence(meter)
        inputs.write_rows(prepared.dir.rows)
        inputs.write_changed(prepared.dir.changed)
    return written


def _check_ids(judge: Judge, ids: Sequence[str]) -> list[str]:
    names = checks.names()
    for name in ids:
        if name not in names:
            msg = f"there is no check {name!r}"
            raise UsageError(msg, hint=f"the checks are: {', '.join(names)}")
    if ids:
        return list(ids)
    return [name for name in names if checks.load(name).params(judge.config) is not None]


def _inputs(prepared: Prepared, number: int, judge: Judge, override: str | None) -> RunInputs:
    fresh = freshness(prepared)
    user = environment(prepared)
    return RunInputs(
        root=prepared.root,
        top=prepared.git.top,
        config=judge.config,
        stamp=stamp(prepared, judge=number),
        progress=prepared.context.progress,
        fresh=fresh,
        environ=prepared.context.environ,
        user_env=user.env,
        baselines=open_baselines(prepared, judge.config, override),
    )


def freshness(prepared: Prepared) -> Freshness:
    """Return from when on files are this training's; any time where nothing was trained here."""
    evidence = prepared.dir.evidence_of("train")
    if not isinstance(evidence, TrainEvidence) or evidence.status != "ok":
        return ANY
    started = dt.datetime.fromisoformat(evidence.started).timestamp()
    return Freshness(started, lambda path: dvc.restored(path, dvc.tracked_outputs(prepared.root)))


def write_failure(prepared: Prepared, error: InputError, number: int = 0) -> None:
    """Write evidence that says why nothing could be measured, so that a report can be made."""
    judge = prepared.judges[number]
    failed = [name for name in _check_ids(judge, ()) if not _has(prepared, judge, name)]
    anchored = judge.config.baseline.anchor != finding.NONE
    for name in failed:
        evidence = Evidence(
            check=name,
            error=error.message,
            error_kind="unreadable" if isinstance(error, UnreadableError) else "input",
            hint=error.hint,
            absent={} if anchored else {"anchor": finding.OFF},
            **stamp(prepared, judge=number).fields(),
        )
        prepared.dir.write_evidence(evidence, judge.record.evidence)


def _has(prepared: Prepared, judge: Judge, name: str) -> bool:
    return prepared.dir.evidence_file(name, judge.record.evidence).is_file()
