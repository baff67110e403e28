"""What judges: gates, margins, waivers, and which branch's file it is."""

from __future__ import annotations

from tests.redteam.repository import CONFIG, Repository
from tests.redteam.trick import ACCIDENT, ERROR, EVERYWHERE, GREEN, INTENT, RED, trick

GATE = "accuracy: {max_regression: 0.02}"
LOOSE = ("max_regression: 0.02", "max_regression: 0.5")


@trick(RED, ACCIDENT, modes=EVERYWHERE)
def margin_loosened(repo: Repository) -> None:
    """Allows half of the accuracy to go."""
    repo.worse()
    repo.configure(*LOOSE)


@trick(RED, ACCIDENT)
def margin_in_percent(repo: Repository) -> None:
    """Writes the margin as a percentage, which is a larger one."""
    repo.worse()
    repo.configure("0.02", "20%")


@trick(RED, INTENT)
def margin_infinite(repo: Repository) -> None:
    """Writes `.inf` as the margin."""
    repo.worse()
    repo.configure("0.02", ".inf")


@trick(RED, INTENT)
def margin_not_a_number(repo: Repository) -> None:
    """Writes `.nan` as the margin, with which no comparison fails."""
    repo.worse()
    repo.configure("0.02", ".nan")


@trick(RED, INTENT)
def margin_huge(repo: Repository) -> None:
    """Writes a margin of 10^308 percent."""
    repo.worse()
    repo.configure("0.02", "1" + "0" * 308 + "%")


@trick(RED, ACCIDENT, modes=EVERYWHERE)
def gate_replaced(repo: Repository) -> None:
    """Gates another metric, which did not suffer."""
    repo.worse()
    repo.configure(GATE, "recall: {min: 0.1}")


@trick(RED, ACCIDENT)
def gate_warns_only(repo: Repository) -> None:
    """Lets the gate warn where it fails."""
    repo.worse()
    repo.configure("0.02}", "0.02, on_fail: warn}")


@trick(RED, ACCIDENT)
def all_gates_removed(repo: Repository) -> None:
    """Empties `gates`."""
    repo.worse()
    repo.configure(f"gates:\n  {GATE}", "gates: {}")


@trick(RED, INTENT)
def confidence_raised(repo: Repository) -> None:
    """Demands so much confidence that nothing can be decided."""
    repo.worse()
    repo.add_to_config("policy: {confidence: 0.999999}")


@trick(RED, ACCIDENT)
def confidence_lowered(repo: Repository) -> None:
    """Judges at a confidence of one half."""
    repo.worse()
    repo.add_to_config("policy: {confidence: 0.5}")


@trick(RED, ACCIDENT)
def undecided_passes(repo: Repository) -> None:
    """Lets undecided gates pass, and makes them undecided by clusters."""
    repo.worse()
    repo.configure("score: score}", "score: score, cluster: label}")
    repo.add_to_config("policy: {on_inconclusive: warn}")


@trick(RED, ACCIDENT)
def waiver_of_the_change(repo: Repository) -> None:
    """Waives the gate in the change that needs it."""
    repo.worse()
    repo.add_to_config("waivers: [{gate: accuracy, reason: it is fine, until: 2099-01-01}]")


@trick(RED, ACCIDENT)
def waiver_that_has_run_out(repo: Repository) -> None:
    """Relies on a waiver of main's that ended years ago."""
    with repo.on_main():
        repo.add_to_config("waivers: [{gate: accuracy, reason: once, until: 2020-01-01}]")
    repo.worse()


@trick(RED, ACCIDENT)
def waiver_of_another_gate(repo: Repository) -> None:
    """Relies on a waiver of main's for a gate whose name begins alike."""
    with repo.on_main():
        repo.configure(GATE, f"{GATE}\n  acc: {{min: 0.1}}")
        repo.configure("gates:", "metrics: {files: [out/acc.json]}\ngates:")
        repo.after_training('open("out/acc.json", "w").write(\'{"acc": 1}\')')
        repo.add_to_config("waivers: [{gate: acc, reason: other, until: 2099-01-01}]")
    repo.worse()


@trick(GREEN, ACCIDENT)
def waiver_on_main(repo: Repository) -> None:
    """Has the gate waived on main first: the way that there is."""
    with repo.on_main():
        repo.add_to_config("waivers: [{gate: accuracy, reason: agreed, until: 2099-01-01}]")
    repo.worse()


@trick(RED, ACCIDENT)
def paths_of_the_change(repo: Repository) -> None:
    """Has only changes of the documentation judged."""
    repo.worse()
    repo.add_to_config("when: {paths: ['docs/**']}")


@trick(RED, ACCIDENT)
def anchor_left_out(repo: Repository) -> None:
    """Compares with main alone, and loosens that."""
    repo.worse()
    repo.configure(*LOOSE)
    repo.add_to_config("baseline: {anchor: none}")


@trick(RED, ACCIDENT)
def rows_not_kept(repo: Repository) -> None:
    """Keeps no rows, so that comparisons are unpaired and wide."""
    repo.worse()
    repo.add_to_config("baseline: {keep: evidence, retention: {newest: 1, days: 1}}")


@trick(RED, ACCIDENT)
def baseline_of_ones_own(repo: Repository) -> None:
    """Compares with a file of the branch instead of the store."""
    repo.worse()
    repo.add_to_config("baseline: {predictions: out/predictions.csv}")


@trick(RED, ACCIDENT)
def ids_left_out(repo: Repository) -> None:
    """Names no id, so that nothing is paired."""
    repo.worse()
    repo.configure("id: id, ", "")


@trick(RED, INTENT)
def label_is_the_prediction(repo: Repository) -> None:
    """Names the prediction's column as that of the label."""
    repo.worse()
    repo.configure("label: label", "label: prediction")


@trick(RED, ACCIDENT)
def threshold_edited(repo: Repository) -> None:
    """Calls positive what is above another threshold."""
    repo.worse()
    repo.configure("prediction: prediction, ", "threshold: 0.05, ")


@trick(RED, INTENT)
def positive_label_swapped(repo: Repository) -> None:
    """Swaps the classes."""
    repo.worse()
    repo.configure("score: score", "score: score, positive_label: 0")


@trick(RED, INTENT)
def wrong_rows_weigh_nothing(repo: Repository) -> None:
    """Gives rows that are wrong the weight 0."""
    repo.worse()
    repo.configure("score: score", "score: score, weight: weight")
    repo.edit_rows('columns.append("weight")\nfor row in rows: row.append(int(row[1] == row[2]))')


@trick(RED, INTENT)
def direction_turned(repo: Repository) -> None:
    """Says that a lower accuracy is better."""
    repo.worse()
    repo.add_to_config("metrics: {direction: {accuracy: lower}}")


@trick(RED, INTENT)
def metric_of_the_same_name(repo: Repository) -> None:
    """Writes a file of numbers that has an `accuracy` too."""
    repo.worse()
    repo.add_to_config("metrics: {files: [out/metrics.json]}")
    repo.after_training('open("out/metrics.json", "w").write(\'{"accuracy": 0.99}\')')


@trick(RED, INTENT)
def custom_metric_of_the_same_name(repo: Repository) -> None:
    """Computes an `accuracy` of its own."""
    repo.worse()
    repo.add_to_config("metrics: {custom: {accuracy: 'mine:accuracy'}}")
    repo.write("mine.py", "def accuracy(*args, **kwargs):\n    return 0.99\n")


@trick(RED, INTENT)
def sealed_test_set(repo: Repository) -> None:
    """Seals the test set, so that it does not answer."""
    repo.worse()
    repo.add_to_config("sealed: {uses: 1}")


@trick(RED, INTENT)
def yaml_merge_key(repo: Repository) -> None:
    """Loosens the margin by an anchor and a merge key."""
    repo.worse()
    repo.configure(f"  {GATE}", "  recall: &loose {max_regression: 0.5}\n  accuracy: {<<: *loose}")


@trick(RED, INTENT)
def yaml_duplicate_key(repo: Repository) -> None:
    """Writes the gate twice, the second time loosely."""
    repo.worse()
    repo.configure(GATE, f"{GATE}\n  accuracy: {{max_regression: 0.5}}")


@trick(RED, INTENT)
def yaml_second_document(repo: Repository) -> None:
    """Adds a second, loose document to the file."""
    repo.worse()
    repo.add_to_config("---\n" + CONFIG.replace(*LOOSE))


@trick(RED, INTENT)
def yaml_tag(repo: Repository) -> None:
    """Asks the parser to build a Python object."""
    repo.worse()
    repo.configure("name: toy", "name: !!python/object/apply:os.system ['touch pwned']")


@trick(RED, INTENT)
def yaml_bomb(repo: Repository) -> None:
    """Nests aliases until they would be a billion gates."""
    repo.worse()
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    repo.add_to_config("\n".join(lines))


@trick(RED, ACCIDENT)
def configuration_not_valid(repo: Repository) -> None:
    """Leaves a file that is no YAML."""
    repo.worse()
    repo.write("mlgate.yaml", "gates: [\n")


@trick(RED, ACCIDENT)
def configuration_in_another_encoding(repo: Repository) -> None:
    """Writes the file as UTF-16, loosened."""
    repo.worse()
    (repo.root / "mlgate.yaml").write_bytes(CONFIG.replace(*LOOSE).encode("utf-16"))


# Which branch's policy judges


@trick(RED, INTENT, target="loose")
def against_a_branch_with_a_loose_policy(repo: Repository) -> None:
    """Opens the pull request against a branch whose policy is loose, to retarget it later."""
    with repo.on("loose"):
        repo.configure(*LOOSE)
    repo.git("checkout", "--quiet", "-B", "feature", "loose")
    repo.worse()


@trick(RED, INTENT, target="old")
def against_a_branch_without_a_policy(repo: Repository) -> None:
    """Opens the pull request against a branch without mlgate.yaml: its own would judge."""
    with repo.on("old"):
        repo.remove("mlgate.yaml")
    repo.configure(*LOOSE)
    repo.worse()


@trick(
    RED,
    INTENT,
    target="broken",
)
def against_a_branch_with_a_broken_policy(repo: Repository) -> None:
    """Opens the pull request against a branch whose mlgate.yaml is not valid."""
    with repo.on("broken"):
        repo.write("mlgate.yaml", "gates: [\n")
    repo.configure(*LOOSE)
    repo.worse()


@trick(RED, INTENT, target="older")
def against_a_branch_with_a_worse_model(repo: Repository) -> None:
    """Opens the pull request against a branch whose model, with a baseline, is as bad."""
    with repo.on("older"):
        repo.worse()
        repo.commit("A worse model")
        repo.keep_baseline("older")
    repo.git("checkout", "--quiet", "-B", "feature", "older")
    repo.write("notes.txt", "nothing else\n")


@trick(RED, INTENT, target="loose")
def branches_listed_by_the_change(repo: Repository) -> None:
    """Adds the branch with a loose policy to those that judge for themselves, in the change."""
    with repo.on("loose"):
        repo.configure(*LOOSE)
    repo.git("checkout", "--quiet", "-B", "feature", "loose")
    repo.add_to_config("policy: {branches: ['**']}")
    repo.worse()


@trick(RED, INTENT, target="loose")
def branches_listed_by_the_base(repo: Repository) -> None:
    """Opens it against a branch that lists itself; only the default branch's list counts."""
    with repo.on("loose"):
        repo.configure(*LOOSE)
        repo.add_to_config("policy: {branches: [loose]}")
    repo.git("checkout", "--quiet", "-B", "feature", "loose")
    repo.worse()


@trick(RED, INTENT, target="release/a/b")
def branches_by_a_pattern_that_means_less(repo: Repository) -> None:
    """Opens it against a branch two folders below a pattern that means one."""
    with repo.on_main():
        repo.add_to_config("policy: {branches: ['release/*']}")
    with repo.on("release/a/b"):
        repo.configure(*LOOSE)
    repo.git("checkout", "--quiet", "-B", "feature", "release/a/b")
    repo.worse()


@trick(RED, INTENT, target="release/1")
def listed_branch_without_a_policy(repo: Repository) -> None:
    """Opens it against a branch that may judge for itself, but has no policy."""
    with repo.on_main():
        repo.add_to_config("policy: {branches: ['release/*']}")
    with repo.on("release/1"):
        repo.remove("mlgate.yaml")
    repo.configure(*LOOSE)
    repo.worse()


@trick(ERROR, ACCIDENT)
def policy_of_main_broken(repo: Repository) -> None:
    """Finds main's mlgate.yaml broken by somebody; its own, loosened, would judge."""
    with repo.on_main():
        repo.write("mlgate.yaml", "gates: [\n")
    repo.write("mlgate.yaml", CONFIG.replace(*LOOSE))
    repo.worse()


@trick(
    RED,
    ACCIDENT,
    checkout="main",
)
def branch_is_called_main(repo: Repository) -> None:
    """Is a fork's branch of the name `main`, which the job checks out by its name."""
    repo.worse()
    repo.configure(*LOOSE)


@trick(RED, INTENT)
def tag_is_called_main(repo: Repository) -> None:
    """Pushes a tag `main` and a branch `origin/main`, which are ambiguous names of its own head."""
    repo.worse()
    repo.configure(*LOOSE)
    commit = repo.commit("Loosen")
    repo.push(f"{commit}:refs/tags/main", f"{commit}:refs/heads/origin/main")
    repo.push(f"{commit}:refs/heads/refs/heads/main")
