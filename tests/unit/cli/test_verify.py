"""`mlgate verify`: what it needs before it can ask for an attestation or record anything."""

from __future__ import annotations

import pytest

from mlgate.cli import main


@pytest.mark.parametrize(
    ("arguments", "environ", "told"),
    [
        (["--require-attestation"], {"GITHUB_TOKEN": "t"}, "without --signer-workflow"),
        (
            ["--require-attestation", "--signer-workflow", ".github/workflows/m.yml"],
            {"GITHUB_TOKEN": ""},
            "GITHUB_TOKEN is not set",
        ),
        (["--environment", "production"], {"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
    ],
    ids=["whose", "asked-without-a-token", "told-without-a-token"],
)
def test_what_is_missing_is_told_with_the_next_step(
    arguments, environ, told, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for name, value in ({"GITHUB_REPOSITORY": "o/r"} | environ).items():
        monkeypatch.setenv(name, value)
    assert main(["verify", "model.joblib", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert "→" in err
