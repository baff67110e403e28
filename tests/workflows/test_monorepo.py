"""Several models in one repository: workflows/monorepo.yml and the rest of docs/monorepo.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.contract.pages import ROOT
from tests.workflows.project import CONFIG, TRAIN
from tests.workflows.snippets import block

if TYPE_CHECKING:
    from tests.workflows.act import Act
    from tests.workflows.hub import Hub
    from tests.workflows.project import Project

pytestmark = pytest.mark.act
MONOREPO = "docs/monorepo.md"
COPY = """\
import os, shutil
os.makedirs("out", exist_ok=True)
shutil.copyfile("rows", "out/predictions.parquet")
"""


def add_churn(project: Project) -> None:
    """Write the first model of the page; its training takes the rows from a file."""
    import pyarrow as pa
    from pyarrow import parquet

    folder = project.path / "models/churn"
    project.write("models/churn/mlgate.yaml", block(MONOREPO, "label: churned"))
    project.write("models/churn/train.py", COPY)
    project.write("models/churn/.gitignore", "out/\n")
    labels = [i % 2 for i in range(4000)]
    scores = [0.9 * (label if i % 10 else 1 - label) for i, label in enumerate(labels)]
    rows = {"id": range(4000), "churned": labels, "probability": scores}
    parquet.write_table(pa.table({name: list(of) for name, of in rows.items()}), folder / "rows")
    project.write("shared/features.py", "")


def test_monorepo_keeps_and_tells_of_all_models(act: Act, project: Project, hub: Hub) -> None:
    """Two models, as on the page; each has its baseline, and one comment tells of both."""
    add_churn(project)
    project.write("models/income/mlgate.yaml", CONFIG.replace("name: model", "name: income"))
    project.write("models/income/train.py", TRAIN.format(wrong=100))
    # Main: the legs of the matrix run, and push, at the same time.
    keep = project.put_workflow("baseline.yml", block(MONOREPO, "Keep the results of"))
    kept = act.run(project.path, "push", keep, number=99)
    assert kept.code == 0, kept.text
    assert project.models == {("churn", project.head), ("income", project.head)}

    workflow = project.add_workflow("monorepo.yml")
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    project.git("checkout", "--quiet", "-b", "try")
    project.write("models/income/train.py", TRAIN.format(wrong=300))
    project.commit("Try")
    hub.allow(pull_requests="write")  # as the last job grants; the others ask git alone
    hub.push(project.head)
    first = act.run(project.path, "pull_request", workflow, project.pull_request())
    assert (first.code, first.jobs["mlgate"]) == (1, "failure")
    assert first.steps["1"] == "success", first.text
    (comment,) = hub.comments
    assert "800 newly wrong, 0 newly right" in comment
    assert comment.index("income") < comment.index("churn")
    assert "not applicable" in comment
    runs = act.folder / "artifacts/1"
    handed = {"handover-churn", "handover-income"}
    assert {path.name for path in runs.iterdir()} == {"run-churn", "run-income"} | handed
    assert not list(runs.rglob("*.parquet"))

    # A job that could not install its packages is red, and its model is told of all the same. This
    # is on Enterprise Server, with the workflow changed as its page says.
    older = (ROOT / "docs/enterprise-server.md").read_text(encoding="utf-8")
    (download,) = re.findall(r"`(\w{40} # v3-node20)`", older)
    (upload,) = re.findall(r"upload-artifact@(\w{40} # v3\S*)", older)
    enterprise = re.sub(r"(download-artifact)@.*", rf"\1@{download}", text)
    enterprise = re.sub(r"(upload-artifact)@.*", rf"\1@{upload}", enterprise)
    for more in ("pattern: run-*, ", ", merge-multiple: true"):
        assert more in enterprise
        enterprise = enterprise.replace(more, "")
    assert "let `dirs` be `runs/run-*/*`" in older
    project.write(workflow, enterprise.replace("dirs: runs/*", "dirs: runs/run-*/*"))
    project.write("models/income/train.py", TRAIN.format(wrong=90))
    project.write("requirements.txt", "no-such-package\n")
    project.commit("Mistype a package")
    hub.push(project.head)
    bare = act.run(project.path, "pull_request", workflow, project.pull_request(), number=2)
    assert (bare.code, bare.jobs["mlgate"]) == (1, "failure")
    (comment,) = hub.comments
    assert project.head[:7] in comment
    assert "churn" in comment
    assert "newly right" in comment

    # With all well the last job passes too; without `only`, and with what the page's last lines
    # grant, there is a check run of each model besides.
    project.write("requirements.txt", "")
    assert "leave `only: comment` out" in (ROOT / MONOREPO).read_text(encoding="utf-8")
    project.write(workflow, text.replace(", only: comment", ""))
    project.commit("Spell it")
    hub.push(project.head)
    hub.allow(contents="read", pull_requests="write", checks="write", statuses="write")
    mended = act.run(project.path, "pull_request", workflow, project.pull_request(), number=3)
    assert mended.code == 0, mended.text
    assert {one.name for one in hub.checks} == {"mlgate: churn", "mlgate: income"}
    assert len(hub.comments) == 1

    # It passes where the token only reads too, as a fork's; the summary has what the comment would.
    project.write(workflow, text)
    hub.allow(contents="read")
    forked = act.run(project.path, "pull_request", workflow, project.pull_request(), number=4)
    assert forked.code == 0, forked.text
    assert "pull-requests: write" in forked.text
    assert "income" in forked.summary


def test_one_model_is_enough(act: Act, project: Project, hub: Hub) -> None:
    """A pattern that fits one artifact is downloaded otherwise than one that fits several."""
    project.write("models/income/mlgate.yaml", CONFIG.replace("name: model", "name: income"))
    project.write("models/income/train.py", TRAIN.format(wrong=100))
    workflow = project.add_workflow("monorepo.yml")
    text = project.path.joinpath(workflow).read_text(encoding="utf-8")
    assert "[churn, income]}}   # CHANGE" in text
    project.write(workflow, text.replace("[churn, income]", "[income]"))
    hub.allow(pull_requests="write")
    hub.push(project.head)
    outcome = act.run(project.path, "pull_request", workflow, project.pull_request())
    assert outcome.code == 0, outcome.text
    (comment,) = hub.comments
    assert "income" in comment
