"""Cut GitHub's published description of its API down to the paths that we use.

::

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python tests/github/openapi/trim.py package/generated/api.github.com.json

Keeps the schemas as they are, and drops what no validation reads: descriptions, examples,
extensions. `api.github.com.json` beside this file is the result; LICENSE is its licence (MIT).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

REPO = "/repos/{owner}/{repo}"
PATHS = {
    REPO: "get",
    f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}": "get",
    f"{REPO}/actions/runs": "get",
    f"{REPO}/actions/runs/{{run_id}}": "get",
    f"{REPO}/actions/runs/{{run_id}}/artifacts": "get",
    f"{REPO}/actions/workflows/{{workflow_id}}/dispatches": "post",
    f"{REPO}/attestations/{{subject_digest}}": "get",
    f"{REPO}/check-runs": "post",
    f"{REPO}/check-runs/{{check_run_id}}": "get patch",
    f"{REPO}/check-runs/{{check_run_id}}/annotations": "get",
    f"{REPO}/comments/{{comment_id}}": "get patch delete",
    f"{REPO}/commits/{{commit_sha}}/comments": "get post",
    f"{REPO}/commits/{{commit_sha}}/pulls": "get",
    f"{REPO}/commits/{{ref}}/check-runs": "get",
    f"{REPO}/commits/{{ref}}/statuses": "get",
    f"{REPO}/contents/{{path}}": "get",
    f"{REPO}/deployments": "get post",
    f"{REPO}/deployments/{{deployment_id}}/statuses": "get post",
    f"{REPO}/dispatches": "post",
    f"{REPO}/git/blobs": "post",
    f"{REPO}/git/blobs/{{file_sha}}": "get",
    f"{REPO}/git/commits": "post",
    f"{REPO}/git/commits/{{commit_sha}}": "get",
    f"{REPO}/git/ref/{{ref}}": "get",
    f"{REPO}/git/refs": "post",
    f"{REPO}/git/refs/{{ref}}": "patch",
    f"{REPO}/git/trees": "post",
    f"{REPO}/git/trees/{{tree_sha}}": "get",
    f"{REPO}/issues": "get post",
    f"{REPO}/issues/comments/{{comment_id}}": "get patch delete",
    f"{REPO}/issues/{{issue_number}}": "get patch",
    f"{REPO}/issues/{{issue_number}}/comments": "get post",
    f"{REPO}/issues/{{issue_number}}/events": "get",
    f"{REPO}/pulls": "get",
    f"{REPO}/pulls/{{pull_number}}": "get",
    f"{REPO}/pulls/{{pull_number}}/commits": "get",
    f"{REPO}/statuses/{{sha}}": "post",
}
NOISE = {"description", "example", "examples", "externalDocs", "summary", "tags"}


def trim(whole: dict) -> dict:
    """Give the paths in use with every component that they reach."""
    paths = {
        path: _operations(whole["paths"][path], verbs.split()) for path, verbs in PATHS.items()
    }
    components: dict[str, dict[str, object]] = {}
    todo = _references(paths)
    while todo:
        reference = todo.pop()
        _, _, kind, name = reference.split("/")
        if name in components.get(kind, {}):
            continue
        found = _quiet(whole["components"][kind][name])
        components.setdefault(kind, {})[name] = found
        todo |= _references(found)
    info = {key: whole["info"][key] for key in ("title", "version", "license")}
    return {"openapi": whole["openapi"], "info": info, "paths": paths, "components": components}


def _operations(item: dict, verbs: list[str]) -> dict:
    return {verb: _quiet(item[verb]) for verb in verbs}


def _quiet(value: object, *, named: bool = False) -> object:
    """Drop the noise; below `properties` the same words are names of data."""
    if isinstance(value, list):
        return [_quiet(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _quiet(one, named=key == "properties")
        for key, one in value.items()
        if named or not (key in NOISE or key.startswith("x-"))
    }


def _references(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own.union(*map(_references, value.values()))


def main() -> None:
    """Write the result beside this file."""
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = json.dumps(trim(whole), indent=None, separators=(",", ":"), sort_keys=True)
    Path(__file__).with_name("api.github.com.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
