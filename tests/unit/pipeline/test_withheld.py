"""What a branch may ask of data that only the job that judges may read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlgate import config
from mlgate.checks import sections
from mlgate.pipeline import prepare
from mlgate.pipeline.judging.withheld import withheld

from .conftest import CONFIG
from .test_held_labels import WITHOUT
from .test_judging import JOB

if TYPE_CHECKING:
    from .conftest import Repository

CI = replace(JOB, base_branch="main", default_branch="main")
HELD = (
    CONFIG.replace("label: label", "label: label, labels: labels.csv")
    + "baseline: {id_key: '${env:KEY}'}\n"
)
BY_NAME = (
    'rows = [",".join([*line.split(","), "name" if i == 0 else NAME]) '
    "for i, line in enumerate(rows)]\n"
)
"""Another column, which main slices by."""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CONFIG, None),
        (CONFIG + "drift: {reference: a.csv, current: b.csv}\n", None),
        (HELD, "labels are held out"),
        (CONFIG + "sealed: {uses: 3}\n", "the test set is sealed"),
        (CONFIG + "data: {path: /data/a.csv}\n", "data are outside of the repository"),
        (CONFIG + "data: {path: 'a/${env:A}.csv'}\n", "data are outside of the repository"),
        (CONFIG + "data: {path: a.csv, reference: 's3://b/c.csv'}\n",
         "data are outside of the repository"),
        (CONFIG + "baseline: {predictions: /data/a.csv}\n", "data are outside of the repository"),
    ],
)  # fmt: skip
def test_what_withholds_data(text: str, why: str | None) -> None:
    assert withheld(config.parse(text, "mlgate.yaml", sections()).config) == why


def test_in_ci_a_branch_measures_nothing_over_them_and_at_a_shell_it_does(
    repository: Repository,
) -> None:
    repository.commit("held", mlgate_yaml=HELD, labels_csv="")
    repository.branch("feature")
    repository.commit("tighten", mlgate_yaml=HELD.replace("min: 0.8", "min: 0.95"))
    run = prepare.prepare(replace(repository.context, ci_run=CI)).run
    assert [judge.source for judge in run.judges] == ["main"]
    assert run.policy_changed
    assert any("measured once it is merged: labels are held out" in note.text for note in run.notes)
    at_a_shell = prepare.prepare(repository.context).run
    assert [judge.source for judge in at_a_shell.judges] == ["main", "this branch"]


def test_rows_that_are_not_main_s_show_no_number_from_labels(repository: Repository) -> None:
    """Main slices by a column, and the branch writes another value of it into each row."""
    repository.run()
    lines = (repository.root / "out/predictions.csv").read_text().splitlines()
    repository.write(
        "labels.csv", "\n".join(",".join(line.split(",")[:2]) for line in lines) + "\n"
    )
    train = (repository.root / "train.py").read_text()
    named = train.replace('if knobs.get("fail")', f'{WITHOUT}{BY_NAME}if knobs.get("fail")')
    repository.write("train.py", named.replace("NAME", '"ab"[i % 2]'))
    policy = HELD.replace("gates:\n", "gates:\n  'accuracy[name]': {min: 0.1}\n")
    policy += "slices: {by: [name], minimum: 1}\n"
    repository.commit("held", mlgate_yaml=policy)
    environ = {**repository.context.environ, "KEY": "a key of many letters"}
    assert repository.run(environ=environ).code == 0
    repository.save(environ=environ)
    repository.branch("feature")
    repository.write("train.py", named.replace("NAME", 'f"n{i}" if i < 50 else "ab"[i % 2]'))
    repository.commit("each row a slice")
    result = repository.run(environ=environ)
    assert result.verdict.verdict == "error"
    assert "49 of 3,000 rows have another value of name" in result.verdict.headline
    for check in ("compare", "slices"):
        evidence = result.dir.read_evidence()[check]
        assert evidence.metrics == {}
        assert evidence.absent["main"].rows is not None
    assert all(gate.value is None for gate in result.verdict.gates)
    assert "n7]" not in (result.dir.path / "report.html").read_text()


def test_a_model_that_main_has_not_finds_no_labels_that_git_does_not_track(
    repository: Repository,
) -> None:
    """They may be another model's, which this job fetched."""
    repository.commit("ignore", **{".gitignore": "out/\nlabels.csv\n"})
    repository.branch("feature")
    other = HELD.replace("name: toy", "name: other").replace(
        "id_key: '${env:KEY}'", "keep: evidence"
    )
    repository.write("other.mlgate.yaml", other)
    repository.commit("add a model")
    repository.write("labels.csv", "id,label\nrow0,1\n")
    context = {"config": repository.root / "other.mlgate.yaml", "ci_run": CI}
    assert "names a file that git does not track" in repository.run(**context).verdict.headline
