"""Run the training once, to see what it writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate import ci, credentials, training
from mlgate.errors import MlgateError
from mlgate.git import Git
from mlgate.pipeline.init.tree import Tree
from mlgate.training.environment import lacks_something, user_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

_MISSING: Final = re.compile(r"No such file or directory: ['\"]([^'\"]+)['\"]")
_STARTS: Final = re.compile(r"(?:(?:uv|poetry|pipenv|pdm|hatch) run +)?python3?(?:\.\d+)?(?= )")


@dataclass(frozen=True, slots=True)
class Trained:
    """How the training ended (`problem`: why it failed), the files that it wrote, and its Python.

    `missing` is a file that it did not find. From the repository's top: `rewritten` are those that git tracks, and that were as committed; `left`
    those that it neither tracks nor ignores, by the name that git lists them under, such as their folder.
    """

    written: frozenset[str] = frozenset()
    problem: str | None = None
    rewritten: tuple[str, ...] = ()
    python: str | None = None
    missing: str | None = None
    left: Mapping[str, str] = field(default_factory=dict)


def train_once(tree: Tree, command: str, environ: Mapping[str, str], console: TextIO) -> Trained:
    """Run a command in the user's environment, and look at which files changed.

    In CI whatever looks like a credential is withheld: there is no policy yet that could pass it on.
    """
    user = user_environment(
        environ,
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        credentials=ci.credentials(),
        channels=ci.channels(),
        secrets=credentials.names_in(environ) if ci.in_ci(environ) else (),
    )
    before, edited, beside = _stats(tree), _edited(tree), _untracked(tree)
    with tempfile.TemporaryDirectory(prefix="mlgate-init-") as folder:
        log = Path(folder) / "train.log"
        ended = training.help_out(command, tree.root, user.env, log, console=console)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    after = _stats(Tree(tree.root, tree.top))
    written = frozenset(name for name in after if after[name] != before.get(name))
    problem = None if ended is None else ended.problem
    if ended is not None and user.where_missing and lacks_something(ended.exit_code, lines):
        problem = f"{problem} ({user.where_missing})"
    left = {name for name, stat in _untracked(tree).items() if beside.get(name) != stat}
    rewritten = tuple(sorted(_edited(tree) - edited))
    python = None if ended is not None else _python(command, tree.root, user.env)
    missing = next(filter(None, map(_MISSING.search, reversed(lines))), None) if ended else None
    named = missing and missing[1]
    return Trained(written, problem, rewritten, python, named, _listed_as(tree, left))


def _python(command: str, cwd: Path, env: Mapping[str, str]) -> str | None:
    """Return the version of the Python that a command starts, or that is first on its PATH: `3.12`."""
    start = _STARTS.match(command)
    python = start[0] if start is not None else "python"
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(  # noqa: S602  (the user's own command, as the training is)
            f'{python} -c "{code}"',
            shell=True, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.fullmatch(r"3\.\d+", answer.stdout.strip())
    return version and version[0]


def restore(tree: Tree, trained: Trained) -> None:
    """Make the tracked files that the training rewrote what they were: as committed."""
    if trained.rewritten:
        literal = [f":(top,literal){name}" for name in trained.rewritten]
        Git(tree.top).run("checkout", "--quiet", "HEAD", "--", *literal)


def _edited(tree: Tree) -> set[str]:
    """Return the tracked files that differ from the commit; none outside of a repository."""
    try:
        listed = Git(tree.top).run("diff", "--name-only", "-z", "HEAD").decode()
    except (MlgateError, UnicodeDecodeError):
        return set()
    return {name for name in listed.split("\0") if name}


def _untracked(tree: Tree) -> dict[str, tuple[int, int]]:
    """Return the files that git neither tracks nor ignores, with what tells whether they changed."""
    names = _others(tree)
    stats = {name: (tree.top / name).lstat() for name in names if os.path.lexists(tree.top / name)}
    return {name: (stat.st_ctime_ns, stat.st_size) for name, stat in stats.items()}


def _listed_as(tree: Tree, names: set[str]) -> dict[str, str]:
    """Return the folders of which git tracks nothing in place of the files in them."""
    folders = [name for name in _others(tree, "--directory") if name.endswith("/")] if names else []
    return {
        name: next((folder for folder in folders if name.startswith(folder)), name)
        for name in sorted(names)
    }


def _others(tree: Tree, *options: str) -> list[str]:
    try:
        listed = Git(tree.top).run("ls-files", "--others", "--exclude-standard", "-z", *options)
        return [name for name in listed.decode().split("\0") if name]
    except (MlgateError, UnicodeDecodeError):
        return []


def _stats(tree: Tree) -> dict[str, tuple[int, int]]:
    stats = {name: (tree.root / name).stat() for name in tree.files if (tree.root / name).is_file()}
    return {name: (stat.st_ctime_ns, stat.st_size) for name, stat in stats.items()}
