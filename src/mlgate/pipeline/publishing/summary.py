"""What a step shows of a run and of its publication: `$GITHUB_STEP_SUMMARY`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.compare.page_fit import fit, octets
from mlgate.errors import MissingPermissionError
from mlgate.pipeline.publishing import told
from mlgate.report.escape import code, inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgate.errors import ForgeError
    from mlgate.pipeline.publishing.content import Content
    from mlgate.pipeline.publishing.post import Done, Published

LIMIT: Final = 1024 * 1024
"""Bytes of a step's summary."""
_MARGIN: Final = 1024
_PARTLY: Final = (
    "Not all of this could be posted. The verdict does not depend on it, and the next run mends it."
)


def write(content: Content, published: Published | None) -> str:
    """Return the whole report, and what could not be posted with what to do about it."""
    tail = _missing(published.missing if published else ())
    shown = published.shown if published else None
    report = fit(
        content.reports,
        LIMIT - octets(tail) - _MARGIN,
        shown.images if shown else None,
        whole="the run directory (report.html)",
        mermaid=any(loaded.run.plots != "none" for loaded in content.loaded),
        facts=told.links(published.target, run=False) if published else (),
    )
    return f"{report}{tail}"


def _missing(parts: Sequence[Done]) -> str:
    if not parts:
        return ""
    lines = "\n".join(f"- {_describe(part)}" for part in parts)
    return f"\n> [!NOTE]\n> {_PARTLY}\n\n{lines}\n"


def _describe(part: Done) -> str:
    """Return what is missing; the YAML line that grants a permission is formatted as code."""
    assert part.problem is not None
    hint = _hint(part.problem)
    missing = f"**{inline(part.title)}**: {inline(part.problem.message)}"
    return f"{missing}. {hint}" if hint else missing


def _hint(problem: ForgeError) -> str | None:
    if isinstance(problem, MissingPermissionError):
        return f"{inline(problem.ADVICE)} {code(problem.permission)}"
    return None if problem.hint is None else inline(problem.hint)
