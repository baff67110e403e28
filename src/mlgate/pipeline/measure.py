"""Run the checks, under every policy that asks for measurements of its own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mlgate import checks
from mlgate.baselines import find
from mlgate.errors import InputError, UsageError
from mlgate.inputs.freshness import ANY, Freshness
from mlgate.model.evidence import Evidence, TrainEvidence
from mlgate.pipeline import wear
from mlgate.pipeline.baseline import open_baselines
from mlgate.pipeline.sources import RunInputs
from mlgate.pipeline.train import environment, stamp
from mlgate.training import dvc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlgate.pipeline.prepare import ConfiguredJudge, Prepared


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
    for number, one in measured:
        try:
            written += _measure(prepared, number, one, ids, override)
        except InputError as error:
            problems.append(error)
            write_failure(prepared, error, number)
    if len(problems) == len(measured):
        raise problems[0]
    return written


def _by_folder(prepared: Prepared) -> list[tuple[int, ConfiguredJudge]]:
    """Give the first judge of each evidence folder, with its number."""
    first: dict[str, tuple[int, ConfiguredJudge]] = {}
    for number, one in enumerate(prepared.judges):
        first.setdefault(one.judge.evidence, (number, one))
    return list(first.values())


def _measure(
    prepared: Prepared, number: int, one: ConfiguredJudge, ids: Sequence[str], override: str | None
) -> list[Path]:
    inputs = _inputs(prepared, number, one, override)
    if number == 0:
        wear.unseal(prepared, one, inputs)
    written = []
    for name in _wanted(one, ids):
        module = checks.load(name)
        params = module.params(one.config)
        if params is None:
            msg = f"{prepared.loaded.file} does not ask for the check {name!r}"
            raise UsageError(msg, hint=f"add what it needs; see docs/configuration.md#{name}")
        evidence = module.run(inputs, params)
        prepared.dir.write_evidence(evidence, one.judge.evidence)
        written.append(prepared.dir.path / one.judge.evidence / f"{name}.json")
    if number == 0:
        meter = wear.measure(prepared, one, inputs)
        if meter is not None:
            prepared.dir.write_evidence(meter)
        inputs.write_rows(prepared.dir.rows)
        inputs.write_changed(prepared.dir.changed)
    return written


def _wanted(one: ConfiguredJudge, ids: Sequence[str]) -> list[str]:
    known = checks.names()
    for name in ids:
        if name not in known:
            msg = f"there is no check {name!r}"
            raise UsageError(msg, hint=f"the checks are: {', '.join(known)}")
    if ids:
        return list(ids)
    return [name for name in known if checks.load(name).params(one.config) is not None]


def _inputs(
    prepared: Prepared, number: int, one: ConfiguredJudge, override: str | None
) -> RunInputs:
    fresh = freshness(prepared)
    user = environment(prepared)
    return RunInputs(
        root=prepared.root,
        top=prepared.git.top,
        config=one.config,
        stamp=stamp(prepared, judge=number),
        progress=prepared.context.progress,
        fresh=fresh,
        environ=prepared.context.environ,
        user_env=user.env,
        baselines=open_baselines(prepared, one.config, override),
    )


def freshness(prepared: Prepared) -> Freshness:
    """Say from when on files are this training's; any time where nothing was trained here."""
    found = prepared.dir.evidence_of("train")
    if not isinstance(found, TrainEvidence) or found.status != "ok":
        return ANY
    started = dt.datetime.fromisoformat(found.started).timestamp()
    return Freshness(started, lambda path: dvc.restored(path, dvc.tracked_outputs(prepared.root)))


def write_failure(prepared: Prepared, error: InputError, number: int = 0) -> None:
    """Write evidence that says why nothing could be measured, so that a report can be made."""
    one = prepared.judges[number]
    failed = [name for name in _wanted(one, ()) if not _has(prepared, one, name)]
    wanted = one.config.baseline.anchor != find.NONE
    for name in failed:
        evidence = Evidence(
            check=name,
            error=error.message,
            hint=error.hint,
            absent={} if wanted else {"anchor": find.OFF},
            **stamp(prepared, judge=number).fields(),
        )
        prepared.dir.write_evidence(evidence, one.judge.evidence)


def _has(prepared: Prepared, one: ConfiguredJudge, name: str) -> bool:
    return (prepared.dir.path / one.judge.evidence / f"{name}.json").is_file()
