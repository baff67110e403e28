"""Which commands run with which secrets, and all that leaves them: the counts of docs/secrets.md."""

from __future__ import annotations

import random
import re
import string
import subprocess
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from .recording_registry import REFUSED
from .repository import git
from .secrets_of_the_job import BASE64, SPELLINGS, base64_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .repository import Repository

JOBS = range(4)
"""Each has secrets of its own."""
ON_MAIN = (
    ("run",),
    ("baseline", "save", "--push"),
    ("model", "register", "out/predictions.csv", "--push"),
)
"""What main's job runs, with the same secrets."""
REGISTERED = (
    ("run",),
    ("baseline", "save", "--push"),
    ("model", "register", "out/predictions.csv", "--source", "s3://bucket/model"),
    ("model", "register", "out/predictions.csv", "--source", f"{REFUSED}/model"),
    ("model", "register", "out/predictions.csv", "--source", "s3://${WANDB_API_KEY}/model"),
    ("model", "alias", "prod", "out/predictions.csv"),
    ("model", "check"),
)
"""The same where versions are registered at a server; `${NAME}` is what a step's shell makes of it."""
COMMANDS = (
    ("train",), ("run",), ("check",), ("gate",), ("report",), ("bundle",), ("publish",),
    ("baseline", "show"), ("baseline", "history"), ("baseline", "save", "--push"), ("plan",),
    ("config", "check"), ("verify", "train.py"), ("comment", "note.md", "--key", "note"),
    ("compare", "out/predictions.csv", "out/predictions.csv", "--label", "label", "--prediction", "prediction"),
    ("compare", "out/predictions.csv", "note.csv", "--label", "label"), ("profile", "note.csv", "-o", "p.json"),
    ("profile", "out/predictions.csv", "-o", "profile.json", "--schema", "schema.yaml"),
    ("run", "--format", "json"), ("gate", "--format", "json"), ("plan", "--format", "json"),
    ("run", "--log-level", "debug"), ("baseline", "digest", "v2"), ("train", "--handover", "handover.zip"),
    ("run", "--handover", "handover.zip"), ("init", "--dry-run"),
    ("lineage", "show"), ("lineage", "show", "--format", "json"), ("lineage", "diff", ".mlgate", "--format", "json"),
    ("lineage", "export", "slsa"), ("lineage", "export", "test_result"), ("lineage", "export", "mlbom"),
    ("lineage", "export", "card"), ("whence", "train.py"), ("history",), ("history", "--csv"), ("site",),
    ("card",), ("card", "--check"), ("reproduce",), ("diff", "out/predictions.csv", "note.csv"), ("ledger", "export"),
    ("diff", "out/predictions.csv", "note.csv", "--format", "json"), ("model", "check"),
    ("model", "register", "out/predictions.csv"), ("model", "alias", "prod", "out/predictions.csv"),
    ("rollout", "status"), ("rollout", "plan", "--per-hour", "1000", "--failures", "0.01"),
    ("serve", "gone.onnx"), ("deploy", "out/predictions.csv", "--plan"),
)  # fmt: skip
"""What the pull request's job runs. `demo` alone is not here: it plays in a folder of its own."""
FAILING = (("train",), ("run",))
"""What it runs once more where the training ends with secrets as its last words."""
WAYS_OUT = {
    "standard output and error": ("console",),
    "comments": ("comment",),
    "check runs and annotations": ("check",),
    "commit statuses": ("status",),
    "the step's summary": ("*.summary.md",),
    "step outputs": ("*.output",),
    "`report.md`": ("*/report.md",),
    "`report.html`": ("*/report.html",),
    "`verdict.json`": ("*/verdict.json",),
    "`run.json`": ("*/run.json",),
    "evidence": ("*/evidence/*.json", "*/exact.zip*"),
    "the training's log": ("*/logs/train.log",),
    "the bundle": ("*/mlgate-bundle.zip*",),
    "the handover": ("*/handover.zip*",),
    "profiles": ("*/p.json", "*/profile.json"),
    "a schema of columns": ("*/schema.yaml",),
    "exports of the lineage": (
        "*.slsa.json",
        "*.test-result.json",
        "*.cdx.json",
        "*/MODEL_CARD.md",
    ),
    "the page of all runs": ("*/site/index.html",),
    "baselines that are kept": ("refs/mlgate/baselines/*", "*/rows.parquet"),
    "the ledger": ("refs/mlgate/ledger *",),
    "tags of versions": ("refs/tags/*",),
    "requests to a registry of MLflow": ("registry *",),
}
"""What leaves mlgate, each with the patterns of the places that are searched."""
_NOT_OURS = (
    "*/.mlgate/.gitignore",
    "*/mlgate.yaml",
    "*/params.yaml",
    "*/note.md",
    "*/handover.zip:files/*",
)
"""Of these no text is mlgate's: a handover holds what the training wrote, as it wrote it."""
TRICKY = string.ascii_letters + string.digits + "/+=%&?#:;<>\"'\\`*_-|$@!~^ ([{}])éß"
TOKEN = string.ascii_letters + string.digits + "_/+=.-"


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
        "MLFLOW_TRACKING_TOKEN": text(TOKEN, 30),
    }


def held(secrets: dict[str, str]) -> Iterator[str]:
    """Yield what must not be found: of several lines each, of an address its password as well."""
    for name, value in secrets.items():
        yield from value.splitlines()
        if name == "DATABASE_URL":
            yield value.partition("//model:")[2].partition("@")[0]


def leaked(secrets: dict[str, str]) -> list[str]:
    """Return what the branch writes: each secret in every spelling, and longer texts in base64."""
    plainly = {
        text
        for secret in held(secrets)
        for name, spelled in SPELLINGS.items()
        if name != BASE64
        for text in spelled(secret)
    }
    return sorted(plainly.union(*(base64_texts(secret) for secret in held(secrets))))


def way_out(place: str) -> str | None:
    """Return which way out a place is, None for one whose text is not mlgate's.

    Raises
    ------
    AssertionError
        For a place that nobody has named.
    """
    if any(fnmatch(place, pattern) for pattern in _NOT_OURS):
        return None
    for way, patterns in WAYS_OUT.items():
        if any(fnmatch(place, pattern) for pattern in patterns):
            return way
    msg = f"{place} is a way out: name it"
    raise AssertionError(msg)


def files(stage: Path, job: Path, repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield what commands wrote, by place: not what was committed."""
    folders = (job.rglob(".mlgate/**/*"), repository.root.rglob(".mlgate/**/*"))
    ours = [path for folder in folders for path in folder]
    ours += [path for end in ("json", "yaml", "zip", "md") for path in job.glob(f"*.{end}")]
    ours += job.glob("site/*")
    ours += [path for end in ("summary.md", "output") for path in stage.glob(f"*.{end}")]
    for path in filter(Path.is_file, ours):
        place = str(path.relative_to(stage))
        yield place, path.read_bytes().decode("utf-8", "replace")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield f"{place}:{name}", packed.read(name).decode("utf-8", "replace")


def stored(repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield every object of what was kept, by its ref, and what the tags of versions say."""
    for tag in repository.origin_refs("refs/tags"):
        yield tag, git(repository.origin, "cat-file", "-p", tag)
    for ref in repository.origin_refs("refs/mlgate"):
        for line in git(repository.origin, "rev-list", "--objects", ref).split("\n"):
            oid = re.split(r"\s", line)[0]
            done = subprocess.run(
                ["git", "cat-file", "-p", oid],
                cwd=repository.origin,
                capture_output=True,
                check=True,
            )
            yield f"{ref} {oid}", done.stdout.decode("utf-8", "replace")
