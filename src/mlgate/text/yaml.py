"""YAML that others wrote: one way to read it, which no file can hold up; and one to write it."""

from __future__ import annotations

from typing import Any, Final

from mlgate.text.escape import encodable

LARGEST: Final = 2_000_000
"""Characters of a file: reading them takes seconds."""
MOST_REPEATED: Final = 100_000
"""Values that aliases may stand for, beside those that are written."""


class YamlError(ValueError):
    """A text is no YAML, or holds what is no plain value."""


def load(text: str) -> Any:
    """Return the plain values in a text of YAML 1.2; each key once, aliases within limits.

    Raises
    ------
    YamlError
        When it is none.
    ValueError
        When it is too large, nested too deeply, or its aliases stand for too much.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if len(text) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST:,} characters")
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
        if node is None:
            return None
        sizes: dict[int, int] = {}
        repeated = _size(node, sizes) - len(sizes)
        if repeated > MOST_REPEATED:
            raise ValueError(f"its aliases stand for more than {MOST_REPEATED:,} values")
        return yaml.constructor.construct_document(node)
    except YAMLError as error:
        raise YamlError(str(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (ArithmeticError, LookupError, TypeError, AttributeError) as error:
        raise YamlError(str(error)) from None


def dump(value: Any) -> str:
    """Return plain values as a text of YAML, in block style, keys in their order."""
    from io import StringIO

    from ruamel.yaml import YAML

    yaml, text = YAML(), StringIO()
    yaml.width = 4096  # a line a value
    yaml.dump(value, text)
    return text.getvalue()


def _size(node: Any, sizes: dict[int, int]) -> int:
    """Return how many values a node stands for, once its aliases are written out."""
    size = sizes.get(id(node))
    if size is not None:
        if not size:
            raise ValueError("one of its aliases stands for what holds it")
        return size
    sizes[id(node)] = 0  # until it is known
    if isinstance(node.value, str):
        node.value = encodable(node.value)
        size = 1
    else:
        inner = (
            each
            for entry in node.value
            for each in (entry if isinstance(entry, tuple) else (entry,))
        )
        size = 1 + sum(_size(each, sizes) for each in inner)
    sizes[id(node)] = size
    return size
