"""Scripted agents: ``scripted:random``, and the oracles a world has (``goal``, ``proxy``).

An oracle is told a level's start state, which no other agent ever is: `ScriptedPlayer.follow`
takes the actions that the world scripts for the level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import Agent, AgentSpec, Player
from gmbench.errors import UnknownNameError
from gmbench.specs import Pair

ROLES = ("random", "goal", "proxy")


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

    def player(self, num_envs: int, deterministic: bool) -> ScriptedPlayer:
        """A player; scripts have no other way to act than their own."""
        return ScriptedPlayer(num_envs)


class ScriptedPlayer(Player):
    """Plays a script in every slot that follows one, uniformly random actions in the others."""

    def __init__(self, num_envs: int) -> None:
        self._scripts: list[Iterator[int] | None] = [None] * num_envs
        self._random = [np.random.default_rng(0) for _ in range(num_envs)]

    def begin(self, slot: int, seed: int) -> None:
        """Start anew, at random until told to `follow` a script."""
        self._random[slot] = np.random.default_rng(seed)
        self._scripts[slot] = None

    def follow(self, slot: int, script: Iterator[int]) -> None:
        """Play a script in a slot."""
        self._scripts[slot] = script

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The next action of every slot, int64 of shape (num_envs,)."""
        return np.array(
            [
                int(rng.integers(self.num_actions)) if script is None else next(script)
                for script, rng in zip(self._scripts, self._random, strict=True)
            ],
            dtype=np.int64,
        )


def scripted(role: str) -> ScriptedAgent:
    """The scripted agent of a role.

    Raises:
        UnknownNameError: no such role.
    """
    if role not in ROLES:
        raise UnknownNameError(f"no scripted agent {role!r}; known: {', '.join(ROLES)}")
    return ScriptedAgent(role)
