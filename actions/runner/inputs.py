"""What each action runs, and how its inputs become arguments of that command.

An input has the name of the option that it sets. The tables are held equal to the action.yml
files and to the command line by tests/contract/test_actions.py.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

T = TypeVar("T")
Kind = Literal["option", "drawn", "lines", "words", "paths", "file", "flag", "attested", "unless", "switch", "boolean", "packages"
]  # fmt: skip
"""How an input is passed on; an empty one is not passed.

option  `--name VALUE`
drawn   likewise; what it asks for takes all packages, to draw with
lines   `--name VALUE` for each line
words   positional arguments, one a line or between blanks
paths   the same, with `*` and the like filled in
file    one positional argument
flag    true: `--name`
attested likewise; it takes the packages that check attestations
unless  false: `--no-name`
switch  true: `--name`, false: `--no-name`
boolean no argument; read by action.yml, or a variable
packages no argument; what is installed
"""
BOOLEANS: Final = {"true": True, "false": False}
PACKAGES: Final = {"all": "run", "light": "light", "full": "full"}
MORE: Final[dict[str, str]] = {"drawn": "run", "attested": "attest"}
"""What is installed for inputs that need more than their action."""


class InputError(Exception):
    """An input has a value that it cannot have."""


@dataclass(frozen=True)
class Action:
    """One action: its command, what has to be installed, and its inputs.

    Attributes
    ----------
    variables
        Inputs that reach mlgate as variables of its environment.
    """

    command: tuple[str, ...]
    level: Literal["light", "run"]
    arguments: Mapping[str, Kind]
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What is to be executed."""

    level: str
    arguments: tuple[str, ...]
    environ: dict[str, str]


COMMON: Final[dict[str, Kind]] = {
    "config": "option",
    "run-dir": "option",
    "policy": "lines",
    "log-level": "option",
}
POSTING: Final[dict[str, Kind]] = {
    "key": "option",
    "pr": "option",
    "report-url": "option",
    "only": "lines",
    "require-publish": "flag",
}
WHOLE: Final[dict[str, Kind]] = {
    "train": "unless",
    "handover": "option",
    "commit": "option",
    "publish": "boolean",
    "save-baseline": "boolean",
    **POSTING,
    **COMMON,
}
TOKEN: Final = {"github-token": "GITHUB_TOKEN"}

ACTIONS: Final[dict[str, Action]] = {
    "setup": Action(("--version",), "run", {"packages": "packages"}),
    "run": Action(("run",), "run", WHOLE, {**TOKEN, "publish": "MLGATE_PUBLISH"}),
    "train": Action(("train",), "run", {"handover": "option", **COMMON}, TOKEN),
    "check": Action(("check",), "run", {**COMMON, "baseline": "option", "checks": "words"}, TOKEN),
    "gate": Action(("gate",), "light", COMMON, TOKEN),
    "report": Action(("report",), "run", {**COMMON, "dirs": "paths"}),
    "publish": Action(
        ("publish",),
        "light",
        {
            "from-run": "drawn",
            "workflow": "option",
            "artifact": "option",
            **POSTING,
            **COMMON,
            "dirs": "paths",
        },
        TOKEN,
    ),
    "bundle": Action(("bundle",), "light", {"output": "option", **COMMON}),
    "comment": Action(
        ("comment",),
        "light",
        {
            "key": "option",
            "target": "option",
            "image": "lines",
            "log-level": "option",
            "file": "file",
        },
        TOKEN,
    ),
    "baseline": Action(
        ("baseline", "save"), "run", {**COMMON, "if-on-branch": "flag", "push": "switch"}, TOKEN
    ),
    "verify": Action(
        ("verify",),
        "light",
        {
            "commit": "option",
            "evidence": "option",
            "environment": "option",
            "report-url": "option",
            "require-attestation": "attested",
            "signer-workflow": "option",
            "signer-ref": "option",
            "trusted-root": "option",
            "config": "option",
            "policy": "lines",
            "log-level": "option",
            "model": "file",
        },
        TOKEN,
    ),
    "alias": Action(
        ("model", "alias"),
        "light",
        {
            "version": "option",
            "commit": "option",
            "push": "switch",
            "config": "option",
            "policy": "lines",
            "log-level": "option",
            "alias": "file",
            "model": "file",
        },
        TOKEN,
    ),
}


def step(action: Action, inputs: Mapping[str, str], more: Sequence[str] = ()) -> Step:
    """Turn inputs into the command's arguments and environment.

    Parameters
    ----------
    more
        Further arguments, which action.yml fixes.

    Raises
    ------
    InputError
        When an input has a value that it cannot have.
    """
    arguments = [*action.command, *more]
    level: str = action.level
    for name, kind in action.arguments.items():
        value = inputs.get(name, "").strip()
        if kind == "packages":
            level = _one_of(name, value, PACKAGES)
        elif value:
            given = [*_arguments(name, kind, value)]
            level = MORE.get(kind, level) if given else level
            arguments += given
    environ = {
        variable: inputs[name] for name, variable in action.variables.items() if inputs.get(name)
    }
    return Step(level, tuple(arguments), environ)


def _arguments(name: str, kind: Kind, value: str) -> Iterator[str]:
    if kind in ("option", "drawn"):
        yield f"--{name}={value}"
    elif kind == "lines":
        yield from (f"--{name}={line.strip()}" for line in value.splitlines() if line.strip())
    elif kind == "words":
        yield from ("--", *value.split())
    elif kind == "paths":
        yield from ("--", *(path for one in value.split() for path in _paths(one)))
    elif kind == "file":
        yield from ("--", value)
    else:
        yield from _boolean(name, kind, yes=_one_of(name, value, BOOLEANS))


def _paths(pattern: str) -> list[str]:
    """Fill in a pattern; one that matches nothing stays, so that the command can say so."""
    return sorted(glob.glob(pattern)) or [pattern]  # noqa: PTH207  (as written, relative)


def _boolean(name: str, kind: Kind, *, yes: bool) -> Iterator[str]:
    if yes and kind in ("flag", "attested", "switch"):
        yield f"--{name}"
    elif not yes and kind in ("unless", "switch"):
        yield f"--no-{name}"


def _one_of(name: str, value: str, known: Mapping[str, T]) -> T:
    if value not in known:
        msg = f"the input {name} is {value!r}; it must be {' or '.join(known)}"
        raise InputError(msg)
    return known[value]
