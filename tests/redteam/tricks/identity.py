"""Which model this is: its name, its place, its test set, its store."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.redteam.bases import folder_store, monorepo
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

MODEL_A, MODEL_B = "models/a/mlgate.yaml", "models/b/mlgate.yaml"
SINGLE = (Mode.SINGLE,)
AGREED = "waivers: [{gate: identity, reason: agreed, until: 2099-01-01}]"
LOOSE = ("max_regression: 0.02", "max_regression: 0.5")


@trick(ERROR, ACCIDENT, modes=EVERYWHERE)
def name_edited(repo: Repository) -> None:
    """Edits `name`, under which no baseline is kept."""
    repo.worse()
    repo.configure("name: toy", "name: toy-2")


@trick(ERROR, ACCIDENT, modes=EVERYWHERE)
def name_deleted(repo: Repository) -> None:
    """Deletes `name`: the repository's takes its place."""
    repo.worse()
    repo.configure("name: toy\n", "")


@trick(
    ERROR,
    ACCIDENT,
)
def name_in_capitals(repo: Repository) -> None:
    """Writes the name with a capital letter."""
    repo.worse()
    repo.configure("name: toy", "name: Toy")


@trick(
    ERROR,
    INTENT,
)
def name_with_a_lookalike(repo: Repository) -> None:
    """Replaces a letter of the name by one of another alphabet that looks alike."""
    repo.worse()
    repo.configure("name: toy", "name: t\N{CYRILLIC SMALL LETTER O}y")


@trick(
    ERROR,
    INTENT,
)
def name_with_an_invisible_character(repo: Repository) -> None:
    """Adds a space of no width to the name."""
    repo.worse()
    repo.configure("name: toy", 'name: "toy\\u200b"')


@trick(
    ERROR,
    ACCIDENT,
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
)
def folder_becomes_a_link(repo: Repository) -> None:
    """Moves a model of a monorepo to a new folder, with loose gates, and links the old one to it."""
    repo.worse("models/a")
    repo.replace(MODEL_A, *LOOSE)
    repo.git("mv", "models/a", "evil")
    shutil.rmtree(repo.root / "models" / "a", ignore_errors=True)
    (repo.root / "models" / "a").symlink_to("../evil")


@trick(RED, INTENT, base=monorepo, config=MODEL_A)
def folder_becomes_a_link_to_its_neighbour(repo: Repository) -> None:
    """Links the folder of a model to that of another one, which is as good as it was."""
    repo.remove("models/a")
    (repo.root / "models" / "a").symlink_to("b")


@trick(
    RED,
    INTENT,
    base=monorepo,
    config=MODEL_A,
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
)
def second_model_of_the_same_name(repo: Repository) -> None:
    """Adds a model with the name of the one that there is, and loose gates."""
    repo.worse()
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())
    repo.replace("copy/mlgate.yaml", *LOOSE)


@trick(ERROR, INTENT, modes=SINGLE)
def second_model_of_the_same_name_beside(repo: Repository) -> None:
    """Adds a second model of the same name; the job of the first one sees it."""
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())


def _neighbours(config: str = MODEL_B) -> dict[str, object]:
    """The job of a model of the monorepo, which is itself as it was."""
    return {"base": monorepo, "config": config}


@trick(ERROR, ACCIDENT, **_neighbours())
def neighbour_renamed(repo: Repository) -> None:
    """Gives another model of the monorepo a name of its own."""
    repo.replace(MODEL_A, "version: 1\n", "version: 1\nname: mine\n")


@trick(ERROR, INTENT, **_neighbours())
def neighbour_becomes_a_link(repo: Repository) -> None:
    """Links another model of the monorepo to this one."""
    repo.remove(MODEL_A)
    (repo.root / "models/a").mkdir(exist_ok=True)
    (repo.root / MODEL_A).symlink_to("../b/mlgate.yaml")


@trick(ERROR, ACCIDENT, **_neighbours())
def neighbour_cannot_be_read(repo: Repository) -> None:
    """Leaves a file that is no YAML where another model was."""
    repo.write(MODEL_A, "name: [\n")


@trick(ERROR, INTENT, **_neighbours())
def neighbour_in_an_unreadable_encoding(repo: Repository) -> None:
    """Writes the file of another model as UTF-16."""
    (repo.root / MODEL_A).write_bytes((repo.root / MODEL_A).read_text().encode("utf-16"))


@trick(ERROR, ACCIDENT, **_neighbours())
def neighbour_deleted_where_nothing_has_to_be_judged(repo: Repository) -> None:
    """Deletes another model; of this one nothing changed, and its filter says so."""
    with repo.on_main():
        repo.write(MODEL_B, (repo.root / MODEL_B).read_text() + "when: {paths: ['./**']}\n")
    repo.remove("models/a")


@trick(ERROR, INTENT, **_neighbours())
def neighbour_deleted_with_this_ones_waiver(repo: Repository) -> None:
    """Deletes a model, with a waiver on main that is of another one."""
    with repo.on_main():
        repo.write(MODEL_B, (repo.root / MODEL_B).read_text() + f"{AGREED}\n")
    repo.remove("models/a")


@trick(ERROR, ACCIDENT)
def name_edited_after_the_waiver_ended(repo: Repository) -> None:
    """Edits `name`; main's waiver of that ended years ago."""
    with repo.on_main():
        repo.add_to_config(AGREED.replace("2099", "2020"))
    repo.configure("name: toy", "name: toy-2")


@trick(ERROR, INTENT, **_neighbours(MODEL_A))
def names_swapped(repo: Repository) -> None:
    """Gives each of two models the other one's name, which a waiver on main would allow each."""
    with repo.on_main():
        for path in (MODEL_A, MODEL_B):
            repo.write(path, (repo.root / path).read_text() + f"{AGREED}\n")
    repo.worse("models/a")
    repo.replace(MODEL_A, "version: 1\n", "version: 1\nname: model/models/b\n")
    repo.replace(MODEL_B, "version: 1\n", "version: 1\nname: model/models/a\n")


@trick(ERROR, INTENT, **_neighbours())
def name_of_a_removed_neighbour_taken_over(repo: Repository) -> None:
    """Removes a model, as a waiver allows, and adds another of its name and with loose gates."""
    with repo.on_main():
        for path in (MODEL_A, MODEL_B):
            repo.write(path, (repo.root / path).read_text() + f"{AGREED}\n")
    repo.remove("models/a")
    repo.replace(MODEL_B, "version: 1\n", "version: 1\nname: model/models/a\n")


@trick(ERROR, INTENT, config="copy/mlgate.yaml", modes=SINGLE)
def second_model_of_a_name_that_looks_alike(repo: Repository) -> None:
    """Adds a model whose name differs by a letter of another alphabet, with loose gates."""
    repo.worse()
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())
    repo.replace("copy/mlgate.yaml", *LOOSE)
    repo.replace("copy/mlgate.yaml", "name: toy", "name: 'T\N{GREEK SMALL LETTER OMICRON}Y '")


@trick(ERROR, INTENT, config="copy/mlgate.yaml", modes=SINGLE)
def second_model_whose_name_ends_in_a_blank_letter(repo: Repository) -> None:
    """Adds a model whose name differs by a letter that shows nothing, with loose gates."""
    repo.worse()
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())
    repo.replace("copy/mlgate.yaml", *LOOSE)
    repo.replace("copy/mlgate.yaml", "name: toy", 'name: "toy\N{HANGUL FILLER}"')


@trick(ERROR, INTENT, config="copy/mlgate.yaml", modes=SINGLE)
def second_model_of_a_name_in_a_rare_alphabet(repo: Repository) -> None:
    """Adds a model whose name is the same in letters of Lisu, with loose gates."""
    repo.worse()
    for file in ("train.py", "error.txt", "mlgate.yaml"):
        repo.write(f"copy/{file}", (repo.root / file).read_text())
    repo.replace("copy/mlgate.yaml", *LOOSE)
    repo.replace("copy/mlgate.yaml", "name: toy", 'name: "\ua4d4\ua4f3\ua4ec"')


@trick(ERROR, INTENT, config="other.mlgate.yaml", modes=SINGLE)
def second_model_in_a_file_of_another_name(repo: Repository) -> None:
    """Adds a second file beside the first one, with its name and loose gates."""
    repo.worse()
    repo.write("other.mlgate.yaml", (repo.root / "mlgate.yaml").read_text().replace(*LOOSE))


@trick(ERROR, INTENT, config="loose.yaml", modes=SINGLE)
def second_model_in_a_file_of_any_name(repo: Repository) -> None:
    """Adds a file that no other run lists, with the model's name, and lets the job name it."""
    repo.worse()
    repo.write("loose.yaml", (repo.root / "mlgate.yaml").read_text().replace(*LOOSE))


@trick(RED, INTENT, base=monorepo, config=MODEL_A)
def folder_becomes_a_submodule(repo: Repository) -> None:
    """Replaces a model's folder by a submodule."""
    repo.remove("models/a")
    commit = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},models/a")
    (repo.root / "models/a").mkdir()


@trick(ERROR, INTENT, base=monorepo, config=MODEL_B, modes=SINGLE)
def neighbour_becomes_a_submodule(repo: Repository) -> None:
    """Replaces another model's folder by a submodule."""
    repo.remove("models/a")
    commit = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},models/a")
    (repo.root / "models/a").mkdir()


@trick(ERROR, INTENT, base=monorepo, config=MODEL_B, modes=SINGLE)
def neighbour_moved_to_a_path_that_is_hard_to_read(repo: Repository) -> None:
    """Moves another model to a folder whose name holds an arrow, a quote and a line end."""
    repo.git("mv", "models/a", 'models/a -> "b\n"')


@trick(RED, INTENT, base=monorepo, config=MODEL_A)
def folder_in_capitals(repo: Repository) -> None:
    """Writes the folder of a model with a capital letter."""
    repo.worse("models/a")
    repo.git("mv", "models/a", "models/moved")
    repo.git("mv", "models/moved", "models/A")


@trick(RED, INTENT, base=monorepo, config=MODEL_A)
def model_deleted_below_another_configuration(repo: Repository) -> None:
    """Deletes a model, and puts a loose mlgate.yaml in the folder above."""
    text = (repo.root / MODEL_A).read_text().replace(*LOOSE)
    repo.remove("models/a")
    repo.write("models/mlgate.yaml", text)
    repo.write("models/train.py", (repo.root / "models/b/train.py").read_text())
    repo.worse("models")


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


@trick(RED, INTENT, base=folder_store)
def store_in_the_repository_emptied(repo: Repository) -> None:
    """Deletes the baselines that main keeps in a folder of the repository."""
    repo.worse()
    repo.remove("kept")


@trick(RED, INTENT, base=folder_store)
def store_in_the_repository_forged(repo: Repository) -> None:
    """Replaces the baselines that main keeps in a folder of the repository by its own worse ones."""
    repo.worse()
    repo.commit("Worse")
    for path in (repo.root / "kept" / "toy").iterdir():
        for file in (path / "evidence" / "compare.json", path / "rows.parquet"):
            file.unlink(missing_ok=True)
    repo.write("kept/toy/.gitkeep", "")


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
