"""Files on an append-only branch: no clone, no work tree, no push.

A file is stored under its own Git hash (`ab/abcdef….png`), so that nothing is ever replaced and
equal content takes no room. The branch is begun through the Git data API, as an orphan. After
that all files of a run are one `createCommitOnBranch`, GitHub's commit with compare-and-swap:
it says which commit the branch must be at (`expectedHeadOid`), and who loses reads the branch
again and commits on top. That is two requests for any number of files; by blobs, tree, commit
and ref it would be four more than there are files, of the 500 changes that an hour allows.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import ForgeError, Permission
from mlgate.forges.github.client import ApiRequest, RefusedError
from mlgate.forges.github.fields import Fields, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlgate.forges.github.client import Client

BRANCH: Final = "mlgate-plots"
TRIES: Final = 30
"""How often a commit is put on top of others' before that is an error."""
_READ: Final = Permission("contents", "read")
_WRITE: Final = Permission("contents", "write")
_LOST: Final = re.compile(r"expected branch to point to|already exists", re.IGNORECASE)
_COMMIT: Final = (
    "mutation($input: CreateCommitOnBranchInput!) "
    "{ createCommitOnBranch(input: $input) { commit { oid } } }"
)
_AT_ONCE: Final = 16 << 20
"""Bytes of files in one commit; more become several commits."""
_README: Final = (
    "Pictures that mlgate's comments show. Append-only: deleting this branch breaks them.\n"
)


@dataclass(frozen=True, slots=True)
class GitHubFiles:
    """`Files` of GitHub."""

    client: Client
    branch: str = BRANCH

    def publish(self, files: Mapping[str, bytes], message: str) -> dict[str, str]:
        """Write files, in one commit unless they are very large."""
        stored = {path: stored_path(path, content) for path, content in files.items()}
        contents = {stored[path]: content for path, content in files.items()}
        commits = {
            path: commit
            for part in _parts(contents)
            for commit in [self._commit(part, message)]
            for path in part
        }
        return {path: self.url(commits[place], place) for path, place in stored.items()}

    def url(self, commit: str, path: str) -> str:
        """Return where a file can be seen by all who may see the repository."""
        return f"{self.client.server_url}/{self.client.repository}/blob/{commit}/{path}?raw=true"

    def already_shown(self, files: Mapping[str, bytes], text: str) -> dict[str, str]:
        """Return URLs by path of those that an earlier comment's text shows already."""
        place = re.escape(f"{self.client.server_url}/{self.client.repository}/blob/")
        urls = re.findall(rf"{place}[0-9a-f]{{40}}/[0-9a-z./]+\?raw=true", text)
        by_path = {url.split("/blob/", 1)[1][41:].removesuffix("?raw=true"): url for url in urls}
        stored = {path: stored_path(path, content) for path, content in files.items()}
        return {path: by_path[place] for path, place in stored.items() if place in by_path}

    def read(self, path: str, ref: str) -> bytes | None:
        """Return a file of a commit or branch."""
        import urllib.parse

        quoted = urllib.parse.quote(path)
        data = self.client.get(f"contents/{quoted}", f"read {path}", _READ, ref=ref)
        if not isinstance(data, dict) or data.get("encoding") != "base64":
            return None
        try:
            return base64.b64decode(Fields(data).text("content"))
        except ValueError:
            raise unexpected(f"the content of {path} is not in Base64") from None

    def _commit(self, files: Mapping[str, bytes], message: str) -> str:
        """Put files on top of the branch, whoever else does so too."""
        for _ in range(TRIES):
            head = self._head() or self._begin()
            commit = None if head is None else self._add(head, files, message)
            if commit is not None:
                return commit
            self.client.patience.sleep(self.client.patience.settle / 4)
        raise ForgeError(
            f"could not add to the branch {self.branch}: others changed it {TRIES} times meanwhile",
            hint="does a rule protect it? It must stay writable for workflows",
        )

    def _head(self) -> str | None:
        ref = self.client.get(f"git/ref/heads/{self.branch}", "read the plots branch", _READ)
        return None if ref is None else Fields(ref).inner("object").text("sha")

    def _add(self, head: str, files: Mapping[str, bytes], message: str) -> str | None:
        """Commit on top of `head`; None when the branch is not there any more."""
        additions = [
            {"path": path, "contents": base64.b64encode(content).decode()}
            for path, content in sorted(files.items())
        ]
        branch = {"repositoryNameWithOwner": self.client.repository, "branchName": self.branch}
        fields = {
            "branch": branch,
            "expectedHeadOid": head,
            "message": {"headline": message},
            "fileChanges": {"additions": additions},
        }
        try:
            made = self.client.graphql(_COMMIT, {"input": fields}, self._what, _WRITE)
        except RefusedError as error:
            if not _LOST.search(error.message):
                raise
            return None
        return made.inner("createCommitOnBranch").inner("commit").text("oid")

    def _begin(self) -> str | None:
        """Make the branch, an orphan; None when somebody else did so meanwhile."""
        tree = self._send("git/trees", {"tree": [_readme()]}).text("sha")
        body = {"message": "Begin", "tree": tree, "parents": []}
        commit = self._send("git/commits", body).text("sha")
        try:
            self._send("git/refs", {"ref": f"refs/heads/{self.branch}", "sha": commit})
        except RefusedError as error:
            if not _LOST.search(error.message):
                raise
            return None
        return commit

    def _send(self, path: str, body: dict[str, Any]) -> Fields:
        return Fields(self.client.send(ApiRequest("POST", path, self._what, _WRITE, body=body)))

    @property
    def _what(self) -> str:
        return f"write to the branch {self.branch}"


def _parts(contents: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Return files in groups of at most `_AT_ONCE` bytes, or of one."""
    part: dict[str, bytes] = {}
    for path, content in contents.items():
        if part and sum(map(len, part.values())) + len(content) > _AT_ONCE:
            yield part
            part = {}
        part[path] = content
    if part:
        yield part


def stored_path(path: str, content: bytes) -> str:
    """Return where a file is kept: by its Git hash, with the ending of its name."""
    digest = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    suffix = PurePosixPath(path).suffix.lower()
    ending = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ""
    return f"{digest[:2]}/{digest}{ending}"


def _readme() -> dict[str, str]:
    return {"path": "README.md", "mode": "100644", "type": "blob", "content": _README}
