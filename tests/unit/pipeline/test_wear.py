"""The meter of a test set, from runs that are really made and kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlgate.cli import main
from mlgate.errors import ExitCode
from mlgate.git import Git
from mlgate.model.wear import WearEvidence
from mlgate.pipeline import full_run, save_baseline
from mlgate.pipeline.planning.meter import meter
from mlgate.pipeline.wear import count
from mlgate.stores import open_ledger

if TYPE_CHECKING:
    from mlgate.model.ledger import Evaluation

SEALED = "\nsealed: {uses: 2}\n"


def evaluations(repository) -> tuple[Evaluation, ...]:
    return open_ledger("ref", Git(repository.root), repository.root, "toy").read()


def wear_of(result) -> WearEvidence:
    found = result.dir.evidence_of("wear")
    assert isinstance(found, WearEvidence)
    return found


def kept(repository) -> None:
    assert save_baseline.save(repository.context, push=True).baseline


def test_every_distinct_answer_counts_once(repository):
    repository.quality(0.9)
    first = full_run.run(repository.context)
    assert wear_of(first).others == 0
    assert first.verdict.wear.evaluations == 1
    kept(repository)

    repository.quality(0.91)
    second = full_run.run(repository.context)
    assert wear_of(second).test_set == wear_of(first).test_set
    assert wear_of(second).others == 1
    kept(repository)

    again = full_run.run(repository.context)
    assert wear_of(again).evaluation == wear_of(second).evaluation
    assert again.verdict.wear == second.verdict.wear
    assert [gate.interval for gate in again.verdict.gates] == [
        gate.interval for gate in second.verdict.gates
    ]
    kept(repository)
    assert count(evaluations(repository), wear_of(first).test_set).evaluations == 2


def test_a_surprise_wears_more_than_a_pass(repository):
    repository.quality(0.9)
    first = full_run.run(repository.context)
    assert (first.verdict.verdict, first.verdict.wear.surprises) == ("untested", 0)
    kept(repository)
    repository.branch("try")
    repository.quality(0.7)
    failed = full_run.run(repository.context)
    assert failed.verdict.verdict == "fail"
    assert (failed.verdict.wear.evaluations, failed.verdict.wear.surprises) == (2, 1)


def test_other_rows_are_another_test_set(repository):
    repository.quality(0.9)
    full_run.run(repository.context)
    kept(repository)
    repository.quality(0.9, ', "rows": 2000')
    fewer = full_run.run(repository.context)
    assert wear_of(fewer).others == 0


def test_the_meter_goes_by_the_smallest_margin_and_names_it(repository):
    repository.quality(0.9)
    full_run.run(repository.context)
    kept(repository)
    repository.quality(0.905)
    result = full_run.run(repository.context)
    read = result.verdict.wear
    assert read.gate == "accuracy.max_regression"
    assert (read.margin, read.n) == (0.02, 3000)
    report = (result.dir.path / "report.md").read_text()
    assert f"test-set wear at least {read.value:.2f} of 1" in report
    planned = meter(repository.context)
    assert planned.use.evaluations == read.evaluations
    assert planned.rules[0].wear.value == pytest.approx(read.value)


def test_a_worn_out_set_is_told_in_the_report(repository):
    repository.quality(0.9)
    first = full_run.run(repository.context)
    kept(repository)
    book = open_ledger("ref", Git(repository.root), repository.root, "toy")
    line = evaluations(repository)[0]
    for number in range(12):
        changes = {"evaluation": f"other{number}", "verdict": "fail"}
        book.append(line.model_copy(update=changes), repository.context.now)
    repository.quality(0.905)
    worn = full_run.run(repository.context)
    assert wear_of(worn).test_set == wear_of(first).test_set
    assert worn.verdict.wear.surprises >= 12
    assert worn.verdict.wear.value > 1
    assert "Its answers certify" in (worn.dir.path / "report.md").read_text()
    assert not worn.verdict.blocked


def test_a_ledger_that_cannot_be_read_is_told_and_stops_nothing(repository):
    repository.quality(0.9)
    repository.git("remote", "add", "origin", str(repository.root.parent / "gone.git"))
    found = full_run.run(repository.context)
    notes = [note.text for note in wear_of(found).notes]
    assert any("wear of the test set is not known" in text for text in notes)


def sealed(repository):
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", text + SEALED)


def test_a_sealed_set_answers_as_often_as_it_says_and_counts_before_it_answers(repository):
    sealed(repository)
    repository.quality(0.9)
    first = full_run.run(repository.context)
    assert first.code == ExitCode.OK
    assert first.verdict.gates[0].confidence == pytest.approx(0.975)
    assert [one.verdict for one in evaluations(repository)] == [None]
    kept(repository)

    assert full_run.run(repository.context).code == ExitCode.OK, "the same answer again is no use"
    repository.quality(0.91)
    assert full_run.run(repository.context).code == ExitCode.OK
    assert len({one.evaluation for one in evaluations(repository)}) == 2
    assert meter(repository.context).sealed == (0, 2)

    repository.quality(0.92)
    spent = full_run.run(repository.context)
    assert spent.code == ExitCode.USAGE
    assert spent.verdict.verdict == "error"
    assert "used 2 of 2 times" in (spent.dir.path / "report.md").read_text()
    evidence = json.loads((spent.dir.path / "evidence" / "compare.json").read_text())
    assert not evidence["metrics"]


def test_a_use_that_cannot_be_counted_is_not_taken(repository):
    sealed(repository)
    repository.quality(0.9)
    folder = repository.root / "store"
    folder.write_text("not a folder")
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", text + "baseline: {store: store}\n")
    repository.commit("store")
    found = full_run.run(replace(repository.context))
    assert found.code == ExitCode.USAGE
    assert "cannot be counted" in found.verdict.gates[0].reason


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_meter_on_the_command_line(repository, monkeypatch, capsys, form):
    repository.quality(0.9)
    full_run.run(repository.context)
    kept(repository)
    repository.quality(0.905)
    full_run.run(repository.context)
    monkeypatch.chdir(repository.root)
    assert main(["plan", "--wear", *(["--format", "json"] if form == "json" else [])]) == 0
    told = capsys.readouterr().out
    if form == "json":
        found = json.loads(told)
        assert (found["evaluations"], found["sealed"]) == (2, None)
        assert found["gates"][0]["id"] == "accuracy.max_regression"
    else:
        assert "has answered at least 2 times" in told
        assert "accuracy.max_regression" in told


def test_the_meter_stands_alone_and_needs_a_run(repository, monkeypatch, capsys):
    monkeypatch.chdir(repository.root)
    assert main(["plan", "--wear", "--power", "0.9"]) == ExitCode.USAGE
    assert main(["plan", "--wear"]) == ExitCode.USAGE
    assert "has no evidence about a test set" in capsys.readouterr().err
