"""Which models a change renames, moves, removes or adds."""

from __future__ import annotations

import pytest

from mlgate.git import TreeEntry
from mlgate.inputs.model_files import ModelFiles, merged
from mlgate.pipeline.judging.identity import ModelEntry, compare

PLAIN, LINK, SUBMODULE = "100644", "120000", "160000"


def model(path: str, name: str | None, oid: str = "") -> ModelEntry:
    return ModelEntry(f"{path}/mlgate.yaml", name, oid or f"{path}-{name}")


def kinds(
    before: list[ModelEntry], after: list[ModelEntry], own: str = "a/mlgate.yaml", **links: str
) -> list[tuple[str, str]]:
    files = ModelFiles({path: TreeEntry(LINK, oid) for path, oid in links.items()})
    return [(c.kind, c.name) for c in compare(own, before, after, files).changes]


A, B = model("a", "toy"), model("b", "car")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([A, B], []),
        ([A, B, model("c", "new")], []),
        ([model("a", "toy-2"), B], [("renamed", "toy")]),
        ([model("z", "toy"), B], [("moved", "toy")]),
        ([model("z", "other", A.oid), B], [("moved", "toy")]),
        ([B], [("removed", "toy")]),
        ([A], [("removed", "car")]),
        ([model("a", None), B], [("unreadable", "toy")]),
        ([A, B, model("c", "TOY ")], [("duplicate", "toy")]),
        ([model("a", "car"), B], [("renamed", "toy"), ("duplicate", "car")]),
        ([model("a", "car")], [("renamed", "toy"), ("removed", "car"), ("duplicate", "car")]),
        ([A, model("b", "tool"), model("c", "car")], [("renamed", "car"), ("duplicate", "car")]),
    ],
)
def test_what_becomes_of_models(after: list[ModelEntry], expected: list[tuple[str, str]]) -> None:
    assert sorted(kinds([A, B], after)) == sorted(expected)


def test_two_models_that_swap_names_are_told_apart_by_nothing() -> None:
    swapped = [model("a", "car"), model("b", "toy")]
    assert [kind for kind, _ in kinds([A, B], swapped)].count("duplicate") == 2


def test_models_of_one_name_can_be_given_two() -> None:
    twins = [A, model("b", "toy")]
    assert kinds(twins, [A, model("b", "car")]) == [("renamed", "toy")]


def test_a_file_that_cannot_be_read_names_nothing_anybody_could_miss() -> None:
    assert kinds([A, model("b", None)], [A]) == []


def test_a_link_in_the_place_of_a_folder_is_named() -> None:
    identity = compare("a/mlgate.yaml", [A], [], ModelFiles({"a": TreeEntry(LINK, "x")}))
    assert [(c.kind, c.detail) for c in identity.changes] == [("linked", "a")]
    assert identity.gone


def test_a_moved_model_is_known_where_it_went_and_gone_where_it_was() -> None:
    after = [model("z", "toy")]
    there = compare("z/mlgate.yaml", [A], after, ModelFiles())
    here = compare("a/mlgate.yaml", [A], after, ModelFiles())
    assert (there.origin, there.gone) == (A, False)
    assert (here.origin, here.gone) == (A, True)


@pytest.mark.parametrize(
    "name",
    ["Toy", "toy ", "t\u200boy", "t\u043ey", "\uff54oy", "to\u0301y", "\u03c4oy", "toy\u3164", "to\u115fy",
     "toy\u2800", "t\u0585y", "\ua4d4\ua4f3\ua4ec", "\u13a2oy", "t\u2c9fy", "t\U0001042cy", "\u1d1boy", "t\u00f8y",
     "toy\U000e0041"],
)  # fmt: skip
def test_names_are_alike_where_nobody_sees_a_difference(name: str) -> None:
    assert kinds([A], [A, model("c", name)]) == [("duplicate", "toy")]


@pytest.mark.parametrize(
    ("name", "other"),
    [("toy-1", "toy-2"), ("toy-1", "toy_1"), ("a/b", "ab"), ("模型", "数据"), ("模型", "ab"), ("отток", "рынок"),
     ("모델", "ab"), ("k\u00f8", "ka"), ("v0", "vo")],
)  # fmt: skip
def test_names_that_differ_to_the_eye_are_two(name: str, other: str) -> None:
    assert kinds([model("a", name)], [model("a", name), model("c", other)]) == []


def entries(**modes: str) -> ModelFiles:
    return ModelFiles({f"{name}/mlgate.yaml": TreeEntry(PLAIN, oid) for name, oid in modes.items()})


def test_what_only_the_judging_branch_changed_is_no_change_here() -> None:
    common, head = entries(a="1", b="1", c="1"), entries(a="1", b="2", c="1")
    judging = entries(a="9", b="1", d="1")  # changes a, removes c, adds d
    assert merged(judging, common, head) == entries(a="9", b="2", d="1")


def test_what_the_change_removes_is_not_there_after_merging() -> None:
    assert merged(entries(a="9", b="1"), entries(a="1", b="1"), entries(b="1")) == entries(b="1")
