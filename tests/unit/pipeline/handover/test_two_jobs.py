"""Two jobs measure what one job measures; the second runs nothing of the author's."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.unit.pipeline.handover.jobs import clone, evidence, handed_over, judged

from mlgate.errors import DataError, ExitCode
from mlgate.model.evidence import TrainEvidence
from mlgate.pipeline.handover.reported import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.pipeline.conftest import Repository

    from mlgate.pipeline.full_run import FullRunResult

    Jobs = Callable[..., FullRunResult]

CUSTOM = """
metrics:
  custom: {mine: "mine:share", other: "mine:weighted"}
  direction: {mine: higher, other: higher}
"""
MINE = """\
import pathlib
pathlib.Path("ran.txt").write_text("yes")
def share(y_true, y_pred):
    return float((y_true == y_pred).mean())
def weighted(y_true, y_pred, y_score, sample_weight):
    import numpy as np
    return float(np.average((y_true == y_pred) * y_score, weights=sample_weight))
"""
SMALL = '{{"accuracy": {}, "rows": 600}}'
GATES = "gates:\n  mine: {max_regression: 0.02}\n  other: {min: 0.1}\n"


def verdicts(result: FullRunResult) -> dict[str, str]:
    return {gate.id: gate.verdict for gate in result.verdict.gates}


def test_two_jobs_measure_what_one_measures(based: Repository) -> None:
    based.quality(0.89)
    two = judged(based, handed_over(based))
    one = clone(based, "single").run()
    assert (two.code, two.verdict.verdict) == (one.code, one.verdict.verdict)
    assert evidence(two.dir, "compare") == evidence(one.dir, "compare")
    assert (two.dir.path / "rows.parquet").is_file()
    assert two.dir.log.is_file()
    assert not two.dir.handover.exists()
    assert not (two.dir.path.parent / "out").exists()


def test_values_of_custom_metrics_are_paired_by_the_salt(repository: Repository) -> None:
    repository.write("mine.py", MINE)
    repository.write(".gitignore", "out/\nran.txt\n__pycache__\n")
    repository.write("quality.json", SMALL.format(0.9))
    text = (repository.root / "mlgate.yaml").read_text().replace("gates:\n", GATES)
    repository.write("mlgate.yaml", text + CUSTOM)
    repository.commit("Add metrics")
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.commit("Worse", **{"quality.json": SMALL.format(0.7)})
    two = judged(repository, handed_over(repository))
    assert not (two.dir.path.parent / "ran.txt").exists()
    one = clone(repository, "single").run()
    measured, expected = evidence(two.dir, "compare"), evidence(one.dir, "compare")
    assert measured["metrics"] == expected["metrics"]
    assert verdicts(two) == verdicts(one)
    assert verdicts(two)["mine.max_regression"] == "fail"
    assert any("reported by the author's code" in note["text"] for note in measured["notes"])


def test_values_for_a_baseline_that_the_first_job_did_not_see_are_missed(
    repository: Repository,
) -> None:
    repository.write("mine.py", MINE)
    repository.write(".gitignore", "out/\nran.txt\n__pycache__\n")
    repository.write("quality.json", SMALL.format(0.9))
    text = (repository.root / "mlgate.yaml").read_text().replace("gates:\n", GATES)
    repository.write("mlgate.yaml", text + CUSTOM)
    repository.commit("Add metrics")
    repository.branch("feature")
    repository.commit("Worse", **{"quality.json": SMALL.format(0.7)})
    archive = handed_over(repository)
    repository.git("checkout", "--quiet", "main")
    repository.run()
    repository.save()
    repository.git("checkout", "--quiet", "feature")
    two = judged(repository, archive)
    (gate,) = (gate for gate in two.verdict.gates if gate.id == "mine.max_regression")
    assert gate.verdict == "error"
    assert AGAIN in (gate.hint or "")


def test_custom_metrics_are_untested_where_a_secret_pairs_the_rows(
    repository: Repository,
) -> None:
    key = {"environ": {**repository.context.environ, "KEY": "a secret of some length"}}
    repository.write("mine.py", MINE)
    repository.write(".gitignore", "out/\nran.txt\n__pycache__\n")
    repository.write("quality.json", SMALL.format(0.9))
    text = (repository.root / "mlgate.yaml").read_text().replace("gates:\n", GATES)
    repository.write("mlgate.yaml", f"{text}{CUSTOM}baseline: {{id_key: '${{env:KEY}}'}}\n")
    repository.commit("Hash ids with a secret")
    repository.run(**key)
    repository.save(**key)
    repository.branch("feature")
    repository.commit("Worse", **{"quality.json": SMALL.format(0.895)})
    two = judged(repository, handed_over(repository), **key)
    assert verdicts(two)["accuracy.min"] == "pass"
    assert verdicts(two)["mine.max_regression"] == "untested"
    assert verdicts(two)["other.min"] == "pass"
    metric = evidence(two.dir, "compare")["metrics"]["mine"]
    assert "baseline.id_key" in metric["against"]["main"]["untested"]


def test_suites_run_where_the_model_is_trained(based: Repository) -> None:
    pytest.importorskip("pandera")
    based.write(
        "schemas.py",
        "import pandera.pandas as pa\n"
        "Rows = pa.DataFrameSchema({'label': pa.Column(int, pa.Check.isin([0]))})\n",
    )
    based.write("data.csv", "label\n0\n1\n")
    text = (
        (based.root / "mlgate.yaml")
        .read_text()
        .replace("gates:\n", "gates:\n  data: {max_share: 0}\n")
    )
    based.write(
        "mlgate.yaml", f"{text}data: {{path: data.csv, rules: [{{pandera: 'schemas:Rows'}}]}}\n"
    )
    based.commit("Check the data")
    two = judged(based, handed_over(based))
    assert verdicts(two)["data.max_share"] == "fail"
    folder = two.dir.read_run().judges[-1].evidence
    text = two.dir.evidence_file("data", folder).read_text()
    assert "reported by the author's code" in text


def test_the_command_of_a_baseline_runs_where_the_model_is_trained(based: Repository) -> None:
    based.write(
        "mlgate.yaml",
        (based.root / "mlgate.yaml").read_text()
        + "baseline: {run: 'touch out/ran.txt; cp out/predictions.csv $MLGATE_BASELINE_OUT'}\n",
    )
    based.quality(0.8)
    two = judged(based, handed_over(based))
    assert not (two.dir.path.parent / "out").exists()
    gates = {(gate.id, gate.policy): gate.verdict for gate in two.verdict.gates}
    assert gates["accuracy.max_regression", "main"] == "fail"
    assert gates["accuracy.max_regression", "this branch"] == "pass"


def test_why_a_baseline_is_not_written_is_one_sentence_with_a_hint(based: Repository) -> None:
    based.write(
        "mlgate.yaml",
        (based.root / "mlgate.yaml").read_text() + "baseline: {run: exit 3}\n",
    )
    based.quality(0.8)
    for result in (based.run(), judged(based, handed_over(based))):
        (gate,) = (
            gate
            for gate in result.verdict.gates
            if (gate.id, gate.policy) == ("accuracy.max_regression", "this branch")
        )
        assert gate.reason == "baseline.run wrote no predictions, since it ended with exit code 3"
        assert gate.hint == (
            "`exit 3` must write the baseline's predictions to $MLGATE_BASELINE_OUT"
        )


def test_a_training_that_fails_is_reported_and_blocks(based: Repository) -> None:
    based.quality(0.9, ', "fail": true')
    result = judged(based, handed_over(based))
    assert result.code == ExitCode.BLOCKED
    training = result.dir.evidence_of("train")
    assert isinstance(training, TrainEvidence)
    assert training.status == "failed"
    assert "the data are gone" in result.dir.log.read_text()
    assert result.verdict.blocked


def test_without_a_handover_every_gate_is_an_error(based: Repository, tmp_path: Path) -> None:
    result = judged(based, tmp_path / "nothing.zip")
    assert result.code == ExitCode.USAGE
    assert set(verdicts(result).values()) == {"error"}
    assert "did not upload one" in result.verdict.headline


def test_predictions_that_are_left_over_stay_stale(based: Repository) -> None:
    based.write(".gitignore", "")
    shutil.copytree(based.root / "out", based.root / "kept", dirs_exist_ok=True)
    based.write("train.py", "import os\nos.makedirs('out', exist_ok=True)\n")
    based.commit("Train nothing")
    path = handed_over(based)
    with zipfile.ZipFile(path) as packed:
        (file,) = json.loads(packed.read("record.json"))["files"]
    assert (file["path"], file["committed"]) == ("out/predictions.csv", True)
    result = judged(based, path)
    assert "it is not this training's result" in result.verdict.headline


def test_what_dvc_restored_is_fresh(repository: Repository) -> None:
    import hashlib

    based = repository
    based.run()
    based.save()

    predictions = (based.root / "out/predictions.csv").read_bytes()
    md5 = hashlib.md5(predictions, usedforsecurity=False).hexdigest()
    based.write(
        "train.py", "import shutil\nshutil.copytree('cache', 'out', copy_function=shutil.copy2)\n"
    )
    shutil.copytree(based.root / "out", based.root / "cache")
    code = hashlib.md5((based.root / "train.py").read_bytes(), usedforsecurity=False).hexdigest()
    stage = "cmd: python train.py, deps: [train.py], outs: [out/predictions.csv]"
    based.write("dvc.yaml", f"stages:\n  train: {{{stage}}}\n")
    based.write(
        "dvc.lock",
        "stages:\n  train:\n    cmd: python train.py\n"
        f"    deps: [{{path: train.py, md5: {code}}}]\n"
        f"    outs: [{{path: out/predictions.csv, md5: {md5}}}]\n",
    )
    based.commit("Restore")  # on main: a stage that only the branch has restores nothing
    based.branch("feature")
    based.commit("A change", **{"note.txt": "x"})
    result = judged(based, handed_over(based))
    assert result.verdict.verdict == "error"
    assert "let train.run be `dvc repro`" in result.verdict.headline
    text = (based.root / "mlgate.yaml").read_text()
    # Stands for DVC, which would find the stage unchanged and its output in the cache.
    based.write("mlgate.yaml", text.replace("python train.py", "python train.py; echo dvc repro"))
    based.commit("Restore with DVC")
    result = judged(based, handed_over(based))
    assert result.verdict.verdict == "pass"


def test_what_a_model_is_held_against_is_the_commits(based: Repository) -> None:
    head, *rows = (based.root / "out/predictions.csv").read_text().splitlines()
    wrong = [f"{i},{y},{1 - int(y)},{0.1 if y == '1' else 0.9}" for i, y, *_ in map(_cells, rows)]
    based.write("kept.csv", "\n".join([head, *wrong, ""]))
    text = (based.root / "mlgate.yaml").read_text()
    based.write("mlgate.yaml", f"{text}baseline: {{predictions: kept.csv}}\n")
    train = (based.root / "train.py").read_text()
    overwrite = "import shutil\nshutil.copy('out/predictions.csv', 'kept.csv')\n"
    based.write("train.py", f"{train}{overwrite}")
    based.commit("Hold against a file, and overwrite it")
    result = judged(based, handed_over(based))
    folder = result.dir.read_run().judges[-1].evidence
    measured = json.loads(result.dir.evidence_file("compare", folder).read_text())
    assert measured["metrics"]["accuracy"]["against"]["main"]["baseline"] == 0


@pytest.mark.parametrize("tracker", ["dvc", "lfs"])
def test_a_reference_of_which_the_commit_has_a_pointer_is_held_to_it(
    based: Repository, tracker: str
) -> None:
    import hashlib

    rows = (based.root / "out/predictions.csv").read_bytes()
    md5 = hashlib.md5(rows, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(rows).hexdigest()
    if tracker == "dvc":
        based.write("kept.csv.dvc", f"outs:\n- md5: {md5}\n  hash: md5\n  path: kept.csv\n")
        based.write(".gitignore", "out/\nkept.csv\n")
    else:
        spec = "version https://git-lfs.github.com/spec/v1"
        based.write("kept.csv", f"{spec}\noid sha256:{sha256}\nsize {len(rows)}\n")
    text = (based.root / "mlgate.yaml").read_text()
    based.write("mlgate.yaml", f"{text}baseline: {{predictions: kept.csv}}\n")
    train = (based.root / "train.py").read_text()
    fetch = "import shutil\nshutil.copy('out/predictions.csv', 'kept.csv')\n"
    based.write("train.py", f"{train}{fetch}")
    based.commit("Hold against what the training job fetches")
    assert judged(based, handed_over(based)).code == ExitCode.OK
    based.write("train.py", f"{train}{fetch}open('kept.csv', 'a').write('x,1,1,0.9\\n')\n")
    based.commit("And change it")
    refused = judged(based, handed_over(based))
    assert refused.verdict.verdict == "error"
    assert "this commit's" in (refused.dir.path / "report.md").read_text()


def _cells(line: str) -> list[str]:
    return line.split(",")


def test_files_of_another_policy_are_handed_over_as_well(based: Repository) -> None:
    text = (based.root / "mlgate.yaml").read_text()
    based.write("mlgate.yaml", text.replace("out/predictions.csv", "out/other.csv"))
    train = (based.root / "train.py").read_text()
    based.write(
        "train.py", f"{train}import shutil\nshutil.copy('out/predictions.csv', 'out/other.csv')\n"
    )
    based.commit("Write another file as well")
    path = handed_over(based)
    with zipfile.ZipFile(path) as packed:
        assert {"files/out/predictions.csv", "files/out/other.csv"} <= set(packed.namelist())
    assert judged(based, path).verdict.verdict == "pass"


def test_links_out_of_the_repository_are_not_handed_over(based: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a secret\n")
    based.write(
        "train.py",
        f"import os\nos.makedirs('out', exist_ok=True)\n"
        f"os.symlink({str(tmp_path / 'secret.csv')!r}, 'out/predictions.csv')\n",
    )
    based.commit("Link")
    path = handed_over(based)
    with zipfile.ZipFile(path) as packed:
        assert all(b"a secret" not in packed.read(name) for name in packed.namelist())
    assert judged(based, path).verdict.blocked


def test_a_change_that_need_not_be_judged_is_not_trained(based: Repository) -> None:
    text = (based.root / "mlgate.yaml").read_text()
    based.git("checkout", "--quiet", "main")
    based.write("mlgate.yaml", f"{text}when: {{paths: ['**/*.py']}}\n")
    based.commit("Judge code alone")
    based.git("checkout", "--quiet", "-B", "words")
    based.write("README", "words")
    based.commit("Write words")
    path = handed_over(based)
    assert judged(based, path).verdict.verdict == "not_applicable"
    # The job that judges decides that by itself.
    based.write("train.py", "raise SystemExit(0)\n")
    with zipfile.ZipFile(path) as packed:
        record = json.loads(packed.read("record.json"))
    assert record["training"] is None


def test_a_model_in_a_folder_keeps_its_paths(based: Repository) -> None:
    based.git("checkout", "--quiet", "main")
    for name in ("train.py", "mlgate.yaml", "quality.json"):
        based.write(f"models/a/{name}", (based.root / name).read_text())
    based.commit("Move into a folder")
    based.git("checkout", "--quiet", "-B", "feature")
    config = based.root / "models/a/mlgate.yaml"
    assert config.is_file()
    where = {"config": config.relative_to(based.root)}
    path = handed_over(based, **where)
    with zipfile.ZipFile(path) as packed:
        assert "files/models/a/out/predictions.csv" in packed.namelist()
    result = judged(based, path, **where)
    assert evidence(result.dir, "compare")["inputs"].keys() == {"out/predictions.csv"}


def test_too_much_is_refused_before_it_is_uploaded(
    based: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlgate.pipeline.handover import packing

    monkeypatch.setattr(packing, "TOTAL", 1_000)
    with pytest.raises(DataError, match="GiB together"):
        handed_over(based)
    assert not list(based.root.parent.glob("*mlgate-handover*"))
