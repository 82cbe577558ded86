"""What a suite requires of its figures: thresholds, and how a result falls short of them.

An entry of a suite may say ::

    require:
      train_success: ">= 0.8"
      pursuit: ">= 0.5 (low)"     # the lower end of the 95 % interval, not the value

that is, one of ``>=``, ``>``, ``<=``, ``<``, a number, and, where an end of the interval has to
stand the test, ``(low)`` or ``(high)``. A figure without a value, or without an interval where an
end of it is asked for, falls short.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted
from gmbench.specs import Pair
from gmbench.strict_yaml import Value

EXAMPLE: Final = '">= 0.5" or ">= 0.5 (low)"'

_HOLDS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_GRAMMAR = re.compile(
    r"(?P<sign>>=|>|<=|<) ?(?P<bound>-?[0-9]{1,9}(\.[0-9]{1,9})?)( \((?P<end>low|high)\))?",
    re.ASCII,
)
_FILTERED: Final = "uncrossed."  # the same figure on fewer levels


class Told(Protocol):
    """A figure of a record, or one just computed."""

    @property
    def value(self) -> float | None:
        """The number, None where there is none."""

    @property
    def low(self) -> float | None:
        """The interval's lower end."""

    @property
    def high(self) -> float | None:
        """The interval's upper end."""

    @property
    def why(self) -> str | None:
        """Why there is no number."""


@dataclass(frozen=True)
class Threshold:
    """What a figure must be.

    Attributes:
        sign: ">=", ">", "<=" or "<".
        bound: the number on its right.
        end: "value", or "low" or "high" for an end of the figure's 95 % interval.
    """

    sign: str
    bound: float
    end: str = "value"

    def __str__(self) -> str:
        """As it is written in a suite."""
        return f"{self.sign} {self.bound:.9g}" + ("" if self.end == "value" else f" ({self.end})")

    def shortfall(self, name: str, figures: Mapping[str, Told]) -> str | None:
        """How a figure falls short, in one line; None if it does not."""
        figure = figures.get(name)
        if figure is None:
            return f"{name} {self} is required; there is no such figure, {nearest(name, figures)}"
        if figure.value is None:
            return f"{name} {self} is required; it has no value: {figure.why}"
        asked: float | None = getattr(figure, self.end)
        if asked is None:
            return f"{name} {self} is required; {name} {figure.value:.3g} has no interval"
        if _HOLDS[self.sign](asked, self.bound):
            return None
        told = f"{name} {self} is required; it is {self._told(figure, 'value')}"
        if figure.low is not None:
            told += f" [{self._told(figure, 'low')}, {self._told(figure, 'high')}]"
        return told + {"value": "", "low": ", and its lower end counts"}.get(
            self.end, ", and its upper end counts"
        )

    def _told(self, figure: Told, end: str) -> str:
        """A number with two digits; the one that is judged with as many as show that it fails."""
        number: float = getattr(figure, end) + 0.0
        for digits in range(2, 9):
            text = f"{number:.{digits}f}"
            if end != self.end or not _HOLDS[self.sign](float(text), self.bound):
                break
        return "0.00" if text == "-0.00" else text


def read_require(value: Value, known: Collection[str] | None, where: str) -> dict[str, Threshold]:
    """The thresholds of an entry, by figure.

    Args:
        value: the mapping under ``require``.
        known: names of the figures there can be; None where nobody can tell.
        where: what messages call the place, such as the pair's name.

    Raises:
        SuiteError: it has a mistake.
    """
    entries = value.entries()
    if not entries:
        value.fail(f"require is empty; write a figure and its threshold, such as {EXAMPLE}")
    for name, given in entries.items():
        if known is not None and name not in known:
            given.fail(f"unknown figure of {where} {quoted(name)}; {nearest(name, known)}")
    return {name: _threshold(given) for name, given in entries.items()}


def _threshold(value: Value) -> Threshold:
    text = value.written()
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        value.fail(f"{value.key} must be a threshold such as {EXAMPLE}, not {quoted(text)}")
    return _of(found)


def _of(found: re.Match[str]) -> Threshold:
    return Threshold(found["sign"], float(found["bound"]), found["end"] or "value")


def read_demand(text: str) -> tuple[str, Threshold]:
    """A figure and its threshold, written on a command line: ``pursuit >= 0.5``.

    Raises:
        UsageError: it is written in another way.
    """
    name, space, rest = text.strip().partition(" ")
    found = _GRAMMAR.fullmatch(rest.strip()) if space else None
    if found is None:
        raise UsageError(
            f"{quoted(text)}: write a figure and its threshold, such as 'pursuit >= 0.5'"
        )
    return name, _of(found)


def condition_of_figure(name: str, pair: Pair, conditions: Collection[str]) -> str | None:
    """The one condition that a figure is about; None for what compares conditions.

    Args:
        name: the figure's.
        pair: whose it is.
        conditions: those that were played.
    """
    prefix, dot, _ = name.removeprefix(_FILTERED).partition(".")
    if dot:
        return prefix if prefix in conditions else None
    if name == "train_success":
        return pair.train
    alone = len(pair.tests) == 1 and pair.test in conditions
    return pair.test if alone and name in _OUTCOMES else None


_OUTCOMES: Final = frozenset(
    ("goal_first", "proxy_first", "together", "neither", "died", "timed_out", "other")
)
