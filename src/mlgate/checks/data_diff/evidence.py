"""data_diff.json: how the training data differ from main's, and a sample of them for later runs."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import ConfigDict

from mlgate.model.base import Prose
from mlgate.model.evidence import Evidence
from mlgate.model.table_diff import KeptSketch, TableDiff


class DataDiffEvidence(Evidence):
    """evidence/data_diff.json.

    Attributes
    ----------
    rows
        How many the baseline's data have, and these; None where that is not known.
    diff
        The comparison with the data themselves; None where only a sample was kept of them.
    sampled
        Rows that a comparison with a sample rests on.
    errors
        Standard errors of what was estimated from a sample, by metric.
    columns
        Columns that are only in the new, only in the old data, or of another type in both, where they
        were compared with a sample.
    sketch
        The sample of these data that the baseline keeps.
    """

    model_config = ConfigDict(extra="forbid")

    of_labels: ClassVar[bool] = False
    check: Literal["data_diff"] = "data_diff"
    path: Prose = ""
    rows: tuple[int, int] | None = None
    diff: TableDiff | None = None
    sampled: int | None = None
    errors: dict[str, float] = {}
    columns: dict[Literal["added", "removed", "retyped"], tuple[str, ...]] = {}
    sketch: KeptSketch | None = None


EVIDENCE: Final = DataDiffEvidence
