"""Cut GitHub's published GraphQL schema down to what we use.

::

    npm pack @octokit/graphql-schema && tar xzf octokit-graphql-schema-*.tgz
    python tests/github/openapi/trim_graphql.py package/schema.graphql

`api.github.com.graphql` beside this file is the result; LICENSE holds for it too (MIT).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from graphql import parse, print_ast
from graphql.language import InterfaceTypeDefinitionNode, ObjectTypeDefinitionNode

FIELDS = {
    "Query": {"viewer", "repository"},
    "Repository": {"object"},
    "GitObject": {"oid"},
    "Status": {"context"},
    "StatusContext": {"description"},
    "User": {"login"},
    "Mutation": {"createCommitOnBranch"},
    "CreateCommitOnBranchPayload": {"clientMutationId", "commit"},
    "Commit": {"oid", "url", "status"},
}
"""Types, and which of their fields are kept."""
KEYWORDS = {ObjectTypeDefinitionNode: "type", InterfaceTypeDefinitionNode: "interface"}
DESCRIPTION = re.compile(r'^ *"""(?:.|\n)*?"""\n', re.MULTILINE)
WHOLE = {
    "Base64String", "CommitMessage", "CommittableBranch", "CreateCommitOnBranchInput",
    "FileAddition", "FileChanges", "FileDeletion", "GitObjectID", "URI",
}  # fmt: skip


def main() -> None:
    """Write the result beside this file."""
    whole = parse(Path(sys.argv[1]).read_text(encoding="utf-8"))
    kept = []
    for one in whole.definitions:
        name = one.name.value
        if name in WHOLE:
            kept.append(print_ast(one))
        elif name in FIELDS and type(one) in KEYWORDS:
            fields = [print_ast(field) for field in one.fields if field.name.value in FIELDS[name]]
            kinds = [kind.name.value for kind in one.interfaces or () if kind.name.value in FIELDS]
            implements = f"implements {' & '.join(kinds)} " if kinds else ""
            head = f"{KEYWORDS[type(one)]} {name} {implements}{{"
            kept.append("\n".join([head, *fields, "}"]))
    text = print_ast(parse(DESCRIPTION.sub("", "\n\n".join(kept))))
    Path(__file__).with_name("api.github.com.graphql").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
