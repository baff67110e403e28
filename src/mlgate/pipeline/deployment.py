"""Record a decision as a deployment: in progress, then success, failure, or error.

The decision never depends on it: where the forge refuses, a warning says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlgate.errors import ForgeError, MlgateError
from mlgate.pipeline.publishing.render import check_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgate.forges.data import Deployment, DeploymentState
    from mlgate.forges.protocols import Forge
    from mlgate.rollout.decision import Decision


@dataclass(frozen=True, slots=True)
class DeploymentOptions:
    """What to record.

    Attributes
    ----------
    environment
        The deployment's environment, such as `production-gate`.
    sha
        The commit whose model it is.
    payload
        Distinguishes this deployment from all others.
    run_url
        The page of this run, whose summary shows the decision.
    report_url
        The commit's report, if the caller knows it; otherwise its check run is looked up.
    key
        The key that the commit's check run was posted under; None for the model's name.
    """

    environment: str
    sha: str
    payload: Mapping[str, str | int]
    run_url: str | None = None
    report_url: str | None = None
    key: str | None = None


def recorded(
    forge: Forge,
    options: DeploymentOptions,
    decide: Callable[[], Decision],
    warn: Callable[[str], None],
) -> tuple[Decision, int | None]:
    """Decide, and record the deployment around it; return its id if it could be created.

    Raises
    ------
    MlgateError
        What `decide` raises; the deployment then ends as an error.
    """
    record = _Record(forge, options, warn)
    record.begin()
    try:
        decision = decide()
    except MlgateError as error:
        record.say("error", f"not decided: {error.message}", options.report_url or options.run_url)
        raise
    state: DeploymentState = "success" if decision.allowed else "failure"
    record.say(state, describe(decision), record.report(decision))
    return decision, record.id


def describe(decision: Decision) -> str:
    """Return the decision in a few words, with the keys that refuse."""
    if decision.allowed:
        return f"{decision.model} may be deployed: verdict {decision.verdict}"
    return "; ".join(f"{refusal.key}: {refusal.reason}" for refusal in decision.refusals)


class _Record:
    """One deployment, as far as the forge accepts it."""

    def __init__(
        self, forge: Forge, options: DeploymentOptions, warn: Callable[[str], None]
    ) -> None:
        self._options, self._warn = options, warn
        self._deployments, self._checks = forge.deployments, forge.checks
        self._made: Deployment | None = None

    @property
    def id(self) -> int | None:
        return None if self._made is None else self._made.id

    def begin(self) -> None:
        options = self._options
        if self._deployments is None:
            self._warn("no deployment is recorded: this forge has none")
            return
        try:
            self._made = self._deployments.create(
                options.sha, options.environment, "mlgate verify", options.payload
            )
        except ForgeError as error:
            self._warn(f"no deployment is recorded: {error}")
            return
        self.say("in_progress", "The model is verified", options.run_url)

    def say(self, state: DeploymentState, text: str, log_url: str | None) -> None:
        if self._made is None or self._deployments is None:
            return
        try:
            self._deployments.report(self._made.id, state, text, log_url=log_url)
        except ForgeError as error:
            self._warn(f"the state {state} of deployment {self._made.id} is not recorded: {error}")

    def report(self, decision: Decision) -> str | None:
        """Return the address of the commit's report; else the page of this run."""
        options = self._options
        if self._made is None or options.report_url:
            return options.report_url
        if self._checks is None:
            return options.run_url
        try:
            check = self._checks.find(options.sha, check_name(options.key or decision.name))
        except ForgeError:  # `checks: read` is not granted for this alone
            check = None
        return options.run_url if check is None else check.url
