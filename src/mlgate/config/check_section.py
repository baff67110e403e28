"""A check's part of mlgate.yaml: its keys, and the rules for them and for its gates.

The configuration knows no check by name. Each check's `section.py` ends with a `CheckSection`;
all of them are passed in, by check, and `compose` builds the type of the whole file from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from mlgate.config.problems import KeyProblem
from mlgate.config.schema import Config
from mlgate.config.tables import DataTables
from mlgate.model.policy import RELATIVE, given_rules
from mlgate.text.lists import one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mlgate.config.tree import Path
    from mlgate.model.attributes import AttributeSpec
    from mlgate.model.base import Frozen
    from mlgate.model.policy import Floors, Gate, RuleKind, Target

    Checks = Mapping[str, "CheckSection"]
    """The sections, by check."""


@dataclass(frozen=True, slots=True)
class GateEntry:
    """One entry of `gates:`. An entry of a `--policy` file has no configuration.

    Attributes
    ----------
    path
        Its key in the file.
    name
        What it names without the check's prefix: `four_fifths` of `fairness.four_fifths[sex]`;
        the check itself where there is no more.
    """

    path: Path
    target: Target
    rules: Gate
    config: Config | None

    @property
    def name(self) -> str:
        """The name within the gate's check."""
        check, _, name = self.target.name.partition(".")
        return name or check

    def only(self, *allowed: RuleKind) -> Iterable[KeyProblem]:
        """Find rules that this gate must not have; a gate without any rule is a problem too."""
        kinds = list(given_rules(self.rules))
        if not kinds:
            yield KeyProblem(
                self.path, "has no rule", f"give it {one_of(allowed)}", reads=(self.path,)
            )
        for kind in kinds:
            implied = kind == "max_regression_anchor" and len(kinds) > 1
            if kind not in allowed and not implied:
                yield KeyProblem(
                    (*self.path, kind), f"is not for {self.target.name}", one_of(allowed)
                )


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path that a configuration names.

    Attributes
    ----------
    pattern
        As written: a path or a glob, relative to the configuration, or an address.
    written
        Whether the training may write it. What results are measured against, such as a
        reference, is committed or lies elsewhere.
    data
        Whether it is what a model learns from or meets: where git has it, the commit's counts.
    """

    pattern: str
    written: bool = True
    data: bool = False


def _no_problems(_: Any) -> Iterable[KeyProblem]:
    return ()


def _no_paths(_: Any) -> Iterable[NamedPath]:
    return ()


@dataclass(frozen=True, slots=True)
class CheckSection:
    """The hooks of a check's `section.py`. Hooks that are left out do nothing.

    Attributes
    ----------
    key, model, description
        Its key in mlgate.yaml, the type of its value, and the description that editors show.
    example
        The smallest section that asks for the check, as messages show it. The tests of every check
        use it unless their own configuration has the section, so it works on any table.
    default
        The section where the key is missing; None where the check does not run then.
    required
        Required keys, by their path below `key`: a hint for where one is missing, and a valid
        value.
    references
        Paths below `key` in which `${env:NAME}` is replaced.
    needs_no_predictions
        Its name in the list of what can be judged without predictions; None where it needs them, and
        the section without predictions is a problem.
    needs_labels
        Whether it reads labels and predictions, which the task `scores` does not have.
    is_judged
        Whether a configuration has it judged without predictions.
    problems
        Find contradictions among its keys, and with the rest of the file.
    metrics, compares
        What its gates may name, after `<check>.`, and whether it compares that with a baseline.
    prefixed
        Whether its gates are named `<check>.…`.
    apart
        Whether its gates are judged by a command of its own, and not with a run.
    gate_problems, level_problems
        Find what is wrong with a gate of this check, where names and rules depend on more than
        `metrics` and `compares`; and with the `[…]` of any other metric.
    has_levels
        Whether it checks the `[…]` of its own gates itself.
    canonical
        Return the canonical form of a name within the check.
    gate_rules
        Return a gate's rules with the check's defaults.
    floors
        Return the least effects that count, by column.
    paths
        Return the paths that the check reads.
    runs_code
        Whether a configuration has it run code of the user's.
    listed_levels
        Return the columns whose every level its report lists, by their place in the file.
    tables
        Return the tables of data that it names, for other checks to read as well.
    row_columns
        Return the columns, or expressions over them, that decide which rows its gates are about.
    """

    key: str
    model: type[Frozen]
    description: str
    example: str = ""
    default: Frozen | None = None
    required: Mapping[Path, tuple[str, Any]] = field(default_factory=dict, hash=False)
    references: tuple[str, ...] = ()
    needs_no_predictions: str | None = None
    needs_labels: bool = False
    is_judged: Callable[[Config], bool] = lambda _: False
    problems: Callable[[Config], Iterable[KeyProblem]] = _no_problems
    metrics: tuple[str, ...] = ()
    compares: bool = False
    prefixed: bool = True
    apart: bool = False
    gate_problems: Callable[[GateEntry], Iterable[KeyProblem]] | None = None
    level_problems: Callable[[GateEntry], Iterable[KeyProblem]] = _no_problems
    has_levels: bool = False
    canonical: Callable[[str], str] = lambda name: name
    gate_rules: Callable[[Target, Gate], Gate] = lambda _, rules: rules
    floors: Callable[[Config], Mapping[str, Floors]] = lambda _: {}
    paths: Callable[[Config], Iterable[NamedPath]] = _no_paths
    runs_code: Callable[[Config], bool] = lambda _: False
    listed_levels: Callable[[Config], Mapping[Path, str]] = lambda _: {}
    tables: Callable[[Config], DataTables] = lambda _: DataTables()
    row_columns: Callable[[Config], Iterable[AttributeSpec]] = lambda _: ()

    def problems_of_gate(self, gate: GateEntry) -> Iterable[KeyProblem]:
        """Find what is wrong with a gate of this check's name."""
        if gate.config is not None and gate.config.section(self.model) is None:
            message = f"needs {self.key}, but it is not configured"
            yield KeyProblem(gate.path, message, self.example or f"{self.key}: …")
        if self.gate_problems is not None:
            yield from self.gate_problems(gate)
            return
        if gate.name not in self.metrics:
            names = [f"{gate.target.name.partition('.')[0]}.{name}" for name in self.metrics]
            hint = f"write {one_of(names)}" if names else "it measures nothing that gates may name"
            yield KeyProblem(gate.path, f"there is no metric {gate.target.name!r}", hint)
        yield from gate.only("min", "max", *(RELATIVE if self.compares else ()))


def compose(checks: Checks) -> type[Config]:
    """Return the type of mlgate.yaml with the sections of these checks."""
    return _composed(tuple(checks.items()))


@cache
def _composed(sections: tuple[tuple[str, CheckSection], ...]) -> type[Config]:
    class WithChecks(Config):
        checks = dict(sections)

    fields: dict[str, Any] = {
        section.key: (
            section.model if section.default is not None else section.model | None,
            Field(section.default, description=section.description),
        )
        for _, section in sections
    }
    return create_model("Config", __base__=WithChecks, __doc__=Config.__doc__, **fields)
