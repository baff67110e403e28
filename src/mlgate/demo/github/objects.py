"""Git objects in memory, with Git's own hashes, and the refs that point at them."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE: Final = "100644"
FOLDER: Final = "040000"


@dataclass(frozen=True, slots=True)
class LocalCommit:
    """A commit; `when` is in whole seconds, UTC."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    name: str
    email: str
    when: dt.datetime


@dataclass(slots=True)
class Objects:
    """Blobs, trees and commits by their hash, and refs by full name."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    """Entries by name: mode and SHA."""
    commits: dict[str, LocalCommit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def blob(self, content: bytes) -> str:
        """Keep a file."""
        sha = _hash("blob", content)
        self.blobs[sha] = content
        return sha

    def tree(self, files: Mapping[str, str], base: str | None = None) -> str:
        """Keep a tree of blobs by path, on top of another tree."""
        here = dict(self.trees[base]) if base else {}
        below: dict[str, dict[str, str]] = {}
        for path, sha in files.items():
            first, _, rest = path.partition("/")
            if rest:
                below.setdefault(first, {})[rest] = sha
            else:
                here[first] = (FILE, sha)
        for folder, inner in below.items():
            mode, old = here.get(folder, ("", ""))
            here[folder] = (FOLDER, self.tree(inner, old if mode == FOLDER else None))
        return self._keep_tree(here)

    def _keep_tree(self, entries: dict[str, tuple[str, str]]) -> str:
        # Git sorts folders as if their name ended in a slash, and writes 40000 for their mode.
        ordered = sorted(entries.items(), key=lambda e: e[0] + ("/" if e[1][0] == FOLDER else ""))
        content = b"".join(
            f"{mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(sha)
            for name, (mode, sha) in ordered
        )
        sha = _hash("tree", content)
        self.trees[sha] = dict(ordered)
        return sha

    def commit(
        self,
        tree: str,
        parents: Iterable[str],
        message: str,
        who: tuple[str, str],
        when: dt.datetime,
    ) -> LocalCommit:
        """Keep a commit; author and committer are one."""
        parents = tuple(parents)
        seconds = int(when.timestamp())
        person = f"{who[0]} <{who[1]}> {seconds} +0000"
        lines = [f"tree {tree}", *(f"parent {sha}" for sha in parents)]
        lines += [f"author {person}", f"committer {person}", "", message]
        sha = _hash("commit", "\n".join(lines).encode())
        made = LocalCommit(
            sha, tree, parents, message, *who, dt.datetime.fromtimestamp(seconds, dt.UTC)
        )
        self.commits[sha] = made
        return made

    def resolve(self, name: str) -> str | None:
        """Return the commit of a branch, a tag or a SHA."""
        for full in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if full in self.refs:
                return self.refs[full]
        return name if name in self.commits else None

    def ancestors(self, sha: str) -> set[str]:
        """Return a commit and all before it."""
        ancestors: set[str] = set()
        todo = [sha]
        while todo:
            sha = todo.pop()
            if sha not in ancestors and sha in self.commits:
                ancestors.add(sha)
                todo += self.commits[sha].parents
        return ancestors

    def file(self, tree: str, path: str) -> str | None:
        """Return the blob at a path."""
        here = tree
        *folders, name = path.split("/")
        for folder in folders:
            mode, sha = self.trees.get(here, {}).get(folder, ("", ""))
            if mode != FOLDER:
                return None
            here = sha
        mode, sha = self.trees.get(here, {}).get(name, ("", ""))
        return sha if mode == FILE else None

    def files(self, tree: str, prefix: str = "") -> dict[str, str]:
        """Return all blobs below a tree by path."""
        blobs: dict[str, str] = {}
        for name, (mode, sha) in self.trees[tree].items():
            if mode == FOLDER:
                blobs |= self.files(sha, f"{prefix}{name}/")
            else:
                blobs[f"{prefix}{name}"] = sha
        return blobs


def _hash(kind: str, content: bytes) -> str:
    head = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()
