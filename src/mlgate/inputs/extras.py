"""Packages that few need, which `pip install mlgate` leaves out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlgate.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def needed(what: str, package: str, extra: str) -> Iterator[None]:
    """Import a package in this block.

    Parameters
    ----------
    what
        What needs it, for the message.
    extra
        What installs it, as in `pip install "mlgate[extra]"`.

    Raises
    ------
    DataError
        When it is not installed: how to install it.
    """
    try:
        yield
    except ImportError:
        msg = f"{what} needs the package {package}"
        hint = f'pip install "mlgate[{extra}]"; on GitHub, actions/setup with `packages: full`'
        raise DataError(msg, hint=hint, unquoted=msg) from None
