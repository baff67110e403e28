"""The run directory: the only place that knows its file names, and the only reader of them.

::

    .mlgate/
      run.json                    which run, which policies
      evidence/<check>.json       what was measured (evidence/<n>/ under a further policy)
      exact.zip                   the evidence as measured, where evidence/ shows changes in steps
      rows.parquet                the rows that a baseline keeps
      changed.parquet             rows on which the models differ; never leaves this machine
      label-next.csv              rows to label next; never leaves this machine
      verdict.json  report.md  report.html  plots/  formats/  logs/train.log

`RunFiles` parses these files wherever they are kept: in a folder (`RunDir`), in a store of
baselines, in a bundle. The types of the checks' evidence are handed in; evidence of a check
that is not known here is plain `Evidence`.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from mlgate.errors import DataError
from mlgate.files import temporary, write_atomic
from mlgate.model.base import Frozen, record_text
from mlgate.model.evidence import Evidence, TrainEvidence
from mlgate.model.run import RunRecord
from mlgate.model.verdict import Verdict
from mlgate.model.wear import WearEvidence
from mlgate.outgoing import file_content, redactor
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    EvidenceTypes = Mapping[str, type[Evidence]]
    """The type of each check's evidence."""

T = TypeVar("T")
DEFAULT: Final = ".mlgate"
"""The run directory beside mlgate.yaml, where no other is named."""
RUN: Final = "run.json"
VERDICT: Final = "verdict.json"
EVIDENCE: Final = "evidence"
"""The folder of the first judge's evidence."""
EXACT: Final = "exact.zip"
"""The evidence as it was measured, where people see it in steps; for what runs in the same job."""
ROWS: Final = "rows.parquet"
CHANGED: Final = "changed.parquet"
LABEL_NEXT: Final = "label-next.csv"
MARKDOWN: Final = "report.md"
HTML: Final = "report.html"
PLOTS: Final = "plots"
FORMATS: Final = "formats"
"""The folder of reports for programs."""
LOGS: Final = "logs"
HANDOVER: Final = "handover"
"""Files that another job handed over; only there while they are measured."""
EARLIER: Final = "earlier.json"
"""How an earlier run ended, where this one measured nothing because of that."""
_OURS: Final = (
    RUN, EVIDENCE, EXACT, ROWS, CHANGED, LABEL_NEXT, VERDICT, MARKDOWN, HTML, PLOTS, FORMATS, LOGS, HANDOVER, EARLIER, ".gitignore",
)  # fmt: skip
_HINTS: Final = {
    VERDICT: "run `mlgate gate` first",
    RUN: "run `mlgate run` or `mlgate check` first",
}
KERNEL_EVIDENCE: Final[Mapping[str, type[Evidence]]] = {
    "train": TrainEvidence,
    "wear": WearEvidence,
}
"""Evidence that belongs to no check."""


class RunFileError(ValueError):
    """A file is missing, damaged, or of another version.

    Attributes
    ----------
    name
        The file, by its path in the run directory.
    kind
        `missing`, or pydantic's name of the first problem.
    where, problem
        The key of the first problem, and what is wrong with it.
    """

    def __init__(self, name: str, kind: str, where: str = "", problem: str = "") -> None:
        super().__init__(f"{name}: {where}: {problem}" if where else f"{name}: {kind}")
        self.name, self.kind, self.where, self.problem = name, kind, where, problem


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The files of one run by their paths in its directory, parsed when they are asked for."""

    files: Mapping[str, bytes]
    types: EvidenceTypes

    def run(self) -> RunRecord:
        """Parse run.json; raises `RunFileError`."""
        return self._parse(RUN, RunRecord.from_json)

    def verdict(self) -> Verdict:
        """Parse verdict.json; raises `RunFileError`."""
        return self._parse(VERDICT, Verdict.from_json)

    def evidence(self, folder: str = EVIDENCE) -> dict[str, Evidence]:
        """Parse the evidence of one folder, by check; raises `RunFileError`."""
        return {
            check: self._parse(f"{folder}/{check}.json", self._type(check).from_json)
            for check in self._checks(folder)
        }

    def training(self) -> TrainEvidence | None:
        """Parse the evidence of the training alone; None where there is none. Raises `RunFileError`."""
        name = f"{EVIDENCE}/train.json"
        return self._parse(name, TrainEvidence.from_json) if name in self.files else None

    def folders(self) -> tuple[str, ...]:
        """Return the folders that hold evidence."""
        folders = (name.rpartition("/")[0] for name in self.files if name.endswith(".json"))
        return tuple(dict.fromkeys(f for f in folders if f.partition("/")[0] == EVIDENCE))

    def _checks(self, folder: str) -> Iterator[str]:
        for name in sorted(self.files):
            place, _, file = name.rpartition("/")
            if place == folder and file.endswith(".json"):
                yield file.removesuffix(".json")

    def _type(self, check: str) -> type[Evidence]:
        return KERNEL_EVIDENCE.get(check) or self.types.get(check, Evidence)

    def _parse(self, name: str, parse: Callable[[bytes], T]) -> T:
        from pydantic import ValidationError

        if name not in self.files:
            raise RunFileError(name, "missing")
        try:
            return _redacted(parse(self.files[name]), name, self.files[name], parse)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise RunFileError(name, first["type"], where, first["msg"]) from None


def _redacted(record: T, name: str, content: bytes, parse: Callable[[bytes], T]) -> T:
    """Return a record as this process may show it: what wrote the file may have known less."""
    if not isinstance(record, Frozen) or not redactor().find(content.decode("utf-8", "replace")):
        return record
    return parse(record_text(record, name).encode())


@dataclass(frozen=True, slots=True)
class RunDir:
    """Reads and writes the files of one run."""

    path: Path
    types: EvidenceTypes = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """The training's output."""
        return self.path / LOGS / "train.log"

    @property
    def baseline_log(self) -> Path:
        """The output of `baseline.run`."""
        return self.path / LOGS / "baseline.log"

    @property
    def rows(self) -> Path:
        """The rows that a baseline keeps."""
        return self.path / ROWS

    @property
    def changed(self) -> Path:
        """Ids with both predictions where they differ; stays on this machine."""
        return self.path / CHANGED

    @property
    def label_next(self) -> Path:
        """Ids of the rows to label next; stays on this machine."""
        return self.path / LABEL_NEXT

    @property
    def markdown(self) -> Path:
        """The report as Markdown."""
        return self.path / MARKDOWN

    @property
    def html(self) -> Path:
        """The report as a page."""
        return self.path / HTML

    @property
    def handover(self) -> Path:
        """The folder of files that another job handed over."""
        return self.path / HANDOVER

    @property
    def plots(self) -> Path:
        """The folder of the report's pictures."""
        return self.path / PLOTS

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
                msg = f"{self.path} holds files that are not mlgate's: {first_of(foreign, 5)}"
                raise DataError(msg, hint="name an empty folder with --run-dir")
            shutil.rmtree(self.path)
        # Git ignores the folder without a line in the user's .gitignore.
        write_atomic(self.path / ".gitignore", "*\n")

    def write_run(self, run: RunRecord) -> None:
        """Write run.json."""
        write_atomic(self.path / RUN, record_text(run, RUN))

    def write_earlier(self, text: str) -> None:
        """Write how an earlier run ended, in the place of this one's results."""
        self.reset()
        write_atomic(self.path / EARLIER, text)

    def read_run(self) -> RunRecord:
        """Read run.json."""
        return self._read(RUN, RunFiles.run)

    def write_verdict(self, verdict: Verdict) -> None:
        """Write verdict.json."""
        write_atomic(self.path / VERDICT, record_text(verdict, VERDICT))

    def read_verdict(self) -> Verdict:
        """Read verdict.json."""
        return self._read(VERDICT, RunFiles.verdict)

    def evidence_file(self, check: str, folder: str = EVIDENCE) -> Path:
        """Return where a check's evidence is written."""
        return self.path / folder / f"{check}.json"

    def write_evidence(self, evidence: Evidence, folder: str = EVIDENCE) -> Path:
        """Write evidence/<check>.json; return its path."""
        self._show_exact()
        path = self.evidence_file(evidence.check, folder)
        write_atomic(path, record_text(evidence, f"{folder}/{path.name}"))
        return path

    def hide_exact(self) -> None:
        """Leave in evidence/ what is shown in steps; what was measured stays readable from here."""
        exact = self.files(f"{EVIDENCE}/**/*.json")
        write_atomic(self.path / EXACT, _zipped(exact.files))
        for folder in exact.folders():
            for check, evidence in exact.evidence(folder).items():
                name = f"{folder}/{check}.json"
                write_atomic(self.path / name, record_text(evidence.shown("steps"), name))

    def _show_exact(self) -> None:
        for name, content in self._exact().items():
            write_atomic(self.path / name, content)
        (self.path / EXACT).unlink(missing_ok=True)

    def _exact(self) -> dict[str, bytes]:
        """Return the evidence that evidence/ shows in steps, by path."""
        if not self.has(EXACT):
            return {}
        with zipfile.ZipFile(self.path / EXACT) as packed:
            return {name: packed.read(name) for name in packed.namelist()}

    def read_evidence(self, folder: str = EVIDENCE) -> dict[str, Evidence]:
        """Read all evidence of one folder, by check."""
        return self._read(f"{folder}/*.json", lambda files: files.evidence(folder))

    def evidence_of(self, check: str) -> Evidence | None:
        """Read one check's evidence; None where it has none."""
        return self._read(f"{EVIDENCE}/{check}.json", RunFiles.evidence).get(check)

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).is_file()

    def files(self, pattern: str = "**/*.json") -> RunFiles:
        """Read the files of some names, by default all JSON files; none has been parsed yet."""
        paths = sorted(path for path in self.path.glob(pattern) if path.is_file())
        read = {path.relative_to(self.path).as_posix(): path.read_bytes() for path in paths}
        exact = self._exact()
        return RunFiles(
            {name: exact.get(name, content) for name, content in read.items()}, self.types
        )

    def saved_files(self, *, rows: bool) -> dict[str, bytes]:
        """Return what a baseline holds, by path: verdict, run, all evidence and, if wanted, rows."""
        names = [RUN, VERDICT, *([ROWS] if rows and self.has(ROWS) else [])]
        files = {name: (self.path / name).read_bytes() for name in names}
        files |= self.files(f"{EVIDENCE}/**/*.json").files
        return {name: file_content(name, content) for name, content in files.items()}

    def _read(self, pattern: str, read: Callable[[RunFiles], T]) -> T:
        try:
            return read(self.files(pattern))
        except RunFileError as error:
            raise self._to_error(error) from None

    def _to_error(self, error: RunFileError) -> DataError:
        if error.kind == "missing":
            hint = _HINTS.get(error.name, "run `mlgate run` first")
            return DataError(f"{self.path} has no {error.name}", hint=hint)
        msg = f"{self.path / error.name} is damaged or of another version: {error.where}: {error.problem}"
        return DataError(msg, hint="create it again with `mlgate run`")


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            packed.writestr(name, files[name])
    return out.getvalue()


def _is_ours(name: str) -> bool:
    """Whether a file is mlgate's, or half of one that a killed run has left."""
    return name in _OURS or any(name.startswith(temporary(ours)) for ours in _OURS)
