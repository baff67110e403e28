"""Whatever a tool's file holds, it is read or refused by a message that names the file."""

from __future__ import annotations

import copy
import json
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgate import files
from mlgate.errors import DataError, MlgateError
from mlgate.inputs.logs import flat_tables
from mlgate.inputs.tables import read_columns

from .conftest import FILES
from .test_readers import LM_EVAL, rows_of, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = st.one_of(
    st.text(max_size=4), st.sampled_from(["\ud800", "\udfffx", "a\0b", "nan", "1e999", "id", "a.b"])
)
NUMBERS = st.one_of(
    st.sampled_from([10**400, -(10**60), 2**127, 1e308, 5e-324]), st.integers(), st.floats()
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)


def _documents() -> dict[str, Any]:
    """Return the real file of each reader as plain JSON; JSON lines are a list."""
    lines = (FILES / LM_EVAL).read_text().splitlines()
    return {
        "inspect": unpacked(FILES / "sums.eval"),
        "promptfoo": json.loads((FILES / "promptfoo.json").read_text()),
        "deepeval": json.loads((FILES / "deepeval.json").read_text()),
        "mlflow": json.loads((FILES / "mlflow.json").read_text()),
        "lm_eval": [json.loads(line) for line in lines],
        "json": [{"id": n, "a": {"b": n % 2}} for n in range(3)],
    }


DOCUMENTS = _documents()


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each value; of a list, those of its first and its last entry."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index in sorted({0, len(value) - 1}) if value else ():
            yield from _places(value[index], (*path, index))


PLACES = {name: list(_places(document)) for name, document in DOCUMENTS.items()}


def _written(name: str, document: Any, folder: Path) -> Path:
    lines = name == "lm_eval" and isinstance(document, list)
    path = folder / ("log.jsonl" if lines else "log.json")
    path.write_text(
        "\n".join(map(json.dumps, document)) if lines else json.dumps(document), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_in_any_field_is_read_or_refused(
    name: str, data: st.DataObject, tmp_path: Path
) -> None:
    place = data.draw(st.sampled_from(PLACES[name]))
    document = copy.deepcopy(DOCUMENTS[name])
    here = document
    for part in place[:-1]:
        here = here[part]
    value = data.draw(JSON)
    if isinstance(here, dict) and data.draw(st.booleans()):
        here[data.draw(TEXTS)] = value
    else:
        here[place[-1]] = value
    path = _written(name, document, tmp_path)
    try:
        tables = flat_tables(name, [path], tmp_path, "predictions.path")
        with read_columns(list(tables.tables), None, tmp_path):
            pass
    except MlgateError as error:
        assert path.name in str(error)  # noqa: PT017


TWICE = [
    ("json", '[{"id": 1, "right": 0}, {"id": 2, "right": 0, "right": 1}]', "row 2: holds 'right' twice"),
    ("json", '{"id": 1, "right": 0}\n{"id": 2, "right": 0, "right": 1}', "line 2: holds 'right' twice"),
    ("json", '[{"s": {"right": 0}, "s.right": 1}]', r"row 1: holds 's\.right' twice"),
    ("json", '[{"\\ud800": 0, "\\ud801": 1}]', r"row 1: holds '\?' twice"),
    ("deepeval", '{"testCases": [], "testCases": []}', "holds 'testCases' twice"),
    (
        "deepeval",
        '{"testCases": [{"metricsData": [{"name": "m", "score": 0}, {"name": "m", "score": 1}]}]}',
        "testCases 1: holds 'm' twice",
    ),
    ("json:a[]", '{"a": [{"b": 1}], "a": [{"b": 2}]}', "holds 'a' twice"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "text", "message"), TWICE)
def test_a_value_written_twice_is_refused(
    setting: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "log.json").write_text(text)
    with pytest.raises(DataError, match=f"^log.json {message}"):
        flat_tables(setting, [tmp_path / "log.json"], tmp_path, "predictions.path")


def test_half_a_surrogate_pair_stops_no_honest_log(tmp_path: Path) -> None:
    rows = [{"id": "a", "note": "\ud800 x \U0001f600", "right": 1}]
    (tmp_path / "log.json").write_text(json.dumps(rows))
    tables = flat_tables("json", [tmp_path / "log.json"], tmp_path, "predictions.path")
    assert rows_of(tables) == [{"id": "a", "note": "? x \U0001f600", "right": 1}]


def _archive(path: Path, packed: int) -> Path:
    log = DOCUMENTS["inspect"]
    with zipfile.ZipFile(path, "w", packed) as archive:
        header = {key: value for key, value in log.items() if key != "samples"}
        archive.writestr("header.json", json.dumps(header))
        for number, sample in enumerate(log["samples"]):
            archive.writestr(f"samples/{number}.json", json.dumps(sample))
    return path


def _encrypted(content: bytearray) -> None:
    for magic, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := content.find(magic, at + 1)) >= 0:
            content[at + flags] |= 1


def _overwritten(content: bytearray) -> None:
    start = content.find(b"samples/0.json") + len("samples/0.json")
    content[start : start + 40] = b"\xff" * 40


def _of_another_packing(content: bytearray) -> None:
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 10 : at + 12] = struct.pack("<H", 99)


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_encrypted, "is encrypted"),
        (_overwritten, "is damaged"),
        (_of_another_packing, "is damaged"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_refused(
    packed: int, change: Any, message: str, tmp_path: Path
) -> None:
    path = _archive(tmp_path / "log.eval", packed)
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"log.eval {message}"):
        flat_tables("inspect", [path], tmp_path, "predictions.path")


def test_an_archive_that_unpacks_to_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ALWAYS", 1 << 10)
    monkeypatch.setattr(files, "_TIMES", 1)
    path = _archive(tmp_path / "log.eval", zipfile.ZIP_DEFLATED)
    with pytest.raises(DataError, match=r"^log\.eval unpacks to"):
        flat_tables("inspect", [path], tmp_path, "predictions.path")
