"""`data`: whether the data that the model is about to see are what they should be.

Rules of `data.rules` are counted row by row; the schema is compared with the one that is kept,
or with the reference; and common mistakes are looked for whether or not a rule
asks for them. All of it is about exactly these rows: nothing is estimated, so intervals have no width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlgate.checks.data.evidence import ColumnFacts, DataEvidence
from mlgate.checks.data.section import DataSection, RuleSection, named
from mlgate.config import describe_place, leads_out
from mlgate.model.base import Frozen
from mlgate.model.evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlgate.config import Config
    from mlgate.model.data_rules import DataRuleResult
    from mlgate.model.inputs import Inputs
    from mlgate.model.table import ColumnTable

SCHEMA: Final = "schema"
"""The rule that compares the columns with those that there should be."""
SUMMARY: Final = "Whether the data are what they should be: schema, rules, leakage and oddities."


class DataParams(Frozen):
    """Everything that `data` depends on beside its inputs.

    `rules` maps the name of one thing that is asked for to its rule and key; `label` and
    `time` are the predictions' columns, which the data may have too.
    """

    path: str
    reference: str | None = None
    ignore: tuple[str, ...] = ()
    mask: bool = False
    rules: dict[str, tuple[RuleSection, str]] = {}
    label: str | None = None
    id: tuple[str, ...] = ()
    time: str | None = None
    confidence: float = 0.95


def params(config: Config) -> DataParams | None:
    """Return what a configuration asks for; None without a `data` section.

    A section with nothing but a path only says where drift finds its data, unless a gate asks.
    """
    data, reference = config.section(DataSection), config.tables().reference
    if data is None or not (data.model_fields_set - {"path"} or _gated(config)):
        return None
    predictions = config.predictions
    ids = () if predictions is None or predictions.id is None else predictions.id
    return DataParams(
        path=data.path,
        reference=None if reference is None else reference.path,
        ignore=data.ignore,
        mask=_masks(data),
        rules=named(data),
        label=None if predictions is None else predictions.label,
        id=(ids,) if isinstance(ids, str) else ids,
        time=None if predictions is None else predictions.time,
        confidence=config.policy.confidence,
    )


def _masks(data: DataSection) -> bool:
    """Whether values are left out: as it is written, else where the data are not the repository's."""
    if "mask" in data.model_fields_set:
        return data.mask
    return any(leads_out(place) for place in (data.path, data.reference) if place is not None)


def _gated(config: Config) -> bool:
    return any(name.partition(".")[0] == "data" for name in config.gates)


def run(inputs: Inputs, params: DataParams) -> DataEvidence:
    """Count what breaks the rules, and look for what commonly goes wrong.

    Raises
    ------
    DataError
        Where a rule names a column that is not there or does not hold what the rule is about,
        and for what reading the inputs brings up.
    """
    from mlgate.checks.data import findings, rules, schema, times

    source = inputs.data()
    table, reference = source.table, source.reference
    columns = _facts(table, inputs)
    reference_facts = {} if reference is None else _facts(reference, inputs)
    expected = source.schema or schema.of(reference_facts)
    change = schema.compare(expected, columns)
    results = {SCHEMA: change.result} if expected else {}
    results |= rules.run(source, inputs.stamp, params)
    return DataEvidence(
        **{**inputs.stamp.fields(), "confidence": params.confidence},
        inputs=dict(inputs.digests),
        metrics=_metrics(results),
        notes=tuple(inputs.notes),
        path=describe_place(params.path),
        reference=params.reference and describe_place(params.reference),
        rows=table.rows,
        columns=_masked(columns) if params.mask else columns,
        rules=results,
        findings=(
            *change.findings,
            *findings.find(table, reference, columns, reference_facts, params),
            *times.find(table, reference, inputs.stamp, params),
        ),
        masked=params.mask,
    )


def _facts(table: ColumnTable, inputs: Inputs) -> dict[str, ColumnFacts]:
    from mlgate.checks.data.facts import facts

    by_column = {}
    with inputs.progress.step(f"Reading {table.name}", len(table.kinds)) as step:
        for column in table.kinds:
            by_column[column] = facts(table, column)
            step.advance()
    return by_column


def _masked(columns: Mapping[str, ColumnFacts]) -> dict[str, ColumnFacts]:
    """Leave out the least and greatest values."""
    hidden = {"low": None, "high": None}
    return {name: column.model_copy(update=hidden) for name, column in columns.items()}


def _metrics(results: Mapping[str, DataRuleResult]) -> dict[str, Measurement]:
    """Return the share of rows that break each rule, and the share of rules that are broken."""
    shares = {name: _share(name, result) for name, result in results.items()}
    broken = sum(not result.holds for result in results.values())
    value = broken / len(results) if results else 0.0
    return {
        "share": Measurement.counted(
            "the share of broken rules", value, "lower", unit="share", n=len(results)
        )
    } | shares


def _share(name: str, result: DataRuleResult) -> Measurement:
    return Measurement(
        title=f"the share of rows that break {name}",
        value=result.share,
        interval=(result.share, result.share),
        n=result.of,
        method="compared" if name == SCHEMA else "counted",
        unit="share",
        direction="lower",
    )
