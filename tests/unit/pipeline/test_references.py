"""Settings are resolved only as the judging branch wrote them."""

from __future__ import annotations

import pytest

from mlgate import checks, config, outgoing
from mlgate.errors import UnmergedError, UnreadableError
from mlgate.pipeline.judging.references import References, learn, settings_of, trusting

MAIN = """\
version: 1
task: binary
predictions: {path: "out/${env:RUN}.csv", label: y, prediction: p}
data: {path: "s3://${env:BUCKET}/x.csv", rules: [{column: y, min: 0}]}
fairness: {sensitive: {group: {column: sex, path: /mnt/groups.csv, id: id}}}
gates: {accuracy: {min: 0.5}, data: {max_share: 0}}
"""
ENVIRON = {"RUN": "run-of-today", "BUCKET": "models", "TOKEN": "ghs_0123456789"}


@pytest.fixture
def references() -> References:
    settings = settings_of(config.parse(MAIN, "mlgate.yaml", checks.sections()).config)
    return References(ENVIRON, settings, "main")


def test_what_main_has_is_resolved_and_redacted(references: References) -> None:
    assert references.expand("out/${env:RUN}.csv", "predictions.path") == "out/run-of-today.csv"
    assert references.address("s3://${env:BUCKET}/x.csv", "data.path") == "s3://models/x.csv"
    assert outgoing.redactor().mask("no out/run-of-today.csv") == "no out/***.csv"


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("out/${env:TOKEN}.csv", "predictions.path"),  # another variable
        ("out/${env:RUN}.csv", "data.path"),  # another key
        ("out/${env:RUN}.csv2", "predictions.path"),  # a longer value
        ("${env:RUN}", "baseline.id_key"),  # a key that main has not
    ],
)
def test_what_main_has_otherwise_is_not(references: References, setting: str, key: str) -> None:
    with pytest.raises(UnmergedError) as raised:
        references.expand(setting, key)
    assert f"{key} names the environment variable {config.names(setting)[0]}" in str(raised.value)
    assert "once it is merged into main" in str(raised.value)
    assert not any(value in str(raised.value) for value in ENVIRON.values())


@pytest.mark.parametrize("place", ["/etc/passwd", "s3://elsewhere/x.csv", "postgres://h/d?table=t"])
def test_a_place_outside_of_the_repository_is_main_s_choice(
    references: References, place: str
) -> None:
    with pytest.raises(UnmergedError, match="something outside of the repository"):
        references.address(place, "data.path")
    assert references.address("data/x.csv", "data.path") == "data/x.csv"


def test_a_file_of_attributes_may_have_another_name(references: References) -> None:
    assert references.address("/mnt/groups.csv", "fairness.other", below=True) == "/mnt/groups.csv"
    for place, key in (("/mnt/other.csv", "fairness.other"), ("/mnt/groups.csv", "slices.other")):
        with pytest.raises(UnmergedError):
            references.address(place, key, below=True)


def test_outside_of_ci_the_file_counts_as_it_is() -> None:
    references = trusting(ENVIRON)
    assert references.address("/mnt/${env:RUN}.csv", "data.path") == "/mnt/run-of-today.csv"
    with pytest.raises(UnreadableError, match="NONE is not set"):
        references.expand("${env:NONE}", "data.path")


def test_what_is_only_named_is_redacted_too() -> None:
    text = MAIN.replace("${env:RUN}", "${env:TOKEN}")
    learn(config.parse(text, "mlgate.yaml", checks.sections()).config, ENVIRON)
    assert outgoing.redactor().mask("x ghs_0123456789 models") == "x *** models"


def test_references_show_no_value() -> None:
    assert "ghs_" not in repr(trusting(ENVIRON))
