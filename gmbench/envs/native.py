"""Native worlds as games: the engine draws levels, steps and begins the next by itself."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.engine.batch import Batch, Result
from gmbench.engine.game import Parameters
from gmbench.envs.games import Actions, Games, Info, Observations, Transition
from gmbench.levels import TrainingLevels
from gmbench.specs import Condition

PICTURE_TILE = 16  # pixels of a cell in what people are shown


class NativeGames(Games):
    """Slots of one native world; see `Games`.

    Observations lie in buffers that are used again: an array handed out survives the next two
    steps, and must not be written to, because pictures are drawn over what is there.

    Args:
        module: the world.
        num_envs: how many slots.
        condition: the condition of the levels outside the alpha share.
        stream: which levels, in which order.
        alpha: share of levels played in the pair's test conditions instead, in [0, 1].
        obs: "grid" or "rgb".
        parameters: of the world; the others are at their defaults.
    """

    def __init__(
        self,
        module: ModuleType,
        num_envs: int,
        condition: Condition,
        stream: TrainingLevels,
        alpha: float,
        obs: str,
        parameters: Parameters,
    ) -> None:
        self._pair = module.PAIR
        self.name = self._pair.name
        self.num_envs = num_envs
        self.batch = Batch(module, num_envs, obs=obs, parameters=parameters)
        high, shape = (1 if obs == "grid" else 255), self.batch.observation_shape
        self.observation_space = spaces.Box(0, high, shape, np.uint8)
        self.action_space = spaces.Discrete(len(module.ACTIONS))
        self._names = [known.name for known in self._pair.world.conditions]
        self._condition, self._alpha, self._stream = condition, alpha, stream
        self.restart(stream.seed)

    @property
    def levels(self) -> NDArray[np.int64]:
        """See `Games`."""
        levels: NDArray[np.int64] = self.batch.slots["level"].astype(np.int64)
        return levels

    @property
    def conditions(self) -> list[str]:
        """See `Games`."""
        return [self._names[at] for at in self.batch.slots["condition"].tolist()]

    @property
    def over(self) -> NDArray[np.bool_]:
        """See `Games`."""
        over: NDArray[np.bool_] = self.batch.slots["over"] != 0
        return over

    def pictures(self) -> NDArray[np.uint8]:
        """See `Games`."""
        _ = self.frames  # refuses what has not begun, or is closed
        return self.batch.frames(PICTURE_TILE)

    def reset(self, levels: Sequence[int | None] | None = None) -> Observations:
        """See `Games`."""
        self._check_open()
        self._seen = self.batch.reset(levels)
        return self._seen

    def restart(self, seed: int) -> None:
        """See `Games`."""
        self.batch.stream(
            seed,
            self._names.index(self._condition.name),
            self._alpha,
            [self._names.index(name) for name in self._pair.tests] if self._alpha else (),
            self._stream.allowed,
        )

    def step(self, actions: Actions) -> Transition:
        """See `Games`."""
        self.batch.autoreset = True
        result, ended = self._play(actions)
        # Copies: an algorithm may keep them for longer than the buffers do.
        final = dict(zip(ended.tolist(), result.last[ended], strict=True))
        return self._transition(result, ended, final)

    def advance(self, actions: Actions) -> Transition:
        """See `Games`."""
        self.batch.autoreset = False
        result, ended = self._play(actions)
        return self._transition(result, ended, {})

    def begin_next(self, slots: Sequence[int] | NDArray[np.integer[Any]]) -> Observations:
        """See `Games`."""
        _ = self.frames
        self._seen = self.batch.begin_next(slots)
        return self._seen

    def close(self) -> None:
        """See `Games`."""
        self._closed = True

    def _play(self, actions: Actions) -> tuple[Result, NDArray[np.intp]]:
        _ = self.frames
        result = self.batch.step(self._checked(actions))
        self._seen = result.observations
        return result, (result.terminated | result.truncated).nonzero()[0]

    def _transition(
        self, result: Result, ended: NDArray[np.intp], final: dict[int, Observations]
    ) -> Transition:
        endings: dict[int, Info] = {}
        if len(ended):
            # Field by field: to copy whole records takes NumPy several times as long.
            slots = self.batch.slots
            levels = slots["last_level"][ended].tolist()
            conditions = slots["last_condition"][ended].tolist()
            # In every world whose success is an arrival, what ends it with a reward is the goal.
            won = (result.terminated[ended] & (result.rewards[ended] > 0)).tolist()
            known = self._pair.success != "return"
            every = zip(ended.tolist(), levels, conditions, won, strict=True)
            for slot, level, condition, success in every:
                ending: Info = {"level": level, "condition": self._names[condition]}
                if known:
                    ending["is_success"] = success
                endings[slot] = ending
        return Transition(
            result.observations,
            result.rewards,
            result.terminated,
            result.truncated,
            endings,
            final,
        )
