"""Pages and workflows give others' actions inputs that these have, and each is run by a test.

actionlint knows the inputs of an action by its tag, but not by a commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.contract.pages import FILES, ROOT, Page
from tests.workflows.act import OTHERS, stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_ANOTHER_TOOL = "iterative/setup-cml"
RUN_BY = {
    "README.md": {"model-ci.yml@v0": "test_reusable.py"},
    "docs/comment.md": {
        "key: train, image: loss.png": "test_pages.py",
        "--watch & watch=$!": "test_pages.py",
    },
    "docs/deploying.md": {
        "{name: model, path: model.joblib": "test_deploy_gate.py",
        "- id: app": "test_deploy_gate.py",
        "actions/attest@": "test_deploy_gate.py",
        "signer-workflow: .github/workflows/mlgate.yml   #": "test_deploy_gate.py",
    },
    "docs/enterprise-server.md": {"upload-artifact@": "test_to_copy.py"},
    "docs/migrating-from-cml.md": {
        "name: train\non:": "test_pages.py",
        "--watch & watch=$!": "test_pages.py",
    },
    "docs/monorepo.md": {"Keep the results of": "test_monorepo.py"},
    "docs/oidc.md": {"aws-actions/configure-aws-credentials": "test_pages.py"},
    "docs/other-ci.md": {"WEBHOOK: ": "test_pages.py"},
    "docs/publishing.md": {"create-github-app-token": "test_pages.py"},
}
"""Which test takes a workflow, or a part of one, from a page, and by which words."""


def texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "workflows").glob("*.yml")):
        yield path.name, path.read_text(encoding="utf-8")
    for page in map(Page, FILES):
        for block in page.blocks():
            if block.language == "yaml" and OF_ANOTHER_TOOL not in block.text:
                yield f"{page.name}:{block.line}", block.text


def used() -> Iterator[Any]:
    for where, text in texts():
        versions = {(name, ref): version for name, _, ref, version in OTHERS.findall(text)}
        for step in _steps(YAML(typ="safe").load(text)):
            name, _, ref = step["uses"].partition("@")
            if not name.startswith("mlgate/"):
                given = step.get("with", {})
                folder = stand_in(name, versions[name, ref])
                yield pytest.param(folder, given, id=f"{where}-{folder.name}")


def shown() -> Iterator[Any]:
    """Give the workflows and parts of them on pages that are no file of workflows/."""
    files = {path.read_text(encoding="utf-8") for path in (ROOT / "workflows").glob("*.yml")}
    for page in map(Page, FILES):
        for block in page.blocks():
            ours = block.language == "yaml" and OF_ANOTHER_TOOL not in block.text
            if ours and block.text not in files and OTHERS.search(block.text):
                yield pytest.param(page.name, block.text, id=f"{page.name}:{block.line}")


@pytest.mark.parametrize(("page", "text"), [*shown()])
def test_every_workflow_on_a_page_is_run(page: str, text: str) -> None:
    (words,) = (words for words in RUN_BY.get(page, {}) if words in text)
    tests = ROOT.joinpath("tests/workflows", RUN_BY[page][words]).read_text(encoding="utf-8")
    assert page in tests
    assert words.encode("unicode_escape").decode() in tests


def _steps(value: Any) -> Iterator[dict[str, Any]]:
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _steps(inner)
    if isinstance(value, dict) and isinstance(value.get("uses"), str):
        yield value


@pytest.mark.parametrize(("folder", "given"), [*used()])
def test_inputs_are_those_of_the_action(folder: Any, given: dict[str, Any]) -> None:
    inputs = YAML(typ="safe").load(folder / "action.yml").get("inputs", {})
    assert set(given) <= set(inputs)
    needed = {name for name, one in inputs.items() if one.get("required")}
    assert needed <= set(given)
