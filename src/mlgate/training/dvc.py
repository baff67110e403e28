"""Read DVC's records: the pipeline to run, and the files that it wrote or restored.

Only the files that DVC keeps in the repository are read (dvc.yaml and dvc.lock, whose format is
documented), so that only the user's pipeline needs DVC itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mlgate.text import yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

COMMAND: Final = "dvc repro"
_RUNS: Final = re.compile(r"\bdvc\s+(?:repro|exp\s+run)\b")
_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#.*")
_CODE: Final = frozenset(
    (
        ".py",
        ".ipynb",
        ".r",
        ".rmd",
        ".jl",
        ".sh",
        ".sql",
        ".java",
        ".scala",
        ".c",
        ".cpp",
        ".rs",
        ".go",
    )
)
_CACHES: Final = ("__pycache__", ".ipynb_checkpoints")
"""Folders that running code leaves in the folders that a stage depends on."""


def default_command(root: Path, *, again: bool = False) -> str | None:
    """Return the command to run if mlgate.yaml has none: `dvc repro` where there is a pipeline.

    Where the same is trained `again`, stages that have not changed are run as well.

    A dvc.yaml without `stages` (DVCLive writes one for its plots) does not define a pipeline.
    """
    command = f"{COMMAND} --force" if again else COMMAND
    return command if _mapping(_load(root / "dvc.yaml").get("stages")) else None


def runs(command: str | None) -> bool:
    """Whether a command runs a pipeline of DVC's; a comment of the shell's does not count."""
    return _RUNS.search(_COMMENT.sub("", command or "")) is not None


def tracked_outputs(root: Path) -> dict[Path, str]:
    """Return the outputs in the dvc.lock files below a folder, with their MD5.

    Paths are absolute; the hash of a directory ends in `.dir`. Folders whose name starts with
    a dot and virtual environments are not searched. A stage whose `wdir` is computed from
    parameters is left out: only DVC knows where its outputs are.
    """
    return dict(_entries(root, "outs"))


def tracked_inputs(root: Path) -> dict[Path, str]:
    """Return the files that the pipelines read but did not write themselves, with their MD5."""
    made = tracked_outputs(root)
    return {path: md5 for path, md5 in _entries(root, "deps") if path not in made}


def restored(path: Path, tracked: Mapping[Path, str]) -> bool:
    """Whether a file or folder has the content that DVC recorded for it.

    A file inside a recorded folder counts if the whole folder is as recorded. Locks of DVC 2
    hashed text with Unix line endings; such a file counts if it has them.

    Parameters
    ----------
    path
        Absolute; links in it are not resolved, since DVC may have linked it to its cache.
    tracked
        From `tracked_outputs`.
    """
    path = type(path)(os.path.normpath(path))
    for output in (path, *path.parents):
        if output in tracked:
            try:
                return _md5(output) == tracked[output]
            except OSError:
                return False
    return False


def outputs(pointer: bytes) -> dict[str, str]:
    """Return the MD5 of what a `.dvc` file tracks by its path from there; a folder's ends in `.dir`."""
    outs = _parsed(_text(pointer)).get("outs")
    entries = [_mapping(out) for out in outs] if isinstance(outs, list) else []
    pairs = ((out.get("path"), out.get("md5")) for out in entries)
    return {path: md5 for path, md5 in pairs if isinstance(path, str) and isinstance(md5, str)}


@dataclass(eq=False)
class LockedOutputs:
    """What DVC kept of an earlier run, where its pipeline ran and had nothing to do.

    A dvc.lock is a file like any other: it counts where the training is DVC's, and where the lock's
    command, dependencies and parameters are those of the files that are here, as `dvc status`
    would find. DVC compares only what a stage lists, so its code must be listed, and all that main's
    stage of that name lists.

    Attributes
    ----------
    root
        The folder of mlgate.yaml.
    command
        What was run.
    main
        The dvc.yaml and dvc.lock files of the branch that judges by where they are here; None where a
        run is not held to them.
    """

    root: Path
    command: str | None
    main: Mapping[Path, bytes] | None = None

    def recorded(self, path: Path) -> bool:
        """Whether a file or folder has the content that a dvc.lock records."""
        return restored(path, self._outputs)

    def restored(self, path: Path) -> bool:
        """Whether it is the output of a stage that is up to date."""
        return self.recorded(path) and self.problem(path) is None

    def problem(self, path: Path) -> str | None:
        """Return why what a dvc.lock says of a path does not count; None where it does, or is silent."""
        stage = self._maker(path)
        if stage is None:
            return None
        if not runs(self.command):
            return (
                "a dvc.lock lists it, but the training is not DVC's: let train.run be `dvc repro`"
            )
        if not stage.lists_code():
            return (
                f"the stage {stage.name!r} in dvc.lock lists no code that it depends on: name its "
                "scripts under deps in dvc.yaml, and run `dvc repro`"
            )
        for each in self._upstream(stage):
            if self.main is not None and (why := each.unlike(self.main)) is not None:
                return f"the stage {each.name!r} {why}: run it again (`dvc repro --force`)"
            if (why := each.outdated()) is not None:
                return (
                    f"the stage {each.name!r} in dvc.lock is of other files than these ({why}): run "
                    "`dvc repro` and commit dvc.lock"
                )
        return None

    @cached_property
    def _outputs(self) -> dict[Path, str]:
        return tracked_outputs(self.root)

    @cached_property
    def _makers(self) -> dict[Path, _Stage]:
        stages = _stages(self.root)
        return {path: stage for stage in stages for path, _ in stage.paths("outs")}

    def _maker(self, path: Path) -> _Stage | None:
        path = type(path)(os.path.normpath(path))
        return next((self._makers[p] for p in (path, *path.parents) if p in self._makers), None)

    def _upstream(self, stage: _Stage) -> Iterator[_Stage]:
        """Yield a stage and those that it depends on."""
        todo, done = [stage], set[int]()
        while todo:
            each = todo.pop()
            if id(each) not in done:
                done.add(id(each))
                yield each
                makers = (self._maker(path) for path, _ in each.paths("deps"))
                todo += [maker for maker in makers if maker is not None]


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage as dvc.lock has it, and as dvc.yaml defines it."""

    name: str
    folder: Path
    wdir: Path
    locked: Mapping[str, Any]
    defined: Mapping[str, Any]

    def paths(self, kind: str) -> Iterator[tuple[Path, str]]:
        """Yield outputs (`outs`) or dependencies (`deps`) with their MD5."""
        return _paths(self.wdir, self.locked.get(kind))

    def lists_code(self) -> bool:
        """Whether it depends on code, and on each file that its command names."""
        deps = [path for path, _ in self.paths("deps")]
        listed = [*deps, *(path for path, _ in self.paths("outs"))]
        listed += [self.wdir / str(name) for name in _mapping(self.locked.get("params"))]
        named = list(self._named())
        covered = all(any(path.is_relative_to(part) for part in listed) for path in named)
        return covered and any(path in named or _holds_code(path) for path in deps)

    def outdated(self) -> str | None:
        """Return what differs from the lock."""
        if not self.defined:
            return "dvc.yaml does not define it"
        if self._differs("cmd"):
            return "its command differs"
        entries = self.locked.get("deps")
        for entry in entries if isinstance(entries, list) else ():
            path, md5 = _mapping(entry).get("path"), _mapping(entry).get("md5")
            if isinstance(path, str) and "://" in path:
                continue
            if not isinstance(path, str) or not isinstance(md5, str):
                return "a dependency has no MD5"
            if md5 not in _digests(self.wdir / path):
                return f"{path} differs"
        locked = {path for path, _ in self.paths("deps")}
        for path in self._defined_deps():
            if path not in locked:
                return f"{os.path.relpath(path, self.wdir)} is not in dvc.lock"
        return self._differing_params()

    def unlike(self, main: Mapping[Path, bytes]) -> str | None:
        """Return what it depends on no longer, or that main's pipeline has no such stage."""
        files = ("dvc.lock", "dvc.yaml")
        lock, pipeline = (
            _mapping(_parsed(_text(main.get(self.folder / name, b""))).get("stages"))
            for name in files
        )
        theirs = _Stage(
            self.name, self.folder, self.wdir,
            _mapping(lock.get(self.name)), _mapping(pipeline.get(self.name.partition("@")[0])),
        )  # fmt: skip
        if not theirs.locked:
            return "is not in the dvc.lock of the branch that judges"
        if _wdir(theirs.defined) != _wdir(self.defined):
            return "runs in another folder than on the branch that judges"
        lost = set(theirs._depends_on()) - set(self._depends_on())
        return f"no longer depends on {min(lost)}, as on the branch that judges" if lost else None

    def _depends_on(self) -> Iterator[str]:
        yield from (os.path.relpath(path, self.wdir) for path, _ in self.paths("deps"))
        for name, values in _mapping(self.locked.get("params")).items():
            yield from (f"{key} in {name}" for key in _mapping(values))

    def _named(self) -> Iterator[Path]:
        """Yield the files that the command names."""
        command = self.locked.get("cmd")
        for line in command if isinstance(command, list) else (command,):
            try:
                words = shlex.split(line) if isinstance(line, str) else []
            except ValueError:
                words = str(line).split()
            for word in words:
                path = type(self.wdir)(os.path.normpath(self.wdir / word))
                if not os.path.isabs(word) and path.is_file() and not _in_environment(path):  # noqa: PTH117
                    yield path

    def _differs(self, key: str) -> bool:
        """Whether both name something plainly, and not the same."""
        defined = _mapping(self.defined.get("do")).get(key, self.defined.get(key))
        return "${" not in str(defined) and defined != self.locked.get(key)

    def _defined_deps(self) -> Iterator[Path]:
        deps = _mapping(self.defined.get("do")).get("deps", self.defined.get("deps"))
        for entry in deps if isinstance(deps, list) else ():
            name = next(iter(entry), None) if isinstance(entry, dict) else entry
            if isinstance(name, str) and "${" not in name and "://" not in name:
                yield type(self.wdir)(os.path.normpath(self.wdir / name))

    def _differing_params(self) -> str | None:
        for name, values in _mapping(self.locked.get("params")).items():
            now = load_parameters(self.wdir / str(name))
            if now is None:
                return f"the parameters in {name} cannot be compared"
            for key, value in _mapping(values).items():
                if _at(now, str(key)) != value:
                    return f"{key} in {name} differs"
        return None


def _stages(root: Path) -> Iterator[_Stage]:
    for folder in _lock_folders(root):
        locked = _mapping(_load(folder / "dvc.lock").get("stages"))
        stages = _mapping(_load(folder / "dvc.yaml").get("stages"))
        for name, stage in locked.items():
            defined = _mapping(stages.get(str(name).partition("@")[0]))
            wdir = _wdir(defined)
            if wdir is not None:
                place = type(root)(os.path.normpath(folder / wdir))
                yield _Stage(str(name), folder, place, _mapping(stage), defined)


def _in_environment(path: Path) -> bool:
    return any((folder / "pyvenv.cfg").is_file() for folder in path.parents)


def _holds_code(path: Path) -> bool:
    if not path.is_dir():
        return path.suffix.lower() in _CODE
    return any(file.suffix.lower() in _CODE for file in path.rglob("*"))


def _digests(path: Path) -> Iterator[str]:
    """Yield DVC's hash of a path; of a folder, that without what running code leaves in it as well."""
    try:
        yield _md5(path)
        if path.is_dir():
            yield _md5(path, left_out=_CACHES)
    except OSError:
        return


def load_parameters(path: Path) -> Mapping[str, Any] | None:
    """Return what a file of parameters holds; None where it is missing, or not YAML, JSON or TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            import tomllib

            return tomllib.loads(text)
        held = yaml.load(text) if path.suffix in (".yaml", ".yml", ".json") else None
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) else None


def _at(values: Mapping[str, Any], key: str) -> object:
    """Return a value by its dotted key, as DVC locks it."""
    if key in values:
        return values[key]
    value: object = values
    for part in key.split("."):
        value = _mapping(value).get(part)
    return value


def _entries(root: Path, kind: str) -> Iterator[tuple[Path, str]]:
    for stage in _stages(root):
        yield from stage.paths(kind)


def _paths(folder: Path, entries: object) -> Iterator[tuple[Path, str]]:
    for entry in entries if isinstance(entries, list) else ():
        path, md5 = _mapping(entry).get("path"), _mapping(entry).get("md5")
        if isinstance(path, str) and isinstance(md5, str):
            # normpath, not resolve: an output may be a link into DVC's cache.
            yield type(folder)(os.path.normpath(folder / path)), md5


def _wdir(stage: Mapping[str, Any]) -> str | None:
    """Return a stage's working directory; None where a template computes it."""
    wdir = _mapping(stage.get("do")).get("wdir", stage.get("wdir", "."))
    return wdir if isinstance(wdir, str) and "${" not in wdir else None


def _lock_folders(root: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(root):
        if "dvc.lock" in files:
            yield type(root)(name)
        folders[:] = [
            folder
            for folder in sorted(folders)
            if not folder.startswith(".") and not os.path.lexists(f"{name}/{folder}/pyvenv.cfg")
        ]


def _load(path: Path) -> Mapping[str, Any]:
    """Read a YAML mapping; empty where there is none or it cannot be read."""
    try:
        return _parsed(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, UnicodeDecodeError):
        return {}


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        return _mapping(yaml.load(text))
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _md5(path: Path, left_out: Collection[str] = ()) -> str:
    """Return DVC's hash: of a file, its MD5; of a folder, that of its sorted list, with `.dir`."""
    if not path.is_dir():
        return _file_md5(path)
    files = sorted(
        file for file in path.rglob("*") if file.is_file() and not {*left_out} & {*file.parts}
    )
    listing = [
        {"md5": _file_md5(file), "relpath": file.relative_to(path).as_posix()} for file in files
    ]
    listing.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(listing, sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"


def _file_md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
