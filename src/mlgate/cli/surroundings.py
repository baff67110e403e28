"""Builds what the pipeline is handed, from options and environment: `Context`, event, forge."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgate.git import Login
from mlgate.pipeline.context import Context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.cli.settings import Settings
    from mlgate.forges.github.event import Event
    from mlgate.forges.protocols import Forge


def context(settings: Settings) -> Context:
    """Collect what a command stands in; `--format json` leaves standard output to the result."""
    event = _event(settings.environ)
    pull_request = event.get("pull_request") or {}
    return Context(
        cwd=Path.cwd(),
        environ=settings.environ,
        progress=settings.progress(),
        console=sys.stderr,
        now=dt.datetime.now(dt.UTC),
        config=settings.config,
        run_dir=settings.run_dir,
        policies=settings.policies,
        base_branch=settings.environ.get("GITHUB_BASE_REF") or _queue_base(event),
        draft=pull_request.get("draft"),
        ref=_ref(settings),
        login=_login(settings),
        github=settings.github,
    )


def event(settings: Settings) -> Event:
    """Read what this workflow run knows of itself; outside GitHub Actions, its variables alone.

    Raises
    ------
    UsageError
        When GITHUB_REPOSITORY does not name one.
    """
    from mlgate.forges.github.event import read

    return read(settings.environ, _event(settings.environ))


def forge(settings: Settings, of: Event) -> Forge | None:
    """Give the forge that the job's token opens; None without a token."""
    from mlgate.forges.github import connect

    token = settings.environ.get("GITHUB_TOKEN")
    return connect(of.api_url, of.server_url, of.repository, token) if token else None


def _ref(settings: Settings) -> tuple[str, str] | None:
    """Give the ref and the commit that GitHub started this workflow for."""
    if not settings.github:
        return None
    return settings.environ.get("GITHUB_REF", ""), settings.environ.get("GITHUB_SHA", "")


def _login(settings: Settings) -> Login | None:
    """Let git use the job's token, so that a checkout need not leave credentials behind."""
    server, token = (settings.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "TOKEN"))
    return Login(server, token) if settings.github and server and token else None


def _queue_base(event: Mapping[str, Any]) -> str | None:
    """Give the branch that a merge queue is for; GITHUB_BASE_REF is empty there."""
    base = (event.get("merge_group") or {}).get("base_ref")
    return base.removeprefix("refs/heads/") if isinstance(base, str) else None


def _event(environ: Mapping[str, str]) -> dict[str, Any]:
    """Read the event that started this workflow; none outside GitHub Actions."""
    path = environ.get("GITHUB_EVENT_PATH")
    if not path or environ.get("GITHUB_ACTIONS") != "true":
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}
