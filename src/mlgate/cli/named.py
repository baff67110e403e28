"""An option whose values are names of modules, which are listed when one is given and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Named(click.ParamType[str]):
    """One of some names.

    Parameters
    ----------
    shown
        What the help calls them.
    names
        Returns those that there are.
    """

    def __init__(self, shown: str, names: Callable[[], Sequence[str]]) -> None:
        self.name, self.names = shown, names

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with those that there are."""
        allowed = self.names()
        if value not in allowed:
            self.fail(f"{value!r} is not one of {', '.join(allowed)}.", param, ctx)
        return value
