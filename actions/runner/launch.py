"""Start mlgate from the sources that came with the action: nothing is built or installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mlgate.cli import entry

entry()
