"""`estimate`: how good the model is expected to be on rows without labels.

Labelled rows say how often a score is right; rows without labels have scores too. A regression
has none: there a model of the loss, fitted to one half of the labelled rows, takes its place,
and the other half calibrates it. `stats.expected` has the formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.estimate.evidence import AUDIT, EstimateEvidence
from mlgate.checks.estimate.section import EstimateSection
from mlgate.config import describe_place
from mlgate.errors import DataError
from mlgate.metrics import METRICS
from mlgate.model.base import Frozen
from mlgate.model.evidence import Measurement, Note
from mlgate.text.lists import first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.config import Config
    from mlgate.model.inputs import Inputs
    from mlgate.model.rows import Rows
    from mlgate.model.table import ColumnTable
    from mlgate.stats.expected import Expected

    Column = NDArray[np.float64]
    Metric = Callable[[Column], float]

SUMMARY: Final = "How good the model is expected to be on rows without labels; only a warning."
FEWEST: Final = 100
"""With fewer labelled or unlabelled rows than this, nothing is estimated."""
SEED: Final = 0
LEVELS: Final = 200
"""The most frequent levels of a feature are kept; all others are one level."""


class EstimateParams(Frozen):
    """Everything that `estimate` depends on beside its inputs."""

    path: str
    labelled: str
    label: str
    prediction: str | None = None
    score: str | dict[str, str] | None = None
    threshold: float = 0.5
    features: tuple[str, ...] = ()
    confidence: float = 0.95


def params(config: Config) -> EstimateParams | None:
    """Return what a configuration asks for; None without an `estimate` section."""
    estimate = config.section(EstimateSection)
    if estimate is None or config.predictions is None:
        return None
    predictions = config.predictions
    assert predictions.label is not None, "only scores have none, and these are not estimated"
    return EstimateParams(
        path=estimate.path,
        labelled=predictions.path,
        label=predictions.label,
        prediction=predictions.prediction,
        score=predictions.score,
        threshold=predictions.threshold,
        features=estimate.features,
        confidence=config.policy.confidence,
    )


def run(inputs: Inputs, params: EstimateParams) -> EstimateEvidence:
    """Estimate.

    Raises
    ------
    DataError
        Where a column is missing, or holds no numbers where scores should be.
    """
    rows, table = inputs.candidate(), inputs.table(params.path, "estimate.path")
    assert rows is not None
    few = min(len(rows), table.rows) < FEWEST
    outside, expectations = 0.0, dict[str, "Expected | None"]()
    if not few:
        if rows.task == "regression":
            outside, expectations = _regression(
                inputs.table(params.labelled, "predictions.path"), table, params
            )
        else:
            outside, expectations = _classes(rows, table, params)
    why = f"fewer than {FEWEST} rows with labels, or without" if few else None
    names = expectations or dict.fromkeys(_names(rows.task))
    accuracy = expectations.get("accuracy")
    return EstimateEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics={
            name: _measurement(name, expectation, table.rows, why)
            for name, expectation in names.items()
        },
        notes=(*inputs.notes, *_notes(params, outside)),
        path=describe_place(params.path),
        n=(len(rows), table.rows),
        outside=outside,
        audit=None if accuracy is None else _audit(accuracy.value, params.confidence),
    )


def _names(task: str) -> tuple[str, ...]:
    from mlgate.checks.estimate.section import ESTIMATED

    return ESTIMATED[task]


def _measurement(name: str, expectation: Expected | None, n: int, why: str | None) -> Measurement:
    spec = METRICS[name]
    return Measurement(
        title=f"the expected {spec.title}",
        value=None if expectation is None else expectation.value,
        interval=(None, None) if expectation is None else expectation.interval,
        n=n,
        method="estimated without labels",
        unit=spec.unit,
        direction=spec.direction,
        insufficient=why,
    )


def _notes(params: EstimateParams, outside: float) -> tuple[Note, ...]:
    text = (
        f"The estimate for {describe_place(params.path)} uses no labels: it reflects a shift of the data, but not "
        "that the same inputs now have other labels."
    )
    notes = [Note(level="info", text=text)]
    if outside > 0.01:
        text = (
            f"{outside:.1%} of the rows in {describe_place(params.path)} have scores outside the range of the labelled"
            " rows: the estimate extrapolates from the nearest ones."
        )
        notes.append(Note(level="warning", text=text))
    return tuple(notes)


def _audit(accuracy: float, confidence: float) -> float:
    from mlgate.stats.estimate import normal_quantile

    width: float = normal_quantile(confidence) * (accuracy * (1 - accuracy) / AUDIT) ** 0.5
    return width


# Classification: the score is the model's own.


def _classes(
    rows: Rows, table: ColumnTable, params: EstimateParams
) -> tuple[float, dict[str, Expected | None]]:
    from mlgate.stats import expected

    if rows.task == "multiclass":
        sure, right = _top(rows)
        calibration = expected.ScoreCalibration.of(sure, right)
        scores = _chosen(rows, table, params)
        expectation = expected.mean(calibration, scores, params.confidence)
        return calibration.outside(scores), {"accuracy": expectation}
    assert rows.score is not None
    assert isinstance(params.score, str)
    outcome = (rows.y_true == rows.positive) * 1.0
    calibration = expected.ScoreCalibration.of(rows.score, outcome, _cut(rows))
    scores = _scores(table, params.score)
    positive = _positive(rows, table, scores, params)
    return calibration.outside(scores), {
        name: expected.confusion(calibration, scores, positive, metric, params.confidence)
        for name, metric in _METRICS.items()
    }


def _cut(rows: Rows) -> float | None:
    """Return the largest score of a negative prediction; None where scores do not decide."""
    assert rows.score is not None
    positive = rows.y_pred == rows.positive
    if positive.all() or not positive.any():
        return None
    cut = float(rows.score[~positive].max())
    return cut if cut < rows.score[positive].min() else None


def _top(rows: Rows) -> tuple[Column, Column]:
    """Return the probability of each predicted class, and whether it is right."""
    import numpy as np

    assert rows.score is not None
    sure: Column = rows.score[np.arange(len(rows)), rows.y_pred]
    return sure, (rows.y_true == rows.y_pred).astype(np.float64)


def _chosen(rows: Rows, table: ColumnTable, params: EstimateParams) -> Column:
    """Return the probability of the predicted class of each row without a label."""
    import numpy as np

    assert isinstance(params.score, dict)
    scores = np.column_stack([_scores(table, params.score[name]) for name in rows.classes])
    if params.prediction is None:
        best: Column = scores.max(axis=1)
        return best
    coded = _require(table, params.prediction).coded(params.prediction)
    places = {name: place for place, name in enumerate(rows.classes)}
    unknown = sorted(level for level in coded.levels if level not in places)
    if unknown or (coded.codes < 0).any():
        what = f"the class {unknown[0]!r}, which no label has" if unknown else "missing predictions"
        raise DataError(f"estimate.path: {table.name}: column {params.prediction!r} has {what}")
    of_level = np.array([places[level] for level in coded.levels])
    chosen: Column = scores[np.arange(table.rows), of_level[coded.codes]]
    return chosen


def _positive(
    rows: Rows, table: ColumnTable, scores: Column, params: EstimateParams
) -> NDArray[np.bool_]:
    import numpy as np

    if params.prediction is None:
        return scores >= params.threshold
    assert rows.positive is not None
    coded = _require(table, params.prediction).coded(params.prediction)
    if (coded.codes < 0).any():
        msg = f"estimate.path: {table.name}: column {params.prediction!r} has missing predictions"
        raise DataError(msg)
    yes = np.array([level == rows.classes[rows.positive] for level in coded.levels])
    positive: NDArray[np.bool_] = yes[coded.codes]
    return positive


def _scores(table: ColumnTable, column: str) -> Column:
    """Return a column of probabilities."""
    scores = _numbers(table, column)
    if scores.min() < 0 or scores.max() > 1:
        msg = f"estimate.path: {table.name}: column {column!r} has scores outside 0 to 1"
        raise DataError(msg, hint="they are probabilities, as in predictions.score")
    return scores


_METRICS: Final[dict[str, Metric]] = {
    "accuracy": lambda s: s[0] + s[3],
    "balanced_accuracy": lambda s: (_rate(s[0], s[2]) + _rate(s[3], s[1])) / 2,
    "precision": lambda s: _rate(s[0], s[1]),
    "recall": lambda s: _rate(s[0], s[2]),
    "f1": lambda s: _rate(2 * s[0], s[1] + s[2]),
}
"""Metrics of (tp, fp, fn, tn)."""


def _rate(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest > 1e-9 else float("nan")


# Regression: a model of the loss takes the score's place.


def _regression(
    labelled: ColumnTable, table: ColumnTable, params: EstimateParams
) -> tuple[float, dict[str, Expected | None]]:
    import numpy as np

    from mlgate.stats import expected
    from mlgate.stats.row_hashes import content_order

    assert params.prediction is not None
    error = np.abs(_numbers(labelled, params.prediction) - _numbers(labelled, params.label))
    labelled_features, features = _features(labelled, table, params)
    # Halves by what rows hold, so that their order in the file changes nothing.
    order = content_order([error, *np.nan_to_num(labelled_features).T])
    labelled_features, error = labelled_features[order], error[order]
    expectations: dict[str, Expected | None] = {}
    outside = 0.0
    for name, loss in (("mae", error), ("rmse", error * error)):
        model = _fit(labelled_features[::2], loss[::2])
        scores = model(features)
        held = expected.ScoreCalibration.of(model(labelled_features[1::2]), loss[1::2])
        expectations[name] = expected.mean(held, scores, params.confidence, root=name == "rmse")
        outside = max(outside, held.outside(scores))
    return outside, expectations


def _fit(features: Column, loss: Column) -> Callable[[Column], Column]:
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        msg = "estimate needs the package scikit-learn for regressions"
        raise DataError(msg, hint='pip install "mlgate[multivariate]"') from None
    from threadpoolctl import threadpool_limits

    # A model that follows noise calls rows extreme that are not, and where such rows become more
    # frequent the calibration no longer holds: so few leaves, of many rows each.
    model: Any = HistGradientBoostingRegressor(
        max_iter=60, max_leaf_nodes=4, min_samples_leaf=100, random_state=SEED
    )
    with threadpool_limits(1):  # for small tables threads cost more than they bring
        model.fit(features, loss)

    def predict(rows: Column) -> Column:
        with threadpool_limits(1):
            predicted: Column = model.predict(rows)
        return predicted

    return predict


def _features(
    labelled: ColumnTable, table: ColumnTable, params: EstimateParams
) -> tuple[Column, Column]:
    import numpy as np

    assert params.prediction is not None
    columns = [tuple(_numbers(side, params.prediction) for side in (labelled, table))]
    columns += [_feature(labelled, table, name) for name in params.features]
    first, second = (np.column_stack([pair[side] for pair in columns]) for side in (0, 1))
    return first, second


def _feature(labelled: ColumnTable, table: ColumnTable, name: str) -> tuple[Column, Column]:
    """Return a feature of both tables as numbers: levels by how large the labelled table's are."""
    import numpy as np

    sides = [_require(side, name) for side in (labelled, table)]
    if all(side.kinds[name] in ("integer", "float", "boolean", "datetime") for side in sides):
        first, second = (np.clip(side.numbers(name), -1e300, 1e300) for side in sides)
        return first, second
    calibrating, unlabelled = (side.coded(name) for side in sides)
    counts = np.bincount(
        calibrating.codes[calibrating.codes >= 0], minlength=len(calibrating.levels)
    )
    order = sorted(
        range(len(calibrating.levels)), key=lambda i: (-counts[i], calibrating.levels[i])
    )
    place = {calibrating.levels[i]: float(rank) for rank, i in enumerate(order[:LEVELS])}
    first, second = (_placed(side.levels, side.codes, place) for side in (calibrating, unlabelled))
    return first, second


def _placed(levels: Any, codes: NDArray[np.int32], place: Mapping[str, float]) -> Column:
    import numpy as np

    return np.array([*(place.get(level, float(LEVELS)) for level in levels), np.nan])[codes]


def _numbers(table: ColumnTable, column: str) -> Column:
    """Return a column of finite numbers."""
    import numpy as np

    if _require(table, column).kinds[column] not in ("integer", "float", "boolean"):
        msg = f"estimate: {table.name}: column {column!r} holds {table.kinds[column]}, no numbers"
        raise DataError(msg)
    numbers = table.numbers(column)
    bad = int((~np.isfinite(numbers)).sum())
    if bad:
        msg = f"estimate: {table.name}: column {column!r} has {bad:,} missing or infinite values"
        raise DataError(msg, hint="leave rows without a prediction out")
    return numbers


def _require(table: ColumnTable, column: str) -> ColumnTable:
    if column not in table.kinds:
        listed = first_of(table.kinds, 10)
        unquoted = f"estimate: {table.name} has no column {column!r}"
        raise DataError(f"{unquoted}; it has {listed}", unquoted=unquoted)
    return table
