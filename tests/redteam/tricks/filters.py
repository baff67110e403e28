"""`when.paths`: which changes are judged. The filter of the branch that judges counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.repository import BETTER, Repository
from tests.redteam.trick import ACCIDENT, GREEN, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.outcome import Outcome


def _filtered(repo: Repository, paths: str) -> None:
    """Have main judge changes of these paths only."""
    with repo.on_main():
        repo.add_to_config(f"when: {{paths: [{paths}]}}")


@trick(RED, ACCIDENT)
def filter_that_matches(repo: Repository) -> None:
    """Changes a file that the filter names."""
    _filtered(repo, "'*.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def braces(repo: Repository) -> None:
    """Changes a file that the filter names in braces."""
    _filtered(repo, "'**/*.{py,txt}'")
    repo.worse()


@trick(RED, ACCIDENT)
def brackets(repo: Repository) -> None:
    """Changes a file that the filter names by a set of letters."""
    _filtered(repo, "'[a-f]rror.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def question_mark(repo: Repository) -> None:
    """Changes a file that the filter names as GitHub does: `x?` is an x or none."""
    _filtered(repo, "'errors?.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def plus_sign(repo: Repository) -> None:
    """Changes a file that the filter names with GitHub's `+`."""
    _filtered(repo, "'er+or.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def extended_glob(repo: Repository) -> None:
    """Changes a file that the filter names as bash does."""
    _filtered(repo, "'@(error|train).*'")
    repo.worse()


@trick(RED, ACCIDENT)
def exclusion_alone(repo: Repository) -> None:
    """Changes what a filter of nothing but `!docs/**` does not leave out."""
    _filtered(repo, "'!docs/**'")
    repo.worse()


@trick(RED, ACCIDENT)
def exclusion_taken_back(repo: Repository) -> None:
    """Changes a file that a later pattern of the filter takes in again."""
    _filtered(repo, "'src/**', '!*.txt', 'error.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def bare_folder(repo: Repository) -> None:
    """Changes a file below a folder that the filter names without a slash."""
    with repo.on_main():
        repo.add_to_config("when: {paths: [model]}")
        repo.replace("train.py", '"error.txt"', '"model/error.txt"')
        repo.git("mv", "-k", "error.txt", "model.txt")
        repo.error(0.10, "model")
    repo.worse("model")


@trick(RED, ACCIDENT)
def submodule(repo: Repository) -> None:
    """Moves a submodule to another commit; the filter names what is below it."""
    good, bad = "a" * 40, "b" * 40
    with repo.on_main():
        repo.add_to_config("when: {paths: ['vendor/lib/**']}")
        repo.replace(
            "train.py",
            'float(open("error.txt").read())',
            '0.159 if "b" * 40 in os.popen("git ls-files --stage vendor").read() else 0.1',
        )
        repo.write(".gitmodules", '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../lib.git\n')
        repo.git("add", "--all")
        repo.git("update-index", "--add", "--cacheinfo", f"160000,{good},vendor/lib")
        (repo.root / "vendor" / "lib").mkdir(parents=True)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{bad},vendor/lib")


@trick(RED, INTENT)
def name_with_a_line_break(repo: Repository) -> None:
    """Puts what makes the model worse into a file with a line break in its name."""
    with repo.on_main():
        repo.add_to_config("when: {paths: ['model/**']}")
        repo.replace("train.py", 'open("error.txt")', 'open(__import__("glob").glob("model/*")[0])')
        repo.write("model/a", "0.1\n")
    repo.git("mv", "model/a", "model/a\nb")
    repo.write("model/a\nb", "0.159\n")


@trick(RED, INTENT)
def name_that_is_no_utf8(repo: Repository) -> None:
    """Puts what makes the model worse into a file whose name is no text."""
    import os

    with repo.on_main():
        repo.add_to_config("when: {paths: ['model/**']}")
        repo.replace(
            "train.py", 'open("error.txt")', 'open(__import__("glob").glob(b"model/*")[0])'
        )
        repo.write("model/a", "0.1\n")
    repo.remove("model")
    (repo.root / "model").mkdir()
    (repo.root / "model" / os.fsdecode(b"\xff\xfe")).write_text("0.159\n")


@trick(RED, INTENT)
def file_moved_out_of_the_filter(repo: Repository) -> None:
    """Moves the file that the filter names to a name that it does not name."""
    with repo.on_main():
        repo.add_to_config("when: {paths: ['model/**']}")
        repo.replace("train.py", 'open("error.txt")', 'open("model/error.txt")')
        repo.error(0.10, "model")
    repo.git("mv", "model/error.txt", "other.txt")
    repo.write("other.txt", "0.159\n")
    repo.replace("train.py", "model/error.txt", "other.txt")


@trick(RED, INTENT)
def filter_changed_with_the_model(repo: Repository) -> None:
    """Changes mlgate.yaml together with a file that main's filter does not name."""
    _filtered(repo, "'src/**'")
    repo.worse()
    repo.add_to_config("# a comment")


def _shown_as_not_applicable(outcome: Outcome) -> str | None:
    if outcome.verdict == "not_applicable":
        return None
    return f"the verdict is {outcome.verdict}, not not_applicable"


@trick(GREEN, ACCIDENT, posts=_shown_as_not_applicable)
def change_of_the_documentation(repo: Repository) -> None:
    """Changes what main's filter leaves out: not applicable, and shown as that."""
    _filtered(repo, "'**/*.py', '**/*.txt'")
    repo.error(BETTER)
    repo.git("checkout", "--quiet", "--", "error.txt")
    repo.write("docs/page.md", "words\n")


@trick(RED, ACCIDENT)
def exclusion_of_a_neighbour(repo: Repository) -> None:
    """Changes what a filter of everything but the documentation takes in."""
    _filtered(repo, "'**', '!docs/**', '!*.md'")
    repo.worse()


@trick(RED, ACCIDENT)
def negated_extended_glob(repo: Repository) -> None:
    """Changes a file that the filter names as bash does: everything but the documentation."""
    _filtered(repo, "'!(docs)*.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def negated_set(repo: Repository) -> None:
    """Changes a file that the filter names by the letters that it does not begin with."""
    _filtered(repo, "'[!a]rror.txt'")
    repo.worse()


@trick(RED, ACCIDENT)
def bare_folder_with_a_wildcard_before_it(repo: Repository) -> None:
    """Changes a file in one of several folders that the filter names without a slash."""
    with repo.on_main():
        repo.add_to_config("when: {paths: ['*/data']}")
        repo.replace("train.py", '"error.txt"', '"model/data/error.txt"')
        repo.error(0.10, "model/data")
    repo.worse("model/data")


@trick(RED, INTENT)
def mode_of_a_file(repo: Repository) -> None:
    """Makes a file executable, which its training looks at."""
    with repo.on_main():
        repo.add_to_config("when: {paths: ['error.txt']}")
        repo.replace(
            "train.py",
            'float(open("error.txt").read())',
            '0.159 if os.access("error.txt", os.X_OK) else 0.1',
        )
    repo.git("update-index", "--chmod=+x", "error.txt")
    (repo.root / "error.txt").chmod(0o755)


@trick(RED, INTENT)
def file_made_a_submodule(repo: Repository) -> None:
    """Puts a submodule in the place of a folder; the filter names one file in it."""
    with repo.on_main():
        repo.add_to_config("when: {paths: ['lib/weights/*.bin']}")
        repo.write("lib/weights/a.bin", "x\n")
        repo.replace(
            "train.py",
            'float(open("error.txt").read())',
            '0.1 if os.path.exists("lib/weights/a.bin") else 0.159',
        )
    repo.git("rm", "--quiet", "-r", "lib")
    repo.write(".gitmodules", '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n')
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},lib")
    (repo.root / "lib").mkdir(exist_ok=True)


@trick(RED, INTENT)
def filter_narrowed_on_the_branch(repo: Repository) -> None:
    """Narrows the filter itself, so that its own change is not named."""
    _filtered(repo, "'**/*.txt'")
    repo.worse()
    repo.replace("mlgate.yaml", "**/*.txt", "docs/**")
