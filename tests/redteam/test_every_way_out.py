"""Generated secrets, every command, every spelling, every way out: nothing is found.

The branch is as bad as it can be: it got hold of every secret of the job, and writes each in every
spelling into its log (in pieces), its results and its errors. The redactor must know them all.
"""

from __future__ import annotations

import json
import random
import re
import string
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .bases import copy_of, plain
from .command import mlgate
from .play import Stage, _checkout, _tell
from .played_github import NAME, played
from .repository import git
from .secrets_of_the_job import base64_texts, spellings
from .trick import ANY, INTENT, Mode, trick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .bases import Base
    from .repository import Repository

TRICKY = string.ascii_letters + string.digits + "/+=%&?#:;<>\"'\\`*_-|$@!~^ ([{}])éß"
TOKEN = string.ascii_letters + string.digits + "_/+=.-"
LEAK = """
import pathlib, sys, time
written = pathlib.Path({path!r}).read_text().split("\\x1e")
for number, text in enumerate(written):
    half = len(text) // 2
    sys.stdout.write("leak " + text[:half]); sys.stdout.flush()
    if number % 40 == 0: time.sleep(.3)
    sys.stdout.write(text[half:] + " end\\n"); sys.stdout.flush()
    print(text, file=sys.stderr)
import json, os
tests = [{{"name": "t%d" % n, "description": text, "status": "FAIL", "group": "g", "parameters": {{}}}}
         for n, text in enumerate(written)]
os.makedirs("out", exist_ok=True)
json.dump({{"tests": tests[:100], "summary": {{"all_passed": False}}}}, open("out/evidently.json", "w"))
"""


def generated(seed: int) -> dict[str, str]:
    """Return the secrets of a job: a token, keys of any characters, an address, a folder."""
    rng = random.Random(seed)

    def text(characters: str, size: int) -> str:
        middle = "".join(rng.choice(characters) for _ in range(size))
        return f"k{middle}Z"

    password = text(TOKEN.replace("/", ""), rng.randint(8, 30))
    return {
        "GITHUB_TOKEN": text(TOKEN, 30),
        "WANDB_API_KEY": text(TRICKY, rng.randint(6, 40)),
        "AWS_SECRET_ACCESS_KEY": text(TRICKY, 38),
        "DATABASE_URL": f"postgresql://model:{password}@db.example.invalid/rows",
        "DATA_DIR": text(string.ascii_letters + "._-", 12),
        "ID_KEY": text(TRICKY, 20),
        "SIGNING_KEY_PASSWORD": f"{text(TRICKY, 20)}\n{text(TRICKY, 30)}",
    }


def held(secrets: dict[str, str]) -> Iterator[str]:
    """Yield what must not be found."""
    for name, value in secrets.items():
        yield from value.splitlines()
        if name == "DATABASE_URL":
            yield value.partition("//model:")[2].partition("@")[0]


@trick(ANY, INTENT, modes=(Mode.SINGLE,))
def every_spelling_everywhere(repo: Repository) -> None:
    """Writes all secrets of the job in every spelling to its log, its results and its errors."""
    repo.configure("title: A model", "title: A model")


@pytest.mark.parametrize("seed", range(4))
def test_no_secret_gets_out(seed: int, templates: Callable[[Base], Path], tmp_path: Path) -> None:
    secrets = generated(seed)
    middles = {text for secret in held(secrets) for text in base64_texts(secret)}
    plainly = {text for secret in held(secrets) for text in list(spellings(secret))[:-8]}
    written = sorted(middles | plainly)
    stage_folder = tmp_path / "pull"
    repository = copy_of(templates(plain), stage_folder)
    leak = tmp_path / "leak.txt"
    leak.write_text("\x1e".join(written), encoding="utf-8")
    with repository.on_main():
        repository.add_to_config(
            "data: {path: '${env:DATA_DIR}/x.csv', rules: [{column: a, min: 0}]}\n"
            "baseline: {id_key: '${env:ID_KEY}'}\nevidence: {import: [out/evidently.json]}"
        )
        repository.configure("gates:\n", "gates:\n  data: {max_share: 0}\n")
        repository.after_training(LEAK.format(path=str(leak)))
    main = mlgate(repository.root, {**secrets, "CI": "true"}, "run")
    saved = mlgate(repository.root, {**secrets, "CI": "true"}, "baseline", "save", "--push")
    repository.after_training(f"raise SystemExit(open({str(leak)!r}).read()[:200])")
    head = repository.commit("A change")
    repository.push("HEAD:refs/heads/feature", "HEAD:refs/pull/1/head")
    example = trick(ANY, INTENT)(every_spelling_everywhere.change)
    with played() as github:
        _tell(github, repository, head, example, NAME)
        github.token(secrets["GITHUB_TOKEN"])
        stage = Stage(example, stage_folder, repository, github, head)
        job = _checkout(stage, "job", "refs/pull/1/head")
        environ = stage.environ("job", "pull_request", GITHUB_BASE_REF="main", **secrets)
        event = {
            "action": "opened", "number": 1,
            "pull_request": {"number": 1, "head": {"sha": head, "ref": "feature"}, "base": {"ref": "main"}},
        }  # fmt: skip
        Path(environ["GITHUB_EVENT_PATH"]).write_text(json.dumps(event))
        (job / "note.md").write_text("\n".join(written), encoding="utf-8")
        consoles = [main.console, saved.console]
        for command in COMMANDS:
            ended = mlgate(job, environ, *command)
            assert ended.code != 4, ended.console
            consoles.append(f"{' '.join(command)}\n{ended.console}")
        texts = {"the log": "\n".join(consoles), "what was posted": "\n".join(github.texts())}
    texts |= dict(_files(stage_folder, job, repository))
    for secret in held(secrets):
        for spelling in spellings(secret):
            for where, text in texts.items():
                assert spelling not in text, f"{secret!r} as {spelling!r} in {where}"
    assert "***" in texts["the log"]
    assert any("***" in text for where, text in texts.items() if where.endswith("train.log"))


@pytest.mark.parametrize(
    "secret", ["accuracy", "toy-model-no", "mlgate12", "12345678", "passpass", "predictions"]
)
def test_a_secret_that_looks_like_a_result_changes_none(
    secret: str, templates: Callable[[Base], Path], tmp_path: Path
) -> None:
    repository = copy_of(templates(plain), tmp_path / "pull")
    repository.write("note.txt", "a change")
    repository.commit("A change")
    ended = mlgate(repository.root, {"DB_PASSWORD": secret}, "run")
    part_of_a_name = secret == "accuracy"
    assert ended.code == (2 if part_of_a_name else 0), ended.console
    if part_of_a_name:
        assert "the value of the environment variable DB_PASSWORD is also part of" in ended.console
        assert "accuracy" not in ended.console
    else:
        assert "accuracy.max_regression" in ended.console
        verdict = json.loads((repository.root / ".mlgate/verdict.json").read_text())
        assert {gate["target"] for gate in verdict["gates"]} == {"accuracy"}
        evidence = json.loads((repository.root / ".mlgate/evidence/compare.json").read_text())
        assert evidence["n"] == 2000


COMMANDS = (
    ("train",), ("run",), ("check",), ("gate",), ("report",), ("show",), ("bundle",), ("publish",),
    ("baseline", "show"), ("baseline", "history"), ("baseline", "save", "--push"), ("plan",),
    ("config", "check"), ("verify", "--model", "train.py"), ("comment", "note.md"),
    ("compare", "out/predictions.csv", "note.md", "--label", "label"), ("profile", "note.md", "-o", "p.json"),
    ("profile", "out/predictions.csv", "-o", "profile.json", "--schema", "schema.yaml"),
    ("run", "--format", "json"), ("gate", "--format", "json"), ("plan", "--format", "json"),
    ("run", "--log-level", "debug"), ("baseline", "digest", "v2"), ("train", "--handover", "handover.zip"),
    ("run", "--handover", "handover.zip"),
)  # fmt: skip


def _files(stage: Path, job: Path, repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield what commands wrote: not what was committed."""
    ours = [
        *job.rglob(".mlgate/**/*"),
        *job.glob("*.json"),
        *job.glob("*.yaml"),
        *job.glob("*.zip"),
    ]
    ours += [
        *stage.glob("*.summary.md"),
        *stage.glob("*.output"),
        *repository.root.rglob(".mlgate/**/*"),
    ]
    for path in ours:
        if path.is_file():
            yield str(path.relative_to(stage)), path.read_bytes().decode("utf-8", "replace")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield f"{path.name}:{name}", packed.read(name).decode("utf-8", "replace")
    for ref in repository.origin_refs("refs/mlgate"):
        objects = git(repository.origin, "rev-list", "--objects", ref).split("\n")
        for line in objects:
            oid = re.split(r"\s", line)[0]
            done = subprocess.run(
                ["git", "cat-file", "-p", oid],
                cwd=repository.origin,
                capture_output=True,
                check=True,
            )
            yield f"{ref} {oid}", done.stdout.decode("utf-8", "replace")
