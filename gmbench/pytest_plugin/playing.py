"""Plays each pair of a suite once, whoever asks for it and however often.

What came of a pair lies in a folder: its record and its raw table, or why it was not played. Tests
of one pair may have come to different worker processes; the first to ask plays, under a lock, and
the others read.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gmbench import atomic
from gmbench.agents.base import Agent
from gmbench.errors import AgentStopped, GmbenchError, UsageError
from gmbench.evaluation import evaluate, load_agents, why_not
from gmbench.pytest_plugin.options import Asked
from gmbench.records import PairResult, Record
from gmbench.sandbox import Limits
from gmbench.suites import Suite, SuiteEntry


@dataclass(frozen=True)
class Place:
    """Where one pair of a suite has its files.

    Attributes:
        folder: of the run.
        suite: the suite.
        pair: the pair's name.
    """

    folder: Path
    suite: Suite
    pair: str

    def file(self, suffix: str) -> Path:
        """The file of that kind."""
        return self.folder / f"{self.suite.digest}-{self.pair}.{suffix}"

    @property
    def record(self) -> Record | None:
        """The record of the pair alone, None where it was not played."""
        file = self.file("json")
        return Record.load(file) if file.is_file() else None

    @property
    def reason(self) -> str | None:
        """Why the agent does not play the pair, None where it does or nobody has asked."""
        return self._text("reason")

    @property
    def error(self) -> str | None:
        """Why the pair could not be played, None where it could or nobody has asked."""
        return self.stopped or self._text("error")

    @property
    def stopped(self) -> str | None:
        """What the agent did for which its sandbox was closed, None where it was not."""
        return self._text("stopped")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the files."""
        with self.file("lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # let go when the file is closed
            yield

    def _text(self, suffix: str) -> str | None:
        file = self.file(suffix)
        return file.read_text() if file.is_file() else None


class Games:
    """The pairs that are played in a run.

    Attributes:
        asked: how.
        folder: where what came of them lies.
    """

    def __init__(self, asked: Asked, folder: Path) -> None:
        self.asked, self.folder = asked, folder
        self._agents: dict[str, tuple[dict[str, Agent], dict[str, str]]] = {}

    def result(self, suite: Suite, entry: SuiteEntry) -> PairResult | str:
        """What came of a pair, or why the agent does not play it.

        Raises:
            GmbenchError: the agent cannot be loaded, or the pair cannot be played.
        """
        place = Place(self.folder, suite, entry.pair)
        with place.locked():
            if place.error is not None:
                raise UsageError(place.error)  # once is enough
            if place.record is None and place.reason is None:
                try:
                    self._play(place, entry)
                except GmbenchError as error:
                    suffix = "stopped" if isinstance(error, AgentStopped) else "error"
                    atomic.write_text(place.file(suffix), str(error))
                    raise
        record = place.record
        return (place.reason or "") if record is None else record.results[0]

    def agent(self, suite: Suite, entry: SuiteEntry) -> Agent | str:
        """Who plays a pair, or why nobody does.

        Raises:
            GmbenchError: the agent cannot be loaded, or plays no pair of the suite.
        """
        if suite.digest not in self._agents:
            limits = Limits() if self.asked.sandbox else None
            stopped: dict[str, str] = {}
            agents = load_agents(
                self.asked.agents, suite, trust=self.asked.trust, limits=limits, stopped=stopped
            )
            self._agents[suite.digest] = agents, stopped
        agents, stopped = self._agents[suite.digest]
        if entry.pair in stopped:
            raise AgentStopped(stopped[entry.pair])
        found = agents.get(entry.pair)
        reason = why_not(found, entry.pair, entry.setting())
        if reason is not None:
            return reason
        assert found is not None  # else there is a reason
        return found

    def _play(self, place: Place, entry: SuiteEntry) -> None:
        agent = self.agent(place.suite, entry)
        if isinstance(agent, str):
            atomic.write_text(place.file("reason"), agent)
            return
        alone = replace(place.suite, entries=(entry,))
        table = place.file("csv.gz")
        record = evaluate({entry.pair: agent}, alone, episodes=table, trust=self.asked.trust)
        record.save(place.file("json"))
