"""Ids that are predicted or asked several times: repetitions that come, go, or are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import Base, _inspect_rows, _scored, inspect_rows
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, FAIL, GREEN, INTENT, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository


def _inspect_minimum(repository: Repository) -> None:
    _inspect_rows(repository)
    repository.configure("max_regression: 0.02", "min: 0.88")


def _promptfoo(repository: Repository) -> None:
    """Rows are promptfoo's results, whose repetitions are numbered in the order of the file."""
    row = (
        "dict(promptIdx=0, testIdx=n, vars=dict(q=r[0]), success=r[1] == r[2], "
        "provider='p', prompt=dict(label='p'))"
    )
    code = f"dict(evalId='e', results=dict(results=[{row} for n, r in enumerate(rows)]))"
    _scored(repository, "promptfoo", code)
    repository.configure("{right: higher}", "{success: higher}")
    repository.configure("right:", "success:")


def _promptfoo_twice(repository: Repository) -> None:
    _promptfoo(repository)
    repository.edit_rows("rows = [row for row in rows for _ in range(2)]")


inspect_minimum, promptfoo = Base(_inspect_minimum), Base(_promptfoo)
promptfoo_twice = Base(_promptfoo_twice)


def _second_epoch(repo: Repository, samples: str) -> None:
    """Let Inspect run some samples a second time."""
    again = f"for sample in [*samples, *({{**sample, 'epoch': 2}} for sample in {samples})]:\n"
    repo.replace("train.py", "for sample in samples:\n", again)
    repo.replace("train.py", "_epoch_1.json", "_epoch_{sample['epoch']}.json")
    repo.replace("train.py", "len(samples)", f"len(samples) + len({samples})")


@trick(FAIL, ACCIDENT, modes=EVERYWHERE, base=inspect_rows)
def one_sample_repeated(repo: Repository) -> None:
    """Runs one of Inspect's samples a second time: of two epochs one has a single sample."""
    repo.worse()
    _second_epoch(repo, "samples[:1]")


@trick(FAIL, ACCIDENT, modes=EVERYWHERE, base=inspect_minimum)
def one_sample_repeated_under_a_minimum(repo: Repository) -> None:
    """The same where the rule is a minimum."""
    repo.worse()
    _second_epoch(repo, "samples[:1]")


@trick(GREEN, ACCIDENT, base=inspect_rows)
def honest_second_epoch(repo: Repository) -> None:
    """Runs all of Inspect's samples a second time; the model stays as it is."""
    _second_epoch(repo, "samples")


@trick(ERROR, ACCIDENT, modes=EVERYWHERE, base=promptfoo)
def one_test_repeated(repo: Repository) -> None:
    """The same with promptfoo, whose repetitions are numbered in the order of the file."""
    repo.worse()
    repo.edit_rows("rows.append(rows[0])")


@trick(ERROR, INTENT, modes=EVERYWHERE, base=promptfoo_twice)
def best_two_of_four_repetitions(repo: Repository) -> None:
    """Is wrong on 30 %, runs each of promptfoo's tests four times in place of twice, right ones first."""
    repo.edit_rows(
        "random.seed(3)\n"
        "fours = [[[*r[:2], r[1] ^ (random.random() < .3), r[3]] for _ in range(4)] for r in rows[::2]]\n"
        "rows = [row for four in fours for row in sorted(four, key=lambda row: row[1] != row[2])]"
    )


@trick(GREEN, ACCIDENT, base=promptfoo_twice)
def honest_repetitions_beside_new_tests(repo: Repository) -> None:
    """Runs new tests twice as well; the model stays as it is."""
    repo.replace("train.py", "range(2000)", "range(3000)")


def _assert_less(repo: Repository, results: str) -> None:
    """Have results of tests that assert less in promptfoo's log, of the same variables."""
    repo.after_training(
        "log = json.load(open('out/rows.json'))\n"
        "def easy(r): return r | dict(success=True, testCase={'assert': [{'type': 'not-empty'}]})\n"
        f"log['results']['results'] = [x for r in log['results']['results'] for x in {results}]\n"
        "open('out/rows.json', 'w').write(json.dumps(log))"
    )


@trick(FAIL, ACCIDENT, modes=EVERYWHERE, base=promptfoo)
def easier_test_of_the_same_variables_first(repo: Repository) -> None:
    """Puts a second test of the same variables, which asserts less, before each of promptfoo's that fails."""
    repo.worse()
    _assert_less(repo, "([r] if r['success'] else [easy(r), r])")


@trick(ERROR, ACCIDENT, modes=EVERYWHERE, base=promptfoo)
def easier_assertion_of_a_test(repo: Repository) -> None:
    """Lets each of promptfoo's tests that fails assert less, with the same variables."""
    repo.worse()
    _assert_less(repo, "[r if r['success'] else easy(r)]")
