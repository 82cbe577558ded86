"""The tests of a suite: one for each pair and condition, and one for what compares conditions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gmbench import registry
from gmbench.errors import GmbenchError
from gmbench.pytest_plugin.session import GmbenchSession
from gmbench.records import Metric, PairResult
from gmbench.records.record import USUAL_PROTOCOL
from gmbench.report import lines
from gmbench.suites import Suite, SuiteEntry
from gmbench.suites.require import condition_of_figure

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

NO_AGENT = "no agent to play it; give --gmbench-agent AGENT"


class ThresholdMissed(AssertionError):
    """The figures fall short of what the suite requires; one line a threshold."""


class Case(pytest.Item):
    """A pair in one condition, or, without one, what is found by comparing its conditions.

    Attributes:
        suite, entry: what is played.
        condition: the one that its figures are about, or None.
    """

    suite: Suite
    entry: SuiteEntry
    condition: str | None
    _found: PairResult | str = NO_AGENT

    @classmethod
    def of(
        cls, parent: pytest.Collector, suite: Suite, entry: SuiteEntry, condition: str | None
    ) -> Case:
        """A test in a suite's file."""
        name = entry.pair if condition is None else f"{entry.pair}[{condition}]"
        case: Case = cls.from_parent(parent, name=name)
        case.suite, case.entry, case.condition = suite, entry, condition
        case.add_marker(pytest.mark.gmbench)
        return case

    def setup(self) -> None:
        """Have the pair played, unless it has been."""
        session = GmbenchSession.of(self.config)
        if session is None:
            pytest.skip(NO_AGENT)
        failure = None
        try:
            self._found = session.games.result(self.suite, self.entry)
        except GmbenchError as error:
            failure = str(error)
        if failure is not None:  # raised here, so that pytest does not print it twice
            pytest.fail(failure, pytrace=False)
        # What a suite requires is not met by an agent that never played.
        if isinstance(self._found, str) and not self._required:
            pytest.skip(f"{self.entry.pair} is not played: {self._found}")

    def runtest(self) -> None:
        """Hold the figures against what the suite requires."""
        found, required = self._found, self._required
        metrics = found.metrics if isinstance(found, PairResult) else {}
        figures = {name: figure for name, figure in metrics.items() if self._is_about(name)}
        reason = found if isinstance(found, str) else None
        missed = self.entry.shortfalls(metrics, reason)
        own = [line for name, line in missed.items() if name in required]
        for name, figure in figures.items():
            self.user_properties += _properties(name, figure)
        self.user_properties += [(f"{name}.require", must) for name, must in required.items()]
        self.told = {
            "suite": self.suite.name,
            "pair": self.entry.pair,
            "at": self._place(),
            "figures": {name: [f.value, f.low, f.high, f.n] for name, f in figures.items()},
            "require": required,
            "missed": [name for name in missed if name in required],
            "words": [] if isinstance(found, str) else lines(self._protocol, found),
        }
        if own:
            raise ThresholdMissed("\n".join([*own, *self._further()]))

    told: dict[str, Any] | None = None

    def repr_failure(
        self, excinfo: ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """One line a threshold; a traceback only of what nobody foresaw."""
        if isinstance(excinfo.value, ThresholdMissed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The suite's file, and the test's name."""
        return self.path, None, self.name

    def _further(self) -> Iterator[str]:
        """What a person needs who has never seen these figures, and how to see more."""
        found, session = self._found, GmbenchSession.of(self.config)
        if isinstance(found, str) or session is None:
            return
        yield ""
        yield from lines(self._protocol, found)
        yield f"Brackets are 95 % intervals over {found.levels} levels."
        yield f"  what the figures mean: gmbench show {self.entry.pair}"
        film = session.asked.film_command(self.entry)
        if film is not None:
            yield f"  to see it: {film}"

    @property
    def _protocol(self) -> str | None:
        """As records name it."""
        return None if self.suite.protocol == USUAL_PROTOCOL else self.suite.protocol

    def _place(self) -> tuple[int, int]:
        """Where in the suite it stands, which is not the order in which workers finish."""
        order = (*self.entry.conditions, None)
        return self.suite.entries.index(self.entry), order.index(self.condition)

    def _is_about(self, figure: str) -> bool:
        pair = registry.pair(self.entry.pair)
        return condition_of_figure(figure, pair, self.entry.conditions) == self.condition

    @property
    def _required(self) -> dict[str, str]:
        """The thresholds that this test judges."""
        return {n: str(must) for n, must in self.entry.require.items() if self._is_about(n)}


def _properties(name: str, figure: Metric) -> list[tuple[str, object]]:
    """A figure for JUnit's file: value and interval, or why there is none."""
    if figure.value is None:
        return [(f"{name}.why", figure.why)]
    found: list[tuple[str, object]] = [(name, figure.value)]
    if figure.low is not None:
        found += [(f"{name}.low", figure.low), (f"{name}.high", figure.high)]
    return found
