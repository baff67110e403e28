"""What keys mean together: each rule is told at its key, and never as a mere consequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlgate import config

P = "predictions: {path: p.csv, label: y, "


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        # what there is to judge
        ({"task": ""}, "task: is missing: predictions need it (binary, multiclass, regression or scores)"),
        ({"predictions": ""}, "gates: there is nothing to judge: neither predictions, metrics.files, data, data_diff, drift, expect nor evidence.import is given (give task and predictions, metrics.files, data, data_diff, drift, expect or evidence.import)"),
        ({"predictions": "metrics: {files: [m.json], rows: {ndcg: higher}}"}, "metrics.rows: needs predictions, but none are configured (numbers in files need only metrics.files)"),
        # metrics
        ({"metrics": "metrics: {rows: {cost: lower}}", "gates": "gates: {rows.cost.mean: {max: 1}}"}, "gates.rows.cost.mean: there is no metric 'rows.cost.mean' (write cost: a column's gates begin with its name, and its mean is the name alone)"),
        ({"metrics": "metrics: {rows: {cost: lower}}", "gates": "gates: {rows.cost.p95: {max: 1}}"}, "gates.rows.cost.p95: there is no metric 'rows.cost.p95' (write cost.p95: a column's gates begin with its name, and its mean is the name alone)"),
        ({"metrics": "metrics: {quantiles: {p10: 0.1}}"}, "metrics.quantiles: are of a regression, and the task is binary (remove it)"),
        ({"task": "task: regression", "predictions": P + "prediction: p}", "metrics": "metrics: {quantiles: {a: 0.1, b: 0.1}}", "gates": "gates: {mae: {max: 1}}"}, "metrics.quantiles.a: 0.1 is the level of b as well (each column has a level of its own)"),
        ({"task": "task: regression", "predictions": P + "prediction: p}", "metrics": "metrics: {quantiles: {a: 0.1}}", "gates": "gates: {interval_coverage@0.8: {min: 0.7}}"}, "gates.interval_coverage@0.8: interval_coverage@0.8 needs a column of the quantile 0.9 (name it, such as metrics: {quantiles: {COLUMN: 0.9}})"),
        ({"gates": "gates: {acuracy: {min: 0.5}}"}, "gates.acuracy: there is no metric 'acuracy' (did you mean accuracy?)"),
        ({"gates": "gates: {MAE: {min: 0.5}}"}, "gates.MAE: there is no metric 'MAE' (did you mean mae?)"),
        ({"metrics": "metrics: {use: [roc_acu]}"}, "metrics.use.0: there is no metric 'roc_acu' (did you mean roc_auc?)"),
        ({"task": "task: multiclass", "predictions": P + "prediction: p}", "gates": "gates: {f1: {min: 0.5}}"}, "gates.f1: f1 of more than two classes needs an average (write f1_macro, f1_micro or f1_weighted)"),
        ({"task": "task: regression", "predictions": P + "prediction: p}", "gates": "gates: {accuracy: {min: 0.5}}"}, "gates.accuracy: accuracy is not defined for the task regression (available: mae, mape, smape, wape, quantile_loss, quantile_loss@0.9, quantile_coverage@0.9, interval_coverage@0.8, interval_width@0.8, mean_pinball_loss@0.9, coverage, ndcg, ndcg@10, map, map@10, mrr, mrr@10, rmse, r2)"),
        ({"predictions": P + "prediction: p}", "gates": "gates: {auc: {min: 0.5}}"}, "gates.auc: roc_auc needs scores, but predictions.score is not set (name the column with the probability)"),
        ({"metrics": "metrics: {direction: {accuracy: lower}}"}, "metrics.direction.accuracy: accuracy has a direction: higher is better (remove it)"),
        ({"metrics": "metrics: {rows: {a: higher}, direction: {a: lower}}"}, "metrics.direction.a: a has a direction: higher is better (remove it)"),
        ({"metrics": "metrics: {rows: {a: higher}, custom: {a: 'm:f'}}"}, "metrics.custom.a: is also a column in metrics.rows"),
        ({"metrics": "metrics: {custom: {profit: 'm:f'}}", "gates": "gates: {profit: {max_regression: 2%}}"}, "gates.profit.max_regression: whether a higher or a lower profit is better is not known (write metrics: {direction: {profit: higher}}, or lower)"),
        ({"predictions": "metrics: {files: [m.json]}", "gates": "gates: {a.b: {min_improvement: 2}}"}, "gates.a.b.min_improvement: whether a higher or a lower a.b is better is not known (write metrics: {direction: {a.b: higher}}, or lower)"),
        # held-out labels
        ({"predictions": P + "prediction: p, labels: l.csv}", "baseline": "baseline: {keep: evidence}"}, "predictions.labels: needs predictions.id, by which the labels are joined (name the column in both files)"),
        ({"predictions": P + "id: id, prediction: p, labels: l.csv}"}, "predictions.labels: needs baseline.id_key: with the salt that the store keeps, labels could be guessed from the hashes of its rows (name a secret, such as id_key: ${env:MLGATE_ID_KEY}, or keep: evidence)"),
        ({"predictions": P + "id: id, prediction: p, labels: l.csv}", "baseline": "baseline: {id_key: '${env:KEY}'}", "metrics": "metrics: {custom: {profit: 'm:f'}, direction: {profit: higher}}"}, "predictions.labels: cannot be held out where metrics.custom runs: it is handed the labels (remove one of them)"),
        # `handover: evidence`: the author's code runs where it is measured
        ({"predictions": P + "id: id, prediction: p, labels: 'store:churn'}", "baseline": "baseline: {keep: evidence}"}, "predictions.labels: store: a store holds nothing out: the author of a pull request may read it (name a file that only the job that judges has, or s3://… that only it may read)"),
        ({"predictions": P + "id: id, prediction: p, labels: 'branch:labels'}", "baseline": "baseline: {keep: evidence}"}, "predictions.labels: branch: a store holds nothing out: the author of a pull request may read it (name a file that only the job that judges has, or s3://… that only it may read)"),
        ({"predictions": P + "id: id, prediction: p, labels: l.csv}", "baseline": "baseline: {keep: evidence}", "handover": "handover: evidence"}, "handover: contradicts predictions.labels: the author's code must not come near the labels (remove one of the two: `handover: files` measures in the job that judges)"),
        ({"sealed": "sealed: {uses: 3}", "handover": "handover: evidence"}, "handover: contradicts sealed: the job that measures may not write the store (remove one of the two: `handover: files` measures in the job that judges)"),
        # which changes are judged
        ({"when": "when: {paths: ['**/*.{py,txt}']}"}, "when.paths.0: '**/*.{py,txt}': {py,txt} is no pattern of GitHub's path filters (write '**/*.py', '**/*.txt')"),
        ({"when": "when: {paths: ['!docs/**']}"}, "when.paths: only takes paths out, so that no change would ever be judged (write '**' before '!docs/**')"),
        # rules
        ({"gates": "gates: {accuracy: {}}"}, "gates.accuracy: has no rule (give it min, max, max_regression, max_regression_anchor or min_improvement)"),
        ({"gates": "gates: {accuracy: {on_fail: warn}}"}, "gates.accuracy: has no rule (give it min, max, max_regression, max_regression_anchor or min_improvement)"),
        ({"gates": "gates: {accuracy: {min: 0.9, max: 0.8}}"}, "gates.accuracy.max: no value is at least 0.9 and at most 0.8"),
        ({"gates": "gates: {accuracy: {max_share: 0.3}}"}, "gates.accuracy.max_share: is only for drift (min, max or max_regression)"),
        ({"gates": "gates: {accuracy: {min: 80}}"}, "gates.accuracy.min: accuracy is between 0 and 1, got 80 (write 0.8 for 80 points)"),
        ({"gates": "gates: {accuracy: {max_regression: 1}}"}, "gates.accuracy.max_regression: accuracy is between 0 and 1: a margin of 1 always holds (write 0.01 for 1 point)"),
        ({"gates": "gates: {neg_log_loss: {min: -0.5}}"}, "gates.neg_log_loss.min: mlgate's log_loss is positive, and lower is better (write log_loss: {max: 0.5})"),
        ({"gates": "gates: {accuracy: {min: 0.1}, accuracy_score: {min: 0.2}}"}, "gates.accuracy_score: is the same as accuracy (write one gate with all of its rules)"),
        ({"gates": "gates: {'accuracy[': {min: 0.1}}"}, "gates.accuracy[: 'accuracy[' is not of the form name or name[slice]"),
        ({"gates": "gates: {'accuracy[young]': {min: 0.1}}"}, "gates.accuracy[young]: there is no slice 'young' (write slices: {young: …})"),
        ({"gates": "gates: {drift: {max_share: 0.1}}"}, "gates.drift: needs drift, but it is not configured (drift: {reference: data/train.parquet})"),
        ({"gates": "gates: {drift: {max: 0.1}}", "drift": "drift: {reference: a, current: b}"}, "gates.drift.max: is not for drift (max_share)"),
        ({"gates": "gates: {drift: {on_fail: fail}}", "drift": "drift: {reference: a, current: b}"}, "gates.drift: has no rule (give it max_share)"),
        ({"gates": "gates: {drift.age: {max_share: 0.1}}", "drift": "drift: {reference: a, current: b}"}, "gates.drift.age: there is no drift.age (gates on drift: drift, drift.auc, drift.label, drift.prediction, drift.score)"),
        ({"gates": "gates: {drift.auc: {max: 0.6}}", "drift": "drift: {reference: a, current: b}"}, "gates.drift.auc: is measured only with drift.multivariate: true"),
        ({"drift": "drift: {reference: a}"}, "drift: has no current data to compare with the reference (add data: {path: …}, or drift.current)"),
        ({"drift": "drift: {reference: a, current: b, ignore: [id], weight: id}"}, "drift.weight: 'id' is also in drift.ignore"),
        ({"drift": "drift: {reference: a, current: b, weight: w, cluster: w}"}, "drift.cluster: 'w' is the column of the weights"),
        ({"drift": "drift: {reference: a, current: b, ignore: [id], floors: {id: 1}}"}, "drift.floors.id: is ignored, so this has no effect (remove one of the two)"),
        ({"drift": "drift: {reference: a, current: b, kinds: {a: number}}"}, "drift.kinds.a: expected numeric, categorical, boolean, datetime or text, got the text 'number' (did you mean numeric?)"),
        ({"gates": "gates: {'fairness.demographic_parity_difference[sex]': {max: 0.1}}"}, "gates.fairness.demographic_parity_difference[sex]: needs fairness, but it is not configured (fairness: {sensitive: [sex]})"),
        # columns
        ({"predictions": "predictions: {path: p.csv, label: y}"}, "predictions: prediction or score is missing: no column holds what the model predicts"),
        ({"predictions": P + "prediction: y}"}, "predictions.prediction: 'y' is the column of the labels"),
        ({"predictions": P + "score: {a: y, b: z}}", "task": "task: multiclass"}, "predictions.score: 'y' is the column of the labels"),
        ({"predictions": P + "score: {a: x, b: z}}"}, "predictions.score: expected one column: the task is binary (the column with the probability of the positive label)"),
        ({"predictions": P + "score: s}", "task": "task: multiclass"}, "predictions.score: names one column of lists, but not the classes in it (list the classes in predictions.classes, or write {class: column})"),
        ({"predictions": P + "prediction: p, classes: [a, b]}"}, "predictions.classes: applies only to a score column that holds lists (remove it)"),
        ({"predictions": P + "score: s, classes: [1, 1.0]}", "task": "task: multiclass"}, "predictions.classes.1: '1' is named twice"),
        ({"predictions": P + "prediction: p, threshold: 0.4}", "task": "task: multiclass"}, "predictions.threshold: applies only to a binary task, and this one is multiclass"),
        ({"predictions": P + "prediction: p, score: s}", "task": "task: regression", "gates": "gates: {mae: {max: 1}}"}, "predictions.score: does not apply to regression (remove it)"),
        # waivers
        ({"waivers": "waivers: [{gate: acuracy, reason: x, until: 2027-01-31}]"}, "waivers.0.gate: there is no gate 'acuracy' (did you mean accuracy?)"),
        ({"waivers": "waivers: [{gate: accuracy.min, reason: x, until: 2027-01-31}]"}, "waivers.0.gate: there is no gate 'accuracy.min' (did you mean accuracy?)"),
        # baseline, policy
        ({"baseline": "baseline: {store: 'branch:'}"}, "baseline.store: branch: needs a name (branch:mlgate-baselines)"),
        ({"baseline": "baseline: {store: 'gs://bucket/x'}"}, "baseline.store: gs: not supported by this version of mlgate (ref, branch:NAME, s3://BUCKET/PREFIX or a folder)"),
        ({"baseline": "baseline: {store: 's3://'}"}, "baseline.store: s3: needs a name (s3://my-bucket/mlgate)"),
        ({"policy": "policy: {deploy: {max_age: soon}}"}, "policy.deploy.max_age: expected a duration with its unit, such as 30d or 12h, got 'soon'"),
        # references
        ({"train": "train: {run: 'x ${env:TOKEN}'}"}, "train.run: ${env:…} is not replaced here (only in baseline.id_key, baseline.predictions, baseline.store, data.path, data.reference, data_diff.before, data_diff.path, deploy.known_inputs.path, drift.current, drift.reference, estimate.path, expect.cases.path, expect.cases.predictions, expect.importance.path, expect.loss.path, predictions.labels, predictions.path, rollout.key, rollout.router, rollout.source)"),
        ({"fairness": "fairness: {sensitive: {sex: {column: s, path: '${env:DIR}/s.csv', id: id}}}"}, "fairness.sensitive.sex.path: ${env:…} is not replaced here (only in baseline.id_key, baseline.predictions, baseline.store, data.path, data.reference, data_diff.before, data_diff.path, deploy.known_inputs.path, drift.current, drift.reference, estimate.path, expect.cases.path, expect.cases.predictions, expect.importance.path, expect.loss.path, predictions.labels, predictions.path, rollout.key, rollout.router, rollout.source)"),
        ({"evidence": "evidence: {import: [a.json, '${env:DIR}/b.json']}"}, "evidence.import.1: ${env:…} is not replaced here (only in baseline.id_key, baseline.predictions, baseline.store, data.path, data.reference, data_diff.before, data_diff.path, deploy.known_inputs.path, drift.current, drift.reference, estimate.path, expect.cases.path, expect.cases.predictions, expect.importance.path, expect.loss.path, predictions.labels, predictions.path, rollout.key, rollout.router, rollout.source)"),
        ({"baseline": "baseline: {store: '${env:1}/x'}"}, "baseline.store: expected ${env:NAME} (such as ${env:BUCKET})"),
        ({"baseline": "baseline: {store: '${env:AB'}"}, "baseline.store: expected ${env:NAME} (such as ${env:BUCKET})"),
    ],
)  # fmt: skip
def test_each_rule(told: Callable[..., list[str]], sections: dict[str, str], message: str) -> None:
    assert told(**sections) == [message]


@pytest.mark.parametrize(
    "sections",
    [
        {"metrics": "metrics: {rows: {ndcg: higher}}", "gates": "gates: {ndcg: {max_regression: 1}}"},
        {"metrics": "metrics: {custom: {profit: 'm:f'}, direction: {profit: higher}}", "gates": "gates: {profit: {max_regression: 2%}}"},
        {"metrics": "metrics: {custom: {profit: 'm:f'}}", "gates": "gates: {profit: {min: 100}}"},
        {"predictions": "metrics: {files: [m.json]}", "gates": "gates: {'m.json:val.f1': {min: 1}}"},
        {"predictions": "metrics: {files: [m.json]}", "gates": "gates: {acc: {min: 1}}", "task": ""},
        {"predictions": "metrics: {files: [m.json]}", "gates": "gates: {f1: {max_regression: 0.1}}", "task": "task: multiclass"},
        {"metrics": "metrics: {files: [m.json]}", "gates": "gates: {val.loss: {max: 1}}"},
        {"metrics": "metrics: {custom: {accuracy: 'm:f'}, direction: {accuracy: lower}}"},
        {"predictions": P + "score: {1: a, 2: b}}", "task": "task: multiclass"},
        {"predictions": P + "score: s, classes: [a, b, c]}", "task": "task: multiclass", "gates": "gates: {log_loss: {max_regression: 5%}}"},
        {"predictions": P + "score: s}"},
        {"gates": "gates: {neg_log_loss: {max_regression: 2%}}"},
        {"gates": "gates: {log_loss: {max_regression: 2, max: 3}}"},
        {"waivers": "waivers: [{gate: accuracy.max_regression_anchor, reason: x, until: 2027-01-31}]"},
        {"waivers": "waivers: [{gate: accuracy_score.max_regression, reason: x, until: 2027-01-31}]"},
        {"waivers": "waivers: [{gate: accuracy_score, reason: x, until: '2027-01-31'}]"},
        {"baseline": "baseline: {store: 'branch:b', id_key: '${env:KEY}', predictions: '${env:A}/${env:B}.csv'}"},
        {"baseline": "baseline: {store: ../baselines}"},
    ],
)  # fmt: skip
def test_what_is_right_is_accepted(
    given: Callable[..., config.Config], sections: dict[str, str]
) -> None:
    assert given(**sections).gates


@pytest.mark.parametrize(
    ("sections", "keys"),
    [
        ({"task": "task: binry", "gates": "gates: {mae: {max: 1}}"}, ["task"]),
        ({"predictions": P + "prediction: p, score: 3}", "gates": "gates: {auc: {min: 0.5}}"}, ["predictions.score"]),
        ({"metrics": "metrics: {rows: {ndcg: up}}", "gates": "gates: {ndcg: {min: 1}}"}, ["metrics.rows.ndcg"]),
        ({"gates": "gates: {accuracy: {min: x, max: 0.5}}", "waivers": "waivers: [{gate: accuracy.min, reason: x, until: 2027-01-31}]"}, ["gates.accuracy.min"]),
        ({"predictions": "predictions: 3"}, ["predictions"]),
        ({"predictions": "predictions: {path: p.csv, label: y, predictoin: p}"}, ["predictions.predictoin", "predictions"]),
    ],
)  # fmt: skip
def test_consequences_of_a_problem_are_not_told(
    told: Callable[..., list[str]], sections: dict[str, str], keys: list[str]
) -> None:
    assert sorted(line.split(": ")[0] for line in told(**sections)) == sorted(keys)
