"""`evidence:` results of other tools that count as evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from mlgate.config.check_section import CheckSection, NamedPath
from mlgate.config.problems import KeyProblem
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlgate.config.check_section import GateEntry
    from mlgate.config.schema import Config
    from mlgate.model.policy import RuleKind

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w-]*$")]

CHECK: Final = "imported"
WARNED: Final = "warned"


class ImportSection(Frozen):
    """A result of another tool, with a name of its own."""

    path: Text
    """The JSON file, relative to this one."""
    name: Name | None = None
    """What gates call it: `imported.NAME`. Default: the file's own name."""


class ImportedSection(Frozen):
    """What counts as evidence in addition to mlgate's own checks."""

    import_: tuple[Text | ImportSection, ...] = Field((), alias="import")
    """JSON results of Evidently or Deepchecks: paths, or `{name: …, path: …}`. A path's name is that of its file."""


def named(files: Iterable[str | ImportSection]) -> dict[str, str]:
    """Return the path of each file by the name that gates use; the first file of a name."""
    paths: dict[str, str] = {}
    for file in files:
        paths.setdefault(_name(file), file if isinstance(file, str) else file.path)
    return paths


def _name(file: str | ImportSection) -> str:
    if isinstance(file, ImportSection) and file.name is not None:
        return file.name
    path = file.path if isinstance(file, ImportSection) else file
    stem = re.split(r"[/\\]", path)[-1].removesuffix(".json")
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "file"


def problems(config: Config) -> Iterator[KeyProblem]:
    """Check that no two files have the same name."""
    seen: dict[str, int] = {}
    for index, file in enumerate(imports(config)):
        name = _name(file)
        if seen.setdefault(name, index) != index:
            hint = "give one a name of its own: {name: drift, path: …}"
            message = f"two files would have the name {name}"
            yield KeyProblem(("evidence", "import", index), message, hint, at_value=True)


def imports(config: Config) -> tuple[str | ImportSection, ...]:
    """Return the files that the configuration imports."""
    section = config.section(ImportedSection)
    return () if section is None else section.import_


def gate_problems(gate: GateEntry) -> Iterator[KeyProblem]:
    """Check that a gate names an imported file, and its rules."""
    yield from _gate_name(gate)
    yield from gate.only(*_rules(gate.target.name))


def _gate_name(gate: GateEntry) -> Iterator[KeyProblem]:
    if gate.config is None:
        return
    files = named(imports(gate.config))
    file = gate.name.partition(".")[0]
    if not files:
        hint = "evidence: {import: [reports/evidently.json]}"
        yield KeyProblem(gate.path, "needs evidence.import, but it is not configured", hint)
    elif gate.name != CHECK and file not in files:
        names = ", ".join([CHECK, *(f"{CHECK}.{name}" for name in files)])
        yield KeyProblem(gate.path, f"there is no file {file}", f"gates: {names}")


def _rules(name: str) -> tuple[RuleKind, ...]:
    """Return the rules that a gate may have: on the share of failed tests, or on a number."""
    parts = name.split(".")
    if len(parts) <= 2:
        return ("max_share",)
    return ("max",) if parts[2:] == [WARNED] else ("min", "max")


def paths(config: Config) -> Iterator[NamedPath]:
    """Return the files that are imported."""
    for path in named(imports(config)).values():
        yield NamedPath(path)


SECTION: Final = CheckSection(
    key="evidence",
    model=ImportedSection,
    description="Results of other tools that count as evidence.",
    default=ImportedSection(),
    needs_no_predictions="evidence.import",
    is_judged=lambda config: bool(imports(config)),
    problems=problems,
    gate_problems=gate_problems,
    paths=paths,
)
