"""Parse YAML into plain data, with the position of everything in it.

The file is read as JSON-like data: no anchors, aliases, merge keys, tags or further documents,
so that it means what it shows, cannot explode, and editors can check it against its JSON schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from mlgate.config.scalars import label_text
from mlgate.errors import ConfigError, ConfigProblem
from mlgate.text.escape import encodable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Path = tuple[str | int, ...]
"""The path of a value: keys of mappings and indices of lists."""
Place = tuple[int, int]
"""Line and column, from 1."""

MAX_DEPTH: Final = 20
MAX_SIZE: Final = 1_000_000


@dataclass(slots=True)
class YamlTree:
    """Plain data (`dict`, `list`, `str`, `int`, `float`, `bool`, None) with its positions.

    Attributes
    ----------
    keys
        The place of each path's key; for an entry of a list, of the entry.
    values
        The place of each path's value.
    problems
        What is wrong although the text is valid YAML, such as duplicate keys.
    """

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    problems: list[ConfigProblem] = field(default_factory=list)

    def lines(self) -> Mapping[str, Place]:
        """Return the place of each key by its dotted path."""
        return {dotted(path): place for path, place in self.keys.items()}

    def key(self, path: Path) -> Place:
        """Return the place of a key, or of the nearest key above it that exists."""
        while path and path not in self.keys:
            path = path[:-1]
        return self.keys.get(path, (1, 1))

    def value(self, path: Path) -> Place:
        """Return the place of a value, or of the nearest key above it."""
        return self.values.get(path) or self.key(path)


def dotted(path: Path) -> str:
    """Return a path as messages show it: `waivers.0.gate`."""
    return ".".join(str(part) for part in path)


def decode(content: bytes, file: str) -> str:
    """Decode a file's bytes as UTF-8; raises `ConfigError` at the first byte that is not."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise ConfigError(
            [ConfigProblem(file, line, column, "", message, "save the file as UTF-8")]
        ) from None


def read(text: str, file: str) -> YamlTree:
    """Parse YAML.

    Raises
    ------
    ConfigError
        When the text cannot be checked any further: it is not YAML, empty, not a mapping, or
        uses what is not allowed here.
    """
    if len(text) > MAX_SIZE:
        _stop(file, (1, 1), f"the file is larger than {MAX_SIZE:,} characters")
    if text.startswith("\ufeff"):
        _stop(file, (1, 1), "the file begins with a byte order mark", "save it as UTF-8 without")
    node, scalar = _compose(text, file)
    if node is None:
        _stop(file, (1, 1), "the file is empty", "`mlgate init` writes one for this repository")
    if not _is(node, "map"):
        _stop(file, _place(node.start_mark), f"expected keys (key: value), got {_kind(node)}")
    tree = YamlTree(file)
    tree.data = _Builder(tree, scalar).mapping(node, ())
    return tree


def _stop(file: str, place: Place, message: str, hint: str | None = None) -> NoReturn:
    raise ConfigError([ConfigProblem(file, *place, "", message, hint)])


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


def _is(node: Any, kind: str) -> bool:
    return str(node.tag) == f"tag:yaml.org,2002:{kind}"


def _kind(node: Any) -> str:
    return {"map": "a mapping", "seq": "a list"}.get(str(node.tag).rpartition(":")[2], "one value")


def _compose(text: str, file: str) -> tuple[Any, Callable[[Any], object]]:
    """Return the root node (None if there is none) and the function that constructs a scalar."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        # Events need no recursion: deep nesting and aliases are refused before composing.
        _refuse(YAML(typ="safe", pure=True).parse(text), file)
        yaml = YAML(typ="safe", pure=True)
        return yaml.compose(text), yaml.constructor.construct_object
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _stop(file, _place(mark) if mark else (1, 1), *_words(error))
    except ReaderError as error:
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - before.rfind("\n")
        _stop(file, place, f"the character U+{error.character:04X} is not allowed in YAML")
    except YAMLError as error:
        _stop(file, (1, 1), f"this is not YAML: {error}")


def _words(error: Any) -> tuple[str, str | None]:
    """Return the parser's message, with a hint where it is known to be misleading."""
    problem = " ".join(str(error.problem or error.context).split())
    hints = {
        "found character '\\t'": "YAML is indented with spaces, never with tabs",
        "mapping values are not allowed": 'put a value that contains ": " in quotes',
        "found unexpected end of stream": "a quote is opened and not closed",
        "but found '<stream end>'": "a bracket is opened and not closed",
        "found character '%'": "put a value that begins with % in quotes",
        "found character '@'": "put a value that begins with @ in quotes",
        "found character '`'": "put a value that begins with ` in quotes",
    }
    hint = next((hint for start, hint in hints.items() if start in problem), None)
    context = f" {error.context}" if error.context and error.problem else ""
    return f"this is not YAML: {problem}{context}", hint


def _refuse(events: Iterable[Any], file: str) -> None:
    """Raise `ConfigError` for YAML features that this file may not use."""
    depth = documents = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith(("MappingStartEvent", "SequenceStartEvent"))
        depth -= name in ("MappingEndEvent", "SequenceEndEvent")
        documents += name == "DocumentStartEvent"
        reason = _reason(event, name, depth, documents)
        if reason is not None:
            _stop(file, _place(event.start_mark), *reason)


def _reason(event: Any, name: str, depth: int, documents: int) -> tuple[str, str] | None:
    if name == "AliasEvent" or getattr(event, "anchor", None):
        return "anchors and aliases (& and *) are not supported", "write the value out"
    if documents > 1:
        return "a second document begins here", "one file holds one configuration: remove ---"
    if name == "DocumentStartEvent" and (event.version or event.tags):
        return "YAML directives (lines with %) are not supported", "remove the line"
    if getattr(event, "tag", None):
        return "tags (!) are not supported", "put text that begins with ! in quotes"
    if depth > MAX_DEPTH:
        return f"nested more than {MAX_DEPTH} levels deep", "no key needs that many"
    return None


@dataclass(slots=True)
class _Builder:
    """Walks nodes and fills a tree; duplicate keys and ambiguous scalars become its problems."""

    tree: YamlTree
    scalar: Callable[[Any], object]

    def value(self, node: Any, path: Path) -> Any:
        self.tree.values[path] = _place(node.start_mark)
        if _is(node, "map"):
            return self.mapping(node, path)
        if _is(node, "seq"):
            for index, child in enumerate(node.value):
                self.tree.keys[*path, index] = _place(child.start_mark)
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        return self.plain(node, path)

    def mapping(self, node: Any, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node, path)
            if key is None:
                continue
            here = (*path, key)
            if key in data:
                first = self.tree.keys[here][0]
                self.problem(key_node, here, f"given twice, first in line {first}")
                continue
            self.tree.keys[here] = _place(key_node.start_mark)
            data[key] = self.value(value_node, here)
        return data

    def key(self, node: Any, path: Path) -> str | None:
        """Return a key as text: `1`, `true` and `2027-01-31` are names of classes or metrics."""
        if isinstance(node.value, list):
            self.problem(node, path, "a list or a mapping cannot be a key")
            return None
        if str(node.tag).endswith(":merge"):
            self.problem(node, path, "merge keys (<<) are not supported", "write the keys out")
            return None
        value = self.plain(node, path)
        return node.value if value is None else label_text(value)

    def plain(self, node: Any, path: Path) -> Any:
        """Return a scalar's value; dates stay text."""
        kind = str(node.tag).rpartition(":")[2]
        if kind not in ("int", "float", "bool", "null"):
            text = encodable(node.value)
            if text != node.value:
                self.problem(node, path, "half of a surrogate pair is no character")
            return text
        if kind == "int" and re.fullmatch(r"[-+]?0[0-9_]+|.*_.*", node.value):
            self.problem(node, path, f"{node.value} may be a number or text", "put text in quotes")
        try:
            return self.scalar(node)
        except ValueError as error:
            self.problem(node, path, f"this number cannot be read: {error}")
            return None

    def problem(self, node: Any, path: Path, message: str, hint: str | None = None) -> None:
        place = _place(node.start_mark)
        self.tree.problems.append(
            ConfigProblem(self.tree.file, *place, dotted(path), message, hint)
        )
