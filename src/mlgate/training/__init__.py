"""Runs the user's training in the user's environment and records what it did.

`environment` what the training may see · `run` the whole of it, from `Request` to
`TrainEvidence` · `process` start, watch and end · `tree` all of its processes · `meter` time
and memory · `output` console, log and the log's end · `capture` Python, packages, hardware ·
`digests` what it read and made · `dvc` what DVC knows · `helper` other commands of the user's.

The training is the author's code. It gets no CI secret that the configuration does not name,
but it runs as the same user: what it can reach on this machine is documented, not prevented.
"""

from __future__ import annotations

from mlgate.training.dvc import default_command
from mlgate.training.helper import help_out
from mlgate.training.run import Interrupted, Request, Terminated, train

__all__ = ["Interrupted", "Request", "Terminated", "default_command", "help_out", "train"]
