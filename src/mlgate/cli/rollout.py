"""`mlgate rollout plan`, `start`, `tick`, `status`, `promote`, `rollback`, `hold`, `agent`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mlgate.pipeline.rollouts.plan import Time
    from mlgate.pipeline.rollouts.tick import Decided, Ticked

_ENVIRONMENT = click.option(
    "--environment", default="production", show_default=True, help="What is rolled out to."
)
_REASON = click.option("--reason", required=True, help="Why; kept in the rollout's record.")


@click.group()
def command() -> None:
    """Roll a new version out by evidence: a share of the traffic, looks, promotion or rollback."""


@command.command()
@_ENVIRONMENT
@pass_settings
def start(settings: Settings, environment: str) -> int:
    """Start a rollout: route the first share of the traffic to the new version.

    Both versions must be running. Later changes of mlgate.yaml do not change a rollout that has begun.
    """
    from mlgate.cli.context import context
    from mlgate.pipeline.rollouts import tick

    return _show(settings, tick.start(context(settings), environment))


@command.command("tick")
@_ENVIRONMENT
@pass_settings
def tick_command(settings: Settings, environment: str) -> int:
    """Look once, judge all looks, and promote, roll back, go on or wait.

    Run it on a schedule; a tick that was killed is finished by the next one. Exit code 0: running or
    promoted; 1: rolled back.
    """
    from mlgate.cli.context import context
    from mlgate.pipeline.rollouts import tick

    return _show(settings, tick.tick(context(settings), environment))


@command.command()
@_ENVIRONMENT
@pass_settings
def status(settings: Settings, environment: str) -> int:
    """Show where the rollout is, with all of its looks judged again."""
    from mlgate.cli.context import context
    from mlgate.pipeline.rollouts import tick

    return _show(settings, tick.status(context(settings), environment))


@command.command()
@_ENVIRONMENT
@_REASON
@pass_settings
def promote(settings: Settings, environment: str, reason: str) -> int:
    """Route all traffic to the new version, whatever the evidence says."""
    return _decide(settings, environment, "promoted", reason)


@command.command()
@_ENVIRONMENT
@_REASON
@pass_settings
def rollback(settings: Settings, environment: str, reason: str) -> int:
    """Take all traffic back; works also where the record is broken."""
    return _decide(settings, environment, "rolled_back", reason)


@command.command()
@_ENVIRONMENT
@_REASON
@pass_settings
def hold(settings: Settings, environment: str, reason: str) -> int:
    """Keep the share as it is; ticks still look and may roll back, and never promote."""
    return _decide(settings, environment, "held", reason)


def _decide(settings: Settings, environment: str, phase: Decided, reason: str) -> int:
    from mlgate.cli.context import context
    from mlgate.pipeline.rollouts import tick

    _show(settings, tick.decide(context(settings), environment, phase, reason))
    return ExitCode.OK


@command.command()
@click.option("--per-hour", type=click.FloatRange(min=1), required=True, help="Requests an hour.")
@click.option(
    "--failures",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    required=True,
    help="The stable version's rate of failures, such as 0.01.",
)
@pass_settings
def plan(settings: Settings, per_hour: float, failures: float) -> int:
    """Compute how long a rollout takes with this traffic, and what it cannot see."""
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.cli.show import as_json
    from mlgate.pipeline.rollouts import plan as planning
    from mlgate.pipeline.rollouts.settings import section_and_limits

    section, limits = section_and_limits(context(settings))
    planned = planning.plan(section, limits, per_hour, failures)
    if settings.json:
        times = {f"{ratio:g}": time._asdict() for ratio, time in planned.rolled_back.items()}
        promoted = None if planned.promoted is None else planned.promoted._asdict()
        out.data(as_json({"rolled_back": times, "promoted": promoted}))
        return ExitCode.OK
    for ratio, time in planned.rolled_back.items():
        out.say(f"×{ratio:g} as many failures: rolled back {_after(time, section.deadline.after)}")
    if planned.promoted is not None:
        limit = limits["errors"]
        text = f"equal versions, ratio {limit:g} allowed: promoted"
        out.say(f"{text} {_after(planned.promoted, section.deadline.after)}")
    return ExitCode.OK


def _after(time: Time, deadline: str) -> str:
    if time.requests is None:
        return f"not within {deadline}"
    return f"after about {time.requests:,} canary requests, {time.hours:.2g} hours"


@command.command()
@click.option("--file", "path", type=click.Path(path_type=Path), required=True, help="The lease.")
@click.option("--port", type=click.IntRange(1, 65_535), default=7830, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@pass_settings
def agent(settings: Settings, path: Path, port: int, host: str) -> int:
    """Answer HAProxy's agent-check from the lease file, until it is stopped.

    After the lease, and where the file cannot be read, the stable version gets all requests.
    """
    from mlgate.cli import out
    from mlgate.rollout.kinds.lease import agent as serve

    try:
        server = serve(path, (host, port))
    except OSError as error:
        msg = f"{host}:{port} cannot be listened on: {error.strerror}"
        raise UsageError(msg, hint="choose another --port") from None
    with server:
        if settings.log_level not in ("error", "warning"):
            out.tell(f"mlgate: answering for {path} on {host}:{port}")
        server.serve_forever()
    return ExitCode.OK


def _show(settings: Settings, ticked: Ticked) -> int:
    from mlgate.cli import out, outputs
    from mlgate.cli.show import as_json

    state = ticked.state
    verdict = "" if ticked.verdict is None else ticked.verdict.verdict
    facts = {
        "phase": state.phase if state.start else "none",
        "share": f"{state.share:g}",
        "verdict": verdict,
        "reason": state.reason,
    }
    outputs.write(settings, facts)
    if settings.json:
        out.data(as_json(facts | {"share": state.share, "looks": len(state.looks)}))
    elif state.start is None:
        out.say("no rollout has begun")
    else:
        out.say(
            f"{state.phase}, share {state.share:.1%}, {len(state.looks):,} looks: {state.reason}"
        )
        if ticked.verdict is not None:
            for gate in ticked.verdict.gates:
                out.say(f"  {gate.id}: {gate.verdict} ({gate.reason})")
    return ExitCode.BLOCKED if state.phase == "rolled_back" and state.start else ExitCode.OK
