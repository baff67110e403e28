"""A model that once had a baseline, and one that never had: only the second is `untested`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from mlgate.errors import ForgeError, MissingPermissionError, Permission
from mlgate.forges.data import Status
from mlgate.pipeline import save_baseline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .conftest import Repository

RULE = "accuracy.max_regression"


@dataclass
class Statuses:
    """Commit statuses in memory, or a forge that refuses."""

    by_commit: dict[str, list[Status]] = field(default_factory=dict)
    error: ForgeError | None = None
    asked_for: list[str] = field(default_factory=list)
    pages: list[Sequence[str]] = field(default_factory=list)

    def put(self, sha: str, status: Status) -> None:
        if self.error is not None:
            raise self.error
        self.by_commit.setdefault(sha, []).insert(0, status)

    def newest(self, shas: Sequence[str], context: str) -> dict[str, str]:
        self.asked_for += shas
        self.pages.append(shas)
        if self.error is not None:
            raise self.error
        ours = {
            sha: [status.description for status in statuses if status.context == context]
            for sha, statuses in self.by_commit.items()
        }
        return {sha: ours[sha][0] for sha in shas if ours.get(sha)}


@pytest.fixture
def pushed(repository: Repository, tmp_path: Path) -> Repository:
    """Main is on a remote, with its baseline; the branch is a new one."""
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", origin], check=True)
    repository.git("remote", "add", "origin", str(origin))
    repository.git("push", "--quiet", "origin", "main")
    repository.run()
    save_baseline.save(repository.context, push=True)
    repository.branch("feature")
    return repository


def reason(repository: Repository, **context: object) -> tuple[str, str]:
    """The verdict of the relative rule, and why."""
    verdict = repository.run(**context).verdict
    return next(
        (gate.verdict, "; ".join(filter(None, (gate.reason, gate.hint))))
        for gate in verdict.gates
        if gate.id == RULE
    )


def delete(repository: Repository, *patterns: str) -> None:
    origin = repository.git("remote", "get-url", "origin")
    refs = subprocess.run(
        ["git", "-C", origin, "for-each-ref", "--format=delete %(refname)", *patterns],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    assert refs
    subprocess.run(["git", "-C", origin, "update-ref", "--stdin"], input=refs, check=True)


def test_the_ledger_remembers(pushed: Repository) -> None:
    delete(pushed, "refs/mlgate/baselines")
    verdict, why = reason(pushed)
    assert verdict == "error"
    assert "the ledger knows of one" in why
    assert "run the workflow of main again" in why


def test_running_main_again_is_the_way_out(pushed: Repository) -> None:
    delete(pushed, "refs/mlgate/baselines")
    pushed.git("checkout", "--quiet", "main")
    pushed.run()
    save_baseline.save(pushed.context, push=True)
    pushed.git("checkout", "--quiet", "feature")
    pushed.commit("a change")
    assert reason(pushed)[0] == "pass"


def test_a_second_run_of_the_first_commit_has_lost_nothing(pushed: Repository) -> None:
    pushed.git("checkout", "--quiet", "main")
    assert reason(pushed)[0] == "untested"


def test_a_store_that_main_left_remembers(pushed: Repository) -> None:
    text = (pushed.root / "mlgate.yaml").read_text() + "baseline: {store: 'branch:elsewhere'}\n"
    pushed.git("checkout", "--quiet", "main")
    pushed.commit("another store", mlgate_yaml=text)
    pushed.git("push", "--quiet", "origin", "main")
    pushed.git("checkout", "--quiet", "-B", "feature")
    verdict, why = reason(pushed)
    assert verdict == "error"
    assert "refs/mlgate/baselines/toy/" in why


def test_a_branch_that_moves_the_store_begins_anew_under_its_own_policy(pushed: Repository) -> None:
    text = (pushed.root / "mlgate.yaml").read_text() + "baseline: {store: 'branch:elsewhere'}\n"
    pushed.commit("another store", mlgate_yaml=text)
    verdict = pushed.run().verdict
    outcomes = {gate.policy: gate.verdict for gate in verdict.gates if gate.id == RULE}
    assert outcomes == {"main": "pass", "this branch": "untested"}


def test_another_model_of_the_repository_remembers_nothing(pushed: Repository) -> None:
    pushed.commit("another", other__mlgate_yaml=(pushed.root / "mlgate.yaml").read_text())
    text = (pushed.root / "other/mlgate.yaml").read_text().replace("toy", "other")
    text = text.replace("python train.py", "cp -r ../quality.json . && python ../train.py")
    pushed.commit("named", other__mlgate_yaml=text)
    assert reason(pushed, config=pushed.root / "other/mlgate.yaml")[0] == "untested"


def test_saving_leaves_a_status_that_outlives_the_store(pushed: Repository) -> None:
    statuses = Statuses()
    pushed.git("checkout", "--quiet", "main")
    context = replace(pushed.context, statuses=lambda: statuses)
    save_baseline.save(context, push=True)
    (status,) = statuses.by_commit[pushed.git("rev-parse", "main")]
    assert (status.context, status.state) == ("mlgate/toy: kept", "success")
    assert status.description.startswith("kept — ")
    delete(pushed, "refs/mlgate")
    pushed.git("checkout", "--quiet", "feature")
    verdict, why = reason(pushed, statuses=lambda: statuses)
    assert verdict == "error"
    assert "the status mlgate/toy: kept of" in why
    assert reason(pushed)[0] == "untested"  # without a forge there is nobody to ask


def test_a_status_that_cannot_be_set_costs_no_baseline(pushed: Repository) -> None:
    refusing = Statuses(error=MissingPermissionError("set", Permission("statuses", "write")))
    pushed.git("checkout", "--quiet", "main")
    context = replace(pushed.context, statuses=lambda: refusing)
    assert save_baseline.save(context, push=True).baseline is not None


def test_a_status_of_an_ordinary_run_is_no_baseline(pushed: Repository) -> None:
    delete(pushed, "refs/mlgate")
    statuses = Statuses()
    assert reason(pushed, statuses=lambda: statuses)[0] == "untested"
    assert statuses.asked_for == [pushed.git("rev-parse", "main")]


def test_a_status_on_top_of_it_hides_nothing(pushed: Repository) -> None:
    statuses = Statuses()
    pushed.git("checkout", "--quiet", "main")
    save_baseline.save(replace(pushed.context, statuses=lambda: statuses), push=True)
    (status,) = statuses.by_commit[pushed.git("rev-parse", "main")]
    statuses.put(pushed.git("rev-parse", "main"), replace(status, description="passed"))
    delete(pushed, "refs/mlgate")
    pushed.git("checkout", "--quiet", "feature")
    assert reason(pushed, statuses=lambda: statuses)[0] == "error"


@pytest.mark.parametrize(
    ("context", "verdict"), [("mlgate/toy", "untested"), ("mlgate/toy: kept", "error")]
)
def test_statuses_on_newer_commits_hide_nothing(
    pushed: Repository, context: str, verdict: str
) -> None:
    """What a merge queue posts on each commit is no trace; of this context any text is one."""
    statuses = Statuses()
    pushed.git("checkout", "--quiet", "main")
    for number in range(5):
        queued = pushed.commit(f"{number}")
        statuses.put(queued, Status(context, "success", "passed"))
    pushed.git("push", "--quiet", "origin", "main")
    delete(pushed, "refs/mlgate")
    pushed.git("checkout", "--quiet", "-B", "feature")
    pushed.commit("a change")
    assert reason(pushed, statuses=lambda: statuses)[0] == verdict


@pytest.mark.parametrize(("newer", "verdict"), [(999, "error"), (1000, "untested")])
def test_the_newest_thousand_commits_are_asked_for_by_the_hundred(
    pushed: Repository, newer: int, verdict: str
) -> None:
    statuses = Statuses()
    kept, tree = pushed.git("rev-parse", "main"), pushed.git("rev-parse", "main^{tree}")
    statuses.put(kept, Status("mlgate/toy: kept", "success", "kept"))
    who = "t <t@example.invalid> 1700000000 +0000"
    commits = (
        f"commit refs/heads/main\ncommitter {who}\ndata 0\n" + (f"from {kept}\n" if first else "")
        for first in (number == 0 for number in range(newer))
    )
    subprocess.run(
        ["git", "-C", pushed.root, "fast-import", "--quiet"], input="".join(commits), text=True, check=True
    )  # fmt: skip
    assert pushed.git("rev-parse", "main^{tree}") == tree
    pushed.git("push", "--quiet", "origin", "main")
    delete(pushed, "refs/mlgate")
    pushed.git("checkout", "--quiet", "-B", "feature", "main")
    pushed.commit("a change")
    assert reason(pushed, statuses=lambda: statuses)[0] == verdict
    assert [len(page) for page in statuses.pages] == [100] * 10


def test_a_token_that_may_not_ask_is_named_in_the_reason(pushed: Repository) -> None:
    delete(pushed, "refs/mlgate")
    refusing = Statuses(error=MissingPermissionError("read", Permission("statuses", "read")))
    verdict, why = reason(pushed, statuses=lambda: refusing)
    assert verdict == "untested"
    assert why.endswith("cannot be seen without `statuses: read`")


def test_a_forge_that_does_not_answer_is_no_pass(pushed: Repository) -> None:
    delete(pushed, "refs/mlgate")
    down = Statuses(error=ForgeError("the server answered 502"))
    verdict, why = reason(pushed, statuses=lambda: down)
    assert verdict == "error"
    assert "cannot be asked: the server answered 502" in why


def test_a_shallow_clone_looks_further(pushed: Repository, tmp_path: Path) -> None:
    statuses = Statuses()
    kept = pushed.git("rev-parse", "main")
    pushed.git("checkout", "--quiet", "main")
    save_baseline.save(replace(pushed.context, statuses=lambda: statuses), push=True)
    for number in range(3):
        pushed.commit(f"{number}")
    pushed.git("push", "--quiet", "origin", "main")
    delete(pushed, "refs/mlgate")
    clone = tmp_path / "shallow"
    url = f"file://{pushed.git('remote', 'get-url', 'origin')}"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", "-b", "main", url, clone], check=True)
    subprocess.run(["git", "-C", clone, "checkout", "--quiet", "-b", "feature"], check=True)
    context = {"cwd": clone, "statuses": lambda: statuses}
    assert reason(replace(pushed, root=clone), **context)[0] == "error"
    assert statuses.asked_for[-1] == kept
