"""What the local GitHub shows beside its API: pictures of commits, and stored artifacts."""

from __future__ import annotations

import mimetypes
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.demo.github.world import LocalIssue, LocalRepository, World

_FILE: Final = re.compile(r"/([^/]+/[^/]+)/(blob|raw)/([^/]+)/(.+)")
_PULL: Final = re.compile(r"/([^/]+/[^/]+)/pull/(\d+)")
_CHECK: Final = re.compile(r"/([^/]+/[^/]+)/runs/(\d+)")
_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
_STORED: Final = re.compile(r"/_storage/([^/]+/[^/]+)/(\d+)\.zip")


@dataclass(frozen=True, slots=True)
class WebPage:
    """What a browser gets."""

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


NOT_FOUND: Final = WebPage(404, b"Not Found", {"Content-Type": "text/plain"})


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of a world."""

    world: World
    url: str

    def get(self, target: str, headers: Mapping[str, str]) -> WebPage:
        """Return a page, a picture or an artifact."""
        raw, _, query = target.partition("?")
        path = urllib.parse.unquote(raw)
        with self.world.lock:
            if match := _STORED.fullmatch(path):
                return self._stored(match[1], int(match[2]), headers)
            if match := _FILE.fullmatch(path):
                name, kind, ref, file = match.groups()
                if kind == "blob" and "raw=true" in query:
                    where = f"{self.url}/{name}/raw/{ref}/{urllib.parse.quote(file)}"
                    return WebPage(302, b"", {"Location": where})
                return self._file(self.world.repositories.get(name), ref, file)
            return self._view(path)

    def _view(self, path: str) -> WebPage:
        """Show a page to a person."""
        from mlgate.demo.github import page

        text = page.index(self.world) if path == "/" else None
        if match := _PULL.fullmatch(path):
            repo, issue = self._issue(match[1], int(match[2]))
            text = page.pull(repo, issue) if repo and issue and issue.pull else None
        elif match := _CHECK.fullmatch(path):
            repo = self.world.repositories.get(match[1])
            check = repo.checks.get(int(match[2])) if repo else None
            text = page.check(repo, check) if repo and check else None
        if text is None:
            return WebPage(404, page.missing(path).encode(), _HTML)
        return WebPage(200, text.encode(), _HTML)

    def _issue(self, name: str, number: int) -> tuple[LocalRepository | None, LocalIssue | None]:
        repo = self.world.repositories.get(name)
        return repo, None if repo is None else repo.issues.get(number)

    def _stored(self, name: str, ident: int, headers: Mapping[str, str]) -> WebPage:
        """Return an artifact; like the real storage, refuse whoever sends GitHub's token along."""
        if "authorization" in headers:
            return WebPage(400, b"InvalidAuthenticationInfo", {"Content-Type": "text/plain"})
        repo = self.world.repositories.get(name)
        artifact = None if repo is None else repo.artifacts.get(ident)
        if artifact is None:
            return NOT_FOUND
        return WebPage(200, artifact.content, {"Content-Type": "application/zip"})

    def _file(self, repo: LocalRepository | None, ref: str, path: str) -> WebPage:
        commit = None if repo is None else repo.objects.resolve(ref)
        if repo is None or commit is None:
            return NOT_FOUND
        sha = repo.objects.file(repo.objects.commits[commit].tree, path)
        if sha is None:
            return NOT_FOUND
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return WebPage(200, repo.objects.blobs[sha], {"Content-Type": kind})
