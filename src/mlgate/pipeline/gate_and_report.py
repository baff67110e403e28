"""Judge and report, from the run directory alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate import checks
from mlgate.errors import DataError, ExitCode, UsageError
from mlgate.gates.judge import judge
from mlgate.pipeline.judging.place import find_config
from mlgate.pipeline.prepare import open_run_dir, prepare, run_dir_of
from mlgate.run_dir import DEFAULT
from mlgate.text.short import commit_name, short_sha

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from mlgate.model.verdict import Verdict
    from mlgate.pipeline.context import Context
    from mlgate.run_dir import RunDir


_DECIDED: Final = ("judges", "base_branch", "identity", "new_model", "gone", "not_applicable")
"""What is determined anew before evidence is judged."""


def gate(run_dir: RunDir, today: dt.date) -> Verdict:
    """Judge the evidence by the policies in run.json and write verdict.json.

    Where numbers are shown in steps, evidence/ holds no others from then on.
    """
    run = run_dir.read_run()
    folders = dict.fromkeys(each.evidence for each in run.judges)
    evidence = {folder: run_dir.read_evidence(folder) for folder in folders}
    verdict = judge(run, evidence, today, checks.gates())
    run_dir.write_verdict(verdict)
    if run.changes == "steps":
        run_dir.hide_exact()
    return verdict


def exit_code(run_dir: RunDir, verdict: Verdict) -> ExitCode:
    """Return how a command ends that judged: 2 where under no policy the input could be used."""
    if not verdict.blocked:
        return ExitCode.OK
    folders = dict.fromkeys(judge.evidence for judge in run_dir.read_run().judges)
    checks = [
        evidence
        for folder in folders
        for evidence in run_dir.read_evidence(folder).values()
        if evidence.check not in ("train", "wear")
    ]
    unusable = checks and all(evidence.error_kind in ("input", "unreadable") for evidence in checks)
    return ExitCode.USAGE if unusable else ExitCode.BLOCKED


def refresh(context: Context) -> RunDir:
    """Return the run directory, with the policies read again if it is in its repository.

    A directory that was copied elsewhere, or is used without a configuration, keeps the
    policies that it holds.
    """
    run_dir = locate(context)
    try:
        prepared = prepare(context)
    except UsageError:
        return run_dir
    run = run_dir.read_run()
    copied = run.name != prepared.run.name or not run_dir.path.is_relative_to(prepared.root)
    if copied and not context.ci_run.in_ci:
        return run_dir
    if run.name != prepared.run.name:
        msg = f"{run_dir.path} is of the model {run.name}, but this job judges {prepared.run.name}"
        raise DataError(msg, hint="name the configuration of that model with --config")
    if run.commit != prepared.run.commit and not run.elsewhere:
        here, there = short_sha(prepared.run.commit), commit_name(run.commit)
        msg = f"{run_dir.path} is of {there}, but {here} is checked out"
        raise DataError(
            msg, hint="run `mlgate run` again, or name another directory with --run-dir"
        )
    run_dir.write_run(
        run.model_copy(update={name: getattr(prepared.run, name) for name in _DECIDED})
    )
    return run_dir


def locate(context: Context, dirs: Sequence[Path] = ()) -> RunDir:
    """Return the run directory: as given, beside the configuration, or here."""
    if context.run_dir is not None:
        return open_run_dir(context.cwd / context.run_dir)
    if len(dirs) == 1:
        return open_run_dir(context.cwd / dirs[0])
    try:
        return run_dir_of(context, find_config(context).parent)
    except UsageError:
        return open_run_dir(context.cwd / DEFAULT)


def sources(context: Context, dirs: Sequence[Path]) -> list[RunDir]:
    """Return the run directories to combine in one report; none where `locate` gives the only one.

    With `--run-dir`, a single directory counts too: a list of models may have one entry.
    """
    apart = len(dirs) > 1 or context.run_dir is not None
    return [open_run_dir(context.cwd / folder) for folder in dirs] if apart else []


def write_report(
    run_dir: RunDir, of: Sequence[RunDir] = (), formats: Sequence[str] = ()
) -> tuple[Path, ...]:
    """Write a run's report in some formats, or that of several runs; by default for people."""
    from mlgate import checks, report
    from mlgate.report.formats import write as write_formats

    text = (
        report.write(run_dir, of, pages=checks.pages()) if not formats or "text" in formats else ()
    )
    rest = [name for name in formats if name != "text"]
    return (*text, *write_formats(run_dir, of, rest)) if rest else text
