"""`mlgate init`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode

if TYPE_CHECKING:
    from mlgate.pipeline.init.scaffold import InitResult
    from mlgate.pipeline.init.training_once import Trained
    from mlgate.pipeline.init.tree import Tree


@click.command()
@click.option(
    "--train/--no-train",
    default=None,
    help="Run the training once, and look at what it writes. [default: ask on a terminal]",
)
@click.option("--force", is_flag=True, help="Replace files that somebody edited, too.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@pass_settings
def command(settings: Settings, train: bool | None, force: bool, dry_run: bool) -> int:
    """Look at this repository and write mlgate.yaml, a workflow and .gitignore.

    What rests on a guess is marked in the files, with the reason. Run again, it replaces what nobody
    edited, and shows how the rest would differ.
    """
    from mlgate.cli import out, show
    from mlgate.pipeline.init.scaffold import InitOptions, init

    def training(tree: Tree, run: str, there: bool) -> Trained | None:
        from mlgate.pipeline.init.training_once import train_once

        if train or (train is None and not there and _wanted(settings, run)):
            return train_once(tree, run, settings.environ, sys.stderr)
        return None

    done = init(Path.cwd(), InitOptions(force, dry_run, training))
    if settings.json:
        out.data(show.as_json(asdict(done)))
    else:
        out.say(_described(done, dry_run=dry_run))
    return ExitCode.OK


def _wanted(settings: Settings, run: str) -> bool:
    """Ask whether to run the training; nobody is asked in CI."""
    if settings.ci_run.in_ci or settings.json or not sys.stdin.isatty():
        return False
    question = f"Run the training once ({run}), to see what it writes?"
    return click.confirm(question, default=True, err=True)


def _described(done: InitResult, *, dry_run: bool) -> str:
    verb = "would write" if dry_run else "wrote"
    lines = [f"{verb} {name}" for name in done.written]
    for name in done.kept:
        edited = name in done.diffs
        lines.append(f"left {name} as it is" + (": somebody edited it" if edited else ""))
    lines += [f"  note: {note}" for note in done.notes]
    for name, diff in done.diffs.items():
        lines += ["", diff]
        if not dry_run:
            lines.append(f"{name} is yours: take over what you want, or `mlgate init --force`")
    for lead, text in done.lines:
        lines += ["", f"{lead}:", "", text]
    if done.next and not dry_run:
        lines.append("next, once you have read mlgate.yaml (lines marked `guess` above all):")
        for run, what in done.next:
            lines += [f"  {run}", f"      {what}"]
    return "\n".join(lines)
