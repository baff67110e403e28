"""Deprecated values: read with a warning for two minor versions, and rewritten without touching the rest."""

from __future__ import annotations

import pytest

from mlgate import __version__, checks, config
from mlgate.cli import main
from mlgate.config import deprecated

OLD = """\
# Our rules; ask before you change them.
version: 1
task: binary
predictions:   # of the nightly run
  path: p.csv
  label: y
  prediction: p
  rows: {missing: 0, relabelled: %s}   # "ignore" was here
gates: {accuracy: {min: 0.5}}
"""


@pytest.mark.parametrize("value", ["ignore", "warn", "'warn'", '"ignore"'])
def test_only_the_value_is_rewritten(value: str) -> None:
    now = deprecated.migrated(OLD % value, "mlgate.yaml")
    assert now == OLD % "0.02"
    assert deprecated.migrated(now, "mlgate.yaml") == now
    before, after = (
        config.parse(text, "mlgate.yaml", checks.sections()) for text in (OLD % value, now)
    )
    assert before.config.policy_digest() == after.config.policy_digest()
    [warning] = before.deprecated
    assert warning.startswith("mlgate.yaml:8: predictions.rows.relabelled: ")
    assert "refused from version 0.3 on: write 0.02" in warning
    assert after.deprecated == ()


def test_nothing_is_deprecated_for_longer_than_promised() -> None:
    """Once this fails, the value is removed from the configuration, and here."""
    version = tuple(map(int, __version__.split(".")[:2]))
    assert [each for each in deprecated.ALL if each.gone <= version] == []


def test_the_command(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mlgate.yaml"
    file.write_text(OLD % "warn")
    assert main(["config", "check"]) == 0
    assert "warning: mlgate.yaml:8: predictions.rows.relabelled" in capsys.readouterr().out
    assert main(["config", "migrate"]) == 0
    shown = capsys.readouterr().out
    assert '-  rows: {missing: 0, relabelled: warn}   # "ignore" was here' in shown
    assert '+  rows: {missing: 0, relabelled: 0.02}   # "ignore" was here' in shown
    assert file.read_text() == OLD % "warn"
    assert main(["config", "migrate", "--write"]) == 0
    assert file.read_text() == OLD % "0.02"
    capsys.readouterr()
    assert main(["config", "migrate"]) == 0
    assert capsys.readouterr().out == "mlgate.yaml has no deprecated key\n"
