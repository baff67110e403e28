"""Prepare a run: its configuration, git facts, and the policies that judge it.

    mlgate.yaml of this branch            ──► train, report
    mlgate.yaml on the branch that judges ──► the model's name, and the policy   (judge 1)
    this branch's policy, where it differs, and each --policy                    (further judges)

Where main withholds data (`withheld`) a branch's own policy is valid or not, and measures nothing.

The worst verdict of all judges counts, so that a change of the policy can tighten the policy
that it is judged by, but never loosen it.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlgate import __version__, checks, config
from mlgate.errors import UsageError
from mlgate.files import write_atomic
from mlgate.gates.identity import describe
from mlgate.inputs import git_facts
from mlgate.inputs.model_files import NAME as FILE
from mlgate.model.evidence import Note, TrainEvidence
from mlgate.model.project import DOCS
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.pipeline.judging import references
from mlgate.pipeline.judging.applicable import not_applicable, settings, unmatched
from mlgate.pipeline.judging.branch import (
    Branch,
    Change,
    Trees,
    invalid,
    judging_branch,
    standing,
    written_at,
)
from mlgate.pipeline.judging.configured import compared_paths
from mlgate.pipeline.judging.files import JudgingFiles
from mlgate.pipeline.judging.identity import default_name
from mlgate.pipeline.judging.place import default_branch, find_model, repository_name
from mlgate.pipeline.judging.withheld import withheld
from mlgate.pipeline.training import tracked_outputs
from mlgate.pipeline.training.tracked_outputs import TrackedOutputs
from mlgate.run_dir import DEFAULT, EVIDENCE, RunDir
from mlgate.text import number_format
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mlgate.config import Config, LoadedConfig
    from mlgate.git import Git
    from mlgate.inputs.git_facts import GitFacts
    from mlgate.model.lineage import Difference
    from mlgate.pipeline.context import Context
    from mlgate.pipeline.judging.branch import Judging
    from mlgate.pipeline.judging.place import ModelPlace
    from mlgate.pipeline.judging.references import References


@dataclass(frozen=True, slots=True)
class Judge:
    """A policy that judges, with the whole configuration that it is part of."""

    record: JudgeRecord
    config: Config


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the later steps need to know about this run.

    Attributes
    ----------
    root
        The folder of mlgate.yaml, which paths in mlgate.yaml are relative to.
    loaded
        The configuration of this commit.
    judging
        The configuration of the branch whose policy judges, as it stands there: on that branch
        itself the same as `loaded`, and None where it does not have this model.
    files
        What results are measured against, as that branch has it.
    tracked
        What the training does to tracked files.
    """

    context: Context
    root: Path
    loaded: LoadedConfig
    git: Git
    facts: GitFacts
    judges: tuple[Judge, ...]
    run: RunRecord
    dir: RunDir
    references: References
    files: JudgingFiles
    tracked: TrackedOutputs
    judging: LoadedConfig | None = None


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
    place = find_model(context)
    default = _default_branch(context, place.git)
    facts = _facts(context, place.git, _base_branch(context, place, default), commit)
    change = Change(
        place.file, str(facts.commit), repository_name(context, place.git), place.written
    )
    judging = _judging(context, Trees(place.git, change), default, facts)
    notes: list[Note] = []
    loaded = _loaded(context, place, judging, notes)
    judges, changed = _judges(context, loaded, judging, notes, on_base=facts.on_base)
    name = judging.name or loaded.config.name or default_name(change.repository, place.file)
    for configuration in (loaded.config, *(judge.config for judge in judges)):
        references.learn(configuration, context.environ)
    resolving = _references(context, facts, judging)
    root = _root(place)
    target = run_dir_of(context, root)
    measured_against = tuple(_measured_against(judges, resolving, root, place.git.top.resolve()))
    written = tracked_outputs.earlier(target, measured_against)
    facts = tracked_outputs.without_outputs(facts, written, place.git.top)
    tracked = TrackedOutputs(
        place.git, facts.commit, measured_against, frozenset(facts.changed), written
    )
    skipped = _not_applicable(context, place, judges[0], judging, facts)
    run = RunRecord(
        tool=__version__,
        name=name,
        title=loaded.config.report.title,
        plots=loaded.config.report.plots,
        changes=judges[0].config.report.changes,
        commit=facts.commit,
        tree=facts.tree,
        branch=facts.branch,
        dirty=facts.dirty,
        base_branch=facts.base_branch,
        merge_base=facts.merge_base,
        started=context.stamp(),
        judges=tuple(judge.record for judge in judges),
        policy_changed=changed,
        elsewhere=commit is not None,
        not_applicable=skipped,
        notes=(
            *notes,
            *unmatched(judges[0].config.when, place.git, facts.commit, place.file),
            *(Note(level="warning", text=text) for text in loaded.deprecated),
            *_dirty(facts),
            *(_unpushed(facts) if skipped is None else ()),
        ),
        identity=judging.identity.changes,
        new_model=judging.loaded is None and judging.branch.commit is not None,
        gone=judging.identity.gone,
        settings=settings(place.git, facts, place.file),
        reproduce=_reproduce(facts, place.file),
    )
    return Prepared(
        context, root, loaded, place.git, facts, judges, run, target, resolving,
        _files(context, place.git, root, facts, judging, resolving), tracked, judging.loaded,
    )  # fmt: skip


def _measured_against(
    judges: Iterable[Judge], resolving: References, root: Path, top: Path
) -> Iterator[str]:
    """Yield the paths, from the repository's top, of what results are measured against."""
    for judge in judges:
        for pattern in compared_paths(judge.config, resolving):
            path = os.path.normpath(root / pattern)
            yield os.path.relpath(path, top)


def _files(
    context: Context, git: Git, root: Path, facts: GitFacts, judging: Judging, resolving: References
) -> JudgingFiles:
    """Return what counts of the files that results are measured against."""
    branch = judging.branch
    governing = facts.commit if facts.on_base else branch.commit
    paths = () if judging.loaded is None else compared_paths(judging.loaded.config, resolving)
    return JudgingFiles(
        git,
        root,
        branch.name,
        governing,
        facts.commit,
        dirty=facts.dirty,
        expected=tuple(paths),
        in_ci=context.ci_run.in_ci,
    )


def _references(context: Context, facts: GitFacts, judging: Judging) -> References:
    """Return what may be resolved: by the judging branch's file, unless this run is that branch's."""
    if not context.ci_run.in_ci or (facts.on_base and not context.ci_run.of_pull_request):
        return references.trusting(context.environ)
    settings = judging.loaded and references.settings_of(judging.loaded.config)
    return references.References(context.environ, settings or frozenset(), judging.branch.name)


def _root(place: ModelPlace) -> Path:
    """Return the folder of mlgate.yaml; the repository's top where a link leads out of it."""
    folder, top = place.path.parent.resolve(), place.git.top.resolve()
    return folder if folder.is_relative_to(top) else top


def _facts(context: Context, git: Git, base_branch: str, commit: str | None) -> GitFacts:
    """Return git's facts; in CI only a run of the base branch itself is on it by name."""
    ci_run = context.ci_run
    by_name = not ci_run.of_pull_request and ci_run.ref in (None, f"refs/heads/{base_branch}")
    local = not context.ci_run.in_ci
    facts = git_facts.facts(git, base_branch, commit=commit, by_name=by_name, local=local)
    if facts.commit is None:
        msg = f"the repository {git.top} has no commit yet"
        raise UsageError(msg, hint="commit your files first")
    return facts


def _default_branch(context: Context, git: Git) -> Branch | None:
    name = default_branch(context, git)
    return (
        None
        if name is None
        else Branch(name, git_facts.branch_commit(git, name, local=not context.ci_run.in_ci))
    )


def _base_branch(context: Context, place: ModelPlace, default: Branch | None) -> str:
    """Return the branch that this change is for: CI's, else the one that the default branch names."""
    if context.ci_run.base_branch:
        return context.ci_run.base_branch
    settings = place.written
    if default is not None and default.commit is not None:
        settings = written_at(place.git, default.commit, place.file) or settings
    if settings is not None:
        return settings.config.baseline.branch
    return default.name if default is not None else "main"


def _judging(context: Context, trees: Trees, default: Branch | None, facts: GitFacts) -> Judging:
    """Return what judges this change.

    Raises
    ------
    UsageError
        In CI, where it is not known which branch judges, or what that branch has is not valid.
    """
    base = Branch(facts.base_branch, facts.base_commit)
    if facts.on_base:
        return standing(trees, base)
    if default is None and context.ci_run.in_ci:
        msg = "it is not known which branch is the default one, whose policy judges"
        hint = "the event of a workflow names it; elsewhere: git remote set-head origin --auto"
        raise UsageError(msg, hint=hint)
    common = {base.name: facts.merge_base}
    if default is not None and default.commit is not None and default.name != base.name:
        common[default.name] = git_facts.common(trees.git, trees.change.commit, default.commit)
    judging = judging_branch(trees, default, base, common)
    if context.ci_run.in_ci and judging.branch.commit is None:
        msg = f"there is no branch {judging.branch.name}, whose policy judges"
        raise UsageError(msg, hint="does the remote have it, and may this job read it?")
    if context.ci_run.in_ci and judging.problem is not None:
        raise invalid(judging)
    return judging


def _loaded(
    context: Context, place: ModelPlace, judging: Judging, notes: list[Note]
) -> LoadedConfig:
    """Return this change's configuration, or the judging branch's where the change has none."""
    if judging.problem is not None:
        why = f"{place.file} on {judging.branch.name} is not valid"
        notes.append(Note(level="warning", text=f"{why}: {_OWN}"))
    elif judging.loaded is None:
        notes.append(_ungoverned(judging.branch, place.file))
    if place.written is not None and not judging.identity.gone:
        return place.written
    if judging.loaded is not None:
        return judging.loaded
    if judging.identity.changes:
        raise UsageError(describe(judging.identity.changes[0]), hint="put a plain file there")
    return config.load(place.path, checks.sections(), os.path.relpath(place.path, context.cwd))


def _not_applicable(
    context: Context, place: ModelPlace, first: Judge, judging: Judging, facts: GitFacts
) -> str | None:
    """Return why nothing has to be judged; a model that is new, gone or renamed always has to be."""
    places = {path for each in judging.identity.changes for path in (each.path, each.new_path)}
    if judging.loaded is None or place.file in places:
        return None
    return not_applicable(first.config.when, place.git, facts, place.file, context.ci_run.draft)


def _dirty(facts: GitFacts) -> tuple[Note, ...]:
    if not facts.dirty:
        return ()
    text = (
        f"The work tree has uncommitted changes ({first_of(facts.changed, 3)}): these are the results "
        "of the files as they are."
    )
    return (Note(level="warning", text=text),)


def _unpushed(facts: GitFacts) -> tuple[Note, ...]:
    if not facts.base_ahead or facts.base_behind or facts.on_base:
        return ()
    commits = number_format.plural(facts.base_ahead, "commit")
    text = (
        f"Compared with {facts.base_branch} of this clone, which is {commits} ahead of "
        f"{facts.remote}/{facts.base_branch}: pull requests are compared with the latter until you push."
    )
    return (Note(level="info", text=text),)


def _reproduce(facts: GitFacts, own: str) -> tuple[str, ...]:
    run = "mlgate run" if own == FILE else f"mlgate run --config {shlex.quote(own)}"
    return (f"git checkout {facts.commit}", run)


def _judges(
    context: Context, loaded: LoadedConfig, judging: Judging, notes: list[Note], *, on_base: bool
) -> tuple[tuple[Judge, ...], bool]:
    """Return the judges, and whether this branch changes the policy."""
    own = loaded.config
    governing = own if on_base else _passing(own, ())
    if judging.loaded is not None:
        governing = _governing(judging, own)
    branch = judging.branch.name if judging.loaded is not None else "this branch"
    judges = [judge_of(loaded, branch, loaded.file, governing)]
    changed = governing.policy_digest() != own.policy_digest()
    if changed:
        why = withheld(governing) if context.ci_run.in_ci else None
        if why is None:
            judges.append(judge_of(loaded, "this branch", loaded.file, own))
        notes.append(Note(level="info", text=_changed_text(branch, loaded.file, why)))
    judges += _organisations(context, loaded, governing)
    return _with_folders(judges), changed


def _governing(judging: Judging, own: Config) -> Config:
    """Return this run's configuration under the judging branch's policy, by the model's name there."""
    assert judging.loaded is not None
    base = _passing(judging.loaded.config, own.train.pass_env)
    train = own.train.model_copy(update={"pass_env": base.train.pass_env})
    changes = judging.loaded.config.report.changes
    report = own.report.model_copy(update={"changes": changes})
    update = {"name": judging.name, "train": train, "report": report}
    return base.model_copy(update=update)


def judges(context: Context, loaded: LoadedConfig, source: str) -> tuple[JudgeRecord, ...]:
    """Return the judges of a commit of the base branch: its own policy and each `--policy`."""
    own = judge_of(loaded, source, loaded.file, loaded.config)
    further = _organisations(context, loaded, loaded.config)
    return tuple(judge.record for judge in _with_folders([own, *further]))


def _organisations(context: Context, loaded: LoadedConfig, governing: Config) -> Iterator[Judge]:
    for file in context.policies:
        organisation = config.load_policy(context.cwd / file, checks.sections())
        configuration = config.with_organisation(governing, organisation)
        yield judge_of(loaded, file.name, str(file), configuration)


def _changed_text(branch: str, file: str, why: str | None) -> str:
    if why is not None:
        return (
            f"This branch changes the policy in {file}, which is valid, and measured once it is merged: "
            f"{why}, so {branch}'s policy alone judges until then ({DOCS}/labels.md#who-may-ask)."
        )
    return (
        f"This branch changes the policy in {file}: it is judged by {branch}'s policy "
        "and by its own, and the worse verdict counts."
    )


def judge_of(loaded: LoadedConfig, source: str, file: str, configuration: Config) -> Judge:
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


def _passing(judging: Config, names: Iterable[str]) -> Config:
    """Return the judging configuration, whose training gets none of its variables but these.

    What a training may see is not up to the change that is judged, which can only ask for less.
    """
    passed = tuple(name for name in judging.train.pass_env if name in names)
    train = judging.train.model_copy(update={"pass_env": passed})
    return judging.model_copy(update={"train": train})


_OWN = "this branch's own policy judges."


def _ungoverned(branch: Branch, path: str) -> Note:
    """Return a note that the branch has no policy: a warning where there is no such branch."""
    if branch.commit is not None:
        return Note(level="info", text=f"{branch.name} has no {path}: {_OWN}")
    text = f"There is no branch {branch.name} (baseline.branch): {_OWN}"
    return Note(level="warning", text=text)


def begin(
    prepared: Prepared,
    *,
    training: TrainEvidence | None = None,
    logs: Iterable[Path] = (),
    differences: Sequence[Difference] = (),
) -> None:
    """Empty the run directory and write run.json.

    Parameters
    ----------
    training
        The training's evidence, which is written again; its log is kept, and that of what ran before.
    logs
        Further logs to keep.
    differences
        How the training differs from main's, where that is known.
    """
    before = (prepared.dir.log, prepared.dir.baseline_log) if training is not None else ()
    kept = dict.fromkeys((*logs, *before))
    outputs = {log: log.read_bytes() for log in kept if log.is_file() and not log.is_symlink()}
    run = tracked_outputs.recorded(prepared.run, prepared.tracked)
    prepared.dir.reset()
    prepared.dir.write_run(run.model_copy(update={"differences": tuple(differences)}))
    if training is not None:
        prepared.dir.write_evidence(training)
    for log, output in outputs.items():
        write_atomic(log, output)


def earlier_training(prepared: Prepared) -> TrainEvidence | None:
    """Return what an earlier `mlgate train` of the same commit wrote."""
    evidence = prepared.dir.evidence_of("train")
    if not isinstance(evidence, TrainEvidence) or evidence.commit != prepared.run.commit:
        return None
    return evidence
