"""What CI does: find baselines from a clone that is one commit deep."""

from __future__ import annotations

import pytest

from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import BaselineRef
from mlgate.stores.finding import main_baseline
from mlgate.stores.kinds.ref import RefStore


@pytest.fixture
def commits(kit, work, origin):
    """Seventy commits on main, pushed; the 5th and the 60th have a baseline."""
    made = []
    for number in range(70):
        kit.git(work, "commit", "-q", "--allow-empty", "-m", str(number))
        made.append(kit.git(work, "rev-parse", "HEAD"))
    kit.git(work, "push", "-q", "origin", "main")
    for number in (5, 60):
        store = RefStore(Git(work), "m")
        store.save(made[number], kit.files(str(number)), kit.later(number), push=True)
    return made


@pytest.mark.parametrize(("head", "expected", "distance"), [(69, 60, 8), (60, 5, 54)])
def test_the_nearest_ancestors_baseline_is_found_by_deepening(
    kit, work, origin, commits, tmp_path, head, expected, distance
):
    kit.git(work, "push", "-q", "-f", "origin", f"{commits[head]}:main")
    clone = tmp_path / "clone"
    kit.git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", str(clone))
    git = Git(clone)
    facts = git_facts.facts(git, "main")
    store = RefStore(git, "m")
    found = main_baseline(store.baselines(), git_facts.baseline_commits(git, facts), "main")
    assert isinstance(found, BaselineRef)
    assert (found.commit, found.distance) == (commits[expected], distance)
    stored = next(each for each in store.baselines() if each.commit == found.commit)
    assert store.read(stored)["evidence/compare.json"] == str(expected).encode()


def test_without_any_baseline_nothing_is_deepened(kit, work, origin, commits, tmp_path):
    clone = tmp_path / "clone"
    kit.git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", str(clone))
    git = Git(clone)
    facts = git_facts.facts(git, "main")
    found = main_baseline(
        RefStore(git, "other").baselines(), git_facts.baseline_commits(git, facts), "main"
    )
    assert found.kind == "none_yet"
    assert kit.git(clone, "rev-list", "--count", "HEAD") == "1"
