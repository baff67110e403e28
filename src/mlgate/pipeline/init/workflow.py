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

OLDEST: Final = (3, 11)
"""The oldest Python that mlgate runs on; `requires-python`, which a test compares."""

_TEXT: Final = """\
# Trains pull requests, judges them against {branch} and comments on them; saves the results of {branch}.
# One job runs the pull request's code; another, with the token, measures what that one hands over.
name: {name}
on: {{pull_request: {{types: [opened, synchronize, reopened, ready_for_review, edited]}}, push: {{branches: [{branch}]}}}}
permissions: {{}}   # none but what a job asks for
concurrency:   # a newer push replaces a pull request's run; every run of {branch} finishes
  group: ${{{{ github.workflow }}}}-${{{{ github.event.action == 'edited' && github.run_id || github.ref }}}}
  cancel-in-progress: ${{{{ github.event_name == 'pull_request' }}}}
jobs:
  train:
    name: Train   # runs the pull request's code: no secret is here, and the token may only read
    runs-on: ubuntu-latest
    permissions: {{actions: read, pull-requests: read, contents: read}}   # the code, and the results of {branch}
    steps:
      - uses: {checkout}
        with: {{persist-credentials: false}}   # the training finds no token; mlgate has its own
      - uses: {setup}
        with: {{python-version: {python}}}{older}
      - run: {install}
      - uses: {train}
        with: {{{config}handover: mlgate-handover.zip}}
      - uses: {upload}
        if: ${{{{ !cancelled() }}}}   # a failed training is reported as well
        with: {{name: mlgate-handover, path: mlgate-handover.zip, retention-days: 1, if-no-files-found: ignore}}
  mlgate:
    name: {name}   # the check to require in branch protection
    needs: train
    if: always() && github.event_name == 'pull_request'   # a skipped job would satisfy the requirement
    runs-on: ubuntu-latest
    permissions:
      contents: read         # the code, and the results of {branch}
      pull-requests: write   # the comment
      checks: write          # the check run with its annotations
      statuses: write        # the commit status
      actions: read          # how the last run ended, where only a title was edited
    steps:
      - run: test "$TRAINED" != cancelled   # replaced by a newer push: red, and nothing is posted
        env: {{TRAINED: "${{{{ needs.train.result }}}}"}}
      - uses: {checkout}
        with: {{persist-credentials: false}}   # mlgate has its own token
      - uses: {download}
        continue-on-error: true   # without a handover mlgate reports an error
        with: {{name: mlgate-handover}}
      - uses: {action}
        with: {{{config}handover: mlgate-handover.zip}}
      - uses: {upload}
        if: ${{{{ !cancelled() }}}}
        with: {{name: mlgate-report, path: {report}, if-no-files-found: ignore}}
  baseline:
    name: Keep the results of {branch}
    needs: train
    if: always() && github.event_name == 'push'   # kept although {branch}'s model does not meet its rules
    runs-on: ubuntu-latest
    permissions: {{statuses: write, contents: write}}   # refs/mlgate/baselines, and a status that says so
    steps:
      - run: test "$TRAINED" != cancelled   # replaced by a newer push: red, and nothing is posted
        env: {{TRAINED: "${{{{ needs.train.result }}}}"}}
      - uses: {checkout}
        with: {{persist-credentials: false}}   # mlgate has its own token
      - uses: {download}
        continue-on-error: true   # without a handover mlgate reports an error
        with: {{name: mlgate-handover}}
      - uses: {action}
        with: {{{config}handover: mlgate-handover.zip}}
"""


def uses(action: str) -> str:
    """Return the `uses:` of a step for a third-party action."""
    return f"{action}@{PINS[action]}"


def text(branch: str, folder: str, python: str, install: str | None, why: str = "") -> str:
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
    why
        Why this Python, where that is a guess.
    """
    remarks = ["of the training; mlgate brings its own"] if _older(python) else []
    remarks += [f"guess: {why}"] if why else []
    top = "" if folder == "." else f"{folder}/"
    return _TEXT.format(
        branch=yaml_text(branch),
        name=yaml_text(f"mlgate {folder}" if top else "mlgate"),
        checkout=uses("actions/checkout"),
        setup=uses("actions/setup-python"),
        upload=uses("actions/upload-artifact"),
        download=uses("actions/download-artifact"),
        train=ACTION.replace("@", "/actions/train@"),
        action=ACTION,
        python=json.dumps(python),
        older=f"   # {'; '.join(remarks)}" if remarks else "",
        install=install or "true   # CHANGE: install what the training needs",
        config=f"config: {yaml_text(top + 'mlgate.yaml')}, " if top else "",
        report=json.dumps(f"{top}{DEFAULT}/{HTML}"),
    )


def _older(python: str) -> bool:
    """Whether mlgate does not run on this Python."""
    return tuple(map(int, python.split("."))) < OLDEST
