"""What the page of a CI step shows of a run and of its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.pipeline.publishing import told
from mlgate.report.escape import code, inline
from mlgate.report.fit import fit, octets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.pipeline.publishing.content import Content
    from mlgate.pipeline.publishing.post import Done, Published

LIMIT: Final = 1024 * 1024
"""Bytes of a step's summary."""
_MARGIN: Final = 1024
_PARTLY: Final = (
    "Not all of this could be posted. The verdict does not depend on it, and the next run mends it."
)


def write(content: Content, published: Published | None) -> str:
    """Give the whole report, and what could not be posted with what to do about it."""
    tail = _missing(published.missing if published else ())
    shown = published.shown if published else None
    report = fit(
        content.reports,
        LIMIT - octets(tail) - _MARGIN,
        shown.images if shown else None,
        whole="the run directory (report.html)",
        mermaid=any(one.run.plots != "none" for one in content.loaded),
        facts=told.links(published.target, run=False) if published else (),
    )
    return f"{report}{tail}"


def _missing(parts: Sequence[Done]) -> str:
    if not parts:
        return ""
    lines = "\n".join(f"- {_told(one)}" for one in parts)
    return f"\n> [!NOTE]\n> {_PARTLY}\n\n{lines}\n"


def _told(done: Done) -> str:
    """Say what is missing; the YAML line that grants a permission stands as code."""
    assert done.problem is not None
    what = done.title
    hint = done.problem.hint
    permission = getattr(done.problem, "permission", None)
    if hint is not None and permission is not None:
        said = inline(hint.removesuffix(permission).strip())
        hint = f"{said} {code(permission)}"
    elif hint is not None:
        hint = inline(hint)
    return f"**{inline(what)}**: {inline(done.problem.message)}" + (f". {hint}" if hint else "")
