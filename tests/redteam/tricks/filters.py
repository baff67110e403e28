"""`when.paths`: which changes are judged. The base branch's filter counts."""

from __future__ import annotations

from tests.redteam.repository import BETTER, Repository
from tests.redteam.trick import ACCIDENT, ANY, INTENT, RED, trick

UNMATCHED = "the pattern matches no file: not applicable, and green"


def _filtered(repo: Repository, paths: str) -> None:
    """Have main judge changes of these paths only."""
    with repo.on_main():
        repo.add_to_config(f"when: {{paths: [{paths}]}}")


@trick(RED, ACCIDENT)
def filter_that_matches(repo: Repository) -> None:
    """Changes a file that the filter names."""
    _filtered(repo, "'*.txt'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def braces(repo: Repository) -> None:
    """Changes a file that the filter names in braces."""
    _filtered(repo, "'**/*.{py,txt}'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def brackets(repo: Repository) -> None:
    """Changes a file that the filter names by a set of letters."""
    _filtered(repo, "'[a-f]rror.txt'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def question_mark(repo: Repository) -> None:
    """Changes a file that the filter names as GitHub does: `x?` is an x or none."""
    _filtered(repo, "'errors?.txt'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def plus_sign(repo: Repository) -> None:
    """Changes a file that the filter names with GitHub's `+`."""
    _filtered(repo, "'er+or.txt'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def extended_glob(repo: Repository) -> None:
    """Changes a file that the filter names as bash does."""
    _filtered(repo, "'@(error|train).*'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def exclusion_alone(repo: Repository) -> None:
    """Changes what a filter of nothing but `!docs/**` does not leave out."""
    _filtered(repo, "'!docs/**'")
    repo.worse()


@trick(RED, ACCIDENT)
def exclusion_taken_back(repo: Repository) -> None:
    """Changes a file that a later pattern of the filter takes in again."""
    _filtered(repo, "'src/**', '!*.txt', 'error.txt'")
    repo.worse()


@trick(RED, ACCIDENT, works=UNMATCHED)
def bare_folder(repo: Repository) -> None:
    """Changes a file below a folder that the filter names without a slash."""
    with repo.on_main():
        repo.add_to_config("when: {paths: [model]}")
        repo.replace("train.py", '"error.txt"', '"model/error.txt"')
        repo.git("mv", "-k", "error.txt", "model.txt")
        repo.error(0.10, "model")
    repo.worse("model")


@trick(RED, ACCIDENT, works=UNMATCHED)
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


@trick(ANY, ACCIDENT)
def change_of_the_documentation(repo: Repository) -> None:
    """Changes what main's filter leaves out: not applicable, and shown as that."""
    _filtered(repo, "'**/*.py', '**/*.txt'")
    repo.error(BETTER)
    repo.git("checkout", "--quiet", "--", "error.txt")
    repo.write("docs/page.md", "words\n")
