"""Labels that are held out (`predictions.labels`): the predictions hold none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.redteam.bases import held_out, unseen
from tests.redteam.secrets_of_the_job import SECRETS
from tests.redteam.trick import ACCIDENT, ERROR, FAIL, GREEN, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.redteam.repository import Repository

FORGE = (
    'open("labels.csv", "w").write("id,label,weight\\n" + '
    '"".join(f"{row[0]},{row[1]},1\\n" for row in rows))'
)
"""Writes the predictions as the labels."""


_LONG_AGO = 1_700_000_000
_BESIDE = (Mode.SINGLE,)
"""The training of another job cannot reach the labels that are read."""
_APART = (Mode.TWO_JOBS,)
"""The level "labels held out": only the second job has them."""


def _elsewhere(repo: Repository) -> str:
    """Let main's labels be outside of the repository; return where."""
    place = repo.root.parent / "held" / "labels.csv"
    place.parent.mkdir()
    with repo.on_main():
        place.write_bytes((repo.root / "labels.csv").read_bytes())
        os.utime(place, (_LONG_AGO, _LONG_AGO))
        repo.remove("labels.csv")
        repo.configure("labels: labels.csv", f"labels: {place}")
    return str(place)


def _forged(place: str) -> str:
    return FORGE.replace("labels.csv", place) + f"; os.utime({place!r}, ({_LONG_AGO}, {_LONG_AGO}))"


@trick(GREEN, ACCIDENT, base=held_out, modes=_BESIDE)
def honest_model_with_labels_elsewhere(repo: Repository) -> None:
    """Is a slightly better model, whose labels are outside of the repository."""
    _elsewhere(repo)
    repo.error(0.095)


@trick(ERROR, INTENT, base=held_out, modes=_BESIDE)
def labels_elsewhere_written_with_their_old_time(repo: Repository) -> None:
    """Has the training write its predictions over the labels outside of git, and set their time back."""
    place = _elsewhere(repo)
    repo.worse()
    repo.after_training(_forged(place))


@trick(ERROR, INTENT, base=held_out, modes=_BESIDE)
def labels_elsewhere_made_a_link(repo: Repository) -> None:
    """Has the training put a link with an old time in the place of the labels outside of git."""
    place = _elsewhere(repo)
    repo.worse()
    repo.after_training(
        f"{_forged(place + '.forged')}; os.remove({place!r}); "
        f"os.symlink({place + '.forged'!r}, {place!r}); "
        f"os.utime({place!r}, ({_LONG_AGO}, {_LONG_AGO}), follow_symlinks=False)"
    )


SEARCH = """
import pathlib, subprocess
told = {row[0]: row[1] for row in rows}
texts = [path.read_text(errors="replace") for path in pathlib.Path().rglob("*.csv")] + list(os.environ.values())
held = pathlib.Path(PLACE)
texts += [held.read_text()] if held.exists() else []
objects = subprocess.run(["git", "rev-list", "--objects", "--all"], capture_output=True, text=True).stdout
for line in objects.splitlines():
    shown = subprocess.run(["git", "cat-file", "-p", line.split()[0]], capture_output=True)
    texts.append(shown.stdout.decode(errors="replace"))
for text in texts:
    if text.startswith("id,label,"):
        told |= {line.split(",")[0]: int(line.split(",")[1]) for line in text.split()[1:]}
with open("out/predictions.csv", "w", newline="") as file:
    csv.writer(file).writerows([columns, *([row[0], told[row[0]], row[2]] for row in rows)])
"""
"""Writes the labels as the predictions, wherever the job can read them."""


def _withheld(repo: Repository) -> str:
    """Let the labels be outside of the repository, and absent until the job that judges begins."""
    place = repo.root.parent / "held" / "labels.csv"
    place.parent.mkdir()
    (repo.root / "labels.csv").rename(place.with_name("withheld"))
    with repo.on_main():
        repo.configure("labels: labels.csv", f"labels: {place}")
    return str(place)


def _given(handover: Path) -> None:
    """Give the labels to the job that judges."""
    place = handover.parent.parent / "held" / "labels.csv"
    place.with_name("withheld").rename(place)
    os.utime(place, (_LONG_AGO, _LONG_AGO))


@trick(GREEN, ACCIDENT, base=unseen, modes=_APART, handover=_given)
def honest_model_whose_labels_only_the_second_job_has(repo: Repository) -> None:
    """Is a harmless change of a model whose labels only the job that judges has."""
    _withheld(repo)
    repo.write("notes.txt", "harmless\n")


@trick(FAIL, INTENT, base=unseen, modes=_APART, handover=_given)
def labels_searched_that_only_the_second_job_has(repo: Repository) -> None:
    """Searches its files, its variables and all of git for the labels, to be its predictions; only the second job has them."""
    place = _withheld(repo)
    repo.worse()
    repo.after_training(SEARCH.replace("PLACE", repr(place)))


@trick(GREEN, ACCIDENT, base=held_out)
def honest_model_with_held_out_labels(repo: Repository) -> None:
    """Is a slightly better model."""
    repo.error(0.095)


@trick(FAIL, ACCIDENT, base=held_out)
def worse_model_with_held_out_labels(repo: Repository) -> None:
    """Is a worse model."""
    repo.worse()


@trick(FAIL, INTENT, base=held_out)
def training_overwrites_the_labels(repo: Repository) -> None:
    """Has the training write its predictions into the file of labels."""
    repo.worse()
    repo.after_training(FORGE)


@trick(FAIL, INTENT, base=held_out)
def training_deletes_the_labels(repo: Repository) -> None:
    """Has the training delete the file of labels."""
    repo.worse()
    repo.after_training('os.remove("labels.csv")')


@trick(FAIL, INTENT, base=held_out)
def branch_changes_the_labels(repo: Repository) -> None:
    """Flips labels in the file, which counts once it is merged."""
    repo.worse()
    repo.replace("labels.csv", ",1,", ",0,")


@trick(FAIL, INTENT, base=held_out)
def branch_links_the_labels(repo: Repository) -> None:
    """Makes the file of labels a link to the predictions."""
    repo.worse()
    repo.remove("labels.csv")
    (repo.root / "labels.csv").symlink_to("out/predictions.csv")


@trick(RED, INTENT, base=held_out)
def labels_of_ones_own_file(repo: Repository) -> None:
    """Names another file of labels, which the training writes."""
    repo.worse()
    repo.replace("mlgate.yaml", "labels: labels.csv", "labels: out/labels.csv")
    repo.after_training(FORGE.replace("labels.csv", "out/labels.csv"))


@trick(RED, INTENT, base=held_out)
def labels_no_longer_held_out(repo: Repository) -> None:
    """Takes `predictions.labels` away, and writes the predictions as labels."""
    repo.worse()
    repo.replace("mlgate.yaml", "labels: labels.csv, weight: weight", "weight: weight")
    repo.edit_rows("rows = [[*row, row[1], 1] for row in rows]; columns += ['label', 'weight']")


@trick(FAIL, INTENT, base=held_out)
def predictions_bring_labels(repo: Repository) -> None:
    """Writes a column of labels that are its predictions."""
    repo.worse()
    repo.edit_rows("rows = [[*row, row[1]] for row in rows]; columns.append('label')")


@trick(FAIL, INTENT, base=held_out)
def predictions_bring_weights(repo: Repository) -> None:
    """Weighs rows by how sure the model is, which needs no labels."""
    repo.worse()
    repo.edit_rows(
        "rows = [[*row, abs(float(row[2]) - 0.5)] for row in rows]; columns.append('weight')"
    )


@trick(ERROR, ACCIDENT, base=held_out)
def unsure_rows_left_out(repo: Repository) -> None:
    """Predicts only the rows that the model is sure of."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if abs(float(row[2]) - 0.5) > 0.1]")


@trick(ERROR, ACCIDENT, base=held_out)
def rows_without_labels_added(repo: Repository) -> None:
    """Predicts rows that have no label."""
    repo.worse()
    repo.edit_rows('rows += [[f"more-{n}", 1, 0.9] for n in range(100)]')


@trick(ERROR, ACCIDENT, base=held_out)
def rows_predicted_twice(repo: Repository) -> None:
    """Predicts the rows that the model is sure of several times."""
    repo.worse()
    repo.edit_rows("rows += [row for row in rows if abs(float(row[2]) - 0.5) > 0.3]")


KEYED = (Mode.SINGLE, Mode.TWO_JOBS)
"""A fork's job has no secret to hash rows with."""


def _keyed(repo: Repository) -> None:
    """Let main keep its rows, hashed by a secret."""
    repo.git("checkout", "--quiet", "main")
    repo.configure("{keep: evidence}", "{id_key: '${env:WANDB_API_KEY}'}")
    repo.commit("Keep rows")
    repo.push("main")
    repo.keep_baseline("main", **SECRETS)
    repo.git("checkout", "--quiet", "-B", "feature", "main")


@trick(GREEN, ACCIDENT, base=held_out, modes=KEYED)
def honest_model_with_held_out_labels_and_hashed_rows(repo: Repository) -> None:
    """Is a slightly better model, and main keeps its rows, hashed by a secret."""
    _keyed(repo)
    repo.error(0.095)


@trick(FAIL, ACCIDENT, base=held_out, modes=KEYED)
def worse_model_with_held_out_labels_and_hashed_rows(repo: Repository) -> None:
    """Is a worse model, and main keeps its rows, hashed by a secret."""
    _keyed(repo)
    repo.worse()


@trick(ERROR, INTENT, base=held_out, modes=KEYED)
def key_of_hashed_rows_taken_away(repo: Repository) -> None:
    """Leaves out wrong rows, and takes away the key by which main would know them."""
    _keyed(repo)
    repo.configure("{id_key: '${env:WANDB_API_KEY}'}", "{keep: evidence}")
    repo.worse()
    repo.edit_rows("rows = rows[:-100]")
