"""Native worlds as games: the engine draws levels, steps and begins the next by itself."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.engine.devices import open_batch
from gmbench.engine.game import Parameters
from gmbench.envs.games import Actions, Games, Info, Observations, Transition
from gmbench.levels import TrainingLevels
from gmbench.specs import Condition

PICTURE_TILE = 16  # pixels of a cell in what people are shown


class NativeGames(Games):
    """Slots of one native world; see `Games`.

    Observations lie in buffers that are used again: an array handed out survives the next two
    steps, and must not be written to, because pictures are drawn over what is there. Where the
    levels are played on a graphics card, arrays are copies of what lies there, and every step waits
    for it; `gmbench.envs.tensors.TensorGames` neither copies nor waits.

    Args:
        module: the world.
        num_envs: how many slots.
        condition: the condition of the levels outside the alpha share.
        stream: which levels, in which order.
        alpha: share of levels played in the pair's test conditions instead, in [0, 1].
        obs: "grid" or "rgb".
        parameters: of the world; the others are at their defaults.
        device: "cpu" or "cuda".
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
        device: str = "cpu",
    ) -> None:
        self._pair = module.PAIR
        self.name = self._pair.name
        self.num_envs = num_envs
        self.device = device
        self.batch = open_batch(module, num_envs, device=device, obs=obs, parameters=parameters)
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
        self._seen = _on_host(self.batch.reset(levels))
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
        return self._play(actions, begins_next=True)

    def advance(self, actions: Actions) -> Transition:
        """See `Games`."""
        self.batch.autoreset = False
        return self._play(actions, begins_next=False)

    def begin_next(self, slots: Sequence[int] | NDArray[np.integer[Any]]) -> Observations:
        """See `Games`; what it gives lies where the observations lay that were given last."""
        _ = self.frames
        # Together with `advance` it is one step, which is to take one buffer.
        self._seen = _on_host(self.batch.begin_next(slots, again=True))
        return self._seen

    def close(self) -> None:
        """See `Games`."""
        self._closed = True

    def endings(
        self,
        ended: NDArray[np.intp],
        terminated: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> dict[int, Info]:
        """What is told of the episodes that ended in the last step, as in `Transition.endings`.

        Args:
            ended: their slots.
            terminated: of all slots, shape (slots,).
            rewards: likewise.
        """
        if not len(ended):
            return {}
        # Field by field: to copy whole records takes NumPy several times as long.
        slots = self.batch.slots
        levels = slots["last_level"][ended].tolist()
        conditions = slots["last_condition"][ended].tolist()
        won = self.succeeded(terminated, rewards)[ended].tolist()
        endings: dict[int, Info] = {}
        every = zip(ended.tolist(), levels, conditions, won, strict=True)
        for slot, level, condition, success in every:
            endings[slot] = {"level": level, "condition": self._names[condition]}
            if self.knows_success:
                endings[slot]["is_success"] = success
        return endings

    @property
    def knows_success(self) -> bool:
        """Whether the world says what success is."""
        return bool(self._pair.success != "return")

    @staticmethod
    def succeeded(terminated: Any, rewards: Any) -> Any:
        """Whether an episode that ended so was a success, where the world `knows_success`.

        In every world whose success is an arrival, what ends it with a reward is the goal.

        Args:
            terminated: array or tensor, of the step that ended it.
            rewards: likewise, of the same shape.
        """
        return terminated & (rewards > 0)

    def _play(self, actions: Actions, begins_next: bool) -> Transition:
        _ = self.frames
        result = self.batch.step(self.checked(actions))
        self._seen, rewards, terminated, truncated = map(_on_host, result[:4])
        ended = (terminated | truncated).nonzero()[0]
        final: dict[int, Observations] = {}
        if begins_next and len(ended):
            # Copies: an algorithm may keep them for longer than the buffers do.
            final = dict(zip(ended.tolist(), _on_host(result.last)[ended], strict=True))
        endings = self.endings(ended, terminated, rewards)
        return Transition(self._seen, rewards, terminated, truncated, endings, final)


def _on_host(array: Any) -> Any:
    """An array of either device as one of NumPy's."""
    return array.copy_to_host() if hasattr(array, "copy_to_host") else array
