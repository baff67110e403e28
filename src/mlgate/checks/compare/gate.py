"""Gates on the model's metrics are named without a prefix: `accuracy`, not `compare.accuracy`."""

from __future__ import annotations

from typing import Final

from mlgate.gates.check_gate import CheckGate

GATE: Final = CheckGate(unprefixed=True)
