"""Time, CPU, memory and processes, against programs whose use is known."""

from __future__ import annotations

import resource
import sys

MIB = 1024 * 1024
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
SPIN = "import time\nwhile time.process_time() < {}: pass"
ALLOCATE = "x = bytearray({} << 20)\nx[::4096] = b'1' * len(x[::4096])"


def test_wall_is_not_cpu(train):
    used = train("sleep 0.5").resources
    assert 0.5 <= used.wall < 5
    assert used.cpu < 0.4
    assert used.processes >= 1


def test_a_command_too_short_to_be_seen_is_not_said_to_need_no_memory(train):
    assert train("true").resources.peak_memory > 0


def test_cpu_of_all_descendants(train, tmp_path):
    (tmp_path / "spin.py").write_text(SPIN.format(0.4))
    used = train("python -S spin.py & python -S spin.py & wait").resources
    assert 0.8 <= used.cpu < 3
    assert used.processes >= 3


def test_cpu_of_children_too_short_to_be_seen(train):
    command = "for n in {1..25}; do python -S -c 'sum(range(500000))'; done"
    used = train(command).resources
    one = train("python -S -S -c 'sum(range(500000))'").resources
    assert used.cpu > 8 * one.cpu


def test_cpu_of_children_that_nobody_waits_for(train, tmp_path):
    (tmp_path / "spin.py").write_text(SPIN.format(0.2))
    used = train("(setsid python -S spin.py >/dev/null 2>&1 &)", grace=5).resources
    assert used.cpu >= 0.2


def test_memory_is_summed_over_processes(train, tmp_path):
    (tmp_path / "hold.py").write_text(ALLOCATE.format(100) + "\nimport time; time.sleep(1)")
    used = train("python -S hold.py & python -S hold.py & wait").resources
    assert 200 * MIB <= used.peak_memory < 300 * MIB


def test_memory_of_a_short_peak_is_not_missed(train, tmp_path):
    # Larger than what this process and its children had: the kernel keeps one maximum for all.
    users = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    before = max(resource.getrusage(who).ru_maxrss for who in users) * MAXRSS_UNIT
    size = before // MIB + 100
    (tmp_path / "peak.py").write_text(ALLOCATE.format(size) + "\ndel x")
    assert train("python -S peak.py").resources.peak_memory >= size * MIB


def test_memory_that_forked_workers_share_counts_once(train, tmp_path):
    if sys.platform != "linux":
        return  # only Linux tells what is shared
    (tmp_path / "fork.py").write_text(
        f"import os, time\n{ALLOCATE.format(150)}\n"
        "for n in range(4):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(1); os._exit(0)\n"
        "for n in range(4): os.wait()\n"
    )
    used = train("python -S fork.py").resources
    assert used.processes >= 5
    assert 150 * MIB <= used.peak_memory < 300 * MIB
