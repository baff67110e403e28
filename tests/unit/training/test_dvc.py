"""DVC's pipelines, with DVC."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlgate.training.dvc import (
    LockedOutputs,
    default_command,
    restored,
    tracked_inputs,
    tracked_outputs,
)

PIPELINE = """\
stages:
  prepare:
    cmd: sh prepare.sh
    deps: [raw.csv, prepare.sh]
    params: [size]
    outs: [prepared]
  train:
    cmd: sh train.sh
    deps: [prepared, train.sh]
    outs: [model.bin]
    metrics:
      - metrics.json: {cache: false}
  split:
    foreach: [x, y]
    do:
      wdir: parts
      cmd: echo ${item} > ${item}.txt
      outs: ["${item}.txt"]
"""


PREPARE = "mkdir -p prepared/b && cp raw.csv prepared/a.csv && cp raw.csv prepared/b/ü.csv\n"
SCRIPT = "cat prepared/a.csv > model.bin && echo '{\"auc\":0.9}' > metrics.json\n"


@pytest.fixture(scope="module")
def dvc_env():
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "DVC_NO_ANALYTICS": "1",
        "CI": "1",
    }


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory, dvc_env):
    """A repository whose pipeline ran once."""
    root = tmp_path_factory.mktemp("dvc")
    (root / "dvc.yaml").write_text(PIPELINE)
    (root / "raw.csv").write_text("a,b\n1,2\n")
    (root / "prepare.sh").write_text(PREPARE)
    (root / "train.sh").write_text(SCRIPT)
    (root / "params.yaml").write_text("size: 3\nother: 1\n")
    (root / "parts").mkdir()
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "repro", "-q"]):
        subprocess.run(command, cwd=root, env=dvc_env, check=True)
    return root


@pytest.fixture
def copy(pipeline, tmp_path):
    return Path(shutil.copytree(pipeline, tmp_path / "copy"))


@pytest.fixture
def train(train, copy):
    """Trains in the copy."""
    return functools.partial(train, cwd=copy)


def test_the_default_is_the_pipeline(tmp_path):
    assert default_command(tmp_path) is None
    (tmp_path / "dvc.yaml").write_text("plots:\n  - x.json\n")
    assert default_command(tmp_path) is None, "DVCLive writes such a file"
    (tmp_path / "dvc.yaml").write_text("stages:\n  a: {cmd: 'true'}\n")
    assert default_command(tmp_path) == "dvc repro"


@pytest.mark.parametrize("text", ["[", "stages: [", "- 1", "", "\x00", "stages: {a: 1}"])
def test_files_that_are_not_dvcs_are_no_error(tmp_path, text):
    (tmp_path / "dvc.yaml").write_text(text)
    (tmp_path / "dvc.lock").write_text(text)
    assert tracked_outputs(tmp_path) == {}


def test_outputs_and_inputs_of_the_pipeline(pipeline):
    outputs = tracked_outputs(pipeline)
    names = {path.relative_to(pipeline).as_posix() for path in outputs}
    assert names == {"prepared", "model.bin", "metrics.json", "parts/x.txt", "parts/y.txt"}
    assert outputs[pipeline / "prepared"].endswith(".dir")
    assert {path.name for path in tracked_inputs(pipeline)} == {"raw.csv", "prepare.sh", "train.sh"}


def test_every_output_is_recognised_by_its_content(copy):
    tracked = tracked_outputs(copy)
    assert all(restored(path, tracked) for path in tracked)
    assert restored(copy / "prepared" / "b" / "ü.csv", tracked)
    assert not restored(copy / "raw.csv", tracked)


def test_what_was_changed_or_removed_since_is_not_restored(copy):
    tracked = tracked_outputs(copy)
    for name in ("model.bin", "prepared/a.csv"):
        (copy / name).chmod(0o644)
        (copy / name).write_text("forged")
    (copy / "metrics.json").unlink()
    for name in ("model.bin", "prepared", "prepared/b/ü.csv", "metrics.json"):
        assert not restored(copy / name, tracked), name


def test_pipelines_in_folders_count_and_hidden_ones_do_not(copy):
    for name in ("sub", ".hidden", "venv"):
        (copy / name).mkdir()
        for file in ("dvc.yaml", "dvc.lock"):
            shutil.copy(copy / file, copy / name / file)
    (copy / "venv" / "pyvenv.cfg").touch()
    names = {path.relative_to(copy).parts[0] for path in tracked_outputs(copy)}
    assert "sub" in names
    assert not names & {".hidden", "venv"}


def test_a_folder_computed_from_parameters_is_left_out(copy):
    (copy / "dvc.yaml").write_text(PIPELINE.replace("wdir: parts", "wdir: parts/${item}"))
    assert copy / "x.txt" not in tracked_outputs(copy)


def test_a_run_that_has_nothing_to_do_keeps_its_artifacts(copy, train, dvc_env):
    (copy / "model.bin").unlink()  # comes back from DVC's cache
    time.sleep(0.02)
    evidence = train("dvc repro", env=dvc_env, artifacts=["model.bin", "prepared"])
    assert "Stage 'prepare' didn't change, skipping" in evidence.log_tail
    assert any("cached" in line for line in evidence.log_tail)
    assert evidence.problem is None
    assert evidence.status == "ok"
    assert [artifact.path for artifact in evidence.artifacts] == ["model.bin", "prepared"]
    assert set(evidence.inputs) == {"raw.csv", "prepare.sh", "train.sh"}
    assert evidence.inputs["raw.csv"].startswith("md5:")


def test_a_pipeline_that_fails_is_evidence(copy, train, dvc_env):
    (copy / "raw.csv").unlink()
    evidence = train("dvc repro", env=dvc_env, artifacts=["model.bin"])
    assert evidence.status == "failed"
    assert any("raw.csv" in line for line in evidence.log_tail)


def test_a_link_into_a_cache_elsewhere_counts_when_dvc_made_it(copy, train, dvc_env, tmp_path):
    (copy / ".dvc" / "config").write_text(f"[cache]\ndir = {tmp_path / 'cache'}\ntype = symlink\n")
    (copy / "raw.csv").write_text("a,b\n3,4\n")
    evidence = train("dvc repro", env=dvc_env, artifacts=["model.bin", "prepared"])
    assert (copy / "model.bin").is_symlink()
    assert (evidence.status, evidence.problem) == ("ok", None)


def test_an_output_of_a_stage_that_is_up_to_date_is_restored(copy):
    (copy / "prepared" / "__pycache__").mkdir()
    (copy / "params.yaml").write_text("size: 3\nother: 2\n")
    for command in ("dvc repro", ".venv/bin/dvc  repro -v", "dvc exp run"):
        locked = LockedOutputs(copy, command)
        assert locked.problem(copy / "model.bin") is None
        assert locked.restored(copy / "model.bin")
    assert not LockedOutputs(copy, "dvc repro").restored(copy / "raw.csv")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"train.sh": "true"}, "train.sh differs"),
        ({"prepare.sh": "true"}, "prepare.sh differs"),
        ({"raw.csv": "a,b\n"}, "raw.csv differs"),
        ({"params.yaml": "size: 4\n"}, "size in params.yaml differs"),
        ({"dvc.yaml": PIPELINE.replace("sh train.sh", "sh other.sh")}, "its command differs"),
        ({"dvc.yaml": PIPELINE.replace("  train:", "  fit:")}, "dvc.yaml does not define it"),
        (
            {"dvc.yaml": PIPELINE.replace("[prepared, train.sh]", "[prepared, train.sh, lib.py]")},
            "lib.py is not in dvc.lock",
        ),
    ],
)
def test_an_output_of_other_files_than_these_is_not(copy, change, why):
    for name, text in change.items():
        (copy / name).write_text(text)
    locked = LockedOutputs(copy, "dvc repro")
    assert not locked.restored(copy / "model.bin")
    assert why in locked.problem(copy / "model.bin")


def test_a_lock_counts_for_a_training_of_dvcs_that_lists_its_code(copy):
    problem = LockedOutputs(copy, "python train.py").problem(copy / "model.bin")
    assert "let train.run be `dvc repro`" in problem
    assert "lists no code" in LockedOutputs(copy, "dvc repro").problem(copy / "parts/x.txt")
    lock = (copy / "dvc.lock").read_text()
    (copy / "dvc.lock").write_text(lock.replace("path: train.sh", "path: raw.csv"))
    assert "lists no code" in LockedOutputs(copy, "dvc repro").problem(copy / "model.bin")
