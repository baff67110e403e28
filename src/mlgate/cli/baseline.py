"""`mlgate baseline save`, `show` and `history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mlgate.cli.settings import Settings, pass_settings
from mlgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.model.evidence import BaselineRef, CompareEvidence, HistoryPoint
    from mlgate.model.rows import Role
    from mlgate.pipeline.stored import StoredBaselines

_ROLES: Final[tuple[Role, ...]] = ("main", "anchor")


@click.group()
def command() -> None:
    """Keep, show and list baselines."""


@command.command()
@click.option(
    "--push/--no-push",
    default=None,
    help="Put it on the remote, or keep it in this clone. [default: push in CI only]",
)
@click.option(
    "--if-on-branch",
    is_flag=True,
    help="Keep nothing, without an error, where this is no run of baseline.branch.",
)
@pass_settings
def save(settings: Settings, push: bool | None, if_on_branch: bool) -> int:
    """Keep the run of the commit that is checked out as its baseline.

    The work tree must be clean; an earlier baseline of the same commit is replaced.
    """
    from mlgate.cli import out, outputs
    from mlgate.cli import show as text
    from mlgate.cli.surroundings import context
    from mlgate.pipeline import keep

    pushed = settings.environ.get("CI", "").lower() in ("true", "1") if push is None else push
    saved = keep.save(context(settings), push=pushed, if_on_branch=if_on_branch)
    commit = saved.entry.commit if saved.entry else None
    outputs.write(settings, {"commit": commit or "", "reason": saved.reason or ""})
    if settings.json:
        out.data(text.as_json({"commit": commit, "dropped": saved.dropped, "reason": saved.reason}))
    elif saved.entry is None:
        out.say(f"no baseline kept: {saved.reason}")
    else:
        dropped = f"; rows of {saved.dropped} older baselines dropped" if saved.dropped else ""
        rows = "evidence and rows" if saved.entry.rows else "evidence"
        out.say(f"kept {rows} of {saved.entry.commit[:7]} as its baseline{dropped}")
    return ExitCode.OK


@command.command()
@click.argument("commit", required=False)
@pass_settings
def show(settings: Settings, commit: str | None) -> int:
    """Show the baseline of COMMIT; without one, those that this commit is compared with."""
    from mlgate.cli import out
    from mlgate.cli import show as text

    stored = _stored(settings)
    found = _of_commit(stored, commit) if commit else _compared_with(stored)
    if settings.json:
        out.data(text.as_json(found))
    else:
        out.say("\n".join(_told(title, one) for title, one in found.items()))
    return ExitCode.OK


@command.command()
@click.option("--last", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@pass_settings
def history(settings: Settings, last: int) -> int:
    """List the trend on the main branch, the newest run last."""
    from mlgate.baselines import history as trend
    from mlgate.cli import out
    from mlgate.cli import show as text

    stored = _stored(settings)
    points = trend.history(stored.store, stored.entries, stored.tags, last)
    if settings.json:
        out.data(text.as_json([point.model_dump(mode="json") for point in points]))
    else:
        out.say(_table(points) if points else "no baseline yet")
    return ExitCode.OK


def _stored(settings: Settings) -> StoredBaselines:
    from mlgate.cli.surroundings import context
    from mlgate.pipeline.prepare import prepare
    from mlgate.pipeline.stored import StoredBaselines

    prepared = prepare(context(settings))
    return StoredBaselines(prepared, prepared.judges[0].config)


def _compared_with(stored: StoredBaselines) -> dict[str, dict[str, Any]]:
    """Describe the baselines of both roles; a store that cannot be read is an error here."""
    from mlgate.model.evidence import Absent

    entries = {entry.commit: entry for entry in stored.entries}
    found: dict[str, dict[str, Any]] = {}
    for role in _ROLES:
        one = stored.reference(role, None, None)
        if isinstance(one, Absent):
            found[role] = {"commit": None, "reason": one.reason}
        else:
            rows = entries[one.ref.commit or ""].rows is not None
            found[role] = _facts(one.ref, one.evidence, rows=rows)
    return found


def _of_commit(stored: StoredBaselines, commit: str) -> dict[str, dict[str, Any]]:
    """Describe the baseline of anything that git calls a commit, or of a commit not here."""
    from mlgate.baselines.find import Found
    from mlgate.baselines.store import load
    from mlgate.model.evidence import CompareEvidence

    full = stored.prepared.git.commit_of(commit) or commit
    found = [entry for entry in stored.entries if entry.commit.startswith(full)]
    if len(found) != 1:
        msg = f"{commit} fits several baselines" if found else f"{commit} has no baseline"
        raise UsageError(msg, hint="`mlgate baseline history` lists the commits that have one")
    kept = load(stored.store, found[0])
    evidence = kept.evidence.get("compare")
    return {
        "baseline": _facts(
            Found(found[0]).ref(verdict=kept.verdict.verdict if kept.verdict else None),
            evidence if isinstance(evidence, CompareEvidence) else None,
            rows=found[0].rows is not None,
        )
    }


def _facts(ref: BaselineRef, evidence: CompareEvidence | None, *, rows: bool) -> dict[str, Any]:
    metrics = evidence.metrics if evidence else {}
    return {
        "commit": ref.commit,
        "tag": ref.tag,
        "created": ref.created,
        "verdict": ref.verdict,
        "rows": rows,
        "note": ref.note,
        "metrics": {name: one.value for name, one in metrics.items()},
    }


def _told(title: str, one: dict[str, Any]) -> str:
    if one["commit"] is None:
        return f"{title}: {one['reason']}"
    tag = f" ({one['tag']})" if one["tag"] else ""
    rows = "with rows" if one["rows"] else "without rows"
    lines = [f"{title}: {one['commit'][:7]}{tag}, {one['verdict']}, saved {one['created']}, {rows}"]
    lines += [f"  {one['note']}"] if one["note"] else []
    lines += [f"  {name} {_number(value)}" for name, value in one["metrics"].items()]
    return "\n".join(lines)


def _table(points: Sequence[HistoryPoint]) -> str:
    from tabulate import tabulate

    names = list(dict.fromkeys(name for point in points for name in point.metrics))
    rows = [
        [
            point.created[:10],
            point.commit[:7],
            point.tag or "",
            point.verdict or "",
            *(_number(point.metrics.get(name)) for name in names),
        ]
        for point in points
    ]
    head = ["saved", "commit", "tag", "verdict", *names]
    return tabulate(rows, head, tablefmt="plain", disable_numparse=True)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.5g}"
