"""`mlgate plan`: how many rows the gates of mlgate.yaml need, before a run or after one.

Nothing is trained and nothing is written. How far a metric varies by chance comes from the
last run's evidence, if there is any. If there is none, a disagreement of 5 % is assumed for
metrics that are a share of correct rows; nothing is assumed for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from mlgate import checks, config
from mlgate.errors import DataError, MlgateError
from mlgate.gates.rule import ROLES
from mlgate.git import Git
from mlgate.inputs import paths, predictions
from mlgate.model.evidence import CompareEvidence
from mlgate.model.policy import Margin, RuleKind, given_rules
from mlgate.pipeline.judging.place import required_config
from mlgate.pipeline.judging.references import References
from mlgate.pipeline.planning.assumptions import assume
from mlgate.pipeline.planning.rule import PlannedRule, plan_rule
from mlgate.pipeline.prepare import run_dir_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlgate.config import Config
    from mlgate.model.evidence import Evidence
    from mlgate.model.policy import Gate, Policy
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.judging.references import Settings
    from mlgate.pipeline.planning.rule import RulePlan

_KINDS: Final[tuple[RuleKind, ...]] = get_args(RuleKind)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plans of all rules.

    Attributes
    ----------
    rows
        The rows of the predictions, or those that the last run compared.
    evidence, commit
        The run directory whose evidence was used, and its commit; None without any.
    problem
        Why the number of rows is not known.
    """

    rules: tuple[RulePlan, ...]
    power: float
    rows: int | None
    evidence: Path | None
    commit: str | None
    problem: str | None


def plan(context: Context, power: float) -> Plan:
    """Plan every rule of mlgate.yaml, and of each `--policy` file.

    Raises
    ------
    UsageError, ConfigError
        When there is no valid mlgate.yaml.
    DataError
        When the run directory's evidence is damaged.
    """
    path = required_config(context)
    root = path.parent.resolve()
    own = config.load(path, checks.sections()).config
    run_dir = run_dir_of(context, root)
    evidence = run_dir.read_evidence()
    rows, problem = _rows(own, evidence, context, root)
    configs = [own] + [
        config.with_organisation(own, config.load_policy(context.cwd / file, checks.sections()))
        for file in context.policies
    ]
    planned = [
        plan_rule(rule, assume(rule, judged_by, evidence, rows))
        for judged_by in configs
        for rule in _rules(judged_by.judging(), judged_by, power)
    ]
    return Plan(
        rules=tuple(dict.fromkeys(planned)),
        power=power,
        rows=rows,
        evidence=run_dir.path if evidence else None,
        commit=next((check.commit for check in evidence.values()), None),
        problem=problem,
    )


def _rules(policy: Policy, config: Config, power: float) -> Iterator[PlannedRule]:
    """Return the rules in the order of mlgate.yaml; that against the anchor where one is wanted."""
    for target, gate in policy.gates.items():
        written = set(given_rules(gate))
        for kind in (kind for kind in _KINDS if kind in written):
            if kind == "max_regression_anchor" and config.baseline.anchor == "none":
                continue
            limit, relative = _limit(gate, kind)
            reference = "the anchor" if ROLES.get(kind) == "anchor" else config.baseline.branch
            yield PlannedRule(target, kind, limit, relative, policy.confidence, power, reference)


def _limit(gate: Gate, kind: RuleKind) -> tuple[float, bool]:
    """Return a rule's limit, and whether it is a share of the baseline's value."""
    anchor = kind == "max_regression_anchor"
    limit: Any = gate.anchor_margin() if anchor else getattr(gate, kind)
    return (limit.value, limit.relative) if isinstance(limit, Margin) else (limit, False)


def _rows(
    config: Config, evidence: Mapping[str, Evidence], context: Context, root: Path
) -> tuple[int | None, str | None]:
    """Return the number of rows: of the last run, else of the predictions; or why it is unknown."""
    compare = evidence.get("compare")
    if isinstance(compare, CompareEvidence) and compare.n is not None:
        return compare.n, None
    section = config.predictions
    if section is None:
        return None, "mlgate.yaml has no predictions"
    assert config.task is not None
    if section.labels is not None:
        return (
            None,
            "the labels are held out (predictions.labels), and no run has measured them here",
        )
    try:
        path = _references(context, config).expand(section.path, "predictions.path")
        candidate = predictions.load(
            section.model_copy(update={"path": path}),
            config.task,
            root,
            fresh=paths.ANY,
            top=_top(root),
        )
    except DataError as error:
        return None, error.message
    return len(candidate.rows), None


def _references(context: Context, config: Config) -> References:
    """Return what a plan may resolve: in CI nothing, since it compares with no other branch."""
    allowed: Settings | None = frozenset() if context.ci_run.in_ci else None
    return References(context.environ, allowed, config.baseline.branch)


def _top(root: Path) -> Path | None:
    """Return the repository's top folder; None outside of a repository, which a plan allows."""
    try:
        return Git(root).top.resolve()
    except MlgateError:
        return None
