"""`mlgate demo`."""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mlgate.demo.play import Played

EXPECTED = {"improve": ("pass", 0), "regress": ("fail", 1), "undecided": ("inconclusive", 0)}


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="The folder to play in. [default: a temporary one]",
)
@click.option(
    "--serve",
    is_flag=True,
    help="Post to a GitHub on this machine, and show the pull requests until Ctrl-C.",
)
@click.option(
    "--rollout",
    is_flag=True,
    help="Roll three new versions out behind HAProxy, under load, instead; in two minutes.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port of --serve. [default: any free one]",
)
@pass_settings
def command(settings: Settings, folder: Path | None, serve: bool, rollout: bool, port: int) -> int:
    """Play three pull requests on real data.

    Trains an income model (UCI Adult), keeps main's baseline, then judges an improvement, a
    regression and a change too small to tell. Takes under a minute; nothing leaves the machine.
    """
    if rollout:
        if serve:
            raise UsageError("--serve shows pull requests, and --rollout has none", hint="drop one")
        return _roll_out(settings, folder)
    if serve:
        return _serve(settings, folder, port)
    _, wrong = _play(settings, folder)
    return ExitCode.BLOCKED if wrong else ExitCode.OK


def _roll_out(settings: Settings, folder: Path | None) -> int:
    """Roll out; then list the reports with their pictures."""
    from mlgate.demo.rollout.play import play

    ended = []
    for result in play(settings.environ, folder, tell=out.say):
        out.say(f"  after {result.looks} looks, {result.seconds:.0f} s: {result.reason}")
        ended.append(result)
    out.say("\nReports, each with the evidence look by look:")
    for result in ended:
        out.say(f"  {result.report}")
    return ExitCode.OK if all(result.as_expected for result in ended) else ExitCode.BLOCKED


def _serve(settings: Settings, folder: Path | None, port: int) -> int:
    """Play; then show what GitHub would show, until the reader ends it."""
    import threading

    from mlgate.demo import serve as demo_serve
    from mlgate.demo.github.server import serve

    _require("cmarkgfm", "nh3")
    played, wrong = _play(settings, folder)
    with serve(demo_serve.world(), port) as server:
        out.say("\nPull requests, as GitHub shows them:")
        for result in played:
            url, published = demo_serve.show(server, result)
            out.say(f"  {url}  {result.pull_request.title}")
            wrong = wrong or bool(published.missing)
            for done in published.missing:
                out.say(f"    {done.part}: {done.problem}")
        out.say(f"\nAll of them: {server.url}/   (Ctrl-C ends this)")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return ExitCode.BLOCKED if wrong else ExitCode.OK


def _require(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        msg = f"showing pages takes {' and '.join(missing)}, which are not installed here"
        raise UsageError(msg, hint='pip install "mlgate[demo]"')


def _play(settings: Settings, folder: Path | None) -> tuple[list[Played], bool]:
    """Play and tell; gives whether anything went otherwise than it should."""
    import io
    from dataclasses import replace

    from mlgate.cli.context import context
    from mlgate.demo.play import play
    from mlgate.progress import Silent

    quiet = replace(context(settings), progress=Silent(), console=io.StringIO(), config=None)
    played = []
    for result in play(quiet, folder, tell=out.say):
        out.say(_described(result))
        played.append(result)
    out.say("\nReports:")
    for result in played:
        out.say(f"  {result.report}")
    ends = [(p.verdict.verdict, p.exit_code) != EXPECTED[p.pull_request.branch] for p in played]
    return played, any(ends)


def _described(played: Played) -> str:
    gates = "\n".join(
        f"    {gate.id}: {gate.verdict}; {gate.reason}" for gate in played.verdict.gates
    )
    return (
        f"\npull request: {played.pull_request.title}\n"
        f"  {played.verdict.headline}\n{gates}\n"
        f"  exit code {played.exit_code}, {played.seconds:.0f} s"
    )
