"""The checks: one folder each, named by its id, found by its name; nothing is registered.

A folder holds, each only where there is something to say:

=============  ==========================================================================
`section.py`   `SECTION`: its keys in mlgate.yaml, and what they and its gates must meet
`evidence.py`  `EVIDENCE`: the type of `evidence/<id>.json`
`measure.py`   `SUMMARY`, `params(config)` and `run(inputs, params)`: see `Check`
`gate.py`      `GATE`: what its gates mean beyond a number and a limit
`page.py`      `PAGE`: its part of the report
`figures.py`   what its figures show, in numbers; `plot.py`: how they are drawn
=============  ==========================================================================

A folder without `measure.py` is measured by a command of its own: `mlgate rollout`, `mlgate reproduce`.

`config`, `gates` and `report` know no check: these tables are handed to them. CONTRIBUTING.md
shows how to add a check.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from pydantic import BaseModel

    from mlgate.config import Config
    from mlgate.config.check_section import CheckSection
    from mlgate.gates.check_gate import CheckGate
    from mlgate.model.evidence import Evidence
    from mlgate.model.inputs import Inputs
    from mlgate.report.check_page import Pages


class Check(Protocol):
    """What the `measure` module of every check has."""

    SUMMARY: str
    """One sentence for `mlgate check --list` and the documentation."""

    def params(self, config: Config) -> BaseModel | None:
        """Return what this configuration asks of the check; None when it asks for nothing."""

    def run(self, inputs: Inputs, params: Any) -> Evidence:
        """Measure. Raises `DataError` where the input is unusable."""


@cache
def names() -> tuple[str, ...]:
    """Return the ids of the checks that a run measures, sorted, without importing any."""
    return tuple(name for name in _folders() if find_spec(f"{__name__}.{name}.measure"))


@cache
def _folders() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(check: str) -> Check:
    """Import what one check measures with; `check` must be among `names()`."""
    return cast("Check", importlib.import_module(f"{__name__}.{check}.measure"))


def requested(config: Config) -> list[str]:
    """Return the checks that a configuration asks for; those without their section import nothing."""
    present = [
        check
        for check in names()
        if check not in sections() or config.section(sections()[check].model) is not None
    ]
    return [check for check in present if _params(check)(config) is not None]


def _params(check: str) -> Callable[[Config], BaseModel | None]:
    """Return `params` from its own module where there is one, without what the check measures with."""
    apart = f"{__name__}.{check}.params"
    module = importlib.import_module(apart) if find_spec(apart) else load(check)
    return cast("Check", module).params


@cache
def sections() -> Mapping[str, CheckSection]:
    """Return the sections of mlgate.yaml by check."""
    return {check: module.SECTION for check, module in _modules("section").items()}


@cache
def evidence_types() -> Mapping[str, type[Evidence]]:
    """Return the evidence types by check; the others have none of their own."""
    return {check: module.EVIDENCE for check, module in _modules("evidence").items()}


def all_evidence_types() -> Mapping[str, type[Evidence]]:
    """Return the types of all files in `evidence/`: those of the run itself come first."""
    from mlgate.run_dir import KERNEL_EVIDENCE

    return {**KERNEL_EVIDENCE, **evidence_types()}


@cache
def gates() -> Mapping[str, CheckGate]:
    """Return what gates mean beyond a number and a limit, by check."""
    return {check: module.GATE for check, module in _modules("gate").items()}


@cache
def pages() -> Pages:
    """Return the parts of the report by check."""
    return {check: module.PAGE for check, module in _modules("page").items()}


def _modules(part: str) -> dict[str, ModuleType]:
    """Import one module of every check that has it, in the order of their names."""
    paths = (f"{__name__}.{check}.{part}" for check in _folders())
    return {path.split(".")[-2]: importlib.import_module(path) for path in paths if find_spec(path)}
