"""What counts as an artifact, and its digest."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time

import pytest

from mlgate.training.digests import Collector, describe, printable

PAST = (946684800, 946684800)


@pytest.fixture
def repo(tmp_path):
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"outside")
    return tmp_path / "repo"


def problems(root, *patterns, since=None):
    return Collector(root, since).collect(patterns).problems


def test_a_folder_is_what_sha256sum_prints_in_it(repo):
    out = repo / "out"
    for name in ("b/2.bin", "a.txt", "b.txt", "B.txt", "ü"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(name.encode())
    listing = subprocess.run(
        "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum",
        shell=True, cwd=out, capture_output=True, check=True,
    ).stdout  # fmt: skip
    found = describe("out", repo)
    assert found.sha256 == hashlib.sha256(listing).hexdigest()
    assert found.size == sum(
        len(name.encode()) for name in ("b/2.bin", "a.txt", "b.txt", "B.txt", "ü")
    )


def test_globs_give_each_file_once_in_order(repo):
    for name in ("b.pt", "a.pt", "c.bin"):
        (repo / name).write_bytes(b"x")
    found = Collector(repo).collect(["*.pt", "a.pt", "**/*.bin"])
    assert [artifact.path for artifact in found.artifacts] == ["a.pt", "b.pt", "c.bin"]
    assert found.problems == ()


def test_a_name_with_the_characters_of_a_pattern_is_itself(repo):
    (repo / "model[1].pt").write_bytes(b"x")
    assert not problems(repo, "model[1].pt")


def test_one_bad_artifact_does_not_hide_the_others(repo):
    (repo / "good").write_bytes(b"x")
    (repo / "empty").mkdir()
    found = Collector(repo).collect(["missing", "good", "empty"])
    assert [artifact.path for artifact in found.artifacts] == ["good"]
    assert found.problems == (
        "artifact missing does not exist after the training",
        "artifact empty is an empty folder",
    )


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname"])
def test_outside_the_repository_is_refused(repo, path):
    assert "outside the repository" in problems(repo, path)[0]


def test_links_out_of_the_repository_are_refused(repo):
    (repo / "link").symlink_to("../outside")
    (repo / "out").mkdir()
    (repo / "out" / "link").symlink_to("../../outside")
    found = problems(repo, "link", "out")
    assert all("leads out of the repository" in problem for problem in found)
    assert len(found) == 2


def test_links_within_the_repository_are_followed(repo):
    (repo / "project").mkdir()
    (repo / "models").mkdir()
    (repo / "models" / "m").write_bytes(b"x")
    (repo / "project" / "link").symlink_to("../models/m")
    [artifact] = Collector(repo / "project").collect(["link"]).artifacts
    assert artifact.sha256 == hashlib.sha256(b"x").hexdigest()


def test_a_dangling_link_is_told(repo):
    (repo / "link").symlink_to("gone")
    assert problems(repo, "link") == ("artifact link is a link to a file that does not exist",)


def test_what_was_there_before_is_stale(repo):
    (repo / "model").write_bytes(b"x")
    later = time.time_ns() + 10**9
    [problem] = problems(repo, "model", since=later)
    assert "was not written by this training" in problem
    assert problem.count(" UTC") == 2
    assert not problems(repo, "model", since=later - 60 * 10**9)


def test_a_folder_is_as_new_as_its_newest_file(repo):
    (repo / "out").mkdir()
    (repo / "out" / "old").write_bytes(b"x")
    time.sleep(0.02)
    (repo / "out" / "new").write_bytes(b"x")
    assert not problems(repo, "out", since=(repo / "out" / "new").stat().st_mtime_ns)


def test_a_file_that_was_moved_here_is_new_whatever_its_time(repo):
    before = time.time_ns() - 10**9
    (repo / "model.tmp").write_bytes(b"x")
    os.utime(repo / "model.tmp", PAST)
    (repo / "model.tmp").rename(repo / "model")
    assert not problems(repo, "model", since=before)


def test_names_that_would_act_on_a_log_or_break_a_file_are_made_harmless(repo):
    name = b"a\n::stop\xff"
    (repo / os.fsdecode(name)).write_bytes(b"x")
    [artifact] = Collector(repo).collect(["*"]).artifacts
    assert artifact.path == "a�::stop�" == printable(os.fsdecode(name))
    assert artifact.model_dump_json()


def test_a_fifo_or_a_file_without_permission_is_told_not_read(repo):
    os.mkfifo(repo / "pipe")
    assert problems(repo, "pipe") == ("artifact pipe is not a file",)
