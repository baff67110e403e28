"""A file of mlgate's own that changed while the author's code ran is not read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mlgate

PRELUDE = """
import sys
sys.path.insert(0, {source!r})
from mlgate import installation
from pathlib import Path
here = Path(installation.__file__).parent
installation.guard()
"""
CHANGED = "was changed while your code ran"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of mlgate, which may be changed."""
    folder = tmp_path / "src" / "mlgate"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("text", "model"):
        shutil.copytree(Path(mlgate.__file__).parent / name, folder / name, ignore=ignored)
    for name in ("__init__", "installation", "errors"):
        shutil.copy(Path(mlgate.__file__).parent / f"{name}.py", folder)
    return folder.parent


def run(source: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE.format(source=str(source)) + code],
        capture_output=True,
        text=True,
        check=False,
        cwd=source,
    )
    return done.stdout + done.stderr


def test_what_did_not_change_is_read(source: Path) -> None:
    assert (
        run(source, "from mlgate.text import short; print(short.__name__)") == "mlgate.text.short\n"
    )


@pytest.mark.parametrize(
    "change",
    [
        "(here / 'text/short.py').write_text('evil = 1')",
        "(here / 'text/short.py').unlink(); (here / 'text/lists.py').rename(here / 'text/short.py')",
        "(here / 'text').rename(here / 'old'); (here / 'model').rename(here / 'text')",
        "(here / 'text/short').mkdir(); (here / 'text/short/__init__.py').write_text('evil = 1')",
        "(here / 'text/short.py').unlink(); (here / 'text/short.py').symlink_to(__import__('csv').__file__)",
    ],
    ids=["written", "renamed", "folder renamed", "package before it", "link"],
)
def test_what_changed_is_an_error(source: Path, change: str) -> None:
    assert CHANGED in run(source, f"{change}\nimport mlgate.text.short as s; print('read')")


def test_bytecode_that_was_put_there_is_passed_over(source: Path) -> None:
    forge = (
        "import importlib.util, marshal, py_compile, pathlib\n"
        "py_compile.compile('mlgate/text/short.py')\n"
        "cached = pathlib.Path(importlib.util.cache_from_source('mlgate/text/short.py'))\n"
        "code = marshal.dumps(compile('evil = 1', 'x', 'exec'))\n"
        "cached.write_bytes(cached.read_bytes()[:16] + code)\n"
    )
    code = (
        f"import subprocess; subprocess.run([sys.executable, '-c', {forge!r}], check=True)\n"
        "from mlgate.text import short; print(hasattr(short, 'evil'), hasattr(short, 'short_sha'))"
    )
    assert run(source, code) == "False True\n"


def test_templates_count_and_the_users_files_do_not(source: Path) -> None:
    (source / "mlgate" / "page.html").write_text("x")
    code = (
        "Path('mine.csv').write_text('new'); print(Path('mine.csv').read_text())\n"
        "(here / 'page.html').write_text('y'); (here / 'page.html').read_text()"
    )
    shown = run(source, code)
    assert shown.startswith("new\n")
    assert CHANGED in shown
