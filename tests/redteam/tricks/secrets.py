"""Secrets of the job, asked for by the configuration: a single job has them, a fork's has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.trick import ANY, INTENT, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

SINGLE = (Mode.SINGLE,)


def _data(repo: Repository, path: str) -> None:
    repo.add_to_config(f"data: {{path: {path!r}, rules: [{{column: missing, min: 0}}]}}")
    repo.configure("gates:\n", "gates:\n  data: {max_share: 0}\n")


@trick(
    ANY, INTENT, modes=SINGLE, single="the value is in the error: log, comment, check run, evidence"
)
def token_in_the_path_of_data(repo: Repository) -> None:
    """Names data whose path holds the token: the error that it is not there would show it."""
    _data(repo, "x/${env:GITHUB_TOKEN}.csv")


@trick(
    ANY, INTENT, modes=SINGLE, single="the value is in the error: log, comment, check run, evidence"
)
def secret_in_the_path_of_data(repo: Repository) -> None:
    """Names data whose path holds the tracking server's key."""
    _data(repo, "x/${env:WANDB_API_KEY}.csv")


@trick(
    ANY, INTENT, modes=SINGLE, single="the value is in the error: log, comment, check run, evidence"
)
def secret_in_a_glob(repo: Repository) -> None:
    """Names data by a pattern that holds a secret."""
    _data(repo, "${env:WANDB_API_KEY}*/**/[a].csv")


@trick(ANY, INTENT, modes=SINGLE)
def secret_in_an_address(repo: Repository) -> None:
    """Names data at a database whose address holds a secret."""
    _data(repo, "postgres://127.0.0.1:9/${env:WANDB_API_KEY}?table=x")


@trick(
    ANY, INTENT, modes=SINGLE, single="the value is in the error: log, comment, check run, evidence"
)
def secret_in_the_path_of_predictions(repo: Repository) -> None:
    """Names predictions whose path holds a secret."""
    repo.configure("out/predictions.csv", '"out/${env:GITHUB_TOKEN}.csv"')


@trick(
    ANY, INTENT, modes=SINGLE, single="the value is in the error: log, comment, check run, evidence"
)
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


@trick(
    ANY, INTENT, modes=SINGLE, single="the value is in the error: log, comment, check run, evidence"
)
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


@trick(ANY, INTENT, works="the file's columns are in the error: log, comment, check run, evidence")
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
