"""`rollout:` how a new version gets its traffic, and what is looked at meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from mlgate.config.check_section import CheckSection
from mlgate.config.problems import KeyProblem
from mlgate.config.scalars import DURATION, ENV_ONLY, seconds
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config

Text = Annotated[str, StringConstraints(min_length=1)]
ROUTERS: Final = ("command", "haproxy", "lease")
SOURCES: Final = ("router", "log", "prometheus")


def _share(value: object) -> object:
    """Read `5%` as .05."""
    if isinstance(value, str) and value.endswith("%"):
        try:
            return float(value.removesuffix("%")) / 100
        except ValueError:
            return value
    return value


def _duration(text: str) -> str:
    """Check a duration, which is kept as written: a rollout's record holds it."""
    seconds(text)
    return text


Time = Annotated[
    str,
    AfterValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["2h", "1h30m"]}),
]
_SHARE: Final = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?%$"},
    ],
    "examples": ["5%"],
}
Share = Annotated[float, BeforeValidator(_share), Field(gt=0, le=1), WithJsonSchema(_SHARE)]


class ServersSection(Frozen):
    """What HAProxy calls the two versions."""

    backend: Text = "model"
    """The backend that both servers are in."""
    stable: Text = "stable"
    """The server of the stable version."""
    canary: Text = "canary"
    """The server of the new one."""


class LogSection(Frozen):
    """The columns of a request log (`source: log:FILE`)."""

    time: Text = "time"
    """When the request was answered: a timestamp with time zone, or seconds since 1970."""
    version: Text = "version"
    """Which version answered it."""
    stable: Text = "stable"
    """What that column says of the stable version."""
    canary: Text = "canary"
    """What it says of the new one."""
    failed: Text = "status >= 500"
    """An SQL expression over the columns: whether the request failed."""
    seconds: Text | None = None
    """Column with how long it took. Without it, latency is not judged."""
    negligible_delay: Annotated[float, Field(ge=0)] = 0.001
    """Seconds by which the canary may take longer: a version with few requests is colder."""
    stall: Time = "5s"
    """How long one version may stall, so that its requests wait for the same thing and are no proof each. A look less than six times as long after the one before counts as one request of the canary."""
    late_by: Time = "10s"
    """How long a line may take to arrive; the newest lines are left to the next look."""


class PrometheusSection(Frozen):
    """What is counted (`source: prometheus:URL`): selectors of counters, by default those of HAProxy's exporter."""

    requests: Text = 'haproxy_server_http_responses_total{proxy="model"}'
    """Requests of both versions, from one target."""
    failures: Text = 'haproxy_server_http_responses_total{proxy="model",code="5xx"}'
    """Those that failed. Each version must have a series, though it be 0."""
    seconds: Text | None = None
    """Buckets of a histogram of how long requests took (`…_bucket`). Without it, latency is not judged."""
    version: Text = "server"
    """The label that names the version."""
    stable: Text = "stable"
    """What it is for the stable version."""
    canary: Text = "canary"
    """What it is for the new one."""
    late_by: Time = "1m"
    """How old the newest sample may be: longer than the interval of the scrapes."""


class DeadlineSection(Frozen):
    """When a rollout that nothing has decided ends."""

    after: Time = "3d"
    """So long after the start."""
    then: Literal["hold", "rollback"] = "hold"
    """`hold` leaves the share as it is and waits for a person; `rollback` takes the traffic back."""


class RolloutSection(Frozen):
    """How a new version gets its traffic, and what is looked at meanwhile. Read on the default branch; a rollout keeps the section that it began with. See [rollout.md](rollout.md)."""

    router: Annotated[str, StringConstraints(pattern=r"^(command|haproxy|lease):.+$")]
    """What sends requests to the versions: `haproxy:SOCKET` (its runtime socket), `lease:FILE` (a file that `mlgate rollout agent` answers HAProxy's agent-check from), or `command:PROGRAM`, which is called with `set SHARE`, `get` and `counters`."""
    source: Annotated[str, StringConstraints(pattern=r"^(router|(log|prometheus):.+)$")] = "router"
    """Where requests are counted: `router`, `log:FILE` (JSON lines, CSV or Parquet, one row a request; globs are allowed), or `prometheus:URL`."""
    servers: ServersSection = ServersSection()
    """What HAProxy calls the two versions."""
    log: LogSection = LogSection()
    """The columns of a request log."""
    prometheus: PrometheusSection = PrometheusSection()
    """What Prometheus counts."""
    steps: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.05, 0.25, 0.5)
    """Shares of the traffic, one after the other; `[100%]` moves all of it at once."""
    pace: Time = "10m"
    """The least time at each share before the next. Evidence may end the rollout sooner."""
    false_rollback: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """The probability that a canary which is no worse is rolled back, over the whole rollout and all guards."""
    false_promotion: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """The probability that a canary which is as bad as a gate allows, or worse, is promoted."""
    negligible: Annotated[Share, Field(lt=1)] | None = None
    """A rate of failures below which their ratio does not matter. Without it, a rollout in which nothing fails is not promoted by `rollout.errors`."""
    deadline: DeadlineSection = DeadlineSection()
    """When a rollout that nothing has decided ends."""
    lease: Time = "2h"
    """Without a tick for so long, the traffic returns to the stable version by itself (`router: lease:FILE`). A window longer than this is not counted."""
    blind_for: Time = "15m"
    """After so long without a count that can be read, the canary is rolled back."""
    key: Annotated[str, StringConstraints(pattern=ENV_ONLY)] = "${env:MLGATE_ROLLOUT_KEY}"
    """The environment's secret, which signs every entry of the rollout's record."""


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    rollout = config.section(RolloutSection)
    if rollout is None:
        return
    if list(rollout.steps) != sorted(set(rollout.steps)):
        yield KeyProblem(("rollout", "steps"), "do not rise", "write them in ascending order")
    if rollout.source == "router" and rollout.router.startswith("lease:"):
        message = "counts nothing where the router is a lease file"
        yield KeyProblem(("rollout", "source"), message, "write log:FILE or prometheus:URL")


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on a rollout."""
    if gate.name not in METRICS:
        names = ", ".join(f"rollout.{name}" for name in METRICS)
        yield KeyProblem(gate.path, f"there is no {gate.path[-1]}", f"write one of {names}")
    rollout = None if gate.config is None else gate.config.section(RolloutSection)
    if gate.name == "latency" and rollout is not None and not _has_latency(rollout):
        message = "needs the time that each request took"
        yield KeyProblem(
            gate.path,
            message,
            "give rollout.source a log and rollout.log.seconds, or Prometheus and its seconds",
        )
    yield from gate.only("max")


def _has_latency(rollout: RolloutSection) -> bool:
    """A program may count slow requests; HAProxy does not."""
    if rollout.source == "router":
        return rollout.router.startswith("command:")
    if rollout.source.startswith("prometheus:"):
        return rollout.prometheus.seconds is not None
    return rollout.log.seconds is not None


METRICS: Final = ("errors", "error_rate", "latency")

SECTION: Final = CheckSection(
    key="rollout",
    model=RolloutSection,
    description="How a new version gets its traffic, and what is looked at meanwhile.",
    example="rollout: {router: 'command:./route.sh'}",
    required={("router",): ("what sends requests to the versions", "command:./route.sh")},
    references=("router", "source", "key"),
    apart=True,
    problems=problems,
    gate_problems=gate_problems,
)
