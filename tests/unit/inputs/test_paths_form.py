from __future__ import annotations

import bz2
import gzip
import lzma
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.ipc
import pytest

from mlgate.errors import DataError
from mlgate.inputs.paths import sniff

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("p.parquet", b"PAR1....", "parquet"),
        ("p.csv", b"a,b\n1,2\n", "csv"),
        ("p.tsv", b"a\tb\n", "csv"),
        ("p.CSV", b"a,b\n", "csv"),
        ("p.csv.gz", gzip.compress(b"a,b\n", mtime=0), "csv"),
        ("p.csv", gzip.compress(b"a,b\n", mtime=0), "csv"),
        ("p.csv.bz2", bz2.compress(b"a,b\n"), "csv"),
        ("p.jsonl.xz", lzma.compress(b'{"a": 1}\n'), "json"),
        ("p.jsonl", b'{"a": 1}\n', "json"),
        ("p.ndjson", b'\xef\xbb\xbf{"a": 1}\n', "json"),
        ("p.json", b'[{"a": 1}]', "json"),
        ("p.feather", b"ARROW1\0\0", "arrow"),
        ("p.arrow", b"ARROW1\0\0", "arrow"),
        ("predictions", b"PAR1....", "parquet"),
        ("predictions.out", b'{"a": 1}\n', "json"),
    ],
)
def test_formats_are_known_by_name_and_content(
    root: Path, name: str, content: bytes, found: str
) -> None:
    (root / name).write_bytes(content)
    assert sniff(root / name, root) == found


def test_an_arrow_file_as_pyarrow_writes_it(root: Path) -> None:
    table = pa.table({"a": [1]})
    with pa.ipc.new_file(str(root / "p.arrow"), table.schema) as file:
        file.write_table(table)
    assert sniff(root / "p.arrow", root) == "arrow"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.parquet", b"a,b\n1,2\n", "should be parquet by its name, but is something else"),
        ("p.csv", b"PAR1....", "should be csv by its name, but is a parquet file"),
        ("p.feather", b"FEA1....", "but is a Feather version 1 file"),
        ("p.xlsx", b"PK\x03\x04", "p.xlsx is an Excel workbook or another zip archive"),
        ("p.csv", b"PK\x03\x04", "p.csv is an Excel workbook or another zip archive"),
        ("p.txt", b"a,b\n", "the format of this file is not known"),
        ("p.parquet", gzip.compress(b"PAR1....", mtime=0), "was packed once more"),
        ("p.csv.gz", b"\x1f\x8bbroken", "p.csv.gz cannot be unpacked: it is damaged"),
    ],
)
def test_a_name_and_a_content_that_do_not_fit(
    root: Path, name: str, content: bytes, told: str
) -> None:
    (root / name).write_bytes(content)
    with pytest.raises(DataError, match=told):
        sniff(root / name, root)


@pytest.mark.parametrize("content", [b"", b" \n", gzip.compress(b"", mtime=0)])
def test_an_empty_file(root: Path, content: bytes) -> None:
    (root / "p.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"p\.csv is empty"):
        sniff(root / "p.csv", root)


def test_a_git_lfs_pointer_is_told_with_the_command(root: Path) -> None:
    (root / "out").mkdir()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    (root / "out" / "p.parquet").write_bytes(pointer)
    with pytest.raises(DataError, match=r"out/p\.parquet is a Git LFS pointer") as e:
        sniff(root / "out" / "p.parquet", root)
    assert e.value.hint == 'fetch it: git lfs pull --include "out/p.parquet"'
    (root / ".git").mkdir()  # the command takes paths from the repository's top
    with pytest.raises(DataError, match=r"p\.parquet is a Git LFS pointer") as e:
        sniff(root / "out" / "p.parquet", root / "out")
    assert e.value.hint == 'fetch it: git lfs pull --include "out/p.parquet"'


def test_a_dvc_pointer_is_told_with_the_command(root: Path) -> None:
    (root / "p.csv.dvc").write_bytes(b"outs:\n- md5: 4d7a\n  size: 12\n  path: p.csv\n")
    with pytest.raises(DataError, match=r"p\.csv\.dvc is a DVC pointer") as e:
        sniff(root / "p.csv.dvc", root)
    assert e.value.hint == "fetch it: dvc pull p.csv.dvc, and name p.csv instead"
