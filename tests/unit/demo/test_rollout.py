"""The demo of a rollout, as a reader sees it."""

from __future__ import annotations

import re

import pytest

from mlgate.cli import main
from mlgate.demo.rollout.host import haproxy
from mlgate.errors import UsageError


def test_without_haproxy_its_package_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="HAProxy") as raised:
        haproxy(elsewhere="")
    assert "apt-get install haproxy" in raised.value.hint


@pytest.mark.system
def test_the_good_version_is_promoted_and_the_others_are_rolled_back(tmp_path, capsys):
    try:
        haproxy()
    except UsageError as error:
        pytest.skip(error.hint)
    code = main(["demo", "--rollout", "--dir", str(tmp_path / "demo")])
    printed = capsys.readouterr().out
    assert code == 0, printed
    ends = re.findall(r"^  after .* s: (.*)$", printed, re.MULTILINE)
    assert [end.partition(":")[0] for end in ends] == ["rolled back", "rolled back", "promoted"]
    assert "is slower" in ends[0]
    assert "fails more often" in ends[1]
    assert "killed (SIGKILL)" in printed
    assert re.search(r"of \d+ requests 0 go to the canary", printed)
    assert "0 of them without an answer" in printed
    assert (tmp_path / "demo/reports/timeline-light.png").is_file()
    for version in ("slow", "wrong", "good"):
        assert (tmp_path / "demo/reports" / version / "plots/rollout-light.png").is_file()
