"""`mlgate config check` and `mlgate config schema`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlgate import checks
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.config import LoadedConfig
    from mlgate.model.policy import Gate


@click.group()
def command() -> None:
    """Check mlgate.yaml; print its JSON schema."""


@command.command()
@pass_settings
def check(settings: Settings) -> int:
    """Report everything that is wrong with mlgate.yaml, and with each --policy file."""
    from mlgate import config
    from mlgate.cli import out, show
    from mlgate.cli.context import context
    from mlgate.pipeline.prepare import find_config

    try:
        path = find_config(context(settings))
        loaded = config.load(path, checks.sections(), os.path.relpath(path))
        policies = {
            str(path): config.load_policy(path, checks.sections()) for path in settings.policies
        }
    except ConfigError as error:
        if not settings.json:
            raise
        out.data(show.as_json(_problems(error)))
        return ExitCode.USAGE
    if settings.json:
        out.data(show.as_json(_facts(loaded)))
    else:
        out.say(_count_rules(loaded.file, loaded.config.gates))
        for file, policy in policies.items():
            out.say(_count_rules(file, policy.gates))
    return ExitCode.OK


def _problems(error: ConfigError) -> dict[str, Any]:
    names = ("file", "line", "column", "key", "message", "hint")
    problems = [{name: getattr(problem, name) for name in names} for problem in error.problems]
    return {"valid": False, "problems": problems}


def _facts(loaded: LoadedConfig) -> dict[str, Any]:
    return {
        "valid": True,
        "policy_digest": loaded.config.policy_digest(),
        "gates": sorted(loaded.gate_lines()),
    }


def _count_rules(file: str, gates: Mapping[str, Gate]) -> str:
    from mlgate.model.policy import given_rules

    rules = sum(len(list(given_rules(gate))) for gate in gates.values())
    return f"{file} is valid: {_many(rules, 'rule')} in {_many(len(gates), 'gate')}"


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


@command.command()
@click.option("--write", is_flag=True, help="Write ./schema and docs/configuration.md instead.")
def schema(write: bool) -> int:
    """Print the JSON schema of mlgate.yaml, for editors."""
    from mlgate import checks
    from mlgate.cli import out
    from mlgate.config import jsonschema, reference
    from mlgate.files import write_atomic

    if not write:
        out.data(jsonschema.mlgate_text(checks.sections()))
        return ExitCode.OK
    files = jsonschema.files(checks.sections(), checks.all_evidence_types())
    for name, text in {**files, reference.PATH: reference.markdown(checks.sections())}.items():
        write_atomic(Path(name), text)
        out.say(name)
    return ExitCode.OK
