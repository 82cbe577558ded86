"""Agents that slip: a share of another agent's actions is replaced by random ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import Agent, Player
from gmbench.levels import stable_hash

BLOCK: Final = 64  # steps for which a slot draws at once


class NoisyAgent(Agent):
    """An agent that means to do as another, and now and then does anything instead.

    Args:
        agent: the other.
        rate: the chance in each step that the action is uniformly random, in [0, 1].
    """

    def __init__(self, agent: Agent, rate: float) -> None:
        self.agent, self.rate = agent, rate
        self.spec = replace(agent.spec, name=f"{agent.spec.name} slipping {rate:.0%}")

    def player(self, num_envs: int, deterministic: bool) -> NoisyPlayer:
        """A player around one of the other's; whether it slips hangs on the episode alone."""
        return NoisyPlayer(self.agent.player(num_envs, deterministic), num_envs, self.rate)


class NoisyPlayer(Player):
    """A player around another.

    Attributes:
        inner: the other, which is not told where it slipped.
    """

    def __init__(self, inner: Player, num_envs: int, rate: float) -> None:
        self.inner, self._rate = inner, rate
        self._random = [np.random.default_rng(0)] * num_envs  # until an episode brings its own
        self._slots = np.arange(num_envs)
        self._slips = np.zeros((num_envs, BLOCK), dtype=np.bool_)
        self._actions = np.zeros((num_envs, BLOCK), dtype=np.int64)
        self._used = np.full(num_envs, BLOCK)

    @property
    def num_actions(self) -> int:
        """As the other's."""
        return self.inner.num_actions

    @num_actions.setter
    def num_actions(self, number: int) -> None:
        self.inner.num_actions = number

    def begin(self, slot: int, seed: int) -> None:
        """Give the slot random numbers of its own beside the other's."""
        self.inner.begin(slot, seed)
        self._random[slot] = np.random.default_rng(stable_hash("slips", seed))
        self._used[slot] = BLOCK

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The other's actions but for the slips, int64 of shape (num_envs,)."""
        for slot in np.flatnonzero(self._used == BLOCK):
            random = self._random[slot]
            self._slips[slot] = random.random(BLOCK) < self._rate
            self._actions[slot] = random.integers(self.num_actions, size=BLOCK)
            self._used[slot] = 0
        at = self._slots, self._used
        meant = self.inner.act(observations)
        done: NDArray[np.int64] = np.where(self._slips[at], self._actions[at], meant)
        self._used += 1
        return done
