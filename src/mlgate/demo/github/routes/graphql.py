"""The GraphQL that we use: whose token this is, and a commit on a branch by compare and swap.

Errors come with status 200, as GraphQL has it.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from mlgate.demo.github.answers import Answer, Call
from mlgate.demo.github.routes import Route
from mlgate.demo.github.routes.git import BOT_EMAIL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.world import LocalRepository

NAME: Final = "createCommitOnBranch"
VIEWER: Final = "viewer { login }"


def _answer(call: Call) -> Answer:
    query = str(call.body.get("query"))
    if VIEWER in query:
        return Answer(200, {"data": {"viewer": {"login": call.token.login}}})
    if NAME not in query:
        return _error("UNDEFINED_FIELD", f"Only {NAME} and {VIEWER} are known here")
    fields = call.body["variables"]["input"]
    repo = call.world.repositories.get(fields["branch"]["repositoryNameWithOwner"])
    if repo is None:
        return _error("NOT_FOUND", "Could not resolve to a Repository.")
    if call.token.permissions.get("contents") != "write":
        return _error("FORBIDDEN", "Resource not accessible by integration")
    return _commit(call, repo, fields)


def _commit(call: Call, repo: LocalRepository, fields: Mapping[str, Any]) -> Answer:
    objects, ref = repo.objects, f"refs/heads/{fields['branch']['branchName']}"
    head, expected = objects.refs.get(ref), fields["expectedHeadOid"]
    if head is None:
        return _error("NOT_FOUND", "A branch with that name does not exist.")
    if head != expected:
        message = f'Expected branch to point to "{expected}" but it did not. Pull and try again.'
        return _error("STALE_DATA", message)
    try:
        files = {
            addition["path"]: objects.blob(base64.b64decode(addition["contents"], validate=True))
            for addition in fields["fileChanges"]["additions"]
        }
    except binascii.Error:
        return _error("UNPROCESSABLE", "A file's contents are not valid Base64.")
    tree = objects.tree(files, objects.commits[head].tree)
    who, message = (call.token.login, BOT_EMAIL), fields["message"]["headline"]
    made = objects.commit(tree, [head], message, who, call.world.now())
    objects.refs[ref] = made.sha
    return Answer(200, {"data": {NAME: {"commit": {"oid": made.sha}}}})


def _error(kind: str, message: str) -> Answer:
    error = {"type": kind, "path": [NAME], "message": message}
    return Answer(200, {"data": {NAME: None}, "errors": [error]})


ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("POST", "/graphql"): Route(_answer, content=True)
}
