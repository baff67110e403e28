"""Outputs of a step of GitHub Actions: what later steps can ask of this one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.cli.settings import Settings
    from mlgate.model.verdict import Verdict
    from mlgate.run_dir import RunDir


def write(settings: Settings, values: Mapping[str, str]) -> None:
    """Set outputs; nothing happens outside GitHub Actions.

    A value of any content stays one value: the delimiter around it cannot be guessed.
    """
    path = settings.environ.get("GITHUB_OUTPUT")
    if not settings.github or not path:
        return
    import secrets

    with Path(path).open("a", encoding="utf-8") as file:
        for name, value in values.items():
            end = f"mlgate-{secrets.token_hex(16)}"
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def of_verdict(verdict: Verdict, run_dir: RunDir) -> dict[str, str]:
    """Give the outputs of a step that judged."""
    return {
        "verdict": verdict.verdict,
        "blocked": str(verdict.blocked).lower(),
        "headline": verdict.headline,
        **of_folder(run_dir),
    }


def of_folder(run_dir: RunDir) -> dict[str, str]:
    """Give where results lie: the run directory, and the reports in it."""
    folder = run_dir.path.absolute()
    files = {"report-path": run_dir.markdown, "html-path": run_dir.html, "log-path": run_dir.log}
    paths = {name: str(file.absolute()) for name, file in files.items() if file.is_file()}
    return {"run-dir": str(folder), **paths}
