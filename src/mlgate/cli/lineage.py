"""`mlgate lineage show`, `diff` and `export`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli.named import Named
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlgate.model.lineage import Difference, Lineage, LineageDiff

_MOST = 10
"""Lines of one kind that are printed for people."""
_SOURCE = (
    "RUN is a run directory, or a commit that has a baseline. [default: the run of this folder]"
)


def _kinds() -> tuple[str, ...]:
    from mlgate.lineage import exports

    return exports.names()


@click.group()
def command() -> None:
    """Show where a model came from, what differs between two, and export the record."""


@command.command(epilog=_SOURCE)
@click.argument("run", required=False)
@pass_settings
def show(settings: Settings, run: str | None) -> int:
    """Show where a model came from: commit, data, parameters, environment, files, verdict."""
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.pipeline import lineage

    record = lineage.origin(context(settings), run).record
    if settings.json:
        out.record(record)
    else:
        out.say("\n".join(facts(record)))
    return ExitCode.OK


@command.command(epilog=_SOURCE)
@click.argument("old")
@click.argument("new", required=False, metavar="[RUN]")
@pass_settings
def diff(settings: Settings, old: str, new: str | None) -> int:
    """Show what differs between the origins of two models, the likeliest cause first.

    Data explain more than parameters, those more than code, then environment, seeds, hardware.
    """
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.lineage import differ
    from mlgate.pipeline import lineage

    here = context(settings)
    sides = [lineage.origin(here, source).record for source in (old, new)]
    differences = differ.diff(*sides)
    if settings.json:
        out.record(differences)
    else:
        out.say("\n".join(_differences(differences)))
    return ExitCode.OK


@command.command(epilog=_SOURCE)
@click.argument("kind", type=Named("card|mlbom|slsa|test_result", _kinds))
@click.argument("run", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file. [default: by the kind]"
)
@click.option(
    "--check", is_flag=True, help="Write nothing: exit code 1 if the file disagrees with the run."
)
@pass_settings
def export(settings: Settings, kind: str, run: str | None, output: Path | None, check: bool) -> int:
    """Write the record in another tool's format.

    `slsa` is provenance, `test_result` the verdict, both as in-toto statements; `mlbom` a CycloneDX
    bill of materials; `card` a model card, in which a team's own sections stay as they are.
    """
    return write(settings, kind, run, output, check=check)


def write(settings: Settings, kind: str, run: str | None, path: Path | None, *, check: bool) -> int:
    """Write an export, or say how the file that is there differs from it."""
    from mlgate.cli import out
    from mlgate.cli.context import context
    from mlgate.pipeline import lineage

    here = context(settings)
    if not check:
        out.say(str(lineage.export(here, kind, run, path)))
        return ExitCode.OK
    problem = lineage.disagreement(here, kind, run, path)
    if problem is None:
        out.say("it agrees with the run")
        return ExitCode.OK
    again = "mlgate card" if kind == "card" else f"mlgate lineage export {kind}"
    out.say(f"it disagrees with the run: {problem}; write it again with `{again}`")
    return ExitCode.BLOCKED


def facts(record: Lineage) -> Iterator[str]:
    """Yield a line for each thing that a model can be traced to."""
    from mlgate.text.lists import first_of

    where = record.environment
    lines = {
        "model": record.name,
        "commit": f"{record.commit or 'none'}{' with uncommitted changes' if record.dirty else ''}",
        "trained": f"{record.started} to {record.finished}" if record.finished else record.started,
        "external run": record.external and f"{record.external.kind} {record.external.url}",
        "command": record.command,
        "read": _digests(record.inputs),
        "parameters": first_of([f"{k}={v}" for k, v in record.parameters.items()], _MOST),
        "seeds": first_of([f"{k}={v}" for k, v in record.seeds.items()], _MOST),
        "environment": where
        and f"Python {where.python}, {len(where.packages)} packages, {where.platform}",
        "made": _digests({a.path: f"sha256:{a.sha256}" for a in record.artifacts}),
        "measured": _digests(record.measured),
        "baseline": record.baseline and record.baseline.commit,
        "verdict": record.verdict and record.verdict.headline,
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        if value:
            yield f"{name:<{width}}  {value}"


def _digests(files: dict[str, str]) -> str:
    from mlgate.text.lists import first_of
    from mlgate.text.short import short_digest

    return first_of([f"{path} ({short_digest(digest)})" for path, digest in files.items()], _MOST)


def _differences(diff: LineageDiff) -> Iterator[str]:
    if not diff.differences:
        yield "nothing that was recorded differs"
        return
    for cause, group in groupby(diff.differences, lambda each: each.cause):
        facts = list(group)
        yield f"{cause}:"
        yield from (f"  {_difference(fact)}" for fact in facts[:_MOST])
        if len(facts) > _MOST:
            yield f"  and {len(facts) - _MOST} more (all of them: --format json)"


def _difference(fact: Difference) -> str:
    from mlgate.text.short import short_digest

    old, new = (
        "none" if value is None else short_digest(value) if fact.of_files else value
        for value in (fact.old, fact.new)
    )
    return f"{fact.name}: {old} → {new}"
