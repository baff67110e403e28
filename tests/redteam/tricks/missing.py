"""Baselines, rows and history that are not there: nothing missing is a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import branch_store, monorepo, numbered, precision, unkept
from tests.redteam.repository import BETTER, Repository, git
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, FAIL, GREEN, INTENT, RED, trick

if TYPE_CHECKING:
    from tests.redteam.played_github import PlayedGitHub

LOOSE = ("max_regression: 0.02", "max_regression: 0.5")


def _overwritten(github: PlayedGitHub) -> None:
    """Post a newer status of the same name on each commit that has one."""
    github.repost("blocked — a test")


def _hidden(github: PlayedGitHub) -> None:
    """Overwrite what was posted, and post under the same name on the three newest commits."""
    _overwritten(github)
    for sha in github.main[:3]:
        github.kept(sha, "toy", "a test")


@trick(ERROR, ACCIDENT, modes=EVERYWHERE)
def baselines_deleted(repo: Repository) -> None:
    """Deletes refs/mlgate/baselines of the repository; the ledger knows of them."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate/baselines")


@trick(ERROR, INTENT, modes=EVERYWHERE)
def everything_of_mlgate_deleted(repo: Repository) -> None:
    """Deletes baselines and ledger; only what was posted on main's commits is left."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate")


@trick(RED, ACCIDENT)
def rows_deleted(repo: Repository) -> None:
    """Deletes the rows of the baselines; the evidence stays."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate/baselines/**/rows")


@trick(ERROR, ACCIDENT)
def evidence_deleted(repo: Repository) -> None:
    """Deletes the evidence of the baselines; the rows stay."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate/baselines/**/evidence")


@trick(ERROR, ACCIDENT, base=branch_store)
def branch_of_the_store_deleted(repo: Repository) -> None:
    """Deletes the branch that holds the baselines, as who tidies up branches does."""
    repo.worse()
    repo.delete_at_origin("refs/heads/kept")


@trick(ERROR, INTENT)
def baselines_overwritten_by_rubbish(repo: Repository) -> None:
    """Points the refs of the baselines at a commit that holds none."""
    repo.worse()
    for ref in repo.origin_refs("refs/mlgate/baselines"):
        git(repo.origin, "update-ref", ref, "refs/heads/main")


@trick(ERROR, ACCIDENT)
def history_of_its_own(repo: Repository) -> None:
    """Is an orphan branch, which shares no commit with main."""
    repo.git("checkout", "--quiet", "--orphan", "alone")
    repo.worse()


@trick(ERROR, ACCIDENT)
def branch_from_before_the_first_baseline(repo: Repository) -> None:
    """Begins at a commit that is older than every baseline."""
    repo.git("checkout", "--quiet", "-B", "feature", "main~1")
    for file in ("train.py", "mlgate.yaml"):
        repo.git("checkout", "--quiet", "main", "--", file)
    repo.worse()


@trick(RED, INTENT)
def merge_that_keeps_its_own_side(repo: Repository) -> None:
    """Merges main with the strategy `ours`, from a history of its own."""
    repo.git("checkout", "--quiet", "--orphan", "alone")
    repo.worse()
    repo.commit("Alone")
    repo.git(
        "merge", "--quiet", "--strategy=ours", "--allow-unrelated-histories", "-m", "m", "main"
    )


@trick(FAIL, ACCIDENT)
def tag_without_a_date(repo: Repository) -> None:
    """Finds a tag of an old git, which has no tagger and thus no date."""
    repo.worse()
    text = f"object {repo.git('rev-parse', 'main')}\ntype commit\ntag v0.1\n\nold\n"
    tag = repo.git("hash-object", "-t", "tag", "-w", "--stdin", "--literally", stdin=text)
    repo.git("update-ref", "refs/tags/v0.1", tag)
    repo.push("refs/tags/v0.1")


@trick(FAIL, INTENT)
def tag_of_the_year_10000(repo: Repository) -> None:
    """Pushes a tag whose date lies beyond the year 9999."""
    repo.worse()
    head = repo.git("rev-parse", "main")
    text = f"object {head}\ntype commit\ntag v9\ntagger t <t@e> 253402300801 +0000\n\nx\n"
    tag = repo.git("hash-object", "-t", "tag", "-w", "--stdin", "--literally", stdin=text)
    repo.git("update-ref", "refs/tags/v9", tag)
    repo.push("refs/tags/v9")


@trick(RED, INTENT)
def release_tag_on_its_own_commit(repo: Repository) -> None:
    """Tags its own head as the newest release, to be its own anchor."""
    repo.worse()
    repo.commit("Worse")
    repo.git("tag", "v99.0")
    repo.push("refs/tags/v99.0")


@trick(ERROR, ACCIDENT, base=precision)
def metric_becomes_undefined(repo: Repository) -> None:
    """Predicts no row as positive any more: the precision is 0/0."""
    repo.worse()
    repo.edit_rows("for row in rows: row[2], row[3] = 0, 0.1")


@trick(RED, ACCIDENT)
def shallow_history_claims_to_be_whole(repo: Repository) -> None:
    """Rewrites the branch so that its commits are older than the repository."""
    repo.worse()
    date = "2001-01-01T00:00:00Z"
    repo.commit("Worse")
    tree, parent = repo.git("rev-parse", "HEAD^{tree}"), repo.git("rev-parse", "main")
    text = f"tree {tree}\nparent {parent}\nauthor t <t@e> 1 +0000\ncommitter t <t@e> 1 +0000\n\n{date}\n"
    commit = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text)
    repo.git("reset", "--quiet", "--hard", commit)


@trick(RED, ACCIDENT)
def many_small_losses(repo: Repository) -> None:
    """Is the fourth of four changes on main's way down, each within the margin."""
    for share in (0.113, 0.126, 0.139):
        with repo.on_main():
            repo.error(share)
            repo.commit("A little worse")
            repo.keep_baseline("main")
    repo.error(0.152)


@trick(GREEN, ACCIDENT)
def release_with_wrong_labels(repo: Repository) -> None:
    """Is a harmless change after a release whose labels were its predictions: it is no anchor."""
    with repo.on_main():
        repo.edit_rows("for row in wrong: row[1] = row[2]")
        repo.commit("Wrong labels")
        repo.git("tag", "v1.0")
        repo.push("refs/tags/v1.0")
        repo.keep_baseline("main")
        repo.git("checkout", "--quiet", "HEAD~1", "--", "train.py")
        repo.commit("Right labels again")
        repo.keep_baseline("main")
    repo.write("notes.txt", "harmless\n")


@trick(RED, ACCIDENT, base=numbered)
def poisoned_anchor(repo: Repository) -> None:
    """Is the fourth small loss after a release whose rows were shuffled: it is no anchor."""
    with repo.on_main():
        shuffle = "random.shuffle(rows)\nfor n, row in enumerate(rows): row[0] = n"
        repo.edit_rows(shuffle)
        repo.commit("Another order")
        repo.git("tag", "v1.0")
        repo.push("refs/tags/v1.0")
        repo.keep_baseline("main")
        repo.git("checkout", "--quiet", "HEAD~1", "--", "train.py")
        for share in (0.10, 0.113, 0.126, 0.139):
            repo.error(share)
            repo.commit("A little worse")
            repo.keep_baseline("main")
    repo.error(0.152)


@trick(FAIL, INTENT)
def ledger_deleted(repo: Repository) -> None:
    """Deletes the ledger alone; the baselines are there."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate/ledger")


@trick(ERROR, INTENT, base=branch_store)
def branches_of_store_and_ledger_deleted(repo: Repository) -> None:
    """Deletes the branch of the baselines and that of the ledger; main's statuses are left."""
    repo.worse()
    repo.delete_at_origin("refs/heads/kept")
    repo.delete_at_origin("refs/heads/kept-ledger")


@trick(ERROR, INTENT, github=_overwritten)
def statuses_overwritten(repo: Repository) -> None:
    """Deletes baselines and ledger, and posts newer statuses on main's commits."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate")


@trick(ERROR, INTENT, github=_hidden)
def statuses_hidden_by_newer_commits(repo: Repository) -> None:
    """Deletes baselines and ledger, overwrites main's statuses, and posts others on newer commits."""
    with repo.on_main():
        for number in range(3):
            repo.write("notes.txt", f"{number}\n")
            repo.commit("A note")
    repo.worse()
    repo.delete_at_origin("refs/mlgate")


@trick(ERROR, INTENT)
def everything_deleted_after_many_commits(repo: Repository) -> None:
    """Deletes baselines and ledger, when main's newest 120 commits have left none."""
    with repo.on_main():
        for _ in range(120):
            repo.git("commit", "--quiet", "--allow-empty", "--message=Nothing")
    repo.worse()
    repo.delete_at_origin("refs/mlgate")


@trick(ERROR, INTENT, base=monorepo, config="models/a/mlgate.yaml")
def baselines_of_one_of_several_models_deleted(repo: Repository) -> None:
    """Deletes the baselines of the model that it makes worse; those of its neighbour stay."""
    repo.worse("models/a")
    repo.delete_at_origin("refs/mlgate/baselines/model*a/**")


@trick(ERROR, INTENT)
def baseline_of_the_newest_commit_deleted(repo: Repository) -> None:
    """Deletes the baseline that it would be compared with; a worse one from before is left."""
    with repo.on_main():
        repo.error(0.159)
        repo.commit("Worse for a while")
        repo.keep_baseline("main")
        repo.error(0.1)
        repo.commit("Good again")
        repo.keep_baseline("main")
    commit = repo.git("rev-parse", "main~1")  # `on_main` ends with a commit of its own
    repo.worse()
    repo.delete_at_origin(f"refs/mlgate/baselines/*/*-{commit}/*")


@trick(ERROR, INTENT)
def baseline_replaced_by_an_older_one(repo: Repository) -> None:
    """Points the refs of main's baseline at the contents of a worse one from before."""
    with repo.on_main():
        repo.error(0.159)
        repo.commit("Worse for a while")
        repo.keep_baseline("main")
        worse = repo.git("rev-parse", "HEAD")
        repo.error(0.1)
        repo.commit("Good again")
        repo.keep_baseline("main")
        good = repo.git("rev-parse", "HEAD")
    repo.worse()
    for ref in repo.origin_refs(f"refs/mlgate/baselines/*/*-{good}/*"):
        part = ref.rpartition("/")[2]
        (other,) = repo.origin_refs(f"refs/mlgate/baselines/*/*-{worse}/{part}")
        git(repo.origin, "update-ref", ref, other)


@trick(ERROR, INTENT)
def baseline_of_the_release_deleted(repo: Repository) -> None:
    """Deletes the baseline of the newest release, so that a worse release is the anchor."""
    with repo.on_main():
        repo.error(0.159)
        repo.commit("Worse for a while")
        repo.git("tag", "v1.0")
        repo.keep_baseline("main")
        repo.error(0.1)
        repo.commit("Good again")
        repo.git("tag", "v1.1")
        repo.keep_baseline("main")
        repo.error(0.11)
        repo.commit("A little worse")
        repo.keep_baseline("main")
        repo.push("refs/tags/v1.0", "refs/tags/v1.1")
    repo.error(0.12)
    repo.delete_at_origin(f"refs/mlgate/baselines/*/*-{repo.git('rev-parse', 'v1.1')}/*")


@trick(ERROR, ACCIDENT)
def store_moved_on_main(repo: Repository) -> None:
    """Begins after main has named another store, and before main has run again."""
    with repo.on_main():
        repo.add_to_config("baseline: {store: 'branch:elsewhere'}")
    repo.worse()


@trick(GREEN, ACCIDENT, modes=EVERYWHERE, base=unkept)
def nothing_was_ever_kept(repo: Repository) -> None:
    """Is the first change of a model that no run of main has kept anything of: untested."""
    repo.error(BETTER)


@trick(RED, ACCIDENT, base=unkept)
def nothing_was_ever_kept_and_that_blocks(repo: Repository) -> None:
    """Is the first change of a model whose policy says `on_untested: fail`."""
    with repo.on_main():
        repo.add_to_config("policy: {on_untested: fail}")
    repo.error(BETTER)


@trick(RED, INTENT, base=unkept)
def on_untested_loosened(repo: Repository) -> None:
    """Changes main's `on_untested: fail` to `warn`."""
    with repo.on_main():
        repo.add_to_config("policy: {on_untested: fail}")
    repo.error(BETTER)
    repo.replace("mlgate.yaml", "on_untested: fail", "on_untested: warn")
