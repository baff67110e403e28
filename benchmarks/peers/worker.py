"""What the other packages answer, in an environment of their own: `python FILE PEER FOLDER`.

Imports nothing of this project, numpy and the package apart. Reads FOLDER/scenes.json and the
arrays that it names, calls the Python functions behind the package's command line in this process,
and writes FOLDER/PEER.json. Settings are the documented defaults but for the margin; where calling
all of a gate would repeat what does not decide, the first samples of each scene are answered both
ways and must agree.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rows = dict[str, Any]
    Verdict = Callable[[Rows], str]
    Counts = dict[str, int]

VERDICTS = ("pass", "undecided", "fail")
"""From best to worst: of several metrics the worst counts."""
CHECKED = 2
"""How many samples of each scene are answered by all of a gate as well."""


def judged(verdict: Verdict, arrays: Rows, *, looks: int = 0, limit: int | None = None) -> Counts:
    """Count the answers: of single samples, of ten metrics together, or of looks until one passes."""
    which = arrays["which"][:limit]
    if looks:
        answers = [_looked(verdict, arrays, int(sample), looks) for sample in which]
    else:
        kept = {int(k): verdict(_rows(arrays, int(k))) for k in np.unique(which)}
        answers = [max((kept[int(k)] for k in np.atleast_1d(row)), key=VERDICTS.index) for row in which]  # fmt: skip
    return {name: answers.count(name) for name in VERDICTS}


def _rows(arrays: Rows, sample: int, end: int | None = None) -> Rows:
    rows = {name: arrays[name][sample][:end] for name in ("label", "new", "old")}
    return {**rows, "clusters": arrays["clusters"]} if "clusters" in arrays else rows


def _looked(verdict: Verdict, arrays: Rows, sample: int, looks: int) -> str:
    n = arrays["label"].shape[1]
    answer = ""
    for look in range(1, looks + 1):
        answer = verdict(_rows(arrays, sample, n * look // looks))
        if answer == "pass":
            break
    return answer


def goodness(kind: str, rows: Rows) -> tuple[Any, Any]:
    """Return one number a row of both sides, more is better: right, −|error|, or the log-likelihood."""
    label = rows["label"]
    if kind == "answers":
        return tuple((rows[side] == label).astype(float) for side in ("new", "old"))
    if kind == "numbers":
        return tuple(-np.abs(rows[side] - label) for side in ("new", "old"))
    return tuple(
        np.log(np.where(label == 1, rows[side], 1 - rows[side])) for side in ("new", "old")
    )


def limited(
    scene: Rows,
    *,
    looks: int,
    few: int | None = None,
    some: int | None = None,
    many: int | None = None,
) -> int | None:
    """Return after how many samples to stop: of many looks, of few, some (500) or many (10,000) rows."""
    if scene["looks"]:
        return looks
    return few if scene["n"] < 500 else some if scene["n"] < 10_000 else many


def nel(scene: Rows) -> Iterator[tuple[str, Verdict, int | None]]:
    """`nel gate`: `gate_runs` on two folders of results, with a policy of one benchmark.

    Errors and losses are given as they are, with `direction: lower_is_better`; clusters as each
    record's `metadata.category`, which the gate then uses. After the first samples of a scene the
    comparison that only accompanies its report (`compare_runs`) is left out, and the records are
    handed over without a file between.
    """
    from nemo_evaluator.config.gate_policy import GatePolicy
    from nemo_evaluator.engine import comparison, gate

    words = {"GO": "pass", "NO-GO": "fail", "INCONCLUSIVE": "undecided"}
    binary = scene["kind"] == "answers"
    direction = "higher_is_better" if binary else "lower_is_better"
    metric = "pass@1" if binary else "mean_reward"
    entry = {"tier": "critical", "metric": metric, "max_drop": scene["margin"], "direction": direction}  # fmt: skip
    policy = GatePolicy.model_validate({"version": 1, "benchmarks": {"bench": entry}})
    complete = (comparison.compare_runs, comparison.load_paired_records)
    seen = 0

    def refused(*_: Any) -> Any:
        raise ValueError("left out")

    def verdict(rows: Rows) -> str:
        nonlocal seen
        sides = [side if binary else -side for side in goodness(scene["kind"], rows)]
        runs = dict(zip(("new", "old"), (_records(side, rows) for side in sides), strict=True))
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name in ("old", "new")]
            for path in paths:
                path.mkdir()
                bundle = {"benchmark": {"name": "bench", "scores": {}}}
                (path / "eval-bench.json").write_text(json.dumps(bundle), encoding="utf-8")
            gate.compare_runs = refused
            gate.load_paired_records = lambda path: {
                (r["problem_idx"], 0): r for r in runs[path.name]
            }
            answer = gate.gate_runs(*paths, policy).verdict
            if seen < CHECKED:
                gate.compare_runs, gate.load_paired_records = complete
                for path in paths:
                    lines = "\n".join(map(json.dumps, runs[path.name]))
                    (path / "results.jsonl").write_text(lines, encoding="utf-8")
                assert gate.gate_runs(*paths, policy).verdict == answer
                seen += 1
        return words[answer]

    if not scene["better"]:
        yield "nel gate", verdict, limited(scene, looks=150, some=None if binary else 400, many=100)


def _records(rewards: Any, rows: Rows) -> list[Rows]:
    records = [{"problem_idx": k, "repeat": 0, "reward": reward} for k, reward in enumerate(rewards.tolist())]  # fmt: skip
    if "clusters" in rows:
        for record, cluster in zip(records, rows["clusters"].tolist(), strict=True):
            record["metadata"] = {"category": str(cluster)}
    return records


def illate(scene: Rows) -> Iterator[tuple[str, Verdict, int | None]]:
    """`illate-parity check`: its paired bootstrap and its verdict, with the seed that `check` uses.

    The intervals of either model alone, which `check` also computes, decide nothing.
    """
    from illate_parity.bootstrap import fast_paired_accuracy
    from illate_parity.parity import check
    from illate_parity.parity import verdict as read

    words = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "undecided"}
    seen = 0

    def verdict(rows: Rows) -> str:
        nonlocal seen
        interval = fast_paired_accuracy(rows["label"], rows["old"], rows["new"], seed=2)
        answer = read(interval["low"], interval["high"], scene["margin"])
        if seen < CHECKED:
            files = [[{"id": str(k), "text": "", "label": str(v)} for k, v in enumerate(rows[name])] for name in ("label", "old", "new")]  # fmt: skip
            assert check(*files, margin=scene["margin"])["verdict"] == answer
            seen += 1
        return words[answer]

    if scene["kind"] == "answers" and not scene["better"]:
        yield "illate-parity", verdict, limited(scene, looks=40, some=200, many=100)


def bdp(scene: Rows) -> Iterator[tuple[str, Verdict, int | None]]:
    """bdp-model-gate: `ModelGate` with the two checks that compare the headline metric.

    The champion is given as its predictions. The margin is absolute; log loss is a function of the
    user's own, which the package takes for more is better. There is nothing for clusters.
    """
    import pandas as pd
    from bdp_model_gate import Champion, GateConfig, ModelGate, StructuredGateContext
    from bdp_model_gate.structured import ChallengerPerformanceCheck, ComparisonIntegrityCheck

    words = {"PASS": "pass", "BLOCKED": "fail", "NEEDS_REVIEW": "undecided"}

    def likelihood(label: Any, score: Any) -> float:
        return float(np.log(np.where(label == 1, score, 1 - score)).mean())

    config = GateConfig()
    metrics: dict[str, Any] = {"answers": "accuracy", "numbers": "mae", "scores": likelihood}
    config.comparison.metric = metrics[scene["kind"]]
    config.comparison.margin = scene["margin"]
    config.comparison.require = "superior" if scene["better"] else "non_inferior"
    parts = (config.comparison, config.performance, config.uncertainty, config.fairness)
    gate = ModelGate(
        checks=[ComparisonIntegrityCheck(*parts), ChallengerPerformanceCheck(*parts)], config=config
    )
    task = "regression" if scene["kind"] == "numbers" else "binary"

    def verdict(rows: Rows) -> str:
        context = StructuredGateContext(
            predict_fn=lambda frame: rows["new"][: len(frame)],
            X=pd.DataFrame({"row": np.arange(len(rows["label"]))}),
            y_true=rows["label"],
            y_pred=rows["new"],
            champion=Champion(predictions=rows["old"]),
            task=task,
        )
        report = gate.run(context)
        assert all(result.flag != "CHECK_ERROR" for result in report.results), report.results
        return words[report.gate_status]

    yield "bdp-model-gate", verdict, limited(scene, looks=40, some=300, many=100)


def evalsig(scene: Rows) -> Iterator[tuple[str, Verdict, int | None]]:
    """evalsig: `gate`, which asks for an improvement; its one-sided bound against the margin; `watch`.

    `method="auto"`: McNemar for 0 and 1, permutations for numbers, resampled clusters where
    there are any. Numbers of more than 2,000 rows by `method="paired_t"`, since "auto" draws
    10,000 × n signs. For `watch` the margin is added to each difference.
    """
    from evalsig import gate
    from evalsig.inference.sequential import sequential_gate
    from evalsig.types import ItemResult, RunFrame

    words = {"ALLOW": "pass", "REJECT": "fail", "INCONCLUSIVE": "undecided"}
    kept: dict[bytes, Any] = {}

    def frame(name: str, scores: Any, clusters: Any) -> Any:
        groups = [None] * len(scores) if clusters is None else [str(c) for c in clusters]
        items = [
            ItemResult(f"{k:06}", score, group)
            for k, (score, group) in enumerate(zip(scores.tolist(), groups, strict=True))
        ]
        return RunFrame(name, name, "task", "score", items)

    def report(rows: Rows) -> Any:
        new, old = goodness(scene["kind"], rows)
        key = new.tobytes() + old.tobytes()
        if key not in kept:
            clusters = rows.get("clusters")
            sides = (frame("old", old, clusters), frame("new", new, clusters))
            numbers = scene["kind"] != "answers"
            kept[key] = gate(
                *sides,
                min_delta=scene["minimum_gain"],
                cluster=None if clusters is None else "cluster",
                method="paired_t" if numbers and scene["n"] > 2_000 else "auto",
            )
            if scene["looks"]:
                return kept.pop(key)
        return kept[key]

    def bound(rows: Rows) -> str:
        return "pass" if report(rows).comparison.ci[0] >= -scene["margin"] else "undecided"

    def watch(rows: Rows) -> str:
        new, old = goodness(scene["kind"], rows)
        out = sequential_gate(new - old + scene["margin"], alternative="greater")
        return "pass" if out.stopped else "undecided"

    slow = scene["clusters"] or scene["kind"] != "answers"
    many = 50 if scene["clusters"] else 150
    some = 100 if 0 < scene["clusters"] < 100 else many
    limit = limited(scene, looks=60, few=500, some=some, many=many) if slow else limited(scene, looks=60)  # fmt: skip
    yield "evalsig gate", lambda rows: words[report(rows).verdict.value], limit
    if not scene["better"]:
        yield "evalsig bound", bound, limit
    if scene["looks"]:
        yield "evalsig watch", watch, 100


PEERS = {
    "nel": ("nemo-evaluator", nel),
    "illate": ("illate-parity", illate),
    "bdp": ("bdp-model-gate", bdp),
    "evalsig": ("evalsig", evalsig),
}


def main() -> None:
    """Answer every scene."""
    logging.disable(logging.WARNING)
    peer, folder = sys.argv[1], Path(sys.argv[2])
    package, gates = PEERS[peer]
    packages = ("numpy", "scipy", "pandas") if peer != "illate" else ("numpy",)
    versions = {name: _version(name) for name in (package, *packages)}
    python = ".".join(map(str, sys.version_info[:3]))
    results: Any = {"versions": {"python": python, **versions}, "scenes": {}}
    for scene in json.loads((folder / "scenes.json").read_text(encoding="utf-8")):
        with np.load(folder / scene["file"]) as loaded:
            arrays = dict(loaded)
        ask = partial(judged, arrays=arrays)
        counts = {
            # `watch` looks after every row by itself.
            name: ask(verdict, looks=0 if name == "evalsig watch" else scene["looks"], limit=limit)
            for name, verdict, limit in gates(scene)
        }
        results["scenes"].setdefault(scene["key"], {})[scene["truth"]] = counts
        print(peer, scene["key"], scene["truth"], counts, file=sys.stderr, flush=True)
        (folder / f"{peer}.json").write_text(json.dumps(results), encoding="utf-8")


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
