"""`data:` the table that the model is about to see."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from mlgate.model.base import Frozen


class Data(Frozen):
    """The current data."""

    path: Annotated[str, StringConstraints(min_length=1)]
    """CSV, Parquet, JSON lines or Arrow: a file, a glob, an `s3://…` or `postgres://…` address. An absolute path may leave the repository. `${env:NAME}` is replaced."""
