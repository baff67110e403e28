"""What is not YAML, or is YAML that a configuration may not use, is told with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgate import checks, config
from mlgate.config import tree
from mlgate.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def only(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        tree.read(text, "f")
    assert len(caught.value.problems) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1:1: the file is empty"),
        ("# nothing\n", "f:1:1: the file is empty"),
        ("- a\n", "f:1:1: expected keys (key: value), got a list"),
        ("# x\njust words\n", "f:2:1: expected keys (key: value), got one value"),
        ("a:\n\t- b\n", "f:2:1: this is not YAML: found character '\\t'"),
        ("a: [1,\nb: 2\n", "f:3:1: this is not YAML: expected ',' or ']', but got"),
        ("a: 'b\n", "a quote is opened and not closed"),
        ("a: b: c\n", "f:1:5: this is not YAML: mapping values are not allowed here (put a value"),
        ("a: @b\n", "f:1:4: this is not YAML"),
        ("\ufeffa: 1\n", "f:1:1: the file begins with a byte order mark"),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second document begins here"),
        ("a: 1\nb: &x 2\n", "f:2:4: anchors and aliases (& and *) are not supported"),
        ("a: *x\n", "f:1:4: anchors and aliases"),
        ("a: !!python/object:os.system 1\n", "f:1:4: tags (!) are not supported"),
        ("%YAML 1.1\n---\na: yes\n", "f:2:1: YAML directives"),
        ("a: 1\nb: \x07\n", "f:2:4: the character U+0007 is not allowed in YAML"),
        ("a: " + "[" * 30 + "]" * 30, "f:1:23: nested more than 20 levels deep"),
        ("a: " + "x" * 1_000_001, "larger than 1,000,000 characters"),
    ],
)
def test_refused_at_once(text: str, message: str) -> None:
    assert message in only(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: {c: 1,\n  c: 2}\n", "f:3:3: b.c: given twice, first in line 2"),
        ("a: 1\na: 2\n", "f:2:1: a: given twice, first in line 1"),
        ("a: {<<: {b: 1}}\n", "f:1:5: a: merge keys (<<) are not supported"),
        ("a:\n  ? [b]\n  : 1\n", "f:2:5: a: a list or a mapping cannot be a key"),
        ('a: {b: "x\\ud800"}\n', "f:1:8: a.b: half of a surrogate pair is no character"),
        ('"x\\ud800": 1\n', "f:1:1: half of a surrogate pair is no character"),
        ("a: 012\n", "f:1:4: a: 012 may be a number or text"),
        ("a: 1_000\n", "f:1:4: a: 1_000 may be a number or text"),
        ("a: 1" + "0" * 5000 + "\n", "f:1:4: a: this number cannot be read"),
    ],
)
def test_problems_that_leave_the_rest_readable(text: str, message: str) -> None:
    assert str(tree.read(text, "f").problems[0]).startswith(message)


def test_a_bomb_is_refused_before_it_is_built() -> None:
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    assert "f:1:5: anchors and aliases" in only("a0: &a0 [x]\n" + levels)


def test_deep_nesting_is_no_stack_overflow() -> None:
    assert "levels deep" in only("a: " + "[" * 20_000)


def test_positions() -> None:
    found = tree.read("a: 1\nb:\n  - x\n  - {c.d: 2}\n", "f")
    assert found.data == {"a": 1, "b": ["x", {"c.d": 2}]}
    assert found.lines() == {
        "a": (1, 1),
        "b": (2, 1),
        "b.0": (3, 5),
        "b.1": (4, 5),
        "b.1.c.d": (4, 6),
    }
    assert found.values["b", 1, "c.d"] == (4, 11)


def test_values_are_those_of_yaml_1_2_and_dates_stay_text() -> None:
    text = "a: [yes, on, true, 2027-01-31, 2%, 1e-3, 0o17, ~, .5]\n1: one\ntrue: t\n~: n\n"
    assert tree.read(text, "f").data == {
        "a": ["yes", "on", True, "2027-01-31", "2%", 0.001, 15, None, 0.5],
        "1": "one",
        "true": "t",
        "~": "n",
    }


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "mlgate.yaml"
    file.write_bytes(b"version: 1\nname: caf\xe9\n")
    with pytest.raises(ConfigError, match=r"mlgate\.yaml:2:10: byte 0xe9 is not UTF-8"):
        config.load(file, checks.sections())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        config.load(tmp_path / "mlgate.yaml", checks.sections())


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab:1 -\n\t[]{}&*!|>'\"%@#?,.~<$\x00\u2028é"), max_size=40))
def test_any_text_is_refused_with_a_place(text: str) -> None:
    try:
        config.parse(text, "f", checks.sections())
    except ConfigError as error:
        found = error.problems
    else:
        pytest.fail("no such text is a configuration")
    assert found
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)
