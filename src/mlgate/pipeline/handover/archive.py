"""Reads the archive of a handover: by names that its record lists, within limits, nothing else."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from mlgate.errors import DataError
from mlgate.pipeline.handover.limits import (
    DIRECTORY,
    FILE_COUNT,
    LOG_SIZE,
    RECORD_SIZE,
    TOTAL,
    VALUES,
)
from mlgate.pipeline.handover.record import (
    AUTHOR,
    BASELINES,
    EVIDENCE,
    FILES,
    LOG,
    RECORD,
    AuthorRecord,
    HandoverRecord,
)
from mlgate.pipeline.judging.configured import is_safe
from mlgate.pipeline.publishing.bundle import ZIP, FormError, hold_form

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlgate.model.base import Frozen
    from mlgate.pipeline.handover.record import HandedFile

    R = TypeVar("R", bound=Frozen)

_CHUNK: Final = 1 << 20
_HINT: Final = (
    "the job that trains writes it with `mlgate train --handover`; run the workflow again"
)
_BROKEN: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, OverflowError, IndexError, MemoryError,
)  # fmt: skip
"""What zipfile raises for archives that are none; encrypted ones are a RuntimeError."""
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 0xFFFF


def refuse(why: str) -> DataError:
    """Return the error that refuses a handover."""
    return DataError(f"the handover {why}", hint=_HINT)


@dataclass(frozen=True, slots=True)
class Archive:
    """A handover whose records hold; its files have not been read yet."""

    packed: zipfile.ZipFile
    record: HandoverRecord
    author: AuthorRecord

    def unpack(self, file: HandedFile, member: str, target: Path) -> None:
        """Write one file, which must be as its record says.

        Raises
        ------
        DataError
            When its size or digest is another.
        """
        content, left = hashlib.sha256(), file.size
        target.parent.mkdir(parents=True, exist_ok=True)
        with reading(), self.packed.open(member) as source, target.open("xb") as copy:
            while chunk := source.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                content.update(chunk)
                copy.write(chunk)
        if left != 0 or content.hexdigest() != file.sha256:
            raise refuse(f"holds {_shown(file.path)} with another content than its record says")

    def log(self) -> bytes | None:
        """Return the training's log."""
        return self._optional(LOG, LOG_SIZE)

    def evidence(self) -> bytes | None:
        """Return the bundle of what was measured where it was trained."""
        return self._optional(EVIDENCE, ZIP)

    def _optional(self, name: str, limit: int) -> bytes | None:
        return _content(self.packed, name, limit) if name in self.packed.namelist() else None


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a handover and read its records.

    Raises
    ------
    DataError
        When there is none, or it is anything but a handover within the limits.
    """
    if path.is_symlink() or not path.is_file():
        msg = f"there is no handover at {path}: the job that trains did not upload one"
        raise DataError(msg, hint="the log of that job says why")
    with path.open("rb") as file:
        _hold_size(file)
        with reading():
            packed = zipfile.ZipFile(file)
        with packed:
            _hold_members(packed)
            record = _record(packed, RECORD, HandoverRecord)
            author = _record(packed, AUTHOR, AuthorRecord)
            _hold_names(packed, record, author)
            yield Archive(packed, record, author)


@contextmanager
def reading() -> Iterator[None]:
    """Refuse an archive that cannot be read; a full disk stays what it is."""
    try:
        yield
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise refuse(f"is no zip file that can be read ({type(error).__name__})") from None


def _hold_size(file: IO[bytes]) -> None:
    """Refuse an archive, or a list of its files, that is too large to be looked at.

    `zipfile` reads the list as a whole; where it begins with 2^32 files or bytes, in the record
    of large archives, that record is looked for before this one.
    """
    size = file.seek(0, 2)
    if size > TOTAL:
        raise refuse(f"has more than {TOTAL:,} bytes")
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise refuse("is no zip file that can be read (BadZipFile)")
    length = struct.unpack_from("<L", tail, at + 12)[0]
    large = tail.rfind(b"PK\x06\x07", 0, at)
    if large >= 0:
        file.seek(min(size, struct.unpack_from("<Q", tail, large + 8)[0]))
        head = file.read(56)
        length = struct.unpack_from("<Q", head, 40)[0] if len(head) == 56 else size
    if length > DIRECTORY:
        raise refuse("lists too many files")
    file.seek(0)


def _hold_members(packed: zipfile.ZipFile) -> None:
    infos = packed.infolist()
    if len({info.filename for info in infos}) < len(infos):
        raise refuse("has two files of one name")
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG):
            raise refuse(f"holds {_shown(info.filename)}, which is no plain file")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refuse(f"packs {_shown(info.filename)} in an unknown way")


def _hold_names(packed: zipfile.ZipFile, record: HandoverRecord, author: AuthorRecord) -> None:
    """Refuse files that no record lists, lacks, or may not name."""
    baselines = [
        (results.policy, results.baseline)
        for results in author.results
        if results.baseline is not None
    ]
    files = [*record.files, *(file for _, file in baselines)]
    if len(files) > FILE_COUNT:
        raise refuse("lists too many files")
    for file in files:
        if not is_safe(file.path):
            raise refuse(f"names {_shown(file.path)}, which is no file of the repository's own")
    if sum(file.size for file in files) > TOTAL:
        raise refuse(f"unpacks to more than {TOTAL:,} bytes")
    if len({file.path for file in record.files}) < len(record.files):
        raise refuse("lists a file twice")
    listed = {RECORD, AUTHOR}
    listed |= {f"{FILES}/{file.path}" for file in record.files if not file.committed}
    listed |= {f"{BASELINES}/{policy}/{file.path}" for policy, file in baselines}
    names = set(packed.namelist())
    if extra := sorted(names - listed - {LOG, EVIDENCE}):
        raise refuse(f"holds {_shown(extra[0])}, which its record does not list")
    if lacking := sorted(listed - names):
        raise refuse(f"lacks {_shown(lacking[0])}, which its record lists")


def _record(packed: zipfile.ZipFile, name: str, kind: type[R]) -> R:
    from pydantic import ValidationError

    if name not in packed.namelist():
        raise refuse(f"has no {name}")
    text = _content(packed, name, RECORD_SIZE)
    try:
        hold_form(json.loads(text.decode("utf-8"), parse_constant=_no_number), values=VALUES)
        return kind.from_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = _shown(".".join(map(str, first["loc"])))
        raise refuse(f"has a {name} of another form: {where}: {first['type']}") from None
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, FormError) else "it is not JSON"
        raise refuse(f"has a {name} that cannot be read: {why}") from None


def _no_number(text: str) -> Any:
    raise FormError(f"{text} is no number")


def _content(packed: zipfile.ZipFile, name: str, limit: int) -> bytes:
    with reading(), packed.open(name) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise refuse(f"holds {name} of more than {limit:,} bytes")
    return content


def _shown(name: str) -> str:
    return ascii(name[:80])
