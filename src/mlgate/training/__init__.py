"""Run the user's training in the user's environment and record what it did.

`environment` what the training may see · `run` from `TrainRequest` to `TrainEvidence` ·
`process` start, watch and end a command · `tree` all of its processes · `meter` time and memory ·
`output` console, log and the log's tail · `ending` how it ended · `capture` Python, packages,
hardware · `digests` what it read and wrote · `dvc` DVC's records · `helper` the user's other
commands.

The training is the author's code. It gets no CI secret that the configuration does not name,
but it runs as the same user: what else it can reach on this machine is documented.
"""

from __future__ import annotations

from mlgate.training.dvc import default_command
from mlgate.training.helper import each_seed, help_out, loading
from mlgate.training.run import Interrupted, Terminated, TrainRequest, train
from mlgate.training.tree import none_left

__all__ = [
    "Interrupted", "Terminated", "TrainRequest", "default_command", "each_seed", "help_out", "loading", "none_left", "train",
]  # fmt: skip
