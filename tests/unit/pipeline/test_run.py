"""`mlgate run` from end to end: real git, real training, real files."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import ConfigError, DataError, ExitCode, UsageError
from mlgate.pipeline import gate_and_report
from mlgate.run_dir import RunDir

if TYPE_CHECKING:
    from .conftest import Repository


def test_first_run_has_nothing_to_compare_with(repository: Repository) -> None:
    result = repository.run()
    gates = {gate.id: gate.verdict for gate in result.verdict.gates}
    assert gates["accuracy.min"] == "pass"
    assert gates["accuracy.max_regression"] == "untested"
    assert result.code == ExitCode.OK
    assert "no baseline yet" in (result.dir.path / "report.md").read_text()


def test_a_change_that_changes_nothing_passes(based: Repository) -> None:
    based.commit("words only", README="hello")
    result = based.run()
    assert result.verdict.verdict == "pass"
    assert result.code == ExitCode.OK
    gate = next(g for g in result.verdict.gates if g.id == "accuracy.max_regression")
    assert gate.change == 0


def test_a_regression_is_blocked_and_explained(based: Repository) -> None:
    based.quality(0.85)
    result = based.run()
    assert result.code == ExitCode.BLOCKED
    gate = next(g for g in result.verdict.gates if g.id == "accuracy.max_regression")
    assert gate.verdict == "fail"
    assert gate.method == "tango"
    assert gate.n == 3000
    assert "accuracy is worse than main" in result.verdict.headline
    assert "waivers:" in (result.dir.path / "report.md").read_text()


def test_an_improvement_passes(based: Repository) -> None:
    based.quality(0.94)
    assert set(based.gates().values()) == {"pass"}


def test_too_few_rows_to_tell_is_inconclusive_with_the_rows_needed(based: Repository) -> None:
    based.quality(0.882)
    result = based.run()
    gate = next(g for g in result.verdict.gates if g.id == "accuracy.max_regression")
    assert gate.verdict == "inconclusive"
    assert gate.change is not None
    assert (gate.rows_needed is None) == (gate.change < -0.01)  # a loss beyond half is likely
    assert result.code == ExitCode.OK


def test_loosening_the_policy_is_judged_by_both_and_the_worse_counts(based: Repository) -> None:
    text = (based.root / "mlgate.yaml").read_text().replace("0.02", "0.2")
    based.commit("loosen", mlgate_yaml=text)
    based.quality(0.85)
    result = based.run()
    assert result.code == ExitCode.BLOCKED
    verdicts = {
        (gate.policy, gate.id): gate.verdict
        for gate in result.verdict.gates
        if gate.id == "accuracy.max_regression"
    }
    assert verdicts == {
        ("main", "accuracy.max_regression"): "fail",
        ("this branch", "accuracy.max_regression"): "pass",
    }
    assert "changes the policy" in (result.dir.path / "report.md").read_text()


def test_a_column_that_only_main_names_must_be_kept_until_the_merge(based: Repository) -> None:
    for name in ("train.py", "mlgate.yaml"):
        text = (based.root / name).read_text()
        text = text.replace("predicted,score", "predicted,chance").replace(
            "score: score", "score: chance"
        )
        based.write(name, text)
    based.commit("rename a column")
    result = based.run()
    evidence = json.loads((result.dir.path / "evidence/compare.json").read_text())
    assert evidence["error"].startswith(
        "predictions.score: out/predictions.csv has no column 'score'"
    )
    assert evidence["hint"] == (
        "main's mlgate.yaml judges too, and reads this column: let the training write it until "
        "this branch's file is merged (https://github.com/mlgate/mlgate/blob/main/docs/changing.md)"
    )


def test_tightening_the_policy_counts_at_once(based: Repository) -> None:
    text = (based.root / "mlgate.yaml").read_text().replace("min: 0.8", "min: 0.95")
    based.commit("tighten", mlgate_yaml=text)
    assert based.run().code == ExitCode.BLOCKED


def test_a_policy_that_measures_otherwise_has_evidence_of_its_own(based: Repository) -> None:
    text = (based.root / "mlgate.yaml").read_text().replace("10%", "5%")
    based.commit("another margin", mlgate_yaml=text)
    result = based.run()
    assert (result.dir.path / "evidence/2/compare.json").is_file()
    assert result.verdict.verdict == "pass"


def test_the_base_branch_without_a_policy_is_said(repository: Repository) -> None:
    repository.git("rm", "--quiet", "mlgate.yaml")
    repository.commit("main without mlgate.yaml")
    repository.branch("feature")
    from .conftest import CONFIG

    repository.commit("add it", mlgate_yaml=CONFIG)
    result = repository.run()
    assert result.code == ExitCode.OK
    notes = " ".join(note.text for note in result.dir.read_run().notes)
    assert "own policy judges" in notes


def test_a_waiver_works_from_the_base_branch_only(based: Repository) -> None:
    waiver = "waivers: [{gate: accuracy.max_regression, reason: new labels, until: 2026-12-01}]\n"
    text = (based.root / "mlgate.yaml").read_text()
    based.quality(0.85)
    based.commit("waive it here", mlgate_yaml=text + waiver)
    assert based.run().code == ExitCode.BLOCKED
    based.git("checkout", "--quiet", "main")
    based.commit("waive it on main", mlgate_yaml=text + waiver)
    based.git("checkout", "--quiet", "feature")
    result = based.run()
    waived = [gate for gate in result.verdict.gates if gate.waived]
    assert waived
    assert waived[0].verdict == "fail"
    assert "new labels" in (result.dir.path / "report.md").read_text()
    later = after_the_waiver(based)
    assert based.run(now=later).code == ExitCode.BLOCKED


def after_the_waiver(repository: Repository) -> dt.datetime:
    return repository.context.now.replace(month=12, day=2)


def test_an_organisation_adds_gates(based: Repository, tmp_path: Path) -> None:
    policy = tmp_path / "organisation.yaml"
    policy.write_text("version: 1\ngates: {accuracy: {min: 0.95}}\n")
    result = based.run(policies=(policy,))
    assert result.code == ExitCode.BLOCKED
    failed = [gate for gate in result.verdict.gates if gate.verdict == "fail"]
    assert [gate.policy for gate in failed] == ["organisation.yaml"]


def test_an_organisation_s_gate_that_does_not_fit_is_an_error_alone(
    based: Repository, tmp_path: Path
) -> None:
    policy = tmp_path / "organisation.yaml"
    policy.write_text("version: 1\ngates: {rmse: {max: 3}, accuracy: {min: 0.1}}\n")
    result = based.run(policies=(policy,))
    theirs = {gate.id: gate for gate in result.verdict.gates if gate.policy == policy.name}
    assert {name: gate.verdict for name, gate in theirs.items()} == {
        "rmse.max": "error",
        "accuracy.min": "pass",
    }
    assert "it is not defined for binary" in theirs["rmse.max"].reason
    assert result.code == ExitCode.BLOCKED


def test_when_nothing_matches_the_run_is_not_applicable(repository: Repository) -> None:
    repository.write(
        "mlgate.yaml", (repository.root / "mlgate.yaml").read_text() + "when: {paths: ['*.py']}\n"
    )
    repository.commit("only code counts")
    repository.branch("docs")
    repository.commit("words", README="hello")
    result = repository.run()
    assert result.verdict.verdict == "not_applicable"
    assert result.code == ExitCode.OK
    assert not (result.dir.path / "evidence").exists()


def test_a_pattern_that_matches_no_file_is_a_warning_in_the_report(repository: Repository) -> None:
    text = (repository.root / "mlgate.yaml").read_text()
    repository.commit("a filter", mlgate_yaml=f"{text}when: {{paths: ['**', 'srcs/**']}}\n")
    result = repository.run()
    report = (result.dir.path / "report.md").read_text()
    assert "`srcs/**` (when.paths) matches no file that git tracks: is it misspelled?" in report


def test_a_failing_training_is_a_report_with_the_logs_end(based: Repository) -> None:
    based.quality(0.9, ', "fail": 1')
    result = based.run()
    assert result.code == ExitCode.BLOCKED
    assert result.verdict.verdict == "fail"
    report = (result.dir.path / "report.md").read_text()
    assert "the data are gone" in report
    assert "Traceback" not in report


def test_bad_input_is_a_report_and_exit_code_2(based: Repository) -> None:
    text = (based.root / "train.py").read_text().replace("id,label", "id,lable")
    based.write("train.py", text)
    based.commit("a typing mistake")
    result = based.run()
    assert result.code == ExitCode.USAGE
    assert result.verdict.verdict == "error"
    assert "lable" in (result.dir.path / "report.md").read_text()


@pytest.mark.parametrize(("anchor", "rules"), [("latest-tag", 2), ("none", 1)])
def test_bad_input_blocks_by_the_rules_that_were_asked_for(
    repository: Repository, anchor: str, rules: int
) -> None:
    config = (repository.root / "mlgate.yaml").read_text()
    gates = config.partition("gates:")[0] + "gates: {accuracy: {max_regression: 0.02}}\n"
    repository.write("mlgate.yaml", f"{gates}baseline: {{anchor: {anchor}}}\n")
    text = (repository.root / "train.py").read_text().replace("id,label", "id,lable")
    repository.write("train.py", text)
    repository.commit("a typing mistake")
    found = repository.run().verdict.gates
    assert [gate.verdict for gate in found] == ["error"] * rules
    assert found[0].id == "accuracy.max_regression"


def test_stale_predictions_are_refused(based: Repository) -> None:
    based.run()
    based.write("train.py", "print('forgot to write')")
    based.commit("forget")
    result = based.run()
    assert result.code == ExitCode.USAGE
    assert "before this training started" in (result.dir.path / "report.md").read_text()


def test_missing_rows_fail_closed(based: Repository) -> None:
    based.quality(0.9, ', "rows": 2900')
    result = based.run()
    assert result.code == ExitCode.BLOCKED
    gate = next(g for g in result.verdict.gates if g.id == "accuracy.max_regression")
    assert gate.verdict == "error"
    assert "100 of 3,000 rows are missing" in gate.reason


def test_added_rows_are_counted_and_shown(based: Repository) -> None:
    based.quality(0.9, ', "rows": 3100')
    result = based.run()
    assert result.verdict.verdict == "pass"
    assert "100 rows added" in (result.dir.path / "report.md").read_text()


def test_a_copied_run_directory_gives_the_same_verdict_and_report(
    based: Repository, tmp_path: Path
) -> None:
    based.quality(0.85)
    result = based.run()
    copy = tmp_path / "elsewhere" / "copied"
    shutil.copytree(result.dir.path, copy)
    for name in ("verdict.json", "report.md", "report.html"):
        (copy / name).unlink()
    shutil.rmtree(copy / "plots")
    context = replace(based.context, cwd=tmp_path, run_dir=copy)
    run_dir = gate_and_report.refresh(context)
    gate_and_report.gate(run_dir, context.now.date())
    gate_and_report.write_report(run_dir)
    for name in ("verdict.json", "report.md", "report.html"):
        assert (copy / name).read_bytes() == (result.dir.path / name).read_bytes(), name


def test_gate_refuses_the_evidence_of_another_commit(based: Repository) -> None:
    result = based.run()
    based.commit("move on", README="more")
    with pytest.raises(DataError, match="is checked out"):
        gate_and_report.refresh(replace(based.context, run_dir=result.dir.path))


def test_the_gate_can_be_run_again_with_a_changed_policy(based: Repository) -> None:
    based.git("checkout", "--quiet", "main")
    result = based.run()
    based.write("mlgate.yaml", (based.root / "mlgate.yaml").read_text().replace("0.8,", "0.95,"))
    run_dir = gate_and_report.refresh(replace(based.context, run_dir=result.dir.path))
    assert gate_and_report.gate(run_dir, based.context.now.date()).blocked


def test_no_secret_means_unpaired_and_said_so(repository: Repository) -> None:
    text = (repository.root / "mlgate.yaml").read_text()
    repository.commit("key", mlgate_yaml=text + "baseline: {id_key: '${env:ID_KEY}'}\n")
    with_key = {**repository.context.environ, "ID_KEY": "s3cret-value"}
    repository.run(environ=with_key)
    repository.save(environ=with_key)
    repository.branch("feature")
    repository.commit("change", README="x")
    gates = repository.gates(environ=with_key)
    assert gates["accuracy.max_regression"] == "pass"
    result = repository.run(environ={**with_key, "ID_KEY": "another"})
    compare = json.loads((result.dir.path / "evidence/compare.json").read_text())
    assert compare["metrics"]["accuracy"]["against"]["main"]["paired"] is False
    written = b"".join(p.read_bytes() for p in result.dir.path.rglob("*") if p.is_file())
    assert b"s3cret-value" not in written


def test_no_repository_is_a_clear_error(repository: Repository, tmp_path: Path) -> None:
    elsewhere = tmp_path / "plain"
    elsewhere.mkdir()
    shutil.copy(repository.root / "mlgate.yaml", elsewhere)
    with pytest.raises(UsageError, match="git"):
        repository.run(cwd=elsewhere)


def test_rows_hold_a_hash_of_each_label_and_nothing_else_of_it(based: Repository) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(based.run().dir.rows)
    assert table.column_names == ["id", "prediction", "label", "score"]
    hashes = table["label"].to_pylist()
    assert len(set(hashes)) > 0.99 * len(hashes), "of the id as well: equal labels look unlike"


def test_the_work_tree_is_clean_after_a_run(based: Repository) -> None:
    based.run()
    assert based.git("status", "--porcelain") == ""


def test_a_run_dir_with_foreign_files_is_refused(based: Repository) -> None:
    based.write("notes/thesis.tex", "years of work")
    with pytest.raises(DataError, match=r"thesis\.tex"):
        based.run(run_dir=Path("notes"))
    assert RunDir(based.root / "notes").has("thesis.tex")


def test_what_the_training_writes_into_the_run_directory_is_no_evidence(based: Repository) -> None:
    text = (based.root / "train.py").read_text()
    forged = (
        "import json, pathlib\n"
        "run = pathlib.Path('.mlgate/run.json')\n"
        "facts = json.loads(run.read_text())\n"
        "facts['judges'][0]['policy']['gates'] = {'accuracy': {'min': 0.1}}\n"
        "run.write_text(json.dumps(facts))\n"
        "pathlib.Path('.mlgate/evidence').mkdir(exist_ok=True)\n"
        "pathlib.Path('.mlgate/evidence/extra.json').write_text('{}')\n"
    )
    based.write("train.py", text + forged)
    based.quality(0.85)
    result = based.run()
    assert result.code == ExitCode.BLOCKED
    assert {gate.id for gate in result.verdict.gates} >= {"accuracy.max_regression"}
    assert not (result.dir.path / "evidence/extra.json").exists()


def test_the_id_key_is_withheld_from_the_training(repository: Repository) -> None:
    text = (repository.root / "mlgate.yaml").read_text()
    train = (repository.root / "train.py").read_text()
    spy = "import os\npathlib.Path('seen.txt').write_text(os.environ.get('ID_KEY', 'nothing'))\n"
    repository.commit(
        "key",
        mlgate_yaml=text + "baseline: {id_key: '${env:ID_KEY}'}\n",
    )
    repository.write("train.py", train + spy)
    repository.commit("spy")
    repository.run(environ={**repository.context.environ, "ID_KEY": "s3cret-value"})
    assert (repository.root / "seen.txt").read_text() == "nothing"


def test_data_are_judged_by_their_rules(repository: Repository) -> None:
    repository.write(
        "schemas.py", "import pandera.pandas as pa\nS = pa.DataFrameSchema({'a': pa.Column(int)})\n"
    )
    repository.write("train.csv", "a,b,c\n" + "".join(f"{i},x,{i / 7:.3f}\n" for i in range(200)))
    repository.write("new.csv", "a,b,c\n" + "".join(f"{i},x,{i / 9:.3f}\n" for i in range(-1, 200)))
    repository.write(
        "mlgate.yaml",
        "version: 1\nname: toy\n"
        "data:\n  path: new.csv\n  reference: train.csv\n  rules:\n"
        "    - {column: a, min: 0}\n    - {expression: 'c <= a', share: 0.01}\n"
        f"    - {{pandera: 'schemas:S'}}\n"
        f"metrics: {{python: '{sys.executable}'}}\n"
        "gates:\n  data: {max_share: 0}\n  data.expression: {max: 0.01}\n",
    )
    repository.commit("data")
    result = repository.run()
    outcomes = {gate.id: gate.verdict for gate in result.verdict.gates}
    assert outcomes == {"data.max_share": "fail", "data.expression.max": "pass"}
    report = (repository.root / ".mlgate/report.md").read_text()
    assert "<b>Data</b>: 1 of 4 rules broken" in report
    assert "values outside the reference" in report


def test_a_list_of_one_run_directory_is_reported_where_it_was_asked_for(based: Repository) -> None:
    """As a pattern gives that fits several models one day and one the next."""
    based.run()
    (based.root / "all").mkdir()
    there = replace(based.context, run_dir=Path("all"))
    one = [Path(".mlgate")]
    written = gate_and_report.write_report(
        gate_and_report.locate(there, one), gate_and_report.sources(there, one)
    )
    assert {path.parent for path in written} >= {based.root / "all"}
    assert "Model gate" in (based.root / "all/report.md").read_text()
    assert gate_and_report.sources(based.context, one) == []
    assert gate_and_report.locate(based.context, one).path == based.root / ".mlgate"


def test_judging_again_ends_as_the_run_did(repository: Repository) -> None:
    from .conftest import CONFIG

    for old, new in (("id: id", "id: nope"), ("id: id", "id: id"), ("min: 0.8", "min: 0.99")):
        repository.write("mlgate.yaml", CONFIG.replace(old, new))
        result = repository.run()
        assert gate_and_report.exit_code(result.dir, result.verdict) == result.code


def test_no_earlier_report_outlives_a_configuration_that_is_refused(repository: Repository) -> None:
    from .conftest import CONFIG

    result = repository.run()
    assert (result.dir.path / "report.html").exists()
    repository.write("mlgate.yaml", CONFIG.replace("min:", "minn:"))
    with pytest.raises(ConfigError):
        repository.run()
    assert [path.name for path in result.dir.path.iterdir()] == [".gitignore"]


def test_an_unpushed_main_serves_and_the_report_says_so(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("init", "--quiet", "--bare", str(tmp_path / "origin"))
    repository.git("remote", "add", "origin", str(tmp_path / "origin"))
    repository.git("push", "--quiet", "origin", "main")
    repository.quality(0.91)
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.commit("words only", README="hello")
    result = repository.run()
    assert result.verdict.verdict == "pass"
    said = [note.text for note in result.dir.read_run().notes]
    assert any(
        "main of this clone, which is 1 commit ahead of origin/main" in text for text in said
    )


def test_a_baseline_that_is_not_on_the_base_branch_is_named(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("init", "--quiet", "--bare", str(tmp_path / "origin"))
    repository.git("remote", "add", "origin", str(tmp_path / "origin"))
    ours = repository.quality(0.91)
    repository.run()
    repository.save()
    repository.git("reset", "--quiet", "--hard", "HEAD^")
    repository.quality(0.92)
    repository.git("push", "--quiet", "origin", "main")
    repository.git("reset", "--quiet", "--hard", ours)
    repository.branch("feature")
    repository.commit("words only", README="hello")
    absent = repository.run().dir.evidence_of("compare").absent["main"]
    assert absent.kind == "missing"
    assert (
        "on origin/main (your main is 1 commit ahead and 1 behind: pull, and push it)"
        in absent.reason
    )
    assert f"the newest of 1 is of {ours[:7]}" in absent.reason


def test_a_second_run_of_main_says_what_it_is_compared_with(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.run()
    repository.save()
    headline = repository.run().verdict.headline
    assert f"the only one is of this very commit ({first[:7]})" in headline
    repository.quality(0.91)
    repository.run()
    repository.save()
    ref = repository.run().dir.evidence_of("compare").baselines["main"]
    assert ref.note.startswith(
        f"This commit has a baseline; it is compared with that of {first[:7]}"
    )


def test_a_model_that_is_mains_is_called_so(based: Repository) -> None:
    """Also where parameters changed: then nothing reads them, most likely."""
    based.commit("words only", README="hello")
    result = based.run()
    assert result.verdict.headline.startswith("Model gate: passed — all predictions are main's; ")
    assert not [note for note in result.verdict.notes if "no prediction did" in note.text]
    based.commit("parameters", params_yaml="depth: 3", conf__big_yaml="depth: 4")
    result = based.run()
    [note] = [note for note in result.verdict.notes if "no prediction did" in note.text]
    assert note.text.startswith("conf/big.yaml, params.yaml changed, and no prediction did")
    assert note.level == "warning"
    based.quality(0.91)
    result = based.run()
    assert "all predictions" not in result.verdict.headline
    assert not [note for note in result.verdict.notes if "no prediction did" in note.text]


def test_a_policy_that_only_reports_ends_with_0_whatever_happens(repository: Repository) -> None:
    until = "policy: {enforce: report_only until 2026-11-21}\n"
    config = (repository.root / "mlgate.yaml").read_text()
    repository.commit("begin without blocking", mlgate_yaml=config + until)
    repository.run()
    repository.save()
    repository.branch("feature")
    repository.quality(0.6)
    for change, outcome in (({}, "fail"), ({"train.py": "raise SystemExit(3)"}, "fail")):
        for name, text in change.items():
            repository.write(name, text)
        repository.commit("worse")
        result = repository.run()
        assert (result.verdict.verdict, result.verdict.blocked, result.code) == (outcome, False, 0)
        assert "would be blocked, reports only until 2026-11-21" in result.verdict.headline
        report = (result.dir.path / "report.md").read_text()
        assert report.startswith("### \u26a0\ufe0f Model gate: would be blocked")
        later = repository.run(now=repository.context.now + dt.timedelta(days=1))
        assert (later.verdict.blocked, later.code) == (True, 1)


def test_a_baseline_of_older_statistics_is_named(
    based: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    based.quality(0.91)
    assert not [n for n in based.run().dir.evidence_of("compare").notes if "newer method" in n.text]
    monkeypatch.setattr("mlgate.checks.compare.notes.STATISTICS", 2)
    notes = based.run().dir.evidence_of("compare").notes
    assert [
        n.level
        for n in notes
        if "Judged by a newer method than the baseline of main and anchor was" in n.text
    ] == ["info"]
