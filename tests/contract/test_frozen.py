"""What an older version wrote is still read, and gives the same verdicts, reports and numbers.

`frozen/` holds what was written; see frozen/cases.py. Sentences are in files of their own, `texts/`,
which `python tests/contract/frozen/make.py texts` writes anew after a deliberate rewording, and what
today's version measures in `anew/`, which `make.py numbers` writes after a deliberate change of a
method; nothing else there is ever rewritten. A new optional field is allowed once it stands in new_fields.txt.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.frozen import calling, cases, plain
from tests.contract.frozen.scenes import SCENES

if TYPE_CHECKING:
    from pathlib import Path

ALLOWED = plain.allowed()
EXACT = os.environ.get("MLGATE_FROZEN") == "exact"
"""In a process of their own, on the machine that froze them (machine.json), numbers are equal to
the last digit: `MLGATE_FROZEN=exact pytest tests/contract/test_frozen.py`. What other tests did in
the same process moves the last digits of sums; there, and elsewhere, they are equal to 1e-9."""
WIDENED = (
    "*.absent.additionalProperties.properties.kind.enum: *",  # a test set that was announced
    "*.properties.task.anyOf[[]0].enum: *",  # `scores`
    "*.properties.predictions.*required*",  # which has no label
    "*.properties.label.*",
    "*.properties.rows.properties.relabelled.*",  # a limit; `warn` and `ignore` still parse
)
"""Values that a schema allows now beside those that it allowed."""
SAME_VERSION = calling.version() == plain.load(cases.HERE / "version.json")


def same(old: Any, new: Any, *, exact: bool = True) -> None:
    found = plain.differences(old, new, exact=exact, allowed=ALLOWED)
    assert not found, "\n".join(found[:20])


def same_texts(old: dict[str, str], new: dict[str, str]) -> None:
    found = [
        f"{at}:\n  - {old.get(at)}\n  + {new.get(at)}"
        for at in dict.fromkeys([*old, *new])
        if old.get(at) != new.get(at)
    ]
    assert not found, "\n".join(found[:20])


def same_record(old: Any, texts: dict[str, str], new: Any, *, exact: bool = True) -> None:
    """Equal numbers and codes, and the sentences that stand in the file of texts."""
    record, sentences = plain.split(new)
    same(plain.split(old)[0], record, exact=exact)
    same_texts(texts, sentences)


@pytest.mark.parametrize("name", cases.runs())
def test_a_run_directory_is_judged_alike(name: str, tmp_path: Path) -> None:
    old = cases.read_anew(name, "judged")["verdict.json"]
    same_record(old, cases.read_texts(name)["verdict"], cases.judged(name, tmp_path))


@pytest.mark.parametrize("name", cases.runs())
def test_a_run_directory_is_reported_alike(name: str, tmp_path: Path) -> None:
    text = (cases.HERE / f"texts/{name}.md").read_text(encoding="utf-8")
    assert cases.reported(name, tmp_path) == text


@pytest.mark.parametrize("name", SCENES)
def test_measured_anew_evidence_is_equal(name: str, tmp_path: Path) -> None:
    old, new = cases.read_anew(name), cases.measured(name, tmp_path)
    for files in (old, new):  # a store's first salt is drawn; test_an_old_store_is_read keeps it
        for key in ("test_set", "evaluation"):
            files.get("evidence/wear.json", {}).pop(key, None)
    texts = cases.read_texts(name)
    same_record(cases.evidence(old), texts["evidence"], cases.evidence(new), exact=EXACT)
    # A verdict's sentences repeat those of its evidence, which is old in one and new in the other.
    for file in ("verdict.json", "run.json"):
        same(*(plain.split(files[file])[0] for files in (old, new)), exact=EXACT)


@pytest.mark.parametrize("kind", cases.STORES)
def test_an_old_store_is_read(kind: str, tmp_path: Path) -> None:
    repo = cases.open_store(tmp_path, kind)
    record = cases.read_store(repo)
    assert len(record["history"]) == cases.STEPS
    old = plain.load(cases.HERE / f"stores/{kind}.json")
    if not SAME_VERSION:  # an answer's key depends on the version that gave it
        for files in (old, record):
            files["evidence/wear.json"].pop("evaluation")
    texts, new = plain.load(cases.HERE / f"texts/store-{kind}.json"), plain.split(record)
    same(old, new[0], exact=EXACT)
    same_texts(texts, new[1])


@pytest.mark.parametrize("kind", cases.STORES)
def test_an_old_store_takes_a_new_baseline(kind: str, tmp_path: Path) -> None:
    repo = cases.open_store(tmp_path, kind)
    calling.git(repo, "checkout", "--quiet", "main")
    calling.commit(repo, {"note.txt": "words\n"}, "more")
    calling.git(repo, "push", "--quiet", "origin", "main")

    def told(*arguments: str) -> Any:
        answer = calling.done(repo, *arguments, "--format", "json", **cases.KEY)
        return json.loads(answer.out)

    before = told("baseline", "history")
    calling.done(repo, "check", **cases.KEY)
    calling.done(repo, "gate", codes=(0, 1), **cases.KEY)
    calling.done(repo, "baseline", "save", "--push", **cases.KEY)
    after = told("baseline", "history")
    same(before, after[:-1])
    assert after[-1]["metrics"].keys() == before[-1]["metrics"].keys()


@pytest.mark.parametrize("name", cases.BUNDLED)
def test_an_old_bundle_is_published_alike(name: str, tmp_path: Path) -> None:
    record = cases.posted(name, tmp_path)
    text = (cases.HERE / f"texts/posted-{name}.md").read_text(encoding="utf-8")
    assert record.pop("comment") == text
    texts, new = plain.load(cases.HERE / f"texts/posted-{name}.json"), plain.split(record)
    same(plain.load(cases.HERE / f"bundles/{name}.json"), new[0])
    same_texts(texts, new[1])


@pytest.mark.parametrize("name", sorted(path.name for path in cases.HERE.glob("schema/*.json")))
def test_a_schema_is_equal_but_for_words(name: str) -> None:
    old = plain.load(cases.HERE / "schema" / name)
    new = {path.rpartition("/")[2]: text for path, text in calling.schemas().items()}
    found = plain.differences(
        plain.structure(old),
        plain.structure(json.loads(new[name])),
        allowed=ALLOWED,
        at=name,
    )
    found = [line for line in found if not any(fnmatch(line, pattern) for pattern in WIDENED)]
    assert not found, "\n".join(found[:20])


def test_every_check_is_frozen() -> None:
    found = {
        path.rpartition("/")[2].removesuffix(".json")
        for name in SCENES
        for path in cases.evidence(cases.read_run(name))
    }
    assert found == {
        "compare", "concept", "data", "drift", "estimate", "fairness", "imported", "slices",
        "train", "wear",
    }  # fmt: skip


def test_differences_are_found() -> None:
    old = {"a": [1.0, {"b": "x"}], "c": None}
    assert plain.differences(old, {"a": [1.0, {"b": "x"}], "c": None}) == []
    assert plain.differences(old, {"a": [1.0 + 1e-15, {"b": "y"}], "c": None, "d": 1}) == [
        ".a[0]: 1.0 → 1.000000000000001",
        '.a[1].b: "x" → "y"',
        ".d: new (1)",
    ]
    near = {"a": [1.0 + 1e-15, {"b": "x"}], "c": None, "d": 1}
    assert plain.differences(old, near, exact=False, allowed=(".d",)) == []
    assert plain.differences(old, {"a": [1.0]}) == [
        ".c: gone",
        '.a: [1.0, {"b": "x"}] → [1.0]',
    ]
