"""The command line as a user calls it, in this process; the only file here that imports mlgate.

When rooms move, change the imports in this file and nothing else of these tests.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from .scenes import Files, Scene

WORKFLOW = ".github/workflows/mlgate.yml"
FORK = "mallory/model"
_DATE = "2026-11-20T12:00:00+0000"
_IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "t" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "t@example.invalid" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": _DATE for who in ("AUTHOR", "COMMITTER")},
}


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """The variables of a plain shell outside CI, with this Python first."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, **_IDENTITY, "PATH": path, "VIRTUAL_ENV": sys.prefix, **more}


def mlgate(folder: Path, *arguments: str, **environ: str) -> Answer:
    """Call `mlgate` in a folder."""
    from mlgate.cli import main

    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment(**environ), clear=True),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(arguments)
    return Answer(code, out.getvalue(), err.getvalue())


def done(folder: Path, *arguments: str, codes: tuple[int, ...] = (0,), **environ: str) -> Answer:
    """The same, and its exit code is one of these."""
    answer = mlgate(folder, *arguments, **environ)
    assert answer.code in codes, f"{arguments}: {answer}"
    return answer


def git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout.strip()


def write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(folder: Path, files: Files, message: str) -> str:
    write(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def begin(folder: Path, scene: Scene) -> None:
    """A repository at main, not measured yet."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, {"mlgate.yaml": scene.config, **scene.tables(0)}, "main")


def play(folder: Path, scene: Scene) -> Path:
    """Main's run is kept as its baseline, then the branch runs; gives its run directory."""
    begin(folder, scene)
    if scene.based:
        measure(folder, train=scene.train)
        done(folder, "baseline", "save", "--no-push")
    if scene.tag:
        git(folder, "tag", "v1.0")
    git(folder, "checkout", "--quiet", "-b", "feature")
    config = scene.branch_config or scene.config
    commit(folder, {"mlgate.yaml": config, **scene.tables(1)}, "feature")
    policies = [f"../{folder.name}-{name}" for name in scene.policies]
    for path, text in zip(policies, scene.policies.values(), strict=True):
        (folder / path).write_text(text)
    arguments = [word for path in policies for word in ("--policy", path)]
    if scene.train or not measured(folder, *arguments):
        train = () if scene.train else ("--no-train",)
        mlgate(folder, "run", *train, *arguments)
    return folder / ".mlgate"


def measure(folder: Path, *, train: bool = False) -> None:
    if train:
        done(folder, "train", codes=(0, 1))
    done(folder, "check")
    done(folder, "gate", codes=(0, 1))


def measured(folder: Path, *arguments: str) -> bool:
    """`check` and `gate` make no report; where they cannot measure, `run` says why in evidence."""
    if mlgate(folder, "check", *arguments).code:
        return False
    return mlgate(folder, "gate", *arguments).code in (0, 1)


# --- a fork's bundle, published by a trusted stage


@dataclass
class Posted:
    """What stands on the pull request afterwards."""

    answer: Answer
    comment: str
    check: dict[str, Any]
    statuses: list[str]
    run_dir: Path
    address: str
    head: str
    baseline: tuple[str, str] | None
    """The commit whose baseline the bundle names, and the one that takes its place here."""


def publish(
    folder: Path,
    bundle: bytes,
    config: str,
    watch: Callable[[Callable[[], bool]], AbstractContextManager[object]] | None = None,
) -> Posted:
    """`mlgate publish --from-run` of a bundle that a fork's run uploaded to the played GitHub.

    `watch` gets a function that says whether the comment stands, and is entered around the call.
    """
    import local_github
    from checkout import checkout

    from mlgate.demo.github.world import LocalArtifact, LocalRun

    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    with local_github.running() as local:
        author = checkout(folder, local, config)
        claim = _claim(bundle)
        kept = author.keep(claim.name, claim.created, "v1.0") if claim else ""
        local.repo.issues[1].pull.head_repository = FORK
        local.repo.runs[501] = LocalRun(
            501, 7, 1, "pull_request", WORKFLOW, "mlgate", local.head, "feature", FORK, now
        )
        zipped = _nested(_replaced(bundle, claim.commit, kept) if claim else bundle)
        local.repo.artifacts[501] = LocalArtifact(501, 501, "mlgate-bundle", zipped, now)

        def stands() -> bool:
            return any("mlgate:comment" in body for body in local.bodies())

        with _impatient(), watch(stands) if watch else contextlib.nullcontext():
            answer = mlgate(
                folder, "publish", "--from-run", "501", **local.environ(name="workflow_run")
            )
        bodies = [body for body in local.bodies() if "mlgate:comment" in body]
        checks = [one for one in local.repo.checks.values() if one.external_id.startswith("mlgate")]
        return Posted(
            answer,
            bodies[0] if len(bodies) == 1 else f"{len(bodies)} comments",
            {
                "title": checks[0].title,
                "conclusion": checks[0].conclusion,
                "summary": checks[0].summary,
                "annotations": checks[0].annotations,
            }
            if len(checks) == 1
            else {"count": len(checks)},
            [f"{one.state}: {one.description}" for one in local.repo.statuses],
            folder / ".mlgate",
            local.server.url,
            local.head,
            claim and (claim.commit, kept),
        )


class Claim(NamedTuple):
    """Which baseline of which model a bundle's numbers were compared with."""

    name: str
    commit: str
    created: dt.datetime


def _claim(bundle: bytes) -> Claim | None:
    members = _members(bundle)
    evidence = json.loads(members.get("evidence/compare.json", b"{}"))
    main = evidence.get("baselines", {}).get("main")
    if main is None:
        return None
    created = dt.datetime.fromisoformat(main["created"])
    return Claim(json.loads(members["run.json"])["name"], main["commit"], created)


def _replaced(bundle: bytes, old: str, new: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in _members(bundle).items():
            packed.writestr(name, content.replace(old.encode(), new.encode()))
    return out.getvalue()


def _members(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _nested(content: bytes) -> bytes:
    """Zip a file as `actions/upload-artifact` does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mlgate-bundle.zip", content)
    return out.getvalue()


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    """Waiting takes no time."""
    from mlgate.forges.patience import Patience

    patient = Patience.__init__

    def hurried(self: Patience, *args: Any, **kwargs: Any) -> None:
        patient(self, *args, **(kwargs | {"sleep": lambda seconds: None}))

    with mock.patch.object(Patience, "__init__", hurried):
        yield


def schemas() -> Mapping[str, str]:
    """The generated schemas, by path."""
    from mlgate import checks
    from mlgate.config import jsonschema

    return jsonschema.files(checks.sections(), checks.all_evidence_types())


def version() -> str:
    from mlgate import __version__

    return __version__
