"""A run of pytest with an agent: where it keeps what is played, and what it writes at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gmbench.errors import GmbenchError, UsageError
from gmbench.pytest_plugin.options import Asked
from gmbench.pytest_plugin.summary import markdown, rows_of, show, told_of, words_of

if TYPE_CHECKING:
    from gmbench.pytest_plugin.playing import Games
    from gmbench.suites import Suite

NAME = "gmbench-session"
FOLDER = "gmbench_folder"  # what xdist's workers are told


class GmbenchSession:
    """Registered with pytest where an agent was given.

    Attributes:
        asked: the options.
        folder: where what was played lies; under xdist all processes share it.
        timed: whether the pairs' speed is measured as well.
        wrote: lines about the files that were written, or why they were not.
    """

    def __init__(self, asked: Asked, folder: Path, *, is_worker: bool, timed: bool) -> None:
        self.asked, self.folder, self.timed = asked, folder, timed
        self.wrote: list[str] = []
        self._is_worker = is_worker
        self._games: Games | None = None
        self._taken: Path | None = None

    @classmethod
    def begun(cls, config: pytest.Config) -> GmbenchSession:
        """The run that the options ask for.

        Raises:
            pytest.UsageError: they do not go together, or cannot be done here.
        """
        timed = bool(config.getoption("gmbench_throughput"))
        if timed and not config.pluginmanager.hasplugin("benchmark"):
            raise pytest.UsageError(
                "--gmbench-throughput needs pytest-benchmark; install it, or leave the option out"
            )
        try:
            asked = Asked.of(config)
        except GmbenchError as error:
            raise pytest.UsageError(str(error)) from None
        told = getattr(config, "workerinput", None)
        folder = tempfile.mkdtemp(prefix="gmbench-") if told is None else told[FOLDER]
        return cls(asked, Path(folder), is_worker=told is not None, timed=timed)

    @classmethod
    def of(cls, config: pytest.Config) -> GmbenchSession | None:
        """The run's, None where no agent was given."""
        found = config.pluginmanager.get_plugin(NAME)
        return found if isinstance(found, cls) else None

    @property
    def games(self) -> Games:
        """The pairs of the run; what plays them is imported with the first suite."""
        if self._games is None:
            from gmbench.pytest_plugin.playing import Games

            self._games = Games(self.asked, self.folder)
        return self._games

    def take(self, path: Path, suite: Suite) -> None:
        """Note a suite's file that was collected.

        Raises:
            UsageError: it is the second one, and a record holds one.
        """
        if self.asked.record is None and self.asked.episodes is None:
            return
        if self._taken not in (None, path):
            raise UsageError(
                "a record and its episodes hold one suite; name one *.gmbench.yaml, or leave out"
                " --gmbench-record and --gmbench-episodes"
            )
        self._taken = path
        (self.folder / "suite").write_text(str(path))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell one of xdist's workers where the others are."""
        node.workerinput[FOLDER] = str(self.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Keep the tests of a pair on one worker, where tests are handed out one by one."""
        if config.getoption("dist") not in ("load", "loadgroup"):
            return None
        from gmbench.pytest_plugin.spreading import PairScheduling

        return PairScheduling(config, log)

    def pytest_report_header(self, config: pytest.Config) -> list[str]:
        """Say whose configuration is read, where it is that of the folder an agent lies in."""
        if config.invocation_params.dir.is_relative_to(config.rootpath) or config.inipath is None:
            return []
        return [
            f"gmbench: pytest reads {config.inipath}, which is not this folder's; where that is"
            " because of an agent's path, write --gmbench-agent=AGENT, with ="
        ]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the report carry the figures, over process boundaries too."""
        report = yield
        told = getattr(item, "told", None)
        if report.when == "call" and told is not None:
            report.gmbench = told  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files that were asked for, where pytest was called."""
        if self._is_worker or (self.asked.record is None and self.asked.episodes is None):
            return
        try:
            self.wrote = self._write()
        except GmbenchError as error:
            self.wrote = [f"ERROR: nothing was written: {error}"]
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print every figure that ranks or was required, and what was written."""
        if self._is_worker:
            return
        told = told_of(terminalreporter)
        rows, words = list(rows_of(told)), words_of(told)
        show(terminalreporter, rows, words, self.wrote)
        if self.asked.summary is not None and rows:
            with self.asked.summary.open("a", encoding="utf-8") as file:  # others write to it too
                file.write(markdown(rows, words))

    def pytest_unconfigure(self) -> None:
        """Remove what was kept for the run."""
        if not self._is_worker:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> list[str]:
        note = self.folder / "suite"
        if not note.is_file():
            return []
        from gmbench.pytest_plugin.joining import joined

        found = joined(self.asked.suite_in(note.read_text()), self.folder, self.asked)
        if found is None:
            return ["no pair was played: no record is written"]
        record, episodes = found
        if self.asked.episodes is not None:
            episodes.write(self.asked.episodes)
        if self.asked.record is not None:
            record.save(self.asked.record)
        return [f"wrote {f}" for f in (self.asked.record, self.asked.episodes) if f is not None]
