"""Opens the tables that `drift` and `data` name."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.config import expand, masked
from mlgate.files import sha256
from mlgate.inputs import remote
from mlgate.inputs.column_table import open_parquet
from mlgate.inputs.paths import resolve, shown
from mlgate.inputs.profiles import read_profile
from mlgate.inputs.staging import as_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlgate.model.profile import ProfileTable
    from mlgate.model.table import ColumnTable


@dataclass
class Tables:
    """Opens each table once; what has to be rewritten lies in a folder that goes with this."""

    root: Path
    top: Path
    environ: Mapping[str, str]
    digests: dict[str, str]
    _opened: dict[str, ColumnTable] = field(default_factory=dict)
    _staged: dict[str, Sequence[Path]] = field(default_factory=dict)
    _scratch: Path | None = None

    def open(self, setting: str, key: str) -> ColumnTable:
        """Open what a setting names.

        Parameters
        ----------
        key
            The configuration's key, for messages.
        """
        if setting not in self._opened:
            self._opened[setting] = self._open(setting, key)
        return self._opened[setting]

    def staged(self, setting: str, key: str) -> Sequence[Path]:
        """Give the Parquet files of an open table."""
        self.open(setting, key)
        return self._staged[setting]

    def _open(self, setting: str, key: str) -> ColumnTable:
        profile = self._profile(setting, key)
        if profile is not None:
            return profile
        paths, parts = self._found(setting, key)
        scratch = self._folder()
        staged = [as_parquet(path, self.root, scratch) for path in paths]
        self._staged[setting] = staged
        for path, part in zip(paths, parts, strict=True):
            self.digests[part] = f"sha256:{sha256(path)}"
        return open_parquet(staged, parts, parts[0] if len(parts) == 1 else setting)

    def _found(self, setting: str, key: str) -> tuple[Sequence[Path], Sequence[str]]:
        """Give the files of a setting, and what each is called; what lies elsewhere is fetched."""
        where = expand(setting, self.environ)
        if remote.scheme(where) is None:
            paths = resolve(where, self.root, key=key, top=self.top, outside=True)
            return paths, [
                masked(shown(path, self.root), [setting], self.environ) for path in paths
            ]
        paths = remote.fetch(where, self._folder(), key, self.environ)
        name = masked(remote.told(where), [setting], self.environ)
        if len(paths) == 1:
            return paths, [name]
        return paths, [f"{name} ({path.name.partition('-')[2]})" for path in paths]

    def _profile(self, setting: str, key: str) -> ProfileTable | None:
        """Give a profile where the setting names one; only `drift.reference` may."""
        where = expand(setting, self.environ)
        if key != "drift.reference" or not where.endswith(".json") or remote.scheme(where):
            return None
        paths = resolve(where, self.root, key=key, top=self.top, outside=True)
        found = read_profile(paths[0], shown(paths[0], self.root)) if len(paths) == 1 else None
        if found is not None:
            self.digests[found.name] = f"sha256:{sha256(paths[0])}"
        return found

    def _folder(self) -> Path:
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="mlgate-"))
            weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        return self._scratch
