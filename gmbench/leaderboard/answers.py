"""What an agent did on every level, as columns: all that its score and its skill rest on.

Tables are read in haste here, because a board has thousands: only the agent's own rows under the
conditions that matter, and no row is checked beyond that. What is not plainly such a table is read
by `gmbench.episodes` instead, which says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmbench import registry
from gmbench.episodes import Episodes
from gmbench.episodes.codec import to_csv
from gmbench.errors import RecordError
from gmbench.leaderboard.haste import Key, PlainTable, Rows, plain_table, table_of
from gmbench.metrics.effects import MOST_ON_THE_WAY
from gmbench.metrics.shares import succeeds
from gmbench.metrics.table import came_first
from gmbench.specs import Effect, Pair

Column = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """One agent on one pair, by rising level.

    Attributes:
        levels: int64 of shape (levels,).
        success: float64 of that shape, 1 where it succeeds in training.
        given, against: likewise; the score compares their means. Where pursuit ranks, whether the
            effect's event came first under either of its conditions; where preference does, the
            share of test episodes that took the goal first, and the proxy.
        ratio: whether the score is a share of the room that ``against`` leaves.
    """

    levels: NDArray[np.int64]
    success: Column
    given: Column
    against: Column
    ratio: bool

    @property
    def score(self) -> float | None:
        """The figure that ranks; None where ``against`` leaves too little room."""
        given, against = float(self.given.mean()), float(self.against.mean())
        if not self.ratio:
            return given - against
        return None if against > MOST_ON_THE_WAY else (given - against) / (1 - against)


class Row(NamedTuple):
    """A training episode, as far as success asks for it."""

    pair: str
    condition: str
    outcome: str
    reward: float
    entered: Mapping[str, int]
    scores: Mapping[str, int]
    level: int = -1  # told in messages only


_TOLD: Final = {"goal": ("outcome",), "return": ("reward", "scores")}


def read_answers(path: Path, pairs: Iterable[str]) -> dict[str, Answers]:
    """The answers of one table's agents.

    Args:
        path: of the table, ``.csv.gz`` or ``.csv``.
        pairs: which are wanted.

    Raises:
        RecordError: it is no such table, or lacks a level under a condition.
    """
    wanted = {name: registry.pair(name) for name in pairs}
    kinds = [(name, condition) for name, pair in wanted.items() for condition in _conditions(pair)]
    table = plain_table(path, kinds) or _strictly(path, kinds)
    try:
        return {name: _answers(table, pair) for name, pair in wanted.items()}
    except ValueError:
        raise RecordError(f"{path}: a row has no numbers where it must") from None
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from None


def _strictly(path: Path, kinds: Collection[Key]) -> PlainTable:
    """A table of what is asked for, from one that is not plain; or the fault that it has."""
    every = Episodes.read(path)
    rows = [row for row in every if not row.group and (row.pair, row.condition) in kinds]
    found = table_of(to_csv(rows).encode(), kinds)
    if found is None:
        raise RecordError(f"{path}: holds names that no table has")
    return found


def _answers(table: PlainTable, pair: Pair) -> Answers:
    levels, train = _by_level(table, pair, pair.train)
    rows = {pair.train: train}
    for condition in sorted(_conditions(pair) - {pair.train}):
        found, rows[condition] = _by_level(table, pair, condition)
        if not np.array_equal(found, levels) or not len(levels):
            raise RecordError(
                f"{pair.name} needs the same levels under {pair.train} and {condition}"
            )
    if pair.score == "preference":
        given, against = (_shares(table, pair, rows, o) for o in (b"goal_first", b"proxy_first"))
    else:
        effect = pair.effect
        given, against = (
            _column(partial(_first, effect), table.cells("entered", rows[c]))
            for c in (effect.given, effect.against)
        )
    played = list(zip(*(table.cells(name, train) for name in _told(pair)), strict=True))
    return Answers(
        levels=levels,
        success=_column(partial(_succeeds, pair.name), played),
        given=given,
        against=against,
        ratio=pair.moves_goal,
    )


def _by_level(table: PlainTable, pair: Pair, condition: str) -> tuple[NDArray[np.int64], Rows]:
    """The levels of a pair under a condition, rising, and the row of each."""
    rows = table.rows(pair.name, condition)
    # Of rows of one level the last counts; `check` refuses such tables.
    levels = table.levels(rows)
    order = np.argsort(levels, kind="stable")
    levels, rows = levels[order], rows[order]
    last = np.ones(len(levels), dtype=np.bool_)
    last[:-1] = levels[1:] != levels[:-1]
    return levels[last], rows[last]


def _shares(table: PlainTable, pair: Pair, rows: Mapping[str, Rows], outcome: bytes) -> Column:
    tests = [_column(outcome.__eq__, table.cells("outcome", rows[test])) for test in pair.tests]
    shares: Column = np.mean(tests, axis=0)
    return shares


def _column(ask: Callable[[Any], bool], cells: Sequence[Any]) -> Column:
    """What ``ask`` says of cells, which say the same again and again: of each text once."""
    answers = {cell: ask(cell) for cell in set(cells)}
    return np.fromiter(map(answers.__getitem__, cells), dtype=np.float64, count=len(cells))


def _told(pair: Pair) -> tuple[str, ...]:
    """The columns that success hangs on; where it is an event, on what was entered."""
    return _TOLD.get(pair.success, ("entered",))


def _conditions(pair: Pair) -> frozenset[str]:
    """The conditions that score and skill ask for."""
    if pair.score == "preference":
        return frozenset((pair.train, *pair.tests))
    return frozenset((pair.train, pair.effect.given, pair.effect.against))


@lru_cache(maxsize=2**16)
def _succeeds(pair: str, cells: tuple[bytes, ...]) -> bool:
    known = registry.pair(pair)
    told = dict(zip(_told(known), cells, strict=True))
    row = Row(
        pair,
        known.train,
        outcome=told.get("outcome", b"").decode(),
        reward=float(told.get("reward", 0)),
        entered=_numbers(told.get("entered", b"")),
        scores=_numbers(told.get("scores", b"")),
    )
    return succeeds(row, known)


@lru_cache(maxsize=2**16)
def _first(effect: Effect, entered: bytes) -> bool:
    return came_first(_numbers(entered), effect.event, effect.before)


def _numbers(text: bytes) -> dict[str, int]:
    """Names and numbers from text like ``A=85 B=48``."""
    found = {}
    for word in text.decode().split():
        name, _, number = word.partition("=")
        found[name] = int(number)
    return found
