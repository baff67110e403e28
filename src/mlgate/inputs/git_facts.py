"""Git's facts about this run: commit, branch, merge-base, ancestors, tags, files at a commit.

CI clones are often one commit deep and have one branch. What a query needs is fetched on
demand, and no more: base branches one commit deep, history in doubling steps, never with
`--filter` (which would write to the user's git configuration) and never in a way that shortens
existing history.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Final, TypeVar

from mlgate.git import ID, GitError, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mlgate.git import Commit, Git

T = TypeVar("T")

FIRST_DEEPENING: Final = 50
"""Commits that the first deepening of a shallow clone asks for; each later one asks for twice as many."""
ANCESTORS: Final = 10_000
"""How far back along first parents to look for a baseline."""
_SUBMODULE: Final = "160000"
_CLOCK_SKEW: Final = 2 * 86_400
_LAST_MOMENT: Final = int(dt.datetime(9999, 1, 1, tzinfo=dt.UTC).timestamp())
_TAGS: Final = "refs/tags"
_DATE: Final = re.compile(r"> (\d{1,12}) [+-]\d{4}")
"""How the line of a tagger or committer ends, where it has a date."""
_TAG_FIELDS: Final = "%09".join(
    f"%({field})"
    for field in (
        "refname:strip=2", "objecttype", "objectname", "*objecttype", "*objectname",
        "tagger",
    )
)  # fmt: skip


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
    base_ahead, base_behind
        How many commits this clone's own base branch has that the remote's lacks, and the other way
        round; only counted where it may serve (`local`).
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
    base_ahead: int = 0
    base_behind: int = 0

    @property
    def base_name(self) -> str:
        """The base branch as it is named to a reader: `origin/main`, or `main` of this clone."""
        if self.base_ref is None:
            return self.base_branch
        return self.base_ref.removeprefix("refs/remotes/").removeprefix("refs/heads/")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, its commit and when it was created (None where only the remote has it)."""

    name: str
    commit: str
    created: dt.datetime | None


def facts(
    git: Git,
    base_branch: str,
    *,
    commit: str | None = None,
    by_name: bool = True,
    local: bool = False,
) -> GitFacts:
    """Collect git's facts about this run.

    Parameters
    ----------
    base_branch
        The branch that this change is for, such as `main`.
    commit
        The commit whose results are judged, if it is not the one checked out.
    by_name
        Whether a checked-out branch is the base branch because it is called so. In CI it may be
        a pull request's, whose author chose the name.
    local
        Whether this clone's own base branch serves where the remote lacks it, or it is ahead of the
        remote's: outside of CI.

    Raises
    ------
    GitError
        When `commit` does not exist, or the base branch has to be fetched and cannot be.
    UsageError
        See `Git.top`.
    """
    shallow = is_shallow(git)
    judged = "HEAD" if commit is None else ensure(git, commit)
    refs = _base_refs(git, base_branch, local=local)
    head, *tips = git.commits(judged, *refs)
    here = ((ref, tip.id) for ref, tip in zip(refs, tips, strict=True) if tip)
    candidates = tuple(here)
    base_ref, base = next(iter(candidates), None) or _fetched_base(git, base_branch)
    ahead, behind = _apart(git, candidates) if local else (0, 0)
    if ahead and not behind:
        base_ref, base = candidates[-1]
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
        on_base=(by_name and branch == base_branch) or (head is not None and common == head.id),
        shallow=shallow,
        base_ahead=ahead,
        base_behind=behind,
    )


def _apart(git: Git, refs: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Return how many commits the second ref has that the first lacks, and the other way round."""
    if len(refs) < 2 or refs[0][1] == refs[1][1]:
        return (0, 0)
    (_, remote), (_, own) = refs
    behind, ahead = git.text("rev-list", "--left-right", "--count", f"{remote}...{own}").split()
    return int(ahead), int(behind)


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


def common(git: Git, commit: str, other: str) -> str | None:
    """Return the best common ancestor of two commits by their ids."""
    head = git.commits(commit)[0]
    return None if head is None else merge_base(git, head, other)


def is_ancestor(git: Git, ancestor: str, commit: str) -> bool:
    """Whether `ancestor` is reachable from `commit`, or is the same commit.

    A shallow clone is deepened until that is certain: until the ancestor appears, or all
    commits that are cut off are older.
    """
    if git.attempt("merge-base", "--is-ancestor", ancestor, commit) is not None:
        return True
    step = FIRST_DEEPENING
    while before := boundary(git, commit):
        born = _committed(git, ensure(git, ancestor))[0]
        if born is not None and all(
            date is not None and date < born - _CLOCK_SKEW for date in _committed(git, *before)
        ):
            return False
        deepen(git, step, *before)
        if git.attempt("merge-base", "--is-ancestor", ancestor, commit) is not None:
            return True
        if boundary(git, commit) == before:
            return False
        step *= 2
    return False


def _remembered(ask: Callable[[Git, str, str], T]) -> Callable[[Git, str, str], T]:
    """Ask once about a commit's id: the answer still counts when the repository is closed."""

    @wraps(ask)
    def answer(git: Git, first: str, second: str) -> T:
        if ID.fullmatch(first) is None:
            return ask(git, first, second)
        question = (ask.__name__, first, second)
        if question not in git.answers:
            git.answers[question] = ask(git, first, second)
        answered: T = git.answers[question]
        return answered

    return answer


@_remembered
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


@dataclass(frozen=True, slots=True)
class TreePaths:
    """Paths from the top folder; a submodule is a pointer to a commit of another repository."""

    files: tuple[str, ...]
    submodules: tuple[str, ...]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.files) + len(self.submodules)


@_remembered
def changes(git: Git, base: str, head: str) -> TreePaths:
    """Return what differs between two commits: contents, modes and pointers to submodules.

    A file that was moved counts with both of its names; what is a submodule in one of the commits
    counts as one.
    """
    commits = (ensure(git, base), ensure(git, head))
    options = ("-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none")
    listed = _paths(git.run("diff-tree", *options, *commits))
    pairs = zip(listed[::2], listed[1::2], strict=True)
    return _sorted_out(
        (path, _SUBMODULE in modes.removeprefix(":").split(" ")[:2]) for modes, path in pairs
    )


def tracked(git: Git, commit: str | None) -> TreePaths:
    """Return the files and submodules of a commit; for None those that git tracks in the work tree."""
    if commit is not None:
        entries = git.entries(ensure(git, commit))
        return _sorted_out((path, entry.mode == _SUBMODULE) for path, entry in entries.items())
    listed = _paths(git.run("ls-files", "-z", "--stage", "--full-name", ":/"))
    staged = (entry.partition("\t") for entry in listed)
    return _sorted_out((path, mode.startswith(_SUBMODULE)) for mode, _, path in staged)


def _sorted_out(paths: Iterable[tuple[str, bool]]) -> TreePaths:
    listed = tuple(paths)
    return TreePaths(
        tuple(path for path, submodule in listed if not submodule),
        tuple(path for path, submodule in listed if submodule),
    )


def tags(git: Git) -> tuple[Tag, ...]:
    """Return the tags of commits, newest first; the remote's if this clone has none.

    Tags of anything else do not count, nor do those without a date that can be, those whose
    name is not UTF-8, and those whose object is missing: anybody who may push can make them.

    Raises
    ------
    GitError
        When this clone has none and the remote cannot be asked.
    """
    lines = _tag_lines(git)
    if not lines:
        return _remote_tags(git)
    dated = [tag for tag in map(_tag, lines) if tag is not None]
    return tuple(sorted(dated, key=_age, reverse=True))


def _age(tag: Tag) -> float:
    return tag.created.timestamp() if tag.created else 0.0


def _tag_lines(git: Git) -> list[str]:
    """List the tags of this clone; git itself stops at the first whose object is missing.

    Dates are read here: git stops at those that it cannot show, too.
    """
    how = ("for-each-ref", f"--format={_TAG_FIELDS}%(committer)", "--sort=-version:refname")
    try:
        return _lines(git.text(*how, _TAGS))
    except GitError:
        refs = git.local_refs(_TAGS)
        names = [f"{ref}^{{}}" for ref in refs]
        request = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        answers = git.run("cat-file", "--batch-check=%(objecttype)", stdin=request).splitlines()
        whole = [ref for ref, kind in zip(refs, answers, strict=True) if kind == b"commit"]
        return _lines(git.text(*how, *whole)) if whole else []


def _lines(text: str) -> list[str]:
    """Split at git's line ends alone: names may hold other characters that end a line."""
    return text.split("\n") if text else []


def _tag(line: str) -> Tag | None:
    """Read a line about a tag; None where it does not count."""
    name, kind, oid, peeled_kind, peeled, maker = line.split("\t", 5)
    moment = _moment(maker)
    if "commit" not in (kind, peeled_kind) or moment is None or not _is_text(name):
        return None
    return Tag(name, oid if kind == "commit" else peeled, moment)


def _moment(maker: str) -> dt.datetime | None:
    """Return when something was made, as the line of its tagger or committer ends."""
    date = _DATE.search(maker, max(maker.rfind(">"), 0))
    seconds = int(date[1]) if date else _LAST_MOMENT
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds < _LAST_MOMENT else None


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8, as everything is that is written of it."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def ensure(git: Git, commit: str) -> str:
    """Return the full id of a commit, which is fetched if this clone lacks it.

    A shallow clone fetches the commit without its history.

    Raises
    ------
    GitError
        When neither this clone nor the remote has it.
    """
    question = ("ensure", commit)
    if question in git.answers:
        return commit
    if full := git.commit_of(commit):
        if full == commit:
            git.answers[question] = True
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
    listed = git.status()
    return tuple(path[3:] for path in _paths(listed))


def _paths(listed: bytes) -> tuple[str, ...]:
    return tuple(path.decode("utf-8", "surrogateescape") for path in listed.split(b"\0") if path)


def _committed(git: Git, *commits: str) -> list[int | None]:
    """Return the committer dates of commits, in seconds since 1970; None where one is unreadable."""
    text = git.text("log", "--no-walk=unsorted", "--format=:%ct", *commits)
    dates = [line.removeprefix(":") for line in text.split("\n") if line]
    return [int(date) if date.isascii() and date.isdigit() else None for date in dates]


def _base_refs(git: Git, branch: str, *, local: bool) -> tuple[str, ...]:
    """Return the possible refs of the base branch: the remote's, then this clone's own.

    Where there is a remote this clone's own counts at a shell only: in CI a job may have checked a
    pull request out under that name.
    """
    own = (f"refs/heads/{branch}",) if local or git.remote is None else ()
    return (f"refs/remotes/{git.remote}/{branch}", *own) if git.remote else own


def _fetched_base(git: Git, branch: str) -> tuple[str | None, str | None]:
    """Fetch the base branch from the remote, one commit deep, and return its ref and commit."""
    there = f"refs/heads/{branch}"
    if git.remote is None or (commit := git.refs_seen(there).get(there)) is None:
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
    commit = git.refs_seen(there).get(there)
    return None if commit is None else ensure(git, commit)


def default_branch(git: Git, *, ask: bool) -> str | None:
    """Return the remote's default branch (`origin/HEAD`); None where it is not known.

    Parameters
    ----------
    ask
        Whether the remote is asked, instead of this clone, which may be old or lack it.
    """
    if git.remote is None:
        return None
    if ask:
        target = git.remote_head_and_refs[0] or ""
        heads = "refs/heads/"
    else:
        heads = f"refs/remotes/{git.remote}/"
        target = git.attempt("symbolic-ref", "--quiet", f"{heads}HEAD") or ""
    return target.removeprefix(heads) if target.startswith(heads) else None


def branch_commit(git: Git, branch: str, *, local: bool = False) -> str | None:
    """Return the commit of a branch, chosen as that of the base branch is; None without one."""
    refs = _base_refs(git, branch, local=local)
    tips = zip(refs, git.commits(*refs), strict=True)
    candidates = tuple((ref, tip.id) for ref, tip in tips if tip)
    ahead, behind = _apart(git, candidates) if local else (0, 0)
    if ahead and not behind:
        return candidates[-1][1]
    return candidates[0][1] if candidates else _fetched_base(git, branch)[1]


def remote_url(git: Git) -> str | None:
    """Return the remote's address without credentials; None where there is no remote."""
    if git.remote is None:
        return None
    url = git.attempt("remote", "get-url", git.remote)
    return masked(url).replace("***@", "") if url else None


def _remote_tags(git: Git) -> tuple[Tag, ...]:
    refs = git.refs_seen("refs/tags/*")
    names = [ref for ref in refs if not ref.endswith("^{}")]
    return tuple(
        Tag(ref.removeprefix("refs/tags/"), refs.get(f"{ref}^{{}}", refs[ref]), None)
        for ref in sorted(names, reverse=True)
        if _is_text(ref)
    )
