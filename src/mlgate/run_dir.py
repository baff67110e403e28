"""The run directory: the only place that knows its file names.

::

    .mlgate/
      run.json                    which run, which policies
      evidence/<check>.json       what was measured (evidence/<n>/ under a further policy)
      rows.parquet                the rows that a baseline keeps
      changed.parquet             rows on which the models differ; never leaves this machine
      verdict.json  report.md  report.html  plots/  logs/train.log
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mlgate.errors import DataError
from mlgate.files import temporary, write_atomic
from mlgate.model.kinds import parse_evidence
from mlgate.model.run import RunRecord
from mlgate.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlgate.model.evidence import Evidence

T = TypeVar("T")
_OURS = (
    "run.json", "evidence", "rows.parquet", "changed.parquet", "verdict.json", "report.md",
    "report.html", "plots", "logs", ".gitignore",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunDir:
    """Reads and writes the files of one run."""

    path: Path

    @property
    def log(self) -> Path:
        """The training's output."""
        return self.path / "logs" / "train.log"

    @property
    def rows(self) -> Path:
        """The rows that a baseline keeps."""
        return self.path / "rows.parquet"

    @property
    def changed(self) -> Path:
        """Ids with both predictions where they differ; stays on this machine."""
        return self.path / "changed.parquet"

    def reset(self) -> None:
        """Empty the directory. One that holds anything but our files is refused.

        Raises
        ------
        DataError
            When it is not a directory or holds other files.
        """
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_dir()):
            msg = f"{self.path} is not a folder"
            raise DataError(msg, hint="name another one with --run-dir")
        if self.path.is_dir():
            foreign = sorted(p.name for p in self.path.iterdir() if not _is_ours(p.name))
            if foreign:
                msg = f"{self.path} holds files that are not mlgate's: {', '.join(foreign[:5])}"
                raise DataError(msg, hint="name an empty folder with --run-dir")
            shutil.rmtree(self.path)
        # Git ignores the folder without a line in the user's .gitignore.
        write_atomic(self.path / ".gitignore", "*\n")

    def write_run(self, run: RunRecord) -> None:
        """Write run.json."""
        write_atomic(self.path / "run.json", run.to_json())

    def read_run(self) -> RunRecord:
        """Read run.json."""
        return self._read("run.json", RunRecord.from_json)

    def write_verdict(self, verdict: Verdict) -> None:
        """Write verdict.json."""
        write_atomic(self.path / "verdict.json", verdict.to_json())

    def read_verdict(self) -> Verdict:
        """Read verdict.json."""
        return self._read("verdict.json", Verdict.from_json)

    def write_evidence(self, evidence: Evidence, folder: str = "evidence") -> None:
        """Write evidence/<check>.json."""
        write_atomic(self.path / folder / f"{evidence.check}.json", evidence.to_json())

    def read_evidence(self, folder: str = "evidence") -> dict[str, Evidence]:
        """Read all evidence of one folder, by check."""
        return {
            file.stem: self._read(f"{folder}/{file.name}", partial(parse_evidence, file.stem))
            for file in sorted((self.path / folder).glob("*.json"))
        }

    def evidence_of(self, check: str) -> Evidence | None:
        """Read one check's evidence; None where it has none."""
        name = f"evidence/{check}.json"
        return self._read(name, partial(parse_evidence, check)) if self.has(name) else None

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).is_file()

    def _read(self, name: str, parse: Callable[[bytes], T]) -> T:
        from pydantic import ValidationError

        try:
            return parse((self.path / name).read_bytes())
        except FileNotFoundError:
            msg = f"{self.path} has no {name}"
            raise DataError(msg, hint=_HINTS.get(name, "run `mlgate run` first")) from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            msg = f"{self.path / name} is damaged or of another version: {where}: {first['msg']}"
            raise DataError(msg, hint="make it anew with `mlgate run`") from None


def _is_ours(name: str) -> bool:
    """Whether a file is mlgate's, or half of one that a killed run has left."""
    return name in _OURS or any(name.startswith(temporary(one)) for one in _OURS)


_HINTS = {
    "verdict.json": "run `mlgate gate` first",
    "run.json": "run `mlgate run` or `mlgate check` first",
}
