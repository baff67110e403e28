"""What must hold before anything is started. Pure: facts in, problems out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.checks.deploy.section import PreflightSection
    from mlgate.model.evidence import Environment

_SIZES: Final = {"MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The machine that is deployed to; memory and disk are what is free, in bytes."""

    environment: Environment
    memory: int
    disk: int


def problems(
    section: PreflightSection, facts: MachineFacts, trained: Environment | None, model_size: int
) -> Iterator[str]:
    """Yield what does not hold.

    Parameters
    ----------
    trained
        The environment that the training recorded; None where it recorded none.
    """
    if section.packages == "same":
        yield from _packages(facts.environment, trained)
    for what, needed, free in (
        ("memory", section.memory, facts.memory),
        ("disk", section.disk, facts.disk),
    ):
        size = _bytes(needed, model_size)
        if free < size:
            shown = f"{free / 2**20:,.0f} MiB of {what} are free"
            yield f"{shown}, and preflight.{what} asks for {size / 2**20:,.0f}"


def _packages(here: Environment, trained: Environment | None) -> Iterator[str]:
    if trained is None or trained.python is None:
        yield "the training recorded no Python, so that packages cannot be compared"
        return
    if here.python is None:
        yield "there is no python on PATH, so that packages cannot be compared"
        return
    if here.python != trained.python:
        yield f"Python is {here.python} here, and was {trained.python} at training"
    for name in sorted(trained.packages.keys() & here.packages.keys()):
        mine, theirs = here.packages[name], trained.packages[name]
        if mine != theirs:
            yield f"{name} is {mine} here, and was {theirs} at training"


def _bytes(text: str, model_size: int) -> float:
    if text.endswith("x"):
        return float(text[:-1]) * model_size
    return float(text[:-3]) * _SIZES[text[-3:]]
