"""Hashes are Git's own; refs move by compare-and-swap."""

from __future__ import annotations

import base64
import subprocess

import pytest
import requests
from local_github import NAME, TOKEN


@pytest.fixture
def call(local_github):
    """Send a request to the API; gives status and JSON."""

    def call(verb, path, body=None, **headers):
        answer = requests.request(
            verb,
            f"{local_github.server.api_url}/repos/{NAME}/{path}",
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}", **headers},
            timeout=10,
        )
        return answer.status_code, answer.json() if answer.content else None

    return call


def test_hashes_are_gits(call, tmp_path):
    def git(*args, **kwargs):
        done = subprocess.run(
            ["git", *args], cwd=tmp_path, check=True, capture_output=True, **kwargs
        )
        return done.stdout.decode().strip()

    git("init", "--quiet")
    content = bytes(range(256))
    sent = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
    blob = call("POST", "git/blobs", sent)[1]["sha"]
    assert blob == git("hash-object", "-w", "--stdin", input=content)
    paths = ["a-b", "a/x", "a.b", "z"]
    entries = [{"path": p, "mode": "100644", "type": "blob", "sha": blob} for p in paths]
    tree = call("POST", "git/trees", {"tree": entries})[1]["sha"]
    for path in paths:
        git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    assert tree == git("write-tree")
    made = call("POST", "git/commits", {"message": "One\n\nTwo", "tree": tree})[1]
    person = made["author"]
    when = f"{person['date']}"
    environ = {
        "PATH": "/usr/bin:/bin",
        **{f"GIT_{who}_NAME": person["name"] for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": person["email"] for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": when for who in ("AUTHOR", "COMMITTER")},
    }
    ours = git("commit-tree", tree, env=environ, input=b"One\n\nTwo")
    raw = git("cat-file", "commit", ours)
    assert raw.splitlines()[0] == f"tree {tree}"
    # commit-tree ends the message with a newline, the API does not: compare all but the hash.
    assert git("hash-object", "-t", "commit", "--stdin", input=raw.encode()) == made["sha"]


def test_a_ref_only_moves_forward(call, local_github):
    main = local_github.repo.objects.refs["refs/heads/main"]
    new = {"ref": "refs/heads/new", "sha": local_github.head}
    assert call("POST", "git/refs", new)[0] == 201
    assert call("POST", "git/refs", new) == (422, _said("Reference already exists"))
    back = call("PATCH", "git/refs/heads/new", {"sha": main, "force": False})
    assert back == (422, _said("Update is not a fast forward"))
    assert call("PATCH", "git/refs/heads/new", {"sha": main, "force": True})[0] == 200


def _said(message):
    return {
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": "422",
    }


def test_pages_lead_to_one_another(call, local_github):
    for index in range(65):
        local_github.repo.comment(1, f"talk {index}")
    path = "issues/1/comments"
    assert len(call("GET", path)[1]) == 30
    assert len(call("GET", f"{path}?per_page=1000&page=1")[1]) == 65
    answer = requests.get(
        f"{local_github.server.api_url}/repos/{NAME}/{path}?page=2",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=10,
    )
    assert set(answer.links) == {"prev", "next", "last", "first"}
    assert answer.links["next"]["url"].endswith("page=3")
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert call("GET", f"{path}?page=2", **tag)[0] == 304


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("POST", "issues/1/comments", {"body": "x" * 65_537}),
        ("POST", "statuses/{head}", {"state": "success", "description": "x" * 141}),
        ("POST", "check-runs", {"name": "n", "head_sha": "{head}", "output": {
            "title": "t", "summary": "é" * 40_000}}),
        ("POST", "check-runs", {"name": "n", "head_sha": "{head}", "output": {
            "title": "t", "summary": "s", "annotations": [{
                "path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice",
                "message": "m"}] * 51}}),
        ("POST", "check-runs", {"name": "n", "head_sha": "{head}", "status": "completed"}),
        ("POST", "check-runs", {"name": "n", "head_sha": "f" * 40}),
    ],
    ids=["comment", "description", "summary", "annotations", "conclusion", "commit"],
)  # fmt: skip
def test_what_is_over_a_limit_is_422(call, local_github, verb, path, body):
    sent = {k: v.format(head=local_github.head) if k == "head_sha" else v for k, v in body.items()}
    assert call(verb, path.format(head=local_github.head), sent)[0] == 422
