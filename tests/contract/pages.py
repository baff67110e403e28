"""Reading the documentation: links, anchors, YAML blocks and command lines of a Markdown file."""

from __future__ import annotations

import functools
import itertools
import re
import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
SHELLS = ("sh", "bash", "console", "")
"""What a block of commands is marked as."""
WRITTEN = re.compile(r'<a id="([^"]+)"></a>')
"""An anchor that the page itself names."""
_BETWEEN = ("&&", "||", "|", ";", "&", "(", ")", "{", "}")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text and first line in the file."""

    language: str
    text: str
    line: int


@functools.cache
def _parsed(text: str) -> Sequence[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


@dataclass(frozen=True)
class Page:
    """A Markdown file, parsed."""

    path: Path

    @property
    def name(self) -> str:
        """The path below the repository's top."""
        return self.path.relative_to(ROOT).as_posix()

    def tokens(self) -> Sequence[Token]:
        """Parse the file, tables included."""
        return _parsed(self.path.read_text(encoding="utf-8"))

    def inline(self) -> Iterator[Token]:
        """Give the pieces of all running text."""
        for token in self.tokens():
            yield from token.children or ()

    def links(self) -> Iterator[str]:
        """Give the addresses of all links and pictures."""
        for token in self.inline():
            for name in ("href", "src"):
                if name in token.attrs:
                    yield str(token.attrs[name])
        for token in (*self.tokens(), *self.inline()):
            if token.type in ("html_block", "html_inline"):
                yield from re.findall(r'(?:src|srcset|href)="([^"]+)"', token.content)

    def anchors(self) -> set[str]:
        """Give the names of all headings, as GitHub makes them, and those that are written out."""
        found: Counter[str] = Counter()
        names = set(WRITTEN.findall(self.path.read_text(encoding="utf-8")))
        tokens = self.tokens()
        for opening, text in itertools.pairwise(tokens):
            if opening.type == "heading_open":
                name = anchor("".join(child.content for child in text.children or ()))
                names.add(f"{name}-{found[name]}" if found[name] else name)
                found[name] += 1
        return names

    def blocks(self) -> list[Block]:
        """Give the fenced blocks."""
        return [
            Block(token.info.strip(), token.content, (token.map or [0])[0] + 2)
            for token in self.tokens()
            if token.type == "fence"
        ]

    def block(self, holding: str) -> str:
        """Give the text of the one fenced block that holds a text."""
        (found,) = (one.text for one in self.blocks() if holding in one.text)
        return found

    def code(self) -> Iterator[str]:
        """Give the code within running text."""
        yield from (token.content for token in self.inline() if token.type == "code_inline")


def anchor(heading: str) -> str:
    """Give what GitHub makes of a heading's text: `` `min` / `max` `` → `min--max`."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def commands(text: str, *, prompt: bool = False) -> list[list[str]]:
    """Give the arguments of every `mlgate` in lines of shell.

    Parameters
    ----------
    prompt
        Only lines that begin with `$ ` are commands; the rest is what they print.
    """
    lines = text.replace("\\\n", " ").splitlines()
    if prompt:
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    found = []
    for line in lines:
        if re.search(r"(^|[\s/(])(mlgate|\"?\$MLGATE\"?)\s", line):
            found += list(_of_line(line))
    return found


def _of_line(line: str) -> Iterator[list[str]]:
    placeholders = re.sub(r"\{\w+\}", "1", line)  # of a command that mlgate completes
    lexer = shlex.shlex(placeholders, posix=True, punctuation_chars=True)
    lexer.wordchars += ","
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word not in _BETWEEN:
            words.append(word)
            continue
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            del words[0]
        if words and words[0].rpartition("/")[2] in ("mlgate", "$MLGATE"):
            yield words[1:]
        words = []
