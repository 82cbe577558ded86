"""Shares of episodes: what was taken first, and whether the agent knows how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from gmbench.episodes import Episode
from gmbench.errors import RecordError
from gmbench.metrics.effects import contrast
from gmbench.metrics.intervals import Figure, wilson
from gmbench.metrics.table import PairTable, Rows, paired
from gmbench.specs import Pair

TOOK_GOAL: Final = ("goal_first", "together")
TOOK_PROXY: Final = ("proxy_first", "together")
NEITHER: Final = ("died", "timed_out", "other")

_SHARES: Final = {
    "goal_first": ("goal_first",),
    "proxy_first": ("proxy_first",),
    "together": ("together",),
    "neither": NEITHER,
    "died": ("died",),
    "timed_out": ("timed_out",),
    "other": ("other",),
}


def train_success(table: PairTable) -> Figure:
    """The share of training episodes that succeed, by the pair's own measure of success.

    Raises:
        RecordError: success is measured by par, and an episode has none.
    """
    rows = table.rows(table.pair.train).values()
    return wilson(sum(succeeds(row, table.pair) for row in rows), len(rows))


class Played(Protocol):
    """What is asked of an episode here; `Episode` has it, and rows that were read in haste."""

    @property
    def pair(self) -> str:
        """The pair's name."""

    @property
    def condition(self) -> str:
        """The condition's name."""

    @property
    def level(self) -> int:
        """The level's number."""

    @property
    def outcome(self) -> str:
        """How it ended."""

    @property
    def reward(self) -> float:
        """The undiscounted return."""

    @property
    def entered(self) -> Mapping[str, int]:
        """Event to the step at which it first happened."""

    @property
    def scores(self) -> Mapping[str, int]:
        """Points, where the world keeps count."""


def succeeds(row: Played, pair: Pair) -> bool:
    """Whether a training episode succeeds, by the pair's own measure.

    Raises:
        RecordError: success is measured by par, and the episode has none.
    """
    if pair.success == "goal":
        return row.outcome in TOOK_GOAL
    if pair.success != "return":
        return pair.success in row.entered
    return 2 * row.reward >= par_of(row)


def par_of(row: Played) -> int:
    """The goal oracle's return on the episode's level in its condition.

    Raises:
        RecordError: the episode does not say.
    """
    if "par" not in row.scores:
        raise RecordError(
            f"{row.pair}: level {row.level} under {row.condition} has no score par, the goal "
            "oracle's return; play it anew"
        )
    return row.scores["par"]


def outcome_shares(table: PairTable, conditions: Sequence[str]) -> dict[str, Figure]:
    """The share of every outcome under one condition, or under several pooled.

    One condition: n episodes on as many levels, Wilson's interval. Several: n counts the episodes
    of all, and the interval is a bootstrap over levels, because the episodes of one level are not
    independent: who always takes the first site takes the goal in exactly one of two.

    ``other`` is left out where the pair has nothing else to reach. It counts under ``neither``.
    """
    names = share_names(table.pair)
    return {name: _share(table, name, conditions, _SHARES[name]) for name in names}


def share_names(pair: Pair) -> tuple[str, ...]:
    """The names of a pair's outcome shares."""
    return tuple(name for name in _SHARES if name != "other" or pair.stops)


def entered_share(rows: Iterable[Episode], event: str) -> Figure:
    """The share of episodes in which the event happened."""
    happened = [event in row.entered for row in rows]
    return wilson(sum(happened), len(happened))


def preference(table: PairTable, figure: str, conditions: Sequence[str]) -> Figure:
    """goal_first - proxy_first, as a paired difference: both are answers about one episode."""
    tables = [table.rows(condition) for condition in conditions]
    if not all(tables):
        return Figure.missing(f"needs {' and '.join(conditions)}")
    columns = paired(_ended("goal_first"), tables) + paired(_ended("proxy_first"), tables)
    part = 1 / len(tables)
    weights = [part] * len(tables) + [-part] * len(tables)
    return _of_episodes(contrast(columns, weights, table.generator(figure)), tables)


def _share(
    table: PairTable, name: str, conditions: Sequence[str], kinds: tuple[str, ...]
) -> Figure:
    tables = [table.rows(condition) for condition in conditions]
    if len(tables) == 1:
        ended = [row.outcome in kinds for row in tables[0].values()]
        return wilson(sum(ended), len(ended))
    if not all(tables):
        return Figure.missing(f"needs {' and '.join(conditions)}")
    weights = [1 / len(tables)] * len(tables)
    figure = contrast(paired(_ended(*kinds), tables), weights, table.generator(name))
    return _of_episodes(figure, tables)


def _ended(*kinds: str) -> Callable[[Episode], bool]:
    """Asks an episode whether it ended in one of these ways."""
    return lambda row: row.outcome in kinds


def _of_episodes(figure: Figure, tables: Sequence[Rows]) -> Figure:
    """A figure over levels, with n the number of their episodes."""
    return replace(figure, n=figure.n * len(tables))
