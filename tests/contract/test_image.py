"""The Dockerfile: its linter, and what it copies."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from mlgate import __version__

ROOT = Path(__file__).parents[2]


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_its_label_has_our_version() -> None:
    (version,) = re.findall(r"^ARG VERSION=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert version == __version__


def test_all_that_it_copies_is_there_and_let_through() -> None:
    text = (ROOT / "Dockerfile").read_text()
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names
    for name in names:
        assert (ROOT / name).exists(), name
        assert name.partition("/")[0] in let_through, name
