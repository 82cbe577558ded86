"""Native worlds as a stage: the engine plays all slots and stops each where its episode ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Final

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.engine.batch import Batch, Result
from gmbench.engine.game import game
from gmbench.engine.tiles import CELL
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Condition, Pair
from gmbench.stages.base import (
    Ending,
    Levels,
    Setting,
    Spaces,
    Stage,
    no_such_role,
    outcome_of,
)
from gmbench.terrain import Board, Terrain

ROLES: Final = ("goal", "proxy")  # by the numbers that a world's oracle knows them by
PICTURE_SIDE: Final = 512  # pixels, about
FILTERED: Final = "rejected by the world's filter"


class NativeStage(Stage):
    """Slots of one native world; see `Stage`.

    An episode ends at the first step in which an event of its condition's goal or proxy happens,
    or one of the pair's ``stops``; where the pair ``runs_on`` only death, the game's own end and
    the deadline end it.
    """

    OBSERVATIONS = ("grid", "rgb")
    threads = 1  # a step of so few slots is over before a second thread has woken

    def __init__(
        self,
        module: ModuleType,
        conditions: Sequence[Condition],
        num_envs: int,
        setting: Setting,
        *,
        pictures: bool = False,
    ) -> None:
        self.pair, self.num_envs = module.PAIR, num_envs
        self.observation_space, self.action_space = self.spaces(module, setting)
        # A board moves by whole cells, which the eye follows more slowly than a platformer.
        self.fps = 6 if hasattr(module, "tiles") else 15
        self._module, self._setting = module, setting
        self._places = {c.name: at for at, c in enumerate(self.pair.world.conditions)}
        self._batch = Batch(
            module,
            num_envs,
            obs=setting.obs,
            parameters=setting.parameters,
            threads=self.threads,
            autoreset=False,
            whole=True,  # agents are strangers, and may write to what they are shown
        )
        self._batch.evaluate([stops(module, c) for c in self.pair.world.conditions])
        self._returns = np.zeros(num_envs)
        self._seen = np.zeros((num_envs, *self.observation_space.shape), np.uint8)
        self._result: Result | None = None

    @classmethod
    def spaces(cls, module: ModuleType, setting: Setting) -> Spaces:
        """Planes of 0 and 1, or pictures; the world's actions.

        Raises:
            UsageError: a parameter's value is not allowed.
            UnknownNameError: the world has no such parameter.
        """
        made = game(module, setting.parameters)
        if setting.obs == "rgb":
            observations = spaces.Box(0, 255, made.frame_shape(), np.uint8)
        else:
            observations = spaces.Box(0, 1, made.grid_shape, np.uint8)
        return observations, spaces.Discrete(len(module.ACTIONS))

    def find_levels(self, count: int, first: int, *, level_filter: str = "pair") -> Levels:
        """The first numbers: each has a level, because a rejected draw is drawn again.

        What is counted as rejected are draws, not numbers.
        """
        if level_filter != "pair":
            raise UsageError(f"{self.pair.name} draws its levels by its filter; leave it on")
        exist = max(0, EVAL_LEVELS.stop - first)
        if count > exist:
            raise UsageError(f"{self.pair.name}: only {exist} of {count} levels exist")
        numbers = list(range(first, first + count))
        parameters = self._setting.parameters
        drawn = Batch(
            self._module, self.num_envs, obs="none", parameters=parameters, threads=self.threads
        )
        attempts = 0
        for start in range(0, count, self.num_envs):
            some = numbers[start : start + self.num_envs]
            drawn.begin(range(len(some)), some, [0] * len(some))
            attempts += int(drawn.slots["attempts"][: len(some)].sum())
        return Levels(numbers, {FILTERED: attempts - count} if attempts > count else {})

    def begin(
        self, slots: Sequence[int], levels: Sequence[int], conditions: Sequence[Condition]
    ) -> None:
        """Start episodes, all in one call of the engine."""
        places = [self._places[condition.name] for condition in conditions]
        self._seen = self._batch.begin(slots, levels, places)
        self._returns[list(slots)] = 0.0

    def observe(self) -> NDArray[np.uint8]:
        """Grids of shape (num_envs, C, H, W), or pictures of shape (num_envs, H, W, 3)."""
        return self._seen

    def step(self, actions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Step the engine; a slot whose episode is over waits."""
        self._result = result = self._batch.step(actions)
        self._seen = result.observations
        self._returns += result.rewards
        return result.terminated | result.truncated

    def ending(self, slot: int) -> Ending:
        """How a slot's episode ended, in the step before."""
        states, played = self._batch.states, self._batch.slots[slot]
        steps = played["first"].tolist()
        entered = {e: s for e, s in zip(self._module.EVENTS, steps, strict=False) if s > 0}
        fields = [*self._module.SCORES, *(["par"] if "par" in (states.dtype.names or ()) else [])]
        return Ending(
            self._outcome(slot, entered),
            int(played["steps"]),
            float(self._returns[slot]),
            entered,
            int(played["limit"]),
            {field.removesuffix("_score"): int(states[field][slot]) for field in fields},
        )

    def _outcome(self, slot: int, entered: dict[str, int]) -> str:
        assert self._result is not None
        played = self._batch.slots[slot]
        condition = self.pair.world.conditions[int(played["condition"])]
        died, timed_out = int(played["over"]) == 2, bool(self._result.truncated[slot])
        # What ends an episode in no such way is an event that is neither goal nor proxy.
        return outcome_of(condition, entered, died, timed_out) or "other"

    def terrain(self, slot: int) -> Terrain | None:
        """What the world says of its state, where it says something."""
        if not hasattr(self._module, "terrain"):
            return None
        found: Terrain = self._module.terrain(self._batch.states[slot])
        return found

    def board(self, slot: int) -> Board | None:
        """As the terrain, or what the world says where it has none."""
        if not hasattr(self._module, "board"):
            return super().board(slot)
        found: Board = self._module.board(self._batch.states[slot])
        return found

    def goal_cells(self, level: int, condition: Condition) -> list[int]:
        """Those of which the world's own rule says so."""
        if not hasattr(self._module, "move_goal"):
            return []  # nor need there be a board
        self.begin([0], [level], [condition])
        board = self.board(0)
        assert board is not None
        free = np.flatnonzero(~board.walls).tolist()
        return [cell for cell in free if self._batch.move_goal(0, cell, trial=True)]

    def move_goals(self, cells: Mapping[int, int]) -> None:
        """By the world's own rule, with the deadline that follows from where the goal is now."""
        for slot, cell in cells.items():
            if not self._batch.move_goal(slot, cell):
                raise UsageError(f"{self.pair.name}: the goal cannot be moved to cell {cell}")
        self._seen = self._batch.observe()

    def oracle(self, role: str) -> NDArray[np.int64]:
        """The scripted agent's action in every state."""
        if role not in self.pair.oracles:
            raise no_such_role(self.pair, role)
        return self._batch.oracle(ROLES.index(role))

    def pictures(self) -> NDArray[np.uint8]:
        """The whole board, or what the view shows of it, about 512 pixels a side."""
        side = max(self._batch.game.board)
        return self._batch.frames(max(2, round(PICTURE_SIDE / side / CELL)) * CELL)

    def close(self) -> None:
        """There is nothing but memory."""


def stops(module: ModuleType, condition: Condition) -> int:
    """The bits of the events at which an episode in a condition ends."""
    pair: Pair = module.PAIR
    names = () if pair.runs_on else (condition.goal, condition.proxy, *pair.stops)
    return sum(1 << at for at, event in enumerate(module.EVENTS) if event in names)
