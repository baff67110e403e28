"""What users read is written as a native speaker writes it: no turn translated word by word.

Read are the texts of src/ (its string literals, and those docstrings that become help or schema
descriptions), the pages, the actions and the generated schemas.
"""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from tests.contract.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TURNS: Final = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\b(come|comes|came) to be\b": "appear, is created",
    r"\bnobody (said|says|told)\b": "is not known, is not set",
    r"\bwould tell\b": "would decide",
    r"\btold\b": "reported, shown, logged",
    r"\breckon(s|ed|ing)?\b": "compute, take into account",
    r"\b(stand|stands|stood) (in|there|under|below|beside)\b": "is in",
    r"\bstands (twice|alone|where)\b": "appears, is",
    r"\b(results?|baselines?|files?) (lie|lies)\b": "is stored",
    r"\banew\b": "again, or re-: recompute",
    r"\bsuch as (it is|they are)\b": "as it is",
    r"\b(lie|lies|lay) (there|in|on|at|under|below|beside|next)\b": "is in",
    r"\bheed(s|ed|ing)?\b": "take into account",
    r"\b(take|takes|taken|taking|took) for\b": "treat as, mistake for",
    r"\bbe had\b": "is available",
    r"\bof which\b": "whose, with",
    r"\bfor ever\b": "forever",
    r"\bfor sure\b": "certainly, significantly",
    r"\ball the same\b": "anyway",
    r"\band (none|it) (is|are) (not )?given\b": "but … not configured",
    r"\Athe same\Z": "unchanged, or what is the same as what",
}
"""Each turn, and what to write instead."""
RIGHT: Final = (
    r"\btold apart\b",  # the idiom
    r"\btak(e|es|en) for granted\b",
    r"\bof which (\d|[kt] were\b)",  # a part of a number: "200 rows of which 1 % differ"
    r"\blies? in (\[0, 1\]|the future)",  # a number's place, a date's
    r"\blies? on (the bad|one) side\b",  # an interval's
)
"""Where such words are right."""
READ_DOCSTRINGS: Final = ("config/", "cli/")
"""Folders whose docstrings become descriptions and help; `section.py` and `params.py` too."""


class Text(NamedTuple):
    place: str
    text: str


def turns(text: str) -> list[str]:
    """Return the translated turns of a text, each with what to write instead."""
    flat = " ".join(text.split())
    for right in RIGHT:
        flat = re.sub(right, "…", flat, flags=re.IGNORECASE)
    return [
        f"{match[0]!r} (write: {instead})"
        for turn, instead in TURNS.items()
        for match in re.finditer(turn, flat, re.IGNORECASE)
    ]


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_public(path: Path) -> bool:
    """Whether docstrings of this module reach users."""
    inside = path.relative_to(ROOT / "src" / "mlgate").as_posix()
    return inside.startswith(READ_DOCSTRINGS) or path.name in ("section.py", "params.py")


def shown(node: ast.AST, docstrings: bool) -> Iterator[ast.AST]:
    """Yield a node and all below it, without docstrings that nobody but developers reads."""
    yield node
    private = str(getattr(node, "name", "")).startswith("_")
    for child in ast.iter_child_nodes(node):
        unread = not docstrings or private or isinstance(node, ast.Module)
        if unread and isinstance(child, ast.stmt) and is_docstring(child):
            continue
        if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
            continue  # it was yielded as a part of the whole
        yield from shown(child, docstrings)


def literal(node: ast.AST) -> str | None:
    """Return what a literal says; the parts of an f-string that are computed are left out."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def source_texts() -> Iterator[Text]:
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in shown(tree, is_public(path)):
            text = literal(node)
            if text is not None:
                yield Text(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text)


def descriptions(node: Any) -> Iterator[str]:
    """Yield the titles and descriptions of a JSON schema."""
    if isinstance(node, list):
        for item in node:
            yield from descriptions(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("title", "description") and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)


def page_texts() -> Iterator[Text]:
    """Yield the paragraphs of the pages, and the lines of the actions and example workflows."""
    pages = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
    for page in pages:
        line = 1
        for paragraph in re.split(r"(\n\n+)", page.read_text("utf-8")):
            yield Text(f"{page.relative_to(ROOT)}:{line}", paragraph)
            line += paragraph.count("\n")
    for action in (
        ROOT / "action.yml",
        *sorted((ROOT / "actions").rglob("action.yml")),
        *sorted((ROOT / "workflows").glob("*.yml")),
    ):
        for number, text in enumerate(action.read_text("utf-8").splitlines(), 1):
            yield Text(f"{action.relative_to(ROOT)}:{number}", text)


def schema_texts() -> Iterator[Text]:
    for path in sorted((ROOT / "schema").glob("*.json")):
        for text in descriptions(json.loads(path.read_text("utf-8"))):
            yield Text(str(path.relative_to(ROOT)), text)


@pytest.mark.parametrize("texts", [source_texts, page_texts, schema_texts])
def test_no_text_has_a_translated_turn(texts: Any) -> None:
    wrong = [
        f"{text.place}: {turn} in {' '.join(text.text.split())[:300]!r}"
        for text in texts()
        for turn in turns(text.text)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "and the next run\nmends it",
        "about 31,000 rows would tell",
        "The same",
        "it is told",
        "lies there",
    ],
)
def test_a_translated_turn_is_found(text: str) -> None:
    assert turns(text)


@pytest.mark.parametrize(
    "text",
    [
        "the same rows",
        "sides are told apart",
        "200 rows of which 1 % differ",
        "losses lie in [0, 1]",
    ],
)
def test_words_that_are_right_are_left(text: str) -> None:
    assert not turns(text)
