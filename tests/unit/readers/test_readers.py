"""Each tool's own files become rows with the ids, repetitions, grades and errors that they hold."""

from __future__ import annotations

import json
import math
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from mlgate import readers
from mlgate.errors import DataError, UsageError
from mlgate.inputs.logs import flat_tables

from .conftest import column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.inputs.logs import FlatTables

LM_EVAL = "samples_sums_2026-11-28T17-39-51.123456.jsonl"
WRITTEN = {
    "inspect": ("sums.eval", "inspect_ai 0.3.285"),
    "promptfoo": ("promptfoo.json", "promptfoo 0.121.20"),
    "deepeval": ("deepeval.json", "deepeval"),
    "mlflow": ("mlflow.json", "mlflow"),
    "lm_eval": (LM_EVAL, "lm_eval"),
}


def rows_of(tables: FlatTables) -> list[dict[str, Any]]:
    return [json.loads(line) for t in tables.tables for line in t.path.read_text().splitlines()]


def rewritten(path: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_there_is_a_file_of_every_tool() -> None:
    assert WRITTEN.keys() | {"json"} == readers.READERS.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_rows_have_the_columns_that_the_reader_names(name: str, read: Any) -> None:
    reader = readers.READERS[name]
    rows = rows_of(read(name, WRITTEN[name][0]))
    keys = [*reader.id, *filter(None, [reader.repeat])]
    assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows)
    assert reader.error is None or sum(row[reader.error] is not None for row in rows) >= 1


@pytest.mark.parametrize("name", WRITTEN)
def test_the_tool_and_its_version_are_recorded(name: str, read: Any) -> None:
    file, tool = WRITTEN[name]
    assert read(name, file).tools == {file: tool}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_file_is_recognised_as_its_own_tools_only(name: str, files: Path) -> None:
    file = files / WRITTEN[name][0]
    head = file.read_bytes()[:4096]
    assert [n for n, reader in readers.READERS.items() if reader.recognises(file.name, head)] == [
        name
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_another_tools_file_is_refused_by_its_name(name: str, read: Any) -> None:
    for other in WRITTEN.keys() - {name}:
        with pytest.raises(DataError, match=WRITTEN[other][0].partition(".")[0]):
            read(name, WRITTEN[other][0])


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_that_was_cut_off_is_refused(name: str, files: Path, read: Any) -> None:
    file = files / WRITTEN[name][0]
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(DataError, match=file.name):
        read(name, file.name)


def test_inspect_letters_are_numbers_and_an_error_has_none(read: Any, files: Path) -> None:
    tables = read("inspect", "sums.eval")
    rows = rows_of(tables)
    failed = [row for row in rows if row["error"]]
    assert [(row["id"], row["epoch"]) for row in failed] == [("s3", 2)]
    assert "did not answer" in failed[0]["error"]
    grades = column(tables, "match", files)
    assert sum(map(math.isnan, grades)) == 1
    assert [row["match"] for row in rows if not row["error"]] == [0.0] * 9
    assert rows[0]["two.b"] == 0.5
    assert rows[0]["metadata.deep.x"] == 0


@pytest.mark.parametrize(
    ("value", "number"),
    [("C", 1), ("P", 0.5), ("I", 0), ("N", 0), (True, 1), ("0.25", 0.25), ("no", 0), ("Yes", 1),
     (math.nan, None), ("unsure", "unsure")],
)  # fmt: skip
def test_inspect_grades(value: object, number: object, files: Path, read: Any) -> None:
    log = unpacked(files / "sums_later.eval")
    log["samples"][0]["scores"]["match"]["value"] = value
    (files / "log.json").write_text(json.dumps(log))
    assert rows_of(read("inspect", "log.json"))[0]["match"] == number


def test_inspect_reads_both_forms_alike(files: Path, read: Any) -> None:
    packed = rows_of(read("inspect", "sums_later.eval"))
    plain = files / "sums.json"
    plain.write_text(json.dumps(unpacked(files / "sums_later.eval")))
    assert rows_of(read("inspect", "sums.json")) == packed


def unpacked(path: Path) -> dict[str, Any]:
    """Return an archive as Inspect's JSON has it."""
    from mlgate.readers import inspect

    samples: list[Any] = []
    header = inspect._archive(path, samples.append)
    return header | {"samples": samples}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda log: log.update(status="cancelled"), "status 'cancelled'"),
        (lambda log: log.update(invalidated=True), "was invalidated"),
        (lambda log: log["samples"].pop(), "holds 9 of 10 samples"),
        (lambda log: log.pop("eval"), "no key 'eval'"),
        (lambda log: log.update(samples=[]), "holds 0 of 10 samples"),
        (lambda log: log["samples"][0].pop("id"), "not a file that Inspect writes"),
    ],
)
def test_inspect_refuses_what_is_not_complete(
    change: Callable[[Any], None], message: str, files: Path, read: Any
) -> None:
    log = unpacked(files / "sums.eval")
    change(log)
    (files / "log.json").write_text(json.dumps(log))
    with pytest.raises(DataError, match=message):
        read("inspect", "log.json")


def test_inspect_refuses_an_archive_that_was_not_closed(files: Path, read: Any) -> None:
    with zipfile.ZipFile(files / "open.eval", "w") as archive:
        archive.writestr("_journal/start.json", "{}")
    with pytest.raises(DataError, match="the evaluation did not end"):
        read("inspect", "open.eval")


def test_inspect_refuses_a_sample_whose_bytes_were_changed(files: Path, read: Any) -> None:
    with zipfile.ZipFile(files / "sums.eval") as archive:
        info = archive.getinfo("samples/s0_epoch_1.json")
    content = bytearray((files / "sums.eval").read_bytes())
    content[info.header_offset + 200] ^= 0xFF
    (files / "sums.eval").write_bytes(content)
    with pytest.raises(DataError, match=r"s0_epoch_1\.json cannot be unpacked"):
        read("inspect", "sums.eval")


def test_several_tasks_are_one_table(read: Any) -> None:
    rows = rows_of(read("inspect", "sums.eval", "words.eval"))
    assert {row["task"] for row in rows} == {"sums", "words"}


def test_two_runs_of_one_task_are_refused_with_their_times(read: Any) -> None:
    with pytest.raises(DataError, match="two runs of one evaluation") as raised:
        read("inspect", "sums.eval", "sums_later.eval")
    assert "sums.eval (of 2026-11-29T08:35:12+00:00)" in raised.value.message
    assert "sums_later.eval (of 2026-11-29T08:35:42+00:00)" in raised.value.message


def test_a_question_that_changed_is_another_row(files: Path, read: Any) -> None:
    log = unpacked(files / "sums_later.eval")
    before = {(row["id"], row["question"]) for row in rows_of(read("inspect", "sums.eval"))}
    log["samples"][0]["input"] = "what is 0+0, in words?"
    (files / "log.json").write_text(json.dumps(log))
    after = {(row["id"], row["question"]) for row in rows_of(read("inspect", "log.json"))}
    assert {name for name, _ in after - before} == {log["samples"][0]["id"]}


def test_message_ids_are_no_part_of_a_question(files: Path, read: Any) -> None:
    digests = []
    for number in (1, 2):
        log = unpacked(files / "sums_later.eval")
        log["samples"][0]["input"] = [{"id": f"m{number}", "role": "user", "content": "0+0?"}]
        (files / "log.json").write_text(json.dumps(log))
        digests.append(rows_of(read("inspect", "log.json"))[0]["question"])
    assert digests[0] == digests[1]


def test_promptfoo_counts_repetitions_of_equal_variables(read: Any) -> None:
    rows = rows_of(read("promptfoo", "promptfoo.json"))
    assert len({row["test"] for row in rows}) == 12
    assert {row["repeat"] for row in rows} == {1, 2}


def test_promptfoo_tells_a_failed_assertion_from_an_error(read: Any) -> None:
    rows = rows_of(read("promptfoo", "promptfoo.json"))
    failed = [row for row in rows if row["error"]]
    assert {row["test"] for row in failed} == {'{"q": "case 7"}'}
    assert all(row["score"] is row["success"] is None and "exact" not in row for row in failed)
    assert sum(row["success"] for row in rows if not row["error"]) == 4


def test_promptfoo_lines_are_the_same_rows(files: Path, read: Any) -> None:
    results = json.loads((files / "promptfoo.json").read_text())["results"]["results"]
    (files / "p.jsonl").write_text("".join(json.dumps(result) + "\n" for result in results))
    assert rows_of(read("promptfoo", "p.jsonl")) == rows_of(read("promptfoo", "promptfoo.json"))


def test_promptfoo_keeps_tests_of_equal_variables_apart(files: Path, read: Any) -> None:
    def ask_otherwise(content: Any) -> None:
        for result in content["results"]["results"][1::2]:
            result["testCase"]["assert"] = [{"type": "contains", "value": "x"}]

    rewritten(files / "promptfoo.json", ask_otherwise)
    rows = rows_of(read("promptfoo", "promptfoo.json"))
    assert {row["repeat"] for row in rows} == {1}
    assert len({row["test"] for row in rows}) == 12
    assert len({(row["test"], row["assertions"]) for row in rows}) == 24
    rewritten(files / "promptfoo.json", lambda content: content["results"]["results"].reverse())
    assert rows_of(read("promptfoo", "promptfoo.json")) == rows[::-1]


@pytest.mark.parametrize("case", [{"threshold": 0}, {"options": {"provider": "kinder"}}])
def test_promptfoo_takes_a_test_that_passes_more_for_another(
    case: Any, files: Path, read: Any
) -> None:
    before = rows_of(read("promptfoo", "promptfoo.json"))[0]

    def ease(content: Any) -> None:
        content["results"]["results"][0]["testCase"] |= case

    rewritten(files / "promptfoo.json", ease)
    eased = rows_of(read("promptfoo", "promptfoo.json"))[0]
    assert eased["test"] == before["test"]
    assert eased["assertions"] != before["assertions"]


def test_promptfoo_refuses_results_that_were_taken_out(files: Path, read: Any) -> None:
    rewritten(files / "promptfoo.json", lambda content: content["results"]["results"].pop())
    with pytest.raises(DataError, match="holds 23 of 24 results"):
        read("promptfoo", "promptfoo.json")


def test_mlflow_pairs_by_request_and_reads_yes_and_no(read: Any) -> None:
    rows = rows_of(read("mlflow", "mlflow.json"))
    assert [row["request"] for row in rows] == [f'{{"q": "q{i}"}}' for i in range(4)]
    assert [row["judge"] for row in rows] == [1.0, 0.0, 1.0, None]
    assert rows[3]["error"] == "judge refused"
    assert rows[1]["tags.topic"] == "t1"
    assert "tags.mlflow.traceName" not in rows[0]


def test_deepeval_has_no_score_where_a_metric_failed(read: Any) -> None:
    rows = rows_of(read("deepeval", "deepeval.json"))
    assert [row["name"] for row in rows if row["error"]] == ["case7"]
    assert rows[7]["mine"] is None
    assert rows[0]["mine"] == pytest.approx(0.85552, abs=1e-5)


def test_lm_eval_has_a_column_for_each_filter(files: Path, read: Any) -> None:
    lines = [json.loads(line) for line in (files / LM_EVAL).read_text().splitlines()]
    assert rows_of(read("lm_eval", LM_EVAL))[0]["acc"] == lines[0]["acc"]
    strict = [{**line, "filter": "strict-match", "acc": 1 - line["acc"]} for line in lines]
    (files / LM_EVAL).write_text("".join(json.dumps(line) + "\n" for line in [*lines, *strict]))
    rows = rows_of(read("lm_eval", LM_EVAL))
    assert len(rows) == len(lines)
    assert all(row["acc.none"] + row["acc.strict-match"] == 1 for row in rows)
    assert rows[0]["task"] == "sums"
    assert rows[0]["doc.topic"] == "t0"


def test_lm_eval_refuses_a_question_that_is_there_twice(files: Path, read: Any) -> None:
    content = (files / LM_EVAL).read_text()
    (files / LM_EVAL).write_text(content + content.splitlines()[0] + "\n")
    with pytest.raises(DataError, match="holds question 0 twice"):
        read("lm_eval", LM_EVAL)


def test_lm_eval_takes_its_version_from_the_results_beside_it(files: Path, read: Any) -> None:
    beside = files / "results_2026-11-28T17-39-51.123456.json"
    beside.write_text(json.dumps({"lm_eval_version": "0.4.9"}))
    assert read("lm_eval", LM_EVAL).tools == {LM_EVAL: "lm_eval 0.4.9"}


def test_json_reads_nested_keys_of_a_list_inside(read: Any) -> None:
    rows = rows_of(read("json:results.results[]", "promptfoo.json"))
    assert rows[0]["gradingResult.namedScores.len"] == 0.5
    assert rows[0]["vars.q"] == "case 0"


@pytest.mark.parametrize(
    "content",
    ['[{"a": {"b": 1}}, {"a": {"b": 2}}]', '{"a": {"b": 1}}\n\n{"a": {"b": 2}}\n'],
    ids=["list", "lines"],
)
def test_json_reads_lists_and_lines(content: str, files: Path, read: Any) -> None:
    (files / "x.json").write_text(content)
    assert rows_of(read("json", "x.json")) == [{"a.b": 1}, {"a.b": 2}]


def test_json_asks_which_list_holds_the_rows(read: Any) -> None:
    with pytest.raises(DataError, match=r"its lists are .*results\.results\[\]") as raised:
        read("json", "promptfoo.json")
    assert "from: json:" in str(raised.value.hint)
    with pytest.raises(DataError, match=r"has no rows at results\.rows\[\]"):
        read("json:results.rows[]", "promptfoo.json")


def test_columns_of_different_types_in_two_files_are_told_apart(files: Path, read: Any) -> None:
    (files / "a.json").write_text('[{"id": 1, "x": 1, "X": "a"}]')
    (files / "b.json").write_text('[{"id": 2, "x": 2.5}]')
    tables = read("json", "a.json", "b.json")
    assert column(tables, "x", files) == [1.0, 2.5]


@pytest.mark.parametrize(
    "setting",
    ["inspct", "inspect:samples", "json:", ""],
    ids=["misspelt", "where", "bare", "empty"],
)
def test_what_is_no_reader_is_refused(setting: str) -> None:
    with pytest.raises(UsageError):
        readers.parse(setting)


def test_a_deeply_nested_file_is_refused(files: Path, read: Any) -> None:
    (files / "deep.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(DataError, match=r"deep\.json"):
        read("json", "deep.json")


@pytest.mark.parametrize("depth", [3_000, 100_000])
def test_a_log_that_is_nested_too_deep_is_refused(tmp_path: Path, depth: int) -> None:
    # Before Python 3.12 the parser gives up at 3,000, afterwards our own walk does.
    file = tmp_path / "deep.json"
    file.write_text("[" + '{"a":' * depth + "1" + "}" * depth + "]")
    with pytest.raises(DataError):
        flat_tables("json", [file], tmp_path, "predictions.path")
