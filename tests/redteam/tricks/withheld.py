"""What only the job that judges may read: held-out labels, and data outside of the repository."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.redteam.bases import drift, held_out, plain, unkept
from tests.redteam.secrets_of_the_job import OUTSIDE_FILE
from tests.redteam.trick import ERROR, GREEN, INTENT, Mode, trick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.redteam.outcome import Outcome
    from tests.redteam.repository import Repository

MODES = (Mode.SINGLE, Mode.TWO_JOBS)


def unasked(outcome: Outcome) -> str | None:
    """Look for the sentence that the branch's own policy has measured nothing."""
    text = "measured once it is merged"
    return None if text in outcome.comments[-1] else f"the comment lacks {text!r}"


def _withhold(repo: Repository, name: str, text: str) -> Path:
    """Write a file outside of the repository, older than any training."""
    path = repo.root.parent.parent / name
    path.write_text(text)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def _hold_out(repo: Repository, more: str = "") -> None:
    """Let main keep its labels outside of the repository."""
    with repo.on_main():
        held = _withhold(repo, "held.csv", (repo.root / "labels.csv").read_text())
        repo.remove("labels.csv")
        repo.configure("labels: labels.csv", f"labels: {held}")
        if more:
            repo.configure("report: {plots: none}", f"report: {{plots: none, {more}}}")


def _probe(repo: Repository) -> None:
    """Name every row by 20 columns, and slice by them."""
    repo.edit_rows(
        "for n, row in enumerate(rows):\n"
        "    row += [f'k{n}' if n // 100 == probe else 'rest' for probe in range(20)]\n"
        "columns += [f'p{probe}' for probe in range(20)]"
    )
    probes = [f"p{probe}" for probe in range(20)]
    gates = "".join(f"  'accuracy[{probe}]': {{min: 0.5}}\n" for probe in probes)
    repo.configure("gates:\n", f"gates:\n{gates}")
    repo.add_to_config(f"slices: {{by: [{', '.join(probes)}], minimum: 1}}")


@trick(GREEN, INTENT, base=held_out, modes=MODES, posts=unasked)
def each_row_as_a_slice(repo: Repository) -> None:
    """Makes each row a slice in its own mlgate.yaml: what is wrong would be all labels."""
    _hold_out(repo)
    _probe(repo)


@trick(GREEN, INTENT, base=held_out, modes=MODES, posts=unasked)
def each_row_as_a_slice_in_steps(repo: Repository) -> None:
    """The same, where main shows changes in steps."""
    _hold_out(repo, "changes: steps")
    _probe(repo)


@trick(GREEN, INTENT, base=held_out, modes=MODES, posts=unasked)
def rules_that_search_for_a_number(repo: Repository) -> None:
    """Asks by rules of its own how good the model is, where main shows changes in steps."""
    _hold_out(repo, "changes: steps")
    repo.configure("gates:\n", "gates:\n  roc_auc: {min: 0.99}\n  f1: {min: 0.99}\n")


@trick(GREEN, INTENT, base=plain, modes=MODES, posts=unasked)
def rules_of_ones_own_over_a_sealed_test_set(repo: Repository) -> None:
    """Asks a sealed test set by rules of its own, which would not count as uses."""
    with repo.on_main():
        repo.add_to_config("sealed: {uses: 3}")
    repo.configure("sealed: {uses: 3}\n", "")
    repo.configure("gates:\n", "gates:\n  f1: {min: 0.99}\n")


@trick(ERROR, INTENT, base=held_out)
def labels_of_ones_own_where_main_has_none(repo: Repository) -> None:
    """Commits its predictions as the labels that a step before would fetch to the same path."""
    with repo.on_main():
        repo.remove("labels.csv")
        repo.write(".gitignore", "out/\nlabels.csv\n")
    repo.worse()
    repo.write(".gitignore", "out/\n")
    subprocess.run([sys.executable, "train.py"], cwd=repo.root, check=True)
    with (repo.root / "out/predictions.csv").open() as file:
        lines = [f"{row['id']},{row['prediction']},1" for row in csv.DictReader(file)]
    repo.write("labels.csv", "\n".join(["id,label,weight", *lines, ""]))


def _outside(repo: Repository) -> Path:
    """Let main check data that are outside of the repository."""
    rows = "".join(f"{n % 10},{OUTSIDE_FILE}-{n % 3}\n" for n in range(400))
    with repo.on_main():
        outside = _withhold(repo, "levels.csv", f"x,name\n{rows}")
        repo.add_to_config(f"data: {{path: '{outside}', rules: [{{column: x, min: 0}}]}}")
        repo.configure("gates:\n", "gates:\n  data: {max_share: 0}\n")
    return outside


@trick(GREEN, INTENT, modes=MODES, posts=unasked)
def levels_of_data_outside(repo: Repository) -> None:
    """Compares main's data outside of the repository with a reference of its own: new levels are results."""
    _outside(repo)
    repo.write("ref.csv", "x,name\n" + "".join(f"{n % 10},b{n % 3}\n" for n in range(400)))
    repo.add_to_config("drift: {reference: ref.csv}")
    repo.configure("gates:\n", "gates:\n  drift: {max_share: 0}\n")


@trick(GREEN, INTENT, modes=MODES, posts=unasked)
def values_of_data_outside(repo: Repository) -> None:
    """Writes `mask: false`, and rules that all rows of main's data outside of the repository break."""
    _outside(repo)
    repo.configure(
        "rules: [{column: x, min: 0}]",
        "mask: false, rules: [{column: x, min: 5}, {column: name, values: [a]}, "
        "{column: name, unique: true}, {name: cast, expression: 'CAST(name AS INTEGER) > 0'}]",
    )


@trick(GREEN, INTENT, base=drift, modes=MODES, posts=unasked)
def reference_outside_against_data_of_ones_own(repo: Repository) -> None:
    """Compares main's reference outside of the repository with data of its own, and other columns."""
    with repo.on_main():
        text = "x\n" + "".join(f"{n % 10}\n" for n in range(2000))
        outside = _withhold(repo, "reference.csv", text)
        repo.configure("reference: 'reference.csv'", f"reference: '{outside}'")
    repo.write("current.csv", "x\n" + "0\n" * 2000)
    repo.configure("current: current.csv", "current: own.csv")
    repo.write("own.csv", "x\n" + "0\n" * 2000)
    repo.write("current.csv", "x\n" + "".join(f"{n % 10}\n" for n in range(2000)))


@trick(GREEN, INTENT, base=unkept, modes=MODES, posts=unasked)
def small_groups_outside(repo: Repository) -> None:
    """Takes `suppress_below` away, where main's groups are outside of the repository."""
    with repo.on_main():
        rows = "".join(f"row-{n},{'x' if n < 10 else 'fm'[n % 2]}\n" for n in range(2000))
        groups = _withhold(repo, "groups.csv", f"id,sex\n{rows}")
        repo.add_to_config(
            f"fairness: {{sensitive: {{sex: {{column: sex, path: '{groups}'}}}}, suppress_below: 50}}"
        )
        repo.configure("gates:\n", "gates:\n  'fairness.accuracy_difference[sex]': {max: 0.5}\n")
    repo.configure(", suppress_below: 50", "")
