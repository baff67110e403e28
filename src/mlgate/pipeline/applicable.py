"""`when`: whether this change has to be judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlgate.inputs import git_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlgate.config.schema import WhenSection
    from mlgate.git import Git
    from mlgate.inputs.git_facts import GitFacts

EVERYTHING = "**"


def not_applicable(
    when: WhenSection, git: Git, facts: GitFacts, config: str, draft: bool | None
) -> str | None:
    """Return why this change does not have to be judged, or None.

    A change of mlgate.yaml (`config`, its path from the repository's top) always has to be; so
    does every run whose changes are unknown.
    """
    if draft and not when.drafts:
        return "the pull request is a draft, and when.drafts is false"
    if EVERYTHING in when.paths:
        return None
    before = facts.merge_base if not facts.on_base else facts.parent
    if before is None or facts.commit is None or facts.dirty:
        return None
    changed = git_facts.changed_paths(git, before, facts.commit)
    folder = config.rpartition("/")[0] or "."
    if config in changed or matches(changed, when.paths, folder):
        return None
    return f"none of the {len(changed)} changed files matches when.paths"


def matches(paths: Iterable[str], patterns: Sequence[str], folder: str = ".") -> bool:
    """Whether any path matches any pattern; patterns are relative to `folder`.

    `*` and `?` match within a folder, `**` across folders, and a pattern that ends in `/`
    matches everything below; `../` leads out of the folder, for shared code.
    """
    regexes = [re.compile(_translate(_join(folder, pattern))) for pattern in patterns]
    return any(regex.fullmatch(path) for path in paths for regex in regexes)


def _join(folder: str, pattern: str) -> str:
    parts = [] if folder == "." else folder.split("/")
    for part in pattern.removeprefix("/").split("/"):
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _translate(pattern: str) -> str:
    """Translate a pattern to a regular expression (`glob.translate` needs Python 3.13)."""
    if pattern.endswith("/"):
        pattern += EVERYTHING
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return "".join(special.get(token, re.escape(token)) for token in tokens)
