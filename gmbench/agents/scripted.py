"""Scripted agents: ``scripted:random``, and the oracles a world has (``goal``, ``proxy``).

An oracle is told the true states, which no other agent ever is: it asks the stage it plays on.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import Agent, AgentSpec, Player
from gmbench.errors import UnknownNameError
from gmbench.specs import Pair
from gmbench.stages.base import Stage

ROLES = ("random", "goal", "proxy")
BLOCK: Final = 64  # random actions that a slot draws at once


class ScriptedAgent(Agent):
    """The agent of one role, in every world that scripts it."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.spec = AgentSpec(
            name=f"scripted:{role}",
            kind="scripted",
            algorithm=None,
            digest=None,
            observation_space=None,
            action_space=None,
            recurrent=False,
            details={},
        )

    def plays(self, pair: Pair) -> bool:
        """Whether the pair's world scripts this role."""
        return self.role == "random" or self.role in pair.oracles

    def player(self, num_envs: int, deterministic: bool) -> Player:
        """A player; scripts have no other way to act than their own."""
        return RandomPlayer(num_envs) if self.role == "random" else Oracle(self.role)


class RandomPlayer(Player):
    """Uniformly random actions; a slot's hang on its episode's seed alone."""

    def __init__(self, num_envs: int) -> None:
        self._random = [np.random.default_rng(0)] * num_envs  # until an episode brings its own
        self._slots = np.arange(num_envs)
        # Drawn ahead, because a call for every slot in every step would cost more than the worlds.
        self._drawn = np.zeros((num_envs, BLOCK), dtype=np.int64)
        self._used = np.full(num_envs, BLOCK)

    def begin(self, slot: int, seed: int) -> None:
        """Give the slot the random numbers of the seed."""
        self._random[slot] = np.random.default_rng(seed)
        self._used[slot] = BLOCK

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The next action of every slot, int64 of shape (num_envs,)."""
        for slot in np.flatnonzero(self._used == BLOCK):
            self._drawn[slot] = self._random[slot].integers(self.num_actions, size=BLOCK)
            self._used[slot] = 0
        actions: NDArray[np.int64] = self._drawn[self._slots, self._used]
        self._used += 1
        return actions


class Oracle(Player):
    """Plays a role as the stage scripts it.

    Attributes:
        stage: where it plays; the loop sets it.
    """

    stage: Stage

    def __init__(self, role: str) -> None:
        self._role = role

    def begin(self, slot: int, seed: int) -> None:
        """Nothing is remembered and nothing left to chance."""

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The role's action in every slot, int64 of shape (num_envs,)."""
        return self.stage.oracle(self._role)


def scripted(role: str) -> ScriptedAgent:
    """The scripted agent of a role.

    Raises:
        UnknownNameError: no such role.
    """
    if role not in ROLES:
        raise UnknownNameError(f"no scripted agent {role!r}; known: {', '.join(ROLES)}")
    return ScriptedAgent(role)
