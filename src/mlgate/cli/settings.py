"""What every command shares: the global options, the environment, where to print."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import click

from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mlgate import ci
    from mlgate.progress import Progress

LEVELS = ("error", "warning", "info", "debug")


class Settings:
    """The global options as given, before or after the command; the later one wins.

    `command` is the one that runs; `outcome` the exit code as soon as it is decided, which
    holds although nobody may read what is printed after it. `outputs_lost`: the step's outputs
    could not be written.
    """

    command: str | None = None
    outcome: ExitCode = ExitCode.OK
    outputs_lost: bool = False
    config: Path | None = None
    run_dir: Path | None = None
    policies: tuple[Path, ...] = ()
    log_level: str = "info"
    format: Literal["text", "json"] = "text"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.redact: Callable[[], None] = lambda: None
        self.extra: dict[str, Any] = {}

    @cached_property
    def ci_run(self) -> ci.Run:
        """Who started this process."""
        from mlgate.ci import detect

        return detect(self.environ)

    @property
    def json(self) -> bool:
        """Whether standard output belongs to a program."""
        return self.format == "json"

    def progress(self) -> Progress:
        """Where progress goes: standard error, or nowhere under `--log-level error`."""
        from mlgate.progress import Console, Silent

        if self.log_level in ("error", "warning"):
            return Silent()
        return Console(sys.stderr, self.ci_run.log)


class _Path(click.Path):
    """Converts to a `Path`; pathlib is imported where an option is given, and not for `--help`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from pathlib import Path

        return Path(os.fsdecode(super().convert(value, param, ctx)))


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ARG001
        if value is None or value == ():
            return
        settings = ctx.ensure_object(Settings) if ctx.obj is None else ctx.obj
        if name == "policies":
            value = (*settings.policies, *value)
        setattr(settings, name, value)
        if name == "config":
            from mlgate import outgoing
            from mlgate.cli.secrets import named_in

            outgoing.learn(named_in(value, settings.environ))
        if name == "log_level":
            from mlgate.cli import log

            log.begin(value)

    return callback


def global_options() -> list[click.Option]:
    """Return new global options; click options belong to one command each."""
    path = _Path()
    common: dict[str, Any] = {"expose_value": False}
    return [
        click.Option(
            ["--config"],
            type=path,
            callback=_set("config"),
            help="The mlgate.yaml to use.",
            **common,
        ),
        click.Option(
            ["--run-dir"],
            type=path,
            callback=_set("run_dir"),
            help="The folder for results. [default: .mlgate beside the configuration]",
            **common,
        ),
        click.Option(
            ["--policy"],
            type=path,
            multiple=True,
            callback=_set("policies"),
            help="A file with an organisation's gates, judged in addition. Repeatable.",
            **common,
        ),
        click.Option(
            ["--log-level"],
            type=click.Choice(LEVELS),
            callback=_set("log_level"),
            help="How much is logged to standard error. [default: info]",
            **common,
        ),
        click.Option(
            ["--format"],
            type=click.Choice(["text", "json"]),
            callback=_set("format"),
            help="The format of standard output. [default: text]",
            **common,
        ),
    ]


def add_global_options(command: click.Command) -> click.Command:
    """Add the global options to a command, and to the commands below it."""
    names = {param.name for param in command.params}
    command.params.extend(option for option in global_options() if option.name not in names)
    if isinstance(command, click.Group):
        for child in command.commands.values():
            add_global_options(child)
    return command


pass_settings = click.make_pass_decorator(Settings)
