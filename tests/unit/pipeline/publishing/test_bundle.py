"""A bundle that somebody made by hand: each trick by its name, and what it is told."""

from __future__ import annotations

import io
import json
import struct
import time
import warnings
import zipfile

import hostile
import pytest

from mlgate.checks import evidence_types
from mlgate.errors import DataError
from mlgate.pipeline.publishing.bundle import unpack

HONEST = {name: json.dumps(value) for name, value in hostile.samples()[0].items()}
LINK, FOLDER, PIPE = 0o120777, 0o40755, 0o10644


def made(*more, files=HONEST, mode=0, method=zipfile.ZIP_DEFLATED):
    """Zip an honest bundle, then more files: pairs of name and content."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, text in files.items():
            packed.writestr(name, text)
        for name, content in more:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            packed.writestr(info, content)
    return out.getvalue()


def changed(**facts):
    """Change facts of compare.json."""
    evidence = json.loads(HONEST["evidence/compare.json"]) | facts
    return made(files=HONEST | {"evidence/compare.json": json.dumps(evidence)})


def text(compare):
    """Put another text where compare.json is."""
    return made(files=HONEST | {"evidence/compare.json": compare})


def lying():
    """Let the archive's directory call its first file small."""
    content = bytearray(made())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 3)
    return bytes(content)


def locked():
    """Mark the first file as encrypted."""
    content = bytearray(made())
    for head, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(head) + offset] |= 1
    return bytes(content)


def twice_nested():
    inner = made()
    for _ in range(2):
        inner = made(("mlgate-bundle.zip", inner), files={})
    return inner


TRICKS = {
    "a link": (lambda: made(("evidence/x.json", "/etc/passwd"), mode=LINK), "no plain file"),
    "a folder": (lambda: made(("evidence/", ""), mode=FOLDER), "no plain file"),
    "a pipe": (lambda: made(("evidence/x.json", ""), mode=PIPE), "no plain file"),
    "one name twice": (lambda: made(("run.json", "{}")), "two files of one name"),
    "a name that differs by case": (lambda: made(("RUN.JSON", "{}")), "no bundle has"),
    "a path upwards": (lambda: made(("evidence/../../x.json", "{}")), "no bundle has"),
    "an absolute path": (lambda: made(("/etc/cron.d/x", "{}")), "no bundle has"),
    "a path of Windows": (lambda: made(("..\\x.json", "{}")), "no bundle has"),
    "a report": (lambda: made(("report.md", "# fine")), "no bundle has"),
    "rows": (lambda: made(("rows.parquet", "PAR1")), "no bundle has"),
    "a pickle": (lambda: made(("evidence/model.pkl", b"\x80\x04.")), "no bundle has"),
    "no run": (lambda: made(files={"evidence/compare.json": "{}"}), "has no run.json"),
    "many files": (
        lambda: made(*((f"evidence/c{n}.json", "{}") for n in range(100))),
        "more than 100 files",
    ),
    "a bomb": (lambda: made(("evidence/x.json", bytes(17 * 2**20))), "unpacks to more than"),
    "a smaller bomb": (lambda: made(("evidence/x.json", bytes(5 * 2**20))), "of more than"),
    "another method": (lambda: made(("evidence/x.json", "{}"), method=14), "in an unknown way"),
    "a size that lies": (lying, "no zip file that can be read"),
    "a password": (locked, "no zip file that can be read"),
    "a bundle in a bundle in a bundle": (twice_nested, "has no run.json"),
    "cut": (lambda: made()[:-30], "no zip file that can be read"),
    "NaN": (lambda: text('{"a": NaN}'), "NaN is no number"),
    "Infinity": (lambda: text('{"a": -Infinity}'), "-Infinity is no number"),
    "a number beyond all": (lambda: text('{"a": 1e999}'), "a number is too large"),
    "a number of 5,000 digits": (lambda: text('{"a": ' + "1" * 5_000 + "}"), "cannot be read"),
    "deep": (lambda: text("[" * 100_000 + "]" * 100_000), "nested too deeply"),
    "wide": (lambda: text(json.dumps(list(range(6_000)))), "a list is too long"),
    "a long text": (lambda: changed(error="x" * 10_001), "a text is too long"),
    "half a character": (lambda: text('{"a": "\\ud800"}'), "no text"),
    "UTF-16": (lambda: text('{"a": 1}'.encode("utf-16")), "not JSON"),
    "no object": (lambda: text("[]"), "of another form"),
    "a later version": (lambda: changed(schema=2), "of another form"),
    "an unknown field": (lambda: changed(verdict="pass"), "of another form"),
    "another check's": (lambda: changed(check="drift"), "of another form"),
    "a text for a number": (lambda: changed(n="many"), "of another form"),
    "a matrix of no classes": (
        lambda: changed(sides={"candidate": {"confusion": [[1, 2], [3, 4]]}}, classes=["a"]),
        "of another form",
    ),
}


@pytest.mark.parametrize("name", TRICKS)
def test_is_refused_in_words_and_at_once(name):
    make, said = TRICKS[name]
    content = make()
    began = time.process_time()
    with pytest.raises(DataError, match=said) as raised:
        unpack(content, evidence_types())
    assert time.process_time() - began < 2
    assert raised.value.message.isprintable()


def test_honest_ones_are_read_also_as_upload_artifact_packs_them():
    for content in (made(), made(("mlgate-bundle.zip", made()), files={})):
        assert set(unpack(content, evidence_types()).evidence["evidence"]) >= {"compare"}
