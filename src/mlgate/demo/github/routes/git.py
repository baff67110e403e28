"""Git data with real hashes, and contents."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github import shapes
from mlgate.demo.github.answers import Answer, Call, Refused, missing
from mlgate.demo.github.objects import FILE, FOLDER
from mlgate.demo.github.routes import REPO, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

BOT_EMAIL: Final = "41898282+github-actions[bot]@users.noreply.github.com"


def _add_blob(call: Call) -> Answer:
    content = call.body["content"]
    try:
        plain = call.body.get("encoding", "utf-8") == "utf-8"
        data = content.encode() if plain else base64.b64decode(content)
    except binascii.Error:
        raise Refused(422, "content is not valid Base64") from None
    sha = call.repo.objects.blob(data)
    return Answer(201, {"sha": sha, "url": f"{call.url}/git/blobs/{sha}"})


def _blob(call: Call) -> Answer:
    sha = call.parts["file_sha"]
    content = call.repo.objects.blobs.get(sha)
    if content is None:
        raise missing()
    return Answer(200, {
        "sha": sha, "node_id": shapes.node("B", sha), "size": len(content),
        "url": f"{call.url}/git/blobs/{sha}",
        "content": base64.b64encode(content).decode(), "encoding": "base64",
    })  # fmt: skip


def _add_tree(call: Call) -> Answer:
    objects, base = call.repo.objects, call.body.get("base_tree")
    if base is not None and base not in objects.trees:
        raise Refused(422, f"base_tree is not a valid tree: {base}")
    files = {}
    for entry in call.body["tree"]:
        sha = entry.get("sha")
        if sha is None:
            sha = objects.blob(entry["content"].encode())
        if sha not in objects.blobs:
            raise Refused(422, f"tree.sha {sha} is not a valid blob")
        files[entry["path"]] = sha
    return Answer(201, _tree_shape(call, objects.tree(files, base)))


def _tree_shape(call: Call, sha: str) -> dict[str, Any]:
    entries = call.repo.objects.trees[sha].items()
    kinds = {FILE: "blob", FOLDER: "tree"}
    return {
        "sha": sha,
        "url": f"{call.url}/git/trees/{sha}",
        "tree": [
            {"path": name, "mode": mode, "type": kinds[mode], "sha": sha,
             "url": f"{call.url}/git/{kinds[mode]}s/{sha}",
             **({"size": len(call.repo.objects.blobs[sha])} if mode == FILE else {})}
            for name, (mode, sha) in entries
        ],
        "truncated": False,
    }  # fmt: skip


def _tree(call: Call) -> Answer:
    sha = call.parts["tree_sha"]
    commit = call.repo.objects.commits.get(call.repo.objects.resolve(sha) or "")
    sha = commit.tree if commit else sha
    if sha not in call.repo.objects.trees:
        raise missing()
    return Answer(200, _tree_shape(call, sha))


def _add_commit(call: Call) -> Answer:
    objects, tree = call.repo.objects, call.body["tree"]
    if tree not in objects.trees:
        raise Refused(422, "Tree SHA does not exist")
    parents = call.body.get("parents", [])
    if any(parent not in objects.commits for parent in parents):
        raise Refused(422, "Parent SHA does not exist or is not a commit object")
    who = (call.token.login, BOT_EMAIL)
    made = objects.commit(tree, parents, call.body["message"], who, call.world.now())
    return Answer(201, shapes.git_commit(call, made))


def _commit(call: Call) -> Answer:
    commit = call.repo.objects.commits.get(call.parts["commit_sha"])
    if commit is None:
        raise missing()
    return Answer(200, shapes.git_commit(call, commit))


def _ref_shape(call: Call, ref: str) -> dict[str, Any]:
    sha = call.repo.objects.refs[ref]
    return {
        "ref": ref,
        "node_id": shapes.node("REF", ref),
        "url": f"{call.url}/git/{ref}",
        "object": {"type": "commit", "sha": sha, "url": f"{call.url}/git/commits/{sha}"},
    }


def _ref(call: Call) -> Answer:
    ref = f"refs/{call.parts['ref']}"
    if ref not in call.repo.objects.refs:
        raise missing()
    return Answer(200, _ref_shape(call, ref))


def _add_ref(call: Call) -> Answer:
    ref, sha = call.body["ref"], call.body["sha"]
    if sha not in call.repo.objects.commits:
        raise Refused(422, "Object does not exist")
    if ref in call.repo.objects.refs:
        raise Refused(422, "Reference already exists")
    call.repo.objects.refs[ref] = sha
    return Answer(201, _ref_shape(call, ref))


def _move_ref(call: Call) -> Answer:
    """Compare and swap: without `force` a ref only moves to where it is an ancestor."""
    objects, ref, sha = call.repo.objects, f"refs/{call.parts['ref']}", call.body["sha"]
    if ref not in objects.refs:
        raise Refused(422, "Reference does not exist")
    if sha not in objects.commits:
        raise Refused(422, "Object does not exist")
    if not call.body.get("force") and objects.refs[ref] not in objects.ancestors(sha):
        raise Refused(422, "Update is not a fast forward")
    objects.refs[ref] = sha
    return Answer(200, _ref_shape(call, ref))


def _contents(call: Call) -> Answer:
    objects, path = call.repo.objects, call.parts["path"]
    ref = call.query.get("ref", call.repo.default_branch)
    commit = objects.commits.get(objects.resolve(ref.removeprefix("refs/heads/")) or "")
    if commit is None:
        raise Refused(404, f"No commit found for the ref {ref}")
    sha = objects.file(commit.tree, path)
    if sha is None:
        raise missing()
    content = objects.blobs[sha]
    url, html = f"{call.url}/contents/{path}?ref={ref}", f"{call.html}/blob/{ref}/{path}"
    git = f"{call.url}/git/blobs/{sha}"
    return Answer(200, {
        "type": "file", "name": path.rpartition("/")[2], "path": path, "sha": sha,
        "size": len(content), "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
        "url": url, "html_url": html, "git_url": git, "download_url": f"{html}?raw=true",
        "_links": {"self": url, "html": html, "git": git},
    })  # fmt: skip


_READ, _WRITE = ("contents:read",), ("contents:write",)
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("POST", f"{REPO}/git/blobs"): Route(_add_blob, _WRITE, content=True),
    ("GET", f"{REPO}/git/blobs/{{file_sha}}"): Route(_blob, _READ),
    ("POST", f"{REPO}/git/trees"): Route(_add_tree, _WRITE, content=True),
    ("GET", f"{REPO}/git/trees/{{tree_sha}}"): Route(_tree, _READ),
    ("POST", f"{REPO}/git/commits"): Route(_add_commit, _WRITE, content=True),
    ("GET", f"{REPO}/git/commits/{{commit_sha}}"): Route(_commit, _READ),
    ("GET", f"{REPO}/git/ref/{{ref}}"): Route(_ref, _READ),
    ("POST", f"{REPO}/git/refs"): Route(_add_ref, _WRITE, content=True),
    ("PATCH", f"{REPO}/git/refs/{{ref}}"): Route(_move_ref, _WRITE),
    ("GET", f"{REPO}/contents/{{path}}"): Route(_contents, _READ),
}
