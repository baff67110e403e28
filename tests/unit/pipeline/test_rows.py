"""Rows that differ from a baseline's, in a repository: what is kept, and what becomes the anchor."""

from __future__ import annotations

import pytest

from mlgate.model.evidence import TrainEvidence
from mlgate.pipeline import name_test_set
from mlgate.pipeline.baselines.new_test_set import code_changes, training_changes

OTHER = ("random.Random(7)", "random.Random(8)")


def edit(repository, old, new):
    text = (repository.root / "train.py").read_text()
    assert old in text
    repository.write("train.py", text.replace(old, new))


@pytest.fixture
def warned(repository):
    """Main under a policy in which only the minimum blocks, with its baseline kept."""
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", text.replace("log_loss: {", "log_loss: {on_fail: warn, ").replace(
        "{min: 0.8, max_regression: 0.02}", "{min: 0.8}"))  # fmt: skip
    repository.commit("warn only")
    repository.run()
    repository.save()
    return repository


def test_a_baseline_that_breaks_the_limits_is_kept_and_never_the_anchor(warned):
    first = warned.git("rev-parse", "HEAD")
    edit(warned, *OTHER)
    second = warned.commit("another split")
    broken = warned.run().verdict
    assert {gate.verdict for gate in broken.gates} == {"error"}
    warned.save()
    warned.branch("feature")
    warned.commit("words", note__txt="words")
    verdict = warned.run().verdict
    assert verdict.baseline.commit == second
    assert verdict.anchor is None  # the first one's rows differ; the second one's broke the limits
    absent = warned_absent(warned)
    assert (absent.kind, absent.rows.paired) == ("missing", 3000)
    assert first != second


def warned_absent(repository):
    """Why there is no anchor, in the evidence of the last run."""
    from mlgate.checks import evidence_types
    from mlgate.run_dir import RunDir

    evidence = RunDir(repository.root / ".mlgate", evidence_types()).evidence_of("compare")
    return evidence.absent["anchor"]


def test_a_slice_that_is_relabelled_is_judged_under_both_labels(repository):
    """Every check that measures rows is, without knowing of it."""
    text = (repository.root / "mlgate.yaml").read_text()
    text = text.replace("gates:\n", "slices: {first: \"id < 'row2'\"}\ngates:\n")
    text += '  "accuracy[first]": {max_regression: 0.02}\n'
    repository.write("mlgate.yaml", text)
    repository.commit("a slice")
    repository.run()
    repository.save()
    repository.branch("feature")
    edit(
        repository,
        "    score =",
        "    if i < 400 and predicted != label: label = predicted\n    score =",
    )
    repository.quality(0.93)
    gates = {gate.id: gate for gate in repository.run().verdict.gates}
    sliced = gates["accuracy[first].max_regression"]
    assert sliced.verdict == "pass"
    assert "with the labels that main had" in sliced.reason


def train_evidence(**fields):
    common = {"tool": "0", "commit": None, "created": "", "command": "python train.py"}
    times = {"status": "ok", "started": "", "finished": ""}
    return TrainEvidence(**{**common, **times, **fields})


def test_what_changed_of_a_training_is_named():
    ours, theirs = train_evidence(), train_evidence()
    assert list(training_changes(ours, theirs)) == []
    assert list(training_changes(ours, None)) == []
    model = {"path": "m.pkl", "size": 1}
    theirs = train_evidence(
        command="python other.py",
        inputs={"data.csv": "sha256:1", "same.csv": "sha256:2"},
        artifacts=[{**model, "sha256": "1"}],
    )
    ours = train_evidence(inputs={"same.csv": "sha256:2"}, artifacts=[{**model, "sha256": "2"}])
    assert list(training_changes(ours, theirs)) == ["train.run", "data.csv", "m.pkl"]


def test_code_and_settings_are_part_of_a_training_and_data_are_not():
    changed = ("a/mlgate.yaml", "a/train.PY", "data/test.csv", "params.yaml", "README.md")
    assert list(code_changes(changed, "a/mlgate.yaml")) == ["a/train.PY", "params.yaml"]


def test_a_changed_training_is_named_where_a_new_test_set_arrives(repository):
    """Its command, which is no part of the policy, and a model that it declares."""
    announced = digest_of_the_other_split(repository)
    text = (repository.root / "mlgate.yaml").read_text()
    text = text.replace("score: score}", f"score: score, {announced}}}")
    repository.write("mlgate.yaml", text)
    repository.commit("announced")
    repository.run()
    repository.save()
    repository.branch("feature")
    edit(repository, *OTHER)
    repository.write("mlgate.yaml", text.replace("python train.py", "python -B train.py"))
    repository.commit("another split and another command")
    verdict = repository.run().verdict
    assert verdict.verdict == "untested"
    assert "new test set v2, announced on main; the training changed as well" in verdict.headline
    assert "(train.run, train.py, predictions of rows that both have)" in verdict.headline


def digest_of_the_other_split(repository):
    """What announces the split that `OTHER` draws; the repository stays as it is."""
    edit(repository, *OTHER)
    repository.run()
    announced = f"test_set: {{name: v2, digest: {name_test_set.digest(repository.context)}}}"
    edit(repository, *reversed(OTHER))
    return announced
