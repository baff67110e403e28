"""The data bundle: what a job without rights hands to a trusted stage. Numbers and facts, no more.

::

    mlgate-bundle.zip
      run.json                    which run, which policies it was measured under
      evidence/<check>.json       what was measured (evidence/<n>/ under a further policy)

No report, no picture, no table, no rows: the trusted stage judges, draws and writes anew. Equal
runs give equal bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Final

from mlgate.errors import DataError
from mlgate.run_dir import RUN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.run_dir import RunDir

NAME: Final = "mlgate-bundle"
"""Of the artifact; with `.zip` of the file in it."""
MEMBER: Final = re.compile(r"(evidence(?:/[2-9]|/[1-9][0-9])?)/([a-z][a-z0-9_]{0,40})\.json")
"""Folder and check of an evidence file; nothing else but run.json is in a bundle."""
FILES: Final = 100
FILE: Final = 4 * 2**20
TOTAL: Final = 16 * 2**20
ZIP: Final = 4 * 2**20
"""Bytes, unpacked a file, unpacked all together, and packed."""
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def pack(run_dir: RunDir) -> bytes:
    """Give the bundle of a run.

    Raises
    ------
    DataError
        When the run has no evidence, a file is damaged, or it is larger than a trusted stage
        takes.
    """
    run = run_dir.read_run()
    files = {RUN: run.to_json().encode()}
    for folder in sorted({judge.evidence for judge in run.judges}):
        for check, evidence in run_dir.read_evidence(folder).items():
            files[f"{folder}/{check}.json"] = evidence.to_json().encode()
    if len(files) == 1 and run.not_applicable is None:
        raise DataError(f"{run_dir.path} has no evidence", hint="run `mlgate check` first")
    _hold_limits(files)
    packed = _zip(files)
    if len(packed) > ZIP:
        raise _too_large("the bundle", len(packed), ZIP)
    return packed


def _hold_limits(files: Mapping[str, bytes]) -> None:
    if len(files) > FILES:
        raise DataError(f"a bundle has at most {FILES} files; this run has {len(files)}")
    for name, content in files.items():
        if name != RUN and not MEMBER.fullmatch(name):
            raise DataError(f"{name} has a name that a bundle cannot hold")
        if len(content) > FILE:
            raise _too_large(name, len(content), FILE)
    total = sum(map(len, files.values()))
    if total > TOTAL:
        raise _too_large("the evidence", total, TOTAL)


def _too_large(what: str, size: int, limit: int) -> DataError:
    msg = f"{what} has {size / 2**20:.1f} MiB; a trusted stage takes at most {limit / 2**20:.0f}"
    return DataError(msg, hint="measure fewer columns, groups or slices")


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            packed.writestr(info, files[name], compresslevel=9)
    return out.getvalue()
