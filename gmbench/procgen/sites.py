"""Sites: the cells at which a level's goal and proxy can stand, or why the level has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gmbench.levels import stable_hash
from gmbench.procgen.conditions import Cell
from gmbench.specs import A, B, Condition

__all__ = ["A", "B", "Sites", "choose"]

T = TypeVar("T")


@dataclass(frozen=True)
class Sites:
    """The sites of one level, and whether the pair's filter accepts it.

    Attributes:
        cells: site name to cell; "A" is where goal and proxy stand together in training, "B"
            where the goal stands in the test.
        start: the cell on whose floor the player is set down in every condition, None for stock.
        without: entity types taken out of the level in every condition.
        candidates: how many cells B was chosen from.
        rejected: why the pair uses the level in no condition, in words that ``gmbench check``
            counts; None where it is accepted.
    """

    cells: Mapping[str, Cell] = field(default_factory=dict)
    start: Cell | None = None
    without: tuple[int, ...] = ()
    candidates: int = 0
    rejected: str | None = None

    def fit(self, condition: Condition) -> bool:
        """Whether the level has the site at which the condition puts the goal."""
        return condition.goal is None or condition.goal in self.cells


def choose(candidates: Sequence[T], level: int, stream: str) -> T:
    """One of the candidates, by a hash of the level: the same on every machine."""
    return candidates[stable_hash(stream, level) % len(candidates)]
