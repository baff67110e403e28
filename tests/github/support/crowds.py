"""Many publishers at once, and pull requests with thousands of comments."""

from __future__ import annotations

import random
import threading
import time
import traceback

from local_github import TOKEN, running
from scenarios import KEY, PLACE

from mlgate.forges import sticky
from mlgate.forges.data import CheckReport, Status
from mlgate.forges.github import connect
from mlgate.forges.patience import Patience
from mlgate.model.run_stamp import RunStamp


def crowd(publishers, *, seed=0, settle=1.0, existing=False):
    """Let runs 1 … n publish at the same time; gives the comments that stand afterwards."""
    with running(time.time, validate=False) as local:
        local.world.limits.an_hour = local.world.limits.content_an_hour = 10**6
        local.world.limits.content_a_minute = 10**6
        if existing:
            local.repo.comment(
                1, f"{sticky.marker(KEY, RunStamp(0))}\nrun 0", "github-actions[bot]"
            )
        start, problems = threading.Barrier(publishers), []

        def publish(run):
            patience = Patience(settle=settle, timeout=60.0)
            forge = connect(local.server.api_url, local.server.url, "octo/model", TOKEN, patience)
            start.wait()
            try:
                forge.files.publish({"a.png": f"picture {run % 5}".encode()}, f"run {run}")
                sticky.post(
                    forge.comments, PLACE, key=KEY, text=f"run {run}", stamp=RunStamp(run),
                    patience=patience,
                )  # fmt: skip
            except Exception:  # noqa: BLE001  (told by the caller)
                problems.append(traceback.format_exc())

        runs = list(range(1, publishers + 1))
        random.Random(seed).shuffle(runs)
        threads = [threading.Thread(target=publish, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems, problems[0]
        branch = local.repo.objects.refs["refs/heads/mlgate-plots"]
        tree = local.repo.objects.commits[branch].tree
        assert len(local.repo.objects.files(tree)) == 1 + min(publishers, 5)
        return local.bodies()


def newest_alone(bodies, run):
    return [body.partition("\n")[2] for body in bodies] == [f"run {run}"]


def conversation(comments, images=0, *, at=None):
    """Update a comment among thousands, with the id that a check run remembers: what it costs.

    Gives the requests of the second run, which is on a new head.
    """
    with running(validate=False) as local:
        local.world.limits.an_hour = 10**6
        at = comments // 2 if at is None else at
        for index in range(comments):
            if index == at:
                body = f"{sticky.marker(KEY, RunStamp(1))}\nrun 1"
                kept = local.repo.comment(1, body, "github-actions[bot]")
            local.repo.comment(1, f"talk {index}")
        local.clock.now += 86_400
        forge = local.forge()
        forge.files.publish({"old.png": b"old"}, "Begin the branch")
        old = CheckReport(KEY, "t", "s", conclusion="success", stamp=RunStamp(1), comment=kept.id)
        forge.checks.put(local.before, old)
        local.requests.clear()
        forge = local.forge()
        _update(local, forge, {f"{i}.png": f"{i}".encode() for i in range(images)})
        assert [b for b in local.bodies() if "mlgate:comment" in b] == [
            f"{sticky.marker(KEY, RunStamp(2))}\nrun 2"
        ]
        return list(local.requests)


def _update(local, forge, images):
    """As `publish` does it: comment, check run, status."""
    known = forge.checks.remembered([local.before], KEY)
    found = sticky.find(forge.comments, PLACE, KEY, forge.patience, known.comment)
    forge.files.publish(images, "Add pictures")
    posted = sticky.post(
        forge.comments, PLACE, key=KEY, text="run 2", stamp=RunStamp(2), patience=forge.patience,
        earlier=found,
    )  # fmt: skip
    report = CheckReport(KEY, "t", "s", conclusion="success", stamp=RunStamp(2), comment=posted.id)
    forge.checks.put(local.head, report)
    forge.statuses.put(local.head, Status(KEY, "success", "fine"))


def report():
    """Print the crowds and conversations; gives what failed."""
    failures = []
    for existing in (False, True):
        began = time.monotonic()
        bodies = crowd(50, existing=existing)
        right = newest_alone(bodies, 50)
        what = "updating one comment" if existing else "no comment yet"
        print(f"50 publishers at once, {what}: {len(bodies)} comment(s), newest run's text: "
              f"{right}, {time.monotonic() - began:.1f} s")  # fmt: skip
        failures += [] if right else [f"50 publishers, {what}: {bodies}"]
    for images in (0, 2, 12):
        asked = len(conversation(5000, images))
        allowed = 8 + images
        print(f"5,000 comments, {images} new images: {asked} requests (at most {allowed})")
        failures += [] if asked <= allowed else [f"{asked} requests, not {allowed}"]
    return failures
