"""Which tables hold the data under the model, whichever section names them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableSetting:
    """A table as mlgate.yaml names it, with its key for messages.

    `profile`: whether a profile that `mlgate profile` wrote will do in its place.
    """

    path: str
    key: str
    profile: bool = False


@dataclass(frozen=True, slots=True)
class DataTables:
    """The data that the model is about to see, and what they are compared with.

    Attributes
    ----------
    schema
        The file that lists the columns with their types.
    masked
        Whether no values may be shown.
    """

    current: TableSetting | None = None
    reference: TableSetting | None = None
    schema: str | None = None
    masked: bool = False

    def or_else(self, other: DataTables) -> DataTables:
        """Return these tables, and those of another section where these are not named."""
        return DataTables(
            self.current or other.current,
            self.reference or other.reference,
            self.schema or other.schema,
            self.masked or other.masked,
        )
