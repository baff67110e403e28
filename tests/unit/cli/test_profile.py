"""`mlgate profile`, and drift against what it wrote, through the command line."""

from __future__ import annotations

import json
import subprocess

import pytest

from mlgate.cli import main


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{i},{i % 97 / 7},{'abc'[i % 3]},{'' if i % 50 else i}" for i in range(3_000)]
    (tmp_path / "train.csv").write_text("\n".join(["id,x,level,often missing", *rows]) + "\n")
    moved = [f"{i},{i % 97 / 7 + 3},{'abc'[i % 3]},{'' if i % 50 else i}" for i in range(3_000)]
    (tmp_path / "new.csv").write_text("\n".join(["id,x,level,often missing", *moved]) + "\n")
    (tmp_path / "mlgate.yaml").write_text(
        "version: 1\ndata: {path: new.csv}\ndrift: {reference: profile.json, ignore: [id]}\n"
        "gates: {drift: {max_share: 0.1, on_fail: fail}}\nreport: {plots: none}\n"
    )
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "data"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
        subprocess.run(["git", *identity, *arguments], check=True, cwd=tmp_path)
    return tmp_path


def test_profile_then_drift(repository, capsys):
    assert main(["profile", "train.csv", "-o", "profile.json", "--ignore", "id"]) == 0
    assert capsys.readouterr().out == "profile.json: 3 columns of 3,000 rows\n"
    assert main(["run"]) == 1
    verdict = json.loads((repository / ".mlgate/verdict.json").read_text())
    assert verdict["gates"][0]["reason"] == "1 of 3 (x)"
    evidence = json.loads((repository / ".mlgate/evidence/drift.json").read_text())
    assert evidence["columns"]["x"]["why"] == "distribution"
    assert set(evidence["inputs"]) == {"profile.json", "new.csv"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.csv", "-o", "p.json"], "there is no file nothing.csv"),
        (["train.csv", "-o", "p.txt"], "a profile is a .json file"),
        (["train.csv", "-o", "p.json", "--ignore", "z"], "train.csv has no column 'z'"),
        (["train.csv", "-o", "p.json", "--kind", "x"], "expected COLUMN=KIND"),
        (["train.csv", "-o", "p.json", "--kind", "x=number"], "expected COLUMN=KIND"),
        (["train.csv", "-o", "p.json", "--weight", "level"], "drift.weight: column 'level'"),
        (["train.csv"], "there is nothing to write"),
        (["train.csv", "--schema", "p.json"], "a schema is a .yaml file"),
        (["train.csv", "--schema", "p.yaml", "--kind", "x=text"], "--kind is for a profile"),
        (["train.csv", "--schema", "p.yaml", "--weight", "x"], "--weight is for a profile"),
        (["train.csv", "--schema", "p.yaml", "--ignore", "z"], "train.csv has no column 'z'"),
    ],
)
def test_what_is_wrong_is_told(repository, capsys, arguments, said):
    assert main(["profile", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (repository / "p.json").exists()
    assert not (repository / "p.yaml").exists()


SCHEMA = """\
# What the columns hold; written by `mlgate profile --schema`, yours to edit.
version: 1
columns:
  x: float
  level: text
  often missing: integer
"""


def test_schema_then_data(repository, capsys, monkeypatch):
    monkeypatch.delenv(
        "CI", raising=False
    )  # a data file that is edited is somebody's own at a shell
    arguments = ["profile", "train.csv", "--schema", "schema.yaml", "--ignore", "id"]
    assert main([*arguments, "-o", "profile.json"]) == 0
    out = "profile.json: 3 columns of 3,000 rows\nschema.yaml: 3 columns of 3,000 rows\n"
    assert capsys.readouterr().out == out
    assert (repository / "schema.yaml").read_text() == SCHEMA
    (repository / "mlgate.yaml").write_text(
        "version: 1\ndata: {path: new.csv, schema: schema.yaml}\ngates: {data: {max_share: 0}}\n"
        "report: {plots: none}\n"
    )
    assert main(["run"]) == 0
    renamed = (repository / "new.csv").read_text().replace("level", "grade", 1)
    (repository / "new.csv").write_text(renamed)
    assert main(["run"]) == 1
    evidence = json.loads((repository / ".mlgate/evidence/data.json").read_text())
    assert evidence["rules"]["schema"]["problem"] == "level missing"


def test_a_missing_schema_says_how_it_comes_to_be(repository, capsys):
    (repository / "mlgate.yaml").write_text(
        "version: 1\ndata: {path: new.csv, schema: schema.yaml}\ngates: {data: {max_share: 0}}\n"
    )
    assert main(["run"]) == 2
    assert "`mlgate profile DATA --schema schema.yaml` writes it" in capsys.readouterr().err
