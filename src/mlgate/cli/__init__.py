"""The command line: parse, call one function, print, exit code.

Commands are modules of this package and are imported only when they run, so that `--help`
costs nothing but click. This is the only package that reads the process environment, and
`main` is the one place where errors become exit codes.
"""

from __future__ import annotations

import codecs
import gc
import importlib
import io
import os
import signal
import sys
import warnings
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, TextIO, cast

import click

from mlgate import __version__, environment_block
from mlgate.cli import out
from mlgate.cli.settings import Settings, add_global_options
from mlgate.errors import ExitCode, MlgateError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

COMMANDS: Final[dict[str, str]] = {
    "init": "Look at this repository and write mlgate.yaml, a workflow and .gitignore.",
    "run": "Train, check, gate and report, in one run.",
    "train": "Run the training and record what it used and made.",
    "check": "Measure: write the evidence of all checks that mlgate.yaml asks for, or of those named.",
    "gate": "Judge the evidence by the policy and write verdict.json.",
    "report": "Write report.md, report.html and the plots of a run, from its files alone.",
    "bundle": "Pack a run's evidence for a trusted stage: numbers and facts, no report, no rows.",
    "publish": "Post a run's report: comment, check run, commit status, step summary, annotations.",
    "compare": "Compare two prediction files: which one is better, and how sure that is.",
    "diff": "Compare two versions of a table: rows and columns added, removed and changed.",
    "profile": "Write a reference profile for drift, without rows.",
    "plan": "Compute how many labelled rows the gates, or a condition, need.",
    "baseline": "Keep and show baselines, list their history, forget rows; name a test set by its digest.",
    "lineage": "Show where a model came from, what differs between two, and export the record.",
    "reproduce": "Train a commit again, and compare with what was kept of it.",
    "card": "Write the measured numbers into the model card; a team's own sections stay as they are.",
    "whence": "Show which kept run made a model's file: commit, data, verdict, who had it judged.",
    "ledger": "Export who had what judged, when and how, as lines chained by digest.",
    "history": "List the trend on the main branch, the newest run last.",
    "site": "Write one page of all runs: verdicts, trends with intervals, waivers, where each came from.",
    "model": "Name versions of the model, and what an alias such as prod names.",
    "verify": "Check whether a model may be deployed: its commit's verdict, age and digest.",
    "comment": "Post FILE, any Markdown, as a comment that later runs update in place.",
    "config": "Check mlgate.yaml; bring it up to date; print its JSON schema.",
    "demo": "Play three pull requests on real data.",
}
"""Every command with its one line of help, in the order of use."""
UNLISTED: Final = frozenset({"deploy", "rollout", "serve"})
"""Commands for what runs in production; `mlgate --help` is about pull requests."""
READING: Final = frozenset({"run", "train", "check", "gate", "report", "plan"})
"""Commands that keep nothing in a store: to them one that cannot be read is bad input."""


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import `mlgate.cli.<name>` and give its `command`, with the global options."""
        if cmd_name not in COMMANDS and cmd_name not in UNLISTED:
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        return add_global_options(cast("click.Command", module.command))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mlgate", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context) -> None:
    """CI/CD for machine-learning models, with verdicts that can be trusted.

    Trains the model of this commit, compares it with main's, judges it by the rules in
    mlgate.yaml and writes a report. Exit codes: 0 may be merged, 1 blocked, 2 usage,
    configuration or input, 3 forge or network, 4 a bug, 130 and 143 interrupted.
    """
    settings = ctx.ensure_object(Settings) if ctx.obj is None else ctx.obj
    settings.command = ctx.invoked_subcommand
    settings.redact()


add_global_options(root)


class ProcessTerminated(BaseException):
    """SIGTERM or SIGHUP outside the training, which ends by itself; passes every `finally`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code."""
    settings = Settings(environ=dict(os.environ))
    for stream in (sys.stdout, sys.stderr):
        _never_fail_to_print(stream)
    with ExitStack() as exits:
        settings.redact = lambda: _redact(settings, exits)
        return _run(settings, argv)


def _redact(settings: Settings, exits: ExitStack) -> None:
    """Redact from now on what leaves this process; not yet while only help is printed."""
    from mlgate.cli.secrets import redaction_of

    settings.redact = _nothing
    exits.enter_context(redaction_of(settings.environ, settings.config))


def _nothing() -> None:
    """Do nothing: it has been done."""


def _run(settings: Settings, argv: Sequence[str] | None) -> int:
    try:
        result = root.main(
            args=None if argv is None else list(argv),
            prog_name="mlgate",
            standalone_mode=False,
            obj=settings,
            terminal_width=_width(settings.environ),
        )
        sys.stdout.flush()
    except click.ClickException as error:
        settings.redact()
        shown = io.StringIO()
        error.show(shown)
        out.tell(shown.getvalue().rstrip("\n"))
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt, ProcessTerminated) as error:
        code = ExitCode.TERMINATED if isinstance(error, ProcessTerminated) else ExitCode.INTERRUPTED
        out.tell(f"mlgate: {code.name.lower()}")
        return code
    except MlgateError as error:
        settings.redact()
        out.tell(f"mlgate: {error}")
        reading = isinstance(error, StoreError) and settings.command in READING
        return ExitCode.USAGE if reading else error.exit_code
    except (BrokenPipeError, SystemExit):  # click makes the latter of the former
        # The reader of our output (`head`, a pager) has gone; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return settings.outcome
    except Exception as error:  # noqa: BLE001  (the last resort, reported as a bug)
        settings.redact()
        return _unexpected(error)
    return result if isinstance(result, int) else ExitCode.OK


def _unexpected(error: Exception) -> ExitCode:
    """Report what the machine refused (a full disk, a read-only folder), and else a bug."""
    from mlgate.cli import bug

    refused = bug.refused_by_the_machine(error)
    out.tell(refused or bug.report(error))
    return ExitCode.USAGE if refused else ExitCode.BUG


def _never_fail_to_print(stream: TextIO) -> None:
    """Print UTF-8 where the locale is none (`LC_ALL=C`, as PEP 540 does), and `?` at worst."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    none = codecs.lookup(stream.encoding).name == "ascii"
    stream.reconfigure(encoding="utf-8" if none else None, errors="replace")


def _width(environ: Mapping[str, str]) -> int:
    """Return the width of help, as click has it of shutil, which imports three compressors."""
    given = environ.get("COLUMNS", "")
    columns = int(given) if given.isdecimal() else 0
    with suppress(OSError):  # no terminal
        columns = columns or os.get_terminal_size().columns
    return max(min(columns or 80, 80) - 2, 50)


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise ProcessTerminated


def _in_ci(environ: Mapping[str, str]) -> bool:
    from mlgate.ci import in_ci

    return in_ci(environ)


def entry() -> None:
    """Run the console script: `main`, then leave with its exit code."""
    environment_block.leave(os.environ, sys.argv[1:], _in_ci)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _terminate)
    warnings.showwarning = out.warn
    # Looking for cycles after every 700 new objects, Python's way, took 7 % of a run: imports,
    # records and plots are many objects and hardly any garbage.
    gc.set_threshold(25_000, 20, 20)
    sys.exit(main())
