"""Run the training once, to see what it writes."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import ci, credentials, training
from mlgate.errors import MlgateError
from mlgate.git import Git
from mlgate.pipeline.init.tree import Tree
from mlgate.training.environment import user_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


@dataclass(frozen=True, slots=True)
class Trained:
    """How the training ended (`problem`: why it failed), and the files that it wrote.

    `rewritten` are those that git tracks, from the repository's top, and that were as committed.
    """

    written: frozenset[str] = frozenset()
    problem: str | None = None
    rewritten: tuple[str, ...] = ()


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
    before, edited = _stats(tree), _edited(tree)
    with tempfile.TemporaryDirectory(prefix="mlgate-init-") as folder:
        log = Path(folder) / "train.log"
        ended = training.help_out(command, tree.root, user.env, log, console=console)
    after = _stats(Tree(tree.root, tree.top))
    written = frozenset(name for name in after if after[name] != before.get(name))
    problem = None if ended is None else ended.problem
    return Trained(written, problem, tuple(sorted(_edited(tree) - edited)))


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


def _stats(tree: Tree) -> dict[str, tuple[int, int]]:
    stats = {name: (tree.root / name).stat() for name in tree.files if (tree.root / name).is_file()}
    return {name: (stat.st_ctime_ns, stat.st_size) for name, stat in stats.items()}
