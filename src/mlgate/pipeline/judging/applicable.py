"""`when`: whether this change has to be judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlgate.config.path_filter import PathFilter
from mlgate.errors import UsageError
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import Note
from mlgate.model.run import DRAFT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlgate.config.schema import WhenSection
    from mlgate.inputs.git_facts import GitFacts

_SETTINGS: Final = re.compile(
    r"(?:(?:^|[/_.-])(?:hyper_?)?(?:params?|parameters|config|conf|settings|hparams)(?:[_.-][^/]*)?"
    r"|(?:^|/)(?:conf|configs?|params)/(?:.*/)?[^/]+)\.(?:ya?ml|json|toml|ini|cfg|py)$",
    re.IGNORECASE,
)
"""Paths of files that hold a training's parameters: `params.yaml`, `conf/model/big.yaml`, `src/config.py`."""


def not_applicable(
    when: WhenSection, git: Git, facts: GitFacts, config: str, draft: bool | None
) -> str | None:
    """Return why this change does not have to be judged, or None.

    A change of mlgate.yaml (`config`, its path from the repository's top) always has to be; so
    does every run whose changes are unknown.
    """
    if draft and not when.drafts:
        return DRAFT
    paths = path_filter(when, config)
    if paths.takes_everything:
        return None
    before = _before(facts)
    if before is None or facts.commit is None or facts.dirty:
        return None
    changes = git_facts.changes(git, before, facts.commit)
    if config in changes.files or any(map(paths.takes, changes.files)):
        return None
    if any(map(paths.takes_below, changes.submodules)):
        return None
    many = len(changes)
    none = (
        "the only changed file does not match"
        if many == 1
        else f"none of the {many} changed files matches"
    )
    return f"{none} when.paths"


def settings(git: Git, facts: GitFacts, config: str) -> tuple[str, ...]:
    """Return the files of parameters and settings that this change touches, but for mlgate.yaml itself."""
    before = _before(facts)
    files = tuple[str, ...]()
    if before is not None and facts.commit is not None:
        files = git_facts.changes(git, before, facts.commit).files
    named = (path for path in dict.fromkeys((*files, *facts.changed)) if _SETTINGS.search(path))
    return tuple(path for path in named if path != config)


def _before(facts: GitFacts) -> str | None:
    """Return the commit that a change is seen against."""
    return facts.parent if facts.on_base else facts.merge_base


def path_filter(when: WhenSection, config: str) -> PathFilter:
    """Return the filter of an mlgate.yaml, given its path from the repository's top."""
    return PathFilter.of(when.paths, config.rpartition("/")[0] or ".")


def unmatched_here(path: Path, when: WhenSection) -> tuple[Note, ...]:
    """Return the warnings of `unmatched` for the file at a path; none outside a repository."""
    git = Git(path.parent.resolve())
    try:
        config = (path.parent.resolve() / path.name).relative_to(git.top).as_posix()
        return tuple(unmatched(when, git, None, config))
    except UsageError:
        return ()


def unmatched(when: WhenSection, git: Git, commit: str | None, config: str) -> Iterator[Note]:
    """Return a warning for each pattern that matches no tracked file: it may be misspelled.

    Parameters
    ----------
    commit
        The commit whose files count; None for those of the work tree.
    """
    paths = path_filter(when, config)
    if all(pattern.written == "**" for pattern in paths.patterns):
        return
    tracked = git_facts.tracked(git, commit)
    for pattern in paths.unmatched(tracked.files, tracked.submodules):
        text = f"`{pattern}` (when.paths) matches no file that git tracks: is it misspelled?"
        yield Note(level="warning", text=text)
