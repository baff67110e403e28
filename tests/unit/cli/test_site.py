"""`mlgate site`: from baselines, run directories, and other folders."""

from __future__ import annotations

import json

from mlgate.cli import main
from mlgate.errors import ExitCode


def held(path):
    return json.loads(path.read_text().split('id="data">')[1].split("</script>")[0])


def test_the_page_of_a_models_baselines(commits, tmp_path, capsys):
    capsys.readouterr()
    assert main(["site", "-o", "pages"]) == ExitCode.OK
    target = tmp_path / "pages" / "index.html"
    assert capsys.readouterr().out == f"{target}\n"
    [model] = held(target)["models"]
    assert model["commit"] == [commit[:16] for commit in commits]
    accuracy = model["metrics"][0]
    assert [value / 10 ** accuracy["places"] for value in accuracy["value"]] == [0.8, 0.9]
    assert "<title>toy</title>" in target.read_text()


def test_run_directories_and_other_folders_become_one_page(commits, tmp_path, capsys):
    assert main(["site", ".", ".mlgate", "--title", "All of ours"]) == ExitCode.OK
    whole = held(tmp_path / "site" / "index.html")
    assert [(model["place"], len(model["time"])) for model in whole["models"]] == [
        ("", 1),
        (".", 2),
    ]
    assert "<title>All of ours</title>" in (tmp_path / "site" / "index.html").read_text()


def test_what_holds_no_run_is_refused(commits, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".git").mkdir()
    assert main(["site", "empty"]) == ExitCode.USAGE
    assert "neither a run directory nor a folder with an mlgate.yaml" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
