"""Reasons that are about classes."""

from __future__ import annotations

import copy
import pickle

from mlgate.stats.estimate import ClassReason

REASON = ClassReason("f1 is 0/0: no row has the label of ", (0, 2), "!")


def test_a_reason_has_codes_until_the_classes_have_names() -> None:
    assert REASON == "f1 is 0/0: no row has the label of class 0, 2!"
    assert REASON.named(["a class 2", "b", "c"]) == (
        "f1 is 0/0: no row has the label of class “a class 2”, “c”!"
    )


def test_it_can_be_copied() -> None:
    for twin in (copy.deepcopy(REASON), pickle.loads(pickle.dumps(REASON))):
        assert twin == REASON
        assert twin.named("xyz") == REASON.named("xyz")
