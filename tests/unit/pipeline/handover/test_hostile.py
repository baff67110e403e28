"""Whatever a handover holds, reading it ends with its records or with a `DataError`."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from mlgate.errors import DataError
from mlgate.pipeline.handover import archive
from mlgate.pipeline.handover.record import HandedFile
from mlgate.pipeline.judging.configured import is_safe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Members = dict[str, bytes]

CONTENT = b"id,label\n1,1\n"
TRAINING = {
    "schema": 1,
    "check": "train",
    "tool": "0.1.0",
    "commit": "c" * 40,
    "created": "2026-11-28T00:00:00Z",
    "command": "python train.py",
    "status": "ok",
    "exit_code": 0,
    "started": "2026-11-28T00:00:00.000000Z",
    "finished": "2026-11-28T00:00:01.000000Z",
}


def handed(path: str = "out/p.csv", content: bytes = CONTENT, **fields: Any) -> dict[str, Any]:
    import hashlib

    digest = hashlib.sha256(content).hexdigest()
    file = {"path": path, "sha256": digest, "size": len(content), "written": 1.0, "fresh": True}
    return file | fields


def members(*files: dict[str, Any], **more: Any) -> Members:
    """Return the members of a handover that holds, with these files listed."""
    record = {
        "schema": 1, "tool": "0.1.0", "commit": "c" * 40, "tree": "t" * 40, "run": 1,
        "training": TRAINING, "files": files,
    }  # fmt: skip
    return {
        "record.json": json.dumps(record | more).encode(),
        "author.json": b'{"schema": 1, "results": []}',
        **{f"files/{file['path']}": CONTENT for file in files},
    }


def packed(content: Members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in content.items():
            zipped.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], None]:
    def read(content: bytes) -> None:
        """Open a handover and unpack all of it."""
        path = tmp_path / "handover.zip"
        path.write_bytes(content)
        with archive.opened(path) as opened:
            for number, file in enumerate(opened.record.files):
                if not file.committed:
                    opened.unpack(file, f"files/{file.path}", tmp_path / "out" / str(number))
            opened.log()

    return read


def test_a_handover_that_holds_is_read(read: Callable[[bytes], None], tmp_path: Path) -> None:
    read(packed(members(handed()) | {"train.log": b"a line\n"}))
    assert (tmp_path / "out/0").read_bytes() == CONTENT


HOSTILE: dict[str, Members] = {
    "another digest": members(handed(sha256="a" * 64)),
    "a digest of another kind": members(handed(sha256="a" * 40)),
    "a longer file": members(handed(size=3)),
    "a shorter file": members(handed(size=1_000)),
    "a negative size": members(handed(size=-1)),
    "an absolute path": members(handed("/etc/passwd")),
    "a path upwards": members(handed("out/../../x.csv")),
    "a doubled slash": members(handed("out//p.csv")),
    "a backslash": members(handed("out\\..\\p.csv")),
    "a line end": members(handed("out/p\n.csv")),
    "a NUL": members(handed("out/p\0.csv")),
    "a folder": members(handed("out/")),
    "an empty path": members(handed("")),
    "git's own": members(handed("sub/.GIT/config")),
    "a configuration": members(handed("models/a/mlgate.yaml")),
    "a very long path": members(handed("a/" * 600 + "p.csv")),
    "a time beyond all times": members(handed(written=1e300)),
    "listed twice": members(handed(), handed()),
    "not listed": members() | {"files/out/p.csv": CONTENT},
    "not packed": {k: v for k, v in members(handed()).items() if "files" not in k},
    "committed and packed": members(handed(committed=True)),
    "evidence": members() | {"evidence/compare.json": b"{}"},
    "a key of its own": members(verdict="pass"),
    "another schema": members(schema=2),
    "no record": {"author.json": b'{"schema": 1, "results": []}'},
    "no results": {k: v for k, v in members().items() if k != "author.json"},
    "NaN": members() | {"author.json": b'{"schema": 1, "results": [NaN]}'},
    "not UTF-8": members() | {"author.json": b'{"schema": 1, "\xff": []}'},
    "a surrogate": members() | {"author.json": b'{"schema": 1, "results": ["\\ud800"]}'},
    "too many files": members(*(handed(f"{i}.csv", committed=True) for i in range(5_001))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_not_hold_is_refused(name: str, read: Callable[[bytes], None]) -> None:
    with pytest.raises(DataError, match="the handover"):
        read(packed(HOSTILE[name]))


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"x" * 100_000, b"PK\x05\x06" + b"\xff" * 18, b"PK\x06\x07" + b"\xff" * 60],
    ids=["empty", "short", "no archive", "an endless list", "no end"],
)
def test_what_is_no_archive_is_refused(content: bytes, read: Callable[[bytes], None]) -> None:
    with pytest.raises(DataError, match="the handover"):
        read(content)


def test_an_endless_list_of_files_is_refused_unread(read: Callable[[bytes], None]) -> None:
    """Written as the record of large archives has it."""
    end = b"PK\x05\x06" + b"\xff" * 16 + b"\0\0"
    large = b"PK\x06\x06" + b"\0" * 36 + (2**40).to_bytes(8, "little") + b"\0" * 8
    locator = b"PK\x06\x07" + b"\0" * 4 + b"\0" * 8 + b"\0" * 4
    with pytest.raises(DataError, match="lists too many files"):
        read(large + locator + end)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_end_with_an_error_or_with_what_was_packed(
    seed: int, read: Callable[[bytes], None], tmp_path: Path
) -> None:
    content = bytearray(packed(members(handed())))
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 5)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    try:
        read(bytes(content))
    except DataError:
        return
    assert (tmp_path / "out/0").read_bytes() == CONTENT


def test_a_link_to_an_archive_is_none(tmp_path: Path) -> None:
    (tmp_path / "real.zip").write_bytes(packed(members()))
    (tmp_path / "link.zip").symlink_to(tmp_path / "real.zip")
    with (
        pytest.raises(DataError, match="there is no handover"),
        archive.opened(tmp_path / "link.zip"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a.csv", True), ("a/b c/ä.parquet", True), (".gitignore", True), ("a/.git", False),
     ("./a", False), ("a/.", False), ("mlgate.yaml/a", True), ("a/MLGATE.yaml", False)],
)  # fmt: skip
def test_names_below_the_repository(name: str, safe: bool) -> None:
    assert is_safe(name) == safe


def test_a_record_reads_what_it_writes() -> None:
    file = HandedFile.model_validate(handed())
    assert HandedFile.from_json(file.to_json()) == file
