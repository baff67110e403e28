"""`mlgate compare`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from mlgate.cli import out
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.pipeline.tables.compare_files import CompareOptions

COLUMNS: Final = (
    "reader", "label", "prediction", "score", "weight", "cluster", "fold", "repeat",
    "positive_label", "threshold",
)  # fmt: skip


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--from", "reader", help="Tool that wrote the files, such as inspect or promptfoo.")
@click.option("--label", help="Column of the true label or value.")
@click.option("--prediction", help="Column of the prediction.")
@click.option("--score", help="Column of P(positive), or of lists with one a class.")
@click.option("--id", "ids", multiple=True, help="Column that names a row; pairs the files.")
@click.option(
    "--rows",
    multiple=True,
    metavar="NAME=higher|lower[,LOW,HIGH]",
    help="Column of numbers, and their range.",
)
@click.option("--human", multiple=True, metavar="NAME=COLUMN", help="Human's numbers beside NAME.")
@click.option(
    "--errors",
    metavar="[COLUMN=]block|wrong|drop",
    help="What becomes of samples that failed, and the column that says which did. [default: block]",
)
@click.option("--cluster", help="Column of what rows belong to, such as a user.")
@click.option("--weight", help="Column of how much a row counts.")
@click.option("--fold", help="Column of the fold of a cross-validation.")
@click.option("--repeat", help="Column of the seed or repetition.")
@click.option("--task", type=click.Choice(["binary", "multiclass", "regression", "scores"]))
@click.option("--positive-label", help="[default: the greater of the two]")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@click.option("--classes", help="Order of the classes in a column of lists, by commas.")
@click.option("--metric", "metrics", multiple=True, help="[default: all that fit]")
@click.option(
    "--confidence", type=click.FloatRange(0.5, 1, max_open=True), default=0.95, show_default=True
)
@click.option(
    "--max-regression",
    "margins",
    multiple=True,
    metavar="METRIC=MARGIN",
    help="Exit with 1 where NEW may be worse by more, such as accuracy=0.01 or mae=2%.",
)
@click.option(
    "--on-inconclusive",
    type=click.Choice(["warn", "fail"]),
    default="warn",
    show_default=True,
    help="Whether a margin that the rows cannot decide makes it exit with 1.",
)
@pass_settings
def command(
    settings: Settings,
    /,
    old: Path,
    new: Path,
    margins: tuple[str, ...],
    on_inconclusive: Literal["warn", "fail"],
    **given: Any,
) -> int:
    """Compare two prediction files: which one is better, and how sure that is.

    Needs no configuration and no repository. With --id the rows are paired, which tells far
    smaller differences. Exit code 0 whatever the answer, unless --max-regression asks for more.
    """
    from mlgate.pipeline.tables import compare_files as files
    from mlgate.pipeline.tables import compare_text

    sides = files.load(_options(old, new, given), settings.progress())
    if not margins:
        evidence, verdict = sides.measure(), None
    else:
        policy = files.policy_of(dict(map(_margin, margins)), given["confidence"], on_inconclusive)
        evidence, verdict = files.judge(sides, policy)
        settings.outcome = ExitCode.BLOCKED if verdict.blocked else ExitCode.OK
    if settings.json:
        out.record(verdict or evidence)
        return settings.outcome
    out.say(compare_text.plain(evidence, sides.read(evidence), "--id"))
    if verdict is not None:
        from mlgate.cli import show

        out.say("\n".join(["", *show.gates(verdict)]))
    return settings.outcome


def _options(old: Path, new: Path, given: Mapping[str, Any]) -> CompareOptions:
    from mlgate.pipeline.tables import compare_files as files

    classes = given["classes"]
    numbers = _numbers(given["rows"], given["human"])
    columns = files.Columns(
        **{name: given[name] for name in COLUMNS},
        id=given["ids"],
        errors=files.errors_of(_errors(given["errors"])),
        classes=None if classes is None else [name.strip() for name in classes.split(",")],
    )
    return files.CompareOptions(
        files.FileSide(old, given["reader"]),
        files.FileSide(new, given["reader"]),
        columns.with_defaults(),
        given["task"],
        given["metrics"],
        {name: files.numbers_of(name, number) for name, number in numbers},
        given["confidence"],
    )


def _numbers(
    given: tuple[str, ...], human: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the columns of numbers, those of a judge with the column of a human's."""
    rows = [_pair(text, "--rows", "grade=higher") for text in given]
    humans = dict(_pair(text, "--human", "grade=human_grade") for text in human)
    unknown = humans.keys() - {name for name, _ in rows}
    if unknown:
        raise UsageError(f"--human: {min(unknown)} is not among --rows", hint="name both")
    for name, text in rows:
        direction, *ends = text.split(",")
        number: dict[str, object] = {"direction": direction, "human": humans.get(name)}
        yield name, number | {"range": tuple(map(_number, ends))} if ends else number


def _errors(text: str | None) -> object:
    """Split `COLUMN=HOW`; `HOW` alone is as it is."""
    column, _, how = (text or "").rpartition("=")
    return {"column": column, "as": how} if column else text


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    """Split `NAME=VALUE`."""
    name, _, value = text.rpartition("=")
    if not name:
        raise UsageError(f"{option}: expected NAME=VALUE, got {text!r}", hint=f"{option} {example}")
    return name, value


def _margin(text: str) -> tuple[str, object]:
    """Split `METRIC=MARGIN`: a number, else text such as `2%`."""
    name, value = _pair(text, "--max-regression", "accuracy=0.01")
    return name, _number(value)


def _number(text: str) -> float | str:
    """Return a number, and text that is none as it is: its place says what is wrong."""
    with suppress(ValueError):
        return float(text)
    return text
