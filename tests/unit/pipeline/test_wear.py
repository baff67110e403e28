"""The meter of a test set, from runs that are really made and kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlgate.cli import main
from mlgate.errors import DataError, ExitCode
from mlgate.gates.printed import exact
from mlgate.git import Git
from mlgate.model.wear import Printed, WearEvidence
from mlgate.pipeline import full_run, gate_and_report, save_baseline
from mlgate.pipeline.ledger.wear import count
from mlgate.pipeline.planning.meter import meter
from mlgate.pipeline.publishing.bundle import pack
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
    report = result.dir.html.read_text()
    assert "and accuracy.max_regression allows 0.02" in report
    assert f"{read.printed.exact:,} numbers from test labels printed" in report
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
        if number >= 10:  # lines of versions that did not record it
            changes |= {"printed": None, "first_error": None}
        book.append(line.model_copy(update=changes), repository.context.now)
    repository.quality(0.905)
    worn = full_run.run(repository.context)
    assert wear_of(worn).test_set == wear_of(first).test_set
    assert worn.verdict.wear.surprises >= 12
    told = line.printed.exact
    assert told > 10
    read = worn.verdict.wear
    assert read.assumed == 2
    assert read.printed.exact == 11 * told + 3 * exact(worn.dir.read_evidence())
    assert line.first_error == pytest.approx(wear_of(worn).first_error)
    assert read.value > 1
    report = worn.dir.html.read_text()
    assert "2 did not record it, and are taken to print as much as this one" in report
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


@pytest.mark.parametrize("change", [', "rows": 3001', ', "flip": 1'])
def test_neither_a_row_nor_a_label_more_begins_another_count(repository, change):
    train = (repository.root / "train.py").read_text()
    flipped = "int(label) ^ (i < knobs.get('flip', 0))"
    repository.write("train.py", train.replace("{int(label)}", f"{{{flipped}}}"))
    sealed(repository)
    repository.quality(0.9)
    full_run.run(repository.context)
    kept(repository)
    repository.quality(0.91, change)
    full_run.run(repository.context)
    repository.quality(0.92, change)
    spent = full_run.run(repository.context)
    assert spent.code == ExitCode.USAGE
    assert "used 2 of 2 times" in (spent.dir.path / "report.md").read_text()


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


def in_steps(repository) -> None:
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", f"{text}\nreport: {{changes: steps}}\n")


def numbers_of(evidence) -> set[str]:
    """The digits of the values and changes that a run measured, as files would hold them."""
    measured = evidence["compare"].metrics.values()
    values = [each.value for each in measured]
    values += [against.change for each in measured for against in each.against.values()]
    return {f"{abs(value):.4f}".lstrip("0") for value in values if value}


def test_in_steps_nothing_that_people_see_holds_a_measured_number(repository):
    in_steps(repository)
    repository.quality(0.9)
    full_run.run(repository.context)
    kept(repository)
    repository.branch("try")
    repository.quality(0.95)
    result = full_run.run(repository.context)
    exact_numbers = numbers_of(result.dir.read_evidence())
    assert len(exact_numbers) > 3
    for path in result.dir.path.rglob("*"):
        # How long the training took may begin like a number.
        if path.suffix in (".md", ".html", ".json") and path.name != "train.json":
            text = path.read_text()
            assert not [number for number in exact_numbers if number[:4] in text], path
    assert not list(result.dir.plots.glob("*.png"))
    report = result.dir.markdown.read_text()
    assert "accuracy is shown to be ≤ 0.02 worse than main; better by at least 3 points" in report
    again = gate_and_report.gate(result.dir, repository.context.now.date())
    assert again == result.verdict, "what was measured is still there for the tool"


def test_in_steps_baselines_keep_what_was_measured_and_the_ledger_what_was_shown(repository):
    in_steps(repository)
    repository.quality(0.9)
    first = full_run.run(repository.context)
    kept(repository)
    line = evaluations(repository)[0]
    rules = len(first.verdict.gates)
    assert line.printed == Printed(steps=rules), "nothing is learnt without a baseline"
    assert line.first_error == pytest.approx(0.1, abs=0.051)
    assert round(line.first_error / 0.05, 6).is_integer()
    assert line.evidence == {}
    repository.quality(0.905)
    second = full_run.run(repository.context)
    assert second.dir.read_evidence()["compare"].metrics["accuracy"].against["main"].paired
    assert second.verdict.wear.printed.exact == 0
    assert second.verdict.wear.printed.steps == rules + len(second.verdict.gates)
    with pytest.raises(DataError, match=r"report\.changes is steps"):
        pack(second.dir)


def test_a_pull_request_cannot_have_its_numbers_shown(repository):
    in_steps(repository)
    repository.quality(0.9)
    full_run.run(repository.context)
    kept(repository)
    repository.branch("try")
    text = (repository.root / "mlgate.yaml").read_text()
    repository.write("mlgate.yaml", text.replace("steps", "exact"))
    repository.quality(0.95)
    result = full_run.run(repository.context)
    assert all(gate.value is None for gate in result.verdict.gates)
