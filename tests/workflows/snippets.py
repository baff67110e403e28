"""Workflows and parts of them as the pages show them, put together as the pages say."""

from __future__ import annotations

import re
import textwrap

from tests.contract.pages import ROOT, Page

_STEP = re.compile(r"^      - .*\n(?:        .*\n)*", re.MULTILINE)
"""A step of a workflow as our files and pages are indented."""


def block(page: str, holding: str) -> str:
    """Give the one fenced block of a page, such as `docs/bots.md`, that holds a text."""
    return Page(ROOT / page).block(holding)


def swapped(workflow: str, holding: str, steps: str) -> str:
    """Put steps in the place of the first one that holds a text."""
    step = _step(workflow, holding)
    return workflow[: step.start()] + _indented(steps) + workflow[step.end() :]


def followed(workflow: str, holding: str, steps: str) -> str:
    """Put steps after the first one that holds a text."""
    end = _step(workflow, holding).end()
    return workflow[:end] + _indented(steps) + workflow[end:]


def _step(workflow: str, holding: str) -> re.Match[str]:
    return next(one for one in _STEP.finditer(workflow) if holding in one.group())


def _indented(steps: str) -> str:
    return textwrap.indent(steps, " " * 6)
