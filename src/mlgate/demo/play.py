"""`mlgate demo`: three pull requests on real data, played in a temporary repository.

Nothing is staged: the training is examples/income/train.py, the pull requests are the patches
beside it, and what is printed is what `mlgate run` says of each.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlgate.errors import UsageError
from mlgate.pipeline import full_run, save_baseline
from mlgate.pipeline.context import Context
from mlgate.run_dir import DEFAULT, HTML

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlgate.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class DemoPullRequest:
    """One patch of the example."""

    branch: str
    title: str
    patch: str


@dataclass(frozen=True, slots=True)
class Played:
    """What became of it."""

    pull_request: DemoPullRequest
    verdict: Verdict
    exit_code: int
    report: Path
    seconds: float


PULL_REQUESTS: Final = (
    DemoPullRequest("improve", "an improvement", "improve.patch"),
    DemoPullRequest("regress", "a regression", "regress.patch"),
    DemoPullRequest("undecided", "a change too small to tell", "undecided.patch"),
)


def example() -> Path:
    """Return the folder of examples/income: inside the package, or in the source tree.

    Raises
    ------
    UsageError
        When what the example trains with is not installed.
    """
    if importlib.util.find_spec("sklearn") is None or importlib.util.find_spec("pandas") is None:
        msg = "the demo trains with scikit-learn and pandas, which are not installed here"
        raise UsageError(msg, hint='pip install "mlgate[demo]"')
    here = Path(__file__).resolve()
    for folder in (here.parent / "income", here.parents[3] / "examples" / "income"):
        if (folder / "train.py").is_file():
            return folder
    msg = "this installation of mlgate does not carry examples/income"
    raise UsageError(msg, hint="install mlgate from a wheel, or run it from a clone")


def play(context: Context, folder: Path | None, tell: Callable[[str], None]) -> Iterator[Played]:
    """Make the repository, train main, keep its baseline, then play each pull request.

    Parameters
    ----------
    folder
        Where to play, new or empty; a temporary folder by default. It is left for the reader.
    tell
        Gets one line for each thing that happens.
    """
    source = example()
    root = new_folder(folder)
    repository = root / "income"
    shutil.copytree(
        source, repository, ignore=shutil.ignore_patterns("out", DEFAULT, "__pycache__")
    )
    patches = shutil.move(repository / "pull_requests", root / "pull_requests")
    git = git_in(repository)
    git("init", "--quiet", "--initial-branch=main")
    commit(git, "The income model")
    # A Context of its own: no part of the CI, nor of the options, that this process runs under.
    context = Context(
        cwd=repository,
        environ=_activated(context.environ),
        progress=context.progress,
        console=context.console,
        now=context.now,
    )
    tell(f"main: training the model of {repository}")
    main = replace(context, run_dir=root / "reports" / "main")
    full_run.run(main)
    save_baseline.save(main, push=False)
    git("tag", "v1.0")
    for pull_request in PULL_REQUESTS:
        began = time.monotonic()
        git("checkout", "--quiet", "-b", pull_request.branch, "main")
        git("apply", "--index", str(Path(patches) / pull_request.patch))
        commit(git, pull_request.title.capitalize())
        run_dir = root / "reports" / pull_request.branch
        result = full_run.run(replace(context, run_dir=run_dir))
        yield Played(
            pull_request,
            result.verdict,
            result.code,
            run_dir / HTML,
            time.monotonic() - began,
        )


def new_folder(folder: Path | None) -> Path:
    """Return a folder to play in; raises UsageError for one that holds something."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="mlgate-demo-"))
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} is not empty"
        raise UsageError(msg, hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _activated(environ: object) -> dict[str, str]:
    """The demo's user has this Python environment activated: it trains in it."""
    env = dict(environ)  # type: ignore[call-overload]
    bin_folder = str(Path(sys.executable).parent)
    return {
        **env,
        "VIRTUAL_ENV": sys.prefix,
        "PATH": f"{bin_folder}{os.pathsep}{env.get('PATH', '')}",
    }


def git_in(root: Path) -> Callable[..., None]:
    """Run git in the demo's repository, apart from the reader's own configuration."""
    apart = {
        "PATH": os.defpath,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "mlgate demo",
        "GIT_AUTHOR_EMAIL": "demo@example.invalid",
        "GIT_COMMITTER_NAME": "mlgate demo",
        "GIT_COMMITTER_EMAIL": "demo@example.invalid",
    }
    program = shutil.which("git") or "git"

    def git(*args: str) -> None:
        subprocess.run([program, *args], cwd=root, env=apart, check=True, capture_output=True)

    return git


def commit(git: Callable[..., None], message: str) -> None:
    """Commit everything."""
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
