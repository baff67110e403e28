"""Pairing: the rows that candidate and baseline both have, matched by id, never by order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from mlgate.errors import DataError
from mlgate.inputs import labels, row_columns, row_ids, row_labels, row_numbers
from mlgate.inputs.baseline_rows import labels_digest
from mlgate.inputs.label_bounds import Confusion, changed_at_least
from mlgate.inputs.row_columns import MatchedRows
from mlgate.model.base import digest
from mlgate.model.evidence import RowCounts
from mlgate.model.project import DOCS
from mlgate.model.rows import JudgedColumn, PairedRows, Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mlgate.inputs.baseline_rows import BaselineRows
    from mlgate.inputs.label_bounds import Then
    from mlgate.inputs.predictions import Candidate
    from mlgate.inputs.sample_errors import Handling

    _Recovered = Callable[[], tuple[NDArray[Any], int]]
    """Returns the baseline's labels, and how many classes there are among them."""

Sides = tuple[str, str]
"""How messages call the candidate and what it is compared with."""
_COMMITS: Final[Sides] = ("this commit", "the baseline")
MOST_TRIES: Final = 20_000_000
"""Labels that are tried to recover others, where only their agreement is asked for."""
ANOTHER: Final = "(a label of neither side today)"
"""Calls the class of labels that today's classes lack."""


_ANNOUNCED: Final = f"; a new test set is announced first ({DOCS}/changing.md)"


class IncomparableError(DataError):
    """Both sides are sound, but of different tasks or labels."""


def pair(
    candidate: Candidate,
    baseline: BaselineRows,
    *,
    key: bytes,
    then: Then | None = None,
) -> PairedRows:
    """Match this commit's predictions with the rows that a baseline keeps.

    Parameters
    ----------
    candidate
        Predictions with ids.
    key
        What hashed the baseline's ids; see `baseline_rows.key_of`.
    then
        From the baseline's evidence: where its rows hold no labels' hashes, this bounds the
        number of labels that have changed since.

    Returns
    -------
    PairedRows
        In the candidate's order; both sides with the candidate's labels and one set of classes.

    Raises
    ------
    DataError
        When the two have no row in common, or are of different tasks or classes.
    """
    _same_task(candidate.rows.task, baseline.meta.task, _COMMITS)
    if baseline.meta.form == 1:
        candidate = candidate.former or candidate
    hashes = candidate.hashes(key)
    ours, theirs = row_ids.match(hashes, baseline.hashes)
    _require_overlap(candidate, len(baseline), len(ours), _COMMITS, _ANNOUNCED)
    common = candidate.rows.take(ours).without_single_fits()
    left, right = _unify(common, _as_rows(baseline).take(theirs), _COMMITS)
    right = right.with_facts_of(left)
    missing = len(baseline) - len(ours)
    counts = RowCounts(
        paired=len(ours),
        added=len(candidate.rows) - len(ours),
        missing=missing,
        repeated=_repeated(candidate, ours),
    )
    if left.unlabelled is not None and baseline.labels is None:
        msg = "the baseline is of a version that does not keep which rows had a label"
        raise DataError(msg, hint="save a new baseline of main")
    kept = relabelled = None
    if baseline.labels is not None:
        today = candidate.rows.classes
        kept = _Hashed(baseline, key, hashes[ours], baseline.labels[theirs], today)
        relabelled = kept.changed(left) if candidate.columns.by_label else None
    matched = MatchedRows(hashes[ours], ours, theirs, relabelled)
    counts = _with_judges(
        counts.model_copy(update=_columns(candidate, baseline, matched, key)), left, right
    )
    pairing = _Pairing(candidate, left, right, ours, counts)
    if kept is not None:
        return without_failed(pairing.with_labels(kept), candidate.errors)
    if missing == 0 and labels_digest(left, hashes[ours], key) == baseline.meta.labels_digest:
        counts = counts.model_copy(update={"relabelled": 0})
        return PairedRows(left, right, counts, ours)
    changed = changed_at_least(right, missing, then)
    if missing == 0:
        changed = max(1, changed or 0)
    update = {"relabelled": changed, "relabelled_exact": False, "ids": pairing.ids_by(then)}
    return PairedRows(left, right, counts.model_copy(update=update), ours)


def pair_candidates(new: Candidate, old: Candidate, sides: Sides = _COMMITS) -> PairedRows:
    """Match two files of predictions with ids; labels that differ are counted exactly.

    Parameters
    ----------
    sides
        How messages call `new` and `old`.

    Raises
    ------
    DataError
        As `pair`.
    """
    _same_task(new.rows.task, old.rows.task, sides)
    assert new.ids is not None
    assert old.ids is not None
    ours, theirs = row_ids.match_texts(new.ids, old.ids)
    _require_overlap(new, len(old.rows), len(ours), sides)
    common = new.rows.take(ours).without_single_fits()
    left, right = _unify(common, old.rows.take(theirs), sides)
    kept = _Plain(right.y_true, new.rows.classes, right.unlabelled)
    counts = RowCounts(
        paired=len(ours),
        added=len(new.rows) - len(ours),
        missing=len(old.rows) - len(ours),
        repeated=_repeated(new, ours),
    )
    counts = _with_judges(counts, left, right)
    paired = _Pairing(new, left, right.with_facts_of(left), ours, counts)
    return without_failed(paired.with_labels(kept), new.errors, sides)


def _with_judges(counts: RowCounts, left: Rows, right: Rows) -> RowCounts:
    """Count the rows that another judge scored, and those that only the baseline has a human label of.

    Where humans label rows of both sides, each is corrected by its own, and judges may differ.
    """
    import numpy as np

    columns, unjudged = dict(counts.columns), 0
    for name, today in left.judged.items():
        before = right.judged.get(name)
        if before is None:
            continue
        if today.human is None:
            others = _of_other_judges(today, before)
            columns |= {f"{name} (judge)": others} if others else {}
        elif before.human is not None:
            lost = np.isnan(today.human) & ~np.isnan(before.human)
            lost &= True if left.failed is None else ~left.failed  # these count as wrong
            unjudged = max(unjudged, int(lost.sum()))
    return counts.model_copy(update={"columns": columns, "unjudged": unjudged})


def _of_other_judges(today: JudgedColumn, before: JudgedColumn) -> int:
    """Count the rows of judges that the baseline does not name; all where it names more."""
    import numpy as np

    if today.judges is None or not before.names or today.names == before.names:
        return 0
    new = [code for code, name in enumerate(today.judges.levels) if name not in before.names]
    return int(np.isin(today.judges.codes, new).sum()) or len(today.judges.codes)


def _repeated(candidate: Candidate, paired: NDArray[np.intp]) -> int:
    """Count the added rows of ids that are paired, where only their order numbers repetitions."""
    import numpy as np

    items = candidate.rows.item
    if not candidate.numbered or items is None:
        return 0
    return int(np.isin(np.delete(items, paired), items[paired]).sum())


def without_failed(
    paired: PairedRows, handling: Handling | None, sides: Sides = _COMMITS
) -> PairedRows:
    """Count the samples that failed; leave out those of the baseline, unless they count as wrong.

    A row that failed at the candidate alone stays: it counts as wrong, so that nothing that a
    change makes fail helps it.

    Raises
    ------
    IncomparableError
        When no row is left.
    """
    import numpy as np

    ours, theirs = paired.candidate.failed, paired.baseline.failed
    if ours is None and theirs is None:
        return paired
    failed = [0 if side is None else int(side.sum()) for side in (ours, theirs)]
    counts = paired.counts.model_copy(update={"failed": failed[0], "baseline_failed": failed[1]})
    if theirs is None or not failed[1] or handling == "wrong":
        return replace(paired, counts=counts)
    rows = np.flatnonzero(~theirs)
    if not len(rows):
        msg = f"all {counts.paired:,} samples failed at {sides[1]}"
        raise IncomparableError(msg, hint="run the evaluation there again, and save its baseline")
    index = None if paired.index is None else paired.index[rows]
    return PairedRows(paired.candidate.take(rows), paired.baseline.take(rows), counts, index)


def _columns(
    candidate: Candidate, baseline: BaselineRows, rows: MatchedRows, key: bytes
) -> dict[str, Any]:
    """Return the fields of `RowCounts` on columns beside the label."""
    if baseline.columns is None:
        new = tuple(candidate.columns.reads)
        return {"new_columns": new, "columns_known": not new}
    counts, new = row_columns.changes(candidate.columns, baseline.columns, rows, key)
    return {"columns": counts, "new_columns": new}


class _Kept(Protocol):
    """The labels that a baseline was measured with, in one form or other."""

    def changed(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which of the paired rows have another label today, one of them or none."""

    def unlabelled(self, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the changed rows had no label."""

    def labels(self, left: Rows, right: Rows, changed: NDArray[np.bool_]) -> tuple[Any, int]:
        """Return the baseline's labels, and how many classes there are among them."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """Labels of a file at hand; `today` are the candidate's classes."""

    y_true: NDArray[Any]
    today: tuple[str, ...]
    lacking: NDArray[np.bool_] | None = None

    def changed(self, rows: Rows) -> NDArray[np.bool_]:
        import numpy as np

        differs: NDArray[np.bool_] = rows.y_true != self.y_true
        if rows.unlabelled is None and self.lacking is None:
            return differs
        left, right = (
            np.zeros_like(differs) if lacking is None else lacking
            for lacking in (rows.unlabelled, self.lacking)
        )
        changed: NDArray[np.bool_] = (left != right) | (differs & ~left)
        return changed

    def unlabelled(self, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return changed & (False if self.lacking is None else self.lacking)

    def labels(self, left: Rows, right: Rows, changed: NDArray[np.bool_]) -> tuple[Any, int]:  # noqa: ARG002
        import numpy as np

        if not left.classes:
            return self.y_true, 0
        lacking = ~np.isin(self.y_true, [left.classes.index(name) for name in self.today])
        labels = np.where(lacking, len(left.classes), self.y_true).astype(self.y_true.dtype)
        return labels, len(left.classes) + int(lacking.any())


@dataclass(frozen=True, slots=True)
class _Hashed:
    """Hashes of labels, with those of the rows' ids; `today` are the candidate's classes."""

    baseline: BaselineRows
    key: bytes
    ids: NDArray[np.uint64]
    kept: NDArray[np.uint32]
    today: tuple[str, ...]

    def changed(self, rows: Rows) -> NDArray[np.bool_]:
        step, apart = self.baseline.meta.label_step, self.baseline.meta.zeros
        differs: NDArray[np.bool_] = row_labels.changed(
            rows, self.ids, self.kept, self.key, step, apart=apart
        )
        return differs

    def unlabelled(self, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        import numpy as np

        if self.baseline.meta.label_step is not None:
            return np.zeros_like(changed)
        return row_labels.without_label(changed, self.ids, self.kept, self.key)

    def labels(self, left: Rows, right: Rows, changed: NDArray[np.bool_]) -> tuple[Any, int]:
        """Recover classes by their hashes; a number that is not known is the worst that there is."""
        import numpy as np

        labels = left.y_true.copy()
        at = np.flatnonzero(changed)
        if not left.classes:
            labels[at] = worst_labels(left, right, changed)[at]
            return labels, 0
        codes = row_labels.recover(labels[at], self.today, self.ids[at], self.kept[at], self.key)
        place = [*map(left.classes.index, self.today), len(left.classes)]
        labels[at] = np.array(place, dtype=labels.dtype)[codes]
        return labels, len(left.classes) + int((codes == len(self.today)).any())


def label_order(ids: NDArray[Any], left: Rows, right: Rows) -> NDArray[np.intp]:
    """Return a random order of the rows, shape (n,), in which labels are asked for.

    It is a hash of the ids, keyed with what both models predict: it stays as labels arrive, and
    nobody can choose which rows come first without changing a model.
    """
    if left.positive is None:
        names = [[side.classes[code] for code in side.y_pred] for side in (left, right)]
    else:
        names = [
            (side.y_pred == side.positive).astype(int).astype(str).tolist()
            for side in (left, right)
        ]
    seen = sorted(zip(ids.tolist(), *names, strict=True))
    return row_ids.order(row_ids.hash_ids(ids, digest(seen).encode()))


def worst_labels(left: Rows, right: Rows, changed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the labels that are worst for the candidate, where only a hash of them is known.

    The end of the other labels' range on the far side of the baseline's prediction: no label
    in between makes a larger absolute or squared error of the candidate's beside the baseline's.
    """
    import numpy as np

    kept = left.y_true[~changed] if not changed.all() else left.y_true
    above = left.y_pred > right.y_pred
    lowest = np.minimum(kept.min(), right.y_pred)
    highest = np.maximum(kept.max(), right.y_pred)
    labels: NDArray[np.float64] = np.where(above, lowest, highest)
    return labels


@dataclass(frozen=True, slots=True)
class _Pairing:
    """Rows that are matched, before their labels are compared."""

    candidate: Candidate
    left: Rows
    right: Rows
    ours: NDArray[np.intp]
    counts: RowCounts

    def with_labels(self, kept: _Kept) -> PairedRows:
        """Count the labels that differ, and find what they were.

        A label that arrived is no change. A row whose label is gone counts as missing; among the
        baseline's labels it has the one that it had.
        """
        changed = kept.changed(self.left)
        arrived = kept.unlabelled(changed)
        changed = changed & ~arrived
        lacking = self.left.unlabelled
        emptied = changed & (False if lacking is None else lacking)
        lost, count = int(emptied.sum()), int(changed.sum())
        counts = self.counts.model_copy(
            update={
                "relabelled": count - lost,
                "unlabelled": lost,
                "missing": self.counts.missing + lost,
                "paired": self.counts.paired - lost,
            }
        )
        if not count:
            return PairedRows(self.left, self.right, counts, self.ours, order=self._order)
        labels = cache(partial(kept.labels, self.left, self.right, changed))
        if count > lost:
            compared = ~arrived if lacking is None else ~arrived & ~lacking
            reading = self._ids(changed, labels, compared)
            counts = counts.model_copy(update={"ids": reading})
        earlier = partial(self._earlier, labels, counts, emptied)
        return PairedRows(self.left, self.right, counts, self.ours, earlier, self._order)

    def _earlier(
        self, recovered: _Recovered, counts: RowCounts, emptied: NDArray[np.bool_]
    ) -> PairedRows:
        labels, classes = recovered()
        left, right = self.left, self.right
        if classes > len(left.classes):
            left, right = (_with_another_class(side) for side in (left, right))
        lacking = None if left.unlabelled is None else left.unlabelled & ~emptied
        left = replace(left, y_true=labels, unlabelled=lacking)
        return PairedRows(left, right.with_facts_of(left), counts, self.ours, order=self._order)

    def _order(self) -> NDArray[np.intp]:
        return label_order(self._ids_of_rows(), self.left, self.right)

    def _ids(
        self,
        changed: NDArray[np.bool_],
        recovered: _Recovered,
        compared: NDArray[np.bool_],
    ) -> row_numbers.Reading:
        """Read from the labels whether ids that both sides have name the same rows.

        Parameters
        ----------
        compared
            The rows that have a label on both sides.
        """
        left, right = self.left, self.right
        if not left.classes and _still_fits(left, right):
            return "same"
        order = row_numbers.id_order(self._ids_of_rows())
        order = order[compared[order]]
        if not left.classes or changed.sum() * len(left.classes) > MOST_TRIES:
            measure = partial(row_numbers.of_equal, ~changed, left.y_true)
        else:
            measure = partial(row_numbers.of_codes, recovered()[0], left.y_true)
        return self._sharper(row_numbers.read(order, measure), order, measure)

    def ids_by(self, then: Then | None) -> row_numbers.Reading:
        """Read it from the baseline's predictions, where no label of its own is known."""
        if not isinstance(then, Confusion):
            return "unknown"
        right = self.right
        scale = then.agreement()
        order = row_numbers.id_order(self._ids_of_rows())
        measure = partial(row_numbers.of_codes, right.y_pred, right.y_true)
        return row_numbers.read(order, measure, scale)

    def _sharper(
        self, reading: row_numbers.Reading, order: NDArray[np.intp], measure: row_numbers.Measure
    ) -> row_numbers.Reading:
        """Look at the last block of ids that count rows, where one side has more rows than the other."""
        counts, ids = self.counts, self.candidate.ids
        if reading == "row_numbers" or ids is None or bool(counts.added) == bool(counts.missing):
            return reading
        counted = row_numbers.consecutive(ids) and row_numbers.consecutive(self._ids_of_rows())
        return "row_numbers" if counted and row_numbers.last_block(order, measure) else reading

    def _ids_of_rows(self) -> NDArray[Any]:
        assert self.candidate.ids is not None
        rows: NDArray[Any] = self.candidate.ids[self.ours]
        return rows


def _still_fits(left: Rows, right: Rows) -> bool:
    """Whether the baseline's predictions follow today's numbers about as the candidate's do."""
    theirs = row_numbers.rank_correlation(right.y_pred, left.y_true)
    ours = row_numbers.rank_correlation(left.y_pred, left.y_true)
    return theirs > 0 and theirs >= row_numbers.DOUBTFUL * ours


def _with_another_class(rows: Rows) -> Rows:
    """Add a class that no side predicts: a label of it is wrong for both."""
    import numpy as np

    score = rows.score
    if score is not None and score.ndim > 1:
        score = np.column_stack([score, np.zeros(len(rows))])
    return replace(rows, classes=(*rows.classes, ANOTHER), score=score)


def _as_rows(baseline: BaselineRows) -> Rows:
    """Return kept rows without labels: predictions stand in until those of the candidate do."""
    meta = baseline.meta
    return Rows(
        meta.task,
        baseline.prediction,
        baseline.prediction,
        baseline.score,
        meta.classes,
        meta.positive,
        baseline.values,
        failed=baseline.failed,
        judged={
            name: JudgedColumn(baseline.human.get(name), meta.judges.get(name, ()))
            for name in baseline.human.keys() | meta.judges.keys()
        },
    )


def _same_task(ours: str, theirs: str, sides: Sides) -> None:
    if ours != theirs:
        msg = f"the predictions of {sides[0]} are {ours}, those of {sides[1]} {theirs}"
        raise IncomparableError(msg, hint="save a new baseline after the change of task")


def _require_overlap(
    candidate: Candidate, others: int, paired: int, sides: Sides, announced: str = ""
) -> None:
    if paired:
        return
    assert candidate.ids is not None
    examples = row_ids.examples(candidate.ids, candidate.id_columns)
    msg = (
        f"none of the {len(candidate.rows):,} rows of {sides[0]} is among the {others:,} of "
        f"{sides[1]}: their ids do not overlap ({sides[0]}: {examples}, …)"
    )
    hint = (
        "ids must name the same test rows in every run: no row number, and no hash of features that a "
        f"change may touch{announced}"
    )
    raise DataError(msg, hint=hint)


def _unify(left: Rows, right: Rows, sides: Sides) -> tuple[Rows, Rows]:
    """Code both sides with the classes of either, and one positive class."""
    if (left.classes, left.positive) == (right.classes, right.positive):
        return left, right
    apart = labels.spelled_apart(left.classes, right.classes)
    if apart:
        msg = (
            f"{sides[0]} writes the label {apart[0]!r} and {sides[1]} {apart[1]!r}: one has numbers,"
            " the other text"
        )
        hint = "write labels in one form in every run, or save a new baseline after the change"
        raise IncomparableError(msg, hint=hint)
    classes = labels.ordered((*left.classes, *right.classes))
    if left.task != "binary":
        return labels.recoded(left, classes), labels.recoded(right, classes)
    if len(classes) > 2:
        ours, theirs = " and ".join(left.classes), " and ".join(right.classes)
        msg = f"the labels of {sides[0]} are {ours}, those of {sides[1]} {theirs}"
        raise IncomparableError(msg, hint="save a new baseline after the change of labels")
    # the other class is positive there: its score is that of the other class
    score = None if right.score is None else 1 - right.score
    return left, replace(right, positive=left.positive, score=score)
