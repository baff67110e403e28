"""expect.json: what the training did: its loss, the known cases, what the model leans on."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Frozen, Prose
from mlgate.model.evidence import Evidence


class WrongCase(Frozen):
    """A case whose answer is not the known one; `given` is None where the model gave none."""

    id: Prose
    expected: Prose
    given: Prose | None


class ExpectEvidence(Evidence):
    """evidence/expect.json.

    Attributes
    ----------
    steps
        How many rows the log of the loss has.
    wrong
        The first of the cases that are wrong.
    importance, main_importance
        How much the model, and main's, leans on each input: shares that add up to 1.
    """

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["expect"] = "expect"
    steps: int | None = None
    wrong: tuple[WrongCase, ...] = ()
    importance: dict[Prose, float] = {}
    main_importance: dict[Prose, float] = {}


EVIDENCE: Final = ExpectEvidence
