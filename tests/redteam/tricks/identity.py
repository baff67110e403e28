"""Which model this is: its name, its place, its test set, its store."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.redteam.bases import folder_store, monorepo
from tests.redteam.trick import ACCIDENT, ERROR, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

MODEL_A, MODEL_B = "models/a/mlgate.yaml", "models/b/mlgate.yaml"
SINGLE = (Mode.SINGLE,)
LOOSE = ("max_regression: 0.02", "max_regression: 0.5")


@trick(
    ERROR,
    ACCIDENT,
    single="no baseline is kept under the new name: untested, and the job is green",
    fork="the trusted stage takes the bundle's word that there is no baseline yet",
)
def name_edited(repo: Repository) -> None:
    """Edits `name`, under which no baseline is kept."""
    repo.worse()
    repo.configure("name: toy", "name: toy-2")


@trick(
    ERROR,
    ACCIDENT,
    single="no baseline is kept under the new name: untested, and the job is green",
    fork="the trusted stage takes the bundle's word that there is no baseline yet",
)
def name_deleted(repo: Repository) -> None:
    """Deletes `name`: the repository's takes its place."""
    repo.worse()
    repo.configure("name: toy\n", "")


@trick(
    ERROR,
    ACCIDENT,
    single="no baseline is kept under the new name: untested, and the job is green",
    fork="the trusted stage takes the bundle's word that there is no baseline yet",
)
def name_in_capitals(repo: Repository) -> None:
    """Writes the name with a capital letter."""
    repo.worse()
    repo.configure("name: toy", "name: Toy")


@trick(
    ERROR,
    INTENT,
    single="no baseline is kept under the new name: untested, and the job is green",
    fork="the trusted stage takes the bundle's word that there is no baseline yet",
)
def name_with_a_lookalike(repo: Repository) -> None:
    """Replaces a letter of the name by one of another alphabet that looks alike."""
    repo.worse()
    repo.configure("name: toy", "name: t\N{CYRILLIC SMALL LETTER O}y")


@trick(
    ERROR,
    INTENT,
    single="no baseline is kept under the new name: untested, and the job is green",
    fork="the trusted stage takes the bundle's word that there is no baseline yet",
)
def name_with_an_invisible_character(repo: Repository) -> None:
    """Adds a space of no width to the name."""
    repo.worse()
    repo.configure("name: toy", 'name: "toy\\u200b"')


@trick(
    ERROR,
    ACCIDENT,
    single="no baseline is kept under the new name: untested, and the job is green",
    fork="the trusted stage takes the bundle's word that there is no baseline yet",
)
def name_below_a_folder(repo: Repository) -> None:
    """Puts the name below another one, as one would a folder."""
    repo.worse()
    repo.configure("name: toy", "name: team/toy")


@trick(ERROR, INTENT)
def name_and_waiver_of_the_change(repo: Repository) -> None:
    """Edits `name`, and waives that in the same change."""
    repo.worse()
    repo.configure("name: toy", "name: toy-2")
    repo.add_to_config("waivers: [{gate: identity, reason: renamed, until: 2099-01-01}]")


@trick(RED, ACCIDENT)
def configuration_moved(repo: Repository) -> None:
    """Moves mlgate.yaml to where the workflow does not look for it."""
    repo.worse()
    repo.git("mv", "mlgate.yaml", "gate.yaml")


@trick(RED, ACCIDENT)
def configuration_deleted(repo: Repository) -> None:
    """Deletes mlgate.yaml."""
    repo.worse()
    repo.remove("mlgate.yaml")


@trick(RED, INTENT)
def configuration_becomes_a_folder(repo: Repository) -> None:
    """Makes mlgate.yaml a folder that holds a loose one."""
    repo.worse()
    text = (repo.root / "mlgate.yaml").read_text()
    repo.remove("mlgate.yaml")
    repo.write("mlgate.yaml/mlgate.yaml", text.replace(*LOOSE))


@trick(RED, INTENT)
def configuration_becomes_a_link(repo: Repository) -> None:
    """Makes mlgate.yaml a link to a loose one."""
    repo.worse()
    text = (repo.root / "mlgate.yaml").read_text()
    repo.write("loose.yaml", text.replace(*LOOSE))
    repo.remove("mlgate.yaml")
    (repo.root / "mlgate.yaml").symlink_to("loose.yaml")


@trick(RED, INTENT)
def configuration_becomes_a_link_out_of_the_repository(repo: Repository) -> None:
    """Makes mlgate.yaml a link to a file that the training of an earlier step may have left."""
    repo.worse()
    text = (repo.root / "mlgate.yaml").read_text()
    loose = repo.root.parent.parent / "loose.yaml"
    loose.write_text(text.replace(*LOOSE))
    repo.remove("mlgate.yaml")
    (repo.root / "mlgate.yaml").symlink_to(loose)


@trick(
    ERROR,
    INTENT,
    base=monorepo,
    config=MODEL_A,
    single="main has no mlgate.yaml where the link leads: the branch's own judges",
)
def folder_becomes_a_link(repo: Repository) -> None:
    """Moves a model of a monorepo to a new folder, with loose gates, and links the old one to it."""
    repo.worse("models/a")
    repo.replace(MODEL_A, *LOOSE)
    repo.git("mv", "models/a", "evil")
    shutil.rmtree(repo.root / "models" / "a", ignore_errors=True)
    (repo.root / "models" / "a").symlink_to("../evil")


@trick(RED, INTENT, base=monorepo, config=MODEL_A, works="the neighbour is measured in its place")
def folder_becomes_a_link_to_its_neighbour(repo: Repository) -> None:
    """Links the folder of a model to that of another one, which is as good as it was."""
    repo.remove("models/a")
    (repo.root / "models" / "a").symlink_to("b")


@trick(
    RED,
    INTENT,
    base=monorepo,
    config=MODEL_A,
    single="main has no mlgate.yaml where the link leads: the branch's own judges",
)
def parent_folder_becomes_a_link(repo: Repository) -> None:
    """Moves the folder of all models, and links the old one to it."""
    repo.worse("models/a")
    repo.replace(MODEL_A, *LOOSE)
    repo.git("mv", "models", "experiments")
    shutil.rmtree(repo.root / "models", ignore_errors=True)
    (repo.root / "models").symlink_to("experiments")


@trick(
    ERROR,
    ACCIDENT,
    base=monorepo,
    config=MODEL_B,
    modes=SINGLE,
    single="a job sees only the model that it is for",
)
def neighbour_deleted(repo: Repository) -> None:
    """Deletes a model of a monorepo; the job of the other one sees it."""
    repo.remove("models/a")


@trick(
    ERROR,
    ACCIDENT,
    base=monorepo,
    config=MODEL_B,
    modes=SINGLE,
    single="a job sees only the model that it is for",
)
def neighbour_moved(repo: Repository) -> None:
    """Moves a model of a monorepo to a folder for which there is no job."""
    repo.worse("models/a")
    repo.git("mv", "models/a", "models/a2")


@trick(
    ERROR,
    INTENT,
    config="copy/mlgate.yaml",
    modes=SINGLE,
    single="main has no such file: its own loose policy judges, under the other's name",
)
def second_model_of_the_same_name(repo: Repository) -> None:
    """Adds a model with the name of the one that there is, and loose gates."""
    repo.worse()
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())
    repo.replace("copy/mlgate.yaml", *LOOSE)


@trick(ERROR, INTENT, modes=SINGLE, single="a job sees only the model that it is for")
def second_model_of_the_same_name_beside(repo: Repository) -> None:
    """Adds a second model of the same name; the job of the first one sees it."""
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())


@trick(RED, ACCIDENT)
def test_set_elsewhere(repo: Repository) -> None:
    """Lets mlgate.yaml name other predictions, of rows that are easy."""
    repo.worse()
    repo.configure("out/predictions.csv", "out/easy.csv")
    repo.after_training(
        "easy = [row for row in rows if row[1] == row[2]]\n"
        'with open("out/easy.csv", "w") as file: csv.writer(file).writerows([columns, *easy])'
    )


@trick(RED, INTENT)
def store_is_a_branch_of_ones_own(repo: Repository) -> None:
    """Lets mlgate.yaml name another store, which is empty."""
    repo.worse()
    repo.add_to_config("baseline: {store: 'branch:mine'}")


@trick(RED, INTENT)
def store_is_a_folder_of_the_change(repo: Repository) -> None:
    """Lets mlgate.yaml name a folder as the store, which is empty."""
    repo.worse()
    repo.add_to_config("baseline: {store: kept}")
    repo.write("kept/.gitkeep", "")


@trick(
    ERROR, INTENT, base=folder_store, works="no baseline is there: untested, and the job is green"
)
def store_in_the_repository_emptied(repo: Repository) -> None:
    """Deletes the baselines that main keeps in a folder of the repository."""
    repo.worse()
    repo.remove("kept")


@trick(RED, ACCIDENT)
def base_branch_of_ones_own(repo: Repository) -> None:
    """Lets mlgate.yaml name another branch as the one to compare with."""
    repo.push("HEAD:refs/heads/mine")
    repo.worse()
    repo.add_to_config("baseline: {branch: mine}")


@trick(RED, ACCIDENT)
def id_key_of_ones_own(repo: Repository) -> None:
    """Hashes ids with a key of its own, so that no row pairs."""
    repo.worse()
    repo.add_to_config("baseline: {id_key: 'another key'}")
