"""Put the clues of all readers together: one answer to each question, with its reason."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.errors import MlgateError
from mlgate.git import Git
from mlgate.pipeline.init import clues, commands, writing
from mlgate.pipeline.init.clues import Clue, of_kind
from mlgate.pipeline.init.readers import makefile, scripts
from mlgate.pipeline.init.templates import RepositoryFacts, run_line
from mlgate.pipeline.init.tree import mapping, yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlgate.pipeline.init.tree import Tree

_OLD: Final = re.compile(r"old|archive|legacy|deprecated|example|demo|test", re.IGNORECASE)
_ABOUT: Final = re.compile(
    r"(README|CHANGELOG|CONTRIBUTING|LICENSE|CITATION|AUTHORS)(\.(md|rst|txt|cff))?", re.IGNORECASE
)
RANGES: Final = 20
"""From this rank on, clues to the Python are ranges of versions, not one that is named."""
_PROGRAMS: Final = re.compile(r"(python3?|bash|sh|make|jupyter) ")


def models(tree: Tree) -> tuple[str, ...]:
    """Return the folders of several models: sibling folders, each with a training of the same name."""
    names = (*scripts.NAMES, "dvc.yaml")
    for name in names:
        places = [PurePosixPath(path).parent for path in tree.named(name)]
        folders = [place for place in places if not _OLD.search(place.name)]
        if len(folders) > 1 and len({place.parent for place in folders}) == 1 == len(
            {len(place.parts) for place in places}
        ):
            return tuple(map(str, folders))
    return ()


def facts(tree: Tree, siblings: Sequence[str] = ()) -> RepositoryFacts:
    """Return what the files say; nothing is run and nothing is written.

    Parameters
    ----------
    siblings
        The folders of other models, relative to the repository's top.
    """
    read = clues.read(tree)
    train, install = training(tree, read), best(read, "install")
    branch = _branch(tree.root)
    command = _command(tree, read)
    edited = _edited(tree)
    needs = train.needs if train is not None and command else None
    commands = [c for c in (install.value if install else None, needs) if c]
    when = tuple(_when(tree, siblings))
    reasons = {
        "train": _reason(train, differing(tree, read)) if train and not edited else "",
        "install": install.reason if install else "",
        "branch": "the remote names no default branch" if branch.guessed else "",
        "when": "these are not read by the training",
    }
    python = best(read, "python")
    return RepositoryFacts(
        branch=branch.name,
        folder=tree.root.relative_to(tree.top).as_posix(),
        train=edited or command or None,
        dvc=train is not None and not train.value and not edited,
        install=" && ".join(commands) or None,
        python=python.value if python else RepositoryFacts().python,
        github=_github(tree.root),
        when=when,
        reasons=reasons,
    )


def only_command_edited(tree: Tree) -> bool:
    """Whether somebody edited nothing of mlgate.yaml but the command of the training."""
    read = clues.read(tree)
    train, command = training(tree, read), _command(tree, read)
    if _edited(tree) is None or train is None or command is None:
        return False
    line = run_line(command, _reason(train, differing(tree, read)))
    before = re.sub(
        r"^  run: .*$", lambda _: line, tree.text("mlgate.yaml"), count=1, flags=re.MULTILINE
    )
    return writing.untouched(before)


def _command(tree: Tree, read: Sequence[Clue]) -> str | None:
    train = training(tree, read)
    return None if train is None else _run(tree, train, best(read, "runner"))


def _edited(tree: Tree) -> str | None:
    """Return the training's command in a mlgate.yaml that somebody edited, also where `init` took it over since."""
    there = tree.text("mlgate.yaml")
    run = mapping(mapping(yaml(there)).get("train")).get("run")
    guessed = re.search(r"^  run: .*# guess:", there, re.MULTILINE) is not None
    own = isinstance(run, str) and not (guessed and writing.untouched(there))
    return str(run) if own else None


def best(read: Sequence[Clue], kind: clues.Kind) -> Clue | None:
    """Return the clue that counts of a kind."""
    return next(of_kind(read, kind), None)


def training(tree: Tree, read: Sequence[Clue]) -> Clue | None:
    """Return the command that trains; a script that goes by its name as the one file that runs it does."""
    train, others = best(read, "train"), differing(tree, read)
    if train is not None and train.value.startswith("make "):
        return _then_made(tree, read, train)
    if train is None or train.rank < scripts.BY_NAME:
        return train
    if len(others) == 1 and not _named(read, train) and commands.complete(others[0].value):
        train = replace(train, value=others[0].value, reason=f"as {others[0].reason} runs it")
    return _then_judged(tree, train)


def _then_made(tree: Tree, read: Sequence[Clue], train: Clue) -> Clue:
    """Return a target that trains, followed by the one that judges its model, where its script writes no results."""
    target, trained = makefile.judging(tree), script(tree, read)
    if target is None or trained is None or scripts.writes_results(tree, trained):
        return train
    reason = f"{train.reason}, and {target}, which uses its model"
    return replace(train, value=f"{train.value} && make {target}", reason=reason)


def _then_judged(tree: Tree, train: Clue) -> Clue:
    """Return a training that is followed by the one script that writes results, where it writes none itself."""
    judged = scripts.evaluation(tree)
    fits = train.script is not None and scripts.fits(tree, train.script)
    if judged is None or not fits or scripts.writes_results(tree, train.script or ""):
        return train
    reason = f"{train.reason}; {judged.reason}"
    return replace(train, value=f"{train.value} && {judged.value}", reason=reason)


def script(tree: Tree, read: Sequence[Clue]) -> str | None:
    """Return the script of the training: the one that its command runs, else the best guess."""
    named = (clue.script or commands.script_of(tree, clue.value) for clue in of_kind(read, "train"))
    return next(filter(None, named), None)


def differing(tree: Tree, read: Sequence[Clue]) -> tuple[Clue, ...]:
    """Return the commands that run the script of the training with other arguments, each once."""
    train = best(read, "train")
    script = train and (train.script or commands.script_of(tree, train.value))
    if train is None or script is None:
        return ()
    mentions = (clue for clue in of_kind(read, "mention") if clue.script == script)
    values = {commands.plain(clue.value): clue for clue in reversed([*mentions])}
    return tuple(
        clue for value, clue in reversed(values.items()) if value != commands.plain(train.value)
    )


def _named(read: Sequence[Clue], train: Clue) -> bool:
    """Whether a file of the repository runs just this command."""
    mentions = of_kind(read, "mention")
    return any(commands.plain(clue.value) == commands.plain(train.value) for clue in mentions)


def _reason(train: Clue, others: Sequence[Clue]) -> str:
    elsewhere = [clue.reason for clue in others if clue.value != train.value]
    return (
        f"{train.reason}; {elsewhere[0]} runs it with other arguments"
        if elsewhere
        else train.reason
    )


def trains_nothing(tree: Tree, read: Sequence[Clue], run: str | None) -> str | None:
    """Return the script that a command runs, where nothing in it or below it fits a model."""
    train = training(tree, read)
    if train is None or train.script is None or run is None or train.value not in run:
        return None
    code = train.script.endswith((".py", ".sh"))
    return train.script if code and not scripts.fits(tree, train.script) else None


def _run(tree: Tree, train: Clue, runner: Clue | None) -> str:
    """Return the command, in the environment of the tool that installs, from the folder it expects."""
    command = train.value
    if runner is not None and _PROGRAMS.match(command) and not _names_runner(tree, command, runner):
        command = " && ".join(f"{runner.value}{each}" for each in command.split(" && "))
    folder = tree.root.relative_to(tree.top).as_posix()
    if folder != "." and train.script and f"{folder}/" in tree.text(train.script):
        up = "/".join([".."] * len(PurePosixPath(folder).parts))
        command = command.replace(
            shlex.quote(train.script), shlex.quote(f"{folder}/{train.script}")
        )
        return f"cd {up} && {command}"
    return command


def _names_runner(tree: Tree, command: str, runner: Clue) -> bool:
    """Whether a Makefile runs its commands in the environment itself."""
    return command.startswith("make ") and runner.value.strip() in tree.text("Makefile")


def _when(tree: Tree, siblings: Sequence[str]) -> Iterator[str]:
    """Yield the patterns of `when.paths`: everything, but what no training reads."""
    up = "../" * len(tree.root.relative_to(tree.top).parts)
    yield "**"
    for folder in siblings:
        yield f"!{up}{folder}/**"
    for path in sorted(tree.top.iterdir()):
        if path.is_file() and _ABOUT.fullmatch(path.name):
            yield f"!{up}{path.name}"
        elif path.is_dir() and path.name == "docs" and not siblings:
            yield f"!{up}docs/**"


@dataclass(frozen=True, slots=True)
class _Branch:
    """The main branch, and whether its name is a guess."""

    name: str
    guessed: bool = False


def _branch(root: Path) -> _Branch:
    """Return the main branch: the remote's, else main or master, else the one checked out."""
    git = Git(root)
    try:
        remote = git.attempt(
            "symbolic-ref", "--quiet", "--short", f"refs/remotes/{git.remote}/HEAD"
        )
        if remote:
            return _Branch(remote.partition("/")[2])
        branches = [ref.removeprefix("refs/heads/") for ref in git.local_refs("refs/heads/")]
        here = git.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
    except MlgateError:
        return _Branch(RepositoryFacts().branch)
    names = (name for name in ("main", "master") if name in (*branches, here))
    return _Branch(next(names, here or "main"), guessed=True)


def _github(root: Path) -> bool:
    """Whether the remote may be GitHub: it is not when it names another known host."""
    git = Git(root)
    try:
        url = git.attempt("remote", "get-url", git.remote) if git.remote else None
    except MlgateError:
        return True
    return url is None or re.search(r"gitlab|bitbucket|codeberg|gitea|azure", url) is None
