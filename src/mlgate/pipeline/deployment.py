"""Writing a decision down as a deployment: begun, then admitted, refused, or broken off.

The decision never depends on it: what the forge does not take is told.
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
class Wish:
    """What is to be written.

    Attributes
    ----------
    environment
        The deployment's environment, such as `production-gate`.
    sha
        The commit whose model it is.
    payload
        Tells this deployment from every other one.
    run_url
        The page of this run: its summary tells the decision.
    report_url
        The commit's report, where the caller knows it; else its check run is looked for.
    key
        What the commit's check run was posted under; None for the model's name.
    """

    environment: str
    sha: str
    payload: Mapping[str, str | int]
    run_url: str | None = None
    report_url: str | None = None
    key: str | None = None


def recorded(
    forge: Forge, wish: Wish, decide: Callable[[], Decision], warn: Callable[[str], None]
) -> tuple[Decision, int | None]:
    """Decide, and write the deployment around it; give its id where it could be begun.

    Raises
    ------
    MlgateError
        What `decide` raises; the deployment then ends as an error.
    """
    record = _Record(forge, wish, warn)
    record.begin()
    try:
        decision = decide()
    except MlgateError as error:
        record.say("error", f"not decided: {error.message}", wish.report_url or wish.run_url)
        raise
    state: DeploymentState = "success" if decision.allowed else "failure"
    record.say(state, told(decision), record.report(decision))
    return decision, record.id


def told(decision: Decision) -> str:
    """Return the decision in a few words, the key that decides first."""
    if decision.allowed:
        return f"{decision.model} may be deployed: verdict {decision.verdict}"
    return "; ".join(f"{refusal.key}: {refusal.reason}" for refusal in decision.refusals)


class _Record:
    """One deployment, as far as the forge takes it."""

    def __init__(self, forge: Forge, wish: Wish, warn: Callable[[str], None]) -> None:
        self._wish, self._warn = wish, warn
        self._deployments, self._checks = forge.deployments, forge.checks
        self._made: Deployment | None = None

    @property
    def id(self) -> int | None:
        return None if self._made is None else self._made.id

    def begin(self) -> None:
        wish = self._wish
        if self._deployments is None:
            self._warn("no deployment is recorded: this forge has none")
            return
        try:
            self._made = self._deployments.create(
                wish.sha, wish.environment, "mlgate verify", wish.payload
            )
        except ForgeError as error:
            self._warn(f"no deployment is recorded: {error}")
            return
        self.say("in_progress", "The model is verified", wish.run_url)

    def say(self, state: DeploymentState, text: str, log_url: str | None) -> None:
        if self._made is None or self._deployments is None:
            return
        try:
            self._deployments.report(self._made.id, state, text, log_url=log_url)
        except ForgeError as error:
            self._warn(f"deployment {self._made.id} does not tell {state}: {error}")

    def report(self, decision: Decision) -> str | None:
        """Return where the commit's report can be read; else the page of this run."""
        wish = self._wish
        if self._made is None or wish.report_url:
            return wish.report_url
        if self._checks is None:
            return wish.run_url
        try:
            check = self._checks.find(wish.sha, check_name(wish.key or decision.name))
        except ForgeError:  # `checks: read` is not granted for this alone
            check = None
        return wish.run_url if check is None else check.url
