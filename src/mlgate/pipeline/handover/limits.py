"""How much a handover may hold."""

from __future__ import annotations

from typing import Final

TOTAL: Final = 8 * 2**30
"""Bytes of all files together, packed and unpacked."""
FILE_COUNT: Final = 5_000
RECORD_SIZE: Final = 32 * 2**20
"""Bytes of record.json, and of author.json."""
VALUES: Final = 3_000_000
"""Values of either, however they are nested."""
LOG_SIZE: Final = 8 * 2**20
"""Bytes of the training's log, from its end."""
DIRECTORY: Final = 2 * 2**20
"""Bytes of the archive's list of files."""
