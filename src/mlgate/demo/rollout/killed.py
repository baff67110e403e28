"""A tick that ends by SIGKILL as it is about to route: `python -m mlgate.demo.rollout.killed tick …`.

What it has written by then, the next tick finds.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys

from mlgate.rollout.kinds.lease import LeaseRouter


def _end(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    setattr(LeaseRouter, "route", _end)  # noqa: B010 -- a method
    sys.argv = ["mlgate", "rollout", *sys.argv[1:]]
    runpy.run_module("mlgate", run_name="__main__")
