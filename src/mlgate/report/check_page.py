"""What a check adds to the report; a check that adds nothing gets a table of its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from mlgate.model.evidence import Evidence
from mlgate.report import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mlgate.model.verdict import RuleResult
    from mlgate.report.document import Fold, NoteLine, Text
    from mlgate.report.gates import Names

E = TypeVar("E", bound=Evidence)


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page may use beside the evidence of its check."""

    names: Names
    gates: tuple[RuleResult, ...]


def _nothing(*_: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class CheckPage(Generic[E]):
    """The hooks of a check's `page.py`.

    Attributes
    ----------
    evidence
        The type of the check's evidence.
    headline
        What the headline must not leave out, whatever the gates say, in a few words each.
    status
        Facts for the line of numbers under the headline.
    lines
        What a reviewer should know beside the gates.
    next_step
        What to do about a gate that fails, as the beginning of a sentence; empty where it is
        to change the model.
    undecided
        The same for one that nothing has decided yet; empty where it is to label more rows.
    waivable
        Whether a waiver in mlgate.yaml can accept what fails.
    folds
        The parts that are folded away, in the order of the checks.
    details
        Further folds, after those of all checks.
    """

    evidence: type[E]
    headline: Callable[[E], Iterable[str]] = _nothing
    status: Callable[[E], Iterable[Text]] = _nothing
    lines: Callable[[E, PageContext], Iterable[NoteLine]] = _nothing
    next_step: Text = ()
    undecided: str = ""
    waivable: bool = True
    folds: Callable[[E, PageContext], Iterable[Fold]] = metrics.folds
    details: Callable[[E, PageContext], Iterable[Fold]] = _nothing


Pages = Mapping[str, CheckPage[Evidence]]
"""By check."""

_DEFAULT: Final = CheckPage(Evidence)


def waivable(check: str, pages: Pages) -> bool:
    """Return whether a waiver can accept a gate of this check."""
    return check not in pages or pages[check].waivable


def page_of(evidence: Evidence, pages: Pages) -> CheckPage[Evidence]:
    """Return the page of a check, or the default where the evidence is not of its type."""
    page = pages.get(evidence.check, _DEFAULT)
    return page if isinstance(evidence, page.evidence) else _DEFAULT
