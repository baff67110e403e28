"""`sealed:` in mlgate.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlgate.model.base import Frozen


class SealedSection(Frozen):
    """A test set that answers few times, such as once a promotion, and counts each answer.

    A use is written to the store before anything is measured; where it cannot be written, or the
    uses are spent, nothing is measured. The same predictions again are no further use.
    """

    uses: Annotated[int, Field(ge=1, le=10_000)]
    """How many evaluations this test set is kept for. Each gate is decided at `policy.confidence` shared out over them: at .95 and 20 uses at .9975."""
