"""Baselines in a bucket of S3, or of any service that speaks its protocol: `s3://BUCKET/PREFIX`.

    PREFIX/<name>/<time>-<commit>/<digest>.zip        verdict, run and evidence
    PREFIX/<name>/<time>-<commit>/<digest>.parquet    the rows that belong to them
    PREFIX/ledger/<name>/<month>/<time>-<digest>.jsonl    one evaluation
    PREFIX/ledger/<name>/<month>.jsonl                    those of a month that is over

Nothing is ever changed in place. The rows are written before the evidence, whose one request makes a
baseline visible as a whole; the digest of the rows in both names keeps those of two writers apart.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from mlgate import outgoing
from mlgate.config import s3
from mlgate.errors import StoreError
from mlgate.files import most_unpacked
from mlgate.run_dir import ROWS
from mlgate.stores.ledger import month, parse
from mlgate.stores.store import StoreKind, check_names, replacement
from mlgate.stores.stored_baseline import StoredBaseline, from_key, key, newest, time_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from mlgate.model.ledger import Evaluation
    from mlgate.stores.store import StorePlace

_EVIDENCE: Final = ".zip"
_ROWS: Final = ".parquet"
_LINES: Final = ".jsonl"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_TIMEOUTS: Final = {"connect_timeout": 10, "request_timeout": 60}
"""Seconds."""


@dataclass(frozen=True)
class Bucket:
    """The objects below a prefix, by their names from there; every method raises `StoreError`."""

    place: str
    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def _files(self) -> Any:
        try:
            from pyarrow import fs
        except ImportError:
            msg = "a baseline store in S3 needs the package pyarrow"
            hint = 'pip install "mlgate[s3]"; on GitHub, `packages: full`'
            raise StoreError(msg, hint=hint) from None
        return fs.S3FileSystem(**s3.options(self.environ), **_TIMEOUTS, allow_delayed_open=True)

    def names(self, prefix: str) -> list[str]:
        """Return the names below a prefix, sorted; where there are none the bucket must exist."""
        from pyarrow import fs

        folder = f"{self.place}/{prefix}"
        with self._reported("read"):
            selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
            listed = self._files.get_file_info(selector)
            names = sorted(info.path for info in listed if info.type == fs.FileType.File)
            bucket = self.place.partition("/")[0]
            if not names and self._files.get_file_info(bucket).type == fs.FileType.NotFound:
                msg = f"there is no bucket {bucket} (baseline.store), or this job may not see it"
                raise StoreError(msg, hint=s3.HINT)
        return [name.removeprefix(f"{self.place}/") for name in names]

    def read(self, name: str) -> bytes | None:
        """Return an object; None where it has gone."""
        try:
            with (
                self._reported("read"),
                self._files.open_input_stream(f"{self.place}/{name}") as file,
            ):
                content: bytes = file.readall()
                return content
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write an object by one request, as far as it is below 10 MB."""
        with self._reported("written"):
            self._put(f"{self.place}/{name}", content)

    def _put(self, path: str, content: bytes) -> None:
        with self._files.open_output_stream(path) as file:
            file.write(content)

    def delete(self, name: str) -> None:
        """Delete an object; one that has gone is no error."""
        try:
            with self._reported("written"):
                self._files.delete_file(f"{self.place}/{name}")
        except FileNotFoundError:
            return

    @contextmanager
    def _reported(self, verb: str) -> Iterator[None]:
        """Report what the service refuses, without what it quotes; `FileNotFoundError` passes."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            msg = f"the baseline store (s3://{self.place}) cannot be {verb}{s3.code(error)}"
            raise StoreError(msg, hint=s3.HINT) from None


@dataclass(frozen=True, slots=True)
class S3Store:
    """The baselines of one model; see `Store`."""

    bucket: Bucket
    slug: str

    def baselines(self) -> tuple[StoredBaseline, ...]:
        """Return all baselines."""
        return newest(self._all())

    def read(self, baseline: StoredBaseline) -> Mapping[str, bytes]:
        """Return the evidence files."""
        content = self.bucket.read(baseline.evidence)
        if content is None:
            return self.read(replacement(self, baseline))
        return _unpacked(content, baseline)

    def read_rows(self, baseline: StoredBaseline) -> bytes | None:
        """Return rows.parquet."""
        return None if baseline.rows is None else self.bucket.read(baseline.rows)

    def save(
        self,
        commit: str,
        files: Mapping[str, bytes],
        now: dt.datetime,
        *,
        push: bool,  # noqa: ARG002  (a bucket knows no remote)
    ) -> StoredBaseline:
        """Keep a baseline; see `Store`."""
        check_names(files)
        earlier = [each for each in self._all() if each.commit == commit]
        created = time_for(commit, now, [each.key for each in earlier])
        rows = files.get(ROWS)
        digest = hashlib.sha256(rows or b"").hexdigest()[:16]
        name = f"{self.slug}/{key(commit, created)}/{digest}"
        if rows is not None:
            self.bucket.write(f"{name}{_ROWS}", rows)
        self.bucket.write(f"{name}{_EVIDENCE}", _packed(files))
        for other in earlier:
            self.bucket.delete(other.evidence)
            if other.rows is not None:
                self.bucket.delete(other.rows)
        kept = f"{name}{_ROWS}" if rows is not None else None
        return StoredBaseline(commit, created, f"{name}{_EVIDENCE}", kept)

    def drop_rows(
        self,
        baselines: Iterable[StoredBaseline],
        *,
        push: bool,  # noqa: ARG002  (a bucket knows no remote)
    ) -> None:
        """Drop the rows of some baselines."""
        for baseline in baselines:
            if baseline.rows is not None:
                self.bucket.delete(baseline.rows)

    def _all(self) -> list[StoredBaseline]:
        names = frozenset(self.bucket.names(self.slug))
        listed = (self._baseline(name, names) for name in names if name.endswith(_EVIDENCE))
        return [baseline for baseline in listed if baseline is not None]

    def _baseline(self, name: str, names: frozenset[str]) -> StoredBaseline | None:
        rows = f"{name.removesuffix(_EVIDENCE)}{_ROWS}"
        folder = name.rpartition("/")[0].rpartition("/")[2]
        return from_key(folder, name, rows if rows in names else None)


@dataclass(frozen=True, slots=True)
class S3Ledger:
    """One object for each evaluation; those of a month that is over become one."""

    bucket: Bucket
    slug: str

    @property
    def _folder(self) -> str:
        return f"ledger/{self.slug}"

    def append(self, evaluation: Evaluation, now: dt.datetime) -> None:
        """Write a line, and gather the lines of months that are over."""
        line = evaluation.line()
        outgoing.redactor().refuse(line, "the ledger")
        current = month(now).removesuffix(_LINES)
        digest = hashlib.sha256(line.encode()).hexdigest()[:16]
        name = f"{self._folder}/{current}/{now:%Y%m%dT%H%M%S}-{digest}{_LINES}"
        self.bucket.write(name, line.encode())
        self._gather(current)

    def read(self) -> tuple[Evaluation, ...]:
        """Return all lines."""
        return parse([b"".join(self._lines(self.bucket.names(self._folder)))])

    def _gather(self, current: str) -> None:
        """Write the lines of each month that is over into one object, then delete theirs.

        Whoever does so as well writes the same; a line is in one place or in both, never in none.
        """
        months: dict[str, list[str]] = {}
        for name in self.bucket.names(self._folder):
            whole = name.removeprefix(f"{self._folder}/").partition("/")[0].removesuffix(_LINES)
            if whole < current:
                months.setdefault(whole, []).append(name)
        for whole, names in months.items():
            target = f"{self._folder}/{whole}{_LINES}"
            single = [name for name in names if name != target]
            if single:
                self.bucket.write(target, b"".join(self._lines(names)))
                for name in single:
                    self.bucket.delete(name)

    def _lines(self, names: Iterable[str]) -> Iterable[bytes]:
        """Return the distinct lines of some objects, oldest first."""
        contents = (self.bucket.read(name) or b"" for name in sorted(names))
        lines = chain.from_iterable(content.splitlines(keepends=True) for content in contents)
        return dict.fromkeys(lines)


def _packed(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files.keys() - {ROWS}):
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _unpacked(content: bytes, baseline: StoredBaseline) -> dict[str, bytes]:
    """Return the files; raises `StoreError` where the object is damaged, or holds too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) <= most_unpacked(len(content)):
                return {name: packed.read(name) for name in packed.namelist()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError):
        pass
    msg = f"the baseline {baseline.key} in S3 is damaged"
    raise StoreError(msg, hint="save it again: `mlgate baseline save` at that commit")


def _bucket(place: StorePlace) -> Bucket:
    return Bucket(place.argument.strip("/"), place.environ)


KIND: Final = StoreKind(
    open_store=lambda place: S3Store(_bucket(place), place.slug),
    open_ledger=lambda place: S3Ledger(_bucket(place), place.slug),
)
