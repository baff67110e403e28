"""Every mlgate.yaml and every command line that a page shows does what the page says it does.

They are taken from the pages and run on small tables; what a part of a file leaves out is added.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.pages import ROOT, Page, commands

from mlgate.cli import main

if TYPE_CHECKING:
    from collections.abc import Sequence

COPY = """\
import os, shutil
os.makedirs("out", exist_ok=True)
shutil.copyfile("{rows}", "out/{name}")
"""
"""A training that gives what the test wrote."""
PLAIN = "report: {plots: none}\n"
BINARY = """\
version: 1
task: binary
train: {run: python train.py}
predictions: {path: out/predictions.parquet, id: id, label: label, prediction: predicted, score: p}
"""
ROWS = 2_000
REPORTS = ROOT / "tests/unit/checks/imported"


def block(page: str, holding: str) -> str:
    return Page(ROOT / page).block(holding)


@dataclass(frozen=True)
class Place:
    """A repository of somebody who reads the pages."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def table(self, name: str, **columns: Any) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({key: list(of) for key, of in columns.items()}), name)

    def trains(self, name: str = "predictions.parquet", **columns: Any) -> None:
        """Let train.py give these columns."""
        self.table("rows.parquet", **columns)
        self.write("train.py", COPY.format(rows="rows.parquet", name=name))

    def git(self, *words: str) -> str:
        command = ["git", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change")
        return self.git("rev-parse", "HEAD")

    def mlgate(self, words: Sequence[str], code: int = 0) -> str:
        """Run a command line; give what it prints."""
        got = main(words)
        told = self.capsys.readouterr()
        assert got == code, told.out + told.err
        return told.out

    def shown(self, page: str, holding: str) -> list[str]:
        """Run the command lines of a block; give what each prints."""
        text = block(page, holding)
        return [self.mlgate(words) for words in commands(text, prompt=text.startswith("$ "))]

    def run(self, configured: str, code: int = 0, name: str = "mlgate.yaml") -> dict[str, Any]:
        """Commit an mlgate.yaml and run it; give the gates of the verdict by their ids."""
        self.write(name, configured)
        self.commit()
        self.mlgate(["run", "--config", name], code)
        verdict = json.loads((self.root / ".mlgate/verdict.json").read_text())
        return {gate["id"]: gate["verdict"] for gate in verdict["gates"]}


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    found = Place(tmp_path / "clone", capsys)
    found.root.mkdir()
    monkeypatch.chdir(found.root)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", tmp_path / "remote"], check=True)
    found.git("init", "--quiet", "--initial-branch", "main")
    found.git("remote", "add", "origin", str(tmp_path / "remote"))
    found.write(".gitignore", "out/\n__pycache__/\n")
    return found


def outputs(wrong: int = 10, positive: str | int = 1, negative: str | int = 0) -> dict[str, Any]:
    """Labels, predictions of which one of `wrong` is wrong, and scores that go with them."""
    truth = [i % 2 for i in range(ROWS)]
    said = [1 - one if i % wrong == 0 else one for i, one in enumerate(truth)]
    word = [negative, positive]
    return {
        "id": range(ROWS),
        "label": [word[one] for one in truth],
        "predicted": [word[one] for one in said],
        "p": [0.1 + 0.8 * one + 0.001 * (i % 50) for i, one in enumerate(said)],
    }


def renamed(columns: dict[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(key, key): of for key, of in columns.items()}


def test_the_readme(place: Place) -> None:
    """Its `pip install` is not run; its waiver is only checked, since it has a last day."""
    place.trains(**renamed(outputs(10, ">50K", "<=50K"), label="income", p="probability"))
    place.git("add", "--all")
    place.git("commit", "--quiet", "--message", "Begin")
    subprocess.run([sys.executable, "train.py"], check=True)
    initialised, first = place.shown("README.md", "mlgate run  ")
    assert "wrote mlgate.yaml" in initialised
    assert "untested" in first
    configured = block("README.md", "positive_label") + PLAIN
    gates = place.run(configured)
    assert gates.pop("accuracy.min") == "pass"
    assert set(gates.values()) == {"untested"}
    (save,) = commands("mlgate baseline save --push")
    assert "`mlgate baseline save --push`" in (ROOT / "README.md").read_text(encoding="utf-8")
    place.mlgate(save)
    place.write("mlgate.yaml", configured + block("README.md", "waivers:"))
    assert "is valid" in place.mlgate(["config", "check"])


def test_when_paths_of_the_bots_page(place: Place) -> None:
    place.trains(**outputs())
    place.write("docs/a.md", "")
    place.run(
        BINARY + PLAIN + block("docs/bots.md", "drafts: false") + "gates: {accuracy: {min: 0.8}}\n"
    )
    place.git("push", "--quiet", "origin", "HEAD:main")
    place.git("checkout", "--quiet", "-b", "try")
    for name, word in (("docs/a.md", "not applicable"), ("src/new.py", "passed")):
        place.write(name, "changed")
        place.commit()
        assert word in place.mlgate(["run"])


def test_data(place: Place) -> None:
    """All rules at once, with a suite of Pandera's and one of Great Expectations'."""
    now = dt.datetime.now(dt.UTC)
    rows = range(ROWS)
    columns = {
        "row_number": rows,
        "id": rows,
        "label": [i % 2 for i in rows],
        "age": [20 + i % 60 for i in rows],
        "sex": ["Female" if i % 2 else "Male" for i in rows],
        "email": [f"user{i}@example.org" for i in rows],
        "created": [now - dt.timedelta(hours=1, seconds=ROWS - i) for i in rows],
        "start": rows,
        "stop": [i + 1 for i in rows],
    }
    place.table("data/train.parquet", **(columns | {"start": [ROWS + i for i in rows]}))
    place.table("data/new.parquet", **columns)
    place.write("schemas.py", ORDERS)
    place.write("expectations/orders.json", json.dumps(EXPECTATIONS))
    (profiled,) = place.shown("docs/data.md", "--schema data/schema.yaml")
    assert (place.root / "data/schema.yaml").exists(), profiled
    place.trains(**outputs())
    configured = BINARY + PLAIN + f"metrics: {{python: {sys.executable}}}\n"
    gates = place.run(configured + block("docs/data.md", "great_expectations"))
    assert gates == {"data.max_share": "pass", "data.age.max.max": "pass"}
    told = (place.root / ".mlgate/evidence/data.json").read_text(encoding="utf-8")
    assert len(json.loads(told)["rules"]) >= 15


ORDERS = """\
import pandera.pandas as pa

Orders = pa.DataFrameSchema({"age": pa.Column(int, pa.Check.ge(0))})
"""
EXPECTATIONS = {
    "name": "orders",
    "expectations": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "sex"}}],
}


def test_drift(place: Place) -> None:
    """Of a table and of its profile; PostgreSQL's address is only read (tests/unit/inputs)."""
    rows = range(ROWS)
    train = {"id": rows, "received_at": rows, "age": [i % 60 for i in rows]}
    place.table("data/train.parquet", **train)
    place.table("data/new.parquet", **(train | {"age": [30 + i % 60 for i in rows]}))
    configured = block("docs/drift.md", "max_share: 0.3")
    assert place.run(configured + PLAIN) == {"drift.max_share": "fail"}
    (profiled,) = place.shown("docs/drift.md", "-o profiles/train.json")
    assert profiled == "profiles/train.json: 2 columns of 2,000 rows\n"
    shorter = block("docs/drift.md", "{reference: profiles/train.json}")
    rest = "version: 1\ndata: {path: data/new.parquet}\ngates: {drift: {max_share: 0.3}}\n"
    assert place.run(rest + PLAIN + shorter) == {"drift.max_share": "fail"}


def test_estimate(place: Place) -> None:
    columns = renamed(outputs(), label="y")
    del columns["id"], columns["predicted"]
    place.trains(**columns)
    place.table("data/production.parquet", p=columns["p"])
    configured = block("docs/estimate.md", "data/production.parquet")
    gates = place.run("version: 1\ntrain: {run: python train.py}\n" + PLAIN + configured)
    assert gates == {"estimate.accuracy.min": "pass"}


def test_fairness(place: Place) -> None:
    """The second one's file of people lies elsewhere here than on the page."""
    columns = {
        **renamed(outputs(), label="hired"),
        "sex": ["Female" if i % 4 < 2 else "Male" for i in range(ROWS)],
        "race": ["a" if i % 8 < 4 else "b" for i in range(ROWS)],
        "age": [18 + i // 2 % 60 for i in range(ROWS)],
        "zip": [f"{10 + i // 4 % 2}x" for i in range(ROWS)],
        "job_level": [i // 16 % 2 for i in range(ROWS)],
    }
    place.trains(**columns)
    trained = "train: {run: python train.py}\n" + PLAIN
    gates = place.run(block("docs/fairness.md", "four_fifths_rule[race]") + trained)
    assert gates == {
        "fairness.equal_opportunity_difference[sex].max": "pass",
        "fairness.equal_opportunity_difference[sex].max_regression": "untested",
        "fairness.equal_opportunity_difference[sex].max_regression_anchor": "untested",
        "fairness.four_fifths_rule[race].min": "pass",
    }
    people = place.root.parent / "private/people.csv"
    people.parent.mkdir()
    people.write_text("person,sex\n" + "".join(f"{i},{columns['sex'][i]}\n" for i in range(ROWS)))
    place.trains(**{name: of for name, of in columns.items() if name != "sex"})
    second = block("docs/fairness.md", "/data/private/people.csv")
    second = second.replace("/data/private/people.csv", str(people))
    gates = place.run(second + trained)
    assert gates == {"fairness.accuracy_difference[sex].max": "pass"}


def test_results_of_other_tools(place: Place) -> None:
    (place.root / "reports").mkdir()
    for name, source in (
        ("evidently", "evidently-0.7-tests"),
        ("deepchecks", "deepchecks-0.19-suite"),
    ):
        shutil.copy(REPORTS / f"{source}.json", place.root / f"reports/{name}.json")
    configured = block("docs/imported.md", "imported.suite.warned")
    gates = place.run("version: 1\n" + PLAIN + configured, code=1)
    assert gates["imported.suite.max_share"] == "fail"
    assert len(gates) == 4


def test_a_file_of_numbers_as_after_cml(place: Place) -> None:
    place.write("train.py", 'open("metrics.json", "w").write(\'{"accuracy": 0.9}\')\n')
    gates = place.run(block("docs/migrating-from-cml.md", "files: [metrics.json]") + PLAIN)
    assert gates == {"accuracy.min": "untested"}


def test_a_monorepo_by_hand(place: Place) -> None:
    rows = renamed(outputs(), label="churned", p="probability")
    for model in ("churn", "income"):
        text = block("docs/monorepo.md", "label: churned").replace("name: churn", f"name: {model}")
        place.write(f"models/{model}/mlgate.yaml", text + PLAIN)
        place.table(f"models/{model}/rows.parquet", **rows)
        copy = COPY.format(rows="rows.parquet", name="predictions.parquet")
        place.write(f"models/{model}/train.py", copy)
    place.commit()
    place.shown("docs/monorepo.md", "--run-dir runs/churn")
    report = (place.root / "all/report.html").read_text(encoding="utf-8")
    assert "churn" in report
    assert "income" in report


def test_an_organisations_policy(place: Place) -> None:
    place.trains(**outputs(), sex=["Female" if i % 4 < 2 else "Male" for i in range(ROWS)])
    page = "docs/organisation.md"
    place.write("../mlgate-policy/policy.yaml", block(page, "fairness.demographic_parity"))
    fairness = "fairness: {sensitive: [sex]}\ngates: {accuracy: {min: 0.8}}\n"
    place.write("mlgate.yaml", BINARY + PLAIN + fairness)
    place.commit()
    checked, judged = place.shown(page, "mlgate config check --policy")
    assert "policy.yaml is valid: 2 rules in 2 gates" in checked
    assert "passed" in judged


def test_a_sealed_test_set(place: Place) -> None:
    place.table("rows.parquet", **renamed(outputs(), p="score"))
    place.write("predict_sealed.py", COPY.format(rows="rows.parquet", name="sealed.parquet"))
    gates = place.run(block("docs/wear.md", "sealed: {uses: 20}") + PLAIN, name="promotion.yaml")
    assert set(gates.values()) == {"untested"}
    planned = place.mlgate(["plan", "--wear", "--config", "promotion.yaml"])
    assert "19" in planned


def test_a_model_that_may_be_deployed(place: Place) -> None:
    """What the page's command prints, but for names, digests and times."""
    page = "docs/deploying.md"
    place.trains(**outputs())
    with (place.root / "train.py").open("a") as file:
        file.write('open("model.joblib", "w").write("a model")\n')
    place.write(".gitignore", "out/\nmodel.joblib\n")
    asked = block(page, "artifacts: [model.joblib]")
    rest = BINARY.replace("train: {run: python train.py}\n", "name: churn\n")
    place.run(rest + asked + PLAIN + "gates: {accuracy: {min: 0.8}}\n")
    place.mlgate(["baseline", "save", "--push"])
    place.git("push", "--quiet", "origin", "HEAD:main")
    shown = block(page, "$ mlgate verify")
    (told,) = place.shown(page, "$ mlgate verify")
    varying = r"\b[0-9a-f]{64}\b|\b[0-9a-f]{7}\b|\d{4}-\d\d-\S+Z"
    assert re.sub(varying, "…", told) == re.sub(varying, "…", shown.partition("\n")[2])
