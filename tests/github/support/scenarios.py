"""What a run does at GitHub, and what must stand there afterwards whatever went wrong."""

from __future__ import annotations

import json

from local_github import NAME, running

from mlgate.demo.github.world import LocalArtifact, LocalRun
from mlgate.errors import ForgeError
from mlgate.forges import sticky
from mlgate.forges.data import Annotation, CheckReport, Place, Status
from mlgate.model.run_stamp import RunStamp

REPO = "/repos/{owner}/{repo}"
KEY = "gate / train"
IMAGES = ({"a.png": b"\x89PNG one"}, {"a.png": b"\x89PNG two"})
MINUTE = 60.0
PLACE = Place.pull(1)


def publish(local, forge, run):
    """Comment, pictures, check run with annotations and status of one run."""
    stamp = RunStamp(run)
    known = forge.checks.remembered([local.head], KEY)
    found = sticky.find(
        forge.comments, PLACE, KEY, forge.patience, None if known is None else known.comment
    )
    earlier = found.comment.body if found.comment else ""
    files = IMAGES[run - 1]
    urls = forge.files.already_shown(files, earlier)
    new = {path: data for path, data in files.items() if path not in urls}
    urls |= forge.files.publish(new, "Add pictures")
    text = f"run {run} ![a]({urls['a.png']})"
    posted = sticky.post(
        forge.comments,
        PLACE,
        key=KEY,
        text=text,
        stamp=stamp,
        patience=forge.patience,
        earlier=found,
    )
    annotations = tuple(
        Annotation("mlgate.yaml", line, line, "failure", f"gate {line}") for line in range(1, 61)
    )
    report = CheckReport(
        name=KEY, title=f"run {run}", summary="worse", conclusion="failure", stamp=stamp,
        annotations=annotations, comment=posted.id,
    )  # fmt: skip
    forge.checks.put(local.head, report, known)
    forge.statuses.put(local.head, Status(KEY, "failure", f"run {run}"))


def twice(local, forge):
    """Two runs, one after the other; between them somebody left a duplicate."""
    publish(local, forge, 1)
    marker = sticky.marker(KEY, RunStamp(0))
    local.repo.comment(1, f"{marker}\nduplicate", login="github-actions[bot]")
    local.clock.now += MINUTE
    publish(local, forge, 2)


def published(local):
    """One comment with the newest text and picture, one check run, nothing twice."""
    bodies = [body for body in local.bodies() if "mlgate:comment" in body]
    assert len(bodies) == 1, f"{len(bodies)} comments"
    assert "\nrun 2 ![a](" in bodies[0], bodies[0]
    url = bodies[0].split("![a](", 1)[1].rstrip(")")
    path = url.removeprefix(f"{local.server.url}/{NAME}/blob/").removesuffix("?raw=true")
    sha, _, file = path.partition("/")
    objects = local.repo.objects
    assert objects.blobs[objects.file(objects.commits[sha].tree, file)] == IMAGES[1]["a.png"]
    assert sha in objects.ancestors(objects.refs["refs/heads/mlgate-plots"])
    ours = [one for one in local.repo.checks.values() if one.external_id.startswith("mlgate")]
    assert len(ours) == 1, f"{len(ours)} check runs"
    shown = ours[0]
    assert (shown.title, shown.conclusion) == ("run 2", "failure")
    messages = [one["message"] for one in shown.annotations]
    assert sorted(messages) == sorted(f"gate {line}" for line in range(1, 61))
    assert local.repo.statuses[-1].description == "run 2"


def publish_and_check(local, forge):
    twice(local, forge)
    published(local)


def deploy(local, forge):
    made = forge.deployments.create(local.head, "production", "Blue", {"model": "m", "run": 1})
    forge.deployments.report(made.id, "in_progress", "Starting")
    forge.deployments.report(made.id, "success", "Done", log_url="https://example.org/log")
    local.clock.now += MINUTE
    found = list(local.repo.deployments.values())
    assert len(found) == 1, f"{len(found)} deployments"
    assert [one.id for one in forge.deployments.all("production")] == [made.id]
    assert forge.deployments.statuses(made.id)[0].state == "success"


def attested(local, forge):
    local.repo.attestations["sha256:ab"] = [{"mediaType": "m"}, {"mediaType": "n"}]
    found = forge.attestations.of("ab")
    assert [json.loads(one)["mediaType"] for one in found] == ["m", "n"]
    assert forge.attestations.of("cd") == ()


def issue(local, forge):
    for text in ("drift of age", "drift of age and sex"):
        forge.issues.put("drift", "mlgate", "The model drifts", text)
        local.clock.now += MINUTE
    found = [one for one in local.repo.issues.values() if one.pull is None]
    assert len(found) == 1, f"{len(found)} issues"
    assert found[0].body.endswith("age and sex")
    forge.issues.close(found[0].number)
    assert found[0].state == "closed"


def dispatch(local, forge):
    """At most once: either it is sent, or the error says what is known."""
    local.repo.workflows.add("train.yml")
    for send in (
        lambda: forge.dispatches.repository("retrain", {"why": "drift"}),
        lambda: forge.dispatches.workflow("train.yml", "main", {"why": "drift"}),
    ):
        before = len(local.repo.dispatched)
        said = ""
        try:
            send()
        except ForgeError as error:
            said = str(error)
        sent = len(local.repo.dispatched) - before
        assert sent <= 1
        assert "unknown whether" in said if said else sent == 1


def trusted(local, forge):
    """What a trusted stage reads: the run, its artifact, the pull request, the base's policy."""
    now = local.world.now()
    local.repo.runs[77] = LocalRun(
        77, 5, 1, "pull_request", ".github/workflows/model.yml", "model", local.head, "feature",
        NAME, now,
    )  # fmt: skip
    local.repo.artifacts[9] = LocalArtifact(9, 77, "mlgate", b"PK bundle", now)
    run = forge.runs.get(77)
    assert run is not None
    assert run.path == ".github/workflows/model.yml"
    (artifact,) = forge.artifacts.of(run.id, "mlgate")
    assert forge.artifacts.download(artifact, 100) == b"PK bundle"
    (pull,) = forge.pulls.with_head(NAME, "feature", run.head_sha)
    assert [one.number for one in forge.pulls.with_commit(local.head)] == [pull.number]
    assert forge.pulls.get(1) == pull
    assert forge.pulls.earlier(1, 5) == (local.before,)
    assert forge.pulls.repository().default_branch == "main"
    assert forge.files.read("README.md", "main") == b"# A model\n"


def on_commit(local, forge):
    place = Place.commit(local.head)
    for run in (1, 2):
        local.post(f"run {run}", run=run, place=place, forge=forge)
    (found,) = local.repo.comments.values()
    assert found.body.endswith("\nrun 2")


ENDPOINTS = {
    ("GET", f"{REPO}/issues/{{issue_number}}/comments"): publish_and_check,
    ("POST", f"{REPO}/issues/{{issue_number}}/comments"): publish_and_check,
    ("GET", f"{REPO}/issues/comments/{{comment_id}}"): publish_and_check,
    ("PATCH", f"{REPO}/issues/comments/{{comment_id}}"): publish_and_check,
    ("DELETE", f"{REPO}/issues/comments/{{comment_id}}"): publish_and_check,
    ("GET", f"{REPO}/commits/{{ref}}/check-runs"): publish_and_check,
    ("POST", f"{REPO}/check-runs"): publish_and_check,
    ("PATCH", f"{REPO}/check-runs/{{check_run_id}}"): publish_and_check,
    ("GET", f"{REPO}/check-runs/{{check_run_id}}/annotations"): publish_and_check,
    ("POST", f"{REPO}/statuses/{{sha}}"): publish_and_check,
    ("GET", f"{REPO}/git/ref/{{ref}}"): publish_and_check,
    ("POST", f"{REPO}/git/trees"): publish_and_check,
    ("POST", f"{REPO}/git/commits"): publish_and_check,
    ("POST", f"{REPO}/git/refs"): publish_and_check,
    ("POST", "/graphql"): publish_and_check,
    ("GET", f"{REPO}/commits/{{commit_sha}}/comments"): on_commit,
    ("POST", f"{REPO}/commits/{{commit_sha}}/comments"): on_commit,
    ("PATCH", f"{REPO}/comments/{{comment_id}}"): on_commit,
    ("GET", f"{REPO}/attestations/{{subject_digest}}"): attested,
    ("GET", f"{REPO}/deployments"): deploy,
    ("POST", f"{REPO}/deployments"): deploy,
    ("GET", f"{REPO}/deployments/{{deployment_id}}/statuses"): deploy,
    ("POST", f"{REPO}/deployments/{{deployment_id}}/statuses"): deploy,
    ("GET", f"{REPO}/issues"): issue,
    ("POST", f"{REPO}/issues"): issue,
    ("PATCH", f"{REPO}/issues/{{issue_number}}"): issue,
    ("POST", f"{REPO}/dispatches"): dispatch,
    ("POST", f"{REPO}/actions/workflows/{{workflow_id}}/dispatches"): dispatch,
    ("GET", f"{REPO}/actions/runs/{{run_id}}"): trusted,
    ("GET", f"{REPO}/actions/runs/{{run_id}}/artifacts"): trusted,
    ("GET", f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}"): trusted,
    ("GET", f"{REPO}/pulls"): trusted,
    ("GET", f"{REPO}/pulls/{{pull_number}}"): trusted,
    ("GET", f"{REPO}/pulls/{{pull_number}}/commits"): trusted,
    ("GET", f"{REPO}/commits/{{commit_sha}}/pulls"): trusted,
    ("GET", REPO): trusted,
    ("GET", f"{REPO}/contents/{{path}}"): trusted,
}
"""Every endpoint that we use, with a scenario that comes by it."""


def play(endpoint, intervention):
    """Play an endpoint's scenario while something goes wrong there; gives the intervention."""
    with running() as local:
        strike = intervention(endpoint, local.clock)
        local.server.intervene = strike
        ENDPOINTS[endpoint](local, local.forge(timeout=1.0))
        assert sum(local.clock.waits) < 1200, "it waited too long"
    return strike
