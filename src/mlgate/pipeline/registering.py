"""`mlgate model`: versions and aliases of a registry, held to the evidence of each model's own run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError, MlgateError, UsageError
from mlgate.model.base import Frozen, Prose
from mlgate.pipeline import verify
from mlgate.pipeline.prepare import prepare
from mlgate.registries.git_tags import NAME, GitTags
from mlgate.registries.mlflow import MlflowRegistry
from mlgate.rollout.decision import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from mlgate.pipeline.context import Context
    from mlgate.registries.registry import Alias, ModelVersion, Registry
    from mlgate.rollout.decision import Decision

_TRACKING: Final = "MLFLOW_TRACKING_URI"


@dataclass(frozen=True, slots=True)
class Registration:
    """A version that was registered, or an alias that was set: `written` is the tag, or its URI.

    `written` is None where the decision refused it.
    """

    decision: Decision
    version: ModelVersion | None
    written: str | None


class AliasState(Frozen):
    """What an alias names, and why that must not be deployed; `problem` is None where it may."""

    alias: Prose
    version: Prose | None
    commit: str | None
    verdict: str | None = None
    problem: Prose | None = None


def open_registry(context: Context, *, push: bool = False, source: str | None = None) -> Registry:
    """Return the registry of the model whose configuration is here.

    Raises
    ------
    UsageError
        When the server is not known, or GTO would not read the model's name.
    """
    prepared = prepare(context)
    section = prepared.judges[0].config.registry
    name = section.name or prepared.run.name
    if section.kind == "mlflow":
        url = context.environ.get(_TRACKING, "")
        if not url.startswith(("http://", "https://")):
            msg = f"registry.kind is mlflow, and {_TRACKING} names no server"
            raise UsageError(msg, hint=f"set {_TRACKING} to its address: https://…")
        return MlflowRegistry(url, name, context.environ, source)
    if not NAME.fullmatch(name):
        msg = f"GTO reads no model called {name!r}"
        raise UsageError(msg, hint="give it a name of letters, digits, -, _ and /: registry.name")
    if source is not None:
        raise UsageError("--source is for registries of MLflow", hint="leave it out")
    local = not context.ci_run.in_ci
    return GitTags(prepared.git, name, push=push, local=local, sign=section.sign)


def register(
    context: Context, registry: Registry, model: Path, version: str | None, commit: str | None
) -> Registration:
    """Register a model's file as a version of its commit, with its verdict, whatever that is.

    A file that the commit's run did not make is refused. Raises as `verify.verify` does.
    """
    decision = verify.verify(context, model, commit=commit)
    if any(refusal.key == "train.artifacts" for refusal in decision.refusals):
        return Registration(decision, None, None)
    made = registry.register(decision.commit, version, _facts(decision))
    return Registration(decision, made, made.name)


def assign(
    context: Context,
    registry: Registry,
    alias: str,
    model: Path,
    version: str | None,
    commit: str | None,
) -> Registration:
    """Point an alias at a version, once that very file was verified; else nothing is written.

    Parameters
    ----------
    version
        By default the newest one of the commit.

    Raises
    ------
    UsageError
        When there is no such version.
    RegistryError
        When the registry cannot be read or written, or the alias moved meanwhile.
    """
    before = registry.aliases().get(alias)
    chosen = _version(context, registry, version, commit)
    decision = verify.verify(context, model, commit=chosen.commit)
    if chosen.sha256 not in (None, decision.sha256):
        other = Refusal(
            key="registry",
            reason=f"{model} is not the file that was registered as {chosen.name}",
            hint="register it as a version of its own: mlgate model register",
        )
        decision = decision.model_copy(update={"refusals": (*decision.refusals, other)})
    if not decision.allowed:
        return Registration(decision, chosen, None)
    facts = {"version": chosen.name, **_facts(decision)}
    return Registration(decision, chosen, registry.assign(alias, chosen, before, facts))


def check(context: Context, registry: Registry) -> tuple[AliasState, ...]:
    """Return of each alias whether its model ever passed; raises `RegistryError`."""
    return tuple(_state(context, alias) for alias in registry.aliases().values())


def _version(
    context: Context, registry: Registry, version: str | None, commit: str | None
) -> ModelVersion:
    """Return the version that is meant, which names its commit."""
    full = None if version is not None and commit is None else verify.commit_of(context, commit)
    fitting = [
        each
        for each in registry.versions()
        if (version is None or each.name == version) and (full is None or each.commit == full)
    ]
    if not fitting:
        what = f"version {version}" if version else f"version of {(full or '')[:9]}"
        msg = f"{registry.name} has no {what}"
        raise UsageError(msg, hint="register it first: mlgate model register FILE")
    if fitting[-1].commit is None:
        msg = f"version {fitting[-1].name} of {registry.name} names no commit"
        raise DataError(msg, hint="register the file again: mlgate model register FILE")
    return fitting[-1]


def _state(context: Context, alias: Alias) -> AliasState:
    version = None if alias.version is None else alias.version.name
    state = AliasState(alias=alias.name, version=version, commit=alias.commit)
    if alias.problem is not None:
        return state.model_copy(update={"problem": alias.problem})
    if alias.commit is None:
        problem = "it names no commit, so it was never judged here"
        return state.model_copy(update={"problem": problem})
    try:
        sha256 = None if alias.version is None else alias.version.sha256
        decision = verify.recorded(context, alias.commit, sha256)
    except MlgateError as error:
        return state.model_copy(update={"problem": f"it was never judged here: {error.message}"})
    reasons = "; ".join(refusal.reason for refusal in decision.refusals)
    return state.model_copy(update={"verdict": decision.verdict, "problem": reasons or None})


def _facts(decision: Decision) -> dict[str, str]:
    """Return what a registry keeps of a decision."""
    return {
        "model": decision.name,
        "commit": decision.commit,
        "sha256": decision.sha256,
        "verdict": decision.verdict,
        "measured": decision.measured,
    }
