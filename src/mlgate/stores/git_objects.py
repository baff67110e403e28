"""Files as git objects, written and read by plumbing: work tree and index are never involved."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, TypeVar

from mlgate.git import REMOTE_TIMEOUT, GitError
from mlgate.outgoing import file_content, redactor

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from mlgate.git import Git

T = TypeVar("T")
ATTEMPTS: Final = 12
"""How often a write that lost a race is tried; the mean wait doubles to 3 s."""
NETWORK_ATTEMPTS: Final = 3

_AUTHOR: Final = "mlgate"
_EMAIL: Final = "mlgate@users.noreply.invalid"
_PERMANENT: Final = (
    "does not appear to be a git repository", "not found", "denied", "Authentication failed",
    "could not read Username", "couldn't find remote ref", "not our ref", "has no remote",
    "declined", "protected",
)  # fmt: skip


def write_tree(git: Git, files: Mapping[str, bytes]) -> str:
    """Write files, by their paths, and the trees that hold them; return the top tree's id."""
    return tree_of(git, {path: write_blob(git, content) for path, content in files.items()})


def write_blob(git: Git, content: bytes) -> str:
    """Write one file; return its id.

    Raises
    ------
    SecretInResultError
        When it holds a secret.
    """
    return git.text("hash-object", "-w", "--stdin", stdin=file_content("a git object", content))


def tree_of(git: Git, blobs: Mapping[str, str]) -> str:
    """Write the trees that hold blobs, given by path; return the top tree's id."""
    folders: dict[str, dict[str, str]] = {}
    lines = []
    for path, blob in blobs.items():
        first, _, rest = path.partition("/")
        if rest:
            folders.setdefault(first, {})[rest] = blob
        else:
            lines.append(f"100644 blob {blob}\t{first}\0")
    lines += [f"040000 tree {tree_of(git, inner)}\t{name}\0" for name, inner in folders.items()]
    return git.text("mktree", "-z", stdin="".join(lines).encode())


def write_commit(git: Git, tree: str, message: str, now: dt.datetime, *parents: str) -> str:
    """Write a commit by mlgate itself, at a given time; return its id."""
    stamp = f"{int(now.timestamp())} +0000"
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _AUTHOR), ("EMAIL", _EMAIL), ("DATE", stamp))
    }
    options = [option for parent in parents for option in ("-p", parent)]
    redactor().refuse(message, "a commit's message")
    made = git.run("commit-tree", *options, tree, stdin=message.encode(), env=identity)
    return made.decode().strip()


def list_tree(git: Git, tree: str, *paths: str) -> dict[str, str]:
    """Return the blobs of a tree, a commit or `<commit>:<folder>`, as path → object id."""
    blobs = {}
    for line in git.run("ls-tree", "-r", "-z", "--full-tree", tree, *paths).split(b"\0"):
        if line:
            meta, _, path = line.partition(b"\t")
            blobs[path.decode("utf-8", "surrogateescape")] = meta.split()[2].decode()
    return blobs


def read_tree(git: Git, tree: str, *, leave: str = "") -> dict[str, bytes]:
    """Return the files of a tree, by their paths, but not the one called `leave`.

    Raises
    ------
    GitError
        When the tree or any of these files is not in this clone.
    """
    blobs = {path: blob for path, blob in list_tree(git, tree).items() if path != leave}
    return dict(zip(blobs, read_blobs(git, list(blobs.values())), strict=True))


def read_blobs(git: Git, blobs: list[str]) -> list[bytes]:
    """Return the content of blobs, by one process."""
    contents = []
    for blob, read in zip(blobs, git.read(*blobs), strict=True):
        if read is None:
            raise GitError(f"git object {blob} is not in this clone")
        contents.append(read.content)
    return contents


def patient(call: Callable[[], T]) -> T:
    """Call what talks to a remote, and again after a moment where the network may be to blame."""
    for attempt in range(1, NETWORK_ATTEMPTS):
        try:
            return call()
        except GitError as error:
            if hopeless(error):
                raise
            pause(attempt)
    return call()


def hopeless(error: GitError) -> bool:
    """Whether trying again cannot help: a refusal, not a lost race or a failing network."""
    return any(words in error.reason for words in _PERMANENT)


def pause(attempt: int) -> None:
    """Wait before attempt n + 1: 0.1 s × 2ⁿ on average, at random, so that writers part."""
    time.sleep(random.uniform(0, 0.2) * 2 ** min(attempt, 5))  # noqa: S311  (no secret)


def remote_tip(git: Git, ref: str, *, seen: bool = False) -> str | None:
    """Return a ref's commit on the remote, fetched; a shallow clone fetches it without its history.

    Parameters
    ----------
    seen
        Whether it will do as it was when the remote's refs were last looked at.
    """
    look = git.refs_seen if seen else git.remote_refs
    tip = patient(lambda: look(ref)).get(ref)
    if tip is not None and not git.has(f"{tip}^{{tree}}"):
        shallow = git.text("rev-parse", "--is-shallow-repository") == "true"
        depth = ["--depth=1"] if shallow else []
        patient(lambda: git.fetch([ref], *depth))
    return tip


def tip_of(git: Git, ref: str, *, seen: bool = False) -> str | None:
    """Return a ref's commit: the remote's where there is one, as `remote_tip` does."""
    return git.commit_of(ref) if git.remote is None else remote_tip(git, ref, seen=seen)


def move(git: Git, ref: str, commit: str, tip: str | None) -> None:
    """Move a ref from one commit (None: there is none yet) to another, where `tip_of` reads it.

    Raises
    ------
    GitError
        When it is elsewhere by now: another writer was first.
    """
    if git.remote is None:
        git.text("update-ref", ref, commit, tip or "0" * len(commit))
        return
    lease = f"--force-with-lease={ref}:{tip or ''}"
    options = ("--quiet", "--no-verify", lease, git.remote)
    git.text("push", *options, f"{commit}:{ref}", timeout=REMOTE_TIMEOUT)
