"""Workflows that stand on a page alone, taken from there: nothing in workflows/ holds them."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.workflows import hub as hubs
from tests.workflows.project import TRAIN
from tests.workflows.snippets import block, swapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflows.act import Act, Outcome
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
VARIABLES = {"MLGATE_APP": hubs.APP["client-id"]}
SECRETS = {"MLGATE_APP_KEY": hubs.APP["private-key"]}
CHECKOUT = {"uses": "actions/checkout@v7"}
NO_TOKEN = """\
import os
seen = [name for name, value in os.environ.items() if "ghs_" in value]
assert not seen, seen
"""
NO_ROLE = """\
import os
seen = [name for name, value in os.environ.items() if "ofTheRole" in value]
assert not seen, seen
print("what no training should know: ofTheRoleAloneThatMayReadTheLabels000001")
"""
REPORTING = """\
import os, pathlib, time, urllib.request
assert "GITHUB_TOKEN" not in os.environ
for name in ("loss.png", "plot.png"):
    pathlib.Path(name).write_bytes(b"\\x89PNG a picture: " + name.encode())
pathlib.Path("metrics.txt").write_text("accuracy 0.9\\n")
pathlib.Path("report.md").write_text("trained\\n\\n![](loss.png)\\n")
"""
FOLLOWED = """\
import os, pathlib, time, urllib.request
assert "GITHUB_TOKEN" not in os.environ
for name in ("progress.md", "report.md"):
    pathlib.Path(name).write_text(f"{name}: epoch 1\\n")
page = f"{os.environ['GITHUB_SERVER_URL']}/octo/model/pull/1"
until = time.monotonic() + 60
while f"{os.environ['FILE']}: epoch 1" not in urllib.request.urlopen(page).read().decode():
    assert time.monotonic() < until
    time.sleep(0.2)
for name in ("progress.md", "report.md"):
    with open(name, "a") as file:
        file.write("epoch 2\\n")
"""
"""Goes on when it sees its own first words on the pull request."""


def test_under_an_apps_name(act: Act, project: Project, hub: Hub) -> None:
    """docs/publishing.md: an App posts, and keeps up what GITHUB_TOKEN posted before.

    Not shown: that GitHub lets an App change that comment (anybody who may write can).
    """
    project.keep()
    workflow = project.add_workflow("pull-request.yml")
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    steps = block("docs/publishing.md", "create-github-app-token")
    project.write(workflow, swapped(text, "uses: mlgate/mlgate@v0", steps))
    posting = {"pull_requests": "write", "checks": "write", "statuses": "write"}
    hub.allow(contents="read", **posting)
    hub.install(contents="read", **posting)

    def run(number: int, wrong: int, repository: str = "octo/model") -> None:
        project.git("checkout", "--quiet", "-B", "try")
        head = project.commit(f"Try {wrong}", train=TRAIN.format(wrong=wrong) + NO_TOKEN)
        hub.push(head)
        of = {"sha": head, "ref": "try", "repo": {"full_name": repository}}
        outcome = act.run(
            project.path, "pull_request", workflow, project.pull_request(head=of),
            variables=VARIABLES, secrets=SECRETS, number=number,
        )  # fmt: skip
        assert outcome.code == 0, outcome.text
        assert hubs.APP["token"] not in outcome.text

    # A fork gets no secret: its run posts, as far as it may, with the job's own token.
    run(1, 90, "mallory/model")
    assert (hub.authors, hub.checks[-1].app) == (["github-actions[bot]"], "github-actions")
    run(2, 80)
    assert (hub.authors, hub.checks[-1].app) == (["github-actions[bot]"], "model-bot")
    assert "attempt 2" in hub.comments[0]
    # A pull request without a comment gets the App's.
    hub.local.repo.comments.clear()
    run(3, 70)
    assert hub.authors == ["model-bot[bot]"]
    assert hub.local.repo.statuses[-1].login == "model-bot[bot]"


def test_a_role_in_place_of_a_stored_secret(act: Act, project: Project, hub: Hub) -> None:
    """docs/oidc.md: the training does not get what the role gave, and nothing that is written shows it."""
    project.keep()
    workflow = project.add_workflow("pull-request.yml")
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    job = YAML(typ="safe").load(block("docs/oidc.md", "aws-actions/configure-aws-credentials"))
    whole = YAML(typ="safe").load(text)
    for name in ("train", "mlgate"):
        steps = whole["jobs"][name]["steps"]
        at = next(i for i, step in enumerate(steps) if "mlgate/" in step.get("uses", ""))
        steps[at:at] = job["mlgate"]["steps"]
    whole["jobs"]["mlgate"]["permissions"] = job["mlgate"]["permissions"]
    written = io.StringIO()
    YAML(typ="safe").dump(whole, written)
    project.write(workflow, written.getvalue())
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    project.git("checkout", "--quiet", "-b", "try")
    head = project.commit("Try", train=TRAIN.format(wrong=90) + NO_ROLE)
    hub.push(head)
    outcome = act.run(project.path, "pull_request", workflow, project.pull_request())
    assert outcome.code == 0, outcome.text
    assert "what no training should know: ***" in outcome.text
    (comment,) = hub.comments
    assert "ofTheRole" not in comment


def test_reports_of_ones_own(act: Act, project: Project, hub: Hub) -> None:
    """docs/comment.md and docs/migrating-from-cml.md: two jobs, the second updates the first's."""
    whole = YAML(typ="safe").load(block("docs/comment.md", "key: train, image: loss.png"))
    cml = YAML(typ="safe").load(block("docs/migrating-from-cml.md", "name: train\non:"))
    (whole["jobs"]["cml"],) = cml["jobs"].values()
    whole["jobs"]["cml"]["needs"] = "train"
    outcome = report(act, project, hub, whole, REPORTING)
    assert (outcome.code, set(outcome.jobs.values())) == (0, {"success"}), outcome.text
    (train,) = hub.comments
    assert "accuracy 0.9" in train
    assert "](loss.png)" in train  # the second page names another picture
    assert train.count(".png?raw=true") == 1


def test_following_a_training(act: Act, project: Project, hub: Hub) -> None:
    """The same pages; the second one updates what the first one's step has posted."""
    whole: dict[str, Any] = {"on": "pull_request", "jobs": {}}
    pages = {"progress.md": "docs/comment.md", "report.md": "docs/migrating-from-cml.md"}
    for number, (file, page) in enumerate(pages.items()):
        steps = YAML(typ="safe").load(block(page, "--watch & watch=$!"))
        job = {"runs-on": "ubuntu-latest", "env": {"FILE": file}, "steps": [CHECKOUT, *steps]}
        whole["jobs"][f"watch-{number}"] = job | ({"needs": "watch-0"} if number else {})
    outcome = report(act, project, hub, whole, FOLLOWED)
    assert (outcome.code, set(outcome.jobs.values())) == (0, {"success"}), outcome.text
    (progress,) = hub.comments
    assert progress.partition("\n")[2] == "report.md: epoch 1\nepoch 2\n"
    # Each posted while the training went on, and once more at its end.
    assert outcome.text.count("updated: ") + outcome.text.count("created: ") >= 4


class Webhook(ThreadingHTTPServer):
    """What a team's chat listens with."""

    told: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Hearing(BaseHTTPRequestHandler):
    server: Webhook

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append(told["text"])
        self.send_response(200)
        self.end_headers()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook(("127.0.0.1", 0), Hearing) as server:
        server.told = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_webhook_is_told_of_what_is_blocked(
    act: Act, project: Project, hub: Hub, webhook: Webhook
) -> None:
    """docs/other-ci.md: the headline and the comment's address, and nothing where a model passes."""
    project.keep()
    workflow = project.add_workflow("pull-request.yml")
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    steps = block("docs/other-ci.md", "WEBHOOK: ")
    project.put_workflow("pull-request.yml", swapped(text, "uses: mlgate/mlgate@v0\n", steps))
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    for code, wrong in enumerate((90, 200)):
        project.branch(f"try-{wrong}", wrong=wrong)
        hub.push(project.head)
        outcome = act.run(
            project.path, "pull_request", workflow, project.pull_request(),
            secrets={"WEBHOOK": webhook.url}, number=wrong,
        )  # fmt: skip
        assert outcome.code == code, outcome.text
        assert webhook.url not in outcome.text
    (message,) = webhook.told
    assert message.startswith("Model gate: blocked")
    assert "/octo/model/pull/" in message


def report(
    act: Act, project: Project, hub: Hub, workflow: dict[str, Any], training: str
) -> Outcome:
    """Run a workflow on a pull request of somebody who has no mlgate.yaml."""
    text = io.StringIO()
    YAML(typ="safe").dump(workflow, text)
    file = project.put_workflow("report.yml", text.getvalue())
    project.git("rm", "--quiet", "mlgate.yaml")
    project.commit("Report", train=training)
    hub.push(project.head)
    hub.allow(contents="write", pull_requests="write")
    with_python = replace(act, programs=("python",))
    return with_python.run(project.path, "pull_request", file, project.pull_request())
