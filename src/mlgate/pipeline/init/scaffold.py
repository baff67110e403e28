"""`mlgate init`: look at the repository, run its training if asked to, and write what it lacks."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from mlgate.config.scalars import yaml_text
from mlgate.errors import MlgateError
from mlgate.files import write_atomic
from mlgate.git import Git
from mlgate.model.project import DOCS
from mlgate.pipeline.init import (
    clues,
    computed_metrics,
    evaluations,
    gather,
    id_lines,
    label_lists,
    prediction_lines,
    raw_key,
    results,
    templates,
    writing,
)
from mlgate.pipeline.init.readers import coverage, evaluation_tools, scripts
from mlgate.pipeline.init.training_once import restore
from mlgate.pipeline.init.tree import Tree, mapping, yaml
from mlgate.run_dir import DEFAULT
from mlgate.text.lists import first_of
from mlgate.training.dvc import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from mlgate.pipeline.init.clues import Clue
    from mlgate.pipeline.init.pasted_code import PastedLines
    from mlgate.pipeline.init.raw_key import RawKey
    from mlgate.pipeline.init.templates import EvaluationLog, PredictionsTable, RepositoryFacts
    from mlgate.pipeline.init.training_once import Trained

    Training = Callable[[Tree, str, bool], Trained | None]
    """Runs a command, if the user wants it; told whether predictions are there already."""

IGNORED = ".gitignore"
_MOST_REFUSED: Final = 3
"""Reasons to show why a log was refused; an interrupted evaluation may leave many."""
WROTE: Final = "the training wrote it"
TRAINED_WITH: Final = "the training ran with it"


@dataclass(frozen=True, slots=True)
class InitOptions:
    """How `init` works.

    Attributes
    ----------
    force
        Whether files that somebody edited are replaced.
    dry_run
        Whether nothing is written.
    train
        Runs the training; None to run nothing.
    """

    force: bool = False
    dry_run: bool = False
    train: Training | None = None


@dataclass(frozen=True, slots=True)
class InitResult:
    """What `init` did, or would do: paths below the repository's top, and notes for the user.

    Attributes
    ----------
    kept
        Files that are as they were: somebody edited them, or nothing changes.
    diffs
        How they would change, by name.
    next
        Commands to run next, with what each will show.
    lines
        Lines of code that a training lacks, with where they go; empty where it lacks none.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]
    diffs: dict[str, str]
    next: tuple[tuple[str, str], ...] = ()
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What the files say, and what one run of the training showed; `command` is what trains."""

    facts: RepositoryFacts
    notes: tuple[str, ...]
    command: str | None
    trained: Trained | None
    lines: PastedLines | None

    @property
    def recognised(self) -> bool:
        """Whether anything that can be measured was found."""
        table = self.facts.table
        evaluation = self.facts.evaluation
        results = (evaluation is not None and evaluation.rows > 0) or bool(self.facts.numbers)
        return results or (table is not None and table.recognised)


def init(root: Path, options: InitOptions = InitOptions()) -> InitResult:
    """Write mlgate.yaml into a folder, and a workflow and .gitignore into its repository.

    At the top of a repository of several models each gets its own.
    """
    root = root.resolve()
    top = _top(root) or root
    tree = Tree(root, top)
    folders = _models(tree)
    if not folders:
        return _init(tree, options, (), (root / "mlgate.yaml").exists())
    each = [
        _init(Tree(root / folder, top), options, [f for f in folders if f != folder], False)
        for folder in folders
    ]
    note = f"{len(folders)} models were found, each gets its own files: {', '.join(folders)}"
    return InitResult(
        tuple(dict.fromkeys(name for done in each for name in done.written)),
        tuple(dict.fromkeys(name for done in each for name in done.kept)),
        (note, *dict.fromkeys(note for done in each for note in done.notes)),
        {name: diff for done in each for name, diff in done.diffs.items()},
        (
            *each[0].next,
            (
                f"mlgate run --config {folders[1]}/mlgate.yaml",
                "and so on: each model has its own baseline",
            ),
        ),
        tuple(dict.fromkeys(lines for done in each for lines in done.lines)),
    )


def collect(tree: Tree, train: Training | None = None, siblings: Sequence[str] = ()) -> Findings:
    """Look at a repository, and at what its training writes where that is run; nothing is written."""
    facts = gather.facts(tree, siblings)
    read = clues.read(tree)
    outputs = [clue.value for clue in clues.of_kind(read, "table")]
    metrics = [clue.value for clue in clues.of_kind(read, "metrics")]
    table = results.table(tree, outputs, frozenset())
    command = COMMAND if facts.dvc else facts.train
    trained = None
    if train is not None and command is not None:
        trained = train(tree, command, table is not None and table.recognised)
    written = frozenset[str]() if trained is None else trained.written
    if trained is not None:
        tree = Tree(tree.root, tree.top)
        table = results.table(tree, outputs, written)
    reason = "the most likely of the files that are here; is it of this training?"
    if table is not None and (table.path in written or _written_before(tree, table)):
        reason = WROTE
    evaluation, first = None, gather.best(read, "train")
    refused: list[str] = []
    if table is None or not table.recognised or table.task == "scores":
        paths = (
            tree.root / name for name in sorted(tree.files, key=lambda name: name not in written)
        )
        evaluation = evaluations.find(paths, tree.root, refused)
        evaluation = _as_run(tree, first, evaluation, written)
        table = table if evaluation is None else None
    several = table is not None or evaluation is not None
    numbers = {} if several else results.numbers(tree, metrics, written)
    if not several and not numbers and first is not None and first.rank == coverage.RANK:
        numbers = {coverage.FILE: {coverage.NAME: 0.0}}
    reasons = {**facts.reasons, "path": reason if table is not None else ""}
    facts = replace(facts, table=table, evaluation=evaluation, numbers=numbers, reasons=reasons)
    if table is not None:
        facts = replace(facts, table=results.checked(facts, table, tree))
    if trained is not None:
        restore(tree, trained)
    facts = _with_python(tree, facts, read, trained)
    facts = _with_keys(tree, facts)
    script = gather.script(tree, read)
    if facts.table is not None and script is not None:
        facts = replace(facts, computed=tuple(computed_metrics.read(tree, script)))
    recognised = table is not None and (table.recognised or table.path in written)
    lacks = not recognised or (
        trained is not None and table is not None and table.path not in written
    )
    lines = None
    named = facts.table is not None and facts.table.recognised and facts.table.id is not None
    if not named and evaluation is None and script is not None:
        keys = raw_key.find(tree, script, written | ({table.path} if table else set()))
        facts = replace(facts, key=str(keys[0]) if keys else "")
        of_lists = table is not None and label_lists.suggest(tree, script, table)
        lines = of_lists or _lines(
            tree, [*_judging(tree), script], facts.table if not lacks else None, keys
        )
    notes = (*_training_notes(tree, read, facts, command, trained), *refused[:_MOST_REFUSED])
    return Findings(facts, notes, command, trained, lines)


def _as_run(
    tree: Tree, train: Clue | None, log: EvaluationLog | None, written: AbstractSet[str]
) -> EvaluationLog | None:
    """Return what the evaluation tool that the training runs writes, by what it wrote before, if it did."""
    if train is None or train.tool is None or (log is not None and log.reader != train.tool):
        return log
    planned = evaluations.planned(tree, train)
    if log is None or any(name.startswith(log.path.partition("*")[0]) for name in written):
        return log or planned
    return replace(log, path=planned.path)


def _lines(
    tree: Tree, code: Sequence[str], table: PredictionsTable | None, keys: Sequence[RawKey]
) -> PastedLines | None:
    """Return the lines that scripts lack: for their predictions, or for an id in their table."""
    if table is None:
        return prediction_lines.suggest(tree, code, keys)
    if not table.recognised:
        return None
    each = (id_lines.suggest(tree, script, table, keys) for script in code)
    return next(filter(None, each), None)


def _judging(tree: Tree) -> list[str]:
    """Return the script that uses the model which another one trains."""
    judging = scripts.evaluation(tree)
    return [judging.script] if judging is not None and judging.script is not None else []


def _with_python(
    tree: Tree, facts: RepositoryFacts, read: Sequence[Clue], trained: Trained | None
) -> RepositoryFacts:
    """Take the Python of the training, of this run or an earlier one, where no file names a version."""
    named = gather.best(read, "python")
    if named is not None and named.rank < gather.RANGES:
        return facts
    there = tree.in_top(templates.workflow_path(facts)) or ""
    before = re.search(
        rf'python-version: "(3\.\d+)".*# guess: {TRAINED_WITH}$', there, re.MULTILINE
    )
    version = trained.python if trained is not None else before and before[1]
    reasons = dict(facts.reasons)
    if version is not None:
        reasons["python"] = TRAINED_WITH
    elif named is None:
        reasons["python"] = "no file names a version"
    return replace(facts, python=version or facts.python, reasons=reasons)


def _with_keys(tree: Tree, facts: RepositoryFacts) -> RepositoryFacts:
    """Add the keys of the models that an evaluation calls: by its command, or by promptfoo's configuration."""
    if facts.evaluation is None or facts.train is None:
        return facts
    texts = [facts.train]
    if facts.evaluation.reader == "promptfoo":
        texts += [tree.text(path) for path in evaluation_tools.promptfoo_files(tree)]
    return replace(facts, pass_env=tuple(dict.fromkeys(evaluations.keys("\n".join(texts)))))


def _written_before(tree: Tree, table: PredictionsTable) -> bool:
    """Whether a training wrote the table when mlgate.yaml was written."""
    line = f"  path: {yaml_text(table.path)}   # guess: {WROTE}"
    return line in tree.text("mlgate.yaml").splitlines()


def _training_notes(
    tree: Tree,
    read: Sequence[Clue],
    facts: RepositoryFacts,
    command: str | None,
    trained: Trained | None,
) -> Iterator[str]:
    script = gather.trains_nothing(tree, read, facts.train)
    train = gather.best(read, "train")
    if script is not None and train is not None and train.rank == scripts.WRITES:
        yield (
            f"{script} writes results and trains nothing: where a training makes its model, run that before it in "
            "train.run in mlgate.yaml"
        )
    elif script is not None:
        yield (
            f"{script} fits no model that is recognised: is it the training? Otherwise change "
            "train.run in mlgate.yaml"
        )
    for other in gather.differing(tree, read):
        if facts.train is not None and other.value not in facts.train:
            yield (
                f"{other.reason} runs `{other.value}`, train.run in mlgate.yaml is `{facts.train}`: "
                "it has to train the model that you use"
            )
    if trained is None:
        return
    if trained.rewritten:
        yield (
            f"the training rewrites {first_of(trained.rewritten, 5)}, which git tracks: left as committed"
        )
    yield from _not_kept_by_dvc(
        facts, trained, [each.value for each in clues.of_kind(read, "table")]
    )
    if trained.problem is not None:
        yield f"the training failed, so it is not known what it writes: {trained.problem}: {command}"
        yield from _makers(tree, trained.missing, command or "")
    elif not trained.written:
        yield f"`{command}` wrote no file in this folder: it trains nothing, or writes elsewhere"
    elif facts.evaluation is None and (
        facts.table is None or facts.table.path not in trained.written
    ):
        names = first_of(sorted(trained.written), 5)
        yield f"`{command}` wrote no table of predictions, only: {names}"


def _not_kept_by_dvc(
    facts: RepositoryFacts, trained: Trained, outputs: Sequence[str]
) -> Iterator[str]:
    """Name a table that no stage lists: DVC does not write it where nothing changed."""
    path = facts.table.path if facts.dvc and facts.table is not None else None
    if path in trained.written and not any(
        PurePosixPath(path or "").is_relative_to(output) for output in outputs
    ):
        yield (
            f"{path} is in no `outs` of dvc.yaml: add it to those of the stage that writes it, or `dvc repro` leaves it "
            "as it is where nothing changed, and an older file is refused"
        )


def _makers(tree: Tree, missing: str | None, command: str) -> Iterator[str]:
    """Name the scripts that may make a file which the training did not find."""
    name = PurePosixPath(missing or "").name
    makers = [
        path
        for path in tree.files
        if name
        and path.endswith(".py")
        and name in tree.text(path)
        and path not in command
        and path.removesuffix(".py").replace("/", ".") not in command
    ]
    if makers:
        yield (
            f"{name} is missing, which {first_of(makers, 3)} names: whatever makes it belongs first in train.run of "
            "mlgate.yaml; then `mlgate init --train` again"
        )


def _init(tree: Tree, options: InitOptions, siblings: Sequence[str], exists: bool) -> InitResult:
    findings = collect(tree, options.train, siblings)
    facts, about_training, trained = findings.facts, findings.notes, findings.trained
    files = templates.files(facts)
    names = [*files, IGNORED]
    if not options.force and _knows_more(tree, facts):
        files = {name: text for name, text in files.items() if not name.endswith("mlgate.yaml")}
        about_training += (
            (
                "mlgate.yaml is left as it is: the table of predictions that it names is not here now; "
                "`mlgate init --train` writes and reads it"
            ),
        )
    force = options.force or gather.only_command_edited(tree)
    planned = [writing.plan(tree.top, name, text, force=force) for name, text in files.items()]
    changing = [file for file in planned if file.outcome in ("write", "replace")]
    ignored = tuple(
        _lacking(tree, [*(_results(tree, facts) if changing else ()), *_stores(trained)])
    )
    stale = _stale(tree, facts) if changing else frozenset()
    hidden = _hidden(tree, names)
    about_training += (*_left(trained, ignored), *hidden.values())
    if not options.dry_run:
        for file in changing:
            writing.apply(tree.top, file)
        if ignored or stale:
            _ignore(tree.top, ignored, stale)
    written = [file.name for file in changing] + ([IGNORED] if ignored or stale else [])
    notes = [*about_training, *templates.notes(facts), *_git_notes(tree, facts)] if changing else []
    shown = "replace" if options.dry_run else "edited"
    return InitResult(
        tuple(written),
        tuple(file.name for file in planned if file not in changing),
        tuple(notes or about_training),
        {
            file.name: file.diff
            for file in planned
            if file.diff and file.outcome in ("edited", shown)
        },
        tuple(
            _next(findings, tree, names, hidden)
            if (written and not exists) or changing
            else _again(findings)
        ),
        () if findings.lines is None else findings.lines.parts,
    )


def _knows_more(tree: Tree, facts: RepositoryFacts) -> bool:
    """Whether mlgate.yaml, as `init` wrote it, names a table that is not here now."""
    there = tree.text("mlgate.yaml")
    recognised = facts.table is not None or facts.evaluation is not None or facts.numbers
    named = re.search(r"^  path: (?!.*# CHANGE)", there, re.MULTILINE) is not None
    return not recognised and named and writing.untouched(there)


def _next(
    findings: Findings, tree: Tree, files: Sequence[str], hidden: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield the commands to run next, and what each will show.

    Parameters
    ----------
    files
        What is `init`'s, written now or before.
    hidden
        Those of them that git ignores.
    """
    facts = findings.facts
    yield from _again(findings)
    option = "" if facts.folder == "." else f" --config {facts.folder}/mlgate.yaml"
    first = "" if _top(tree.root) is not None else "git init && "
    names = "." if first or facts.folder != "." else shlex.join(_uncommitted(tree, files)) or "."
    forced = shlex.join(f":/{name}" if facts.folder != "." else name for name in hidden)
    add = f"git add {names}{f' && git add -f {forced}' if forced else ''}"
    commit = f'{first}{add} && git commit -m "Gate the model"'
    yield commit, "a run is of a commit: commit your training too, if it is new"
    yield (
        f"mlgate run{option}",
        "trains and measures: untested, as there is nothing to compare with yet",
    )
    yield (
        f"mlgate baseline save{option}",
        (
            f"keeps that as {facts.branch}'s baseline, in this clone: `mlgate run` on a branch is compared with it; "
            f"for everybody, {'the workflow keeps one on every push, or ' if facts.github else ''}`--push` does"
        ),
    )


def _again(findings: Findings) -> Iterator[tuple[str, str]]:
    """Yield `init` once more where the training failed, or writes no predictions."""
    if findings.trained is not None and findings.trained.problem is not None:
        yield (
            "mlgate init --train",
            f"again, once `{findings.command}` runs: it is not known yet what that writes",
        )
    elif findings.lines is not None:
        yield "mlgate init --train", "again, once the lines above are in: it reads what they write"
    elif findings.trained is None and findings.command is not None and not findings.recognised:
        yield "mlgate init --train", "runs the training once, and reads what it writes"


def _uncommitted(tree: Tree, files: Sequence[str]) -> list[str]:
    """Return the files that git does not have as they are."""
    listed = Git(tree.top).run("status", "--porcelain", "-z", "--untracked-files=all", "--", *files)
    return sorted(line[3:] for line in listed.decode().split("\0") if line)


def _models(tree: Tree) -> tuple[str, ...]:
    """Return the folders of several models, unless something at the top trains."""
    train = gather.best(clues.read(tree), "train")
    single = train is not None and (train.script is None or "/" not in train.script)
    return () if single or (tree.root / "mlgate.yaml").exists() else gather.models(tree)


def _top(root: Path) -> Path | None:
    """Return the repository's top folder; None outside of a repository."""
    try:
        return Git(root).top.resolve()
    except MlgateError:
        return None


def _results(tree: Tree, facts: RepositoryFacts) -> Iterator[str]:
    """Yield what holds results: mlgate's folder, and where predictions are written."""
    prefix = "" if facts.folder == "." else f"{facts.folder}/"
    yield f"{prefix}{DEFAULT}/"
    path = facts.table.path if facts.table is not None else None
    if facts.evaluation is not None and facts.train is not None:
        path = facts.evaluation.path.partition("*")[0].rstrip("/") or None
    for name in facts.numbers if not facts.dvc and facts.train is not None else ():
        if not _tracked(tree, name):
            yield f"{prefix}{name}"
    if path is not None:
        folder = PurePosixPath(path).parent.as_posix()
        name = f"{folder}/" if folder != "." and not _tracked(tree, folder) else path
        if not _tracked(tree, name):
            yield f"{prefix}{name}"


def _stores(trained: Trained | None) -> Iterator[str]:
    """Yield the stores of runs that the training wrote, as .gitignore names them."""
    parts = {
        f"{part}/" if part != PurePosixPath(name).name else part
        for name in (trained.left if trained is not None else ())
        for part in PurePosixPath(name).parts
        if part in results.RUN_STORES
    }
    yield from sorted(parts)


def _left(trained: Trained | None, ignored: Sequence[str]) -> Iterator[str]:
    """Name the other files that the training wrote, and that git neither tracks nor ignores."""
    names = dict.fromkeys(
        listed
        for name, listed in (trained.left if trained is not None else {}).items()
        if not any(f"/{line}" in f"/{name}/" for line in ignored)
    )
    if names:
        yield (
            f"the training also wrote {first_of(names, 6)}, which git neither tracks nor ignores: "
            f"add them to {IGNORED}, or commit them"
        )


def _lacking(tree: Tree, names: Sequence[str]) -> Iterator[str]:
    """Yield the names that .gitignore lacks."""
    for name in names:
        if _answer(tree.top, "check-ignore", "--quiet", "--no-index", name) is None:
            yield name


def _tracked(tree: Tree, name: str) -> bool:
    """Whether git tracks a file, or anything in a folder."""
    return bool(_answer(tree.root, "ls-files", "--", name))


def _answer(folder: Path, *arguments: str) -> str | None:
    """Return what git says; None where it fails, as outside of a repository."""
    try:
        return Git(folder).attempt(*arguments)
    except MlgateError:
        return None


def _hidden(tree: Tree, files: Sequence[str]) -> dict[str, str]:
    """Return the files that git ignores, with which line does: `git add` leaves them out."""
    listed = _answer(tree.top, "check-ignore", "--verbose", *files) or ""
    matches = (line.partition("\t") for line in listed.splitlines())
    rules = {name: rule.split(":", 2) for rule, _, name in matches}
    return {
        name: (
            f"{name} is ignored by line {rule[1]} of {rule[0]} (`{rule[2]}`): add it with `git add -f`, or "
            "it is never committed and nothing is judged in CI"
        )
        for name, rule in rules.items()
        if not rule[2].startswith("!")
    }


def _stale(tree: Tree, facts: RepositoryFacts) -> frozenset[str]:
    """Return the lines of .gitignore for predictions that an earlier `init` found elsewhere; none is committed."""
    there = tree.text("mlgate.yaml")
    before = mapping(mapping(yaml(there)).get("predictions")).get("path")
    if not writing.untouched(there) or not isinstance(before, str):
        return frozenset()
    table = facts.table and replace(facts.table, path=before)
    old = _results(tree, replace(facts, table=table or templates.PredictionsTable(before, 0, ())))
    committed = _answer(tree.top, "show", f"HEAD:{IGNORED}") or ""
    lines = (tree.in_top(IGNORED) or "").splitlines()
    uncommitted = set(lines).difference(committed.splitlines())
    return frozenset(old) & uncommitted - {*_results(tree, facts)}


def _ignore(top: Path, lines: Sequence[str], stale: frozenset[str]) -> None:
    path = top / IGNORED
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    there = "".join(line for line in there.splitlines(True) if line.strip() not in stale)
    break_ = "\n" if there and not there.endswith("\n") else ""
    write_atomic(path, f"{there}{break_}" + "".join(f"{line}\n" for line in lines))


def _git_notes(tree: Tree, facts: RepositoryFacts) -> Iterator[str]:
    if _top(tree.root) is None:
        yield "this folder is not in a git repository: baselines need one (`git init`)"
    elif not facts.github:
        yield f"the remote is not GitHub: no workflow was written; {DOCS}/other-ci.md has recipes"
    for name, text in tree.workflows.items():
        if "iterative/setup-cml" in text:
            yield f".github/workflows/{name} uses CML: {DOCS}/migrating-from-cml.md says what takes its place"
