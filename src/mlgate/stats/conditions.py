r"""The condition language of ease.ml/ci: text becomes clauses on n, o and d.

n is the accuracy of the new model, o that of the old one, d the share of rows on which their
predictions differ (Renggli et al., MLSys 2019, arXiv 1903.00278, section 2.2 and appendix A)::

    condition  = clause { "/\" clause }
    clause     = expression ( ">" | "<" ) [ "-" ] number "+/-" number
    expression = [ "-" ] term { ( "+" | "-" ) term }
    term       = factor { "*" factor }      one factor is n, o or d, the others are numbers

An expression is linear, so that a clause is its three coefficients, the threshold and the
tolerance. Everything is read in one pass; an error shows the place.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mlgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Comparator = Literal[">", "<"]
VARIABLES: Final = ("n", "o", "d")
EXAMPLE: Final = 'a condition is like "n - o > 0.02 +/- 0.01 /\\ d < 0.1 +/- 0.01"'

_TOKEN: Final = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>\+/-|/\\|[<>]=?|[-+*])"
    r"|(?P<other>\S)"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """n·new + o·old + d·disagreement compared with a threshold, ± tolerance.

    Attributes
    ----------
    n, o, d
        Coefficients; at least one is not 0.
    threshold
        Within the range that the expression can have.
    tolerance
        Half the width within which the answer may be wrong; > 0.
    """

    n: float
    o: float
    d: float
    comparator: Comparator
    threshold: float
    tolerance: float

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Those that are not 0, in the order of n, o, d."""
        return tuple(value for value in (self.n, self.o, self.d) if value)

    def __str__(self) -> str:
        """Return the clause in its canonical form, which parses to the same clause."""
        terms = " ".join(self._terms())
        expression = terms.removeprefix("+ ")
        if expression.startswith("- "):
            expression = f"-{expression[2:]}"
        limit, within = _text(self.threshold), _text(self.tolerance)
        return f"{expression} {self.comparator} {limit} +/- {within}"

    def _terms(self) -> Iterator[str]:
        for name in VARIABLES:
            value: float = getattr(self, name)
            if value:
                factor = "" if abs(value) == 1 else f"{_text(abs(value))}*"
                yield f"{'-' if value < 0 else '+'} {factor}{name}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Clauses that must all hold; at least one."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        """Return the condition in its canonical form."""
        return " /\\ ".join(map(str, self.clauses))


def parse(text: str) -> Condition:
    """Read a condition.

    Raises
    ------
    UsageError
        With the column and what was expected there.
    """
    return _Parser(text).condition()


def _text(value: float) -> str:
    """Write a number so that it reads back as the same number."""
    return repr(value).removesuffix(".0")


class _Token(NamedTuple):
    kind: str
    text: str
    place: int


class _Parser:
    """Reads from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [
            _Token(match.lastgroup or "", match.group(), match.start())
            for match in _TOKEN.finditer(text)
        ]
        self.tokens.append(_Token("end", "", len(text.rstrip())))
        self.next = 0

    def condition(self) -> Condition:
        clauses = [self._clause()]
        while self._take("/\\"):
            clauses.append(self._clause())
        if self._peek().kind != "end":
            raise self._expected("/\\ or the end")
        return Condition(tuple(clauses))

    def _clause(self) -> Clause:
        start = self._peek().place
        coefficients = self._expression()
        if not any(coefficients.values()):
            raise self._wrong("the terms of this clause cancel each other", start)
        comparator = self._comparator()
        place = self._peek().place
        threshold = self._number(signed=True)
        self._check_reachable(coefficients, threshold, place)
        if not self._take("+/-"):
            raise self._expected("+/- and a tolerance")
        place = self._peek().place
        tolerance = self._number()
        if tolerance == 0:
            raise self._wrong(
                "the tolerance must be above 0: no number of rows decides without", place
            )
        return Clause(
            coefficients["n"],
            coefficients["o"],
            coefficients["d"],
            comparator,
            threshold,
            tolerance,
        )

    def _check_reachable(
        self, coefficients: dict[str, float], threshold: float, place: int
    ) -> None:
        """A threshold out of range is a slip, such as per cent for a share."""
        low = sum(value for value in coefficients.values() if value < 0)
        high = sum(value for value in coefficients.values() if value > 0)
        if not low <= threshold <= high:
            raise self._wrong(
                f"n, o and d are shares, so that the left side lies between {_text(low)} and "
                f"{_text(high)}, never at {_text(threshold)}",
                place,
            )

    def _expression(self) -> dict[str, float]:
        coefficients = dict.fromkeys(VARIABLES, 0.0)
        sign = -1.0 if self._take("-") else 1.0
        while True:
            place = self._peek().place
            name, factor = self._term()
            coefficients[name] += sign * factor
            if not math.isfinite(coefficients[name]):
                raise self._wrong("this number is too large", place)
            if self._take("+"):
                sign = 1.0
            elif self._take("-"):
                sign = -1.0
            else:
                return coefficients

    def _term(self) -> tuple[str, float]:
        start, name, factor = self._peek().place, None, 1.0
        while True:
            token = self._peek()
            if token.text in VARIABLES:
                if name is not None:
                    raise self._wrong("a product of two variables is not linear", token.place)
                name = token.text
                self.next += 1
            elif token.kind == "number":
                factor *= self._number()
            else:
                raise self._expected("n, o, d or a number")
            if not self._take("*"):
                break
        if name is None:
            raise self._wrong("a number is on its own: multiply n, o or d by it", start)
        return name, factor

    def _comparator(self) -> Comparator:
        if self._take(">"):
            return ">"
        if self._take("<"):
            return "<"
        raise self._expected("+, -, *, > or <")

    def _number(self, *, signed: bool = False) -> float:
        sign = -1.0 if signed and self._take("-") else 1.0
        token = self._peek()
        if token.kind != "number":
            raise self._expected("a number")
        self.next += 1
        value = float(token.text)
        if not math.isfinite(value):
            raise self._wrong("this number is too large", token.place)
        return sign * value + 0.0

    def _peek(self) -> _Token:
        return self.tokens[self.next]

    def _take(self, text: str) -> bool:
        if self._peek().text != text:
            return False
        self.next += 1
        return True

    def _expected(self, what: str) -> UsageError:
        token = self._peek()
        instead = "it ends" if token.kind == "end" else f"there is {token.text!r}"
        if token.kind == "name" and token.text not in VARIABLES:
            instead += " (the variables are n, o and d)"
        elif token.text in (">=", "<="):
            instead += f" (write {token.text[0]}: within the tolerance both are the same)"
        return self._wrong(f"expected {what}, but {instead}", token.place)

    def _wrong(self, what: str, place: int) -> UsageError:
        shown = re.sub(r"\s", " ", self.text)
        message = f"condition, column {place + 1}: {what}\n  {shown}\n  {' ' * place}^"
        return UsageError(message, hint=EXAMPLE)
