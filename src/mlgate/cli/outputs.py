"""Outputs of a CI step: what later steps can read of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgate.cli import out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.cli.settings import Settings
    from mlgate.model.verdict import Verdict
    from mlgate.run_dir import RunDir


def write(settings: Settings, values: Mapping[str, str]) -> None:
    """Set outputs, where CI has them; those that cannot be written are reported once."""
    if settings.ci_run.outputs is None or settings.outputs_lost:
        return
    try:
        settings.ci_run.outputs.put(values)
    except OSError as error:
        settings.outputs_lost = True
        out.tell(f"mlgate: the outputs of this step cannot be written: {error.strerror}")


def of_verdict(verdict: Verdict, run_dir: RunDir) -> dict[str, str]:
    """Return the outputs of a step that judged."""
    return {
        "verdict": verdict.verdict,
        "blocked": str(verdict.blocked).lower(),
        "headline": verdict.headline,
        **of_folder(run_dir),
    }


def of_folder(run_dir: RunDir) -> dict[str, str]:
    """Return where results are: the run directory, and the reports in it."""
    folder = run_dir.path.absolute()
    files = {"report-path": run_dir.markdown, "html-path": run_dir.html, "log-path": run_dir.log}
    paths = {name: str(file.absolute()) for name, file in files.items() if file.is_file()}
    return {"run-dir": str(folder), **paths}
