"""One pair's rows by who played what under which condition, checked for the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from gmbench.episodes import Episode, Episodes
from gmbench.errors import RecordError
from gmbench.levels import stable_hash
from gmbench.metrics.effects import paired_difference
from gmbench.metrics.intervals import Figure
from gmbench.specs import Condition, Pair

NO_GOAL: Final = "no-goal"
PROXY_MOVED: Final = "proxy-moved"
BOTH_MOVED: Final = "both-moved"

Rows = dict[int, Episode]  # level to episode, by rising level
T = TypeVar("T")


class PairTable:
    """One pair's rows, and the figures' random generators.

    Attributes:
        pair: the pair.
        played: the conditions that the agent played, by name.
        further: those of them beyond the protocol's comparisons.

    Raises:
        RecordError: the agent has no rows of this pair, a condition is not the world's, or a
            group's level lists differ between conditions that are compared.
    """

    def __init__(self, episodes: Episodes, pair: Pair, seed: int) -> None:
        self.pair = pair
        self._seed = seed
        self._rows: dict[tuple[str, str], Rows] = {}
        own = [row for row in episodes if row.pair == pair.name]
        for row in sorted(own, key=lambda row: row.level):
            if pair.world.condition(row.condition) is None:
                known = ", ".join(c.name for c in pair.world.conditions)
                raise RecordError(
                    f"{pair.name} has no condition {row.condition}; its conditions are {known}"
                )
            self._rows.setdefault((row.group, row.condition), {})[row.level] = row
        if not any(group == "" for group, _ in self._rows):
            raise RecordError(f"the table has no episodes of {pair.name} by the agent itself")
        alike = compared(pair)
        self.played = sorted(condition for group, condition in self._rows if group == "")
        self.further = [condition for condition in self.played if condition not in alike]
        for group in sorted({group for group, _ in self._rows}):
            self._check_levels(group, alike)

    def _check_levels(self, group: str, alike: set[str]) -> None:
        """Conditions that are compared must have been played on the same levels.

        Others may have fewer: the published filter drops levels from ``section-start`` alone.
        """
        lists = {c: rows for (g, c), rows in sorted(self._rows.items()) if g == group}
        names = [condition for condition in lists if condition in alike]
        for one, other in zip(names, names[1:], strict=False):
            for played, missing in ((one, other), (other, one)):
                gap = lists[played].keys() - lists[missing].keys()
                if gap:
                    raise RecordError(
                        f"{self.pair.name}: level {min(gap)} was played under {played} and not "
                        f"under {missing}; every condition needs the same levels"
                    )

    def declared(self, condition: str) -> Condition:
        """What the world says of one of its conditions."""
        return next(c for c in self.pair.world.conditions if c.name == condition)

    def rows(self, condition: str, group: str = "") -> Rows:
        """Level to episode; empty where nothing was played."""
        return self._rows.get((group, condition), {})

    def tests(self, group: str = "") -> list[Rows]:
        """The rows of each condition that is pooled as "the test"."""
        return [self.rows(condition, group) for condition in self.pair.tests]

    def generator(self, figure: str) -> np.random.Generator:
        """The figure's own generator, so that no figure hangs on which others there are."""
        return np.random.default_rng(stable_hash("figure", self._seed, self.pair.name, figure))

    def first(self, row: Episode, event: str | None = None) -> bool:
        """Y: whether the event (by default the effect's) was entered, and before ``before``."""
        return came_first(row.entered, event or self.pair.effect.event, self.pair.effect.before)

    def effect(
        self, figure: str, given: str, against: str | None = None, event: str | None = None
    ) -> Figure:
        """E[Y | given] - E[Y | against], paired by level; against train unless told otherwise."""
        against = against or self.pair.train
        y1, y0 = self.answers(given, against, event)
        if not y1:
            return Figure.missing(f"needs {against} and {given} on the same levels")
        return paired_difference(y1, y0, self.generator(figure))

    def answers(self, given: str, against: str, event: str | None = None) -> list[list[bool]]:
        """Y under each of two conditions, on the levels that both have."""
        return paired(lambda row: self.first(row, event), [self.rows(given), self.rows(against)])


def came_first(entered: Mapping[str, int], event: str, before: str) -> bool:
    """Whether one event happened, and before the other."""
    return event in entered and (before not in entered or entered[event] < entered[before])


def paired(ask: Callable[[Episode], T], tables: Sequence[Rows]) -> list[list[T]]:
    """The answers of each table on the levels that all of them have, by rising level."""
    levels = [level for level in tables[0] if all(level in table for table in tables)]
    return [[ask(table[level]) for level in levels] for table in tables]


def compared(pair: Pair) -> set[str]:
    """The conditions of a protocol's comparisons; a pair's others are figures of their own."""
    names = {pair.train, *pair.tests}
    if pair.score == "goal_effect":
        names |= {pair.effect.given, pair.effect.against}
    if pair.moves_goal:
        names |= {NO_GOAL, PROXY_MOVED, BOTH_MOVED}
    return names
