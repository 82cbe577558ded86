"""Many levels of one native world, stepped at once on the processor's cores."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import ModuleType
from typing import Any, Final, NamedTuple

import numba
import numpy as np
from numba import njit
from numpy.typing import NDArray

from gmbench.engine import layout
from gmbench.engine.abstract import BUFFERS, AbstractBatch
from gmbench.engine.driver import announce
from gmbench.engine.game import Parameters
from gmbench.engine.launch import Kernel, Table, kernel, quick_compilation
from gmbench.engine.tiles import CELL, UNKNOWN
from gmbench.errors import UsageError

# Of observations and states, for each thread: with less to do, meeting costs more than it saves.
LEAST_BYTES: Final = 1 << 18
STATE_BYTES: Final = 1 << 10  # what stepping a state weighs beside the writing of observations


class Result(NamedTuple):
    """One step of all slots; every array survives the next two steps.

    Attributes:
        observations: uint8 of shape (slots, ...).
        rewards: float32 of shape (slots,).
        terminated, truncated: bool of shape (slots,): the episode ended in this step by the rules
            (in evaluation: or at an arrival), or at its limit of steps.
        last: uint8 of shape (slots, ...): where an episode ended and `observations` already show
            the next level, its last observation; elsewhere without meaning.
    """

    observations: NDArray[np.uint8]
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    last: NDArray[np.uint8]


class Batch(AbstractBatch[NDArray[np.uint8]]):
    """Slots of one native world, on the processor's cores; see `AbstractBatch`.

    Args:
        module, num_envs, obs, tile, parameters, autoreset: as for `AbstractBatch`.
        threads: how many; by default as many as the batch keeps busy, all cores at most.
        whole: whether every picture is drawn whole, which callers need that write to observations;
            else only what has changed since the buffer held a picture of the same slot.

    Raises:
        UsageError: an argument is wrong.
    """

    def __init__(
        self,
        module: ModuleType,
        num_envs: int,
        *,
        obs: str = "grid",
        tile: int = CELL,
        parameters: Parameters | None = None,
        autoreset: bool = True,
        threads: int | None = None,
        whole: bool = False,
    ) -> None:
        self._whole = whole
        super().__init__(
            module, num_envs, obs=obs, tile=tile, parameters=parameters, autoreset=autoreset
        )
        self.workers = _workers(threads, num_envs, int(np.prod(self.observation_shape)))
        # A spare state for every worker, in which an oracle tries a level, and the blank one.
        self._states = np.zeros(num_envs + self.workers + 1, self.game.state_dtype)
        self._states[-1:] = self.game.blank()
        self._slots = np.zeros(num_envs, layout.SLOT)
        self._slots["over"] = 1
        self._scratches = np.zeros(self.workers, self.game.scratch_dtype)
        self._listed = np.zeros(0, np.int64)
        self._taken = np.zeros(1, np.int64)
        self._kernels: dict[tuple[str, int], Kernel] = {}
        self._atlas = self.game.atlas(self._tile)
        self._buffers = [self._new_buffers() for _ in range(BUFFERS)]
        # Looking up a field of a record array costs as much as stepping ten slots.
        self._order = self._slots["order"]
        self._rewards = np.zeros(num_envs, np.float32)
        self._flags = np.zeros((2, num_envs), np.bool_)  # terminated, truncated
        self.stream(0)

    @property
    def slots(self) -> NDArray[np.void]:
        """What is known of every slot: the engine's own array, not a copy."""
        return self._slots

    @property
    def states(self) -> NDArray[np.void]:
        """The state of every slot's level: the engine's own array, not a copy."""
        return self._states[: self.num_envs]

    def step(self, actions: NDArray[np.integer[Any]]) -> Result:
        """Step every slot that plays; one whose episode is over waits, without a reward.

        Args:
            actions: integers in [0, number of actions), shape (slots,); not checked.
        """
        seen, last = self._carry_out(actions)
        return Result(
            seen,
            self._rewards.copy(),
            self._flags[0].copy(),
            self._flags[1].copy(),
            last,
        )

    def end(self, slots: NDArray[np.integer[Any]]) -> None:
        """End the episodes in some slots, as by death; they wait for their next level."""
        for name in ("level", "condition", "steps"):
            self._slots[f"last_{name}"][slots] = self._slots[name][slots]
        self._slots["over"][slots] = 2

    def oracle(self, role: int) -> NDArray[np.int64]:
        """The scripted agent's action in every slot, int64 of shape (slots,); 0 where none plays.

        Args:
            role: 0 for the goal's, 1 for the proxy's.
        """
        self._config[layout.ROLE] = role
        self._run("choose", self._tables[0])
        return np.maximum(self._order, 0).astype(np.int64)

    def frames(self, tile: int) -> NDArray[np.uint8]:
        """A picture of every slot's state for a person, uint8 of shape (slots, h, w, 3)."""
        atlas = self.game.atlas(tile, self.game.word(CELL))
        frames = np.zeros((self.num_envs, *self._words(tile, atlas.dtype)), atlas.dtype)
        arrays = self._arrays(atlas, np.zeros((0, 1), np.uint8), frames, self._unknown(len(frames)))
        self._run("portray", Table(arrays), CELL)
        return frames.view(np.uint8).reshape(self.num_envs, *self.game.frame_shape(tile))

    def move_goal(self, slot: int, cell: int, trial: bool = False) -> bool:
        """Move the goal of a slot's level, at its start, and the deadline with it.

        Args:
            slot: which.
            cell: where the goal is to be; what a cell is, the world says.
            trial: change nothing.

        Returns:
            Whether the world's rule `move_goal` allows it; never where the world has none.
        """
        states = self._states[slot : slot + 1]
        state = states.copy()[0] if trial else states[0]
        deadline = self._mover(state, self._scratches[0], cell)
        if deadline >= 0 and not trial:
            self._slots["limit"][slot] = deadline
        return deadline >= 0

    @cached_property
    def _mover(self) -> Callable[[Any, Any, int], int]:
        """The kernel `move`, compiled at its first call or taken from the disk."""
        driver = self.game.kernels(self._tile)
        announce(f"{self.game.module.NAME} (move)", driver, "move")
        move = njit(cache=True, _nrt=False)(driver.move)

        def quickly(state: Any, scratch: Any, cell: int) -> int:
            with quick_compilation():
                return int(move(state, scratch, cell))

        return quickly

    def _configured(self) -> None:
        """The kernels read the array itself."""

    def _start_stream(self, listed: NDArray[np.int64]) -> None:
        self._listed = listed
        self._tables = [Table(self._arrays(self._atlas, *buffers[:3])) for buffers in self._buffers]
        self._slots["draws"] = 0

    def _place(
        self,
        slots: NDArray[np.int64],
        levels: NDArray[np.int64],
        conditions: NDArray[np.int64] | None = None,
    ) -> None:
        self._slots["level"][slots] = levels
        if conditions is not None:
            self._slots["condition"][slots] = conditions

    def _carry_out(
        self, orders: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        self._order[:] = orders
        turn = self._turn
        self._turn = (turn + 1) % BUFFERS
        self._taken[0] = 0
        if self._whole:
            self._buffers[turn][2].fill(UNKNOWN)
        self._run("advance", self._tables[turn])
        _, _, _, seen, last = self._buffers[turn]
        return seen, last

    def _hopeless(self) -> NDArray[np.int32]:
        levels: NDArray[np.int32] = self._slots["level"]
        return levels[self._slots["attempts"] > layout.MAX_ATTEMPTS]

    def _arrays(self, *drawing: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """What the kernels work on, in their order, given atlas, grids and frames."""
        own = (self._states, self._slots, self._scratches, self._config, self._listed)
        return *own, *drawing, self._taken, self._rewards, *self._flags.view(np.uint8)

    def _run(self, name: str, table: Table, tile: int | None = None) -> None:
        key = (name, tile or self._tile)
        if key not in self._kernels:
            driver = self.game.kernels(key[1])
            announce(f"{self.game.module.NAME} ({name})", driver, name)
            self._kernels[key] = kernel(getattr(driver, name))
        self._kernels[key](table, self.workers)

    def _unknown(self, frames: int) -> NDArray[np.uint8]:
        """What so many frames show that have not been drawn yet."""
        return np.full((frames, int(np.prod(self.game.board))), UNKNOWN, np.uint8)

    def _new_buffers(self) -> tuple[NDArray[Any], ...]:
        """One turn of the ring: grids, frames, what they show; and what Python sees of them."""
        n, cells, word = self.num_envs, int(np.prod(self.game.grid_shape)), self._atlas.dtype
        grids = np.zeros((2 * n if self.obs == "grid" else 0, cells), np.uint8)
        pictures = 2 * n if self.obs == "rgb" else 0
        frames = np.zeros((pictures, *self._words(self._tile, word)), word)
        drawn = frames.view(np.uint8) if self.obs == "rgb" else grids
        if self.obs == "none":
            drawn = np.zeros((2 * n, 0), np.uint8)
        seen = drawn.reshape(2, n, *self.observation_shape)
        return grids, frames, self._unknown(pictures), seen[0], seen[1]


def _workers(threads: int | None, num_envs: int, observation_bytes: int) -> int:
    most: int = numba.config.NUMBA_NUM_THREADS
    if threads is None:
        return min(most, max(1, num_envs * (observation_bytes + STATE_BYTES) // LEAST_BYTES))
    if not 1 <= threads <= most:
        raise UsageError(
            f"threads={threads}: choose 1 to {most}, the cores there are (NUMBA_NUM_THREADS)"
        )
    return threads
