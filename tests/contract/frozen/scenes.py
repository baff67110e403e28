"""Small repositories whose runs are the same on every machine; together they ask for every check.

Tables are written from seeded generators as text, commits have fixed dates, and nothing is
trained (but where the training itself is what is frozen), so that evidence can be measured anew.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
IMPORTED = HERE / "imported"
Files = dict[str, str | bytes]


@dataclass(frozen=True)
class Scene:
    """A model on main, and a branch that changes it.

    `tables(0)` are main's files and `tables(1)` the branch's. `based` is whether main's run is
    kept as a baseline first; `policies` are passed as `--policy`.
    """

    config: str
    tables: Callable[[int], Files]
    branch_config: str | None = None
    based: bool = True
    train: bool = False
    tag: bool = True
    policies: Mapping[str, str] = field(default_factory=dict)


def csv(rows: list[dict[str, object]]) -> str:
    lines = [",".join(rows[0])]
    lines += [",".join(_cell(value) for value in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.6f}" if isinstance(value, float) else str(value)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# --- predictions


def binary(side: int, n: int = 900, worse: float = 0.5) -> list[dict[str, object]]:
    """Rows of a classifier with groups and times; the branch's scores are noisier for the young."""
    shared, own = random.Random(11), random.Random(100 + side)
    rows: list[dict[str, object]] = []
    for number in range(n):
        label = int(shared.random() < 0.4)
        age, sex = shared.randrange(18, 80), shared.choice("FM")
        region = shared.choice(["north", "south", "east"])
        signal = (1.2 if label else -1.2) + shared.gauss(0, 1)
        noise = worse * side * (2 if age < 30 else 0.6)
        score = _sigmoid(1.5 * (signal + own.gauss(0, 0.25 + noise)))
        rows.append({
            "id": f"r{number}", "label": label, "predicted": int(score >= 0.5), "score": score,
            "at": f"2026-{1 + number // 100:02d}-{1 + number % 28:02d}T{number % 24:02d}:00:00+00:00",
            "age": age, "sex": sex, "region": region if number % 60 else None,
            "minutes": 20 + own.gauss(0, 3) + side,
            "weight": 1 + shared.randrange(3), "user": f"u{number % 90}", "part": number % 5,
        })  # fmt: skip
    return rows


def multiclass(side: int, n: int = 800) -> list[dict[str, object]]:
    shared, own = random.Random(12), random.Random(200 + side)
    names = ("cat", "dog", "hare|rabbit")
    rows: list[dict[str, object]] = []
    for number in range(n):
        truth = shared.choices(range(3), (5, 3, 2))[0]
        logits = [shared.gauss(0, 1) + own.gauss(0, 0.3) + 2 * (i == truth) for i in range(3)]
        total = sum(map(math.exp, logits))
        scores = [math.exp(one) / total for one in logits]
        best = max(range(3), key=scores.__getitem__)
        rows.append({
            "id": number, "label": names[truth], "predicted": names[best],
            "p_cat": scores[0], "p_dog": scores[1], "p_hare": scores[2],
            "site": shared.choice("AB"),
        })  # fmt: skip
    return rows


def regression(side: int, n: int = 800, *, labelled: bool = True) -> list[dict[str, object]]:
    shared, own = random.Random(13 + (not labelled)), random.Random(300 + side)
    rows: list[dict[str, object]] = []
    for number in range(n):
        area = shared.uniform(20, 200)
        truth = 3 * area + shared.gauss(0, 20)
        row: dict[str, object] = {"id": f"h{number}"}
        row |= {"price": truth} if labelled else {}
        row["guess"] = truth + own.gauss(0, (10 + area / 10) * (1 + 0.1 * side)) + side
        rows.append({**row, "area": area, "day": number, "town": shared.choice(["A", "B", "C"])})
    return rows


def people(shift: float, n: int = 700, seed: int = 5) -> list[dict[str, object]]:
    """Data with numbers, levels, dates and gaps; `shift` moves some of the columns."""
    rng = random.Random(seed)
    return [
        {
            "id": f"p{number}", "age": int(rng.gauss(40 + 6 * shift, 10)),
            "income": math.exp(rng.gauss(10 + 0.02 * shift, 0.5)),
            "sex": rng.choice("FM"),
            "region": rng.choice(["north", "south", "east"] + ["west"] * int(3 * shift)),
            "seen": f"2026-0{1 + number % 6}-{1 + number % 28:02d}",
            "email": f"a{number}@b.invalid" if rng.random() > 0.05 * shift else "none",
            "hours": None if rng.random() < 0.02 + 0.1 * shift else rng.randint(10, 60),
            "household": f"h{number % 120}", "weight": 1 + number % 3,
            "start": 10, "stop": 9 if number % 97 == 96 else 12, "label": number % 2,
        }
        for number in range(n)
    ]  # fmt: skip


def predictions(rows: list[dict[str, object]], **more: str | bytes) -> Files:
    return {"p.csv": csv(rows), **more}


# --- scenes

BINARY = "version: 1\nname: toy\ntask: binary\n"
PREDICTIONS = "predictions: {path: p.csv, id: id, label: label, prediction: predicted, score: score"
TOY = f"""\
{BINARY}{PREDICTIONS}}}
metrics: {{use: [balanced_accuracy, precision, recall, f1, average_precision, brier, ece]}}
gates:
  accuracy: {{min: 0.7, max_regression: 0.02}}
  roc_auc: {{max_regression: 0.05}}
  log_loss: {{max_regression: 10%, on_fail: warn}}
  f1: {{min_improvement: 0.01, on_inconclusive: fail}}
"""


def _toy(side: int) -> Files:
    return predictions(binary(side))


WHOLE = f"""\
{BINARY}{PREDICTIONS}, time: at}}
data: {{path: new.csv, rules: [{{column: age, min: 20, max: 60, share: 0.2}}]}}
drift: {{reference: data.csv, current: new.csv, ignore: [id]}}
concept: {{}}
fairness: {{sensitive: [sex]}}
slices: {{young: "age < 30", by: [region]}}
estimate: {{path: unlabelled.csv}}
gates:
  accuracy: {{min: 0.5, max_regression: 0.01}}
  roc_auc: {{max_regression: 0.05}}
  "accuracy[young]": {{min: 0.4}}
  drift: {{max_share: 0.5}}
  data: {{max_share: 0.5}}
  estimate.accuracy: {{min: 0.7}}
  "fairness.demographic_parity_difference[sex]": {{max: 0.3}}
"""


def _whole(side: int) -> Files:
    unlabelled = [
        {key: value for key, value in row.items() if key != "label"} for row in binary(side, 400)
    ]
    return {
        **predictions(binary(side)), "data.csv": csv(people(0)), "new.csv": csv(people(side)),
        "unlabelled.csv": csv(unlabelled),
    }  # fmt: skip


SLICES = f"""\
{BINARY}{PREDICTIONS}}}
slices:
  young: "age < 30"
  old: "age >= 60"
  nobody: "age > 200"
  by: [region, sex]
  minimum: 40
  search: [region, sex]
gates:
  accuracy: {{max_regression: 0.02}}
  "accuracy[young]": {{max_regression: 0.03}}
  "log_loss[old]": {{max: 0.9}}
  "accuracy[region]": {{max_regression: 5%, min: 0.5}}
  "roc_auc[sex=F]": {{min: 0.6}}
"""

FAIRNESS = f"""\
{BINARY}{PREDICTIONS}}}
fairness:
  sensitive:
    sex: {{path: who.csv, id: person}}
    age: {{edges: [30, 60]}}
    quarter: {{column: age, bins: 4}}
  intersections: [sex*age]
  control: {{region: {{column: "coalesce(region, 'unknown')"}}}}
  search: [sex, region]
  reference_group: {{sex: M}}
  minimum: 20
gates:
  accuracy: {{min: 0.5}}
  "fairness.accuracy_difference[sex]": {{max: 0.1, max_regression: 0.05}}
  "fairness.equal_opportunity_difference[age]": {{max: 0.2}}
  "fairness.equalized_odds_difference[sex]": {{max: 0.3}}
  "fairness.four_fifths_rule[sex]": {{on_fail: warn}}
  "fairness.tpr[sex=F]": {{max_regression: 0.1}}
"""


def _fairness(side: int) -> Files:
    who = [{"person": row["id"], "sex": row["sex"]} for row in binary(0)]
    return {**predictions(binary(side)), "who.csv": csv(who)}


SUPPRESSED = f"""\
{BINARY}{PREDICTIONS}}}
fairness: {{sensitive: [sex, region], suppress_below: 30, missing: 0.001}}
gates:
  "fairness.selection_rate[sex=F]": {{min: 0.1}}
  "fairness.demographic_parity_difference[region]": {{max: 0.3}}
  "fairness.demographic_parity_ratio[sex]": {{min: 0.5}}
"""

DATA = f"""\
{BINARY}predictions: {{path: p.csv, label: label, prediction: predicted}}
data:
  path: new.csv
  reference: data.csv
  schema: schema.yaml
  ignore: [id]
  rules:
    - {{column: age, type: integer, min: 20, max: 60, nulls: 0.01, share: 0.1}}
    - {{column: sex, values: [F, M]}}
    - {{column: region, values: [north, south, east], share: 0.5}}
    - {{column: email, pattern: '[^@ ]+@[^@ ]+'}}
    - {{column: id, unique: true}}
    - {{column: seen, increasing: true}}
    - {{name: order, expression: "start <= stop"}}
    - {{rows: {{min: 100, max: 100000}}}}
    - {{duplicates: 0.001}}
    - {{leakage: 0}}
    - {{conflicts: 0.01}}
gates:
  data: {{max_share: 0.2}}
  data.order: {{max: 0.1}}
  data.sex.values: {{max: 0}}
"""
MASKED = DATA.replace("  schema: schema.yaml\n", "  mask: true\n")


def _data(side: int) -> Files:
    schema = (
        "version: 1\ncolumns: {id: text, age: integer, income: float, sex: integer, gone: text}\n"
    )
    new = people(1, 500, 6) + people(0, 30)
    return {
        **predictions(binary(side, 200)), "data.csv": csv(people(0)), "schema.yaml": schema,
        "new.csv": csv(new[:400] if side else new[:300]) + csv(new[:5]).partition("\n")[2],
    }  # fmt: skip


DRIFT = """\
version: 1
name: toy
drift:
  reference: data.csv
  current: new.csv
  ignore: [id, email]
  kinds: {start: categorical}
  floors: {age: 0.2, income: {wasserstein: 0.3, null_rate: 0.05}}
  CLUSTER
gates: {drift: {max_share: 0.2, on_fail: fail}AUC}
"""


def _drift(side: int) -> Files:
    return {"data.csv": csv(people(0)), "new.csv": csv(people(0.5 + 0.5 * side, 500, 8))}


IMPORT = """\
version: 1
name: toy
evidence: {import: [evidently.json, {name: suite, path: deepchecks.json}]}
gates:
  imported: {max_share: 0.7}
  imported.evidently: {max_share: 0.4}
  imported.suite.Train Test Samples Mix.ratio: {max: 0.2}
"""


def _imported(side: int) -> Files:
    kinds = {"evidently": "evidently-0.7-drift", "deepchecks": "deepchecks-0.19-suite"}
    return {f"{k}.json": (IMPORTED / f"{v}.json").read_bytes() for k, v in kinds.items()} | {
        "note.txt": f"side {side}\n"
    }


CUSTOM = f"""\
{BINARY}{PREDICTIONS}, weight: weight}}
metrics:
  use: [recall]
  rows: {{minutes: lower}}
  custom: {{profit: "scoring:profit"}}
  files: [metrics.json, other.yaml]
  direction: {{profit: higher, train.loss: lower, speed: higher}}
gates:
  accuracy: {{max_regression: 0.05}}
  minutes: {{max: 30, max_regression: 2}}
  profit: {{min: 0.1, max_regression: 50%}}
  train.loss: {{max: 0.5, max_regression: 0.1}}
  speed: {{min: 10}}
"""
SCORING = """\
def profit(y_true, y_pred, sample_weight=None):
    right = (y_true == y_pred).astype(float)
    return float((right * 2 - 1).mean())
"""


def _custom(side: int) -> Files:
    numbers = {"train": {"loss": 0.3 + 0.05 * side}, "speed": [11.5, 12.25, 12.0]}
    return predictions(
        binary(side, 400), **{"metrics.json": json.dumps(numbers)},
        **{"scoring.py": SCORING, ".gitignore": "__pycache__/\n", "other.yaml": f"rows: {400 + side}\nnested: {{a: 1.5}}\n"},
    )  # fmt: skip


def _designed(column: str, groups: int) -> Callable[[int], Files]:
    def tables(side: int) -> Files:
        rows = []
        for number in range(groups):
            own = random.Random(1000 * side + number)
            for row in binary(0, 200):
                flip = own.random() < 0.08 + 0.02 * side
                predicted = 1 - int(row["predicted"]) if flip else int(row["predicted"])  # type: ignore[call-overload]
                score = 0.5 + (0.3 if predicted else -0.3) * own.random()
                rows.append({**row, "predicted": predicted, "score": score, column: number + 1})
        return predictions(rows)

    return tables


DESIGN = TOY.replace("score: score}", "score: score, DESIGN}")

HOUSES = """\
version: 1
name: houses
task: regression
predictions: {path: p.csv, id: id, label: price, prediction: guess, time: day}
concept: {scale: 100}
estimate: {path: unlabelled.csv, features: [area]}
fairness: {sensitive: [town]}
slices: {large: "area > 150", by: [town]}
gates:
  mae: {max_regression: 5%}
  rmse: {max: 40, max_regression: 3.0}
  r2: {max_regression: 0.01}
  concept.loss: {max: 0.3}
  estimate.mae: {max: 30}
  "mae[large]": {max_regression: 5}
"""


def _houses(side: int) -> Files:
    unlabelled = regression(side, 300, labelled=False)
    return predictions(regression(side), **{"unlabelled.csv": csv(unlabelled)})


ANIMALS = """\
version: 1
name: animals
task: multiclass
predictions:
  path: p.csv
  id: id
  label: label
  prediction: predicted
  score: {cat: p_cat, dog: p_dog, "hare|rabbit": p_hare}
metrics: {use: [balanced_accuracy, precision_macro, recall_weighted, f1_micro, roc_auc, brier, ece]}
fairness: {sensitive: [site]}
slices: {by: [site]}
gates:
  accuracy: {max_regression: 0.01, min_improvement: 0.005}
  f1_macro: {max_regression: 0.03}
  log_loss: {max: 0.9, max_regression: 5%}
  "f1_macro[site=A]": {max_regression: 0.1}
"""


def _animals(side: int) -> Files:
    return predictions(multiclass(side))


WAIVERS = """\
waivers:
  - {gate: accuracy.max_regression, reason: new labels, until: 2199-12-31, approved_by: lead}
  - {gate: roc_auc, reason: left over, until: 2020-01-31}
"""
ORGANISATION = "version: 1\ngates: {accuracy: {min: 0.99}, rmse: {max: 3}}\n"


def _fewer(side: int) -> Files:
    return predictions(binary(side, 900 - 50 * side, worse=0))


def _more(side: int) -> Files:
    rows = binary(0, 900 + 40 * side)
    for row in rows[: 10 * side]:
        row["label"] = 1 - int(row["label"])  # type: ignore[call-overload]
    return predictions(rows)


def _misspelt(side: int) -> Files:
    text = csv(binary(side))
    return {"p.csv": text.replace("label", "lable", 1) if side else text}


def _from_file(side: int) -> Files:
    return predictions(binary(side), **{"old.csv": csv(binary(0))})


TRAINED = TOY + 'train: {run: "cp fresh.csv p.csv && touch m.bin", artifacts: [m.bin]}\n'


def _trained(side: int) -> Files:
    return {
        "fresh.csv": csv(binary(side, worse=0)), ".gitignore": "p.csv\nm.bin\n",
    }  # fmt: skip


def _failing(side: int) -> Files:
    return _trained(side) | {"broken": f"{side}\n"}


# --- the example: its predictions are kept, for training is neither quick nor equal everywhere

INCOME = ROOT / "examples" / "income"
SIDES = ("main", "improve", "regress", "undecided")


def _income(branch: str) -> Callable[[int], Files]:
    def tables(side: int) -> Files:
        return income(branch if side else "main")

    return tables


def income(side: str) -> Files:
    """Its files after a training: predictions, metrics and both sets."""
    import io

    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    data = pq.read_table(INCOME / "data" / "adult.parquet")
    kept = pq.read_table(HERE / "income.parquet")
    test = pa.array([zlib.crc32(str(one).encode()) % 4 == 0 for one in data["id"].to_pylist()])
    rows = data.filter(test)
    scores = kept[side]
    classes = pa.array(["<=50K", ">50K"])
    codes = pc.cast(pc.greater_equal(scores, 0.5), pa.int32())
    out = {
        "predictions": pa.table({
            "id": rows["id"], "income": rows["income"], "predicted": classes.take(codes),
            "probability": scores,
        }),
        "train": data.filter(pc.invert(test)),
        "test": rows,
    }  # fmt: skip

    def parquet(table: pa.Table) -> bytes:
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        return buffer.getvalue()

    return {
        **{f"out/{name}.parquet": parquet(table) for name, table in out.items()},
        "out/metrics.json": json.dumps(json.loads((HERE / "income.json").read_text())[side]),
        "data/adult.parquet": (INCOME / "data" / "adult.parquet").read_bytes(),
    }


SCENES: dict[str, Scene] = {
    "toy": Scene(TOY, _toy),
    "whole": Scene(WHOLE, _whole),
    "first": Scene(TOY, _toy, based=False),
    "slices": Scene(SLICES, _toy),
    "fairness": Scene(FAIRNESS, _fairness),
    "suppressed": Scene(SUPPRESSED, _toy),
    "data": Scene(DATA, _data),
    "masked": Scene(MASKED, _data),
    "drift": Scene(DRIFT.replace("CLUSTER", "weight: weight").replace("AUC", ""), _drift),
    "drift-cluster": Scene(DRIFT.replace("CLUSTER", "cluster: household").replace("AUC", ""), _drift),
    "drift-multivariate": Scene(
        DRIFT.replace("CLUSTER", "multivariate: true").replace("AUC", ", drift.auc: {max: 0.7}"), _drift
    ),
    "imported": Scene(IMPORT, _imported),
    "custom": Scene(CUSTOM, _custom),
    "seeds": Scene(DESIGN.replace("DESIGN", "repeat: seed"), _designed("seed", 5)),
    "folds": Scene(DESIGN.replace("DESIGN", "fold: part"), _toy),
    "clusters": Scene(DESIGN.replace("DESIGN", "cluster: user"), _toy),
    "weights": Scene(DESIGN.replace("DESIGN", "weight: weight"), _toy),
    "no-ids": Scene(TOY.replace("id: id, ", ""), _toy),
    "regression": Scene(HOUSES, _houses),
    "multiclass": Scene(ANIMALS, _animals),
    "evidence-only": Scene(TOY + "baseline: {keep: evidence}\n", _toy),
    "from-file": Scene(TOY + "baseline: {predictions: old.csv, anchor: none}\n", _from_file,
                       based=False),
    "two-policies": Scene(TOY + WAIVERS, _toy, TOY.replace("0.02", "0.2").replace("10%", "30%"),
                          policies={"organisation.yaml": ORGANISATION}),
    "fewer-rows": Scene(TOY, _fewer),
    "more-rows": Scene(TOY, _more),
    "misspelt": Scene(TOY, _misspelt),
    "not-applicable": Scene(TOY + "when: {paths: ['*.py']}\n", _toy),
    "sealed": Scene(TOY + "sealed: {uses: 5}\n", _toy),
    "trained": Scene(TRAINED, _trained, train=True),
    "training-fails": Scene(TRAINED, _failing, TRAINED.replace("cp fresh.csv", "cp none.csv"),
                            train=True),
    "income-main": Scene((INCOME / "mlgate.yaml").read_text(), lambda side: income("main"),
                         based=False),
    **{f"income-{one}": Scene((INCOME / "mlgate.yaml").read_text(), _income(one))
       for one in SIDES[1:]},
}  # fmt: skip
