"""A native world on the bench: its levels begun and played, thousands at once, by scripted agents.

Everything is played as evaluation plays it, to the first arrival or the deadline, unless it says
"as in training".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.engine.game import Parameters, game
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Condition, Pair
from gmbench.stages.native import ROLES, stops

RANDOM: Final = "random"
CHUNK: Final = 2048  # levels played at once; more are no faster
TRACED_LEVELS: Final = 64
TRACED_STEPS: Final = 32

States = NDArray[np.void]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Played:
    """One episode on each of n levels.

    Attributes:
        events: the world's.
        first: int32 of shape (n, 8), the step at which each event first happened, 0 never.
        returns: float64 of shape (n,), undiscounted.
        states: the last states, shape (n,).
    """

    events: tuple[str, ...]
    first: NDArray[np.int32]
    returns: NDArray[np.float64]
    states: States

    def when(self, event: str | None) -> NDArray[np.int32]:
        """The step at which an event first happened, shape (n,); 0 never."""
        if event is None:
            return np.zeros(len(self.first), np.int32)
        return self.first[:, self.events.index(event)]

    def before(self, event: str | None, other: str | None) -> Flags:
        """Where an event happened and another did not by then, shape (n,)."""
        one, two = self.when(event), self.when(other)
        earlier: Flags = (one > 0) & ((two == 0) | (one < two))
        return earlier


@dataclass(frozen=True)
class Trace:
    """The first steps of n episodes, state by state.

    Attributes:
        condition: in which they were played.
        levels: int64 of shape (n,).
        attempts: int64 of shape (n,), the draws that each level took.
        limits: int64 of shape (n,), steps after which they are cut off.
        states: shape (steps + 1, n), the starts first.
        rewards: float64 of shape (steps, n).
        stepped: bool of shape (steps, n): the episode was not over before that step.
        first: int32 of shape (n, 8), as in `Played`.
    """

    condition: Condition
    levels: NDArray[np.int64]
    attempts: NDArray[np.int64]
    limits: NDArray[np.int64]
    states: States
    rewards: NDArray[np.float64]
    stepped: Flags
    first: NDArray[np.int32]


class Subject:
    """A native world in certain parameters, and how many levels of it to look at.

    Args:
        module: the world.
        levels: how many, from the first evaluation level.
        parameters: the others are at their defaults.
    """

    def __init__(self, module: ModuleType, levels: int, parameters: Parameters) -> None:
        self.module, self.parameters, self.count = module, dict(parameters), levels
        self.pair: Pair = module.PAIR
        self.game = game(module, parameters)
        self.fields: tuple[str, ...] = self.game.state_dtype.names or ()
        self._played: dict[tuple[str, str, int], Played] = {}
        self._traces: list[Trace] = []

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The world's conditions."""
        return self.pair.world.conditions

    def condition(self, name: str) -> Condition:
        """The condition of that name, which the pair is known to have."""
        return next(c for c in self.conditions if c.name == name)

    def chunks(self, count: int | None = None) -> Iterator[range]:
        """The levels, so many at a time as are played at once."""
        levels = EVAL_LEVELS[: count or self.count]
        for start in range(0, len(levels), CHUNK):
            yield levels[start : start + CHUNK]

    def batch(self, slots: int, obs: str = "none", *, training: bool = False) -> Batch:
        """Slots of the world, none of which plays.

        On one thread: a step of so few slots is over before another thread has begun.
        """
        batch = Batch(
            self.module,
            slots,
            obs=obs,
            parameters=self.parameters,
            threads=1,
            autoreset=False,
            whole=True,  # a check writes to observations, to see that all of them is drawn
        )
        if not training:
            batch.evaluate([stops(self.module, condition) for condition in self.conditions])
        return batch

    def begun(
        self,
        levels: Sequence[int],
        condition: Condition,
        obs: str = "none",
        *,
        training: bool = False,
    ) -> Batch:
        """Levels at their start, one a slot."""
        batch = self.batch(len(levels), obs, training=training)
        self.begin(batch, levels, condition)
        return batch

    def begin(self, batch: Batch, levels: Sequence[int], condition: Condition) -> NDArray[np.uint8]:
        """Begin levels in the first slots of a batch; returns the observations of all."""
        places = [self.conditions.index(condition)] * len(levels)
        return batch.begin(range(len(levels)), levels, places)

    def actions(self, agent: str, batch: Batch, chance: np.random.Generator) -> NDArray[np.int64]:
        """What an agent does in every slot: a role of `ROLES`, or random."""
        if agent == RANDOM:
            return chance.integers(len(self.module.ACTIONS), size=batch.num_envs)
        return batch.oracle(ROLES.index(agent))

    def play(self, agent: str, condition: Condition, count: int | None = None) -> Played:
        """Play one episode on each of the first levels; what was played is kept.

        The random agent walks alike in every condition, so that what differs between two of them
        is due to the conditions.
        """
        key = agent, condition.name, count or self.count
        if key not in self._played:
            parts = [self._play(agent, condition, levels) for levels in self.chunks(count)]
            self._played[key] = Played(
                tuple(self.module.EVENTS),
                np.concatenate([part.first for part in parts]),
                np.concatenate([part.returns for part in parts]),
                np.concatenate([part.states for part in parts]),
            )
        return self._played[key]

    def played(self) -> list[Played]:
        """What has been played until now."""
        return list(self._played.values())

    def _play(self, agent: str, condition: Condition, levels: Sequence[int]) -> Played:
        batch, chance = self.begun(levels, condition), np.random.default_rng(levels[0])
        returns = np.zeros(len(levels))
        while not batch.slots["over"].all():
            returns += batch.step(self.actions(agent, batch, chance)).rewards
        first = batch.slots["first"].copy()
        return Played(tuple(self.module.EVENTS), first, returns, batch.states.copy())

    def traces(self) -> list[Trace]:
        """The first steps of every agent in every condition, on a few levels."""
        if not self._traces:
            self._traces = [
                self._trace(agent, condition)
                for condition in self.conditions
                for agent in (*ROLES, RANDOM)
            ]
        return self._traces

    def _trace(self, agent: str, condition: Condition) -> Trace:
        levels = EVAL_LEVELS[:TRACED_LEVELS]
        batch, chance = self.begun(levels, condition), np.random.default_rng(levels[0])
        slots = batch.slots.copy()
        states, rewards, stepped = [batch.states.copy()], [], []
        for _ in range(TRACED_STEPS):
            stepped.append(batch.slots["over"] == 0)
            rewards.append(batch.step(self.actions(agent, batch, chance)).rewards)
            states.append(batch.states.copy())
        return Trace(
            condition,
            slots["level"].astype(np.int64),
            slots["attempts"].astype(np.int64),
            slots["limit"].astype(np.int64),
            np.stack(states),
            np.stack(rewards).astype(np.float64),
            np.stack(stepped),
            batch.slots["first"].copy(),
        )


def rows(array: NDArray[Any]) -> NDArray[np.uint8]:
    """The bytes of each element along the first axis, shape (n, bytes)."""
    return np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1)
