"""The workflow that `mlgate init` writes; workflows/pull-request.yml is the same text."""

from __future__ import annotations

import json
from typing import Final

from mlgate.config.scalars import yaml_text
from mlgate.model.project import ACTION
from mlgate.run_dir import DEFAULT, HTML

PINS: Final = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "actions/setup-python": "5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
    "actions/upload-artifact": "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1",
    "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
    "actions/attest": "1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2",
    "pypa/gh-action-pypi-publish": "ed0c53931b1dc9bd32cbe73a98c7f6766f8a527e # v1.13.0",
}
"""Every third-party action that our workflows use, by commit; a test holds the files to it."""

_TEXT: Final = """\
# Trains pull requests, judges them against {branch} and comments on them; saves the results of {branch}.
name: {name}
on: {{pull_request: {{types: [opened, synchronize, reopened, ready_for_review]}}, push: {{branches: [{branch}]}}}}
permissions: {{}}   # none but what a job asks for
concurrency:   # a newer push replaces a pull request's run; every run of {branch} finishes
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: ${{{{ github.event_name == 'pull_request' }}}}
jobs:
  mlgate:
    name: {name}   # the check to require in branch protection
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read         # the code, and the results of {branch}
      pull-requests: write   # the comment
      checks: write          # the check run with its annotations
      statuses: write        # the commit status
    steps:
{steps}
      - uses: {upload}
        if: ${{{{ !cancelled() }}}}
        with: {{name: mlgate-report, path: {report}, if-no-files-found: ignore}}
  baseline:
    name: Keep the results of {branch}
    if: github.event_name == 'push'
    runs-on: ubuntu-latest
    permissions: {{contents: write}}   # refs/mlgate/baselines
    steps:
{steps}
"""


def uses(action: str) -> str:
    """Return the `uses:` of a step for a third-party action."""
    return f"{action}@{PINS[action]}"


def text(branch: str, folder: str, python: str, install: str | None) -> str:
    """Render the workflow for GitHub Actions.

    Parameters
    ----------
    branch
        The main branch.
    folder
        The folder of mlgate.yaml, relative to the repository's top; `.` for the top itself.
    python
        The version of Python to train with.
    install
        The command that installs what the training needs.
    """
    top = "" if folder == "." else f"{folder}/"
    return _TEXT.format(
        branch=yaml_text(branch),
        name=yaml_text(f"mlgate {folder}" if top else "mlgate"),
        steps="\n".join(f"      {line}" for line in _steps(top, python, install)),
        upload=uses("actions/upload-artifact"),
        report=yaml_text(f"{top}{DEFAULT}/{HTML}"),
    )


def _steps(top: str, python: str, install: str | None) -> list[str]:
    lines = [
        f"- uses: {uses('actions/checkout')}",
        "  with: {persist-credentials: false}   # the training finds no token; mlgate has its own",
        f"- uses: {uses('actions/setup-python')}",
        f"  with: {{python-version: {json.dumps(python)}}}",
        f"- run: {install or 'true   # CHANGE: install what the training needs'}",
        f"- uses: {ACTION}",
    ]
    return [*lines, f"  with: {{config: {yaml_text(top + 'mlgate.yaml')}}}"] if top else lines
