"""Which branch judges, at a shell and in CI."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mlgate import ci
from mlgate.errors import UsageError
from mlgate.pipeline import prepare

from .conftest import CONFIG, Repository

if TYPE_CHECKING:
    from mlgate.model.run import RunRecord

LOOSE = CONFIG.replace("max_regression: 0.02", "max_regression: 0.5")
JOB = ci.Run(
    event="pull_request", ref="refs/pull/1/merge", pull_request=1, repository="o/repo", in_ci=True
)


def judged(repository: Repository, **job: object) -> RunRecord:
    """Prepare a run, in CI where something is said of the job."""
    run = replace(JOB, **job) if job else ci.Run()  # type: ignore[arg-type]
    return prepare.prepare(replace(repository.context, ci_run=run)).run


def _loose_branch(repository: Repository, name: str) -> None:
    repository.branch(name)
    repository.write("mlgate.yaml", LOOSE)
    repository.commit("loosen")
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit("a change")


@pytest.mark.parametrize(
    ("listed", "base", "source"),
    [
        ("[]", "release/1", "main"),
        ("['release/*']", "release/1", "release/1"),
        ("['release/*']", "release/1/a", "main"),
        ("['release/**']", "release/1/a", "release/1/a"),
        ("[develop]", "release/1", "main"),
        ("['*']", "develop", "develop"),
    ],
)
def test_only_listed_branches_judge_by_their_own_policy(
    repository: Repository, listed: str, base: str, source: str
) -> None:
    repository.write("mlgate.yaml", f"{CONFIG}policy: {{branches: {listed}}}\n")
    repository.commit("list")
    _loose_branch(repository, base)
    run = judged(repository, base_branch=base, default_branch="main")
    assert run.judges[0].source == source
    assert run.base_branch == base


def test_in_ci_nothing_is_judged_where_the_default_branch_is_not_known(
    repository: Repository,
) -> None:
    repository.branch("feature")
    repository.commit("a change")
    with pytest.raises(UsageError, match="it is not known which branch is the default one"):
        judged(repository, base_branch="main")
    assert judged(repository).judges[0].source == "main"


def test_in_ci_an_invalid_policy_judges_nothing(repository: Repository) -> None:
    repository.write("mlgate.yaml", "gates: [\n")
    repository.commit("break")
    repository.branch("feature")
    repository.write("mlgate.yaml", CONFIG)
    repository.commit("mend")
    with pytest.raises(UsageError, match="nothing can be judged: main:mlgate"):
        judged(repository, base_branch="main", default_branch="main")


def test_a_model_that_only_the_base_has_is_judged_there(repository: Repository) -> None:
    repository.branch("develop")
    repository.write("b/mlgate.yaml", CONFIG.replace("toy", "car"))
    repository.commit("add")
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.write("b/mlgate.yaml", LOOSE.replace("toy", "car"))
    repository.commit("loosen")
    context = replace(
        repository.context,
        config=repository.root / "b" / "mlgate.yaml",
        ci_run=replace(JOB, base_branch="develop", default_branch="main"),
    )
    run = prepare.prepare(context).run
    assert [judge.source for judge in run.judges] == ["develop", "this branch"]
    assert not run.new_model


def test_the_base_is_what_the_default_branch_says_not_what_the_change_says(
    repository: Repository,
) -> None:
    repository.git("branch", "mine")
    repository.branch("feature")
    repository.write("mlgate.yaml", f"{LOOSE}baseline: {{branch: mine}}\n")
    repository.commit("loosen")
    run = judged(repository, event="workflow_dispatch", ref="refs/heads/feature",
                 default_branch="main")  # fmt: skip
    assert (run.base_branch, run.judges[0].source) == ("main", "main")


def test_a_model_is_called_after_the_repository_as_ci_names_it(repository: Repository) -> None:
    repository.write("mlgate.yaml", CONFIG.replace("name: toy\n", ""))
    repository.commit("no name")
    repository.git("remote", "add", "origin", "https://example.invalid/evil.git")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.branch("feature")
    assert judged(repository, base_branch="main", default_branch="main").name == "repo"


def test_a_configuration_in_a_repository_of_its_own_belongs_to_that(
    repository: Repository,
) -> None:
    inner = Repository(repository.root / "inner", repository.context)
    inner.root.mkdir()
    inner.git("init", "--quiet", "--initial-branch=main")
    inner.commit("a model", mlgate_yaml=CONFIG.replace("toy", "car"))
    context = replace(repository.context, config=inner.root / "mlgate.yaml")
    assert prepare.prepare(context).run.name == "car"


def test_a_folder_that_a_training_made_a_repository_of_stays_the_repositorys(
    repository: Repository,
) -> None:
    repository.write("b/mlgate.yaml", CONFIG.replace("toy", "car"))
    repository.commit("add")
    repository.branch("feature")
    repository.commit("a change")
    inner = Repository(repository.root / "b", repository.context)
    inner.git("init", "--quiet", "--initial-branch=main")
    inner.commit("loosen", mlgate_yaml=LOOSE.replace("toy", "evil"))
    context = replace(repository.context, config=inner.root / "mlgate.yaml")
    prepared = prepare.prepare(context)
    assert (prepared.git.top, prepared.run.name) == (repository.root, "car")
