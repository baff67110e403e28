"""The actions are shells over one command: inputs, options and tables say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from actions.runner.inputs import ACTIONS
from ruamel.yaml import YAML
from tests.contract.pages import Page

from mlgate.cli import root
from mlgate.pipeline.init import workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
FILES = {"run": TOP / "action.yml"} | {
    path.parent.name: path for path in sorted(TOP.glob("actions/*/action.yml"))
}
WORKFLOWS = sorted([*TOP.glob("workflows/*.yml"), *TOP.glob(".github/workflows/*.yml")])
NO_INPUT = {"format", "list", "help", "watch", "mlflow"}
"""Options that are of use to a person or a program, and to no step of a workflow."""
UNNEEDED = {
    "comment": {"config", "run-dir", "policy"},
    "verify": {"run-dir"},
    "alias": {"run-dir"},
}
"""`comment` posts a file, whatever model it is about; `verify` reads another run's evidence."""
CLI = Path(sys.executable).parent


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def options(words: tuple[str, ...]) -> dict[str, click.Option]:
    """The options of a command, by their long names."""
    command: click.Command = root
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None, word
        command = found
    return {
        name.removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
        if name.startswith("--")
    }


def test_every_action_has_a_file_and_every_file_an_action() -> None:
    assert set(FILES) == set(ACTIONS)


@pytest.mark.parametrize("name", FILES)
def test_inputs_and_outputs_are_described_and_defaulted(name: str) -> None:
    found = read(FILES[name])
    assert len(found["description"]) > 20
    for title, one in found["inputs"].items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", title)
        assert len(one["description"]) > 10, title
        assert one.get("required") is True or isinstance(one["default"], str), title
    for title, one in found["outputs"].items():
        assert len(one["description"]) > 10, title
        assert one["value"] == f"${{{{ steps.mlgate.outputs.{title} }}}}"


@pytest.mark.parametrize("name", FILES)
def test_inputs_are_what_the_table_passes_on(name: str) -> None:
    action = ACTIONS[name]
    assert set(read(FILES[name])["inputs"]) == set(action.arguments) | set(action.variables)


@pytest.mark.parametrize("name", [name for name in FILES if name != "setup"])
def test_inputs_are_the_options_of_the_command(name: str) -> None:
    action = ACTIONS[name]
    known = options(action.command)
    passed = set()
    for title, kind in action.arguments.items():
        if kind in ("words", "paths", "file", "boolean"):
            continue
        option = known[f"no-{title}" if kind == "unless" else title]
        passed |= {name.removeprefix("--") for name in (*option.opts, *option.secondary_opts)}
        assert option.is_flag == (kind in ("flag", "attested", "unless", "switch")), title
        assert option.multiple == (kind == "lines"), title
    assert set(known) - passed - NO_INPUT == UNNEEDED.get(name, set())


@pytest.mark.parametrize("name", FILES)
def test_steps_are_shells_over_the_runner(name: str) -> None:
    runs = read(FILES[name])["runs"]
    assert runs["using"] == "composite"
    path = "actions/runner" if name == "run" else "../runner"
    for step in runs["steps"]:
        assert "uses" not in step
        assert step["shell"] == "bash"
        assert step["env"] == {"MLGATE_INPUTS": "${{ toJSON(inputs) }}"}
        assert step["run"].startswith(f'exec sh "$GITHUB_ACTION_PATH/{path}/step.sh" ')
        assert "${{" not in step["run"]
    assert runs["steps"][0]["run"].endswith(f" {name}")


def test_only_the_root_action_is_branded_for_the_marketplace() -> None:
    assert set(read(FILES["run"])["branding"]) == {"icon", "color"}
    assert not any("branding" in read(FILES[name]) for name in FILES if name != "run")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_of_others_are_pinned_alike_everywhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name, ref in re.findall(r"uses: ([\w.-]+/[\w./-]+)@(.+)", text):
        if not name.startswith("mlgate/mlgate"):
            assert ref == workflow.PINS[name], name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_start_from_no_permission(path: Path) -> None:
    found = read(path)
    assert found["permissions"] == {}
    assert "${{" not in "".join(
        step.get("run", "") for job in found["jobs"].values() for step in job.get("steps", ())
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_that_keep_a_baseline_may_set_the_status_that_remembers_it(path: Path) -> None:
    for job in read(path)["jobs"].values():
        granted = job.get("permissions", {})
        if granted.get("contents") == "write" and path.stem != "release":
            assert granted["statuses"] == "write"


CALLED = re.compile(r"mlgate/mlgate/(\.github/workflows/[\w-]+\.yml)@v0")
LEVELS = ("none", "read", "write")


def callers() -> Iterator[tuple[str, Any]]:
    """Yield the jobs of files and pages that call a reusable workflow."""
    for path in WORKFLOWS:
        yield from read(path)["jobs"].items()
    header = (
        (TOP / ".github/workflows/model-ci.yml").read_text(encoding="utf-8").partition("\non:\n")[0]
    )
    shown = re.sub(
        "^# ?", "", header.partition("):\n")[2].partition("# The check")[0], flags=re.MULTILINE
    )
    pages = [Page(TOP / "README.md").block("model-ci.yml@v0"), shown]
    for text in pages:
        yield from YAML(typ="safe").load(text)["jobs"].items()


def test_who_calls_a_workflow_grants_all_that_its_jobs_ask_for() -> None:
    """GitHub starts no job of a workflow that asks for more than the calling job grants."""
    called = 0
    for _, job in callers():
        if not (file := CALLED.fullmatch(job.get("uses", ""))):
            continue
        called += 1
        for inner in read(TOP / file[1])["jobs"].values():
            for scope, level in inner["permissions"].items():
                granted = job["permissions"].get(scope, "none")
                assert LEVELS.index(granted) >= LEVELS.index(level), (file[1], scope)
    assert called >= 3


@pytest.mark.parametrize("path", sorted(TOP.glob("workflows/*.yml")), ids=lambda path: path.name)
def test_files_to_copy_are_short_and_explained(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    most = 81 if path.name == "dvc.yml" else 64  # two jobs, and one that keeps main's results
    assert len(lines) <= most
    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(
    ("name", "action", "left_out"),
    [
        ("model-publish", "publish", {"dirs", "key", "pr", "report-url", "only", "run-dir"}),
        ("model-deploy-gate", "verify", {"evidence", "report-url"}),
    ],
    ids=["publish", "verify"],
)
def test_reusable_workflows_offer_what_their_action_does(
    name: str, action: str, left_out: set[str]
) -> None:
    found = read(TOP / f".github/workflows/{name}.yml")
    (step,) = (
        step
        for job in found["jobs"].values()
        for step in job["steps"]
        if step.get("uses") == f"$/actions/{action}"
    )
    assert set(step["with"]) == set(read(FILES[action])["inputs"]) - left_out - {
        "log-level",
        "github-token",
    }


def test_every_action_and_reusable_workflow_is_on_the_page() -> None:
    text = (TOP / "docs/actions.md").read_text(encoding="utf-8")
    for name in set(FILES) - {"run"}:
        assert f"\n## mlgate/mlgate/actions/{name}@v0\n" in text
    for path in WORKFLOWS:
        if "workflow_call" in read(path)["on"]:
            assert f"\n### {path.name}\n" in text


def test_init_writes_the_workflow_that_there_is_to_copy() -> None:
    written = workflow.text("main", ".", "3.12", "pip install -r requirements.txt")
    assert (TOP / "workflows/pull-request.yml").read_text() == written


def test_zizmor_finds_nothing() -> None:
    files = [str(path) for path in sorted(TOP.glob("workflows/*.yml"))]
    done = subprocess.run(
        [CLI / "zizmor", "--offline", "--no-progress", "--persona", "auditor", "--no-exit-codes",
         "--format", "github", str(TOP), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_actionlint_finds_nothing() -> None:
    files = [str(path.relative_to(TOP)) for path in WORKFLOWS]
    done = subprocess.run(
        [CLI / "actionlint", *files], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0
