"""workflows/dvc.yml: the step that has the keys fetches what a branch's digests name, and follows nothing else of it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

WORKFLOW = Path(__file__).parents[2] / "workflows" / "dvc.yml"
IDENTITY = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | IDENTITY, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def kept(remote: Path, text: str) -> str:
    """Put a file into a remote of DVC's, and return its digest."""
    md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    place = remote / "files" / "md5" / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return md5


def repository(folder: Path, remote: Path, files: dict[str, str]) -> str:
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / ".dvc").mkdir()
    config = f"[core]\n    remote = store\n    analytics = false\n['remote \"store\"']\n    url = {remote}\n"
    (folder / ".dvc" / "config").write_text(config)
    (folder / ".dvc" / ".gitignore").write_text("/tmp\n/cache\n")
    return commit(folder, files)


def commit(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change")
    return git(folder, "rev-parse", "HEAD")


def pointer(name: str, md5: str, before: str = "") -> str:
    return f"{before}outs:\n- md5: {md5}\n  hash: md5\n  path: {name}\n"


def test_an_import_of_the_branch_is_not_followed_by_the_step_with_the_keys(tmp_path: Path) -> None:
    ours, evil = tmp_path / "ours", tmp_path / "evil"
    payload = kept(evil, "payload\n")
    locked = repository(
        tmp_path / "other", evil, {"payload.txt.dvc": pointer("payload.txt", payload)}
    )
    model = tmp_path / "model"
    repository(model, ours, {"data.csv.dvc": pointer("data.csv", kept(ours, "1\n"))})
    git(model, "checkout", "--quiet", "-b", "feature")
    source = f"- path: payload.txt\n  repo: {{url: '{tmp_path / 'other'}', rev_lock: {locked}}}\n"
    files = {
        "data.csv.dvc": pointer("data.csv", kept(ours, "2\n")),
        "payload.txt.dvc": pointer("payload.txt", payload, f"frozen: true\ndeps:\n{source}"),
    }
    commit(model, files)
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    temporary.mkdir()
    steps = YAML(typ="safe").load(WORKFLOW)["jobs"]["train"]["steps"]
    first, *others = (step["run"] for step in steps if "run" in step and "pip " not in step["run"])
    work.mkdir()
    git(work, "clone", "--quiet", "--branch", "main", str(model), "main")
    environ = os.environ | {
        "RUNNER_TEMP": str(temporary),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
    }
    run(first, work, environ)
    git(work, "clone", "--quiet", "--branch", "feature", str(model), "branch")
    for script in others:
        run(script, work / "branch", environ)
    assert (work / "branch" / "data.csv").read_text() == "2\n"
    assert not (work / "branch" / "payload.txt").exists()
    assert sum("secrets." in str(step) for step in steps) == 1
    (keyed,) = (step["run"] for step in steps if "secrets." in str(step))
    assert keyed.startswith('cd "$RUNNER_TEMP/main" && ')
    digests = YAML(typ="safe").load(temporary / "main" / "branch.dvc")
    assert {key for out in digests.pop("outs") for key in out} == {"md5", "hash", "path"}
    assert not digests


def run(script: str, folder: Path, environ: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
