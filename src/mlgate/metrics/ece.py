"""Expected calibration error; of several classes that of the most probable one."""

from __future__ import annotations

from typing import Final

from mlgate.metrics.spec import CalibrationError, Metric

METRICS: Final = (
    Metric(
        name="ece",
        title="expected calibration error",
        direction="lower",
        unit="number",
        tasks=("binary", "multiclass"),
        method=CalibrationError(),
        needs_score=True,
        aliases=("expected_calibration_error",),
    ),
)
