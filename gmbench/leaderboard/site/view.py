"""What stands in the tables: the ranking's lines, each with its entry and its intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gmbench.leaderboard.document import Frame, Line, Ranked, Ranking, Table, Unranked
from gmbench.leaderboard.rows import EntryRow, PairInfo, PairRow, SuiteInfo
from gmbench.leaderboard.site.shown import file_name, shown

Sees = Callable[[PairRow], "str | None"]

# What frames a table stands above or below what it frames.
ABOVE: Final = ("scripted:goal", "ceiling")
FRAMES: Final = {"floor": "floor: blind to the goal", "ceiling": "ceiling: told the goal"}


@dataclass(frozen=True)
class Spread:
    """A figure with what is known of its uncertainty.

    Attributes:
        value: the figure.
        low, high: its interval or range; None where there is neither.
        says: what low and high are.
    """

    value: float
    low: float | None
    high: float | None
    says: str


def spread(place: PairRow, figure: str) -> Spread | None:
    """A figure of an entry on a pair: over levels for one agent, else over its agents."""
    if len(place.agents) == 1:
        metric = place.agents[0].metrics.get(figure)
        if metric is None or metric.value is None:
            return None
        return Spread(metric.value, metric.low, metric.high, "95 % interval over levels")
    across = place.across.get(figure)
    if across is None:
        return None
    agents = len(across.values)
    if across.low is not None:
        return Spread(across.middle, across.low, across.high, f"95 % interval over {agents} seeds")
    return Spread(across.middle, across.smallest, across.largest, f"range of {agents} seeds")


def scored(value: float | None, place: PairRow | None, figure: str) -> Spread | None:
    """The score that ranks, which follows from the episodes, with the interval of its figure."""
    if value is None:
        return None
    found = None if place is None else spread(place, figure)
    if found is None or found.low is None or found.high is None:
        return Spread(value, None, None, "no interval")
    if not found.low <= value <= found.high:
        return Spread(value, None, None, "no interval: its record tells another figure")
    return Spread(value, found.low, found.high, found.says)


@dataclass(frozen=True)
class Row:
    """A line of a table.

    Attributes:
        line: as the ranking has it.
        entry: whose.
        place: the entry on the table's pair; None in tables over all pairs.
        ranks: the figure that ranks.
        track: of the table; None for what frames it, in every track alike.
        tied: how many share its tie group.
        sees: the observation, None where it is not known.
    """

    line: Line
    entry: EntryRow
    place: PairRow | None
    ranks: str
    track: str | None
    tied: int
    sees: str | None

    @property
    def ranked(self) -> Ranked | None:
        """The line, where it has a rank."""
        return self.line if isinstance(self.line, Ranked) else None

    @property
    def why(self) -> str | None:
        """Why it has no rank."""
        return f"{self.line.reason}: {self.line.why}" if isinstance(self.line, Unranked) else None

    @property
    def frame(self) -> str | None:
        """What it frames the table as."""
        if not isinstance(self.line, Frame):
            return None
        return FRAMES.get(self.line.role, "scripted oracle")

    @property
    def name(self) -> str:
        """The entry's name, safe to see, not yet to write."""
        return shown(self.entry.name)

    @property
    def file(self) -> str:
        """The name of the entry's page, without suffix."""
        return file_name(self.entry.entry)

    @property
    def score(self) -> Spread | None:
        """The figure that ranks."""
        return scored(self.line.score, self.place, self.ranks)

    @property
    def skill(self) -> Spread | None:
        """The other axis."""
        return None if self.place is None else spread(self.place, "train_success")

    @cached_property
    def outcomes(self) -> dict[str, float] | None:
        """Shares of the test's first arrivals: goal, proxy, neither; None where unknown."""
        if self.place is None:
            return None
        found = [spread(self.place, name) for name in ("goal_first", "proxy_first", "neither")]
        names = ("goal", "proxy", "neither")
        told = {n: one.value for n, one in zip(names, found, strict=True) if one is not None}
        return told if len(told) == len(names) else None

    @property
    def speed(self) -> float | None:
        """Steps per second of agent and environment together, at its fastest batch."""
        return None if self.place is None else fastest(self.place)


def fastest(place: PairRow) -> float | None:
    """The highest median of ``env+policy`` over an entry's agents on a pair."""
    speeds = [
        one.steps_per_second.median
        for agent in place.agents
        for one in agent.throughput
        if one.scope == "env+policy"
    ]
    return max(speeds, default=None)


@dataclass(frozen=True)
class Group:
    """A table of the ranking, over all tracks.

    Attributes:
        suite: whose.
        pair: None for all pairs together.
        ranks: the figure that ranks.
        levels: how many levels.
        rows: frames above, the ranked, those without a rank, frames below.
    """

    suite: SuiteInfo
    pair: PairInfo | None
    ranks: str
    levels: int
    rows: tuple[Row, ...]

    @property
    def contested(self) -> bool:
        """Whether anything but scripted agents stands in it."""
        return any(row.entry.source != "scripted" for row in self.rows)

    @property
    def entries(self) -> int:
        """How many entries have a rank or might have."""
        return sum(row.frame is None for row in self.rows)

    def first(self, count: int) -> Group:
        """The same with so many of its entries, and all that frames them."""
        kept, left = [], count
        for row in self.rows:
            left -= row.frame is None
            if row.frame is not None or left >= 0:
                kept.append(row)
        return Group(self.suite, self.pair, self.ranks, self.levels, tuple(kept))


class Board:
    """The ranking, sorted into tables.

    Args:
        ranking: the ranking.
        sees: tells the observation that an entry's agents get on a pair.
    """

    def __init__(self, ranking: Ranking, sees: Sees) -> None:
        self.ranking = ranking
        self._sees = sees
        self._entries = {one.entry: one for one in ranking.entries}
        self._places = {(e.entry, p.suite, p.pair): p for e in ranking.entries for p in e.pairs}
        self._pairs = {one.name: one for one in ranking.pairs}
        self.groups = tuple(self._groups())

    def of_pair(self, name: str) -> list[Group]:
        """A pair's tables, one a suite."""
        return [one for one in self.groups if one.pair is not None and one.pair.name == name]

    def _groups(self) -> Iterator[Group]:
        for suite in self.ranking.suites:
            boards = [one for one in self.ranking.boards if one.suite == suite.name]
            for part in suite.pairs:
                tables = [
                    (board.track, table)
                    for board in boards
                    for table in board.tables
                    if table.pair == part.pair
                ]
                if tables and part.pair in self._pairs:
                    yield self._group(suite, self._pairs[part.pair], tables)
            if boards:
                overall = [(board.track, board.overall) for board in boards]
                yield self._group(suite, None, overall)

    def _group(
        self, suite: SuiteInfo, pair: PairInfo | None, tables: Sequence[tuple[str, Table]]
    ) -> Group:
        first = tables[0][1]
        ranked = [
            self._row(suite, table, one, track, sum(one.group == o.group for o in table.ranked))
            for track, table in tables
            for one in table.ranked
        ]
        unranked = [
            self._row(suite, table, one, track) for track, table in tables for one in table.unranked
        ]
        frames = [self._row(suite, first, one, None) for one in first.frames]
        frames.sort(key=lambda row: (-(row.line.score or 0.0), row.entry.entry))
        above = [f for f in frames if f.entry.entry in ABOVE or f.entry.role in ABOVE]
        below = [one for one in frames if one not in above]
        rows = (*above, *ranked, *unranked, *below)
        return Group(suite, pair, first.ranks, first.levels, rows)

    def _row(
        self, suite: SuiteInfo, table: Table, line: Line, track: str | None, tied: int = 1
    ) -> Row:
        entry = self._entries[line.entry]
        place = self._places.get((line.entry, suite.name, table.pair or ""))
        sees = None if place is None else self._sees(place)
        return Row(line, entry, place, table.ranks, track, tied, sees)
