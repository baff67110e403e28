"""`mlgate model` in real repositories: GTO's tags, a remote, signatures, and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlgate.errors import UsageError
from mlgate.pipeline import registering
from mlgate.registries.registry import RegistryError

MODEL = Path("out/model.json")
CONFIG = """\
version: 1
name: toy
task: binary
train: {run: "python train.py && cp quality.json out/model.json", artifacts: [out/model.json]}
predictions: {path: out/predictions.csv, id: id, label: label, prediction: predicted, score: score}
gates:
  accuracy: {min: 0.8}
"""


@pytest.fixture
def released(repository):
    """Main with a model that passed, its baseline kept."""
    repository.write("mlgate.yaml", CONFIG)
    repository.commit("config")
    repository.run()
    repository.save()
    return repository


def opened(repository, **kwargs):
    return registering.open_registry(repository.context, **kwargs)


def register(repository, version=None, registry=None):
    return registering.register(
        repository.context, registry or opened(repository), MODEL, version, None
    )


def assign(repository, alias="prod", version=None, registry=None):
    return registering.assign(
        repository.context, registry or opened(repository), alias, MODEL, version, None
    )


def problems(repository):
    return {s.alias: s.problem for s in registering.check(repository.context, opened(repository))}


def gto(repository, *arguments):
    command = [str(Path(sys.executable).with_name("gto")), *arguments]
    done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_gto_reads_versions_and_stages_and_git_the_verdict(released):
    assert register(released).written == "v0.1.0"
    assert assign(released).written == "toy#prod#1"
    head = released.git("rev-parse", "HEAD")
    shown = gto(released, "show", "toy", "--json")
    assert [(v["version"], v["commit_hexsha"]) for v in shown] == [("v0.1.0", head)]
    assert "prod" in json.dumps(shown)
    form = "--format=%(contents:trailers:key=mlgate-verdict,valueonly)"
    assert released.git("for-each-ref", form, "refs/tags/toy#prod#1").strip() == "pass"
    assert problems(released) == {"prod": None}
    # Rolling back is a new tag, and the number rises over all stages.
    assert assign(released, "staging").written == "toy#staging#2"
    assert assign(released).written == "toy#prod#3"


def test_what_gto_wrote_is_read(released):
    program = str(Path(sys.executable).with_name("gto"))
    for arguments in (
        ["register", "toy", "HEAD", "--version", "v1.4.0"],
        ["assign", "toy", "--version", "v1.4.0", "--stage", "prod"],
    ):
        subprocess.run([program, *arguments], cwd=released.root, check=True, capture_output=True)
    registry = opened(released)
    assert registry.aliases()["prod"].version.name == "v1.4.0"
    assert register(released).written == "v1.5.0"


def test_a_model_that_failed_gets_a_version_and_no_alias(released):
    released.quality(0.7)
    released.run()
    released.save()
    registry = opened(released)
    made = register(released, registry=registry)
    assert made.decision.verdict == "fail"
    refused = assign(released, registry=registry)
    assert refused.written is None
    assert {refusal.key for refusal in refused.decision.refusals} == {"policy.deploy.accept"}
    assert registry.aliases() == {}
    # Somebody who sets it past mlgate is found out.
    released.git("tag", "--annotate", "--message", "by hand", "toy#prod#1")
    assert "the verdict is fail" in problems(released)["prod"]


def test_another_file_than_the_registered_one_is_refused(released):
    register(released)
    (released.root / MODEL).write_text("another model")
    refused = assign(released)
    assert refused.written is None
    assert [refusal.key for refusal in refused.decision.refusals] == ["train.artifacts", "registry"]
    assert register(released, "v9.0.0").written is None


def test_an_alias_of_a_commit_that_was_never_judged_is_listed(released):
    released.commit("not judged")
    released.git("tag", "--annotate", "--message", "by hand", "toy#prod#1")
    assert "never judged here" in problems(released)["prod"]


def test_tags_of_the_right_name_and_the_wrong_form_are_none(released):
    released.git("tag", "toy@v0.1.0")  # without a message, as GTO ignores
    for name in ("toy@1.0", "toy#", "toy@v1", "other@v2.0.0", "toy#prod#x"):
        released.git("tag", "--annotate", "--message", "m", name)
    registry = opened(released)
    assert registry.versions() == ()
    assert registry.aliases() == {}
    with pytest.raises(RegistryError, match="cannot be made"):
        register(released)


def _on_a_tag(repository):
    repository.git("tag", "--annotate", "--message", "m", "toy#prod#5", "toy@v0.1.0")


def _called_otherwise_inside(repository):
    repository.git("update-ref", "refs/tags/toy#prod#7", "refs/tags/toy#prod#1")


def _inside_of_another_models_tag(repository):
    repository.git("update-ref", "refs/tags/other@v1.0.0", "refs/tags/toy#prod#1")


def _in_one_second(repository):
    when = repository.git("for-each-ref", "--format=%(taggerdate:unix)", "refs/tags/toy#prod#1")
    repository.commit("another")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", f"{when.strip()} +0000")
        repository.git("tag", "--annotate", "--message", "m", "toy#prod#5")


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (_on_a_tag, "no dated tag of a commit"),
        (_called_otherwise_inside, "is called toy#prod#1 inside"),
        (_inside_of_another_models_tag, "is called toy#prod#1 inside"),
        (_in_one_second, "are of one second"),
    ],
)
def test_a_tag_that_gto_may_read_otherwise_is_a_problem(play, why, released):
    register(released)
    assign(released)
    assert problems(released) == {"prod": None}
    play(released)
    assert why in problems(released)["prod"]


def test_a_stage_is_taken_back_from_one_commit_as_gto_does_it(released):
    def by_hand(name, second):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_COMMITTER_DATE", f"{2_000_000_000 + second} +0000")
            released.git("tag", "--annotate", "--message", "m", name)

    def shown():
        return {row["commit_hexsha"] for row in gto(released, "show", "toy#prod", "--json")}

    first = released.git("rev-parse", "HEAD")
    by_hand("toy@v0.1.0", 0)
    by_hand("toy#prod#1", 1)
    second = released.commit("another")
    by_hand("toy@v0.2.0", 1)
    by_hand("toy#prod!#2", 2)  # which this commit never had
    assert shown() == {opened(released).aliases()["prod"].commit} == {first}
    by_hand("toy#prod#3", 3)
    assert shown() == {opened(released).aliases()["prod"].commit} == {second}
    by_hand("toy#prod!#4", 4)
    assert shown() == {opened(released).aliases()["prod"].commit} == {first}
    released.git("checkout", "--quiet", first)
    by_hand("toy#prod!#5", 5)
    assert (shown(), opened(released).aliases()) == (set(), {})
    released.commit("without a version")
    by_hand("toy#prod!#6", 6)
    assert "which GTO ignores" in problems(released)["prod"]


def test_versions_are_unique_and_semantic(released):
    register(released, "v1.0.0")
    with pytest.raises(RegistryError, match="registered already"):
        register(released, "v1.0.0")
    with pytest.raises(RegistryError, match="no version"):
        register(released, "1.0")
    with pytest.raises(UsageError, match=r"no version v7\.0\.0"):
        assign(released, version="v7.0.0")


@pytest.fixture
def shared(released, tmp_path):
    """The same with a remote, and somebody else's clone of it."""
    remote = tmp_path / "remote.git"
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True
    )
    released.git("remote", "add", "origin", str(remote))
    released.git("push", "--quiet", "origin", "main", "refs/mlgate/*:refs/mlgate/*")
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", str(remote), str(other)], check=True)
    shutil.copytree(released.root / "out", other / "out")
    theirs = replace(released, root=other, context=replace(released.context, cwd=other))
    return released, theirs


def test_of_two_at_once_one_is_refused_and_nothing_is_lost(shared):
    ours, theirs = shared
    registry = opened(ours, push=True)
    register(ours, registry=registry)
    mine, late = opened(ours, push=True), opened(theirs, push=True)
    before = late.aliases()
    assert assign(ours, registry=mine).written == "toy#prod#1"
    version = mine.versions()[-1]
    with pytest.raises(RegistryError, match=r"names .* by now"):
        late.assign("prod", version, before.get("prod"), {})
    assert opened(theirs).aliases()["prod"].commit == version.commit


def test_a_push_that_the_remote_refuses_leaves_no_tag(shared):
    ours, theirs = shared
    register(ours, registry=opened(ours, push=True))
    late = opened(theirs, push=True)
    _ = late.aliases(), late.versions()
    late.__dict__["_all"] = ()  # as if nothing had been there when it was read
    with pytest.raises(RegistryError, match=r"cannot be (pushed|made)"):
        late.register(theirs.git("rev-parse", "HEAD"), "v0.1.0", {})
    remote = ours.git("ls-remote", "origin", "refs/tags/toy@v0.1.0").split()[0]
    assert remote == ours.git("rev-parse", "refs/tags/toy@v0.1.0")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_a_signature_by_another_key_is_a_problem(released, tmp_path):
    for name in ("mine", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    public = (tmp_path / "mine.pub").read_text()
    (tmp_path / "allowed").write_text(f"t@example.invalid {public}")
    released.git("config", "gpg.format", "ssh")
    released.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "allowed"))
    released.git("config", "user.signingKey", str(tmp_path / "mine"))
    released.write("mlgate.yaml", CONFIG + "registry: {sign: true}\n")
    released.commit("sign")
    released.run()
    released.save()
    register(released)
    assign(released)
    assert "SSH SIGNATURE" in released.git("cat-file", "tag", "toy#prod#1")
    assert problems(released) == {"prod": None}
    assert gto(released, "show", "toy", "--json")
    released.git("config", "user.signingKey", str(tmp_path / "other"))
    released.git("tag", "--sign", "--message", "by another key", "toy#prod#2")
    assert "does not hold" in problems(released)["prod"]
    released.git("tag", "--annotate", "--no-sign", "--message", "unsigned", "toy#prod#3")
    assert "does not hold" in problems(released)["prod"]
    released.git("tag", "--annotate", "--no-sign", "--message", "unsigned", "toy#prod!#4")
    assert "does not hold" in problems(released)["prod"]
