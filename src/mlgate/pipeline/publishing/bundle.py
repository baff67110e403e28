"""The data bundle: what a job without rights hands to a trusted stage. Numbers and facts, no more.

::

    mlgate-bundle.zip
      run.json                    which run, which policies it was measured under
      evidence/<check>.json       what was measured (evidence/<n>/ under a further policy)

No report, no picture, no table, no rows: the trusted stage judges, draws and writes anew. Equal
runs give equal bytes.

What is unpacked may be hostile. Whatever a bundle holds, reading it ends with a `Bundle` of valid
records or with a `DataError`; it is read in memory, by known names, within limits: no file is
written, nothing of it is executed, and the work is bounded before it is done.
"""

from __future__ import annotations

import io
import json
import re
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import DataError
from mlgate.model.base import record_text
from mlgate.model.project import DOCS
from mlgate.run_dir import EVIDENCE, RUN, RunFileError, RunFiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.model.evidence import Evidence
    from mlgate.model.run import RunRecord
    from mlgate.run_dir import EvidenceTypes, RunDir

NAME: Final = "mlgate-bundle"
"""Of the artifact; with `.zip` of the file in it."""
MEMBER: Final = re.compile(rf"({EVIDENCE}(?:/[2-9]|/[1-9][0-9])?)/([a-z][a-z0-9_]{{0,40}})\.json")
"""Folder and check of an evidence file; nothing else but run.json is in a bundle."""
FILES: Final = 100
FILE: Final = 4 * 2**20
TOTAL: Final = 16 * 2**20
ZIP: Final = 4 * 2**20
"""Bytes, unpacked a file, unpacked all together, and packed."""
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
DEPTH: Final = 20
VALUES: Final = 300_000
"""Values of one file, however they are nested."""
ITEMS: Final = 5_000
"""Entries of one list or object."""
TEXT: Final = 10_000
"""Characters of one string."""
COUNT: Final = 2**53
AMOUNT: Final = 1e60
"""Whole numbers and others beyond this are no measurement, and break what draws them."""
_HINT: Final = "bundles are made by `mlgate bundle`; run the pull request's workflow again"
_BROKEN: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, OverflowError, IndexError, MemoryError,
)  # fmt: skip
"""What zipfile raises for archives that are none; encrypted ones are a RuntimeError."""
_CONTRADICTIONS: Final = (
    LookupError, ValueError, TypeError, ArithmeticError, AttributeError, RecursionError, StopIteration,
)  # fmt: skip
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def pack(run_dir: RunDir) -> bytes:
    """Return the bundle of a run.

    Raises
    ------
    DataError
        When the run has no evidence or must not upload it, a file is damaged, or it is larger than
        a trusted stage takes.
    """
    run = run_dir.read_run()
    if run.changes == "steps":
        msg = "report.changes is steps, but a bundle shows every number to whoever downloads it"
        raise DataError(msg, hint=f"let a job that judges measure: see {DOCS}/wear.md")
    files = {RUN: record_text(run, RUN).encode()}
    for folder in sorted({judge.evidence for judge in run.judges}):
        for check, evidence in run_dir.read_evidence(folder).items():
            name = f"{folder}/{check}.json"
            files[name] = record_text(evidence, name).encode()
    if len(files) == 1 and run.not_applicable is None and not run.gone:
        raise DataError(f"{run_dir.path} has no evidence", hint="run `mlgate check` first")
    _hold_limits(files)
    packed = _zip(files)
    if len(packed) > ZIP:
        raise _too_large("the bundle", len(packed), ZIP)
    return packed


def _hold_limits(files: Mapping[str, bytes]) -> None:
    if len(files) > FILES:
        raise DataError(f"a bundle has at most {FILES} files; this run has {len(files)}")
    for name, content in files.items():
        if name != RUN and not MEMBER.fullmatch(name):
            raise DataError(f"{name} has a name that a bundle cannot hold")
        if len(content) > FILE:
            raise _too_large(name, len(content), FILE)
    total = sum(map(len, files.values()))
    if total > TOTAL:
        raise _too_large("the evidence", total, TOTAL)


def _too_large(what: str, size: int, limit: int) -> DataError:
    msg = f"{what} has {size / 2**20:.1f} MiB; a trusted stage takes at most {limit / 2**20:.0f}"
    return DataError(msg, hint="measure fewer columns, groups or slices")


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            packed.writestr(info, files[name], compresslevel=9)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a job without rights says that it measured.

    `evidence` is by folder, as `Judge.evidence` names it, then by check.
    """

    run: RunRecord
    evidence: Mapping[str, Mapping[str, Evidence]]


def unpack(content: bytes, types: EvidenceTypes) -> Bundle:
    """Read the zip file of an artifact: the bundle, or a zip file that holds just it.

    Raises
    ------
    DataError
        When it is anything but a bundle within the limits.
    """
    members = _members(content)
    inner = f"{NAME}.zip"
    if list(members) == [inner]:
        members = _members(members[inner])
    if RUN not in members:
        raise _refuse(f"has no {RUN}")
    for name in (RUN, *sorted(set(members) - {RUN})):
        _hold_member(name, members[name])
    return _parsed(RunFiles(members, types))


@contextmanager
def fitting() -> Iterator[None]:
    """Refuse a bundle whose records hold one by one, but contradict one another.

    Such as a gap between groups that are not there: whatever judges and shows evidence may rely
    on what the checks write, and a bundle need not come from them.
    """
    try:
        yield
    except _CONTRADICTIONS as error:
        raise _refuse(
            f"holds numbers that contradict one another ({type(error).__name__})"
        ) from error


def _refuse(why: str) -> DataError:
    return DataError(f"the bundle {why}", hint=_HINT)


def _shown(name: str) -> str:
    return ascii(name[:80])


def _members(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name, each read no further than it may be long."""
    if len(content) > ZIP:
        raise _refuse(f"has more than {ZIP:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            infos = packed.infolist()
            _hold_archive_limits(infos)
            return {info.filename: _read(packed, info) for info in infos}
    except DataError:
        raise
    except _BROKEN as error:
        raise _refuse(f"is no zip file that can be read ({type(error).__name__})") from None


def _hold_archive_limits(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > FILES:
        raise _refuse(f"has more than {FILES} files")
    if len({info.filename for info in infos}) < len(infos):
        raise _refuse("has two files of one name")
    if sum(info.file_size for info in infos) > TOTAL:
        raise _refuse(f"unpacks to more than {TOTAL:,} bytes")
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG):
            raise _refuse(f"holds {_shown(info.filename)}, which is no plain file")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refuse(f"packs {_shown(info.filename)} in an unknown way")


def _read(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one file: what it says of its length may be a lie."""
    with packed.open(info) as file:
        content = file.read(FILE + 1)
    if len(content) > FILE:
        raise _refuse(f"holds {_shown(info.filename)} of more than {FILE:,} bytes")
    return content


def _hold_member(name: str, text: bytes) -> None:
    """Refuse a file that no bundle has, and JSON of a form that no evidence has."""
    if name != RUN and MEMBER.fullmatch(name) is None:
        raise _refuse(f"holds {_shown(name)}, which no bundle has")
    try:
        hold_form(json.loads(text.decode("utf-8"), parse_constant=_no_number))
    except RecursionError:
        raise _refuse(f"has a {name} that is nested too deeply") from None
    except ValueError as error:
        why = str(error) if isinstance(error, FormError) else "it is not JSON"
        raise _refuse(f"has a {name} that cannot be read: {why}") from None


def _parsed(files: RunFiles) -> Bundle:
    try:
        run = files.run()
        evidence = {folder: files.evidence(folder) for folder in files.folders()}
    except RunFileError as error:
        where = _shown(error.where)
        raise _refuse(f"has a {error.name} of another form: {where}: {error.kind}") from None
    except (RecursionError, ValueError):
        raise _refuse("holds a file that cannot be read") from None
    for folder, checks in evidence.items():
        for check, measured in checks.items():
            if measured.check != check:
                raise _refuse(f"holds evidence of another check in {folder}/{check}.json")
    return Bundle(run, evidence)


class FormError(ValueError):
    """JSON that no evidence needs."""


def _no_number(text: str) -> None:
    raise FormError(f"{text} is no number")


def hold_form(value: Any, values: int = VALUES) -> None:
    """Refuse what is too deep, too long, too many or too large, without recursion."""
    todo: list[tuple[Any, int]] = [(value, 1)]
    count = 0
    while todo:
        item, depth = todo.pop()
        count += 1
        if count > values or depth > DEPTH:
            raise FormError("it has too many values, or is nested too deeply")
        todo += ((inner, depth + 1) for inner in _inner(item))


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        if len(value) > TEXT or _SURROGATE.search(value):
            raise FormError("a text is too long, or no text")
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if not abs(value) <= (COUNT if isinstance(value, int) else AMOUNT):
            raise FormError("a number is too large")
    else:
        if len(value) > ITEMS:
            raise FormError("a list is too long")
        yield from value
        if isinstance(value, dict):
            yield from value.values()
