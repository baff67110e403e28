"""Read DVC's records: the pipeline to run, and the files that it wrote or restored.

Only the files that DVC keeps in the repository are read (dvc.yaml and dvc.lock, whose format is
documented), so that only the user's pipeline needs DVC itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

from mlgate.text import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COMMAND: Final = "dvc repro"


def default_command(root: Path) -> str | None:
    """Return the command to run if mlgate.yaml has none: `dvc repro` where there is a pipeline.

    A dvc.yaml without `stages` (DVCLive writes one for its plots) does not define a pipeline.
    """
    return COMMAND if _mapping(_load(root / "dvc.yaml").get("stages")) else None


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
    outs = _parsed(pointer.decode("utf-8", "replace")).get("outs")
    entries = [_mapping(out) for out in outs] if isinstance(outs, list) else []
    pairs = ((out.get("path"), out.get("md5")) for out in entries)
    return {path: md5 for path, md5 in pairs if isinstance(path, str) and isinstance(md5, str)}


def _entries(root: Path, kind: str) -> Iterator[tuple[Path, str]]:
    for folder in _lock_folders(root):
        locked = _mapping(_load(folder / "dvc.lock").get("stages"))
        stages = _mapping(_load(folder / "dvc.yaml").get("stages"))
        for name, stage in locked.items():
            wdir = _wdir(_mapping(stages.get(str(name).partition("@")[0])))
            if wdir is not None:
                yield from _paths(folder / wdir, _mapping(stage).get(kind))


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


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        return _mapping(yaml.load(text))
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _md5(path: Path) -> str:
    """Return DVC's hash: of a file, its MD5; of a folder, that of its sorted list, with `.dir`."""
    if not path.is_dir():
        return _file_md5(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    listing = [
        {"md5": _file_md5(file), "relpath": file.relative_to(path).as_posix()} for file in files
    ]
    listing.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(listing, sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"


def _file_md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
