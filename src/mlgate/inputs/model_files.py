"""The mlgate.yaml files of a commit, as git lists them: nothing is checked out, no link followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlgate.git import Git, TreeEntry

NAME: Final = "mlgate.yaml"
SUFFIX: Final = f".{NAME}"
"""What the name of every other configuration must end with to be listed by every run."""
_LINKS: Final = ("120000", "160000")
"""Modes of symbolic links and of submodules."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Configurations of one tree by their paths from the top, and all of its links and submodules."""

    entries: Mapping[str, TreeEntry] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, TreeEntry]:
        """The configurations that are files."""
        return {path: entry for path, entry in self.entries.items() if entry.plain}

    def obstacle(self, path: str) -> str | None:
        """Return the link or submodule that a path is or goes through; None where there is none."""
        parts = path.split("/")
        places = ("/".join(parts[: end + 1]) for end in range(len(parts)))
        return next(
            (place for place in places if place in self.entries and not self.entries[place].plain),
            None,
        )


def is_configuration(path: str) -> bool:
    """Return whether every run lists a file of this name.

    >>> is_configuration("models/churn/mlgate.yaml"), is_configuration("churn.mlgate.yaml")
    (True, True)
    """
    return path.rpartition("/")[2] == NAME or path.endswith(SUFFIX)


def listed(git: Git, commit: str, also: Iterable[str] = ()) -> ModelFiles:
    """List the configurations of a commit, and its links.

    Parameters
    ----------
    also
        Configurations of other names, as `--config` gives them.

    Raises
    ------
    GitError
        When this clone does not have the commit.
    """
    others = frozenset(also)
    return ModelFiles(
        {
            path: entry
            for path, entry in git.entries(commit).items()
            if entry.mode in _LINKS or is_configuration(path) or path in others
        }
    )


def merged(judging: ModelFiles, common: ModelFiles, head: ModelFiles) -> ModelFiles:
    """Return what merging leaves: the judging branch's entries, but for those that changed.

    Parameters
    ----------
    judging, common, head
        Of the branch that judges, of the commit that both have in common, and of this change.
    """
    entries = {}
    for path in {**judging.entries, **head.entries}:
        here = head.entries.get(path)
        unchanged = here == common.entries.get(path)
        entry = judging.entries.get(path) if unchanged else here
        if entry is not None:
            entries[path] = entry
    return ModelFiles(entries)


def texts(git: Git, entries: Iterable[TreeEntry]) -> dict[str, bytes]:
    """Return the contents of files by their ids, read with one process."""
    ids = list(dict.fromkeys(entry.oid for entry in entries))
    objects = git.read(*ids)
    return {oid: blob.content for oid, blob in zip(ids, objects, strict=True) if blob is not None}
