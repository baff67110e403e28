"""Makes `samples/`: run directories as `mlgate run` leaves them, from simulated models.

    python tests/unit/report/make_samples.py

Evidence comes from the real check and verdicts from the real gates; they are kept as files, so
that the report's tests change only when the report does.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlgate import checks
from mlgate.checks.compare import measure as compare
from mlgate.checks.compare.params import CompareParams, RequestedMetric
from mlgate.gates.judge import judge
from mlgate.metrics import contrast_factors, direction_of
from mlgate.model.evidence import (
    Absent,
    Artifact,
    BaselineRef,
    Environment,
    Evidence,
    HistoryPoint,
    Measurement,
    Note,
    Resources,
    RowCounts,
    TrainEvidence,
)
from mlgate.model.inputs import PairedBaseline, Scalar, Stamp
from mlgate.model.policy import Policy, Waiver
from mlgate.model.rows import PairedRows, Rows
from mlgate.model.run import JudgeRecord, RunRecord
from mlgate.model.wear import WearEvidence
from mlgate.progress import Silent

FOLDER = Path(__file__).parent / "samples"
COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
MAIN = "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
RELEASE = "0c1d2e3f405162738495a6b7c8d9eaf0b1c2d3e4"
WHEN = "2026-11-21T14:02:11Z"
TODAY = dt.date(2026, 11, 21)
NONE_YET = Absent(kind="none_yet", reason="no baseline yet: nothing to compare with")
NO_ANCHOR = Absent(kind="off", reason="baseline.anchor is none")
MEMORY = 16 * 2**30


@dataclass
class Given:
    """`mlgate.model.inputs.Inputs`, every part given by hand."""

    rows: Rows | None = None
    references: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    past: tuple = ()
    notes: tuple = ()
    digests: dict = field(
        default_factory=lambda: {"out/predictions.parquet": "sha256:" + "5e" * 32}
    )
    stamp: Stamp = field(default_factory=lambda: Stamp("0.1.0", COMMIT, WHEN))
    progress: Silent = field(default_factory=Silent)

    def candidate(self, *, unlabelled=False):
        return self.rows

    def reference(self, role):
        return self.references.get(role, NONE_YET)

    def announced_test_set(self):
        return None

    def test_set_digest(self):
        return None

    def scalars(self):
        return self.numbers

    def custom(self, function):
        raise KeyError(function)

    def history(self):
        return self.past


# --- simulated models


def binary(n: int, worse: float, seed: int) -> tuple[Rows, Rows]:
    """Candidate and baseline on the same rows; `worse` adds noise to the candidate's scores."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.25
    signal = np.where(truth, 1.15, -1.15) + rng.normal(0, 1.05, n)
    new = signal + rng.normal(0, 0.25, n) + rng.normal(0, 1, n) * max(worse, 0)
    old = signal + rng.normal(0, 0.25, n) + rng.normal(0, 1, n) * max(-worse, 0)
    return _binary(truth, new), _binary(truth, old)


def _binary(truth, logit) -> Rows:
    score = 1 / (1 + np.exp(-1.7 * (logit - 0.45)))
    return Rows(
        task="binary",
        y_true=truth.astype(np.int32),
        y_pred=(score >= 0.5).astype(np.int32),
        score=score,
        classes=("<=50K", ">50K"),
        positive=1,
    )


def multiclass(n: int, seed: int) -> tuple[Rows, Rows]:
    names = ("cat", "dog", "fox", "hare|rabbit", "owl")
    rng = np.random.default_rng(seed)
    truth = rng.choice(5, n, p=(0.35, 0.3, 0.15, 0.1, 0.1)).astype(np.int32)
    base = rng.normal(0, 1, (n, 5)) + 2.4 * np.eye(5)[truth]
    base[:, 1] += 0.8 * (truth == 0)

    def side(noise: float) -> Rows:
        logits = base + rng.normal(0, noise, (n, 5))
        score = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        return Rows("multiclass", truth, score.argmax(1).astype(np.int32), score, names)

    return side(0.3), side(0.55)


def regression(n: int, seed: int) -> tuple[Rows, Rows]:
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(12.2, 0.45, n)
    shared = rng.normal(0, 22_000, n)

    def side(extra: float, bias: float) -> Rows:
        return Rows("regression", truth, truth + bias + shared + rng.normal(0, extra, n))

    return side(11_000, 900.0), side(9_000, 0.0)


# --- run directories


def reference(pair: tuple[Rows, Rows], counts: RowCounts | None = None, **ref) -> PairedBaseline:
    new, old = pair
    known = {"commit": MAIN, "branch": "main", "created": "2026-11-20T09:11:40Z"} | ref
    return PairedBaseline(
        BaselineRef(**known),
        None,
        PairedRows(new, old, counts or RowCounts(paired=len(new), added=0, missing=0)),
    )


def release(pair: tuple[Rows, Rows]) -> PairedBaseline:
    return reference(pair, commit=RELEASE, branch=None, tag="v1.2", created="2026-09-02T10:00:00Z")


def history(metrics: dict[str, float], seed: int, runs: int = 14) -> tuple[HistoryPoint, ...]:
    rng = np.random.default_rng(seed)
    return tuple(
        HistoryPoint(
            commit=f"{i:02x}" * 20,
            created=f"2026-10-{i + 3:02d}T08:00:00Z",
            verdict="pass" if i % 5 else "inconclusive",
            tag="v1.2" if i == 5 else None,
            metrics={k: round(v + rng.normal(0, 0.002 * abs(v)), 6) for k, v in metrics.items()},
        )
        for i in range(runs)
    )


def train(**changes) -> TrainEvidence:
    known = {
        "tool": "0.1.0", "commit": COMMIT, "created": WHEN, "command": "python train.py",
        "status": "ok", "exit_code": 0, "started": "2026-11-21T13:58:59Z", "finished": WHEN,
        "resources": Resources(wall=192.3, cpu=361.0, peak_memory=1_288_490_189, processes=5),
        "environment": Environment(
            python="3.12.7", packages={"numpy": "2.3.4", "scikit-learn": "1.7.2"},
            platform="Linux-6.8-x86_64", cpu="AMD EPYC 7763", cores=4, memory=MEMORY, digest="c0ffee" * 10,
        ),
        "seeds": {"PYTHONHASHSEED": "0"},
        "artifacts": (Artifact(path="model.joblib", sha256="ab" * 32, size=4_718_592),),
        "log": "logs/train.log", "withheld": ("GITHUB_TOKEN",),
    }  # fmt: skip
    return TrainEvidence(**{**known, **changes})


def wanted(policy: Policy, names: tuple[str, ...]) -> CompareParams:
    found = tuple(
        RequestedMetric(
            name=name,
            direction=direction_of(policy, name),
            factors={
                role: factors
                for role in ("main", "anchor")
                if (factors := contrast_factors(policy, name, role))
            },
        )
        for name in names
    )
    return CompareParams(metrics=found, reported=tuple(policy.gates), direction=policy.direction)


def run_of(policy: Policy, name: str, **changes) -> RunRecord:
    gates = [
        f"{gate}.{rule}" for gate, rules in policy.gates.items() for rule in rules.model_fields_set
    ]
    judge_ = JudgeRecord(
        source="main", file="mlgate.yaml", digest=policy.digest(), policy=policy,
        lines={gate: 12 + i for i, gate in enumerate(gates)},
    )  # fmt: skip
    known = {
        "tool": "0.1.0", "name": name, "commit": COMMIT, "tree": "7" * 40, "branch": "faster-trees",
        "base_branch": "main", "merge_base": MAIN, "started": WHEN, "judges": (judge_,),
        "reproduce": (f"git checkout {COMMIT}", "mlgate run"),
    }  # fmt: skip
    return RunRecord(**{**known, **changes})


def save(name: str, run: RunRecord, *evidence: Evidence) -> None:
    verdict = judge(run, {"evidence": {one.check: one for one in evidence}}, TODAY, checks.gates())
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "evidence").mkdir(parents=True)
    for path, record in [
        ("run.json", run),
        ("verdict.json", verdict),
        *((f"evidence/{one.check}.json", one) for one in evidence),
    ]:
        data = json.loads(record.to_json(), parse_float=lambda text: float(f"{float(text):.8g}"))
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        (folder / path).write_text(text + "\n")
    print(f"{name}: {verdict.verdict}: {verdict.headline}")


BINARY = ("accuracy", "roc_auc", "f1", "precision", "recall", "log_loss", "brier")
INCOME = Policy(
    gates={
        "accuracy": {"min": 0.80, "max_regression": 0.01},
        "roc_auc": {"max_regression": 0.005},
        "log_loss": {"max_regression": "4%"},
        "recall": {"max_regression": 0.01, "on_fail": "warn"},
        "brier": {"max": 0.2},
    }
)


def income(name: str, worse: float, *, n: int = 12_435, seed: int = 7, **options) -> None:
    policy, pair = options.get("policy", INCOME), binary(n, worse, seed)
    counts = options.get("counts")
    given = Given(
        pair[0],
        {"main": reference(pair, counts, **options.get("ref", {})), "anchor": release(binary(n, worse, seed))},
        past=history({"accuracy": 0.871, "roc_auc": 0.911, "log_loss": 0.29}, 3),
        notes=options.get("notes", ()),
    )  # fmt: skip
    evidence = compare.run(given, wanted(policy, BINARY))
    meter = WearEvidence(
        tool="0.1.0", commit=COMMIT, created=WHEN, test_set="5e" * 32, evaluation="ea" * 32,
        others=options.get("others", 6), surprises=options.get("surprises", 0),
    )  # fmt: skip
    save(name, run_of(policy, "income", **options.get("run", {})), train(), evidence, meter)


def blocked() -> None:
    income("blocked", 0.42, counts=RowCounts(paired=12_435, added=2_000, missing=0, relabelled=60))


def passing() -> None:
    income("passing", -0.4, seed=11)


def undecided() -> None:
    income("undecided", 0.1, n=1_200, seed=9)


def noted() -> None:
    """Everything at once that is one plain line."""
    policy = INCOME.model_copy(
        update={
            "waivers": (
                Waiver(gate="accuracy.max_regression", reason="new label source", until="2027-01-31",
                       approved_by="lead"),
                Waiver(gate="f1", reason="left over", until="2026-10-01"),
            )
        }
    )  # fmt: skip
    changed = "This branch changes the policy in mlgate.yaml: it is judged by main's policy and by its own, and the worse verdict counts."
    income(
        "noted", 0.5, policy=policy, others=900, surprises=20,
        ref={"distance": 3, "verdict": "fail"},
        counts=RowCounts(paired=12_000, added=0, missing=435, relabelled=12, relabelled_exact=False),
        run={"elsewhere": True, "policy_changed": True, "notes": (Note(level="info", text=changed),)},
        notes=(Note(level="warning", text="Every prediction of @team/ml is “<b>yes</b>” | see #1."),),
    )  # fmt: skip


def first() -> None:
    policy, (new, _) = INCOME, binary(12_435, 0, 7)
    evidence = compare.run(Given(new), wanted(policy, BINARY))
    save("first", run_of(policy, "income"), train(), evidence)


def failing() -> None:
    lines = (
        "epoch 1: loss 0.412", "epoch 2: loss 0.388",
        "\x1b[31mTraceback (most recent call last):\x1b[0m",
        '  File "train.py", line 41, in <module>', "    model.fit(X, y)",
        "ValueError: Input X contains NaN.", "```", "::error::not a command", "cc @someone, see #12",
    )  # fmt: skip
    ended = train(
        status="failed", exit_code=1, artifacts=(), log_tail=lines,
        resources=Resources(wall=8.4, cpu=7.9, peak_memory=310_000_000, processes=2),
    )  # fmt: skip
    save("failing", run_of(INCOME, "income"), ended)


def animals() -> None:
    policy = Policy(
        gates={
            "accuracy": {"max_regression": 0.01, "min_improvement": 0.005},
            "f1_macro": {"max_regression": 0.02},
        }
    )
    pair = multiclass(4_000, 2)
    given = Given(pair[0], {"main": reference(pair), "anchor": NO_ANCHOR})
    names = ("accuracy", "balanced_accuracy", "f1_macro", "log_loss")
    save(
        "multiclass", run_of(policy, "animals"), train(), compare.run(given, wanted(policy, names))
    )


def houses() -> None:
    policy = Policy(
        gates={
            "mae": {"max_regression": "1%"},
            "rmse": {"max": 26_000, "max_regression": 500.0},
            "r2": {"max_regression": 0.01},
            "minutes": {"max": 30.0},
        },
        direction={"minutes": "lower"},
    )
    pair = regression(6_000, 4)
    given = Given(
        pair[0],
        {"main": reference(pair), "anchor": NO_ANCHOR},
        {"minutes": Scalar((24.5, 25.1, 23.9), "metrics.json")},
        past=history({"mae": 18_800.0, "rmse": 23_700.0, "r2": 0.968}, 6, 9),
    )
    params = wanted(policy, ("mae", "rmse", "r2"))
    save("regression", run_of(policy, "houses"), train(), compare.run(given, params))


def broken() -> None:
    """No baseline where there should be one, and a check of someone else."""
    policy = INCOME.model_copy(
        update={"gates": {k: INCOME.gates[k] for k in ("accuracy", "roc_auc")}}
    )
    new, _ = binary(3_000, 0, 7)
    missing = Absent(
        kind="missing",
        reason="the store has no baseline for any ancestor of a1b2c3d: fetch more history, or run main once",
    )
    evidence = compare.run(
        Given(new, {"main": missing, "anchor": missing}), wanted(policy, ("accuracy", "roc_auc"))
    )
    latency = Evidence(
        check="latency", tool="0.1.0", commit=COMMIT, created=WHEN,
        metrics={"p95": Measurement(title="p95 latency (ms)", value=41.7, method="reported", direction="lower")},
    )  # fmt: skip
    save("broken", run_of(policy, "income"), train(), evidence, latency)


def skipped() -> None:
    why = "none of the 3 changed files matches when.paths"
    save("skipped", run_of(INCOME, "income", not_applicable=why))


if __name__ == "__main__":
    for make in (
        blocked,
        passing,
        undecided,
        noted,
        first,
        failing,
        animals,
        houses,
        broken,
        skipped,
    ):
        make()
