"""Where the model comes from: its training, its inputs, and the commands that repeat the run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from mlgate.model.evidence import TrainEvidence
from mlgate.report.document import Block, Cell, Column, Fold, Paragraph, Table, sentence
from mlgate.run_dir import EVIDENCE
from mlgate.text import number_format as numbers
from mlgate.text.lists import first_of
from mlgate.text.short import commit_name, short_digest, short_sha

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlgate.model.evidence import BaselineRef, Evidence
    from mlgate.model.lineage import Difference
    from mlgate.model.run import RunRecord
    from mlgate.model.verdict import Verdict, WearReading
    from mlgate.report.document import Content

ARTIFACTS = 20
METER = 10
DIFFERENCES = 5
_BRIEF: Final = ("baseline", "anchor", "why this anchor", "policy")
"""What a comment says of a run, beside the commands that repeat it."""


def facts(caption: str, values: Sequence[tuple[str, str | None]]) -> Table:
    """Return names and values, leaving out what is not known."""
    rows = tuple((Cell(name), Cell(value)) for name, value in values if value)
    return Table(caption, (Column("what"), Column("value")), rows)


def training(train: TrainEvidence, run: RunRecord) -> Fold:
    """Return how the training ran, and which tracked files it wrote."""
    used, where = train.resources, train.environment
    ran = facts(
        "",
        [
            ("command", train.command),
            ("outcome", _outcome(train)),
            ("time", numbers.duration(used.wall) if used else None),
            ("CPU time", numbers.duration(used.cpu) if used else None),
            ("peak memory", numbers.memory(used.peak_memory) if used else None),
            ("processes", numbers.count(used.processes) if used else None),
            ("seeds", ", ".join(f"{name}={seed}" for name, seed in train.seeds.items())),
            ("withheld variables", ", ".join(train.withheld)),
        ],
    )
    content: list[Content] = [ran]
    if where is not None:
        content.append(
            facts(
                "Where it ran",
                [
                    ("Python", where.python),
                    ("platform", where.platform),
                    ("processor", where.cpu),
                    ("cores", None if where.cores is None else str(where.cores)),
                    ("memory", None if where.memory is None else numbers.memory(where.memory)),
                    ("GPUs", ", ".join(where.gpus)),
                    ("packages", numbers.plural(len(where.packages), "package")),
                    ("digest of all this", short_digest(where.digest)),
                ],
            )
        )
    content += _artifacts(train)
    rewrote = tuple(_rewritten(run))
    # A comment shows the end of a failed training's output openly.
    short: tuple[Content, ...] = (ran, *rewrote) if train.status == "ok" else ()
    return Fold("training", "Training", _finding(train), (*content, *rewrote), 30, "run", short)


def _rewritten(run: RunRecord) -> Iterator[Paragraph]:
    """Name the tracked files that the training wrote: of interest to whoever keeps baselines."""
    files = list(run.rewritten)
    if files:
        yield Paragraph(
            sentence(
                f"The training rewrote files that git tracks: {first_of(files, 5)}. They do not count"
                " as uncommitted changes. To keep them out of your commits, add them to `.gitignore`"
                f" and run `git rm --cached {shlex.join(files[:5])}`; to keep them tracked, commit them."
            )
        )


def _outcome(train: TrainEvidence) -> str:
    ended = {
        "ok": "ended well",
        "failed": "failed",
        "timeout": "timed out",
        "interrupted": "was interrupted",
        "skipped": "nothing was trained",
    }[train.status]
    if train.problem:
        return f"{ended}: {train.problem}"
    code = f", exit code {train.exit_code}" if train.exit_code else ""
    signal = f", signal {train.signal}" if train.signal else ""
    return f"{ended}{code}{signal}"


def _finding(train: TrainEvidence) -> str:
    if train.status == "skipped":
        return "nothing was trained here"
    used = train.resources
    parts = [] if train.status == "ok" else [_outcome(train)]
    if used is not None:
        parts += [numbers.duration(used.wall), f"{numbers.memory(used.peak_memory)} at peak"]
    if train.artifacts:
        parts.append(numbers.plural(len(train.artifacts), "artifact"))
    return ", ".join(parts) or _outcome(train)


def _artifacts(train: TrainEvidence) -> Iterator[Content]:
    if not train.artifacts:
        return
    yield Table(
        "Artifacts",
        (Column("file"), Column("size", right=True), Column("SHA-256")),
        tuple(
            (
                Cell(artifact.path, code=True),
                Cell(numbers.memory(artifact.size), sort=artifact.size),
                Cell(short_digest(artifact.sha256), code=True),
            )
            for artifact in train.artifacts[:ARTIFACTS]
        ),
    )
    if len(train.artifacts) > ARTIFACTS:
        more = numbers.plural(len(train.artifacts) - ARTIFACTS, "more artifact")
        yield Paragraph((f"And {more}: see {EVIDENCE}/train.json.",))


def lineage(run: RunRecord, verdict: Verdict, evidence: Mapping[str, Evidence]) -> Fold:
    """Return everything that identifies this run, and how to repeat it."""
    train = evidence.get("train")
    environment = train.environment if isinstance(train, TrainEvidence) else None
    rows: list[tuple[str, str | None]] = [
        ("commit", run.commit),
        ("tree", run.tree),
        ("branch", run.branch),
        ("merge-base", run.merge_base),
        ("baseline", _ref(verdict.baseline)),
        ("anchor", _ref(verdict.anchor)),
        ("why this anchor", verdict.anchor.note if verdict.anchor else None),
        (
            "policy",
            "; ".join(f"{judge.source}: {short_digest(judge.digest)}" for judge in run.judges),
        ),
        ("environment", short_digest(environment.digest) if environment else None),
        ("test-set wear", _wear(verdict.wear)),
        ("started", numbers.time(run.started)),
        ("mlgate", run.tool),
    ]
    content: list[Content] = [facts("This run", rows)]
    inputs = {
        name: value for measured in evidence.values() for name, value in measured.inputs.items()
    }
    if inputs:
        content.append(
            Table(
                "What was read",
                (Column("input"), Column("digest")),
                tuple(
                    (Cell(n, code=True), Cell(short_digest(d), code=True))
                    for n, d in inputs.items()
                ),
            )
        )
    differs = tuple(_differs(run.differences, run.base_branch or "main"))
    content += differs
    repeat = (Paragraph(("To repeat it:",)), Block("\n".join(run.reproduce), "sh"))
    again: tuple[Content, ...] = repeat if run.reproduce else ()
    parts = [
        commit_name(run.commit),
        *_counted(run.differences, run.base_branch or "main"),
        *(["how to repeat this run"] if again else []),
    ]
    if verdict.wear is not None and verdict.wear.value is not None and _metered(verdict.wear):
        parts.append(f"at least {100 * verdict.wear.value:.0f} % of the test set used up")
    brief = facts("", [row for row in rows if row[0] in _BRIEF])
    return Fold(
        "lineage",
        "Lineage",
        ", ".join(parts),
        (*content, *again),
        20,
        "run",
        (brief, *differs, *again),
    )


def _differs(differences: Sequence[Difference], main: str) -> Iterator[Table]:
    """Return how the training differs from main's; of packages and the like a few are enough."""
    if not differences:
        return
    yield Table(
        f"What differs from {main}'s training, the likeliest cause first",
        (Column("cause"), Column("what"), Column(main), Column("here")),
        tuple(
            (Cell(each.cause), Cell(each.name), _fact(each, each.old), _fact(each, each.new))
            for each in differences
        ),
        DIFFERENCES,
    )


def _fact(difference: Difference, value: str | None) -> Cell:
    if value is None:
        return Cell(numbers.NONE)
    return Cell(short_digest(value) if difference.of_files else value, code=True)


def _counted(differences: Sequence[Difference], main: str) -> Iterator[str]:
    """Name what differs first, and count the rest; a CI's machines differ all the time."""
    chosen = [each for each in differences if each.cause != "hardware"]
    if chosen:
        first = chosen[0]
        kind = {"parameters": "parameter ", "seeds": "seed "}.get(first.cause, "")
        more = f" and {len(chosen) - 1} more" if len(chosen) > 1 else ""
        yield f"other {kind}{first.name}{more} than on {main}"


def _wear(wear: WearReading | None) -> str | None:
    if wear is None:
        return None
    counted = (
        f"{numbers.plural(wear.evaluations, 'evaluation')},"
        f" {numbers.count(wear.surprises)} of them not passed{_printed(wear)}"
    )
    if wear.value is None:
        return f"at least {counted}"
    if not _metered(wear):
        best = (
            "no margin" if wear.tolerance is None else f"a margin of {wear.tolerance:.2g} at best"
        )
        return (
            f"at least {counted}. One report shows so much of so few test rows that, of a model chosen by it,"
            f" {best} is sure at 99.9 %, and {wear.gate} allows {wear.margin:.2g}"
        )
    filled = min(round(wear.value * METER), METER)
    bar = "█" * filled + "░" * (METER - filled)
    return f"{bar} at least {100 * wear.value:.0f} % of what these test rows bear under {wear.gate} ({counted})"


def _printed(wear: WearReading) -> str:
    """Write what the evaluations printed, and how many of them did not record it."""
    if wear.printed is None:
        return ""
    shown = []
    if wear.printed.exact:
        shown.append(f"{numbers.plural(wear.printed.exact, 'number')} from test labels printed")
    if wear.printed.steps:
        unusual = numbers.count(wear.printed.unusual)
        shown.append(
            f"{numbers.plural(wear.printed.steps, 'result')} shown in steps, {unusual} of them unusual"
        )
    text = "".join(f"; {each}" for each in shown)
    if wear.assumed:
        text += f"; {numbers.count(wear.assumed)} did not record it, and are taken to print as much as this one"
    return text


def _metered(wear: WearReading) -> bool:
    """Whether the rows could certify the margin at all; else the meter starts above its end."""
    return wear.fresh is not None and wear.fresh <= 1


def _ref(ref: BaselineRef | None) -> str | None:
    if ref is None or ref.commit is None:
        return ref.source if ref else None
    parts = [short_sha(ref.commit)]
    if ref.tag or ref.branch:
        parts.append(f"({ref.tag or ref.branch})")
    if ref.created:
        parts.append(f"kept {numbers.time(ref.created)}")
    return " ".join(parts)
