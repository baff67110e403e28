"""Files on an append-only branch, through the Git data API: no clone, no work tree, no push.

A file is stored under its own Git hash (`ab/abcdef….png`), so that nothing is ever replaced and
equal content takes no room. The branch moves by compare-and-swap: a ref is updated only
forward (`force: false`), and who loses reads the branch again and commits on top.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import ForgeError
from mlgate.forges.github.client import RefusedError, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.forges.github.client import Client

BRANCH: Final = "mlgate-plots"
TRIES: Final = 30
"""How often a commit is put on top of others' before that is an error."""
_READ: Final = "contents: read"
_WRITE: Final = "contents: write"
_LOST: Final = re.compile(
    r"fast[- ]forward|already exists|does not exist|is at .* but expected", re.IGNORECASE
)
_README: Final = (
    "Pictures that mlgate's comments show. Append-only: deleting this branch breaks them.\n"
)


@dataclass(frozen=True, slots=True)
class _Head:
    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class GitHubFiles:
    """`Files` of GitHub."""

    client: Client
    branch: str = BRANCH

    def publish(self, files: Mapping[str, bytes], message: str) -> dict[str, str]:
        """Write files in one commit."""
        if not files:
            return {}
        stored = {path: stored_path(path, content) for path, content in files.items()}
        contents = {stored[path]: content for path, content in files.items()}
        tree = [
            {"path": path, "mode": "100644", "type": "blob", "sha": self._blob(content)}
            for path, content in sorted(contents.items())
        ]
        commit = self._commit(tree, message)
        return {path: self.url(commit, stored[path]) for path in files}

    def url(self, commit: str, path: str) -> str:
        """Give where a file can be seen by all who may see the repository."""
        return f"{self.client.server_url}/{self.client.repository}/blob/{commit}/{path}?raw=true"

    def known(self, files: Mapping[str, bytes], text: str) -> dict[str, str]:
        """Give URLs by path of those that an earlier comment's text shows already."""
        place = re.escape(f"{self.client.server_url}/{self.client.repository}/blob/")
        urls = re.findall(rf"{place}[0-9a-f]{{40}}/[0-9a-z./]+\?raw=true", text)
        by_path = {url.split("/blob/", 1)[1][41:].removesuffix("?raw=true"): url for url in urls}
        stored = {path: stored_path(path, content) for path, content in files.items()}
        return {path: by_path[place] for path, place in stored.items() if place in by_path}

    def read(self, path: str, ref: str) -> bytes | None:
        """Give a file of a commit or branch."""
        import urllib.parse

        quoted = urllib.parse.quote(path)
        found = self.client.get(f"contents/{quoted}", f"read {path}", _READ, ref=ref)
        if not isinstance(found, dict) or found.get("encoding") != "base64":
            return None
        return base64.b64decode(found["content"])

    def _blob(self, content: bytes) -> str:
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        made = self._send("POST", "git/blobs", body)
        return str(made["sha"])

    def _commit(self, tree: list[dict[str, Any]], message: str) -> str:
        """Put the tree's files on top of the branch, whoever else does so too."""
        for _ in range(TRIES):
            head = self._head()
            commit = self._make(tree, message, head)
            if self._move(head, commit):
                return commit
            self.client.patience.sleep(self.client.patience.settle / 4)
        raise ForgeError(
            f"could not add to the branch {self.branch}: others changed it {TRIES} times meanwhile",
            hint="does a rule protect it? It must stay writable for workflows",
        )

    def _make(self, tree: list[dict[str, Any]], message: str, head: _Head | None) -> str:
        base = {} if head is None else {"base_tree": head.tree}
        first = [] if head is not None else [_readme()]
        made = self._send("POST", "git/trees", {"tree": [*first, *tree], **base})
        parents = [] if head is None else [head.commit]
        body = {"message": message, "tree": made["sha"], "parents": parents}
        return str(self._send("POST", "git/commits", body)["sha"])

    def _head(self) -> _Head | None:
        branch = self.client.get(f"branches/{self.branch}", "read the plots branch", _READ)
        if branch is None:
            return None
        return _Head(branch["commit"]["sha"], branch["commit"]["commit"]["tree"]["sha"])

    def _move(self, head: _Head | None, commit: str) -> bool:
        """Move the branch from `head` to `commit`; False when it is not at `head` any more."""
        try:
            if head is None:
                body: dict[str, Any] = {"ref": f"refs/heads/{self.branch}", "sha": commit}
                self._send("POST", "git/refs", body)
            else:
                body = {"sha": commit, "force": False}
                self._send("PATCH", f"git/refs/heads/{self.branch}", body)
        except RefusedError as error:
            if not _LOST.search(error.message):
                raise
            return self._holds(commit)
        return True

    def _holds(self, commit: str) -> bool:
        """Whether the branch has our commit: then the answer was lost, not the update."""
        path = f"compare/{commit}...{self.branch}"
        found = self.client.get(path, "compare with the plots branch", _READ, per_page=1)
        return found is not None and found["status"] in ("ahead", "identical")

    def _send(self, verb: str, path: str, body: dict[str, Any]) -> Any:
        what = f"write to the branch {self.branch}"
        return self.client.send(Request(verb, path, what, _WRITE, body=body))


def stored_path(path: str, content: bytes) -> str:
    """Give where a file is kept: by its Git hash, with the ending of its name."""
    digest = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    suffix = PurePosixPath(path).suffix.lower()
    ending = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ""
    return f"{digest[:2]}/{digest}{ending}"


def _readme() -> dict[str, str]:
    return {"path": "README.md", "mode": "100644", "type": "blob", "content": _README}
