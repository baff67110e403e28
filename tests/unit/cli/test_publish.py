"""`mlgate publish`, and publishing at the end of `mlgate run`, as a job calls them."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import checkout

from mlgate.demo.github.world import LocalArtifact, LocalRun
from mlgate.forges.patience import Patience

SAMPLES = Path(__file__).parents[1] / "report" / "samples"
POLICY = """\
version: 1
name: income
task: binary
predictions: {path: p.csv, id: id, label: l, prediction: y, score: s}
gates: {accuracy: {max_regression: 0.01}}
"""
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"


@pytest.fixture
def job(tmp_path, local_github):
    """A job on the pull request, with a run directory and the step's files."""

    def prepare(sample: str, **environ: str):
        folder = Path(shutil.copytree(SAMPLES / sample, tmp_path / ".mlgate"))
        for file in folder.rglob("*.json"):
            file.write_text(file.read_text().replace(COMMIT, local_github.head))
        event = tmp_path / "event.json"
        event.write_text(json.dumps(local_github.payload()))
        return local_github.environ(
            event,
            GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
            GITHUB_OUTPUT=str(tmp_path / "output"),
            **environ,
        )

    return prepare


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the command line in this process, with an environment of its own."""

    def called(environ, *arguments):
        from mlgate.cli import main

        monkeypatch.chdir(tmp_path)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(Patience, "__init__", _impatient)
        code = main(arguments)
        return code, *capsys.readouterr()

    return called


_patient = Patience.__init__


def _impatient(self, *args, **kwargs):
    """Waiting takes no time."""
    _patient(self, *args, **(kwargs | {"sleep": lambda seconds: None}))


def outputs(tmp_path):
    """Read a step's outputs as the runner does."""
    lines = iter((tmp_path / "output").read_text().splitlines())
    found = {}
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(iter(lambda: next(lines), end))
    return found


def test_publish_posts_and_tells_the_step(job, call, tmp_path, local_github):
    code, out, err = call(job("blocked"), "publish")
    assert code == 0
    assert out == ""
    assert "comment: created" in err
    told = outputs(tmp_path)
    assert told["comment-url"].endswith("#issuecomment-" + told["comment-url"].rpartition("-")[2])
    assert told["published"] == "true"
    assert "runs" in told["check-url"]
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("### ❌ Model gate: blocked")
    assert "Not all of this" not in summary
    assert "::error" not in err, "the check run holds the annotations"


def test_a_read_only_token_ends_well_and_says_what_it_lacks(job, call, tmp_path, local_github):
    local_github.world.actions_token("ghs_read", contents="read")
    code, _, err = call(job("blocked", GITHUB_TOKEN="ghs_read"), "publish")
    assert code == 0
    assert "::warning title=mlgate::not posted: check" in err
    place = (
        r"^::error file=mlgate\.yaml,line=\d+,title=income%3A accuracy\.max_regression::accuracy"
    )
    assert re.search(place, err, re.MULTILINE)
    summary = (tmp_path / "summary.md").read_text()
    for permission in ("pull-requests: write", "checks: write", "statuses: write"):
        assert f"`{permission}`" in summary
    assert outputs(tmp_path)["published"] == "false"


def test_require_publish_makes_it_count(job, call, local_github):
    local_github.world.actions_token("ghs_read", contents="read")
    code, _, _ = call(job("passing", GITHUB_TOKEN="ghs_read"), "publish", "--require-publish")
    assert code == 3


def test_a_github_that_is_down_is_exit_code_3_and_the_summary_stands(job, call, tmp_path):
    code, _, err = call(job("passing", GITHUB_API_URL="http://127.0.0.1:9"), "publish")
    assert code == 3
    assert err.count("::warning") <= 3
    assert (tmp_path / "summary.md").read_text().startswith("### ✅")


def test_without_a_token_there_is_still_a_summary(job, call, tmp_path):
    code, _, err = call(job("passing", GITHUB_TOKEN=""), "publish")
    assert code == 3
    assert err.count("GITHUB_TOKEN is not set") == 1
    assert (tmp_path / "summary.md").read_text().startswith("### ✅")


def test_results_of_another_commit_are_refused(job, call, local_github):
    environ = job("passing", GITHUB_SHA="c" * 40)
    event = Path(environ["GITHUB_EVENT_PATH"])
    event.write_text(event.read_text().replace(local_github.head, "d" * 40))
    code, _, err = call(environ, "publish")
    assert code == 2
    assert "this workflow run is of commit ddddddd" in err


def test_the_merge_commit_that_ci_checks_out_is_the_pull_requests(job, call, local_github):
    environ = job("passing", GITHUB_SHA="c" * 40)
    for file in Path(environ["GITHUB_EVENT_PATH"]).parent.glob(".mlgate/**/*.json"):
        file.write_text(file.read_text().replace(local_github.head, "c" * 40))
    assert call(environ, "publish")[0] == 0
    (check,) = local_github.repo.checks.values()
    assert check.sha == local_github.head


def test_publish_imports_nothing_scientific(job, tmp_path, local_github):
    code = (
        "import sys, mlgate.forges.patience as p\n"
        "from mlgate.cli import main\n"
        "i = p.Patience.__init__\n"
        "p.Patience.__init__ = lambda s, *a, **k: i(s, *a, **(k | {'sleep': lambda x: None}))\n"
        "names = ('numpy', 'scipy', 'duckdb', 'pyarrow', 'PIL', 'pandas')\n"
        "sys.modules.update(dict.fromkeys(names))\n"
        "sys.exit(main(['publish']))"
    )
    environ = job("blocked")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(local_github.bodies()) == 1


def test_a_bundle_is_published_from_its_run(job, call, tmp_path, local_github):
    checkout(tmp_path, local_github, POLICY)
    environ = job("blocked", GITHUB_EVENT_NAME="workflow_run")
    assert call(environ, "bundle")[0] == 0
    now = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    local_github.repo.runs[501] = LocalRun(
        501, 9, 2, "pull_request", ".github/workflows/mlgate.yml", "mlgate", local_github.head,
        "feature", "octo/model", now,
    )  # fmt: skip
    packed = (tmp_path / "mlgate-bundle.zip").read_bytes()
    local_github.repo.artifacts[1] = LocalArtifact(1, 501, "mlgate-bundle", packed, now)
    (tmp_path / "summary.md").unlink(missing_ok=True)
    code, _, err = call(environ, "publish", "--from-run", "501")
    assert code == 0, err
    (body,) = local_github.bodies()
    assert 'key="income" run="501" attempt="2"' in body
    assert "not measured under main's policy" in body, "samples know no policy of main"
    assert "::error" not in err
    told = outputs(tmp_path)
    assert (told["verdict"], told["blocked"]) == ("error", "true")
    assert "headline" not in told


def edited(environ, **changes):
    """Let the job be started by an edit of the pull request."""
    event = Path(environ["GITHUB_EVENT_PATH"])
    payload = {**json.loads(event.read_text()), "action": "edited", "changes": changes}
    payload["repository"]["default_branch"] = "main"
    event.write_text(json.dumps(payload))
    return environ


def test_the_status_of_an_old_base_is_withdrawn(job, call, tmp_path, local_github):
    checkout(tmp_path, local_github, POLICY)
    environ = job("passing", GITHUB_EVENT_NAME="pull_request_target", GITHUB_BASE_REF="release/1")
    code, _, err = call(edited(environ, base={"ref": {"from": "main"}}), "publish")
    assert code == 0, err
    (status,) = local_github.repo.statuses
    assert (status.sha, status.context) == (local_github.head, "mlgate/income")
    assert status.state == "error"
    assert "the base is release/1 now" in status.description
    assert local_github.bodies() == []
    code, _, err = call(environ, "publish", "--config", "else/mlgate.yaml")
    assert (code, "main has no else/mlgate.yaml" in err) == (2, True)


def test_after_an_edited_title_nothing_is_posted(job, call, tmp_path, local_github):
    checkout(tmp_path, local_github, POLICY)
    local_github.repo.issues[1].pull.head_repository = "octo/model"
    environ = job(
        "passing", GITHUB_WORKFLOW_REF="octo/model/.github/workflows/mlgate.yml@refs/pull/1/merge"
    )
    environ = edited(environ, title={"from": "Before"})
    when = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    local_github.repo.runs[1] = LocalRun(
        1, 1, 1, "pull_request", ".github/workflows/mlgate.yml", "mlgate", local_github.head,
        "feature", "octo/model", when, conclusion="failure",
    )  # fmt: skip
    code, _, err = call(environ, "publish")
    assert (code, "blocked, as run 1 ended" in err) == (1, True)
    assert local_github.bodies() == []
    assert outputs(tmp_path)["blocked"] == "true"
    earlier = json.loads((tmp_path / ".mlgate" / "earlier.json").read_text())
    assert (earlier["run"], earlier["conclusion"]) == (1, "failure")
    # Started again by hand it judges, or here: posts what there is.
    assert call({**environ, "GITHUB_RUN_ATTEMPT": "2"}, "publish")[0] != 1


def test_a_run_started_again_asks_for_the_base_that_the_pull_request_has_now(
    job, call, tmp_path, local_github
):
    checkout(tmp_path, local_github, POLICY)
    environ = job("passing", GITHUB_RUN_ATTEMPT="2", GITHUB_BASE_REF="loose")
    local_github.repo.issues[1].pull.base_branch = "main"
    shutil.rmtree(tmp_path / ".mlgate")
    (tmp_path / "mlgate.yaml").write_text(POLICY)
    call(environ, "check")
    run = json.loads((tmp_path / ".mlgate" / "run.json").read_text())
    assert run["base_branch"] == "main"
    code, _, err = call({**environ, "GITHUB_TOKEN": ""}, "check")
    assert (code, "GITHUB_TOKEN is not set" in err) == (3, True)
