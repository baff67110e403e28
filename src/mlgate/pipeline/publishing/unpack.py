"""A bundle read as the hostile input that it may be: in memory, by known names, within limits.

Whatever a bundle holds, reading it ends with a `Bundle` of valid records or with a `DataError`; no
file is written, nothing of it is executed, and the work is bounded before it is done.
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
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mlgate.errors import DataError
from mlgate.model.kinds import parse_evidence
from mlgate.model.run import RunRecord
from mlgate.pipeline.publishing.bundle import FILE, FILES, MEMBER, NAME, RUN, TOTAL, ZIP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlgate.model.evidence import Evidence

T = TypeVar("T")
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


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a job without rights says that it measured.

    `evidence` is by folder, as `Judge.evidence` names it, then by check.
    """

    run: RunRecord
    evidence: Mapping[str, Mapping[str, Evidence]]


def unpack(content: bytes) -> Bundle:
    """Read the zip file of an artifact: the bundle, or a zip file that holds just it.

    Raises
    ------
    DataError
        When it is anything but a bundle within the limits.
    """
    files = _members(content)
    inner = f"{NAME}.zip"
    if list(files) == [inner]:
        files = _members(files[inner])
    if RUN not in files:
        raise _refuse(f"has no {RUN}")
    run = _parsed(RUN, files.pop(RUN), RunRecord.from_json)
    evidence: dict[str, dict[str, Evidence]] = {}
    for name, text in sorted(files.items()):
        match = MEMBER.fullmatch(name)
        if match is None:
            raise _refuse(f"holds {_shown(name)}, which no bundle has")
        folder, check = match.groups()
        found = _parsed(name, text, lambda text, check=check: parse_evidence(check, text))  # type: ignore[misc]
        if found.check != check:
            raise _refuse(f"holds evidence of another check in {name}")
        evidence.setdefault(folder, {})[check] = found
    return Bundle(run, evidence)


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
    """Give the files of an archive by name, each read no further than it may be long."""
    if len(content) > ZIP:
        raise _refuse(f"has more than {ZIP:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            infos = packed.infolist()
            _hold_limits(infos)
            return {info.filename: _read(packed, info) for info in infos}
    except DataError:
        raise
    except _BROKEN as error:
        raise _refuse(f"is no zip file that can be read ({type(error).__name__})") from None


def _hold_limits(infos: list[zipfile.ZipInfo]) -> None:
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


def _parsed(name: str, text: bytes, parse: Callable[[bytes], T]) -> T:
    """Check the form of the JSON, then the record."""
    from pydantic import ValidationError

    try:
        _hold_form(json.loads(text.decode("utf-8"), parse_constant=_no_number))
        return parse(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = _shown(".".join(map(str, first["loc"])))
        raise _refuse(f"has a {name} of another form: {where}: {first['type']}") from None
    except RecursionError:
        raise _refuse(f"has a {name} that is nested too deeply") from None
    except ValueError as error:
        why = str(error) if isinstance(error, _FormError) else "it is not JSON"
        raise _refuse(f"has a {name} that cannot be read: {why}") from None


class _FormError(ValueError):
    """JSON that no evidence needs, in our own words."""


def _no_number(text: str) -> None:
    raise _FormError(f"{text} is no number")


def _hold_form(value: Any) -> None:
    """Refuse what is too deep, too long, too many or too large, without recursion."""
    todo: list[tuple[Any, int]] = [(value, 1)]
    count = 0
    while todo:
        one, depth = todo.pop()
        count += 1
        if count > VALUES or depth > DEPTH:
            raise _FormError("it has too many values, or is nested too deeply")
        todo += ((inner, depth + 1) for inner in _inner(one))


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        if len(value) > TEXT or _SURROGATE.search(value):
            raise _FormError("a text is too long, or no text")
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if not abs(value) <= (COUNT if isinstance(value, int) else AMOUNT):
            raise _FormError("a number is too large")
    else:
        if len(value) > ITEMS:
            raise _FormError("a list is too long")
        yield from value
        if isinstance(value, dict):
            yield from value.values()
