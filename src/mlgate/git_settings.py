"""How git is configured: what every call gets, and what a repository's own settings may decide."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mlgate.credentials import looks_like_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

OPTIONS: Final = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.alternateRefsCommand=true"),
    *("-c", "log.showSignature=false"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "fetch.recurseSubmodules=no"),
    *("-c", "fetch.writeCommitGraph=false"),
    *("-c", "push.followTags=false"),
    *("-c", "push.gpgSign=false"),
    *("-c", "push.recurseSubmodules=no"),
)
# A git hook exports these; they would lead to another repository than `root`'s.
_ELSEWHERE: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_ATTR_SOURCE", "GIT_COMMON_DIR", "GIT_CONFIG",
        "GIT_DEFAULT_HASH", "GIT_DEFAULT_REF_FORMAT", "GIT_DIR", "GIT_EXTERNAL_DIFF",
        "GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX", "GIT_PROTOCOL_FROM_USER", "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE", "GIT_TEMPLATE_DIR", "GIT_WORK_TREE",
    }
)  # fmt: skip
_FIXED: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
}
_ALONE: Final = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""Variables with which no file of settings is read but a repository's own."""
_LFS: Final = re.compile(r"git-lfs (?:clean|smudge|filter-process)(?: -- %f)?")
_FILTER: Final = re.compile(r"filter\.(?P<name>.+)\.(?:clean|smudge|process)", re.DOTALL)
_TRANSPORT: Final = re.compile(r"(?:remote|http|url|credential|ssh)\.|core\.(?:sshcommand|askpass)")
"""Settings that say how a remote is reached."""
_REMOTE: Final = re.compile(r"remote\.(?P<name>.+)\.(?:url|fetch|pushurl)", re.DOTALL)


class Setting(NamedTuple):
    """A setting of git's, and whose it is: `system`, `global`, `local`, `worktree` or `command`."""

    scope: str
    key: str
    value: str


def parse(listed: str) -> tuple[Setting, ...]:
    """Parse what `git config --list --null --show-scope` prints; of a key the last one counts."""
    parts = listed.split("\0")
    pairs = (
        (scope, text.partition("\n")) for scope, text in zip(parts[::2], parts[1::2], strict=False)
    )
    return tuple(Setting(scope, key, value) for scope, (key, _, value) in pairs)


def remotes(settings: Iterable[Setting]) -> list[str]:
    """Return the names of the remotes."""
    names = (_REMOTE.fullmatch(setting.key) for setting in settings)
    return list(dict.fromkeys(name["name"] for name in names if name))


def without_filters(settings: Iterable[Setting]) -> tuple[str, ...]:
    """Return options that end the filters of the repository's own configuration, Git LFS's apart.

    A training may have written them there; what is configured for a user or a machine is his.
    """
    own = (setting for setting in settings if setting.scope in ("local", "worktree"))
    programs = (s for s in own if _FILTER.fullmatch(s.key) and not _LFS.fullmatch(s.value))
    names = dict.fromkeys(setting.key.rpartition(".")[0] for setting in programs)
    ends = [f"{name}.{part}=" for name in names for part in ("clean", "smudge", "process")]
    ends += [f"{name}.required=false" for name in names]
    return tuple(option for end in ends for option in ("-c", end))


def transport(settings: Iterable[Setting]) -> tuple[tuple[str, str], ...]:
    """Return the settings that say how remotes are reached."""
    pairs = ((setting.key, setting.value) for setting in settings if setting.scope != "command")
    return tuple((key, value) for key, value in pairs if _TRANSPORT.match(key.lower()))


def object_format(settings: Iterable[Setting]) -> str:
    """Return the kind of object ids."""
    formats = (s.value for s in settings if s.key == "extensions.objectformat")
    return next(formats, "sha1")


def variables(
    environ: Mapping[str, str], given: Sequence[tuple[str, str]], *, alone: bool, bare: bool
) -> dict[str, str]:
    """Return git's environment: the process's own (HOME, the ssh agent, proxies), with changes.

    Parameters
    ----------
    given
        Settings, which are given here rather than on the command line, which every user can read.
    alone
        Whether no file of settings is read but the repository's own.
    bare
        Whether it gets no credential that it is not known to need.
    """
    kept = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
    if bare:
        kept = {name: value for name, value in kept.items() if not _withheld(name, value)}
    return {**kept, **dict(_numbered(kept, given)), **(_ALONE if alone else {}), **_FIXED}


def _withheld(name: str, value: str) -> bool:
    needed = name.startswith(("GIT_", "SSH_")) or name.upper().endswith("_PROXY")
    return not needed and looks_like_one(name, value)


def _numbered(
    environ: Mapping[str, str], settings: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield the variables that give git settings, beside those that there are already."""
    count = environ.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdecimal() else 0
    for number, (key, value) in enumerate(settings, start=first):
        yield f"GIT_CONFIG_KEY_{number}", key
        yield f"GIT_CONFIG_VALUE_{number}", value
    if settings:
        yield "GIT_CONFIG_COUNT", str(first + len(settings))
