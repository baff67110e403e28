from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from local_github import NAME, TOKEN

from mlgate.ci.github_actions import facts
from mlgate.cli import main
from mlgate.errors import UsageError
from mlgate.forges.patience import Patience
from mlgate.pipeline.comment import target

CLOCK = (time.time, lambda seconds: None)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def job(local_github, tmp_path, monkeypatch):
    """A job on the pull request, in a folder of its own; gives a function that runs a command."""
    monkeypatch.chdir(tmp_path)
    event = tmp_path / "event.json"
    event.write_text(json.dumps(local_github.payload()))
    for name, value in local_github.environ(event).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Patience.__init__, "__defaults__", (300.0, 0.0, 20.0, 5, *CLOCK, 0.0))
    return lambda *args: main(["comment", *args])


def texts(local):
    return [body.partition("\n")[2] for body in local.bodies()]


def test_posts_a_file_byte_for_byte_and_updates_it(job, local_github, tmp_path, capsys):
    text = "> [!TIP]\r\n> x\n\n- [ ] task @all #1\n\n$a_b$ <b>é</b>\n\n```mermaid\npie\n"
    (tmp_path / "r.md").write_bytes(text.encode())
    assert job("r.md", "--key", "k") == 0
    assert texts(local_github) == [text]
    (tmp_path / "r.md").write_text("two")
    assert job("r.md", "--key", "k", "--format", "json") == 0
    assert texts(local_github) == ["two"]
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["outcome"] == "updated"
    assert told["url"].endswith(f"/pull/1#issuecomment-{told['id']}")


@pytest.mark.parametrize("place", [(), ("--config", "m/mlgate.yaml")])
def test_a_variable_that_mlgate_yaml_names_is_a_secret(
    job, local_github, tmp_path, monkeypatch, place
):
    folder = tmp_path / "m" if place else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / "mlgate.yaml").write_text("data: {path: '${env:SOMEWHERE}/x.csv'")  # not valid
    monkeypatch.setenv("SOMEWHERE", "bucket-of-ours")
    (tmp_path / "r.md").write_text("see bucket-of-ours")
    assert job("r.md", "--key", "k", *place) == 0
    assert texts(local_github) == ["see ***"]


def test_publishes_only_the_images_that_are_declared(job, local_github, tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "out" / name).write_bytes(PNG + name.encode())
    text = "![a](out/a.png) `![a](out/a.png)`\n\n![b](out/b.png) [secret](../../etc/passwd)"
    (tmp_path / "r.md").write_text(text)
    assert job("r.md", "--key", "k", "--image", "out/a.png") == 0
    (posted,) = texts(local_github)
    shown, rest = posted.split(" ", 1)
    assert rest == text.split(" ", 1)[1]
    assert shown.startswith(f"![a]({local_github.server.url}/{NAME}/blob/")
    assert list(local_github.repo.objects.blobs.values()).count(PNG + b"a.png") == 1
    assert PNG + b"b.png" not in local_github.repo.objects.blobs.values()


def test_images_that_are_unchanged_are_not_sent_again(job, local_github, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    for text in ("one ![a](a.png)", "two ![a](./a.png)"):
        (tmp_path / "r.md").write_text(text)
        assert job("r.md", "--key", "k", "--image", "a.png") == 0
    assert local_github.requests.count("POST /graphql") == 1
    assert "/blob/" in texts(local_github)[0]


def test_without_permission_for_images_the_text_is_posted_and_the_exit_code_is_3(
    job, local_github, tmp_path, capsys
):
    local_github.world.actions_token(TOKEN, pull_requests="write", contents="read")
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "r.md").write_text("![a](a.png)")
    assert job("r.md", "--key", "k", "--image", "a.png") == 3
    assert texts(local_github) == ["![a](a.png)"]
    assert "contents: write" in capsys.readouterr().err


def test_a_missing_permission_names_the_line_that_grants_it(job, local_github, tmp_path, capsys):
    local_github.world.actions_token(TOKEN, pull_requests="read")
    (tmp_path / "r.md").write_text("text")
    assert job("r.md", "--key", "k") == 3
    told = capsys.readouterr()
    assert "workflow file:  pull-requests: write" in told.err
    assert TOKEN not in told.err + told.out


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot read"), (b"", "empty"), (b"\xff\xfe", "UTF-8"), (b" \n", "empty")],
    ids=["missing", "nothing", "binary", "blank"],
)
def test_a_file_that_cannot_be_posted_is_a_usage_error(job, tmp_path, capsys, content, said):
    if content is not None:
        (tmp_path / "r.md").write_bytes(content)
    assert job("r.md", "--key", "k") == 2
    assert said in capsys.readouterr().err


def test_without_a_token_it_says_how_to_give_one(job, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("GITHUB_TOKEN")
    (tmp_path / "r.md").write_text("text")
    assert job("r.md", "--key", "k") == 2
    assert "GITHUB_TOKEN: ${{ github.token }}" in capsys.readouterr().err


def test_a_text_that_is_too_long_loses_whole_blocks_and_says_so(
    job, local_github, tmp_path, monkeypatch
):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    (tmp_path / "r.md").write_text("\n\n".join(f"block {i} " + "x" * 990 for i in range(100)))
    assert job("r.md", "--key", "k") == 0
    (text,) = texts(local_github)
    assert text.startswith("block 0 ")
    assert text.endswith(
        f"[The whole text]({local_github.server.url}/{NAME}/actions/runs/900)</sub>"
    )
    assert text.count("block") == 65
    assert summary.read_text().count("block") == 100


class TestTarget:
    def place(self, local, asked, name="pull_request", payload=None, **environ):
        run = facts(local.environ(name=name, **environ), payload or {})
        return target(asked, run, local.forge().pulls)

    def test_is_the_events_pull_request(self, local_github):
        place = self.place(local_github, None, payload=local_github.payload())
        assert (place.kind, place.id) == ("pull", "1")
        assert local_github.requests == []

    def test_of_a_push_is_the_open_pull_request_of_its_head(self, local_github):
        assert self.place(local_github, "pr", "push").id == "1"

    def test_of_a_push_without_one_is_the_commit(self, local_github):
        main = local_github.repo.objects.resolve("main")
        place = self.place(local_github, None, "push", GITHUB_SHA=main)
        assert (place.kind, place.id) == ("commit", main)

    def test_of_a_workflow_run_is_found_by_its_head(self, local_github):
        run = {
            "id": 5,
            "head_sha": local_github.head,
            "head_branch": "feature",
            "head_repository": {"full_name": NAME},
            "run_number": 4,
            "run_attempt": 2,
        }
        assert self.place(local_github, "pr", "workflow_run", {"workflow_run": run}).id == "1"

    @pytest.mark.parametrize("asked", ["pr/7", "issue/7"])
    def test_may_be_named(self, local_github, asked):
        assert self.place(local_github, asked).id == "7"

    @pytest.mark.parametrize("asked", ["pr/x", "wiki", "issue", "issue/-1"])
    def test_that_does_not_exist_is_a_usage_error(self, local_github, asked):
        with pytest.raises(UsageError):
            self.place(local_github, asked)


def test_watch_follows_the_file_and_ends_with_its_last_text(local_github, tmp_path):
    local_github.world.clock = time.time
    event = tmp_path / "event.json"
    event.write_text(json.dumps(local_github.payload()))
    file = tmp_path / "log.md"
    command = [sys.executable, "-m", "mlgate", "comment", "log.md", "--key", "log", "--watch"]
    environ = {**os.environ, **local_github.environ(event)}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE) as process:
        time.sleep(0.3)
        file.write_text("epoch 1")
        for _ in range(100):
            if texts(local_github) == ["epoch 1"]:
                break
            time.sleep(0.1)
        file.write_text("epoch 2")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert texts(local_github) == ["epoch 2"]
    assert process.returncode == 0


def test_watch_that_is_ended_before_it_began_posts_what_there_is(local_github, tmp_path):
    """As by a training that takes less time than to ask which pull request this is."""
    local_github.world.clock = time.time
    event = tmp_path / "event.json"
    event.write_text("{}")
    (tmp_path / "log.md").write_text("epoch 1")
    command = [sys.executable, "-m", "mlgate", "comment", "log.md", "--key", "log", "--watch"]
    environ = {**os.environ, **local_github.environ(event, "workflow_dispatch")}
    started = threading.Event()

    def end_it(seen, carry_out):
        if not started.is_set():
            started.set()
            process.send_signal(signal.SIGTERM)
        return carry_out()

    local_github.server.intervene = end_it
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE) as process:
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert texts(local_github) == ["epoch 1"]


def test_no_scientific_package_is_imported(local_github, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(local_github.payload()))
    (tmp_path / "r.md").write_text("text")
    blocked = ("numpy", "scipy", "duckdb", "pyarrow", "PIL", "pandas", "pydantic", "jinja2")
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "from mlgate.cli import main\n"
        "sys.exit(main(['comment', 'r.md', '--key', 'k']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, **local_github.environ(event)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert texts(local_github) == ["text"]
