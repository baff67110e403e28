"""`imported`: what other tools found, in their own words and numbers.

A tool's own tests are counted: the share of them that failed has no interval, as it says nothing
about further data. Its numbers come without the rows behind them, so that no test of ours is
possible: a rule on such a number can fail, and is otherwise untested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.imported.evidence import ImportedEvidence
from mlgate.checks.imported.reading import read
from mlgate.checks.imported.section import WARNED, imports, named
from mlgate.model.base import Frozen
from mlgate.model.evidence import Measurement, Note
from mlgate.model.imported import BROKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.config import Config
    from mlgate.model.imported import Imported
    from mlgate.model.inputs import Inputs

SUMMARY: Final = "What Evidently or Deepchecks found, read from their JSON."
KEY: Final = "evidence.import"
UNTESTED: Final = "there is one number without the rows behind it, so chance cannot be ruled out"


class ImportedParams(Frozen):
    """Everything that `imported` depends on: the files by their names."""

    files: dict[str, str]
    mask: bool = False
    confidence: float = 0.95


def params(config: Config) -> ImportedParams | None:
    """Return what a configuration asks for; None without `evidence.import`."""
    files = named(imports(config))
    if not files:
        return None
    masked = config.tables().masked
    return ImportedParams(files=files, mask=masked, confidence=config.policy.confidence)


def run(inputs: Inputs, params: ImportedParams) -> ImportedEvidence:
    """Read the files and count.

    Raises
    ------
    DataError
        For a file that is missing or of no known form.
    """
    files = {name: read(inputs.file(path, KEY), KEY) for name, path in params.files.items()}
    if params.mask:
        files = {name: _masked(file) for name, file in files.items()}
    return ImportedEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=dict(_metrics(files)),
        refused=dict(_refused(files)),
        notes=(*inputs.notes, *_notes(files)),
        files=files,
        masked=params.mask,
    )


def _masked(file: Imported) -> Imported:
    """Leave out the words of tests, which may show values."""
    tests = tuple(test.model_copy(update={"detail": None}) for test in file.tests)
    return file.model_copy(update={"tests": tests})


def _metrics(files: Mapping[str, Imported]) -> Iterator[tuple[str, Measurement]]:
    total = sum(file.ran for file in files.values())
    if total:
        broken = sum(file.counted(*BROKEN) for file in files.values())
        yield "share", _share("the share of imported tests that failed", broken, total)
    for name, file in files.items():
        if file.ran:
            title = f"the share of {file.tool}'s tests that failed ({name})"
            yield name, _share(title, file.counted(*BROKEN), file.ran)
            title = f"the share of {file.tool}'s tests that warn ({name})"
            yield f"{name}.{WARNED}", _share(title, file.counted("warn"), file.ran)
        for key, value in file.numbers.items():
            yield f"{name}.{key}", _number(key, value, file)


def _share(title: str, count: int, total: int) -> Measurement:
    return Measurement.counted(title, count / total, "lower", unit="share", n=total)


def _number(key: str, value: float | None, file: Imported) -> Measurement:
    return Measurement(
        title=f"{file.tool}'s {key}",
        value=value,
        method=file.tool,
        untested=UNTESTED,
        source=file.path,
    )


def _refused(files: Mapping[str, Imported]) -> Iterator[tuple[str, str]]:
    """Yield why no tests could be counted where a gate may ask for them."""
    for name, file in files.items():
        if not file.ran:
            yield f"imported.{name}", _why(file)
    if files and not any(file.ran for file in files.values()):
        yield "imported", _why(next(iter(files.values())))


def _why(file: Imported) -> str:
    if file.tests:
        return f"none of the {len(file.tests)} tests in {file.path} ran"
    how = "include_tests=True" if file.tool == "Evidently" else "add_condition_…"
    return f"{file.path} holds numbers but no tests ({how} adds them)"


def _notes(files: Mapping[str, Imported]) -> Iterator[Note]:
    for file in files.values():
        if file.older:
            text = f"{file.path} was written before this training began: it may be about another model."
            yield Note(level="warning", text=text)
        skipped = file.counted("skipped")
        if skipped:
            text = (
                f"{skipped} of {len(file.tests)} tests in {file.path} did not run and do not count."
            )
            yield Note(level="warning", text=text)
        if file.left_out:
            text = f"{file.left_out:,} numbers of {file.path} were left out: it holds too many."
            yield Note(level="info", text=text)
