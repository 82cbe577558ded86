"""Ranks with intervals and tie groups, from a paired bootstrap on the levels that entries share.

All entries play the same levels, so every resample draws levels once for all of them: that one
level is hard for everybody moves nobody's rank. Two imaginary levels are added, on which every
entry answers at random, as in `gmbench.metrics.effects`: else two agents that always do the same
would be told apart, or never, by nothing.

An entry's rank interval is not the spread of its resampled ranks, which is too narrow where entries
are nearly equal. It counts whom the entry can be told apart from: the differences to all others get
one simultaneous 95 % band, whose width is a quantile of the largest deviation, in standard errors,
over all of them; who is surely better stands above, who is surely worse stands below. With a chance
of 95 % at least the interval then holds the entry's true rank, and where entries are truly equal
every rank that they share (a slow test measures it).

The intervals are about these agents on other levels. How much training anew would change is another
question, which the spread over training seeds answers.

Source: Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for ranks with applications to mobility
across neighbourhoods and academic achievement across countries".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.leaderboard.answers import Answers
from gmbench.levels import stable_hash
from gmbench.metrics.effects import IMAGINARY_LEVELS
from gmbench.metrics.seeds import iqm

RESAMPLES: Final = 1_000
# A little more than 95 %: standard errors are estimated too, and at 95 % the intervals of eight
# entries that are truly equal held their ranks in 94.1 % of 700 boards.
BAND: Final = 0.965

_LEAST: Final = 1e-6  # of a standard error, and of the room that a score is a share of

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scores:
    """What some entries scored, and would have on other levels.

    Attributes:
        values: float64 of shape (entries,): the interquartile mean over an entry's agents.
        drawn: float32 of shape (entries, resamples).
    """

    values: NDArray[np.float64]
    drawn: Floats


@dataclass(frozen=True)
class Rank:
    """An entry's place among those it is ranked with.

    Attributes:
        rank: 1 and how many score more.
        low, high: the ranks that it may truly have.
        group: the tie group, from 1: no member can be told apart from its best.
    """

    rank: int
    low: int
    high: int
    group: int


def scores(
    agents: Sequence[Sequence[Answers]],
    names: Sequence[str],
    where: str,
    resamples: int = RESAMPLES,
) -> Scores:
    """The scores of entries on one pair.

    Args:
        agents: of every entry its agents' answers, all on the same levels.
        names: of the entries: each has random numbers of its own, whoever else is there.
        where: names the levels; equal names draw equal resamples.
        resamples: how many.
    """
    levels = len(agents[0][0].levels)
    weights, imagined = _weights(levels, where, resamples)
    values, drawn = [], np.empty((len(agents), resamples), dtype=np.float32)
    for at, (own, name) in enumerate(zip(agents, names, strict=True)):
        noise = _noise(imagined, stable_hash("imaginary", where, name), levels)
        given, against = (
            np.stack(columns).astype(np.float32) @ weights + add
            for columns, add in zip(
                ([a.given for a in own], [a.against for a in own]), noise, strict=True
            )
        )
        drawn[at] = _middle(_compared(given, against, own[0].ratio))
        told = [answers.score for answers in own]
        values.append(iqm([one for one in told if one is not None]))
    return Scores(np.array(values), drawn)


def overall(parts: Sequence[Scores]) -> Scores:
    """The interquartile mean over pairs, whose levels are drawn one pair independently of another.

    Args:
        parts: one a pair, of the same entries in the same order.
    """
    values = np.array([iqm(of_entry) for of_entry in np.stack([p.values for p in parts], axis=1)])
    drawn = np.stack([part.drawn for part in parts])
    return Scores(values, _middle(drawn))


def fixed(value: float, resamples: int = RESAMPLES) -> Floats:
    """The drawn scores of what does not hang on levels, of shape (resamples,)."""
    return np.full(resamples, value, dtype=np.float32)


def ranks(found: Scores) -> list[Rank]:
    """The places of entries, in their order."""
    entries = len(found.values)
    if entries == 0:
        return []
    values, drawn = found.values, found.drawn - found.drawn.mean(axis=1, keepdims=True)
    spread = np.cov(drawn, dtype=np.float64).reshape(entries, entries)
    own = np.diag(spread)
    error = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * spread, _LEAST**2))
    width = _widths(drawn, error)
    apart = values[:, None] - values[None, :]  # [j, k]: how much more j scores than k
    sure = error * width[:, None]
    better, worse = (apart < -sure).sum(axis=1), (apart > sure).sum(axis=1)
    group = _groups(values, apart, sure)
    return [
        Rank(
            rank=int((values > values[j]).sum()) + 1,
            low=int(better[j]) + 1,
            high=entries - int(worse[j]),
            group=int(group[j]),
        )
        for j in range(entries)
    ]


def _weights(levels: int, where: str, resamples: int) -> tuple[Floats, NDArray[np.int64]]:
    """Shares of every level, of shape (levels, resamples), and how many imaginary ones."""
    generator = np.random.default_rng(stable_hash("ranks", where))
    chances = np.full(levels + 1, 1 / (levels + IMAGINARY_LEVELS))
    chances[levels] *= IMAGINARY_LEVELS
    counts = generator.multinomial(levels, chances, size=resamples)
    shares = np.ascontiguousarray(counts[:, :levels].T).astype(np.float32) / np.float32(levels)
    return shares, counts[:, levels]


def _noise(imagined: NDArray[np.int64], seed: int, levels: int) -> tuple[Floats, Floats]:
    """What an entry's answers to imaginary levels add to either mean; equal for its agents."""
    generator = np.random.default_rng(seed)
    drawn = [generator.binomial(imagined, 0.5).astype(np.float32) / levels for _ in range(2)]
    return drawn[0], drawn[1]


def _compared(given: Floats, against: Floats, ratio: bool) -> Floats:
    if not ratio:
        return given - against
    compared: Floats = (given - against) / np.maximum(1 - against, np.float32(0.01))
    return compared


def _middle(drawn: Floats) -> Floats:
    """The interquartile mean over the first axis, as `gmbench.metrics.seeds.iqm` has it."""
    cut = len(drawn) // 4
    kept = np.sort(drawn, axis=0)[cut : len(drawn) - cut] if cut else drawn
    middle: Floats = kept.mean(axis=0, dtype=np.float32)
    return middle


def _widths(drawn: Floats, error: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many standard errors wide each entry's band is, of shape (entries,)."""
    found, scale = np.zeros(len(drawn)), (1 / error).astype(np.float32)
    room = np.empty_like(drawn)
    for j in range(len(drawn)):
        np.subtract(drawn, drawn[j], out=room)
        np.abs(room, out=room)
        room *= scale[j][:, None]
        found[j] = np.quantile(room.max(axis=0), BAND)
    return found


def _groups(
    values: NDArray[np.float64], apart: NDArray[np.float64], sure: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Tie groups: from the best down, each begun by the first that its group's best beats."""
    group, number, best = np.zeros(len(values), dtype=np.int64), 0, -1
    for j in np.argsort(-values, kind="stable"):
        if best < 0 or apart[best, j] > sure[best, j]:
            number, best = number + 1, int(j)
        group[j] = number
    return group
