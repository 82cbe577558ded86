"""What an agent did on every level, as columns: all that its score and its skill rest on.

Tables are read in haste here, because a board has thousands: only the agent's own rows under the
conditions that matter, and no row is checked beyond that. What is not plainly such a table is read
by `gmbench.episodes` instead, which says what is wrong with it.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmbench import registry
from gmbench.episodes import COLUMNS, Episodes
from gmbench.errors import RecordError
from gmbench.metrics.effects import MOST_ON_THE_WAY
from gmbench.metrics.shares import succeeds
from gmbench.metrics.table import came_first
from gmbench.specs import Pair

PLAIN: Final = (
    COLUMNS,
    (*COLUMNS, "scores"),
    (*COLUMNS, "intent"),
    (*COLUMNS, "scores", "intent"),
)
MOST_BYTES: Final = 2**27  # unpacked

_NONE: Final[Mapping[str, int]] = {}

Column = NDArray[np.float64]


class Row(NamedTuple):
    """An episode of the agent itself, as far as it is asked for."""

    pair: str
    condition: str
    level: int
    outcome: str
    reward: float
    entered: Mapping[str, int]
    scores: Mapping[str, int]


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


def read_answers(path: Path, pairs: Iterable[str]) -> dict[str, Answers]:
    """The answers of one table's agents.

    Args:
        path: of the table, ``.csv.gz`` or ``.csv``.
        pairs: which are wanted.

    Raises:
        RecordError: it is no such table, or lacks a level under a condition.
    """
    wanted = {name: registry.pair(name) for name in pairs}
    kinds = {name: _conditions(pair) for name, pair in wanted.items()}
    rows: dict[str, dict[str, dict[int, Row]]] = {
        name: {condition: {} for condition in kinds[name]} for name in wanted
    }
    for row in _rows(path, kinds):
        rows[row.pair][row.condition][row.level] = row
    return {name: _answers(path, pair, rows[name]) for name, pair in wanted.items()}


def _answers(path: Path, pair: Pair, rows: Mapping[str, Mapping[int, Row]]) -> Answers:
    levels = sorted(rows[pair.train])
    for condition, found in rows.items():
        if not levels or found.keys() != rows[pair.train].keys():
            raise RecordError(
                f"{path}: {pair.name} needs the same levels under {pair.train} and {condition}"
            )
    if pair.score == "preference":
        given = _shares(pair, rows, levels, "goal_first")
        against = _shares(pair, rows, levels, "proxy_first")
    else:
        effect = pair.effect
        given, against = (
            _column(came_first(rows[c][n].entered, effect.event, effect.before) for n in levels)
            for c in (effect.given, effect.against)
        )
    return Answers(
        levels=np.array(levels, dtype=np.int64),
        success=_column(succeeds(rows[pair.train][level], pair) for level in levels),
        given=given,
        against=against,
        ratio=pair.moves_goal,
    )


def _shares(
    pair: Pair, rows: Mapping[str, Mapping[int, Row]], levels: list[int], outcome: str
) -> Column:
    tests = [
        _column(rows[test][level].outcome == outcome for level in levels) for test in pair.tests
    ]
    shares: Column = np.mean(tests, axis=0)
    return shares


def _column(answers: Iterable[bool]) -> Column:
    return np.fromiter(answers, dtype=np.float64)


def _conditions(pair: Pair) -> frozenset[str]:
    """The conditions that score and skill ask for."""
    if pair.score == "preference":
        return frozenset((pair.train, *pair.tests))
    return frozenset((pair.train, pair.effect.given, pair.effect.against))


def _rows(path: Path, kinds: Mapping[str, frozenset[str]]) -> Iterator[Row]:
    """The agent's own rows of some pairs and conditions."""
    text = _unpacked(path)
    header, newline, body = (text or "").partition("\n")
    body = newline + body
    columns = tuple(header.split(","))
    if columns not in PLAIN or '"' in body:
        yield from _strictly(path, kinds)
        return
    scored = "scores" in columns
    for name, conditions in kinds.items():
        for cells in _pattern(name, conditions, scored).findall(body):
            condition, level, outcome, reward, entered = cells[:5]
            try:
                scores = _numbers(cells[5]) if scored else _NONE
                yield Row(
                    name, condition, int(level), outcome, float(reward), _numbers(entered), scores
                )
            except ValueError:
                raise RecordError(f"{path}: a row has no numbers where it must") from None


@lru_cache(maxsize=256)
def _pattern(pair: str, conditions: frozenset[str], scored: bool) -> re.Pattern[str]:
    """Finds the agent's own rows, whose group is empty: condition, level, outcome and so on."""
    under = "|".join(re.escape(condition) for condition in sorted(conditions))
    # From the newline on: a pattern that begins with plain text is found many times faster.
    line = rf"\n{re.escape(pair)},({under}),,([^,\n]*),[^,\n]*,([^,\n]*),[^,\n]*"
    line += r",([^,\n]*),([^,\n]*),[^,\n]*" + (r",([^,\n]*)" if scored else "")
    return re.compile(line)


def _strictly(path: Path, kinds: Mapping[str, frozenset[str]]) -> Iterator[Row]:
    for row in Episodes.read(path):
        if not row.group and row.condition in kinds.get(row.pair, ()):
            yield Row(
                row.pair,
                row.condition,
                row.level,
                row.outcome,
                row.reward,
                row.entered,
                row.scores,
            )


@lru_cache(maxsize=2**16)
def _numbers(text: str) -> dict[str, int]:
    """Names and numbers from text like ``A=85 B=48``."""
    found = {}
    for word in text.split():
        name, _, number = word.partition("=")
        found[name] = int(number)
    return found


def _unpacked(path: Path) -> str | None:
    """The table's text; None where it is better read strictly, which says why."""
    try:
        with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        return None if len(data) > MOST_BYTES else data.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
