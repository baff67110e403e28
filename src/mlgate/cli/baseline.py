"""`mlgate baseline save`, `show`, `history`, `digest` and `forget`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mlgate.cli import history
from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode
from mlgate.text.short import short_sha

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.model.evidence import BaselineRef, CompareEvidence
    from mlgate.model.rows import Role
    from mlgate.pipeline.baselines.choice import StoredBaselines
    from mlgate.stores.save import Place

_PLACES: Final[Mapping[Place, str]] = {
    "store": "",
    "remote": ", and pushed it to {remote}",
    "clone": ", in this clone only (for everybody: `mlgate baseline save --push`, or CI on the main branch)",
}
_STILL: Final = """\
still there, until you remove them (docs/privacy.md says how):
  - earlier versions in git: objects that no ref names, in clones and at the forge until it collects them; with
    baseline.store branch:NAME all of the branch's history
  - run directories that CI keeps as artifacts or caches: rows.parquet, changed.parquet, label-next.csv
  - the predictions and data themselves, and backups of all of these"""
_ROLES: Final[tuple[Role, ...]] = ("main", "anchor")


@click.group()
def command() -> None:
    """Keep and show baselines, list their history, forget rows; name a test set by its digest."""


@command.command()
@click.option(
    "--push/--no-push",
    default=None,
    help="Put it on the remote, or keep it in this clone. [default: push in CI only]",
)
@click.option(
    "--if-on-branch",
    is_flag=True,
    help="Do nothing, without an error, unless this is a run of baseline.branch.",
)
@pass_settings
def save(settings: Settings, push: bool | None, if_on_branch: bool) -> int:
    """Keep the run of the commit that is checked out as its baseline.

    The work tree must be clean; an earlier baseline of the same commit is replaced.
    """
    from mlgate.cli import gate_files, out, outputs
    from mlgate.cli import show as text
    from mlgate.cli.context import context
    from mlgate.pipeline import save_baseline

    pushed = settings.ci_run.in_ci if push is None else push
    saved = save_baseline.save(context(settings), push=pushed, if_on_branch=if_on_branch)
    commit = saved.baseline.commit if saved.baseline else None
    outputs.write(settings, {"commit": commit or "", "reason": saved.reason or ""})
    if settings.json:
        out.data(text.as_json({"commit": commit, "dropped": saved.dropped, "reason": saved.reason}))
    elif saved.baseline is None:
        out.say(f"no baseline kept: {saved.reason}")
    else:
        dropped = f"; rows of {saved.dropped} older baselines dropped" if saved.dropped else ""
        rows = "evidence and rows" if saved.baseline.rows else "evidence"
        kept = f"kept {rows} of {short_sha(saved.baseline.commit)} as its baseline"
        out.say(f"{kept}{_PLACES[saved.place].format(remote=saved.remote)}{dropped}")
    gate_files.warn(settings)
    return ExitCode.OK


@command.command()
@click.argument("commit", required=False)
@pass_settings
def show(settings: Settings, commit: str | None) -> int:
    """Show the baseline of COMMIT; without one, those that this commit is compared with."""
    from mlgate.cli import out
    from mlgate.cli import show as text
    from mlgate.cli.context import stored_baselines

    stored = stored_baselines(settings)
    facts = _of_commit(stored, commit) if commit else _compared_with(stored)
    if settings.json:
        out.data(text.as_json(facts))
    else:
        out.say("\n".join(_described(title, baseline) for title, baseline in facts.items()))
    return ExitCode.OK


command.add_command(history.command, "history")


@command.command()
@click.argument("name", default="v2")
@pass_settings
def digest(settings: Settings, name: str) -> int:
    """Print how to announce the test set that the predictions are of, calling it NAME.

    The digest covers ids and labels, whatever the order of rows and the file's format.
    """
    from mlgate.cli import out
    from mlgate.cli import show as text
    from mlgate.cli.context import context
    from mlgate.pipeline import name_test_set

    value = name_test_set.digest(context(settings))
    if settings.json:
        out.data(text.as_json({"name": name, "digest": value}))
    else:
        out.say(f"test_set: {{name: {name}, digest: {value}}}")
    return ExitCode.OK


@command.command()
@click.option(
    "--ids",
    required=True,
    type=click.Path(path_type=Path),
    help="A table with the columns of predictions.id: the rows to forget.",
)
@click.option("--push/--no-push", default=True, help="Rewrite the remote too. [default: push]")
@pass_settings
def forget(settings: Settings, ids: Path, push: bool) -> int:
    """Take rows out of all kept baselines, by id.

    Metrics stay as they were measured. What clones, caches and the forge hold still is printed.
    """
    from mlgate.cli import out
    from mlgate.cli import show as text
    from mlgate.cli.context import context
    from mlgate.pipeline.forget import forget

    done = forget(context(settings), ids, push=push)
    if settings.json:
        out.data(text.as_json({"ids": done.ids, "rows": done.rows, "sketches": done.sketches}))
        return ExitCode.OK
    rows = (
        f"{sum(done.rows.values()):,} rows of {done.ids:,} ids out of {len(done.rows):,} baselines"
    )
    sketches = f", and the samples of {len(done.sketches):,}" if done.sketches else ""
    out.say(f"took {rows}{sketches}\n{_STILL}")
    return ExitCode.OK


def _compared_with(baselines: StoredBaselines) -> dict[str, dict[str, Any]]:
    """Describe the baselines of both roles; a store that cannot be read is an error here."""
    from mlgate.model.evidence import Absent

    with_rows = {stored.commit for stored in baselines.baselines if stored.rows is not None}
    described: dict[str, dict[str, Any]] = {}
    for role in _ROLES:
        baseline = baselines.reference(role, None, None)
        if isinstance(baseline, Absent):
            described[role] = {"commit": None, "reason": baseline.reason}
        else:
            rows = baseline.ref.commit in with_rows
            described[role] = _facts(baseline.ref, baseline.evidence, rows=rows)
    return described


def _of_commit(baselines: StoredBaselines, commit: str) -> dict[str, dict[str, Any]]:
    """Describe the baseline of anything that git calls a commit, or of a commit not here."""
    from mlgate.stores.finding import ref_to

    stored = baselines.named(commit)
    files = baselines.load(stored)
    ref = ref_to(stored, verdict=files.outcome)
    return {"baseline": _facts(ref, files.compare, rows=ref.paired)}


def _facts(ref: BaselineRef, evidence: CompareEvidence | None, *, rows: bool) -> dict[str, Any]:
    metrics = evidence.metrics if evidence else {}
    return {
        "commit": ref.commit,
        "tag": ref.tag,
        "created": ref.created,
        "verdict": ref.verdict,
        "rows": rows,
        "note": ref.note,
        "metrics": {name: measurement.value for name, measurement in metrics.items()},
    }


def _described(title: str, baseline: dict[str, Any]) -> str:
    if baseline["commit"] is None:
        return f"{title}: {baseline['reason']}"
    tag = f" ({baseline['tag']})" if baseline["tag"] else ""
    rows = "with rows" if baseline["rows"] else "without rows"
    lines = [
        f"{title}: {short_sha(baseline['commit'])}{tag}, {baseline['verdict']}, saved {baseline['created']}, {rows}"
    ]
    lines += [f"  {baseline['note']}"] if baseline["note"] else []
    lines += [f"  {name} {history.number(value)}" for name, value in baseline["metrics"].items()]
    return "\n".join(lines)
