"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs import tables

from mlgate import config
from mlgate.cli import COMMANDS
from mlgate.config import reference

ROOT = Path(__file__).parents[2]


def test_the_configuration_page_is_up_to_date() -> None:
    written = (ROOT / reference.PATH).read_text(encoding="utf-8")
    assert written == reference.markdown(), "python -m mlgate config schema --write"


@pytest.mark.parametrize("key", ["baseline", "retention", "missing", "until", "max_regression"])
def test_every_level_of_keys_is_described(key: str) -> None:
    row = re.search(rf"^\| `{key}` \|.*\| (.+) \|$", reference.markdown(), re.MULTILINE)
    assert row is not None
    assert len(row.group(1)) > 10


def test_the_yaml_of_the_readme_is_valid() -> None:
    blocks = re.findall(
        r"```yaml\n(version: 1\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert blocks
    for block in blocks:
        config.parse(block, "README.md")


def test_the_readme_names_only_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`mlgate ([a-z]+)", text)) | set(
        re.findall(r"^mlgate ([a-z]+)", text, re.MULTILINE)
    )
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *[
    str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md"))
]])  # fmt: skip
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("path", [tables.PAGE, tables.README], ids=lambda path: path.name)
def test_the_tables_of_the_actions_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == dict(tables.written())[path], "python docs/tables.py"
