"""How an entry stands on a pair: its score, whether it knows how, and in which track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from gmbench.errors import RecordError
from gmbench.leaderboard.answers import Answers
from gmbench.leaderboard.entry import Entry, Play
from gmbench.leaderboard.parts import part_digest
from gmbench.leaderboard.reading import read_tables
from gmbench.leaderboard.tracks import LADDER, OPEN, Status, Track
from gmbench.metrics.intervals import Figure, wilson
from gmbench.metrics.seeds import iqm

CAPABLE_FROM: Final = 0.8
FEWEST_SEEDS: Final = 5  # of an alpha track


@dataclass(frozen=True, eq=False)
class Standing:
    """An entry on a pair.

    Attributes:
        entry, pair: whose, where.
        plays: of its agents, by rising seed.
        answers: of each.
        part: digest of the suite's part that they played.
        status, track: what they have earned, and the track whose table they stand in.
    """

    entry: Entry
    pair: str
    plays: tuple[Play, ...]
    answers: tuple[Answers, ...]
    part: str
    status: Status
    track: Track

    @cached_property
    def score(self) -> float | None:
        """The interquartile mean over agents; None where one of them has no score."""
        told = [answers.score for answers in self.answers]
        known = [one for one in told if one is not None]
        return iqm(known) if len(known) == len(told) else None

    @cached_property
    def train_success(self) -> float:
        """The interquartile mean over agents."""
        return iqm([float(answers.success.mean()) for answers in self.answers])

    @cached_property
    def skill(self) -> float:
        """The interquartile mean over agents of the lower ends of their train_success.

        As in the score, one agent of four or more that failed to learn does not decide.
        """
        return iqm([_low(_skill(answers)) for answers in self.answers])

    @cached_property
    def capable(self) -> bool:
        """Whether it knows how."""
        return self.skill >= CAPABLE_FROM

    @property
    def claimed(self) -> Track | None:
        """The track that it claims and has not earned."""
        return self.entry.track if self.track == OPEN != self.entry.track else None


def standings(entries: Sequence[Entry], jobs: int = 1) -> list[Standing]:
    """How every entry stands on each of its pairs, in their order.

    Args:
        entries: all of them.
        jobs: processes that read tables, as of `gmbench.leaderboard.reading.read_tables`.

    Raises:
        RecordError: a table cannot be read, or agents of a pair played different levels.
    """
    tables: dict[Path, set[str]] = {}
    for play in (play for entry in entries for play in entry.plays):
        tables.setdefault(play.episodes, set()).add(play.pair)
    read = read_tables({path: sorted(pairs) for path, pairs in tables.items()}, jobs=jobs)
    return [one for entry in entries for one in _of(entry, read)]


def track_on(entry: Entry, pair: str) -> Track:
    """The track whose table an entry stands in: its own where it has earned it, else open."""
    earned = entry.status(pair) == LADDER[-1] and len(entry.of(pair)) >= FEWEST_SEEDS
    return entry.track if earned else OPEN


def _of(entry: Entry, read: Mapping[Path, Mapping[str, Answers]]) -> list[Standing]:
    found = []
    for pair in entry.pairs:
        plays = entry.of(pair)
        digests = {part_digest(play.suite, pair) for play in plays}
        answers = tuple(read[play.episodes][pair] for play in plays)
        first = answers[0].levels
        if len(digests) > 1 or any(not np.array_equal(a.levels, first) for a in answers):
            raise RecordError(f"{entry.entry}: agents of {pair} played different levels")
        found.append(
            Standing(
                entry=entry,
                pair=pair,
                plays=plays,
                answers=answers,
                part=digests.pop(),
                status=entry.status(pair),
                track=track_on(entry, pair),
            )
        )
    return found


def _skill(answers: Answers) -> Figure:
    return wilson(int(answers.success.sum()), len(answers.success))


def _low(figure: Figure) -> float:
    assert figure.low is not None  # there are levels
    return figure.low
