"""`evidence:` results of other tools that are taken as evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.config.problems import KeyProblem
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.config.schema import Config

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w-]*$")]

CHECK: Final = "imported"
WARNED: Final = "warned"


class Import(Frozen):
    """A result of another tool under a name of its own."""

    path: Text
    """The JSON file, relative to this one."""
    name: Name | None = None
    """What gates call it: `imported.NAME`. Default: the file's own name."""


class ImportedSection(Frozen):
    """What is taken as evidence beside mlgate's own checks."""

    import_: tuple[Text | Import, ...] = Field((), alias="import")
    """JSON results of Evidently or Deepchecks: paths, or `{name: …, path: …}`. A path's name is that of its file."""


def named(results: ImportedSection) -> dict[str, str]:
    """Give the path of each file by the name that gates call it; the first of a name."""
    found: dict[str, str] = {}
    for one in results.import_:
        found.setdefault(_name(one), one if isinstance(one, str) else one.path)
    return found


def _name(one: str | Import) -> str:
    if isinstance(one, Import) and one.name is not None:
        return one.name
    path = one.path if isinstance(one, Import) else one
    stem = re.split(r"[/\\]", path)[-1].removesuffix(".json")
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "file"


def findings(config: Config) -> Iterator[KeyProblem]:
    """Check that no two files are called alike."""
    seen: dict[str, int] = {}
    for index, one in enumerate(config.evidence.import_):
        name = _name(one)
        if seen.setdefault(name, index) != index:
            hint = "give one a name of its own: {name: drift, path: …}"
            message = f"gates would call two files {name}"
            yield KeyProblem(("evidence", "import", index), message, hint, at_value=True)


def gate_findings(
    path: tuple[str | int, ...], name: str, config: Config | None
) -> Iterator[KeyProblem]:
    """Check that a gate names a file that is imported; `name` is without `imported.`."""
    if config is None:
        return
    files = named(config.evidence)
    if not files:
        hint = "evidence: {import: [reports/evidently.json]}"
        yield KeyProblem(path, "needs evidence.import, and it is not given", hint)
    elif name != CHECK and name.partition(".")[0] not in files:
        known = ", ".join([CHECK, *(f"{CHECK}.{one}" for one in files)])
        yield KeyProblem(path, f"there is no file {name.partition('.')[0]}", f"gates: {known}")


def rules(name: str) -> tuple[str, ...]:
    """Give the rules that a gate may have: on tests that fail, or on a number."""
    parts = name.split(".")
    if len(parts) <= 2:
        return ("max_share",)
    return ("max",) if parts[2:] == [WARNED] else ("min", "max")
