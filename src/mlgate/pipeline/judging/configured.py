"""The files that a configuration names inside the repository, before and after they are handed over."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.config.check_section import NamedPath
from mlgate.errors import UnmergedError, UnreadableError
from mlgate.inputs.paths import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlgate.config import Config
    from mlgate.pipeline.judging.references import References
    from mlgate.pipeline.prepare import Prepared

CONFIG: Final = "mlgate.yaml"
LONGEST: Final = 1_000
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\\]")


def named_paths(config: Config, references: References) -> Iterator[NamedPath]:
    """Yield the paths below the repository that a configuration names.

    Addresses and absolute paths are left out, and so is what names a variable that is not set
    here or that the judging branch does not name: the job that judges reads or refuses these itself.
    """
    paths = _expanded(written_in(config), references)
    return (named for named in paths if not named.pattern.startswith("/"))


def compared_paths(config: Config, references: References) -> Iterator[str]:
    """Yield the paths of what results are measured against, absolute ones among them."""
    yield from fixed_paths(config, references)
    compared = [named for named in written_in(config) if not named.written]
    for named in _expanded(compared, references):
        yield named.pattern


def fixed_paths(config: Config, references: References) -> Iterator[str]:
    """Yield those that no training has reason to write: labels that are held out, and a baseline."""
    labels = None if config.predictions is None else config.predictions.labels
    settings = filter(None, (labels, config.baseline.predictions))
    for named in _expanded((NamedPath(path, written=False) for path in settings), references):
        yield named.pattern


def written_paths(config: Config, references: References) -> Iterator[str]:
    """Yield the paths of what a training writes."""
    for named in _expanded(written_in(config), references):
        if named.written:
            yield named.pattern


def data_paths(config: Config, references: References) -> Iterator[str]:
    """Yield the paths of tables that no training may change where git has them."""
    paths = list(written_in(config))
    results = {named.pattern for named in paths if named.written and not named.data}
    data = (named for named in paths if named.pattern not in results)
    for named in _expanded(data, references):
        yield named.pattern


def _expanded(paths: Iterable[NamedPath], references: References) -> Iterator[NamedPath]:
    for named in paths:
        try:
            pattern = references.expand_path(named.pattern)
        except (UnmergedError, UnreadableError):
            continue
        if not _ADDRESS.match(pattern):
            yield replace(named, pattern=pattern)


def written_in(config: Config) -> Iterator[NamedPath]:
    """Yield the paths and addresses of data that a configuration names, but for held-out labels."""
    if config.predictions is not None:
        yield NamedPath(config.predictions.path)
    for path in config.metrics.files:
        yield NamedPath(path)
    if config.baseline.predictions is not None:
        yield NamedPath(config.baseline.predictions, written=False)
    for section in config.checks.values():
        yield from section.paths(config)


def files_of(pattern: str, root: Path, top: Path) -> Iterator[str]:
    """Yield the regular files that a pattern matches, by their paths from the repository's top.

    What leads out of the repository or into `.git` is left out.
    """
    top = top.resolve()
    for path in matches(pattern, root):
        place = Path(os.path.normpath(root.resolve() / path.relative_to(root)))
        target = place.resolve()
        if not target.is_file() or not target.is_relative_to(top) or not place.is_relative_to(top):
            continue
        name = place.relative_to(top).as_posix()
        if is_safe(name) and is_safe(target.relative_to(top).as_posix()):
            yield name


def is_safe(name: str) -> bool:
    """Whether a name is a plain path below the repository, and neither git's nor a configuration."""
    parts = PurePosixPath(name).parts
    return (
        0 < len(name) <= LONGEST
        and "/".join(parts) == name
        and not name.startswith("/")
        and not _CONTROL.search(name)
        and all(part not in (".", "..") and part.lower() != ".git" for part in parts)
        and parts[-1].lower() != CONFIG
    )


def blobs_of(prepared: Prepared, names: Sequence[str]) -> dict[str, str]:
    """Return the id of the blob that the commit has under each name; of plain files only."""
    blobs = all_blobs(prepared)
    return {name: blobs[name] for name in names if name in blobs}


def all_blobs(prepared: Prepared) -> dict[str, str]:
    """Return the id of every blob of the commit; of plain files only."""
    commit = prepared.run.commit
    entries = {} if commit is None else prepared.git.entries(commit)
    return {path: entry.oid for path, entry in entries.items() if entry.plain}
