"""The job that trains: train, run the author's code, and pack the handover."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from mlgate import __version__
from mlgate.errors import DataError
from mlgate.files import temporary
from mlgate.model.base import record_text
from mlgate.model.project import DOCS
from mlgate.pipeline import prepare
from mlgate.pipeline.handover import author_code
from mlgate.pipeline.handover.limits import FILE_COUNT, LOG_SIZE, RECORD_SIZE, TOTAL
from mlgate.pipeline.handover.measured import Measuring, hands_evidence
from mlgate.pipeline.handover.record import (
    AUTHOR,
    BASELINES,
    EVIDENCE,
    FILES,
    LATEST,
    LOG,
    RECORD,
    AuthorRecord,
    HandedFile,
    HandoverRecord,
)
from mlgate.pipeline.judging.configured import (
    all_blobs,
    compared_paths,
    data_paths,
    files_of,
    named_paths,
)
from mlgate.pipeline.measuring import measure
from mlgate.pipeline.training import train

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.inputs.paths import Freshness
    from mlgate.model.base import Frozen
    from mlgate.model.evidence import TrainEvidence
    from mlgate.pipeline.handover.author_code import AuthorCode
    from mlgate.pipeline.handover.record import AuthorResults
    from mlgate.pipeline.prepare import Prepared

_CHUNK: Final = 1 << 20
_MEASURED: Final = ("ok", "skipped")
_HINT: Final = f"hand over less: name fewer files in mlgate.yaml, or see handover in {DOCS}/jobs.md"


def train_and_pack(prepared: Prepared, target: Path) -> TrainEvidence | None:
    """Train, and pack what the job that judges needs; None where there is nothing to judge.

    Raises
    ------
    DataError
        When it is larger than what the other job takes.
    """
    blobs = all_blobs(prepared)
    here: AuthorCode | Measuring
    here = (
        Measuring.of(prepared) if hands_evidence(prepared) else author_code.prepared_code(prepared)
    )
    training = None
    if prepared.run.not_applicable is None and not prepared.run.gone:
        training = train.train(prepared)
        prepare.begin(prepared, training=training)
    with _written(target) as file, zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        _Packing(prepared, here, blobs, archive).pack(training)
    return training


@contextmanager
def _written(target: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the target's name once it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=temporary(target.name))
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


@dataclass
class _Packing:
    """Packs one handover; its size is held to what the other job takes."""

    prepared: Prepared
    here: AuthorCode | Measuring
    blobs: Mapping[str, str]
    archive: zipfile.ZipFile
    total: int = 0
    packed: dict[str, HandedFile] = field(default_factory=dict)

    def pack(self, training: TrainEvidence | None) -> None:
        """Write everything, the record at last."""
        results: tuple[AuthorResults, ...] = ()
        if training is not None and training.status in _MEASURED:
            if isinstance(self.here, Measuring):
                self._write(EVIDENCE, self.here.bundle(training))
            else:
                results = tuple(self._author(self.here, training))
                self._files(training)
        if training is not None:
            self._log()
        self._json(AUTHOR, AuthorRecord(results=results))
        self._json(RECORD, self._record(training))

    def _record(self, training: TrainEvidence | None) -> HandoverRecord:
        run = self.prepared.run
        assert run.commit is not None
        return HandoverRecord(
            tool=__version__,
            commit=run.commit,
            tree=run.tree,
            run=self.prepared.context.ci_run.id,
            training=training,
            files=tuple(self.packed.values()),
        )

    def _author(self, code: AuthorCode, training: TrainEvidence) -> Iterator[AuthorResults]:
        with tempfile.TemporaryDirectory(prefix="mlgate-baseline-") as folder:
            for results, written in code.run(training, Path(folder)):
                if written is None:
                    yield results
                    continue
                member = f"{BASELINES}/{results.policy}/{written.name}"
                file = self._add(member, written, written.name, fresh=True)
                yield results.model_copy(update={"baseline": file})

    def _files(self, training: TrainEvidence) -> None:
        """Pack the files that any policy names, unless the commit holds them as they are."""
        prepared = self.prepared
        for judge in prepared.judges:
            for pattern in compared_paths(judge.config, prepared.references):
                prepared.files.hold(pattern, pattern)
            for pattern in data_paths(judge.config, prepared.references):
                prepared.files.hold_handed(pattern, pattern)
        names = sorted(
            {
                name
                for judge in prepared.judges
                for named in named_paths(judge.config, prepared.references)
                for name in files_of(named.pattern, prepared.root, prepared.git.top)
            }
        )
        if len(names) > FILE_COUNT:
            msg = f"mlgate.yaml names {len(names):,} files; at most {FILE_COUNT:,} are handed over"
            raise DataError(msg, hint=_HINT)
        fresh = measure.freshness(prepared, training)
        for name in names:
            self.packed[name] = self._file(name, fresh, self.blobs.get(name))

    def _file(self, name: str, fresh: Freshness, blob: str | None) -> HandedFile:
        place = self.prepared.git.top / name
        is_fresh = not fresh.older(place)
        if blob is not None and not place.is_symlink() and _blob_of(place, blob) == blob:
            with place.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return _described(place, name, digest, place.stat().st_size, is_fresh, committed=True)
        return self._add(f"{FILES}/{name}", place.resolve(), name, fresh=is_fresh)

    def _add(self, member: str, place: Path, name: str, *, fresh: bool) -> HandedFile:
        """Pack a regular file; its digest is that of the bytes that were packed."""
        content, size = hashlib.sha256(), 0
        with _opened(place, name) as file, self._member(member) as packed:
            while chunk := file.read(_CHUNK):
                content.update(chunk)
                packed.write(chunk)
                size += len(chunk)
                self._count(len(chunk))
        return _described(place, name, content.hexdigest(), size, fresh)

    def _log(self) -> None:
        """Pack the end of the training's log."""
        log = self.prepared.dir.log
        if log.is_file():
            with log.open("rb") as file, self._member(LOG) as packed:
                file.seek(max(0, log.stat().st_size - LOG_SIZE))
                packed.write(file.read(LOG_SIZE))

    def _json(self, member: str, record: Frozen) -> None:
        text = record_text(record, member).encode()
        if len(text) > RECORD_SIZE:
            msg = f"{member} of the handover would have {len(text):,} bytes"
            raise DataError(msg, hint=_HINT)
        self._write(member, text)

    def _write(self, member: str, content: bytes) -> None:
        with self._member(member) as packed:
            packed.write(content)

    def _member(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = 3
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        return self.archive.open(info, "w", force_zip64=True)

    def _count(self, size: int) -> None:
        self.total += size
        if self.total > TOTAL:
            msg = (
                f"the files that mlgate.yaml names have more than {TOTAL / 2**30:.0f} GiB together"
            )
            raise DataError(msg, hint=_HINT)


@contextmanager
def _opened(place: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a file that is regular and no link, so that nothing else is handed over in its place."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        msg = f"{name} cannot be handed over: {error.strerror}"
        raise DataError(msg) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            msg = f"{name} cannot be handed over: it is no regular file"
            raise DataError(msg)
        yield file


def _described(
    place: Path, name: str, digest: str, size: int, fresh: bool, *, committed: bool = False
) -> HandedFile:
    written = min(max(place.stat().st_mtime, 0), LATEST)
    return HandedFile(
        path=name, sha256=digest, size=size, written=written, fresh=fresh, committed=committed
    )


def _blob_of(place: Path, like: str) -> str:
    """Return the id that git gives to a file's content, by the repository's kind of id."""
    content = hashlib.new("sha256" if len(like) == 64 else "sha1", usedforsecurity=False)
    content.update(f"blob {place.stat().st_size}\0".encode())
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            content.update(chunk)
    return content.hexdigest()
