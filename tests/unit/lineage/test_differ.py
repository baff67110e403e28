"""What differs between two models, the likeliest cause first."""

from __future__ import annotations

import pytest
from tests.unit.lineage.conftest import TREE, environment, origin_of

from mlgate.lineage import differ

OLD = origin_of("passing").record


def causes(new):
    return [each.cause for each in differ.diff(OLD, new).differences]


def test_the_same_record_differs_in_nothing():
    assert causes(OLD) == []


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"inputs": OLD.inputs | {"data/train.csv": "sha256:0"}}, "data"),
        ({"parameters": {"lr": "0.2", "layers": "[8, 8]"}}, "parameters"),
        ({"tree": "0" * 40}, "code"),
        ({"dirty": True}, "code"),
        ({"command": "python other.py"}, "code"),
        ({"environment": environment(python="3.13.0")}, "environment"),
        ({"environment": environment(packages={"numpy": "2.3.0"})}, "environment"),
        ({"seeds": {"PYTHONHASHSEED": "1"}}, "seeds"),
        ({"environment": environment(cores=4)}, "hardware"),
        ({"artifacts": ()}, "results"),
    ],
)
def test_each_cause_is_found_alone(changes, cause):
    assert causes(OLD.model_copy(update=changes)) == [cause]


def test_causes_come_in_the_order_in_which_one_explains_the_next():
    new = OLD.model_copy(
        update={
            "artifacts": (),
            "environment": environment(cores=4, python="3.13.0"),
            "tree": "0" * 40,
            "parameters": {},
            "inputs": {},
            "seeds": {},
        }
    )
    order = list(dict.fromkeys(causes(new)))
    assert order == [
        "data", "parameters", "code", "environment", "seeds", "hardware", "results",
    ]  # fmt: skip


def test_both_sides_are_told_and_what_one_side_lacks_is_none():
    new = OLD.model_copy(update={"parameters": {"lr": "0.1", "depth": "3"}, "tree": TREE})
    found = {each.name: (each.old, each.new) for each in differ.diff(OLD, new).differences}
    assert found == {"depth": (None, "3"), "layers": ("[8, 8]", None)}
