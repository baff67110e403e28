"""Finding a baseline among 10 and among 10,000: a long history must not slow a run down.

    python -m benchmarks history

Builds two bare remotes, one with 10 commits on main (one an hour) and a baseline each, one
with 10,000; evidence carries the history that it carries in earnest, the newest 20 have rows,
and a release stands halfway. Then, from a clone that is one commit deep, as CI makes it, it
does what a run does: list the baselines, find main's and the anchor's, read the evidence of
both and the rows of main's, and give the trend; once with the release as the anchor, once
with the oldest baseline of 90 days. Each measurement has a fresh clone, so that nothing is
read from it. Seconds are medians; CPU counts git's processes. Target: at most 1.5 times as
long, or 0.3 s longer.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlgate.checks import evidence_types
from mlgate.git import Git
from mlgate.inputs import git_facts
from mlgate.model.evidence import BaselineRef, CompareEvidence, HistoryPoint, Measurement
from mlgate.model.verdict import Verdict
from mlgate.stores.baseline_files import BaselineFiles, load
from mlgate.stores.finding import Anchors, anchor_baseline, main_baseline
from mlgate.stores.history import extended_history, known_ancestors
from mlgate.stores.kinds.ref import ROOT, RefStore
from mlgate.stores.stored_baseline import StoredBaseline, key

if TYPE_CHECKING:
    from collections.abc import Iterator

RELEASE = "a release"
ANCHORS = (RELEASE, "the oldest of 90 days")
SIZES = (10, 10_000)
REPEATS = 7
METRICS = 12
ROWS = os.urandom(200_000)
"""About what 5,000 rows need; hashes do not compress."""
NEWEST_WITH_ROWS = 20
START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
NAME = "m"
TARGET_RATIO, TARGET_SECONDS = 1.5, 0.3


@dataclass(frozen=True)
class Remote:
    """A bare repository with baselines; `base` is main's tip, which has one."""

    path: Path
    base: str
    now: dt.datetime


@dataclass(frozen=True)
class Cost:
    """Seconds of one measurement, and those of listing the store in it."""

    wall: float
    cpu: float
    listing: float


def main() -> None:
    """Measure and print the table."""
    print("| anchor | baselines | wall | CPU | of it listing: wall |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        remotes = {count: build(Path(folder) / f"{count}.git", count) for count in SIZES}
        told = [compared(Path(folder), remotes, anchor) for anchor in ANCHORS]
    print("\n" + "\n".join(told))


def compared(folder: Path, remotes: dict[int, Remote], anchor: str) -> str:
    """Measure both remotes under one kind of anchor; print two rows, give the finding."""
    costs: dict[int, list[Cost]] = {count: [] for count in remotes}
    for number in range(REPEATS):  # alternating, so that a busy machine slows both
        for count, remote in remotes.items():
            clone = folder / f"clone-{anchor}-{count}-{number}"
            git("clone", "-q", "--depth=1", f"file://{remote.path}", str(clone))
            costs[count].append(measure(clone, remote, anchor))
    for count, found in costs.items():
        wall, cpu, listing = (
            statistics.median(getattr(cost, name) for cost in found)
            for name in ("wall", "cpu", "listing")
        )
        print(f"| {anchor} | {count:,} | {wall:.3f} s | {cpu:.3f} s | {listing:.3f} s |")
    few, many = (statistics.median(cost.wall for cost in costs[count]) for count in SIZES)
    met = many <= TARGET_RATIO * few or many - few <= TARGET_SECONDS
    return (
        f"Anchor {anchor}: with {SIZES[1]:,} baselines {many / few:.2f} times as long, "
        f"{many - few:+.3f} s (target: ≤ {TARGET_RATIO} times, or ≤ {TARGET_SECONDS} s more): "
        f"{'met' if met else 'missed'}."
    )


def measure(clone: Path, remote: Remote, anchored: str) -> Cost:
    """What a run does with the store, once."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    repository = Git(clone)
    store = RefStore(repository, NAME)
    entries = store.baselines()
    listed = time.perf_counter() - wall
    facts = git_facts.facts(repository, "main")
    found = main_baseline(entries, git_facts.baseline_commits(repository, facts), "main")
    assert isinstance(found, BaselineRef), found
    main = next(entry for entry in entries if entry.commit == found.commit)
    loaded: dict[str, BaselineFiles] = {main.key: load(store, main, evidence_types())}

    def verdict_of(entry: StoredBaseline) -> str | None:
        return loaded.setdefault(entry.key, load(store, entry, evidence_types())).outcome

    known = known_ancestors(loaded[main.key])
    how = Anchors(
        "latest-tag",
        git_facts.tags(repository) if anchored == RELEASE else (),
        verdict_of,
        lambda commit: commit in known or git_facts.is_ancestor(repository, commit, remote.base),
        remote.now,
        own=facts.commit,
    )
    anchor = anchor_baseline(entries, how, "main")
    assert isinstance(anchor, BaselineRef), anchor
    assert store.read_rows(main) is not None
    evidence = loaded[main.key].evidence["compare"]
    assert isinstance(evidence, CompareEvidence)
    assert extended_history(evidence, "pass", found)
    return Cost(time.perf_counter() - wall, cpu_seconds() - cpu, listed)


def cpu_seconds() -> float:
    """User and system time of this process and of every git that has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def build(path: Path, count: int) -> Remote:
    """Make a remote with `count` commits on main and a baseline of each, refs packed.

    The commits are one an hour. One more commit, without a baseline, is main's tip.
    """
    git("init", "-q", "--bare", "--initial-branch=main", str(path))
    git("fast-import", "--quiet", cwd=path, stdin=b"".join(history(count)))
    commits = git("rev-list", "--reverse", "main", cwd=path).decode().split()
    times = [START + dt.timedelta(hours=number) for number in range(count)]
    git("fast-import", "--quiet", cwd=path, stdin=b"".join(baselines(commits[:count], times)))
    git("pack-refs", "--all", cwd=path)
    git("tag", "v1", commits[count // 2], cwd=path)
    return Remote(path, commits[-1], times[-1] + dt.timedelta(hours=1))


def history(count: int) -> Iterator[bytes]:
    """Main: one commit an hour, each with a changed file, as a fast-import stream."""
    for number in range(count + 1):
        when = int((START + dt.timedelta(hours=number)).timestamp())
        yield f"commit refs/heads/main\ncommitter A <a@example.org> {when} +0000\n".encode()
        yield data(b"x")
        yield b"M 100644 inline params.txt\n" + data(str(number).encode())


def baselines(commits: list[str], times: list[dt.datetime]) -> Iterator[bytes]:
    """Evidence and rows of every commit, as a fast-import stream."""
    points: tuple[HistoryPoint, ...] = ()
    release = commits[len(commits) // 2]
    for number, (commit, when) in enumerate(zip(commits, times, strict=True)):
        base = f"{ROOT}/{NAME}/{key(commit, when)}"
        evidence = compare(commit, when, number, points)
        files = {
            "evidence/compare.json": evidence.to_json(),
            "verdict.json": verdict(commit).to_json(),
            "run.json": "{}",
        }
        yield orphan(f"{base}/evidence", when, {k: v.encode() for k, v in files.items()})
        if len(commits) - number <= NEWEST_WITH_ROWS:
            yield orphan(f"{base}/rows", when, {"rows.parquet": ROWS})
        ref = BaselineRef(commit=commit, created=when.isoformat())
        points = extended_history(evidence, "pass", ref, [git_facts.Tag("v1", release, None)])


def orphan(ref: str, when: dt.datetime, files: dict[str, bytes]) -> bytes:
    """One commit without parents."""
    head = f"commit {ref}\ncommitter A <a@example.org> {int(when.timestamp())} +0000\n".encode()
    changes = (f"M 100644 inline {path}\n".encode() + data(one) for path, one in files.items())
    return head + data(b"x") + b"".join(changes)


def data(content: bytes) -> bytes:
    """A piece of content in a fast-import stream."""
    return f"data {len(content)}\n".encode() + content + b"\n"


def compare(
    commit: str, when: dt.datetime, number: int, points: tuple[HistoryPoint, ...]
) -> CompareEvidence:
    """Compare evidence with a full history."""
    metrics = {
        f"metric_{n}": Measurement(
            title=f"metric {n}", value=0.5 + (number * 7919 + n) % 1000 / 1e5, method="wilson"
        )
        for n in range(METRICS)
    }
    return CompareEvidence(
        tool="0", commit=commit, created=when.isoformat(), metrics=metrics, history=points
    )


def verdict(commit: str) -> Verdict:
    """A verdict that passed."""
    return Verdict(
        tool="0", name=NAME, verdict="pass", headline="passes", blocked=False, commit=commit
    )


def git(*arguments: str, cwd: Path | None = None, stdin: bytes = b"") -> bytes:
    """Plain git, for building only."""
    return subprocess.run(
        ["git", *arguments], cwd=cwd, input=stdin, check=True, capture_output=True
    ).stdout


if __name__ == "__main__":
    main()
