"""What the documentation shows exists: links, YAML, commands and their options."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from ruamel.yaml import YAML
from tests.contract.pages import FILES, ROOT, SHELLS, Page, anchor, commands

from mlgate import config
from mlgate.checks import sections
from mlgate.cli import root
from mlgate.cli.settings import Settings
from mlgate.config.check_section import compose
from mlgate.config.schema import Organisation

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = [Page(path) for path in FILES]
ACTIONLINT = Path(sys.executable).with_name("actionlint")
MINIMAL: dict[str, Any] = {
    "version": 1,
    "task": "binary",
    "predictions": {
        "path": "predictions.parquet",
        "id": "id",
        "label": "label",
        "prediction": "predicted",
        "score": "score",
    },
    "data": {"path": "new.parquet"},
    "gates": {"accuracy": {"min": 0.8, "max_regression": 0.01}, "roc_auc": {"max_regression": 0.01}},
}  # fmt: skip
"""What a part of an mlgate.yaml is a part of."""
SCORES: dict[str, Any] = {
    "version": 1,
    "predictions": {"path": "scores.csv", "id": "id"},
    "gates": {"match": {"min": 0.5}},
}
"""The same for a part that says `task: scores`."""


def yaml_blocks() -> Iterator[Any]:
    for page in PAGES:
        for block in page.blocks():
            if block.language == "yaml":
                yield pytest.param(block.text, id=f"{page.name}:{block.line}")


def command_lines() -> Iterator[Any]:
    """Give every command line: those of blocks are whole, those of running text may be parts."""
    for page in PAGES:
        for index, (arguments, whole) in enumerate(_commands(page)):
            yield pytest.param(arguments, whole, id=f"{page.name}-{index}-{arguments[0]}")


def _commands(page: Page) -> Iterator[tuple[list[str], bool]]:
    for block in page.blocks():
        if block.language in SHELLS:
            prompt = block.language == "console"
            yield from ((one, True) for one in commands(block.text, prompt=prompt) if one)
        elif block.language == "yaml":
            for script in _scripts(YAML(typ="safe").load(block.text)):
                yield from ((one, True) for one in commands(script) if one)
    for code in page.code():
        if code.startswith("mlgate "):
            yield from ((one, False) for one in commands(code) if one)


def _scripts(value: Any) -> Iterator[str]:
    """Give the scripts of a workflow's steps."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _scripts(inner)
    if isinstance(value, dict) and isinstance(value.get("run"), str):
        yield value["run"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_anchors_lead_somewhere(page: Page) -> None:
    for link in page.links():
        if "://" in link or link.startswith("mailto:"):
            continue
        target, _, name = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.exists(), link
        if name and path.suffix == ".md":
            assert name in Page(path).anchors(), link


def test_every_page_is_in_the_index() -> None:
    index = Page(ROOT / "docs" / "README.md")
    listed = {(index.path.parent / link.partition("#")[0]).resolve() for link in index.links()}
    pages = {path for path in FILES if path.is_relative_to(ROOT / "docs")} - {index.path}
    assert pages <= listed


def test_every_workflow_to_copy_is_explained_on_a_page() -> None:
    text = "".join(page.path.read_text(encoding="utf-8") for page in PAGES)
    files = sorted(path.name for path in (ROOT / "workflows").glob("*.yml"))
    assert [name for name in files if f"workflows/{name}" not in text] == []


@pytest.mark.parametrize(
    ("heading", "name"),
    [("On GitHub", "on-github"), ("Who's who, and why?", "whos-who-and-why"), ("a / b", "a--b")],
)
def test_headings_are_named_as_github_names_them(heading: str, name: str) -> None:
    assert anchor(heading) == name


@pytest.mark.parametrize("text", [*yaml_blocks()])
def test_yaml_is_what_it_seems(text: str, tmp_path: Path) -> None:
    found = YAML(typ="safe").load(text)
    if isinstance(found, list) or {"jobs", "on", "steps"} & set(found):
        _lint(text, found, tmp_path)
    elif set(found) <= set(compose(sections()).model_fields):
        _configure(text, found)
    else:
        assert found


def _lint(text: str, found: Any, folder: Path) -> None:
    """Let actionlint read a workflow; what is only a part of one gets the rest."""
    job: dict[str, Any] = {"runs-on": "ubuntu-latest"}
    inputs = {name: {"type": "string"} for name in re.findall(r"inputs\.([\w-]+)", text)}
    whole: dict[str, Any] = {
        "on": {"pull_request": {}, "workflow_dispatch": {"inputs": inputs}},
        "jobs": {"job": {**job, "steps": []}},
    }
    if isinstance(found, list):
        whole["jobs"]["job"]["steps"] = found
    elif "steps" in found:
        whole["jobs"]["job"] |= found
    else:
        whole["jobs"]["job"]["steps"] = [{"run": "true"}]
        whole |= found
    path = folder / "workflow.yml"
    if isinstance(found, dict) and {"on", "jobs"} <= set(found):
        path.write_text(text, encoding="utf-8")
    else:
        YAML(typ="safe").dump(whole, path)
    configured = ROOT / ".github" / "actionlint.yaml"
    done = subprocess.run(
        [ACTIONLINT, "-config-file", configured, path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def _configure(text: str, found: dict[str, Any]) -> None:
    """Let the loader read an mlgate.yaml, an organisation's policy, or a part of the former."""
    whole = "version" in found and "gates" in found
    if whole and set(found) <= set(Organisation.model_fields):
        config.parse_policy(text, "policy.yaml", sections())
    elif whole:
        config.parse(text, "mlgate.yaml", sections())
    else:
        rest = SCORES if found.get("task") == "scores" else MINIMAL
        scored = "score" in found.get("predictions", {"score": None})
        gates = {name: gate for name, gate in rest["gates"].items() if scored or name != "roc_auc"}
        gates |= found.get("gates", {})
        out = io.StringIO()
        YAML().dump({**rest, **found, "gates": gates}, out)
        config.parse(out.getvalue(), "mlgate.yaml", sections())


@pytest.mark.parametrize(("arguments", "whole"), [*command_lines()])
def test_commands_and_their_options_exist(arguments: list[str], whole: bool) -> None:
    command: click.Command = root
    context = click.Context(command, info_name="mlgate")
    rest = arguments
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        assert found is not None, f"{rest[0]} is no command"
        command, rest = found, rest[1:]
        context = click.Context(command, parent=context, info_name=rest[0] if rest else None)
    if not {"-h", "--help", "--version"} & set(rest):
        command.make_context(
            "mlgate", list(rest), resilient_parsing=not whole, obj=Settings(environ={})
        )


def _messages() -> str:
    """Give every text of the sources, with `…` for what is filled in, one a line."""
    found = []
    for path in [*(ROOT / "src/mlgate").rglob("*.py"), *(ROOT / "actions/runner").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "…" for p in node.values]
                found.append("".join(str(part) for part in parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    found.append(
        (ROOT / "actions/runner/step.sh").read_text(encoding="utf-8").replace('" \\\n', "")
    )
    return "\n".join(found)


def test_the_messages_of_the_troubleshooting_page_are_those_of_the_code() -> None:
    text = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `([^`]+)` \| ", text, re.MULTILINE)
    assert len(shown) > 40
    known = re.sub(r"\s+", " ", _messages())
    unknown = [one for one in shown if not all(part in known for part in _fixed(one))]
    assert not unknown


def _fixed(message: str) -> list[str]:
    """Give the parts of a message between what is filled in."""
    return [part.strip() for part in message.split("…") if len(part.strip()) > 2]
