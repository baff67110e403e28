"""`deploy:` where a model is started, and what it must show before it gets traffic."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, StringConstraints

from mlgate.config.check_section import CheckSection
from mlgate.config.problems import KeyProblem
from mlgate.config.scalars import Duration
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config

Text = Annotated[str, StringConstraints(min_length=1)]
Output = Annotated[str, StringConstraints(pattern=r"^[^\[\]]+(\[[0-9]{1,4}\])?$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
LEVELS: Final = (50, 95, 99)
"""Percentiles of latency that gates may name."""


class DeployServerSection(Frozen):
    """The server that is started (`target: local`), and how it is asked."""

    run: Text = "mlgate serve {model} --port {port}"
    """The command, without a shell; `{model}` and `{port}` are replaced."""
    ports: Annotated[tuple[Port, ...], Field(min_length=2)] = (8001, 8002)
    """Ports that versions take in turns: the new one takes the first that is free."""
    ready: Annotated[str, StringConstraints(pattern=r"^/")] = "/v2/health/ready"
    """The path that answers 200 when it can be asked."""
    name: Text | None = None
    """What the model is called in requests. Default: the name of the model's file, without its suffix."""
    start_within: Duration = 60.0
    """How long it may take to be ready."""
    timeout: Duration = 10.0
    """After so long an answer counts as missing."""
    pass_env: tuple[Text, ...] = ()
    """Names of variables that the server may see although they look like credentials."""


class PreflightSection(Frozen):
    """What must hold before anything is started."""

    packages: Literal["same", "any"] = "same"
    """`same`: the version of Python, and of each package that the training had and that is installed here, are as at training."""
    memory: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(x|MiB|GiB)$")] = "2x"
    """Memory that must be free: a multiple of the model's size, or a size."""
    disk: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(x|MiB|GiB)$")] = "1GiB"
    """Disk that must be free, likewise."""


class KnownInputsSection(Frozen):
    """Rows whose answers are known: the endpoint must answer them as the tested model did."""

    path: Text
    """A table of features, of any rows that the model was tested on. `${env:NAME}` is replaced."""
    answers: Literal["baseline", "file"] = "baseline"
    """Where the tested model's answers are. `baseline`: what the commit's run predicted, by `predictions.id`; `file`: the columns `predictions.prediction` and `predictions.score` of this table."""
    inputs: dict[Text, Text | tuple[Text, ...]] = {}
    """The columns of each of the model's inputs. Default: columns of the inputs' names, or all features, in their order, where it has one input."""
    prediction: Output | None = None
    """The output that holds the prediction, such as `label`, or `scores[1]` for one of its columns."""
    score: Output | None = None
    """The output that holds the score, likewise."""
    tolerance: Annotated[float, Field(ge=0, lt=1)] = 1e-6
    """How far a number may differ, as a share of the tested model's, or as it is below 1."""


class LoadSection(Frozen):
    """Requests made from the known inputs, at a rate that does not wait for answers."""

    rate: Annotated[float, Field(gt=0, le=10_000)] = 100.0
    """Requests a second, at random times."""
    duration: Duration = 60.0
    """For how long each version is asked, in twenty turns with the running one."""


class ClusterSection(Frozen):
    """What manifests say (`target: kserve`, `seldon`, `argo-rollouts`). `{sha256}` and `{commit}` are replaced."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$")]
    """The objects' name."""
    namespace: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")] = (
        "default"
    )
    """Their namespace."""
    storage: Text | None = None
    """Where the cluster finds the model, such as `s3://models/churn/{sha256}` (`kserve`, `seldon`)."""
    image: Text | None = None
    """A container that serves the model at port 8080 and holds this repository in /repo (`argo-rollouts`)."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """How many of them."""


class DeploySection(Frozen):
    """Where a model is started, and what it must show before it gets traffic. Read on the default branch. See [serving.md](serving.md)."""

    target: Annotated[
        str, StringConstraints(pattern=r"^(local|command:.+|kserve|seldon|argo-rollouts)$")
    ] = "local"
    """`local`: a process on this machine; `command:PROGRAM`: a program of yours, called with `start MODEL SHA256`, `running` and `stop`; the others write manifests, which you apply."""
    server: DeployServerSection = DeployServerSection()
    """The server, and how it is asked."""
    cluster: ClusterSection | None = None
    """What manifests say."""
    preflight: PreflightSection = PreflightSection()
    """What must hold before anything is started."""
    known_inputs: KnownInputsSection | None = None
    """Rows whose answers are known. Without them nothing shows that the endpoint is the tested model."""
    load: LoadSection | None = None
    """Requests that measure errors and latency."""


_NEEDED: Final = {"kserve": "storage", "seldon": "storage", "argo-rollouts": "image"}
_EXAMPLES: Final = {
    "storage": "'s3://models/churn/{sha256}'",
    "image": "'registry.example.org/churn:{commit}'",
}


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check the section against the rest of the file."""
    deploy = config.section(DeploySection)
    if deploy is None:
        return
    if not _is_command(deploy.server.run):
        hint = "close its quotation marks; no shell runs it"
        yield KeyProblem(("deploy", "server", "run"), "is no command", hint)
    needed = _NEEDED.get(deploy.target)
    if needed is not None and getattr(deploy.cluster, needed, None) is None:
        example = f"cluster: {{name: churn, {needed}: {_EXAMPLES[needed]}}}"
        message = f"needs cluster.{needed}, which its manifests name"
        yield KeyProblem(("deploy", "target"), message, f"write {example}")
    inputs = deploy.known_inputs
    if inputs is not None and inputs.prediction is None and inputs.score is None:
        path = ("deploy", "known_inputs")
        yield KeyProblem(path, "compares nothing", "name an output: prediction: label")
    for name in ("prediction", "score"):
        column = None if config.predictions is None else getattr(config.predictions, name)
        if inputs is not None and getattr(inputs, name) is not None and not isinstance(column, str):
            message = f"is compared with predictions.{name}, which is no column"
            hint = f"name the column of the predictions: predictions.{name}"
            yield KeyProblem(("deploy", "known_inputs", name), message, hint)
    if deploy.load is not None and inputs is None:
        yield KeyProblem(("deploy", "load"), "has no requests to send", "add known_inputs")
    if deploy.load is not None and f"{SECTION.key}.errors" not in config.gates:
        hint = "under gates: deploy.errors: {max: 0.01}"
        yield KeyProblem(("deploy", "load"), "measures errors that no gate judges", hint)


def _is_command(text: str) -> bool:
    try:
        return bool(shlex.split(text))
    except ValueError:  # an open quotation mark
        return False


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check the name and the rules of a gate on a deployment."""
    if gate.name not in METRICS:
        names = ", ".join(f"deploy.{name}" for name in METRICS)
        yield KeyProblem(gate.path, f"there is no {gate.path[-1]}", f"write one of {names}")
    deploy = None if gate.config is None else gate.config.section(DeploySection)
    if deploy is not None and deploy.load is None:
        yield KeyProblem(gate.path, "is measured under load", "add deploy.load")
    yield from gate.only("max")


METRICS: Final = (
    "errors",
    *(f"latency.p{level}" for level in LEVELS),
    *(f"latency_ratio.p{level}" for level in LEVELS),
)
"""What gates may name: of the other two nothing may be wrong."""

SECTION: Final = CheckSection(
    key="deploy",
    model=DeploySection,
    description="Where a model is started, and what it must show before it gets traffic.",
    example="deploy: {target: local}",
    references=("known_inputs.path",),
    apart=True,
    problems=problems,
    gate_problems=gate_problems,
)
