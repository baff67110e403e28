"""`mlgate config check` and `mlgate config schema`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlgate import checks
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.config import LoadedConfig
    from mlgate.model.policy import Gate


@click.group()
def command() -> None:
    """Check mlgate.yaml; bring it up to date; print its JSON schema."""


@command.command()
@pass_settings
def check(settings: Settings) -> int:
    """Report everything that is wrong with mlgate.yaml, and with each --policy file."""
    from mlgate import config
    from mlgate.cli import gate_files, out, show
    from mlgate.cli.context import context
    from mlgate.pipeline.judging.applicable import unmatched_here
    from mlgate.pipeline.judging.place import required_config

    try:
        path = required_config(context(settings))
        loaded = config.load(path, checks.sections(), os.path.relpath(path))
        policies = {
            str(path): config.load_policy(path, checks.sections()) for path in settings.policies
        }
    except ConfigError as error:
        if not settings.json:
            raise
        out.data(show.as_json(_problems(error)))
        return ExitCode.USAGE
    warnings: list[str] = [note.text for note in unmatched_here(path, loaded.config.when)]
    warnings += gate_files.to_fill_in(gate_files.of_repository(Path.cwd(), path))
    if settings.json:
        out.data(show.as_json(_facts(loaded, [*warnings, *loaded.deprecated])))
    else:
        out.say(_count_rules(loaded.file, loaded.config.gates))
        for file, policy in policies.items():
            out.say(_count_rules(file, policy.gates))
        for line in _chosen(loaded):
            out.say(line)
        for text in warnings:
            out.say(f"{loaded.file}: warning: {text}")
        for text in loaded.deprecated:
            out.say(f"warning: {text}")
    return ExitCode.OK


def _problems(error: ConfigError) -> dict[str, Any]:
    names = ("file", "line", "column", "key", "message", "hint")
    problems = [{name: getattr(problem, name) for name in names} for problem in error.problems]
    return {"valid": False, "problems": problems}


def _facts(loaded: LoadedConfig, warnings: Sequence[str]) -> dict[str, Any]:
    return {
        "valid": True,
        "policy_digest": loaded.config.policy_digest(),
        "gates": sorted(loaded.gate_lines()),
        "chosen": loaded.chosen,
        "warnings": list(warnings),
    }


def _chosen(loaded: LoadedConfig) -> list[str]:
    """Return what the reader of the predictions set, one line a key."""
    if not loaded.chosen:
        return []
    assert loaded.config.predictions is not None
    keys = "; ".join(f"{key}: {json.dumps(value)}" for key, value in loaded.chosen.items())
    return [f"predictions.from: {loaded.config.predictions.reader} sets {keys}"]


def _count_rules(file: str, gates: Mapping[str, Gate]) -> str:
    from mlgate.model.policy import given_rules

    rules = sum(len(list(given_rules(gate))) for gate in gates.values())
    return f"{file} is valid: {_many(rules, 'rule')} in {_many(len(gates), 'gate')}"


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


@command.command()
@click.option(
    "--write", is_flag=True, help="Write the file instead of showing the difference only."
)
@pass_settings
def migrate(settings: Settings, write: bool) -> int:
    """Show how deprecated keys of mlgate.yaml are written now; comments and all else stay."""
    import difflib

    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.config import decode, deprecated
    from mlgate.files import write_atomic
    from mlgate.pipeline.judging.place import required_config

    path = required_config(context(settings))
    name = os.path.relpath(path)
    text = decode(path.read_bytes(), name)
    now = deprecated.migrated(text, name)
    if now == text:
        out.say(f"{name} has no deprecated key")
        return ExitCode.OK
    difference = difflib.unified_diff(
        text.splitlines(), now.splitlines(), name, f"{name} (now)", lineterm="", n=1
    )
    out.say("\n".join(difference))
    if write:
        write_atomic(path, now)
    out.say(f"wrote {name}" if write else f"`mlgate config migrate --write` writes {name}")
    return ExitCode.OK


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
