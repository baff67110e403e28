"""Write tests/github/whole/: the evidence of one small run that asks for every check.

`python tests/github/support/make_whole.py`, after a change of what evidence holds.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WHO, WHAT = ("AUTHOR", "COMMITTER"), ("NAME", "EMAIL")
WHOLE = Path(__file__).parents[1] / "whole"
POLICY = """\
version: 1
name: income
task: binary
predictions: {path: p.csv, id: id, label: l, prediction: y, score: s, time: at}
data: {path: new.csv, rules: [{column: age, min: 20, max: 60, share: 0.2}]}
drift: {reference: data.csv, current: new.csv, ignore: [id]}
concept: {}
fairness: {sensitive: [sex]}
slices: {young: "age < 30", by: [region]}
baseline: {anchor: none}
gates:
  accuracy: {min: 0.5, max_regression: 0.01}
  roc_auc: {max_regression: 0.05}
  "accuracy[young]": {min: 0.4}
  drift: {max_share: 0.5}
  "fairness.demographic_parity_difference[sex]": {max: 0.3}
"""


def _tables(folder, seed, shift):
    rng = random.Random(seed)
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows, data = ["id,l,y,s,at,sex,age,region"], ["id,age,sex,region,hours"]
    for number in range(400):
        label, right = rng.random() < 0.4, rng.random() < 0.8
        predicted = label if right else not label
        score = 0.5 + (0.4 if predicted else -0.4) * rng.random()
        age, sex = int(rng.gauss(40 + shift, 10)), rng.choice(["Female", "Male"])
        region = rng.choice(["north", "south"])
        at = (start + dt.timedelta(hours=number)).isoformat()
        rows.append(
            f"r{number},{int(label)},{int(predicted)},{score:.4f},{at},{sex},{age},{region}"
        )
        data.append(f"r{number},{age},{sex},{region},{rng.randint(20, 60)}")
    name = "new.csv" if shift else "data.csv"
    (folder / name).write_text("\n".join(data) + "\n")
    (folder / "p.csv").write_text("\n".join(rows) + "\n")


def main():
    """Run it in a repository that is gone afterwards."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "income"
        folder.mkdir()
        environ = {
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            **dict.fromkeys(
                (f"GIT_{who}_{what}" for who in WHO for what in WHAT), "t@example.invalid"
            ),
        }

        def call(*command):
            subprocess.run(command, cwd=folder, env=environ, check=False)

        (folder / "mlgate.yaml").write_text(POLICY)
        _tables(folder, 1, 0)
        shutil.copy(folder / "data.csv", folder / "new.csv")
        call("git", "init", "--quiet", "--initial-branch=main")
        call("git", "add", "--all")
        call("git", "commit", "--quiet", "--message", "main")
        call(sys.executable, "-m", "mlgate", "run", "--no-train")
        call(sys.executable, "-m", "mlgate", "baseline", "save", "--no-push")
        call("git", "checkout", "--quiet", "-b", "feature")
        _tables(folder, 2, 5)
        call("git", "add", "--all")
        call("git", "commit", "--quiet", "--message", "feature")
        call(sys.executable, "-m", "mlgate", "run", "--no-train")
        shutil.rmtree(WHOLE, ignore_errors=True)
        shutil.copytree(folder / ".mlgate/evidence", WHOLE / "evidence")
        shutil.copy(folder / ".mlgate/run.json", WHOLE)


if __name__ == "__main__":
    main()
