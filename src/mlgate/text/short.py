"""Short forms of what identifies commits and files."""

from __future__ import annotations


def short_sha(sha: str | None) -> str:
    """Return a commit's first seven digits, as git and GitHub show them."""
    return sha[:7] if sha else "no commit"


def commit_name(sha: str | None) -> str:
    """Return `commit 1a2b3c4`, for the middle of a sentence."""
    return f"commit {short_sha(sha)}" if sha else short_sha(sha)


def short_digest(digest: str) -> str:
    """Return the first sixteen digits, behind the name of the algorithm where it is written.

    >>> short_digest("sha256:0123456789abcdef0123")
    'sha256:0123456789abcdef'
    """
    algorithm, colon, digits = digest.rpartition(":")
    return f"{algorithm}{colon}{digits[:16]}"
