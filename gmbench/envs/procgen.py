"""Endless play: every slot goes from one training level to the next.

Shared by the Gymnasium and SB3 faces, which differ only in when the next level begins and in how
they hand the results over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import UsageError
from gmbench.levels import TrainingLevels, in_alpha_share
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.specs import Condition

Actions = NDArray[np.integer[Any]]

MAX_REJECTED = 10_000  # consecutive levels without sites after which the request is hopeless


@dataclass(frozen=True)
class Transition:
    """One step of all slots.

    Attributes:
        observations: uint8 (slots, H, W, C), never written to again.
        rewards: float32 (slots,).
        terminated, truncated: bool (slots,): the game ended the level; it was cut off.
        final_observations: slot to the last frame of the episode that just ended, filled where
            ``observations`` already shows the next level: the true last frame where the episode
            was truncated; where the game ended the level it has already drawn the next one, so
            there it is the frame on which the agent chose its last action.
        levels: int64 (slots,): the level each slot played in this step.
        conditions: the condition each slot played it in.
    """

    observations: NDArray[np.uint8]
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_observations: dict[int, NDArray[np.uint8]]
    levels: NDArray[np.int64]
    conditions: list[str]

    def ending(self, slot: int) -> dict[str, int | str | bool]:
        """What a face's info tells of a slot's episode when it is over, and not before.

        An episode is a success where the game ended it with a reward: only the goal pays.
        """
        return {
            "level": int(self.levels[slot]),
            "condition": self.conditions[slot],
            "is_success": bool(self.terminated[slot] and self.rewards[slot] > 0),
        }


class AutoresetGames:
    """Slots of one world that play one level after another.

    `step` begins a slot's next level in the step that ends one. `advance` leaves that to the
    caller: a slot whose episode is over waits, with its last frame and no reward, until
    `begin_next` or `reset`.

    Args:
        batch: the games.
        condition: the condition of the levels outside the alpha share.
        alpha: share of levels played in ``alpha_condition`` instead, in [0, 1].
        alpha_condition: the condition of the alpha share.
        stream: which levels, in which order.
        level_filter: whether to leave out the levels that the pair's filter rejects; without it
            every level that has the condition's site is played.

    Raises:
        UsageError: alpha is not a share.
    """

    def __init__(
        self,
        batch: ProcgenBatch,
        condition: Condition,
        stream: TrainingLevels,
        alpha: float = 0.0,
        alpha_condition: Condition | None = None,
        level_filter: bool = True,
    ) -> None:
        if not 0.0 <= alpha <= 1.0:
            raise UsageError(f"alpha is the share of levels in the test condition, got {alpha}")
        self.batch = batch
        self.stream = stream
        self._condition = condition
        self._alpha = alpha
        self._alpha_condition = alpha_condition or condition
        self._level_filter = level_filter
        # A level is played if it fits every condition that is mixed, so that the conditions do not
        # differ in their layouts.
        self._mixed = (condition, self._alpha_condition) if alpha > 0 else (condition,)
        self._draws = np.zeros(batch.num_envs, dtype=np.int64)
        self._levels = np.full(batch.num_envs, -1, dtype=np.int64)
        self._conditions = [condition.name] * batch.num_envs
        self._over = np.zeros(batch.num_envs, dtype=np.bool_)
        self._refused: set[int] = set()  # levels of a finite list that cannot be played
        self._seen: NDArray[np.uint8] | None = None
        self._closed = False

    @property
    def levels(self) -> NDArray[np.int64]:
        """The level each slot plays, int64 (slots,); -1 before the first `reset`."""
        return self._levels.copy()

    @property
    def conditions(self) -> list[str]:
        """The condition each slot plays its level in."""
        return list(self._conditions)

    @property
    def over(self) -> NDArray[np.bool_]:
        """Which slots wait for their next level, bool (slots,)."""
        return self._over.copy()

    @property
    def frames(self) -> NDArray[np.uint8]:
        """What the agent last saw, uint8 (slots, H, W, C).

        Raises:
            UsageError: nothing has been seen yet, or the games are closed.
        """
        self._check_open()
        if self._seen is None:
            raise UsageError("no level has begun; call reset() first")
        return self._seen

    def reset(self, levels: Sequence[int | None] | None = None) -> NDArray[np.uint8]:
        """Begin a level in every slot and return the first frames.

        Args:
            levels: for every slot the level to play, or None for the stream's next. A level's
                condition follows from alpha like any other's.

        Raises:
            UsageError: a level is out of range or cannot be played; nothing has changed then.
        """
        self._check_open()
        wanted = [None] * self.batch.num_envs if levels is None else levels
        if len(wanted) != self.batch.num_envs:
            raise UsageError(f"{len(wanted)} levels for {self.batch.num_envs} slots; give one each")
        pinned = {
            slot: (level, *self._pinned(level))
            for slot, level in enumerate(wanted)
            if level is not None
        }
        for slot in range(self.batch.num_envs):
            if slot in pinned:
                self._begin(slot, *pinned[slot])
            else:
                self._begin_next(slot)
        self._seen = self.batch.observe()
        return self._seen

    def restart(self, seed: int) -> None:
        """Start the stream of levels over, under another seed."""
        self.stream = TrainingLevels(seed, self.stream.allowed)
        self._draws[:] = 0

    def step(self, actions: Actions) -> Transition:
        """Step every slot; where an episode ends, begin the slot's next level.

        Raises:
            UsageError: not one action per slot, or not the game's; nothing has been played then.
        """
        played = self.advance(actions)
        over = np.flatnonzero(self._over)
        if len(over) == 0:
            return played
        final = {int(slot): played.observations[slot].copy() for slot in over}
        return replace(played, observations=self.begin_next(over), final_observations=final)

    def advance(self, actions: Actions) -> Transition:
        """Step every slot and begin nothing: the frames of ended episodes are their last.

        Raises:
            UsageError: not one action per slot, or not the game's; nothing has been played then.
        """
        before = self.frames
        step = self.batch.step(self._checked(actions))
        waiting = self._over.copy()
        terminated, truncated = step.ended & ~waiting, step.timed_out & ~waiting
        # What the game shows here is a level of its own choice that no agent plays.
        hidden = terminated | waiting
        step.observations[hidden] = before[hidden]
        step.rewards[waiting] = 0.0
        self._over |= terminated | truncated
        self._seen = step.observations
        return Transition(
            self._seen, step.rewards, terminated, truncated, {}, self.levels, self.conditions
        )

    def begin_next(self, slots: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Begin the next level of the stream in some slots and return all slots' frames."""
        before = self.frames
        for slot in slots:
            self._begin_next(int(slot))
        self._seen = self.batch.observe()
        self._seen[self._over] = before[self._over]
        return self._seen

    def close(self) -> None:
        """Free the games; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self.batch.close()

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError("the environment is closed; make a new one")

    def _checked(self, actions: Actions) -> Actions:
        """The actions, refused where the game's C library would do something else with them."""
        given, slots, count = np.asarray(actions), self.batch.num_envs, self.batch.num_actions
        if given.shape != (slots,) or given.dtype.kind not in "iu":
            raise UsageError(
                f"actions must be {slots} integers, got {given.dtype} of shape {given.shape}"
            )
        if int(given.min()) < 0 or int(given.max()) >= count:
            wrong = given[(given < 0) | (given >= count)][0]
            raise UsageError(f"actions lie in 0..{count - 1}, got {wrong}")
        return given

    def _condition_of(self, level: int) -> Condition:
        return self._alpha_condition if in_alpha_share(level, self._alpha) else self._condition

    def _refusal(self, sites: Sites) -> str | None:
        """Why a level is not played, None where it is."""
        for condition in self._mixed:
            if not sites.fit(condition):
                why = f" ({sites.rejected})" if sites.rejected else ""
                return f"it has no site for the goal in condition {condition.name}{why}"
        if self._level_filter and sites.rejected:
            return f"{sites.rejected} (level_filter=False plays it)"
        return None

    def _pinned(self, level: int) -> tuple[ProcgenState, Sites]:
        state, sites = self.batch.prepare(level)
        reason = self._refusal(sites)
        if reason is not None:
            raise UsageError(
                f"level {level} cannot be played in {self.batch.world.name}: {reason};"
                " pin another level"
            )
        return state, sites

    def _begin_next(self, slot: int) -> None:
        for _ in range(MAX_REJECTED):
            level = self.stream.draw(slot, int(self._draws[slot]))
            self._draws[slot] += 1
            if level in self._refused:
                continue
            state, sites = self.batch.prepare(level)
            if self._refusal(sites) is None:
                self._begin(slot, level, state, sites)
                return
            if self.stream.allowed is not None:
                self._refused.add(level)
        raise UsageError(
            f"none of {MAX_REJECTED} levels drawn for {self.batch.world.name} has the sites it"
            " needs; allow more levels"
        )

    def _begin(self, slot: int, level: int, state: ProcgenState, sites: Sites) -> None:
        condition = self._condition_of(level)
        self.batch.begin(slot, state, sites, condition)
        self._levels[slot] = level
        self._conditions[slot] = condition.name
        self._over[slot] = False
