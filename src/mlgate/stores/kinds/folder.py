"""Baselines in a folder: `<folder>/<name>/<time>-<commit>/…`.

For a disk that lasts: a self-hosted runner, a network share. A baseline is written beside
its place and renamed into it, so that a reader sees it whole or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import StoreError
from mlgate.files import write_atomic
from mlgate.run_dir import ROWS
from mlgate.stores.ledger import FolderLedger
from mlgate.stores.store import StoreKind, check_names, replacement
from mlgate.stores.stored_baseline import StoredBaseline, from_key, key, newest, time_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from mlgate.stores.store import StorePlace

_UNFINISHED: Final = ".unfinished-"
_STALE: Final = 24 * 3600
"""Seconds after which an unfinished folder can only be that of a killed process."""
_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class FolderStore:
    """The baselines below `<path>/<slug>`; see `Store`."""

    path: Path
    slug: str

    @property
    def folder(self) -> Path:
        """Where this model's baselines lie."""
        return self.path / self.slug

    def baselines(self) -> tuple[StoredBaseline, ...]:
        """Return all baselines; none where the folder does not exist yet."""
        return newest(self._all())

    def read(self, baseline: StoredBaseline) -> Mapping[str, bytes]:
        """Return the evidence files."""
        try:
            return self._files(Path(baseline.evidence))
        except FileNotFoundError:
            return self._files(Path(replacement(self, baseline).evidence))
        except OSError as error:
            raise self._to_error("read", error) from error

    def read_rows(self, baseline: StoredBaseline) -> bytes | None:
        """Return rows.parquet."""
        try:
            return None if baseline.rows is None else Path(baseline.rows).read_bytes()
        except FileNotFoundError:
            return None  # Dropped by retention since it was listed.
        except OSError as error:
            raise self._to_error("read", error) from error

    def save(
        self,
        commit: str,
        files: Mapping[str, bytes],
        now: dt.datetime,
        *,
        push: bool,  # noqa: ARG002  (a folder knows no remote)
    ) -> StoredBaseline:
        """Keep a baseline; see `Store`."""
        check_names(files)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            baseline = self._place(self._write(files), commit, now)
            mine = [other for other in self._all() if other.commit == commit]
            for other in set(mine) - set(newest(mine)):
                self._remove(Path(other.evidence))
            self._sweep()
        except OSError as error:
            raise self._to_error("written", error) from error
        return baseline

    def drop_rows(
        self,
        baselines: Iterable[StoredBaseline],
        *,
        push: bool,  # noqa: ARG002  (a folder knows no remote)
    ) -> None:
        """Drop the rows of some baselines."""
        try:
            for baseline in baselines:
                (self.folder / baseline.key / ROWS).unlink(missing_ok=True)
        except OSError as error:
            raise self._to_error("written", error) from error

    def _all(self) -> list[StoredBaseline]:
        try:
            baselines = [self._baseline(place) for place in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._to_error("read", error) from error
        return [baseline for baseline in baselines if baseline is not None]

    def _baseline(self, place: Path) -> StoredBaseline | None:
        rows = place / ROWS
        return from_key(place.name, str(place), str(rows) if rows.is_file() else None)

    def _files(self, place: Path) -> dict[str, bytes]:
        files = {
            file.relative_to(place).as_posix(): file.read_bytes()
            for file in sorted(place.rglob("*.json"))
        }
        if not files or not place.is_dir():  # taken away, perhaps while it was read
            raise FileNotFoundError(place)
        return files

    def _write(self, files: Mapping[str, bytes]) -> Path:
        place = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.folder))
        place.chmod(0o755)  # mkdtemp makes folders private; other processes read this one
        for name, content in files.items():
            write_atomic(place / name, content)
        return place

    def _place(self, made: Path, commit: str, now: dt.datetime) -> StoredBaseline:
        """Rename a finished folder to its key: atomic, and refused where one of its name is."""
        for _ in range(_ATTEMPTS):
            taken = [place.name for place in self.folder.iterdir()]
            saved = time_for(commit, now, taken)
            place = self.folder / key(commit, saved)
            try:
                made.rename(place)
            except OSError:
                if not place.exists():
                    raise
            else:
                baseline = self._baseline(place)
                return baseline or StoredBaseline(commit, saved, str(place))
        msg = f"the baseline store ({self.path}) is too busy to be written"
        raise StoreError(msg, hint="try again")

    def _remove(self, place: Path) -> None:
        """Take a baseline away: first out of sight, in one step, then its files."""
        gone = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.folder))
        with suppress(FileNotFoundError):  # another process may have been faster
            place.rename(gone / place.name)
        shutil.rmtree(gone, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what killed processes left behind."""
        for place in self.folder.glob(f"{_UNFINISHED}*"):
            try:
                old = time.time() - place.stat().st_mtime > _STALE
            except FileNotFoundError:
                continue
            if old:
                shutil.rmtree(place, ignore_errors=True)

    def _to_error(self, verb: str, error: OSError) -> StoreError:
        msg = (
            f"the baseline store ({self.path}) cannot be {verb}: {error.strerror}: {error.filename}"
        )
        return StoreError(msg, hint="does the folder exist, and may this user use it?")


def _open_store(place: StorePlace) -> FolderStore:
    return FolderStore(_path(place), place.slug)


def _open_ledger(place: StorePlace) -> FolderLedger:
    return FolderLedger(_path(place) / "ledger" / place.slug)


def _path(place: StorePlace) -> Path:
    return place.root / Path(place.argument).expanduser()


KIND: Final = StoreKind(_open_store, _open_ledger)
