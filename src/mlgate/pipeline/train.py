"""Run the training and write its evidence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlgate import __version__, ci, training
from mlgate.config import environ
from mlgate.model.inputs import Stamp
from mlgate.training.environment import user_environment

if TYPE_CHECKING:
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
    """Return the user's environment, without CI secrets and without mlgate's own environment."""
    key = prepared.loaded.config.baseline.id_key
    return user_environment(
        prepared.context.environ,
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        credentials=ci.credentials(),
        channels=ci.channels(),
        pass_env=prepared.loaded.config.train.pass_env,
        secrets=environ.names(key) if key else (),
    )


def train(prepared: Prepared) -> TrainEvidence:
    """Run the training of mlgate.yaml, or `dvc repro`; write evidence and log.

    Without a command there is nothing to run: existing results are used, which the evidence
    records (`skipped`).

    Raises
    ------
    training.Interrupted
        After Ctrl-C or SIGTERM, once no process of the training is left and its evidence is written.
    """
    settings = prepared.loaded.config.train
    user = environment(prepared)
    request = training.TrainRequest(
        command=settings.run or training.default_command(prepared.root),
        cwd=prepared.root,
        timeout=settings.timeout,
        env=user.env,
        withheld=user.withheld,
        artifacts=settings.artifacts,
        inputs=settings.inputs,
        log=prepared.dir.log,
        stamp=stamp(prepared),
        log_format=prepared.context.ci_run.log,
        grace=prepared.context.ci_run.grace,
        python=prepared.loaded.config.metrics.python,
    )
    try:
        evidence = training.train(
            request, console=prepared.context.console, progress=prepared.context.progress
        )
    except training.Interrupted as interrupted:
        prepared.dir.write_evidence(interrupted.evidence)
        raise
    prepared.dir.write_evidence(evidence)
    return evidence
