"""From the text of mlgate.yaml to a `Config`, or to all that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError

from mlgate.config import rules, tree
from mlgate.config.gate_rules import kinds
from mlgate.config.problems import KeyProblem, findings
from mlgate.config.schema import Config, Organisation
from mlgate.errors import ConfigError, ConfigProblem, UsageError
from mlgate.model.base import Frozen
from mlgate.model.policy import Target

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterable, Mapping

    from mlgate.config.tree import Path, Tree

T = TypeVar("T", bound=Frozen)

_ROUNDS: Final = 4
_STAND_IN: Final[dict[str, Any]] = {
    "version": 1,
    "path": "?",
    "reference": "?",
    "label": "?",
    "sensitive": ["?"],
    "gates": {"accuracy": {"min": 0.0}},
    "gate": "accuracy",
    "reason": "?",
    "until": "9999-12-31",
}
"""Valid values for required keys that are missing, so that everything else can be checked."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration with the text that it came from.

    Attributes
    ----------
    lines
        (line, column), from 1, of every key by its dotted path: `gates.accuracy.min`.
    """

    config: Config
    file: str
    text: str
    lines: Mapping[str, tuple[int, int]]

    def gate_lines(self) -> dict[str, int]:
        """Give the line of each gate's rule by `<target>.<rule>`.

        The rule against the anchor stands where `max_regression` does when it is implied.
        """
        found = {}
        for name, asked in self.config.gates.items():
            for kind in kinds(asked):
                path = f"gates.{name}.{kind}"
                place = self.lines.get(path) or self.lines[f"gates.{name}.max_regression"]
                found[f"{Target.parse(name)}.{kind}"] = place[0]
        return found


def load(path: pathlib.Path, name: str | None = None) -> Loaded:
    """Read mlgate.yaml; `name` is told in messages, by default the file's own.

    Raises
    ------
    UsageError
        When there is no such file.
    ConfigError
        With all of its problems.
    """
    name = name or path.name
    return parse(_text(path, name), name)


def parse(text: str, file: str) -> Loaded:
    """Read the text of an mlgate.yaml; `file` is the name to tell in messages.

    Raises
    ------
    ConfigError
        With all of its problems.
    """
    found = tree.read(text, file)
    config = _validated(Config, found, rules.config)
    return Loaded(config, file, text, found.lines())


def load_policy(path: pathlib.Path) -> Organisation:
    """Read a file of `--policy`; raises as `load` does."""
    return parse_policy(_text(path, str(path)), str(path))


def parse_policy(text: str, file: str) -> Organisation:
    """Read the text of a file of `--policy`; raises as `parse` does."""
    return _validated(Organisation, tree.read(text, file), rules.organisation)


def _text(path: pathlib.Path, name: str) -> str:
    try:
        return tree.decode(path.read_bytes(), name)
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}"
        raise UsageError(msg, hint="`mlgate init` writes a configuration") from None


def _validated(model: type[T], found: Tree, across: Callable[[T], Iterable[KeyProblem]]) -> T:
    """Give the model, or raise every problem of its types and of its keys together."""
    value, wrong = _typed(model, found.data)
    wrong += _told_anew(rules.written(found.data), wrong)
    if value is not None:
        wrong += _told_anew(across(value), wrong)
    problems = found.problems + [_problem(found, finding) for finding in wrong]
    if problems or value is None:
        raise ConfigError(sorted(set(problems), key=lambda p: (p.line, p.column, p.message)))
    return value


def _typed(model: type[T], data: dict[str, Any]) -> tuple[T | None, list[KeyProblem]]:
    """Validate; with problems, go on with what is left when the wrong parts are taken out.

    Strict JSON is what a file means: "0.8" is not a number, and true is not 1.
    """
    wrong: list[KeyProblem] = []
    for _ in range(_ROUNDS):
        try:
            return model.model_validate_json(json.dumps(data), strict=True), wrong
        except ValidationError as error:
            told = findings(model, data, error.errors(include_url=False))
            wrong += [
                new
                for new in told
                if not any(_under(new.path, f.path) or _under(f.path, new.path) for f in wrong)
            ]
            data = _mended(data, told)
    return None, wrong


def _mended(data: dict[str, Any], wrong: Iterable[KeyProblem]) -> dict[str, Any]:
    """Take what is wrong out, and put stand-ins for what is missing."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for finding in sorted(wrong, key=lambda f: f.path, reverse=True):
        *above, last = finding.path
        here: Any = copy
        for part in above:
            here = here[part]
        if isinstance(here, list):
            del here[int(last)]
        elif last in here:
            del here[last]
        else:
            here[last] = _STAND_IN[str(last)]
    return copy


def _told_anew(new: Iterable[KeyProblem], wrong: Iterable[KeyProblem]) -> list[KeyProblem]:
    """Leave out what is inside a key that is wrong, or follows from one."""
    blocked = [one.path for one in wrong]
    return [
        finding
        for finding in new
        if not any(
            _under(finding.path, path)
            or any(_under(read, path) or _under(path, read) for read in finding.reads)
            for path in blocked
        )
    ]


def _under(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def _problem(found: Tree, finding: KeyProblem) -> ConfigProblem:
    place = found.value(finding.path) if finding.at_value else found.key(finding.path)
    key = tree.dotted(finding.path)
    return ConfigProblem(found.file, *place, key, finding.message, finding.hint)
