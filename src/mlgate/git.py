"""Run git as a program; callers decide what to do with the results.

Every call leaves work tree, index, HEAD and configuration as they are, runs none of the user's
hooks, asks for no password and starts no maintenance. Filters and file-system monitors that the
repository's own configuration names are not run, replaced and grafted commits are not believed,
and remotes are reached by files, SSH and HTTP alone. Git's own error messages are passed on,
without the credentials that a URL may contain.

Whoever runs the author's code calls `Git.close` first: from then on the repository, which that
code may have changed, is not asked, and a remote is reached by `Git.apart` alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlgate import git_settings
from mlgate.errors import StoreError, UsageError
from mlgate.git_settings import OPTIONS
from mlgate.outgoing import redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlgate.git_settings import Setting

ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""An object's full id."""
LOCAL_TIMEOUT: Final = 300.0
REMOTE_TIMEOUT: Final = 600.0
"""Seconds after which a git that talks to a remote is ended."""

_FETCH: Final = (
    "--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-auto-maintenance",
)  # fmt: skip

_FILTERING: Final = frozenset({"status", "worktree"})
"""Commands that may run programs which git's configuration names; they get no token."""
_PLAIN: Final = ("100644", "100755")
_SYMBOLIC: Final = "ref: "
_HEAD: Final = "\tHEAD"
"""How `git ls-remote --symref` begins and ends the line that says what HEAD is."""
_PASSED_AS: Final = "MLGATE_GIT_TOKEN"

_CREDENTIALS: Final = (
    (re.compile(r"(?<![^\s'\"/])[^\s'\"/:@]+:[^\s'\"/@]+@"), "***@"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s'\"@]+@", re.IGNORECASE), r"\1***@"),
    (re.compile(r"(authorization:\s*\w+\s+)\S+", re.IGNORECASE), r"\1***"),
    (re.compile(r"((?:access_|private_)?token=)[^&\s'\"]+", re.IGNORECASE), r"\1***"),
)


def masked(text: str) -> str:
    """Return a text without the user names, passwords and tokens in its URLs."""
    for pattern, replacement in _CREDENTIALS:
        text = pattern.sub(replacement, text)
    return text


class GitError(StoreError):
    """A git command failed; `reason` is git's own message, with credentials masked."""

    def __init__(self, message: str, *, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class ClosedError(StoreError):
    """The repository is closed; unlike a `GitError` this never means that something is missing."""


@dataclass(frozen=True)
class Login:
    """A token for the repositories of one server, used when the server asks for one.

    Git asks our credential helper only, so that none of the user's helpers stores the token.
    Credentials that a checkout left in the configuration are sent first, without asking.
    """

    server: str
    token: str = field(repr=False)

    @property
    def options(self) -> tuple[str, ...]:
        """Git's options; the token itself is not on the command line."""
        helper = f"credential.{self.server.rstrip('/')}.helper"
        script = (
            '!f() { test "$1" = get && '
            f"printf 'username=x-access-token\\npassword=%s\\n' \"${_PASSED_AS}\"; }}; f"
        )
        return ("-c", f"{helper}=", "-c", f"{helper}={script}")


class TreeEntry(NamedTuple):
    """An entry of a tree: its mode, and the id of its content."""

    mode: str
    oid: str

    @property
    def plain(self) -> bool:
        """Whether it is a file, and neither a link nor a submodule."""
        return self.mode in _PLAIN


class Object(NamedTuple):
    """A git object: `kind` is blob, tree, commit or tag."""

    id: str
    kind: str
    content: bytes


class Commit(NamedTuple):
    """The ids of a commit, its tree and its parents, including those that a shallow clone lacks."""

    id: str
    tree: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Git:
    """The repository that the folder `root` is in."""

    root: Path
    login: Login | None = None
    folder: Path | None = None
    """The git folder, where it is not the one that `root` is in."""
    given: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Settings that every call gets, beside those that are fixed."""
    program: str = "git"
    answers: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """What was asked of commits, by question: these answers hold for ever, also once closed."""

    @cached_property
    def top(self) -> Path:
        """The work tree's top folder; `root` itself in a bare repository.

        Raises
        ------
        UsageError
            When `root` is not in a repository, git is not installed, or git refuses the
            repository because another user owns it.
        """
        return self._work_tree or self.root

    @property
    def bare(self) -> bool:
        """Whether there is no work tree."""
        return self._work_tree is None

    @cached_property
    def _work_tree(self) -> Path | None:
        if shown := self.attempt("rev-parse", "--show-toplevel"):
            return Path(shown)
        if self.text("rev-parse", "--is-bare-repository") == "true":
            return None
        return Path(self.text("rev-parse", "--show-toplevel"))  # raises with the reason

    @property
    def home(self) -> Path:
        """The folder that names the repository, also for an additional work tree."""
        common = (self.root / self.text("rev-parse", "--git-common-dir")).resolve()
        return common.parent if common.name == ".git" else common

    @cached_property
    def remote(self) -> str | None:
        """The remote to use: the only one, else the branch's own, else origin."""
        remotes = git_settings.remotes(self.settings)
        if len(remotes) < 2:
            return remotes[0] if remotes else None
        branch = self.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
        own = self.attempt("config", f"branch.{branch}.remote") if branch else None
        if own in remotes:
            return own
        return "origin" if "origin" in remotes else None

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """All settings that hold here, read once; the last one of a key counts."""
        return git_settings.parse(self.text("config", "--list", "--null", "--show-scope"))

    def close(self) -> None:
        """Run git here no more: the author's code, which is about to start, may change anything.

        What later steps need has been read by then; a remote is reached by `apart`.
        """
        _ = self.top, self.remote, self.settings, self._found
        object.__setattr__(self, "_closed", True)

    def apart(self, folder: Path) -> Git:
        """Return an empty repository with this one's remote, as it was when it was closed.

        Nobody's configuration is read for it, and no other git is run than would have been then.

        Parameters
        ----------
        folder
            A folder of mlgate's own, in which the repository is made.
        """
        given = (*self.given, *git_settings.transport(self.settings))
        made = Git(self.top, self.login, folder, given, self._found)
        kind = git_settings.object_format(self.settings)
        made.run("init", "--quiet", "--bare", "--template=", f"--object-format={kind}")
        return made

    @cached_property
    def _found(self) -> str:
        """The program, so that none is taken that is put on the path later."""
        return shutil.which(self.program) or self.program

    def status(self) -> bytes:
        """Return the tracked files that differ from HEAD or the index, as `git status -z` does."""
        how = ("--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        return self.run("status", *how, options=git_settings.without_filters(self.settings))

    def add_work_tree(self, folder: Path, commit: str) -> Path:
        """Check a commit out into a new folder; return git's own folder for it, to be removed with it.

        Files of Git LFS are pointers there.
        """
        self.run(
            *("worktree", "add", "--quiet", "--detach", str(folder), commit),
            env={"GIT_LFS_SKIP_SMUDGE": "1"},
            options=git_settings.without_filters(self.settings),
        )
        return (folder / (folder / ".git").read_text().removeprefix("gitdir: ").strip()).resolve()

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float = LOCAL_TIMEOUT,
        options: Sequence[str] = (),
    ) -> bytes:
        """Run git and return its standard output.

        Raises
        ------
        GitError
            When git ends with a status other than 0, or not within `timeout` seconds.
        UsageError
            As for `top`.
        """
        if self.__dict__.get("_closed"):
            msg = (
                f"git {arguments[0]} is not run: the author's code may have changed the repository"
            )
            raise ClosedError(msg)
        if arguments[0] == "push":
            self.__dict__.pop("remote_head_and_refs", None)
        login = None if arguments[0] in _FILTERING else self.login
        where = () if self.folder is None else (f"--git-dir={self.folder}",)
        try:
            done = subprocess.run(
                [
                    self.program,
                    *where,
                    *OPTIONS,
                    *options,
                    *(login.options if login else ()),
                    *arguments,
                ],
                cwd=self.root,
                input=stdin,
                env=self._environment({**_token(login), **(env or {})}),
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except (FileNotFoundError, NotADirectoryError):
            raise self._cannot_start() from None
        except subprocess.TimeoutExpired:
            msg = f"git {arguments[0]} did not end within {timeout:.0f} s"
            raise GitError(msg, reason="timed out", hint="is the remote reachable?") from None
        if done.returncode:
            raise self._failed(arguments, done.stderr, done.returncode)
        return done.stdout

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        alone = self.folder is not None
        bare = alone or self.login is not None  # it needs no other credential than our token
        variables = git_settings.variables(os.environ, self.given, alone=alone, bare=bare)
        return {**variables, **extra}

    def text(self, *arguments: str, stdin: bytes = b"", timeout: float = LOCAL_TIMEOUT) -> str:
        """Run git and return its standard output as text without the final newline."""
        return (
            self.run(*arguments, stdin=stdin, timeout=timeout)
            .decode("utf-8", "surrogateescape")
            .removesuffix("\n")
        )

    def attempt(self, *arguments: str) -> str | None:
        """Like `text`, but None where git fails; for questions whose answer may be no."""
        try:
            return self.text(*arguments)
        except GitError:
            return None

    def read(self, *names: str, follow: bool = False) -> list[Object | None]:
        """Read objects with one process; None for a name without an object.

        Parameters
        ----------
        names
            Revisions, or `<revision>:<path>`; without newlines.
        follow
            Whether links on a path are followed within its commit, as the file system does.
        """
        if not names:
            return []
        options = ("--follow-symlinks",) if follow else ()
        request = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        out = self.run("cat-file", "--batch", *options, stdin=request)
        objects: list[Object | None] = []
        at = 0
        for _ in names:
            end = out.index(b"\n", at)
            *header, size = out[at:end].split()
            at = end + 1
            if not size.isdigit():  # <name> missing
                objects.append(None)
                continue
            content, at = out[at : at + int(size)], at + int(size) + 1
            # A header of one word: a link that leads nowhere, or out of the commit.
            exists = bool(header[1:])
            objects.append(
                Object(header[0].decode(), header[1].decode(), content) if exists else None
            )
        return objects

    def commits(self, *revisions: str) -> list[Commit | None]:
        """Return the commits that revisions name, with one process; None where there is none."""
        return [
            None if commit is None else _parsed(commit)
            for commit in self.read(*(f"{revision}^{{commit}}" for revision in revisions))
        ]

    def has(self, revision: str) -> bool:
        """Whether an object is in this clone."""
        return self.attempt("cat-file", "-e", revision) is not None

    def commit_of(self, revision: str) -> str | None:
        """Return the full id of the commit that a revision names; None where there is none."""
        return self.attempt("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")

    def fetch(self, wants: Iterable[str], *options: str) -> None:
        """Fetch refs or commits of the remote into the object store; refs are not written.

        Raises
        ------
        GitError
            When there is no remote, it cannot be reached, or it lacks one of `wants`.
        """
        if self.remote is None:
            msg = "this repository has no remote to fetch from"
            raise GitError(msg, reason=msg)
        names = "".join(f"{want}\n" for want in wants).encode()
        self.run(
            "fetch", *_FETCH, *options, "--stdin", self.remote, stdin=names, timeout=REMOTE_TIMEOUT
        )

    def entries(self, tree: str) -> Mapping[str, TreeEntry]:
        """Return the files, links and submodules of a tree or commit, by their paths, in git's order.

        Raises
        ------
        GitError
            When this clone does not have it.
        """
        question = ("entries", tree)
        if question in self.answers:
            answered: Mapping[str, TreeEntry] = self.answers[question]
            return answered
        entries = {}
        for line in filter(None, self.run("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")):
            fields, _, path = line.partition(b"\t")
            mode, _, oid = fields.decode("ascii").split(" ")
            entries[path.decode("utf-8", "surrogateescape")] = TreeEntry(mode, oid)
        listed = MappingProxyType(entries)
        if ID.fullmatch(tree):
            self.answers[question] = listed
        return listed

    def remote_refs(self, *patterns: str) -> dict[str, str]:
        """Return the remote's matching refs as they are now: name → object id, in git's order."""
        self.__dict__.pop("remote_head_and_refs", None)
        return self.refs_seen(*patterns)

    def refs_seen(self, *patterns: str) -> dict[str, str]:
        """Return the remote's matching refs as they were when they were last looked at, or are now."""
        _, refs = self.remote_head_and_refs
        endings = tuple(f"*/{pattern}" for pattern in patterns)
        return {
            name: oid
            for name, oid in refs.items()
            if any(fnmatchcase(f"/{name}", ending) for ending in endings)
        }

    @cached_property
    def remote_head_and_refs(self) -> tuple[str | None, Mapping[str, str]]:
        """The remote's branch that HEAD names, and all of its refs.

        One request for all: whatever is asked for, a remote lists everything, and the patterns of
        `git ls-remote` are applied here. What this object pushes ends it.
        """
        if self.remote is None:
            return None, {}
        text = self.text("ls-remote", "--quiet", "--symref", self.remote, timeout=REMOTE_TIMEOUT)
        lines = text.split("\n")
        heads = (line[len(_SYMBOLIC) : -len(_HEAD)] for line in lines if _names_head(line))
        refs = "\n".join(line for line in lines if not line.startswith(_SYMBOLIC))
        return next(heads, None), _refs(refs)

    def local_refs(self, *prefixes: str) -> dict[str, str]:
        """Return this clone's refs below some prefixes, as name → object id."""
        text = self.text("for-each-ref", "--format=%(objectname)\t%(refname)", *prefixes)
        return _refs(text)

    def _cannot_start(self) -> UsageError:
        if not self.root.is_dir():
            return UsageError(f"there is no folder {self.root}")
        return UsageError("git is not installed", hint="install git 2.29 or newer")

    def _failed(
        self, arguments: tuple[str, ...], stderr: bytes, code: int
    ) -> StoreError | UsageError:
        text = redactor().mask(stderr.decode("utf-8", "replace").strip())
        reason = masked(text) or f"exit status {code}"
        if "dubious ownership" in reason:
            msg = f"git refuses {self.root}: the repository belongs to another user"
            hint = f"if you trust it: git config --global --add safe.directory {self.root}"
            return UsageError(msg, hint=hint)
        if "not a git repository (or any" in reason:
            msg = f"{self.root} is not in a git repository"
            return UsageError(
                msg, hint="run `git init` and commit, or change to a folder of a repository"
            )
        return GitError(f"git {arguments[0]} failed: {_essence(reason)}", reason=reason)


def _refs(text: str) -> dict[str, str]:
    """Read lines of an object id and a ref; a name may hold what Python takes for line ends."""
    pairs = (line.split("\t", 1) for line in text.split("\n") if line)
    return {name: oid for oid, name in pairs}


def _names_head(line: str) -> bool:
    return line.startswith(_SYMBOLIC) and line.endswith(_HEAD)


def _parsed(commit: Object) -> Commit:
    lines = commit.content.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
    parents = (line.removeprefix("parent ") for line in lines if line.startswith("parent "))
    return Commit(commit.id, lines[0].removeprefix("tree "), tuple(parents))


def _essence(reason: str) -> str:
    """Return the lines that git marks as errors; all of them if it marks none."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("fatal:", "error:", "! [", "remote:"))]
    return "; ".join(dict.fromkeys(marked or lines))[:600]


def _token(login: Login | None) -> dict[str, str]:
    return {_PASSED_AS: login.token} if login else {}
