"""Git's facts about this run: commit, branch, merge-base, ancestors, tags, files at a commit.

CI clones are often one commit deep and have one branch. What a query needs is fetched on
demand, and no more: base branches one commit deep, history in doubling steps, never with
`--filter` (which would write to the user's git configuration) and never in a way that shortens
existing history.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlgate.git import GitError, masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.git import Commit, Git

FIRST_DEEPENING: Final = 50
"""Commits that the first deepening of a shallow clone asks for; each later one asks for twice as many."""
ANCESTORS: Final = 10_000
"""How far back along first parents to look for a baseline."""
_CLOCK_SKEW: Final = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class GitFacts:
    """Git's facts about this run.

    Attributes
    ----------
    commit
        The commit that is judged; None before the first one.
    parent
        Its first parent.
    branch
        The branch that is checked out; None for a detached HEAD.
    dirty, changed
        Whether tracked files differ from the commit, and which (relative to the top folder).
        Untracked files never count.
    remote, remote_url
        The remote's name and address (without credentials).
    base_branch, base_ref, base_commit
        The branch that this change is for, as on the remote (`refs/remotes/origin/main`) or, if
        the remote lacks it, as in this clone; None where neither has it.
    merge_base
        The best common ancestor of `commit` and `base_commit`.
    on_base
        Whether `commit` is on the base branch itself.
    shallow
        Whether this clone was shallow to begin with.
    """

    commit: str | None
    tree: str | None
    parent: str | None
    branch: str | None
    dirty: bool
    changed: tuple[str, ...]
    remote: str | None
    remote_url: str | None
    base_branch: str
    base_ref: str | None
    base_commit: str | None
    merge_base: str | None
    on_base: bool
    shallow: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, its commit and when it was created (None where only the remote has it)."""

    name: str
    commit: str
    created: dt.datetime | None


def facts(git: Git, base_branch: str, *, commit: str | None = None) -> GitFacts:
    """Collect git's facts about this run.

    Parameters
    ----------
    base_branch
        The branch that this change is for, such as `main`.
    commit
        The commit whose results are judged, if it is not the one checked out.

    Raises
    ------
    GitError
        When `commit` does not exist, or the base branch has to be fetched and cannot be.
    UsageError
        See `Git.top`.
    """
    shallow = is_shallow(git)
    judged = "HEAD" if commit is None else ensure(git, commit)
    refs = _base_refs(git, base_branch)
    head, *tips = git.commits(judged, *refs)
    here = ((ref, tip.id) for ref, tip in zip(refs, tips, strict=True) if tip)
    base_ref, base = next(here, None) or _fetched_base(git, base_branch)
    branch = git.attempt("symbolic-ref", "--quiet", "--short", "HEAD") if commit is None else None
    changed = _changed(git) if commit is None and head else ()
    common = merge_base(git, head, base) if head and base else None
    return GitFacts(
        commit=head.id if head else None,
        tree=head.tree if head else None,
        parent=next(iter(head.parents), None) if head else None,
        branch=branch,
        dirty=bool(changed),
        changed=changed,
        remote=git.remote,
        remote_url=remote_url(git),
        base_branch=base_branch,
        base_ref=base_ref,
        base_commit=base,
        merge_base=common,
        on_base=branch == base_branch or (head is not None and common == head.id),
        shallow=shallow,
    )


def baseline_commits(git: Git, facts: GitFacts, limit: int = ANCESTORS) -> Iterator[str]:
    """Yield the commits whose baseline this run can be compared with, the best first.

    On another branch: the merge-base, then its first-parent ancestors. On the base branch
    itself: the first parent and its ancestors, never the commit itself, unless the work tree
    has changes: these are compared with the commit.
    """
    start = facts.merge_base
    if facts.on_base or (start is None and facts.base_commit is None):
        start = facts.commit if facts.dirty else facts.parent
    if start is not None:
        yield from first_parents(git, start, limit)


def first_parents(git: Git, commit: str, limit: int = ANCESTORS) -> Iterator[str]:
    """Yield a commit and its first-parent ancestors; a shallow clone is deepened where it ends.

    Raises
    ------
    GitError
        When the clone is shallow and cannot be deepened.
    """
    last, step = ensure(git, commit), FIRST_DEEPENING
    count = 1
    yield last
    while count < limit:
        listed = git.text("rev-list", "--first-parent", f"--max-count={limit - count + 1}", last)
        for last in listed.splitlines()[1:]:
            count += 1
            yield last
        if count >= limit or not _cut(git, last):
            return
        deepen(git, step, last)
        step *= 2
        if _cut(git, last):
            return


def parents(git: Git, commit: str) -> tuple[str, ...]:
    """Return a commit's parents, including those that a shallow clone lacks."""
    parsed = git.commits(commit)[0]
    if parsed is None:
        raise GitError(f"there is no commit {commit} in {git.root}")
    return parsed.parents


def merge_base(git: Git, head: Commit, base: str) -> str | None:
    """Return the best common ancestor of two commits; a shallow clone is deepened to find it.

    For a pull request's merge commit, whose first parent is the base branch's tip, it is that
    tip, even if the branch has moved on since.
    """
    if base in head.parents:
        return base
    step = FIRST_DEEPENING
    while True:
        if ancestor := git.attempt("merge-base", head.id, base):
            return ancestor
        before = boundary(git, head.id, base)
        if not before or git.remote is None:
            return None
        deepen(git, step, *before)
        if boundary(git, head.id, base) == before:
            return None
        step *= 2


def is_ancestor(git: Git, ancestor: str, commit: str) -> bool:
    """Whether `ancestor` is reachable from `commit`, or is the same commit.

    A shallow clone is deepened until that is certain: until the ancestor appears, or all
    commits that are cut off are older.
    """
    if git.attempt("merge-base", "--is-ancestor", ancestor, commit) is not None:
        return True
    step = FIRST_DEEPENING
    while before := boundary(git, commit):
        born = _committed(git, ensure(git, ancestor))[0] - _CLOCK_SKEW
        if all(date < born for date in _committed(git, *before)):
            return False
        deepen(git, step, *before)
        if git.attempt("merge-base", "--is-ancestor", ancestor, commit) is not None:
            return True
        if boundary(git, commit) == before:
            return False
        step *= 2
    return False


def file_at(git: Git, commit: str, path: str) -> bytes | None:
    """Return a file of a commit, by its path from the top folder; None where it has none.

    Links are followed within the commit, as the file system follows them.
    """
    name = f"{commit}:{path}"
    if "\n" in path:  # which ends a request
        there = git.attempt("rev-parse", "--verify", "--quiet", name) is not None
        return git.run("cat-file", "blob", name) if there else None
    entry = git.read(name, follow=True)[0]
    return entry.content if entry is not None and entry.kind == "blob" else None


def changed_paths(git: Git, base: str, head: str) -> tuple[str, ...]:
    """Return the files that differ between two commits, by their paths from the top folder.

    A file that was moved counts with both of its names.
    """
    commits = (ensure(git, base), ensure(git, head))
    return _paths(git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", *commits))


def tags(git: Git) -> tuple[Tag, ...]:
    """Return the tags of commits, newest first; the remote's if this clone has none.

    Raises
    ------
    GitError
        When this clone has none and the remote cannot be asked.
    """
    fields = "%(refname:strip=2)%09%(objecttype)%09%(objectname)%09%(*objecttype)%09%(*objectname)"
    text = git.text(
        "for-each-ref", f"--format={fields}%09%(creatordate:unix)", "--sort=-version:refname",
        "--sort=-creatordate", "refs/tags",
    )  # fmt: skip
    tags = []
    for line in text.splitlines():
        name, kind, oid, peeled_kind, peeled, created = line.split("\t")
        if "commit" in (kind, peeled_kind):
            when = dt.datetime.fromtimestamp(int(created), dt.UTC)
            tags.append(Tag(name, oid if kind == "commit" else peeled, when))
    return tuple(tags) if tags else _remote_tags(git)


def ensure(git: Git, commit: str) -> str:
    """Return the full id of a commit, which is fetched if this clone lacks it.

    A shallow clone fetches the commit without its history.

    Raises
    ------
    GitError
        When neither this clone nor the remote has it.
    """
    if full := git.commit_of(commit):
        return full
    if git.remote is not None:
        git.fetch([commit], *_depth(git))
    if full := git.commit_of(commit):
        return full
    raise GitError(f"there is no commit {commit} in {git.root}")


def is_shallow(git: Git) -> bool:
    """Whether history is cut off anywhere in this clone."""
    return git.text("rev-parse", "--is-shallow-repository") == "true"


def boundary(git: Git, *commits: str) -> tuple[str, ...]:
    """Return the commits at which this clone cuts off the history of some commits."""
    if not is_shallow(git):
        return ()
    cut = _grafts(git)
    return tuple(oid for oid in git.text("rev-list", *commits).splitlines() if oid in cut)


def deepen(git: Git, by: int, *commits: str) -> None:
    """Fetch `by` more generations below commits at which this clone cuts history off.

    Asking for these commits, which came from the remote, works on every branch and also when
    the remote lacks local commits; other branches are not fetched.
    """
    git.fetch(commits, f"--deepen={by}")


def _cut(git: Git, commit: str) -> bool:
    """Whether a commit has parents that this clone has cut off."""
    return is_shallow(git) and commit in _grafts(git) and bool(parents(git, commit))


def _grafts(git: Git) -> frozenset[str]:
    path = git.root / git.text("rev-parse", "--git-path", "shallow")
    return frozenset(path.read_text().split())


def _depth(git: Git) -> tuple[str, ...]:
    """Return the option that keeps a shallow clone shallow; it would make a full one shallow."""
    return ("--depth=1",) if is_shallow(git) else ()


def _changed(git: Git) -> tuple[str, ...]:
    if git.bare:
        return ()
    # Plain diff-index would count files that were only touched; status compares contents.
    listed = git.run("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
    return tuple(path[3:] for path in _paths(listed))


def _paths(listed: bytes) -> tuple[str, ...]:
    return tuple(path.decode("utf-8", "surrogateescape") for path in listed.split(b"\0") if path)


def _committed(git: Git, *commits: str) -> list[dt.datetime]:
    """Return the committer dates of commits."""
    text = git.text("show", "--no-patch", "--format=%ct", *commits)
    return [dt.datetime.fromtimestamp(int(line), dt.UTC) for line in text.split()]


def _base_refs(git: Git, branch: str) -> tuple[str, ...]:
    """Return the possible refs of the base branch: the remote's, then this clone's own."""
    own = f"refs/heads/{branch}"
    return (f"refs/remotes/{git.remote}/{branch}", own) if git.remote else (own,)


def _fetched_base(git: Git, branch: str) -> tuple[str | None, str | None]:
    """Fetch the base branch from the remote, one commit deep, and return its ref and commit."""
    there = f"refs/heads/{branch}"
    if git.remote is None or (commit := git.remote_refs(there).get(there)) is None:
        return None, None
    if not git.has(commit):
        git.fetch([there], *_depth(git))
    return f"refs/remotes/{git.remote}/{branch}", commit


def tip(git: Git, branch: str) -> str | None:
    """Return the newest commit of a branch, fetched if needed; None where there is no branch.

    If there is a remote, only its ref counts: this clone's own refs may be old, and whatever ran
    here could have written them.
    """
    there = f"refs/heads/{branch}"
    if git.remote is None:
        return git.commit_of(there)
    commit = git.remote_refs(there).get(there)
    return None if commit is None else ensure(git, commit)


def remote_url(git: Git) -> str | None:
    """Return the remote's address without credentials; None where there is no remote."""
    if git.remote is None:
        return None
    url = git.attempt("remote", "get-url", git.remote)
    return masked(url).replace("***@", "") if url else None


def _remote_tags(git: Git) -> tuple[Tag, ...]:
    refs = git.remote_refs("refs/tags/*")
    names = [ref for ref in refs if not ref.endswith("^{}")]
    return tuple(
        Tag(ref.removeprefix("refs/tags/"), refs.get(f"{ref}^{{}}", refs[ref]), None)
        for ref in sorted(names, reverse=True)
    )
