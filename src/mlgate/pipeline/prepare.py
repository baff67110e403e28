"""Prepare a run: its configuration, git facts, and the policies that judge it.

    mlgate.yaml of this branch ──► name, train, report
    mlgate.yaml of the base    ──► the policy that judges       (judge 1)
    this branch's policy, where it differs, and each --policy   (further judges)

The worst verdict of all judges counts, so that a change of the policy can tighten the policy
that it is judged by, but never loosen it.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlgate import __version__, checks, config
from mlgate.errors import ConfigError, UsageError
from mlgate.files import write_atomic
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import Note
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.pipeline.applicable import not_applicable
from mlgate.run_dir import DEFAULT, EVIDENCE, RunDir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mlgate.config import Config, LoadedConfig
    from mlgate.inputs.git_facts import GitFacts
    from mlgate.pipeline.context import Context

FILE = "mlgate.yaml"


@dataclass(frozen=True, slots=True)
class Judge:
    """A policy that judges, with the whole configuration that it is part of."""

    record: JudgeRecord
    config: Config


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the later steps need to know about this run.

    `root` is the folder of mlgate.yaml, which paths in mlgate.yaml are relative to.
    """

    context: Context
    root: Path
    loaded: LoadedConfig
    git: Git
    facts: GitFacts
    judges: tuple[Judge, ...]
    run: RunRecord
    dir: RunDir


def find_config(context: Context) -> Path:
    """Return the path of mlgate.yaml: as given, else here or in a folder above.

    Raises
    ------
    UsageError
        When there is none.
    """
    if context.config is not None:
        return context.cwd / context.config
    for folder in (context.cwd, *context.cwd.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / ".git").exists():
            break
    msg = f"there is no {FILE} in {context.cwd} or above it"
    raise UsageError(msg, hint="`mlgate init` writes one for this repository")


def run_dir_of(context: Context, root: Path) -> RunDir:
    """Return the run directory: as given, else `.mlgate` beside the configuration."""
    return open_run_dir(context.cwd / context.run_dir if context.run_dir else root / DEFAULT)


def open_run_dir(path: Path) -> RunDir:
    """Return the run directory at a path, which knows the evidence of all checks."""
    return RunDir(path, checks.evidence_types())


def prepare(context: Context, *, commit: str | None = None) -> Prepared:
    """Read configuration and repository; nothing is written yet.

    Parameters
    ----------
    commit
        The commit whose results are judged, if they were made elsewhere.
    """
    path = find_config(context)
    loaded = config.load(path, checks.sections(), os.path.relpath(path, context.cwd))
    root = path.parent.resolve()
    git = Git(root, context.ci_run.login)
    own = (root / path.name).relative_to(git.top).as_posix()
    loaded = replace(loaded, file=own)
    base_branch = context.ci_run.base_branch or loaded.config.baseline.branch
    facts = git_facts.facts(git, base_branch, commit=commit)
    if facts.commit is None:
        msg = f"the repository {git.top} has no commit yet"
        raise UsageError(msg, hint="commit your files first")
    judges, notes, changed = _judges(context, loaded, git, facts)
    run = RunRecord(
        tool=__version__,
        name=loaded.config.name or default_name(git, facts.remote_url, root),
        title=loaded.config.report.title,
        plots=loaded.config.report.plots,
        commit=facts.commit,
        tree=facts.tree,
        branch=facts.branch,
        dirty=facts.dirty,
        base_branch=base_branch,
        merge_base=facts.merge_base,
        started=context.stamp(),
        judges=tuple(judge.record for judge in judges),
        policy_changed=changed,
        elsewhere=commit is not None,
        not_applicable=not_applicable(judges[0].config.when, git, facts, own, context.ci_run.draft),
        notes=(*notes, *_dirty(facts)),
        reproduce=_reproduce(facts, own),
    )
    return Prepared(context, root, loaded, git, facts, judges, run, run_dir_of(context, root))


def default_name(git: Git, remote_url: str | None, root: Path) -> str:
    """Return the repository's name, followed by mlgate.yaml's folder unless it is the top."""
    url = (remote_url or git.home.name).rstrip("/").removesuffix(".git")
    name = url.replace(":", "/").rpartition("/")[2]
    folder = root.relative_to(git.top).as_posix()
    return name if folder == "." else f"{name}/{folder}"


def _dirty(facts: GitFacts) -> tuple[Note, ...]:
    if not facts.dirty:
        return ()
    text = "The work tree has uncommitted changes: these are the results of the files as they are."
    return (Note(level="warning", text=text),)


def _reproduce(facts: GitFacts, own: str) -> tuple[str, ...]:
    run = "mlgate run" if own == FILE else f"mlgate run --config {shlex.quote(own)}"
    return (f"git checkout {facts.commit}", run)


def _judges(
    context: Context, loaded: LoadedConfig, git: Git, facts: GitFacts
) -> tuple[tuple[Judge, ...], list[Note], bool]:
    """Return the judges, notes on them, and whether this branch changes the policy."""
    notes: list[Note] = []
    base = None if facts.on_base else _base(git, facts, loaded, notes)
    own = loaded.config
    governing = own if base is None else base
    branch = facts.base_branch if base is not None or facts.on_base else "this branch"
    judges = [_judge(loaded, branch, loaded.file, governing)]
    changed = base is not None and base.policy_digest() != own.policy_digest()
    if changed:
        judges.append(_judge(loaded, "this branch", loaded.file, own))
        notes.append(Note(level="info", text=_changed_text(facts, loaded.file)))
    judges += _organisations(context, loaded, governing)
    return _with_folders(judges), notes, changed


def judges(context: Context, loaded: LoadedConfig, source: str) -> tuple[JudgeRecord, ...]:
    """Return the judges of a commit of the base branch: its own policy and each `--policy`."""
    own = _judge(loaded, source, loaded.file, loaded.config)
    further = _organisations(context, loaded, loaded.config)
    return tuple(judge.record for judge in _with_folders([own, *further]))


def _organisations(context: Context, loaded: LoadedConfig, governing: Config) -> Iterator[Judge]:
    for file in context.policies:
        organisation = config.load_policy(context.cwd / file, checks.sections())
        configuration = config.with_organisation(governing, organisation)
        yield _judge(loaded, file.name, str(file), configuration)


def _changed_text(facts: GitFacts, file: str) -> str:
    return (
        f"This branch changes the policy in {file}: it is judged by {facts.base_branch}'s policy "
        "and by its own, and the worse verdict counts."
    )


def _judge(loaded: LoadedConfig, source: str, file: str, configuration: Config) -> Judge:
    """Return the judge of a configuration's policy, called `source` and read from `file`."""
    record = JudgeRecord(
        source=source,
        file=file,
        digest=configuration.policy_digest(),
        policy=configuration.judging(),
        lines=loaded.gate_lines() if file == loaded.file else {},
    )
    return Judge(record, configuration)


def _with_folders(judges: Iterable[Judge]) -> tuple[Judge, ...]:
    """Set the folder of each judge's evidence; judges that measure the same share one."""
    folders: dict[str, str] = {}
    placed = []
    for judge in judges:
        unused = f"{EVIDENCE}/{len(folders) + 1}" if folders else EVIDENCE
        folder = folders.setdefault(judge.config.measurement_digest(), unused)
        record = judge.record.model_copy(update={"evidence": folder})
        placed.append(replace(judge, record=record))
    return tuple(placed)


def _base(git: Git, facts: GitFacts, loaded: LoadedConfig, notes: list[Note]) -> Config | None:
    """Return this run's configuration under the base branch's policy; None where it has none."""
    own, path = loaded.config, loaded.file
    text = git_facts.file_at(git, facts.base_commit, path) if facts.base_commit else None
    if text is None:
        notes.append(_ungoverned(facts, path))
        return None
    try:
        base = _parsed(text.decode("utf-8"), f"{facts.base_branch}:{path}", loaded)
    except (ConfigError, UnicodeDecodeError):
        why = f"{path} on {facts.base_branch} is not valid"
        notes.append(Note(level="warning", text=f"{why}: {_OWN}"))
        return None
    return base.model_copy(update={"name": own.name, "train": own.train, "report": own.report})


def _parsed(text: str, name: str, own: LoadedConfig) -> Config:
    """Parse the base branch's configuration, unless it is the same as this branch's."""
    return own.config if text == own.text else config.parse(text, name, checks.sections()).config


_OWN = "this branch's own policy judges."


def _ungoverned(facts: GitFacts, path: str) -> Note:
    """Return a note that the base branch has no policy: a warning where the branch is missing."""
    if facts.base_commit is not None:
        return Note(level="info", text=f"{facts.base_branch} has no {path}: {_OWN}")
    text = f"There is no branch {facts.base_branch} (baseline.branch): {_OWN}"
    return Note(level="warning", text=text)


def begin(prepared: Prepared, *, keep_training: bool = False) -> None:
    """Empty the run directory and write run.json.

    Parameters
    ----------
    keep_training
        Whether to keep the training's evidence and log of the same commit, as for
        `mlgate check` after `mlgate train`.
    """
    kept = prepared.dir.evidence_of("train") if keep_training else None
    log = prepared.dir.log.read_bytes() if kept is not None and prepared.dir.log.is_file() else None
    prepared.dir.reset()
    prepared.dir.write_run(prepared.run)
    if kept is not None and kept.commit == prepared.run.commit:
        prepared.dir.write_evidence(kept)
        if log is not None:
            write_atomic(prepared.dir.log, log)
