"""Makes tests of a suite's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from gmbench.errors import GmbenchError
from gmbench.pytest_plugin.cases import NO_AGENT, Case
from gmbench.pytest_plugin.session import GmbenchSession
from gmbench.suites import Suite, load_suite

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr


class SuiteFile(pytest.File):
    """A file ``*.gmbench.yaml``."""

    def collect(self) -> Iterator[pytest.Item]:
        """The tests of each pair: its conditions, what compares them, and, if asked for, its speed.

        A file that was named on the command line without an agent is an error; one that was found
        in a folder is skipped, so that a run of unit tests needs none.
        """
        session = GmbenchSession.of(self.config)
        named = self.session.isinitpath(self.path)
        if session is None and named and not self.config.option.collectonly:
            raise self.CollectError(f"{self.path.name}: {NO_AGENT}")
        suite = self._suite(session)
        for entry in suite.entries:
            for condition in entry.conditions:
                yield Case.of(self, suite, entry, condition)
            yield Case.of(self, suite, entry, None)
            if session is not None and session.timed:
                from gmbench.pytest_plugin.speed import speed_case

                yield speed_case(self, session.games, suite, entry)

    def repr_failure(  # type: ignore[override]
        self, excinfo: ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        """One line, for a suite with a mistake."""
        if isinstance(excinfo.value, GmbenchError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def _suite(self, session: GmbenchSession | None) -> Suite:
        if session is None:
            return load_suite(self.path)
        suite = session.asked.suite_in(self.path)
        session.take(self.path, suite)
        return suite
