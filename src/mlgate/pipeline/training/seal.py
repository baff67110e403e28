"""What is done around the author's code: before it starts, and once it has ended."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mlgate import installation
from mlgate.pipeline.judging.configured import compared_paths, data_paths, fixed_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlgate.pipeline.prepare import Prepared


def seal(prepared: Prepared) -> None:
    """Close what the author's code may change: the repository and, in CI, mlgate's own files.

    What results are measured against is noted as it is. Outside of CI a training may write a
    reference each time, which is there from the run before.
    """
    _ = prepared.tracked.before, prepared.files.pipelines
    for judge in prepared.judges:
        strict = compared_paths if prepared.context.ci_run.in_ci else fixed_paths
        prepared.files.keep(strict(judge.config, prepared.references))
        prepared.files.look_up_data(data_paths(judge.config, prepared.references))
    prepared.git.close()
    if prepared.context.ci_run.in_ci:
        installation.guard()


@contextlib.contextmanager
def unheard(prepared: Prepared, user_env: Mapping[str, str]) -> Iterator[None]:
    """Put back what the author's code writes into the files of a step that its runner reads.

    The variables that name them are withheld, but the files can be found: what is written there
    would set variables and the path of later steps.

    Parameters
    ----------
    user_env
        The variables that the author's code has: files that these name are its own to write.
    """
    files = prepared.context.ci_run.files
    before = {path: _content(path) for name, path in files.items() if name not in user_env}
    try:
        yield
    finally:
        for path, content in before.items():
            if _content(path) != content:
                _put_back(path, content)
                text = (
                    f"mlgate: {path.name} is as it was: your code may not write the runner's files"
                )
                prepared.context.progress.line(text)


def _content(path: Path) -> bytes | None:
    """Return what a file holds; None where it is no file of its own."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None or path.is_symlink() or not path.is_file():
        path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
