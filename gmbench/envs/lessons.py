"""Which lessons begin when, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from gmbench.envs.regime import ANYWHERE, Lessons
from gmbench.envs.regions import lies_in
from gmbench.errors import UsageError
from gmbench.levels import TRAIN_LEVELS, stable_hash

MOST_LOOKED_AT: Final = 100  # levels for a lesson, before a region is given up
CHUNK: Final = 1_024
DUE: Final = 80  # per cent of the span, over which lessons fall due


@dataclass
class Tally:
    """What became of the lessons so far.

    Attributes:
        begun, ended: how many.
        steps: environment steps played in them.
        goal_first, proxy_first: how many of those that ended reached the one before the other.
        first_step, last_step: environment steps that had been played, of all slots together, when
            the first and the last began; -1 before.
    """

    begun: int = 0
    ended: int = 0
    steps: int = 0
    goal_first: int = 0
    proxy_first: int = 0
    first_step: int = -1
    last_step: int = -1


class LessonPlan:
    """Hands out lessons one after the other, as they fall due.

    They fall due evenly over four fifths of the span, and are given to the next episodes that
    begin; the last fifth is for those that have to wait for one, and to bring the last to their
    end. A lesson's level is a hash of the seed and its number alone: agents of one seed are given
    the same lessons in the same order, however they are spread.

    Args:
        lessons: how many, when, where.
        module: the native world.
        parameters: of the world.
        seed: names the lessons.
        allowed: levels to choose from; None for all training levels.

    Raises:
        UsageError: too few of the levels have their B in the region.
    """

    def __init__(
        self,
        lessons: Lessons,
        module: ModuleType,
        parameters: Mapping[str, int | str],
        seed: int,
        allowed: Sequence[int] | None = None,
    ) -> None:
        self.lessons = lessons
        self.levels = lesson_levels(lessons, module, parameters, seed, allowed)

    def due(self, played: int, begun: int) -> int:
        """How many should have begun, and have not.

        Args:
            played: environment steps so far, of all slots together.
            begun: lessons so far.

        Raises:
            UsageError: the span is over, and some have not begun.
        """
        begin, end, episodes = self.lessons.begin, self.lessons.end, self.lessons.episodes
        if played < begin:
            return 0
        if played >= end:
            if begun < episodes:
                raise UsageError(too_few(begun, self.lessons))
            return 0
        long = max(1, (end - begin) * DUE // 100)
        return max(0, min(episodes, (played - begin) * episodes // long + 1) - begun)


def too_few(begun: int, lessons: Lessons) -> str:
    """What is said where not all lessons found an episode."""
    return (
        f"only {begun} of {lessons.episodes} lessons could begin between steps {lessons.begin:,}"
        f" and {lessons.end:,}; give fewer, or a longer span"
    )


def lesson_levels(
    lessons: Lessons,
    module: ModuleType,
    parameters: Mapping[str, int | str],
    seed: int,
    allowed: Sequence[int] | None = None,
) -> tuple[int, ...]:
    """The level of every lesson; see `LessonPlan`.

    With a region, it is the first candidates whose B lies there.
    """
    levels = TRAIN_LEVELS if allowed is None else allowed
    found: list[int] = []
    looked = 0
    while len(found) < lessons.episodes:
        if looked > MOST_LOOKED_AT * lessons.episodes + CHUNK:
            raise UsageError(
                f"lessons: of {looked:,} levels {len(found)} have their B in the region"
                f" {lessons.region}; choose another, or allow more levels"
            )
        size = lessons.episodes if lessons.region == ANYWHERE else CHUNK
        some = [
            levels[stable_hash("lesson", seed, number) % len(levels)]
            for number in range(looked, looked + size)
        ]
        looked += size
        if lessons.region != ANYWHERE:
            there = lies_in(lessons.region, module, parameters, some)
            some = [level for level, lies in zip(some, there, strict=True) if lies]
        found += some
    return tuple(int(level) for level in found[: lessons.episodes])
