"""A trained and judged model, and the record of where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgate.lineage import record
from mlgate.lineage.exports import Origin
from mlgate.model.evidence import Artifact, Environment, TrainEvidence
from mlgate.pipeline.prepare import open_run_dir

SAMPLES = Path(__file__).parents[1] / "report" / "samples"
COMMIT, TREE = "a" * 40, "b" * 40


def environment(**changes: object) -> Environment:
    fields = {
        "python": "3.12.1",
        "packages": {"numpy": "2.3.0", "scikit-learn": "1.7.2"},
        "platform": "Linux",
        "cpu": "a processor",
        "cores": 2,
        "digest": "c" * 64,
    }
    return Environment(**fields | changes)


def training(**changes: object) -> TrainEvidence:
    fields = {
        "tool": "0.1.0",
        "commit": COMMIT,
        "created": "2026-11-01T10:00:00Z",
        "command": "python train.py",
        "status": "ok",
        "started": "2026-11-01T10:00:00.5Z",
        "finished": "2026-11-01T10:01:00.5Z",
        "environment": environment(),
        "seeds": {"PYTHONHASHSEED": "0"},
        "parameters": {"lr": "0.1", "layers": "[8, 8]"},
        "inputs": {"data/train.csv": f"sha256:{'d' * 64}", "data/images": f"md5:{'e' * 32}.dir"},
        "artifacts": (Artifact(path="model.joblib", sha256="f" * 64, size=10),),
    }
    return TrainEvidence(**fields | changes)


def origin_of(sample: str, **changes: object) -> Origin:
    """Return what is known of a sample's run, its training as given."""
    files = open_run_dir(SAMPLES / sample).files()
    run = files.run().model_copy(update={"commit": COMMIT, "tree": TREE})
    evidence = files.evidence() | {"train": training(**changes)}
    verdict = files.verdict()
    whole = record.lineage(run, evidence, verdict)
    return Origin(whole, verdict, evidence, "https://github.com/o/r")


@pytest.fixture(params=["passing", "blocked", "undecided", "regression", "multiclass"])
def origin(request: pytest.FixtureRequest) -> Origin:
    return origin_of(request.param)
