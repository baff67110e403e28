"""What routes get and give: a call, an answer, a refusal."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlgate.demo.github.world import LocalRepository, Token, World

T = TypeVar("T")
DOCUMENTS: Final = "https://docs.github.com/rest"
PAGE: Final = 30
LARGEST_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, JSON (None: no body) and headers."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818  (a result, not a fault)
    """An answer that is not what was asked for."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        data: dict[str, Any] = {
            "message": message, "documentation_url": DOCUMENTS, "status": str(status),
        }  # fmt: skip
        if errors:
            data["errors"] = list(errors)
        self.answer = Answer(status, data, headers or {})


def missing() -> Refused:
    """What GitHub says of everything that is not there, or not to be seen."""
    return Refused(404, "Not Found")


def invalid(resource: str, where: str, message: str) -> Refused:
    """What GitHub says of a value that it does not take."""
    error = {"resource": resource, "field": where, "code": "custom", "message": message}
    return Refused(422, "Validation Failed", [error])


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as a route sees it.

    `parts` are what the path's `{names}` stand for; `api` is the address of the API's root and
    `site` that of the pages.
    """

    world: World
    repo: LocalRepository
    token: Token
    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    api: str
    site: str
    path: str

    def number(self, name: str) -> int:
        """Return a part of the path that is a number."""
        text = self.parts[name]
        if not (text.isascii() and text.isdigit()):
            raise missing()
        return int(text)

    @property
    def url(self) -> str:
        """The API's address of the repository."""
        return f"{self.api}/repos/{self.repo.full_name}"

    @property
    def html(self) -> str:
        """The address of the repository's pages."""
        return f"{self.site}/{self.repo.full_name}"


def page(
    call: Call, items: Sequence[T], shape: Callable[[Call, T], Any], wrap: str | None = None
) -> Answer:
    """Return one page of a list, with the links that lead to the others."""
    size = min(_positive(call.query.get("per_page"), PAGE), LARGEST_PAGE)
    number = _positive(call.query.get("page"), 1)
    last = max((len(items) + size - 1) // size, 1)
    data: Any = [shape(call, item) for item in items[(number - 1) * size : number * size]]
    if wrap is not None:
        data = {"total_count": len(items), wrap: data}
    numbers = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number >= last:
        numbers.pop("next"), numbers.pop("last")
    if number <= 1:
        numbers.pop("prev"), numbers.pop("first")
    links = ", ".join(f'<{_with(call, at)}>; rel="{name}"' for name, at in numbers.items())
    return Answer(200, data, {"Link": links} if links else {})


def _with(call: Call, number: int) -> str:
    return f"{call.api}{call.path}?{urllib.parse.urlencode({**call.query, 'page': number})}"


def _positive(text: str | None, default: int) -> int:
    return max(int(text), 1) if text and text.isascii() and text.isdigit() else default
