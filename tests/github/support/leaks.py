"""No token in any output: whatever tests print, run, log or write is searched for theirs.

Searched are what a test printed or logged (also where it reads that itself), what the programs
that it ran printed, and, where a local GitHub runs, the files that it left behind and every
request and answer but the header that is there for the token.
"""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest

_PREFIXES = (b"ghs_SecretOfTheTests", b"ghs_TokenOfAJobInTheseTests", b"ghs_0123456789")
_AS_LOGIN = base64.b64encode(b"x-access-token:" + _PREFIXES[0])[:36]
"""What git's and HTTP's basic authorisation make of one."""
TOKENS = re.compile(b"|".join((*_PREFIXES, _AS_LOGIN)))
_LARGEST = 5_000_000


class LeakError(AssertionError):
    """A token was found where none may be."""


def search(content, where):
    """Fail if a token is in a text or in bytes."""
    if content is None:
        return
    data = content if isinstance(content, bytes) else str(content).encode("utf-8", "replace")
    found = TOKENS.search(data)
    if found:
        around = data[max(found.start() - 60, 0) : found.start() + 8]
        raise LeakError(f"a token is in {where}: …{around!r}…")


def search_files(folder):
    """Fail if a token is in a file's name or content, git's configuration among them."""
    for path in Path(folder).rglob("*"):
        search(str(path.relative_to(folder)), "a file's name")
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
            search(path.read_bytes(), path)


@pytest.fixture(autouse=True, scope="session")
def output_is_searched():
    """Look at what tests read of their own output and of the programs that they run."""
    with pytest.MonkeyPatch.context() as patch:
        read = pytest.CaptureFixture.readouterr

        def readouterr(self):
            found = read(self)
            for text in found:
                search(text, "what was printed")
            return found

        run = subprocess.run

        def run_and_search(*args, **kwargs):
            done = run(*args, **kwargs)
            for text in (done.stdout, done.stderr):
                search(text, f"the output of {done.args!r}"[:200])
            return done

        patch.setattr(pytest.CaptureFixture, "readouterr", readouterr)
        patch.setattr(subprocess, "run", run_and_search)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Search what pytest itself captured of a test: prints and logs."""
    report = yield
    if report.when == "teardown":
        try:
            for name, text in report.sections:
                search(text, name)
        except LeakError as leak:
            report.outcome, report.longrepr = "failed", str(leak)
    return report
