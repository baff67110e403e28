"""All columns at once: whether a classifier can tell current from reference rows.

An ROC AUC of .5 on rows that it has not seen means that it cannot (Lopez-Paz & Oquab 2017,
Revisiting Classifier Two-Sample Tests). It sees what no column shows alone: a correlation that is gone.

Each half of the rows is scored by a model of the other half. Given its model, a half's AUC has
DeLong's variance; the two halves depend on one another, so that the mean of both intervals is
taken, which holds whatever the dependence of the two. Rows pooled over five folds do not allow DeLong's
variance: each model shares three quarters of its rows with every other, and .5 lay outside of the 90 %
interval in a fifth of the reports on data that had not moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlgate.checks.drift.evidence import Importance, Multivariate
from mlgate.errors import DataError
from mlgate.model.evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.checks.drift.evidence import ColumnDrift
    from mlgate.checks.drift.summary import DriftSide
    from mlgate.stats.estimate import Estimate

    Column = NDArray[np.float64]

ROWS: Final = 10_000
"""Rows of a side that are looked at, drawn at random where there are more."""
FEWEST: Final = 50
TOO_FEW: Final = "there are too few rows or groups, or no column to use"
FOLDS: Final = 2
LEVELS: Final = 200
"""The most frequent levels are kept; all others are one level."""
NAMED: Final = 10
SEED: Final = 0


def classify(
    reference: DriftSide,
    current: DriftSide,
    columns: Mapping[str, ColumnDrift],
    groups: NDArray[np.intp] | None,
    confidence: float,
) -> Multivariate | None:
    """Return the classifier's AUC with its interval, and the columns that it relies on.

    Parameters
    ----------
    groups
        Group of each row, reference rows first; a group is never in two folds.

    Returns
    -------
    Multivariate or None
        None with fewer than `FEWEST` rows a side, or without a column to use.

    Raises
    ------
    DataError
        Where scikit-learn is not installed.
    """
    _require_sklearn()
    import numpy as np
    from threadpoolctl import threadpool_limits

    names = [n for n, column in columns.items() if column.change is None and column.part == "feature" and all(column.n)]  # fmt: skip
    random = np.random.default_rng(SEED)
    picked = [_picked(side.table.rows, random) for side in (reference, current)]
    if not names or min(map(len, picked)) < FEWEST:
        return None
    features = np.column_stack([_feature(reference, current, n, columns[n], picked) for n in names])
    target = np.repeat([0, 1], [len(rows) for rows in picked])
    picked_groups = None
    if groups is not None:
        picked_groups = np.concatenate(
            [groups[picked[0]], groups[reference.table.rows + picked[1]]]
        )
        if len(np.unique(picked_groups)) < 2 * FOLDS:
            return None
    levels = [columns[name].kind in ("categorical", "boolean") for name in names]
    with threadpool_limits(1):  # for small tables threads cost more than they bring
        halves, drops = out_of_fold(features, target, levels, picked_groups, confidence)
    return _multivariate(halves, target, drops, names)


def measurement(classified: Multivariate | None) -> Measurement:
    """Return the measurement that gates call `drift.auc`."""
    return Measurement(
        title="the AUC of distinguishing current from reference rows",
        value=None if classified is None else classified.auc,
        interval=(None, None) if classified is None else classified.interval,
        n=None if classified is None else sum(classified.rows),
        method="domain classifier, DeLong",
        insufficient=TOO_FEW if classified is None else None,
        unit="share",
        direction="lower",
    )


def _require_sklearn() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        msg = "drift.multivariate needs the package scikit-learn"
        raise DataError(msg, hint='pip install "mlgate[multivariate]"') from None


def _picked(rows: int, random: np.random.Generator) -> NDArray[np.intp]:
    import numpy as np

    if rows <= ROWS:
        return np.arange(rows)
    picked: NDArray[np.intp] = np.sort(random.choice(rows, ROWS, replace=False))
    return picked


def _feature(
    reference: DriftSide,
    current: DriftSide,
    name: str,
    column: ColumnDrift,
    picked: Sequence[NDArray[np.intp]],
) -> Column:
    """Return one column as numbers: levels as codes by frequency, of text the length."""
    import numpy as np

    sides = (reference, current)
    if column.kind in ("numeric", "datetime"):
        parts = [side.table.numbers(name)[rows] for side, rows in zip(sides, picked, strict=True)]
        whole = np.concatenate(parts)
        whole[np.isinf(whole)] = np.sign(whole[np.isinf(whole)]) * 1e300
        return whole
    if column.kind == "text":
        return np.concatenate(
            [s.table.texts(name)[0][r] for s, r in zip(sides, picked, strict=True)]
        )
    coded = [side.table.coded(name) for side in sides]
    texts = [
        [values.levels[code] if code >= 0 else None for code in values.codes[rows].tolist()]
        for values, rows in zip(coded, picked, strict=True)
    ]
    flat = [*texts[0], *texts[1]]
    counted: dict[str, int] = {}
    for level in flat:
        if level is not None:
            counted[level] = counted.get(level, 0) + 1
    common = sorted(counted, key=lambda level: (-counted[level], level))[:LEVELS]
    place = {level: float(code) for code, level in enumerate(common)}
    rest = float(len(common))
    return np.array([np.nan if level is None else place.get(level, rest) for level in flat])


def out_of_fold(
    features: Any, target: Any, levels: list[bool], groups: Any, confidence: float
) -> tuple[list[Estimate], Column]:
    """Return the AUC on each half by a model of the other, and its mean drop without each column."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    from mlgate.stats import auc

    options = {"n_splits": FOLDS, "shuffle": True, "random_state": SEED}
    folds = (StratifiedKFold if groups is None else StratifiedGroupKFold)(**options)
    halves, drops = list[Any](), np.zeros(features.shape[1])
    random = np.random.default_rng(SEED)
    for train, test in folds.split(features, target, groups):
        model = HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=15, random_state=SEED, categorical_features=levels
        )
        model.fit(features[train], target[train])
        area = auc.roc_auc(target[test] == 1, model.predict_proba(features[test])[:, 1])
        clusters = None if groups is None else groups[test]
        halves.append(auc.interval(area, confidence=confidence, clusters=clusters))
        for index in range(features.shape[1]):
            mixed = features[test].copy()
            mixed[:, index] = random.permutation(mixed[:, index])
            without = roc_auc_score(target[test], model.predict_proba(mixed)[:, 1])
            drops[index] += halves[-1].value - without
    return halves, drops / FOLDS


def _multivariate(
    halves: Sequence[Estimate], target: Any, drops: Column, names: Sequence[str]
) -> Multivariate:
    import numpy as np

    order = sorted(range(len(names)), key=lambda i: (-drops[i], names[i]))
    strong = [i for i in order[:NAMED] if drops[i] > 0]
    ends = np.array([(half.value, *half.interval) for half in halves], dtype=np.float64)
    value, lower, upper = ends.mean(axis=0).tolist()
    return Multivariate(
        auc=value,
        interval=(lower, upper),
        rows=(int((target == 0).sum()), int((target == 1).sum())),
        columns=tuple(Importance(column=names[i], auc_drop=float(drops[i])) for i in strong),
    )
