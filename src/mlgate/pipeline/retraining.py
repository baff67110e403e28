"""A commit's training, run again in a work tree of its own.

commit ──► git worktree ──► its own mlgate.yaml ──► train.setup ──► train.run ──► measured against a baseline
                  ▲
                  └── from this work tree: data that git does not have, by their pointers or train.inputs
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import training
from mlgate.errors import DataError, UsageError
from mlgate.git import GitError
from mlgate.pipeline.judging.commit_tree import CommitTree
from mlgate.pipeline.judging.configured import compared_paths
from mlgate.pipeline.judging.files import JudgingFiles
from mlgate.pipeline.judging.place import find_config
from mlgate.pipeline.ledger.wear import LedgerLines
from mlgate.pipeline.measuring import measure
from mlgate.pipeline.measuring.measure import Fetched
from mlgate.pipeline.prepare import begin, judge_of, prepare
from mlgate.pipeline.training import train
from mlgate.pipeline.training.seal import seal, unheard
from mlgate.text.short import short_sha
from mlgate.training import digests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.errors import InputError
    from mlgate.model.evidence import TrainEvidence
    from mlgate.pipeline.baselines.baseline import Baselines
    from mlgate.pipeline.prepare import Prepared

_NEW_TREE = (
    "in the new work tree there is what git has of the commit, and train.setup may fetch the rest"
)


@dataclass(frozen=True, slots=True)
class Retraining:
    """A commit that is checked out beside this work tree, whose folder of mlgate.yaml is `here`."""

    prepared: Prepared
    here: Path

    def train(self) -> TrainEvidence:
        """Set up and train; raises `DataError` where `train.setup` fails."""
        prepared = self.prepared
        begin(prepared)
        self._set_up()
        return train.train(prepared, again=True)

    def measure(self, evidence: TrainEvidence, baselines: Baselines) -> InputError | None:
        """Measure what was trained, by the commit's own configuration; return why that is not possible."""
        self._copy_compared()
        begin(self.prepared, training=evidence)
        fetched = Fetched({0: baselines}, LedgerLines())
        return measure.measure(self.prepared, fetched=fetched, training=evidence).problem

    def _copy_compared(self) -> None:
        """Copy what results are measured against and neither git nor the training has: kept labels."""
        prepared = self.prepared
        config = prepared.loaded.config
        for name, target in _missing(
            prepared, compared_paths(config, prepared.references), self.here
        ):
            copy = shutil.copytree if (self.here / name).is_dir() else shutil.copyfile
            copy(self.here / name, target)

    def _set_up(self) -> None:
        prepared = self.prepared
        command = prepared.loaded.config.train.setup
        if command is None:
            return
        user = train.environment(prepared)
        context = prepared.context
        with context.progress.group("Setup"), unheard(prepared, user.env), training.none_left():
            ended = training.help_out(
                command,
                prepared.root,
                user.env,
                prepared.dir.log,
                console=context.console,
                log_format=context.ci_run.log,
                grace=context.ci_run.grace,
            )
        if ended is not None:
            raise DataError(f"train.setup failed: {ended.cause}", hint=ended.hint or _NEW_TREE)


@contextmanager
def checked_out(prepared: Prepared, commit: str, confidence: float) -> Iterator[Retraining]:
    """Check a commit out into a work tree that goes again; this one, its index and HEAD stay as they are.

    The repository is asked nothing later, so that several can be checked out before the first trains.

    Parameters
    ----------
    confidence
        That of each bound.

    Raises
    ------
    UsageError
        When the commit is not here, or has no mlgate.yaml where it is now.
    """
    here = prepared.git.top.resolve()
    folder = Path(tempfile.mkdtemp(prefix="mlgate-"))
    of_git: Path | None = None
    try:
        try:
            of_git = prepared.git.add_work_tree(folder / "tree", commit)
        except GitError as error:
            msg = f"{short_sha(commit)} cannot be checked out: {error.reason or error.message}"
            raise UsageError(msg, hint=f"git fetch origin {commit}") from None
        made = _prepared(prepared, folder, confidence)
        tree = CommitTree(replace(prepared.git, root=here), commit, folder / "tree")
        tree.smudge_all(here)
        tree.restore(tree.entries, here)
        _link(made, prepared.root)
        made.files.look_up(compared_paths(made.loaded.config, made.references))
        seal(made)
        yield Retraining(made, prepared.root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if of_git is not None:
            shutil.rmtree(of_git, ignore_errors=True)


def _prepared(prepared: Prepared, folder: Path, confidence: float) -> Prepared:
    """Return the commit, measured by its own configuration alone."""
    file = find_config(prepared.context).resolve().relative_to(prepared.git.top.resolve())
    place = folder / "tree" / file
    if not place.is_file():
        msg = f"the commit has no {file}"
        raise UsageError(msg, hint="name one since which it is there")
    context = replace(
        prepared.context, cwd=place.parent, config=place, run_dir=folder / "run", policies=()
    )
    made = prepare(context)
    config = made.loaded.config
    if config.sealed is not None:
        msg = "the test set is sealed: each training again would be one of its uses"
        raise UsageError(msg, hint="reproduce a model on rows that are not sealed")
    config = config.model_copy(
        update={"policy": config.policy.model_copy(update={"confidence": confidence})}
    )
    judge = judge_of(made.loaded, "this commit", made.loaded.file, config)
    run = made.run.model_copy(
        update={"judges": (judge.record,), "not_applicable": None, "gone": False, "notes": ()}
    )
    own = made.facts.commit
    files = JudgingFiles(made.git, made.root, "this commit", own, own)
    return replace(made, judges=(judge,), run=run, files=files, judging=None)


def _link(made: Prepared, here: Path) -> None:
    """Link what the training reads and git does not have: `train.inputs`, and environments."""
    settings = made.loaded.config.train
    environments = (
        () if settings.setup else (path.parent.name for path in here.glob("*/pyvenv.cfg"))
    )
    for name, target in _missing(made, (*settings.inputs, *environments), here):
        target.symlink_to((here / name).resolve())


def _missing(made: Prepared, patterns: Iterable[str], here: Path) -> Iterator[tuple[str, Path]]:
    """Yield the paths that are here and not in the new work tree, and their places there."""
    top = made.git.top.resolve()
    for name in chain.from_iterable(digests.expand(tuple(patterns), here).values()):
        target = made.root / name
        if target.resolve().is_relative_to(top) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            yield name, target
