"""Which settings of mlgate.yaml may name a secret, or a file outside of the repository.

A pull request's own mlgate.yaml is written by its author, and is read in a job that has
secrets. So `${env:NAME}` is replaced, and a file outside of the repository is read, only where
the judging branch's mlgate.yaml has the same whole value at the same key. Runs of that branch
itself and runs outside of CI go by the file as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlgate import config, outgoing
from mlgate.errors import UnmergedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config import Config

Settings = frozenset[tuple[str, str]]
"""The texts of a configuration, each with its dotted key."""


@dataclass(frozen=True, slots=True)
class References:
    """Resolves settings; every secret that it reads is known to the redactor from then on.

    Attributes
    ----------
    environ
        The process's environment.
    allowed
        The judging branch's settings; None where the file at hand is to be trusted.
    branch
        The judging branch, for messages.
    """

    environ: Mapping[str, str] = field(repr=False)
    allowed: Settings | None
    branch: str = ""

    def expand(self, setting: str, key: str) -> str:
        """Return a setting with the values of the variables that it names.

        Raises
        ------
        UnmergedError
            When the judging branch has another value at this key, or none.
        UnreadableError
            When a variable is not set.
        """
        names = config.names(setting)
        if names and not self.allows(setting, key):
            raise UnmergedError(f"{key} names the environment variable {names[0]}", self.branch)
        outgoing.learn({name: self.environ[name] for name in names if name in self.environ})
        return config.expand(setting, self.environ)

    def expand_path(self, setting: str) -> str:
        """Return a path with the values of its variables, whatever key the judging branch has it at.

        Raises as `expand` does.
        """
        names = config.names(setting)
        if names and self.allowed is not None and setting not in {text for _, text in self.allowed}:
            raise UnmergedError(f"a path names the environment variable {names[0]}", self.branch)
        outgoing.learn({name: self.environ[name] for name in names if name in self.environ})
        return config.expand(setting, self.environ)

    def address(self, setting: str, key: str, *, below: bool = False) -> str:
        """Return where data are, likewise; outside of the repository only where that is allowed.

        Parameters
        ----------
        below
            Whether `key` is that of the section rather than of the setting.
        """
        place = self.expand(setting, key)
        if config.leads_out(place) and not self.allows(setting, key, below=below):
            raise UnmergedError(f"{key} names something outside of the repository", self.branch)
        return place

    def allows(self, setting: str, key: str, *, below: bool = False) -> bool:
        """Whether a setting is trusted: the judging branch has it too, or nothing is doubted."""
        if self.allowed is None or (key, setting) in self.allowed:
            return True
        return below and any(
            text == setting and path.startswith(f"{key.partition('.')[0]}.")
            for path, text in self.allowed
        )


def trusting(environ: Mapping[str, str]) -> References:
    """Return references that go by the file, or the command line, as it is."""
    return References(environ, None)


def settings_of(configuration: Config) -> Settings:
    """Return all texts of a configuration by their dotted keys."""
    return frozenset(_texts(configuration.model_dump(mode="json", by_alias=True), ""))


def learn(configuration: Config, environ: Mapping[str, str]) -> None:
    """Redact the values of all variables that a configuration names, whether replaced or not."""
    named = {name for _, text in settings_of(configuration) for name in config.names(text)}
    outgoing.learn({name: environ[name] for name in sorted(named) if name in environ})


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{key}.{number}")
    elif isinstance(value, str):
        yield key, value
