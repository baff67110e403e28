"""Run the training and write its evidence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlgate import __version__, ci, credentials, training
from mlgate.checks.expect.section import ExpectSection
from mlgate.config import environ
from mlgate.inputs.paths import matches
from mlgate.model.inputs import Stamp
from mlgate.pipeline.judging.configured import written_paths
from mlgate.pipeline.training import tracked_outputs
from mlgate.pipeline.training.seal import unheard
from mlgate.training.environment import user_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlgate.model.evidence import TrainEvidence
    from mlgate.pipeline.prepare import Prepared
    from mlgate.training.environment import UserEnvironment


def stamp(prepared: Prepared, *, judge: int = 0) -> Stamp:
    """Return what evidence says of its origin."""
    chosen = prepared.judges[judge].record
    return Stamp(
        tool=__version__,
        commit=prepared.run.commit,
        created=prepared.context.stamp(),
        policy_digest=chosen.digest,
        confidence=chosen.policy.confidence,
    )


def environment(prepared: Prepared) -> UserEnvironment:
    """Return the user's environment, without CI secrets and without mlgate's own environment.

    In CI whatever looks like a credential is withheld, unless the configuration that judges passes
    it on: a pull request's own `train.pass_env` can only name fewer variables.
    """
    in_ci = prepared.context.ci_run.in_ci
    passing = prepared.judges[0].config if in_ci else prepared.loaded.config
    configs = (prepared.loaded.config, *(judge.config for judge in prepared.judges))
    named = {name for config in configs for name in environ.names(config.baseline.id_key or "")}
    variables = prepared.context.environ
    return user_environment(
        variables,
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        credentials=ci.credentials(),
        channels=ci.channels(),
        pass_env=passing.train.pass_env,
        secrets={*named, *(credentials.names_in(variables) if in_ci else ())},
    )


def _results(prepared: Prepared) -> Iterator[Path]:
    """Yield the files that are where the training is to write."""
    for judge in prepared.judges:
        for pattern in written_paths(judge.config, prepared.references):
            yield from matches(pattern, prepared.root)


def command(prepared: Prepared, *, again: bool = False) -> str | None:
    """Return the training of mlgate.yaml, or `dvc repro`; where there are seeds, once for each.

    Afterwards it loads the artifacts that must load, by the policy that judges.

    Parameters
    ----------
    again
        Whether DVC runs stages that have not changed, too.
    """
    settings = prepared.loaded.config.train
    run = settings.run or training.default_command(prepared.root, again=again)
    if run is not None and settings.seeds:
        run = training.each_seed(run, settings.seeds)
    expect = prepared.judges[0].config.section(ExpectSection)
    if run is None or expect is None or not expect.load:
        return run
    return training.loading(run, prepared.judges[0].config.metrics.python, expect.load)


def train(prepared: Prepared, *, again: bool = False) -> TrainEvidence:
    """Run the training; write evidence and log.

    Without a command there is nothing to run: existing results are used, which the evidence
    records (`skipped`).

    Parameters
    ----------
    again
        As of `command`.

    Raises
    ------
    training.Interrupted
        After Ctrl-C or SIGTERM, once no process of the training is left and its evidence is written.
    """
    settings = prepared.loaded.config.train
    user = environment(prepared)
    request = training.TrainRequest(
        command=command(prepared, again=again),
        cwd=prepared.root,
        timeout=settings.timeout,
        env=user.env,
        withheld=user.withheld,
        where_missing=user.where_missing,
        artifacts=settings.artifacts,
        inputs=settings.inputs,
        params=settings.params,
        log=prepared.dir.log,
        stamp=stamp(prepared),
        log_format=prepared.context.ci_run.log,
        grace=prepared.context.ci_run.grace,
        python=prepared.loaded.config.metrics.python,
    )
    prepared.files.before.leave(_results(prepared))
    try:
        with unheard(prepared, user.env):
            evidence = training.train(
                request, console=prepared.context.console, progress=prepared.context.progress
            )
    except training.Interrupted as interrupted:
        prepared.dir.write_evidence(interrupted.evidence)
        prepared.dir.write_run(tracked_outputs.recorded(prepared.run, prepared.tracked))
        raise
    seeds = {"train.seeds": ", ".join(map(str, settings.seeds))} if settings.seeds else {}
    evidence = evidence.model_copy(
        update={
            "notes": (*evidence.notes, *prepared.tracked.notes()),
            "seeds": {**evidence.seeds, **seeds},
        }
    )
    prepared.dir.write_evidence(evidence)
    prepared.dir.write_run(tracked_outputs.recorded(prepared.run, prepared.tracked))
    return evidence
