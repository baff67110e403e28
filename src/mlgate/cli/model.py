"""`mlgate model register`, `alias` and `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate.pipeline.registering import AliasState, Registration

_FILE = click.Path(path_type=Path)


def _common(command: Callable[..., int]) -> Callable[..., int]:
    for option in (
        click.option("--commit", help="The commit that it was trained at. [default: HEAD]"),
        click.option(
            "--push/--no-push",
            default=None,
            help="Put the tag on the remote, or keep it in this clone. [default: push in CI only]",
        ),
    ):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Name versions of the model, and what an alias such as prod names.

    In GTO's git tags, or on an MLflow server: see registry in mlgate.yaml.
    """


@command.command()
@click.argument("file", type=_FILE)
@click.option("--version", help="v1.2.3, for git tags. [default: the next one]")
@click.option("--source", help="Where MLflow finds the files: s3://…, runs:/….")
@_common
@pass_settings
def register(settings: Settings, /, file: Path, **given: Any) -> int:
    """Register FILE as a version of its commit, with the verdict of its run.

    A file that the run of the commit did not make is refused: exit code 1.
    """
    from mlgate.cli.context import context
    from mlgate.pipeline import registering

    here = context(settings)
    registry = registering.open_registry(here, push=_push(settings, given), source=given["source"])
    made = registering.register(here, registry, file, given["version"], given["commit"])
    return _tell(settings, made, f"registered {file} as {registry.name} {made.written}")


@command.command()
@click.argument("name")
@click.argument("file", type=_FILE)
@click.option("--version", help="The version. [default: the newest of the commit]")
@_common
@pass_settings
def alias(settings: Settings, /, name: str, file: Path, **given: Any) -> int:
    """Point the alias NAME, such as prod, at the version whose file is FILE.

    Verifies that very file first, as `mlgate verify` does: what may not be deployed is refused with exit
    code 1, and nothing is written.
    """
    from mlgate.cli.context import context
    from mlgate.pipeline import registering

    here = context(settings)
    registry = registering.open_registry(here, push=_push(settings, given))
    made = registering.assign(here, registry, name, file, given["version"], given["commit"])
    version = "" if made.version is None else made.version.name
    return _tell(settings, made, f"{name} is {registry.name} {version} now ({made.written})")


@command.command()
@pass_settings
def check(settings: Settings) -> int:
    """List the aliases, and those whose model never passed: exit code 1 if there are any."""
    from mlgate.cli import out
    from mlgate.cli import show as text
    from mlgate.cli.context import context
    from mlgate.pipeline import registering

    here = context(settings)
    states = registering.check(here, registering.open_registry(here))
    if settings.json:
        out.data(text.as_json([state.model_dump(mode="json") for state in states]))
    else:
        out.say("\n".join(map(_line, states)) or "no alias yet")
    return ExitCode.BLOCKED if any(state.problem for state in states) else ExitCode.OK


def _line(state: AliasState) -> str:
    what = state.version or "no version"
    where = f"{state.alias}: {what} of {short_sha(state.commit or '') or 'no commit'}"
    return f"✗ {where}: {state.problem}" if state.problem else f"✓ {where}: {state.verdict}"


def _push(settings: Settings, given: dict[str, Any]) -> bool:
    return settings.ci_run.in_ci if given["push"] is None else bool(given["push"])


def _tell(settings: Settings, made: Registration, done: str) -> int:
    from mlgate.cli import out, outputs, show

    outputs.write(settings, {"written": made.written or "", "verdict": made.decision.verdict})
    if settings.json:
        version = None if made.version is None else made.version.name
        record = made.decision.model_dump(mode="json")
        out.data(show.as_json({"written": made.written, "version": version, "decision": record}))
    elif made.written is None:
        out.say(show.decision(made.decision))
    else:
        out.say(f"{done}, verdict {made.decision.verdict}")
    return ExitCode.BLOCKED if made.written is None else ExitCode.OK
