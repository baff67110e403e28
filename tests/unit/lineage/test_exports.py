"""Exports, each against the official schema or library of its format."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf.json_format import Parse, ParseDict
from huggingface_hub import ModelCard
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import resource_descriptor, statement_pb2
from in_toto_attestation.v1.statement import Statement
from tests.unit.lineage.conftest import COMMIT, TREE, origin_of

from mlgate.errors import DataError
from mlgate.lineage import exports
from mlgate.lineage.exports import card

TEAM = "# Income\n\nNot for credit decisions.\n\n## Measured\n\n"


def render(kind, origin, earlier=None):
    return exports.find(kind).render(origin, earlier)


def valid_statement(text):
    """Return a statement that in-toto's own library accepts."""
    whole = json.loads(text)
    parsed = Statement.copy_from_pb(Parse(text, statement_pb2.Statement()))
    parsed.validate()
    return whole


def test_every_export_has_a_file_of_its_own():
    files = [exports.find(name).file for name in exports.names()]
    assert exports.names() == ("card", "mlbom", "slsa", "test_result")
    assert len(set(files)) == len(files)


def test_provenance_names_command_parameters_and_all_that_was_read(origin):
    whole = valid_statement(render("slsa", origin))
    predicate = whole["predicate"]
    ParseDict(predicate, provenance_pb2.Provenance())
    assert whole["subject"] == [{"name": "model.joblib", "digest": {"sha256": "f" * 64}}]
    definition = predicate["buildDefinition"]
    assert definition["externalParameters"]["command"] == "python train.py"
    assert definition["externalParameters"]["parameters"] == {"lr": "0.1", "layers": "[8, 8]"}
    source, images, data, *packages = sorted(
        definition["resolvedDependencies"], key=lambda each: each.get("name") != "source"
    )
    if images["name"] != "data/images":
        images, data = data, images
    assert source["uri"] == f"git+https://github.com/o/r@{COMMIT}"
    assert source["digest"] == {"gitCommit": COMMIT, "gitTree": TREE}
    assert data["digest"] == {"sha256": "d" * 64}
    assert images["digest"] == {"dvcDirectoryMd5": "e" * 32}
    assert {each["uri"] for each in packages} == {
        "pkg:pypi/numpy@2.3.0",
        "pkg:pypi/scikit-learn@1.7.2",
    }
    for descriptor in (source, data, images):
        resource_descriptor.ResourceDescriptor(
            name=descriptor["name"], digest=descriptor["digest"]
        ).validate()


def test_uncommitted_changes_are_said_of_the_source():
    origin = origin_of("passing")
    dirty = replace(origin, record=origin.record.model_copy(update={"dirty": True}))
    first = json.loads(render("slsa", dirty))["predicate"]["buildDefinition"]
    assert first["resolvedDependencies"][0]["annotations"] == {"uncommittedChanges": True}


@pytest.mark.parametrize(
    ("sample", "result"),
    [("passing", "PASSED"), ("undecided", "WARNED"), ("blocked", "FAILED"), ("broken", "FAILED")],
)
def test_the_verdict_is_a_test_result(sample, result):
    origin = origin_of(sample)
    predicate = valid_statement(render("test_result", origin))["predicate"]
    ParseDict(predicate, test_result_pb2.TestResult(), ignore_unknown_fields=True)
    assert predicate["result"] == result
    names = ("passedTests", "warnedTests", "failedTests")
    told = {name: len(predicate[name]) for name in names}
    assert sum(told.values()) == len(origin.verdict.gates)
    assert bool(told["failedTests"]) == (result == "FAILED")
    assert predicate["configuration"][0]["digest"]["sha256"]


def test_what_was_not_judged_has_no_test_result():
    origin = origin_of("passing")
    with pytest.raises(DataError, match="was not judged"):
        render("test_result", replace(origin, verdict=None))
    skipped = origin_of("skipped")
    with pytest.raises(DataError, match="was not judged"):
        render("test_result", skipped)


def test_without_artifacts_the_statement_is_about_the_commit_and_without_that_about_nothing():
    origin = origin_of("passing", artifacts=())
    assert json.loads(render("slsa", origin))["subject"][0]["digest"]["gitCommit"] == COMMIT
    nameless = replace(origin, record=origin.record.model_copy(update={"commit": None}))
    with pytest.raises(DataError, match="nothing names the model"):
        render("slsa", nameless)


def test_the_bill_of_materials_is_valid_and_holds_intervals(origin):
    text = render("mlbom", origin)
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert errors is None, errors
    bom = json.loads(text)
    card_of = bom["metadata"]["component"]["modelCard"]
    metrics = {m["type"]: m for m in card_of["quantitativeAnalysis"]["performanceMetrics"]}
    for name, measured in origin.evidence["compare"].metrics.items():
        if measured.value is None:
            continue
        assert float(metrics[name]["value"]) == measured.value
        if measured.interval != (None, None):
            bounds = metrics[name]["confidenceInterval"]
            assert (float(bounds["lowerBound"]), float(bounds["upperBound"])) == measured.interval
    refs = {component["bom-ref"] for component in bom["components"]}
    assert set(bom["dependencies"][0]["dependsOn"]) == refs
    assert {"data:data/train.csv", "pkg:pypi/numpy@2.3.0"} <= refs
    assert render("mlbom", origin) == text


def test_the_card_is_read_by_the_hub_with_the_measured_values():
    origin = origin_of("passing")
    text = render("card", origin)
    results = {result.metric_type: result for result in ModelCard(text).data.eval_results}
    compare = origin.evidence["compare"]
    assert results["accuracy"].metric_value == compare.metrics["accuracy"].value
    assert results["accuracy"].task_type == "tabular-classification"
    assert "| accuracy" in text
    assert "parameter lr" in text


def test_what_the_team_wrote_in_a_card_stays():
    origin = origin_of("passing")
    front = "---\n# ours\nlicense:   apache-2.0\ntags:\n    - income\nmodel-index:\n- name: old\n  results: []\nlanguage: en\n---\n"
    first = render("card", origin, front + TEAM)
    assert first.startswith(
        "---\n# ours\nlicense:   apache-2.0\ntags:\n    - income\nmodel-index:\n- name: "
    )
    assert "\nlanguage: en\n---\n# Income\n\nNot for credit decisions.\n" in first
    assert "name: old" not in first
    ours = first.replace(card.END, f"{card.END}\n## After\n\nMore.")
    assert render("card", origin, ours) == ours, "nothing changes but the numbers"
    worse = render("card", origin_of("blocked"), ours)
    assert worse != ours
    assert worse.endswith("## After\n\nMore.\n")
    assert "Not for credit decisions." in worse


def test_a_task_that_the_hub_does_not_know_gets_no_model_index():
    origin = origin_of("passing")
    compare = origin.evidence["compare"].model_copy(update={"task": "scores"})
    other = replace(origin, evidence={**origin.evidence, "compare": compare})
    assert "model-index" not in render("card", other, render("card", origin))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nlicense: mit\n", "does not end"),
        ("---\n- a\n---\n# x\n", "has no keys"),
        ("---\na: [\n---\n# x\n", "cannot be read"),
        (f"# x\n{card.BEGIN}\n", "once each"),
        (f"# x\n{card.END}\n{card.BEGIN}\n", "once each"),
        (f"{card.BEGIN}\n{card.END}\n{card.BEGIN}\n{card.END}\n", "once each"),
    ],
)
def test_a_broken_card_is_refused(text, problem):
    with pytest.raises(DataError, match=problem):
        render("card", origin_of("passing"), text)
