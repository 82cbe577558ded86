"""What every family's games are to the faces: slots that play one training level after another.

The Gymnasium and SB3 faces differ only in when the next level begins and in how they hand the
results over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.errors import UsageError

Actions = NDArray[np.integer[Any]]
Observations = NDArray[np.uint8]
Info = dict[str, int | str | bool]


@dataclass(frozen=True)
class Transition:
    """One step of all slots.

    Attributes:
        observations: uint8 (slots, ...).
        rewards: float32 (slots,).
        terminated, truncated: bool (slots,): the game ended the level; it was cut off.
        endings: slot to what a face's info tells of the episode that ended in it: ``level``,
            ``condition`` and, where the world says what success is, ``is_success``.
        final_observations: slot to the last observation of the episode that just ended, filled
            where ``observations`` already shows the next level.
    """

    observations: Observations
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    endings: dict[int, Info]
    final_observations: dict[int, Observations]


class Games(ABC):
    """Slots of one world that play one level after another.

    `step` begins a slot's next level in the step that ends one. `advance` leaves that to the
    caller: a slot whose episode is over waits, with its last observation and no reward, until
    `begin_next` or `reset`.

    Attributes:
        name: the world's.
        num_envs: how many slots.
        observation_space, action_space: of one slot.
    """

    name: str
    num_envs: int
    observation_space: spaces.Box
    action_space: spaces.Discrete
    _seen: Observations | None = None
    _closed: bool = False

    @property
    @abstractmethod
    def levels(self) -> NDArray[np.int64]:
        """The level each slot plays, int64 (slots,)."""

    @property
    @abstractmethod
    def conditions(self) -> list[str]:
        """The condition each slot plays its level in."""

    @property
    @abstractmethod
    def over(self) -> NDArray[np.bool_]:
        """Which slots wait for their next level, bool (slots,)."""

    @property
    def frames(self) -> Observations:
        """What the agent last saw, uint8 (slots, ...).

        Raises:
            UsageError: nothing has been seen yet, or the games are closed.
        """
        self._check_open()
        if self._seen is None:
            raise UsageError("no level has begun; call reset() first")
        return self._seen

    @abstractmethod
    def pictures(self) -> NDArray[np.uint8]:
        """What a person is shown of every slot, uint8 (slots, height, width, 3)."""

    @abstractmethod
    def reset(self, levels: Sequence[int | None] | None = None) -> Observations:
        """Begin a level in every slot and return the first observations.

        Args:
            levels: for every slot the level to play, or None for the stream's next. A level's
                condition follows from alpha like any other's.

        Raises:
            UsageError: a level is out of range or cannot be played; nothing has changed then.
        """

    @abstractmethod
    def restart(self, seed: int) -> None:
        """Start the stream of levels over, under another seed."""

    @abstractmethod
    def advance(self, actions: Actions) -> Transition:
        """Step every slot and begin nothing: the observations of ended episodes are their last.

        Raises:
            UsageError: not one action per slot, or not the game's; nothing has been played then.
        """

    @abstractmethod
    def begin_next(self, slots: Sequence[int] | NDArray[np.integer[Any]]) -> Observations:
        """Begin the next level of the stream in some slots; returns all slots' observations."""

    @abstractmethod
    def close(self) -> None:
        """Free the games; a second call does nothing."""

    def step(self, actions: Actions) -> Transition:
        """Step every slot; where an episode ends, begin the slot's next level.

        Raises:
            UsageError: not one action per slot, or not the game's; nothing has been played then.
        """
        played = self.advance(actions)
        if not played.endings:
            return played
        final = {slot: played.observations[slot].copy() for slot in played.endings}
        observations = self.begin_next(list(played.endings))
        return replace(played, observations=observations, final_observations=final)

    def checked(self, actions: Actions) -> Actions:
        """The actions, one per slot.

        Raises:
            UsageError: the game would do something else with them.
        """
        given, slots, count = np.asarray(actions), self.num_envs, int(self.action_space.n)
        if given.shape != (slots,) or given.dtype.kind not in "iu":
            raise UsageError(
                f"actions must be {slots} integers, got {given.dtype} of shape {given.shape}"
            )
        if int(given.min()) < 0 or int(given.max()) >= count:
            wrong = given[(given < 0) | (given >= count)][0]
            raise UsageError(f"actions lie in 0..{count - 1}, got {wrong}")
        return given

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError("the environment is closed; make a new one")
