"""Where this run's model is: its mlgate.yaml, and the repository that this is in; no link followed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate import checks, config
from mlgate.errors import UsageError
from mlgate.git import Git
from mlgate.inputs import git_facts, model_files
from mlgate.inputs.model_files import NAME as FILE
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from mlgate.config import LoadedConfig
    from mlgate.pipeline.context import Context


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Where this run's model is looked for.

    Attributes
    ----------
    path
        Of mlgate.yaml in the work tree.
    file
        The same from the repository's top folder.
    written
        The configuration that is there; None where there is no plain file.
    """

    path: Path
    file: str
    git: Git
    written: LoadedConfig | None


def find_config(context: Context) -> Path:
    """Return the path of mlgate.yaml: as given, else here or in a folder above.

    Raises
    ------
    UsageError
        When there is none.
    """
    if context.config is not None:
        return context.cwd / context.config
    for folder in (context.cwd, *context.cwd.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / ".git").exists():
            break
    msg = f"there is no {FILE} in {context.cwd} or above it"
    raise UsageError(msg, hint="`mlgate init` writes one for this repository")


def required_config(context: Context) -> Path:
    """Return what `find_config` does; where there is none, the error names the other models."""
    try:
        return find_config(context)
    except UsageError as error:
        raise UsageError(error.message, hint=_elsewhere(context)) from None


def _elsewhere(context: Context) -> str:
    """Return the models of this repository that can be named, or how to write the first one."""
    git = Git(context.cwd, context.ci_run.login)
    commit = git.commit_of("HEAD") if _top(git) is not None else None
    files = sorted(model_files.listed(git, commit).plain) if commit else []
    if not files:
        return "`mlgate init` writes one for this repository"
    top, here = git.top.resolve(), context.cwd.resolve()
    paths = [os.path.relpath(top / file, here) for file in files]
    return f"name one with --config: {first_of(paths, 3)}; `mlgate init` writes one here"


def find_model(context: Context) -> ModelPlace:
    """Return the place of this run's mlgate.yaml.

    A change may have taken the file away: then it is where the branch that it is for has it.

    Raises
    ------
    UsageError
        When that branch has none either.
    ConfigError
        When it is not valid.
    """
    try:
        path = find_config(context)
    except UsageError:
        path = _lost(context)
    path = Path(os.path.abspath(path))  # noqa: PTH100  (`resolve` follows links)
    name = os.path.relpath(path, context.cwd)
    written = config.load(path, checks.sections(), name) if path.is_file() else None
    try:
        git, file = _repository(context, path)
    except UsageError:
        if written is None:
            config.load(path, checks.sections(), name)  # raises: that there is no file comes first
        raise
    if written is None or path.resolve() != git.top.resolve() / file:
        return ModelPlace(path, file, git, None)
    return ModelPlace(path, file, git, replace(written, file=file))


def default_branch(context: Context, git: Git) -> str | None:
    """Return the default branch: the event's, else the remote's own; None where it is not known."""
    run = context.ci_run
    return run.default_branch or git_facts.default_branch(git, ask=run.in_ci)


def _lost(context: Context) -> Path:
    """Return where the base branch has the mlgate.yaml that is not here."""
    git = Git(context.cwd, context.ci_run.login)
    if _top(git) is None:
        return find_config(context)  # raises
    name = context.ci_run.base_branch or default_branch(context, git)
    commit = git_facts.branch_commit(git, name) if name else None
    files = model_files.listed(git, commit).plain if commit else {}
    top, here = git.top.resolve(), context.cwd.resolve()
    for folder in (here, *here.parents):
        if folder.is_relative_to(top) and (folder / FILE).relative_to(top).as_posix() in files:
            return folder / FILE
    return required_config(context)  # raises


def _repository(context: Context, path: Path) -> tuple[Git, str]:
    """Return the repository of a configuration, and its path from the top.

    It is the repository that the command was started in, unless the path lies in another one
    that this one has nothing of: a training could make a repository out of any folder.
    """
    here = context.cwd.resolve()
    lexical = Path(os.path.normpath(here / os.path.relpath(path, context.cwd)))
    outer = Git(here, context.ci_run.login)
    top = _top(outer)
    if top is not None and lexical.is_relative_to(top) and not _apart(outer, top, lexical):
        git = outer if top == here else Git(top, outer.login)
        return git, lexical.relative_to(top).as_posix()
    git = Git(_existing(path.parent).resolve(), context.ci_run.login)
    return git, (path.parent.resolve() / path.name).relative_to(git.top.resolve()).as_posix()


def _apart(outer: Git, top: Path, path: Path) -> bool:
    """Whether a path lies in a repository of its own, which the outer one does not know."""
    folder = _existing(path.parent)
    if folder == outer.root:
        return False
    inner = _top(Git(folder)) if folder.resolve() == folder else top
    if inner in (top, None):
        return False
    assert inner is not None
    if not inner.is_relative_to(top):
        return True
    place = inner.relative_to(top).as_posix()
    return not outer.attempt("ls-tree", "--full-tree", "HEAD", place)


def _top(git: Git) -> Path | None:
    try:
        return git.top.resolve()
    except UsageError:
        return None


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.is_dir())


def repository_name(context: Context, git: Git) -> str:
    """Return the repository's name: CI's, else that of the remote's address or of the folder.

    What CI says cannot be changed by whatever runs in the clone.
    """
    address = context.ci_run.repository or git_facts.remote_url(git) or git.home.name
    return address.rstrip("/").removesuffix(".git").replace(":", "/").rpartition("/")[2]
