"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs import tables

from mlgate.checks import sections
from mlgate.config import reference

ROOT = Path(__file__).parents[2]


def test_the_configuration_page_is_up_to_date() -> None:
    written = (ROOT / reference.PATH).read_text(encoding="utf-8")
    assert written == reference.markdown(sections()), "python -m mlgate config schema --write"


@pytest.mark.parametrize("key", ["baseline", "retention", "missing", "until", "max_regression"])
def test_every_level_of_keys_is_described(key: str) -> None:
    row = re.search(rf"^\| `{key}` \|.*\| (.+) \|$", reference.markdown(sections()), re.MULTILINE)
    assert row is not None
    assert len(row.group(1)) > 10


@pytest.mark.parametrize("path", [path for path, _ in tables.written()], ids=lambda path: path.name)
def test_what_pages_show_of_actions_and_workflows_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == dict(tables.written())[path], "python docs/tables.py"
