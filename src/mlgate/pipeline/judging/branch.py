"""Which branch judges a change, which model this is there, and by which configuration.

The default branch says under `policy.branches` which branches judge by their own policy; into all
others its own policy judges. Nothing of it is the choice of the change that is judged.

    default branch ── policy.branches names the base? ── yes ──► base branch judges
                                                      └─ no  ──► default branch judges
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mlgate import checks, config
from mlgate.errors import ConfigError, UsageError
from mlgate.inputs import model_files
from mlgate.inputs.model_files import ModelFiles
from mlgate.model.identity import IdentityChange
from mlgate.pipeline.judging.identity import Identity, ModelEntry, compare, models, waivers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.config import Config, LoadedConfig
    from mlgate.git import Git
    from mlgate.model.policy import Waiver

_NO_MODELS: Final = Identity(None, gone=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, and the commit that it is at; None where there is no such branch."""

    name: str
    commit: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be merged.

    Attributes
    ----------
    file
        The configuration that this run is of, below the repository's top.
    commit
        The commit that is judged.
    repository
        The repository's name, which models without one are called by.
    written
        The configuration as it is in the work tree; None where it is not read from there.
    """

    file: str
    commit: str
    repository: str
    written: LoadedConfig | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """The branch that judges, and what it knows of this run's model.

    Attributes
    ----------
    loaded
        The model's configuration there; None where that branch does not have the model.
    problem
        Why it cannot be read, where it is there.
    """

    branch: Branch
    identity: Identity = _NO_MODELS
    loaded: LoadedConfig | None = None
    problem: ConfigError | None = None

    @property
    def name(self) -> str | None:
        """What the branch calls the model."""
        return self.identity.origin.name if self.identity.origin else None


@dataclass(frozen=True, slots=True)
class Trees:
    """Lists the models of commits, each file read once."""

    git: Git
    change: Change
    _contents: dict[str, bytes] = field(default_factory=dict)

    def files(self, commit: str | None) -> ModelFiles:
        """List the configurations of a commit; none of no commit."""
        if commit is None:
            return ModelFiles()
        return model_files.listed(self.git, commit, (self.change.file,))

    def contents(self, *trees: ModelFiles) -> Mapping[str, bytes]:
        """Return the contents of all configurations of some trees, by their ids."""
        entries = [entry for tree in trees for entry in tree.plain.values()]
        unread = [entry for entry in entries if entry.oid not in self._contents]
        self._contents.update(model_files.texts(self.git, unread))
        return self._contents


def judging_branch(
    trees: Trees, default: Branch | None, base: Branch, common: Mapping[str, str | None]
) -> Judging:
    """Return what judges a change into the base branch.

    Where the branch that is to judge does not have the model, the other one of the two does:
    a change can neither choose a branch without a policy, nor do without one.

    Parameters
    ----------
    default
        The default branch; None at a shell that does not know it: the base branch judges.
    common
        By the names of both branches, the commit that the change has in common with them.
    """
    if default is None or default.name == base.name:
        return judging_by(trees, base, common.get(base.name))
    by_default = judging_by(trees, default, common.get(default.name))
    listed = by_default.loaded is not None and is_listed(base.name, by_default.loaded.config)
    has_model = by_default.loaded is not None or by_default.problem is not None
    if has_model and not listed:
        return by_default
    by_base = judging_by(trees, base, common.get(base.name))
    return by_default if by_base.identity.origin is None else by_base


def is_listed(branch: str, settings: Config) -> bool:
    """Return whether `policy.branches` names a branch."""
    return any(_pattern(text).fullmatch(branch) for text in settings.policy.branches)


def _pattern(text: str) -> re.Pattern[str]:
    """Translate a pattern of branches: `*` is any text without /, `**` any text."""
    tokens = {"**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*|\*)", text)
    return re.compile("".join(tokens.get(part, re.escape(part)) for part in parts))


def judging_by(trees: Trees, branch: Branch, common: str | None) -> Judging:
    """Return what a branch knows of the change's models, and this run's configuration there.

    Parameters
    ----------
    common
        The commit that the change and the branch have in common; without one, what differs
        from the branch counts as changed.
    """
    change = trees.change
    before, head = trees.files(branch.commit), trees.files(change.commit)
    since = before if common == branch.commit or common is None else trees.files(common)
    after = model_files.merged(before, since, head)
    contents = trees.contents(before, after)
    there = models(before, contents, change.repository)
    here = _with_work_tree(models(after, contents, change.repository), change)
    identity = compare(change.file, there, here, after)
    identity = _with_own(identity, head, after, change)
    identity = replace(
        identity, changes=tuple(_explained(identity.changes, before, contents, branch))
    )
    return _loaded(branch, identity, contents, change)


def standing(trees: Trees, branch: Branch) -> Judging:
    """Return what a branch knows of itself: only names that several models share are wrong."""
    change = trees.change
    files = trees.files(change.commit)
    contents = trees.contents(files)
    here = _with_work_tree(models(files, contents, change.repository), change)
    identity = _with_own(compare(change.file, here, here, files), files, files, change)
    changes = tuple(_explained(identity.changes, files, contents, branch))
    return Judging(branch, replace(identity, changes=changes), change.written)


def _with_work_tree(here: Sequence[ModelEntry], change: Change) -> tuple[ModelEntry, ...]:
    """Take this run's own name from the file that was read, which may not be committed yet."""
    if change.written is None:
        return tuple(here)
    written = change.written.config.name
    return tuple(
        replace(model, name=written) if model.path == change.file and written else model
        for model in here
    )


def _with_own(identity: Identity, head: ModelFiles, after: ModelFiles, change: Change) -> Identity:
    """Add what only concerns this run's own file: it is a link, or the branch has moved on."""
    if any(item.path == change.file for item in identity.changes):
        return identity
    link = after.obstacle(change.file) or head.obstacle(change.file)
    name = change.written.config.name if change.written else None
    fields = {"name": name or change.file, "path": change.file}
    if link is not None:
        problem = IdentityChange(kind="linked", detail=link, **fields)
    elif change.file in head.plain and change.file not in after.plain:
        problem = IdentityChange(kind="behind", **fields)
    else:
        return identity
    return replace(identity, gone=True, changes=(problem, *identity.changes))


def _explained(
    changes: Sequence[IdentityChange],
    before: ModelFiles,
    contents: Mapping[str, bytes],
    branch: Branch,
) -> Iterator[IdentityChange]:
    """Add the branch's name, and its waivers of each model's identity."""
    for change in changes:
        entry = before.plain.get(change.path)
        waivers = () if entry is None else _identity_waivers(contents[entry.oid], change.path)
        yield change.model_copy(update={"branch": branch.name, "waivers": waivers})


def _identity_waivers(content: bytes, path: str) -> tuple[Waiver, ...]:
    """Return the waivers of `identity`; none of a file that is not valid, which its own run reports."""
    try:
        return waivers_of(_parse(content, path).config.waivers)
    except ConfigError:
        return ()


def _loaded(
    branch: Branch, identity: Identity, contents: Mapping[str, bytes], change: Change
) -> Judging:
    origin = identity.origin
    if origin is None:
        return Judging(branch, identity)
    try:
        content = contents[origin.oid]
        if change.written is not None and content == change.written.text.encode():
            return Judging(branch, identity, replace(change.written, file=origin.path))
        loaded = _parse(content, f"{branch.name}:{origin.path}")
    except ConfigError as problem:
        return Judging(branch, identity, problem=problem)
    return Judging(branch, identity, replace(loaded, file=origin.path))


def _parse(content: bytes, name: str) -> LoadedConfig:
    return config.parse(config.decode(content, name), name, checks.sections())


def written_at(git: Git, commit: str, path: str) -> LoadedConfig | None:
    """Return the valid configuration of a commit at a path; None where it has none."""
    entry = model_files.listed(git, commit, (path,)).plain.get(path)
    if entry is None:
        return None
    try:
        return _parse(model_files.texts(git, (entry,))[entry.oid], path)
    except ConfigError:
        return None


def invalid(judging: Judging) -> UsageError:
    """Return the error of a branch whose configuration of the model is not valid."""
    assert judging.problem is not None
    msg = f"nothing can be judged: {judging.problem}"
    hint = f"repair it on {judging.branch.name}, with the rights to push there"
    return UsageError(msg, hint=hint)
