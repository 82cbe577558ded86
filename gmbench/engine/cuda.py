"""Many levels of one native world, stepped at once on a graphics card.

One thread plays a slot, by the same rules as the processor's. Everything is put on the default
stream in the order of the calls, as torch's own work is: whatever is done there with an array from
here waits for it without being told, and no step waits for the card. `gmbench.engine.devices` says
what is missing where this cannot be imported.
"""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from gmbench.engine import layout
from gmbench.engine.abstract import BUFFERS, AbstractBatch
from gmbench.engine.driver import announce
from gmbench.engine.game import Parameters
from gmbench.engine.tiles import CELL, UNKNOWN
from gmbench.errors import UsageError

THREADS: Final = 128  # in a block
MOST_THREADS: Final = 1 << 17  # more than a card runs at once would only hold more memory
NONE: Final = np.full(1, -1)  # where there is no hopeless level


class CudaResult(NamedTuple):
    """One step of all slots, as device arrays; every array survives the next two steps.

    They have ``__cuda_array_interface__``: ``torch.as_tensor(array, device="cuda")`` makes tensors
    of them without a copy. ``array.copy_to_host()`` waits for the step and copies.

    Attributes:
        observations, rewards, terminated, truncated, last: as in `gmbench.engine.batch.Result`.
    """

    observations: Any
    rewards: Any
    terminated: Any
    truncated: Any
    last: Any


class _Buffers(NamedTuple):
    """One turn of the ring: what the kernels write, and what is handed out of it."""

    grids: Any
    frames: Any
    shown: Any
    rewards: Any
    terminated: Any
    truncated: Any
    seen: Any
    last: Any


class CudaBatch(AbstractBatch[Any]):
    """Slots of one native world, on a graphics card; see `AbstractBatch`.

    Observations are device arrays, like those of `CudaResult`. Beginning levels by `reset`,
    `begin` and `begin_next` waits for the card; `step`, `observe` and `oracle` do not.
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
    ) -> None:
        super().__init__(
            module, num_envs, obs=obs, tile=tile, parameters=parameters, autoreset=autoreset
        )
        self.workers = min(num_envs, MOST_THREADS)
        # A spare state for every thread, in which an oracle tries a level, and the blank one.
        states = np.zeros(num_envs + self.workers + 1, self.game.state_dtype)
        states[-1:] = self.game.blank()
        slots = np.zeros(num_envs, layout.SLOT)
        slots["over"] = 1
        self._states, self._slots = cuda.to_device(states), cuda.to_device(slots)
        self._scratches = cuda.to_device(np.zeros(self.workers, self.game.scratch_dtype))
        self._device_config = cuda.to_device(self._config)
        self._hopeless_level = cuda.to_device(NONE)
        self._orders = cuda.device_array(num_envs, np.int64)
        self._chosen = cuda.device_array(num_envs, np.int64)
        atlas = self.game.atlas(self._tile)
        self._atlas = cuda.to_device(atlas)
        self._kernels: dict[tuple[str, int], Any] = {}
        self._buffers = [self._new_buffers(atlas.dtype) for _ in range(BUFFERS)]
        self.stream(0)

    @property
    def slots(self) -> NDArray[np.void]:
        """What is known of every slot: a copy that cannot be written; waits for the card."""
        return _copied(self._slots)

    @property
    def states(self) -> NDArray[np.void]:
        """The state of every slot's level: a copy that cannot be written; waits for the card."""
        return _copied(self._states)[: self.num_envs]

    def step(self, actions: Any) -> CudaResult:
        """Step every slot that plays; one whose episode is over waits, without a reward.

        Args:
            actions: integers in [0, number of actions), shape (slots,); not checked. A contiguous
                int64 device array (a torch tensor on the card, say) is read where it lies;
                anything else is copied there, which waits for the card.

        Raises:
            UsageError: a device array of another shape or dtype.
        """
        seen, last = self._carry_out(actions)
        now = self._buffers[self._turn - 1]
        return CudaResult(seen, now.rewards, now.terminated, now.truncated, last)

    def oracle(self, role: int) -> Any:
        """The scripted agent's action in every slot, 0 where none plays.

        Args:
            role: 0 for the goal's, 1 for the proxy's.

        Returns:
            An int64 device array of shape (slots,), overwritten by the next call.
        """
        self._run("choose", self._states, self._slots, self._scratches, role, self._chosen)
        return self._chosen

    def frames(self, tile: int) -> NDArray[np.uint8]:
        """A picture of every slot's state for a person, uint8 of shape (slots, h, w, 3)."""
        atlas = self.game.atlas(tile, self.game.word(CELL))
        shape = (self.num_envs, *self._words(tile, atlas.dtype))
        frames = cuda.device_array(shape, atlas.dtype)
        drawing = (cuda.to_device(atlas), frames, self._unknown(self.num_envs))
        self._run("portray", self._states, self._scratches, *drawing, tile=CELL)
        host: NDArray[Any] = frames.copy_to_host()
        return host.view(np.uint8).reshape(self.num_envs, *self.game.frame_shape(tile))

    def _configured(self) -> None:
        self._device_config.copy_to_device(self._config)

    def _start_stream(self, listed: NDArray[np.int64]) -> None:
        self._listed = cuda.to_device(listed)
        self._run("start_stream", self._slots)

    def _place(
        self,
        slots: NDArray[np.int64],
        levels: NDArray[np.int64],
        conditions: NDArray[np.int64] | None = None,
    ) -> None:
        if len(slots):
            # Where no condition is given, the order that follows draws one.
            given = np.zeros(len(slots)) if conditions is None else conditions
            arrays = [cuda.to_device(np.int64(part)) for part in (slots, levels, given)]
            self._run("place", self._slots, *arrays)

    def _carry_out(self, orders: Any) -> tuple[Any, Any]:
        now = self._buffers[self._turn]
        self._turn = (self._turn + 1) % BUFFERS
        self._run(
            "advance",
            self._states,
            self._slots,
            self._scratches,
            self._device_config,
            self._listed,
            self._atlas,
            now.grids,
            now.frames,
            now.shown,
            self._on_device(orders),
            now.rewards,
            now.terminated,
            now.truncated,
            self._hopeless_level,
        )
        return now.seen, now.last

    def _hopeless(self) -> NDArray[np.int32]:
        levels = self._hopeless_level.copy_to_host()
        self._hopeless_level.copy_to_device(NONE)
        hopeless: NDArray[np.int32] = levels[levels != NONE].astype(np.int32)
        return hopeless

    def _on_device(self, orders: Any) -> Any:
        """Orders as an int64 device array."""
        if getattr(orders, "__cuda_ndarray__", False):
            given = orders
        elif hasattr(orders, "__cuda_array_interface__"):
            given = cuda.as_cuda_array(orders, sync=False)
        else:
            self._orders.copy_to_device(np.ascontiguousarray(orders, dtype=np.int64))
            return self._orders
        if given.dtype != np.int64 or given.shape != (self.num_envs,) or given.strides != (8,):
            raise UsageError(
                f"actions on the device are {given.dtype} of shape {given.shape}; want contiguous"
                f" int64 of shape ({self.num_envs},)"
            )
        return given

    def _run(self, name: str, *arguments: Any, tile: int | None = None) -> None:
        key = (name, tile or self._tile)
        if key not in self._kernels:
            driver = self.game.cuda_kernels(key[1])
            announce(f"{self.game.module.NAME} for cuda ({name})", driver, name)
            kernel = cuda.jit(cache=True)(getattr(driver, name))
            threads = min(THREADS, self.num_envs)
            with warnings.catch_warnings():
                # A small batch leaves most of the card idle; whoever asked for one knows that.
                warnings.filterwarnings("ignore", ".*under-utilization due to low occupancy.*")
                self._kernels[key] = kernel[-(-self.num_envs // threads), threads]
        self._kernels[key](*arguments)

    def _unknown(self, frames: int) -> Any:
        """What so many frames show that have not been drawn yet."""
        cells = int(np.prod(self.game.board))
        return cuda.to_device(np.full((frames, cells), UNKNOWN, np.uint8))

    def _new_buffers(self, word: np.dtype[Any]) -> _Buffers:
        n, cells = self.num_envs, int(np.prod(self.game.grid_shape))
        grids = cuda.device_array((2 * n if self.obs == "grid" else 0, cells), np.uint8)
        pictures = 2 * n if self.obs == "rgb" else 0
        frames = cuda.device_array((pictures, *self._words(self._tile, word)), word)
        drawn = frames.view(np.uint8) if self.obs == "rgb" else grids
        if self.obs == "none":
            seen = [cuda.device_array((n, 0), np.uint8)] * 2
        else:
            seen = drawn.reshape(2, n, *self.observation_shape)
        return _Buffers(
            grids,
            frames,
            self._unknown(pictures),
            cuda.device_array(n, np.float32),
            cuda.device_array(n, np.bool_),
            cuda.device_array(n, np.bool_),
            seen[0],
            seen[1],
        )


def _copied(array: Any) -> NDArray[np.void]:
    host: NDArray[np.void] = array.copy_to_host()
    host.flags.writeable = False
    return host
