"""The processes of a training, as the kernel tells them and as psutil finds them."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from mlgate.training.tree import ProcessTree

# A grandchild, and a child of another thread than the first.
DEEP = """
import subprocess, threading
sleep = ["sleep", "30"]
found = [subprocess.Popen(["sh", "-c", "sleep 30; true"])]
thread = threading.Thread(target=lambda: (found.append(subprocess.Popen(sleep)), found[1].wait()))
thread.start()
print("started", flush=True)
thread.join()
"""


@pytest.fixture
def tree():
    found = ProcessTree()
    yield found
    found.end(0.0, lambda: True)


@pytest.mark.parametrize("listed", [True, False], ids=["kernel", "psutil"])
def test_samples_find_every_process(tree, listed):
    tree._lists_children = tree._lists_children and listed
    with subprocess.Popen([sys.executable, "-S", "-c", DEEP], stdout=subprocess.PIPE) as process:
        tree.main = process.pid
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 10
        while len(tree.sampled()) < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert {one.pid for one in tree.sampled()} == {one.pid for one in tree.alive()}
        assert len(tree.alive()) == 4
        process.kill()
        process.wait()
        assert process.pid not in {one.pid for one in tree.sampled()}


def test_samples_do_not_find_what_was_there_before():
    with subprocess.Popen(["sleep", "30"]) as before:
        assert ProcessTree().sampled() == []
        before.kill()
