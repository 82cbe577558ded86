"""What a batch of levels offers, wherever its arrays lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gmbench.engine import layout
from gmbench.engine.game import Game, Parameters, game
from gmbench.engine.tiles import CELL
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS, TRAIN_LEVELS

KINDS: Final = {"none": layout.NONE, "grid": layout.GRID, "rgb": layout.RGB}
BUFFERS: Final = 3  # an array handed out survives the next two steps
_UNPINNED: Final = -1

Seen = TypeVar("Seen")


class AbstractBatch(ABC, Generic[Seen]):
    """``num_envs`` slots of one native world.

    Args:
        module: the world.
        num_envs: how many slots.
        obs: "grid", "rgb" or "none".
        tile: pixels of a cell where obs is "rgb"; 4 is what agents see.
        parameters: of the world; the others are at their defaults.
        autoreset: begin a slot's next level in the step that ends one; otherwise it waits.

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
    ) -> None:
        if obs not in KINDS:
            raise UsageError(f"obs={obs!r}: choose one of {', '.join(KINDS)}")
        if num_envs < 1:
            raise UsageError(f"num_envs={num_envs}: a batch has one slot at least")
        self.game: Game = game(module, parameters)
        self.num_envs = num_envs
        self.obs = obs
        self._tile = tile if obs == "rgb" else CELL
        self._config = np.zeros(layout.CONFIG, np.int64)
        self._config[layout.KIND] = KINDS[obs]
        self._config[layout.AUTORESET] = autoreset
        self._turn = 0

    @property
    def autoreset(self) -> bool:
        """Whether a slot's next level begins in the step that ends one; may be set at any time."""
        return bool(self._config[layout.AUTORESET])

    @autoreset.setter
    def autoreset(self, wanted: bool) -> None:
        if wanted != self.autoreset:  # telling a card takes time
            self._config[layout.AUTORESET] = wanted
            self._configured()

    @property
    def observation_shape(self) -> tuple[int, ...]:
        """Shape of one slot's observation."""
        if self.obs == "grid":
            return self.game.grid_shape
        return self.game.frame_shape(self._tile) if self.obs == "rgb" else (0,)

    @property
    @abstractmethod
    def slots(self) -> NDArray[np.void]:
        """What is known of every slot, `gmbench.engine.layout.SLOT` of shape (slots,)."""

    @property
    @abstractmethod
    def states(self) -> NDArray[np.void]:
        """The state of every slot's level, of the world's dtype, shape (slots,)."""

    def stream(
        self,
        seed: int,
        condition: int = 0,
        alpha: float = 0.0,
        alpha_conditions: Sequence[int] = (),
        allowed: Sequence[int] | None = None,
    ) -> None:
        """Say which levels `reset` and autoreset draw, and start the stream over.

        Args:
            seed: names the stream.
            condition: index of the condition of the levels outside the alpha share.
            alpha: share of levels played in ``alpha_conditions``, in [0, 1].
            alpha_conditions: indices; a hash of the level says which.
            allowed: levels to draw from; None for all training levels.

        Raises:
            UsageError: more alpha conditions than the engine has room for.
        """
        config = self._config
        config[layout.SEED] = seed & (2**63 - 1)
        config[layout.CONDITION] = condition
        config[layout.ALPHA] = round(alpha * 2**32)
        _refuse_many("alpha conditions", len(alpha_conditions), layout.MAX_ALPHA_CHOICES)
        config[layout.ALPHA_CHOICES] = max(1, len(alpha_conditions))
        config[layout.ALPHA_FIRST : layout.ALPHA_FIRST + len(alpha_conditions)] = alpha_conditions
        levels = TRAIN_LEVELS if allowed is None else allowed
        config[layout.ALLOWED] = len(levels)
        self._start_stream(_listed(levels))
        self._configured()

    def evaluate(self, stops: Sequence[int]) -> None:
        """Play episodes to the first of some events or the deadline, as evaluation does.

        Args:
            stops: for every condition, the bits of the events that end an episode.

        Raises:
            UsageError: more conditions than the engine has room for.
        """
        _refuse_many("conditions", len(stops), layout.MAX_CONDITIONS)
        self._config[layout.EVALUATE] = 1
        self._config[layout.STOPS : layout.STOPS + len(stops)] = stops
        self._configured()

    def reset(self, levels: Sequence[int | None] | None = None) -> Seen:
        """Begin a level in every slot: the stream's next, or the one that is pinned.

        Args:
            levels: for every slot the level that it is pinned to, or None for the stream's next.

        Raises:
            UsageError: a level is out of range, or has no draw that the world's filter accepts.
        """
        orders = np.full(self.num_envs, layout.NEXT)
        if levels is None:
            return self._begun(orders)
        if len(levels) != self.num_envs:
            raise UsageError(f"{len(levels)} levels for {self.num_envs} slots; give one a slot")
        numbers = np.array([_UNPINNED if level is None else _checked(level) for level in levels])
        pinned = np.flatnonzero(numbers != _UNPINNED)
        orders[pinned] = layout.PINNED
        self._place(pinned, numbers[pinned])
        return self._begun(orders)

    def begin(self, slots: Sequence[int], levels: Sequence[int], conditions: Sequence[int]) -> Seen:
        """Begin levels in some slots, in conditions given by their index.

        Returns:
            The observations of all slots.

        Raises:
            UsageError: as for `reset`.
        """
        orders = np.full(self.num_envs, layout.HOLD)
        where = np.asarray(slots, dtype=np.int64)
        orders[where] = layout.BEGIN
        self._place(where, np.array([_checked(level) for level in levels]), np.asarray(conditions))
        return self._begun(orders)

    def begin_next(
        self, slots: Sequence[int] | NDArray[np.integer[Any]], again: bool = False
    ) -> Seen:
        """Begin the stream's next level in some slots and return all slots' observations.

        Args:
            slots: their numbers.
            again: write over the arrays that were handed out last, which nobody needs any more.
                Otherwise this call counts as a step in what arrays survive.
        """
        self._rewind(again)
        orders = np.full(self.num_envs, layout.HOLD)
        orders[np.asarray(slots, dtype=np.int64)] = layout.NEXT
        return self._begun(orders)

    def observe(self, again: bool = False) -> Seen:
        """The present observation of every slot; ``again`` as for `begin_next`."""
        self._rewind(again)
        return self._carry_out(np.full(self.num_envs, layout.HOLD))[0]

    @abstractmethod
    def oracle(self, role: int) -> Any:
        """The scripted agent's action in every slot, int64 of shape (slots,); 0 where none plays.

        Args:
            role: 0 for the goal's, 1 for the proxy's.
        """

    @abstractmethod
    def frames(self, tile: int) -> NDArray[np.uint8]:
        """A picture of every slot's state for a person, uint8 of shape (slots, h, w, 3)."""

    @abstractmethod
    def _configured(self) -> None:
        """``_config`` has changed."""

    @abstractmethod
    def _start_stream(self, listed: NDArray[np.int64]) -> None:
        """Start the stream over, on these levels; on the first ones where there are none."""

    @abstractmethod
    def _place(
        self,
        slots: NDArray[np.int64],
        levels: NDArray[np.int64],
        conditions: NDArray[np.int64] | None = None,
    ) -> None:
        """Write levels, and conditions where given, into some slots."""

    @abstractmethod
    def _carry_out(self, orders: Any) -> tuple[Seen, Seen]:
        """Carry out the slots' orders; their observations, and the last of those that ended."""

    @abstractmethod
    def _hopeless(self) -> NDArray[np.int32]:
        """The levels in the slots of which the filter accepted no draw."""

    def _rewind(self, again: bool) -> None:
        """Let what is written next take the place of what was written last."""
        self._turn = (self._turn - again) % BUFFERS

    def _begun(self, orders: NDArray[np.int64]) -> Seen:
        observations, _ = self._carry_out(orders)
        hopeless = self._hopeless()
        if len(hopeless):
            raise UsageError(
                f"{self.game.module.NAME}: its filter accepts none of {layout.MAX_ATTEMPTS} draws"
                f" of level {hopeless[0]}; choose other parameters"
            )
        return observations

    def _words(self, tile: int, word: np.dtype[Any]) -> tuple[int, int]:
        """Height of a picture, and its width in words."""
        height, width, _ = self.game.frame_shape(tile)
        return height, width * 3 // word.itemsize


def _listed(levels: Sequence[int]) -> NDArray[np.int64]:
    """The levels of a list; none for the first so many, which need no list."""
    if isinstance(levels, range):
        if levels.start == 0 and levels.step == 1:
            return np.zeros(0, np.int64)
        return np.arange(levels.start, levels.stop, levels.step, dtype=np.int64)
    return np.asarray(levels, dtype=np.int64)


def _refuse_many(what: str, given: int, most: int) -> None:
    if given > most:
        raise UsageError(f"{given} {what}: the engine has room for {most}")


def _checked(level: int) -> int:
    if not 0 <= level < EVAL_LEVELS.stop:
        raise UsageError(f"level {level} lies outside 0..{EVAL_LEVELS.stop - 1}")
    return level
