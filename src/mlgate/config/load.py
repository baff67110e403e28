"""From the text of mlgate.yaml to a `Config`, or to all of its problems."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError

from mlgate.config import deprecated, reader_defaults, rules, tree
from mlgate.config.check_section import compose
from mlgate.config.problems import KeyProblem, key_problems
from mlgate.config.schema import Config, Organisation, parse_target
from mlgate.errors import ConfigError, ConfigProblem, UsageError
from mlgate.model.base import Frozen
from mlgate.model.policy import given_rules

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mlgate.config.check_section import Checks
    from mlgate.config.tree import Path, YamlTree

T = TypeVar("T", bound=Frozen)

_ROUNDS: Final = 4
_REQUIRED: Final[Mapping[Path, tuple[str | None, object]]] = {
    ("version",): ("write version: 1", 1),
    ("gates",): (
        "give at least one gate, such as accuracy: {max_regression: 0.01}",
        {"accuracy": {"min": 0.0}},
    ),
    ("predictions", "path"): ("the file of predictions that the training writes", "?"),
    ("gate",): (None, "accuracy"),
    ("until",): (None, "9999-12-31"),
}
"""Required keys: a hint for where one is missing, and a valid value with which everything else
can be checked. Keys of list entries are given by their last part alone."""


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration with the text that it came from.

    Attributes
    ----------
    lines
        (line, column), from 1, of every key by its dotted path: `gates.accuracy.min`.
    chosen
        The keys that the reader of the predictions set, by dotted path.
    deprecated
        What has to be written otherwise soon, a sentence each.
    """

    config: Config
    file: str
    text: str
    lines: Mapping[str, tuple[int, int]]
    chosen: Mapping[str, Any] = field(default_factory=dict)
    deprecated: tuple[str, ...] = ()

    def gate_lines(self) -> dict[str, int]:
        """Return the line of each gate's rule by `<target>.<rule>`.

        An implied rule against the anchor has the line of `max_regression`.
        """
        lines = {}
        for name, gate in self.config.gates.items():
            for kind in given_rules(gate):
                path = f"gates.{name}.{kind}"
                place = self.lines.get(path) or self.lines[f"gates.{name}.max_regression"]
                lines[f"{parse_target(name, self.config.checks)}.{kind}"] = place[0]
        return lines


def load(path: pathlib.Path, checks: Checks, name: str | None = None) -> LoadedConfig:
    """Read mlgate.yaml; messages call it `name`, by default the file's own.

    Raises
    ------
    UsageError
        When there is no such file.
    ConfigError
        With all of its problems.
    """
    name = name or path.name
    return parse(_text(path, name), name, checks)


def parse(text: str, file: str, checks: Checks) -> LoadedConfig:
    """Read the text of an mlgate.yaml; messages call it `file`.

    Raises
    ------
    ConfigError
        With all of its problems.
    """
    yaml = tree.read(text, file)
    config = _validated(compose(checks), yaml, checks, rules.configuration)
    chosen = reader_defaults.chosen(yaml.data)
    return LoadedConfig(config, file, text, yaml.lines(), chosen, tuple(deprecated.warnings(yaml)))


def written_name(text: str) -> str | None:
    """Return the model's name as the text of an mlgate.yaml gives it, whatever else it holds.

    Raises
    ------
    ConfigError
        When the text is no mapping, or its `name` is no text.
    """
    name = tree.read(text, "mlgate.yaml").data.get("name")
    if name is None or (isinstance(name, str) and name):
        return name
    raise ConfigError([ConfigProblem("mlgate.yaml", 1, 1, "name", "expected text")])


def load_policy(path: pathlib.Path, checks: Checks) -> Organisation:
    """Read a file of `--policy`; raises as `load` does."""
    return parse_policy(_text(path, str(path)), str(path), checks)


def parse_policy(text: str, file: str, checks: Checks) -> Organisation:
    """Read the text of a file of `--policy`; raises as `parse` does."""

    def across(organisation: Organisation) -> Iterable[KeyProblem]:
        return rules.organisation(organisation, checks)

    return _validated(Organisation, tree.read(text, file), checks, across)


def _text(path: pathlib.Path, name: str) -> str:
    try:
        return tree.decode(path.read_bytes(), name)
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}"
        raise UsageError(msg, hint="`mlgate init` writes a configuration") from None


def _validated(
    model: type[T], yaml: YamlTree, checks: Checks, across: Callable[[T], Iterable[KeyProblem]]
) -> T:
    """Return the model, or raise every problem of its types and of its keys together."""
    data = yaml.data if model is Organisation else reader_defaults.merged(yaml.data)
    value, problems = _typed(model, data, _required(checks))
    problems += _independent(rules.written(yaml.data, checks), problems)
    if value is not None:
        problems += _independent(across(value), problems)
    problems += _independent(_without_end(yaml.data), problems)
    placed = yaml.problems + [_placed(yaml, problem) for problem in problems]
    if placed or value is None:
        raise ConfigError(sorted(set(placed), key=lambda p: (p.line, p.column, p.message)))
    return value


def _without_end(value: object, path: Path = ()) -> Iterator[KeyProblem]:
    """Refuse texts that no command, path or name can hold."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _without_end(inner, (*path, str(key)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _without_end(inner, (*path, place))
    elif isinstance(value, str) and "\0" in value:
        yield KeyProblem(path, "holds the character U+0000", "write a text without it")


def _required(checks: Checks) -> Mapping[Path, tuple[str | None, object]]:
    """Return all required keys, with those of the checks."""
    return {
        **_REQUIRED,
        **{
            (section.key, *path): required
            for section in checks.values()
            for path, required in section.required.items()
        },
    }


def _typed(
    model: type[T], data: dict[str, Any], required: Mapping[Path, tuple[str | None, object]]
) -> tuple[T | None, list[KeyProblem]]:
    """Validate; where there are problems, go on without the wrong parts, to find further ones.

    Types are strict, as in JSON: "0.8" is not a number, and true is not 1.
    """
    hints = {path: hint for path, (hint, _) in required.items() if hint is not None}
    problems: list[KeyProblem] = []
    for _ in range(_ROUNDS):
        try:
            return model.model_validate_json(json.dumps(data), strict=True), problems
        except ValidationError as error:
            new = key_problems(model, data, error.errors(include_url=False), hints)
            problems += [
                problem
                for problem in new
                if not any(
                    _under(problem.path, p.path) or _under(p.path, problem.path) for p in problems
                )
            ]
            data = _repaired(data, new, required)
    return None, problems


def _repaired(
    data: dict[str, Any],
    problems: Iterable[KeyProblem],
    required: Mapping[Path, tuple[str | None, object]],
) -> dict[str, Any]:
    """Remove what is wrong, and put valid values in place of what is missing."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for problem in sorted(problems, key=lambda p: p.path, reverse=True):
        *above, last = problem.path
        here: Any = copy
        for part in above:
            here = here[part]
        if isinstance(here, list):
            del here[int(last) : int(last) + 1]  # one that is missing is not there
        elif last in here:
            del here[last]
        else:
            _, here[last] = required.get(problem.path) or required.get((last,)) or (None, "?")
    return copy


def _independent(new: Iterable[KeyProblem], problems: Iterable[KeyProblem]) -> list[KeyProblem]:
    """Return the problems that are not inside a wrong key and do not follow from one."""
    blocked = [problem.path for problem in problems]
    return [
        problem
        for problem in new
        if not any(
            _under(problem.path, path)
            or any(_under(read, path) or _under(path, read) for read in problem.reads)
            for path in blocked
        )
    ]


def _under(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def _placed(yaml: YamlTree, problem: KeyProblem) -> ConfigProblem:
    place = yaml.value(problem.path) if problem.at_value else yaml.key(problem.path)
    key = tree.dotted(problem.path)
    return ConfigProblem(yaml.file, *place, key, problem.message, problem.hint)
