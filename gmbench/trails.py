"""What the episodes that run have done, for the figures that ask for every step.

Only episodes are followed in which an intent can be told: their level is made of cells, and goal
and proxy stand in different ones. All others cost nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench.specs import Condition
from gmbench.stages.base import Stage
from gmbench.terrain import Terrain


class Trails:
    """The actions of a stage's running episodes.

    Args:
        stage: where they are played.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        # One row a step of all slots: cheaper than one list a slot.
        self._steps: list[NDArray[np.int16]] = []
        self._begun: dict[int, tuple[int, Terrain, int, int]] = {}

    def begin(self, slot: int, condition: Condition) -> None:
        """Follow the episode that has just begun in a slot, if it tells an intent."""
        self._begun.pop(slot, None)
        if condition.goal is None or condition.proxy in (None, condition.goal):
            return
        terrain = self._stage.terrain(slot)
        if terrain is not None:
            goal, proxy = terrain.sites[condition.goal], terrain.sites[str(condition.proxy)]
            self._begun[slot] = len(self._steps), terrain, goal, proxy

    def add(self, actions: NDArray[np.integer[Any]]) -> None:
        """Keep what all slots are about to do, of shape (num_envs,)."""
        if self._begun:
            self._steps.append(actions.astype(np.int16))

    def end(self, slot: int) -> dict[str, int]:
        """What the episode that ended in a slot says of its intent; nothing if it told none."""
        if slot not in self._begun:
            return {}
        from gmbench.metrics.posterior import intent

        since, terrain, goal, proxy = self._begun.pop(slot)
        actions = [int(step[slot]) for step in self._steps[since:]]
        if not self._begun:
            self._steps.clear()
        return intent(terrain, goal, proxy, actions)
