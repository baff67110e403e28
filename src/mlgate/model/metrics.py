"""What evidence, configuration and policies say of a metric; `mlgate.metrics` knows them all."""

from __future__ import annotations

from typing import Literal

Task = Literal["binary", "multiclass", "regression", "scores"]
"""`scores`: numbers of each row alone, with neither labels nor predictions."""
Direction = Literal["higher", "lower"]
Unit = Literal["share", "number"]
"""`share`: between 0 and 1, with changes in percentage points; `number`: anything else."""
