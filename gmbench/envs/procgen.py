"""Procgen worlds as games: every slot goes from one training level to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.envs.games import Actions, Games, Info, Observations, Transition
from gmbench.errors import UsageError
from gmbench.levels import TrainingLevels, in_alpha_share
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.specs import Condition

MAX_REJECTED = 10_000  # consecutive levels without sites after which the request is hopeless


class ProcgenGames(Games):
    """Slots of one Procgen world; see `Games`. Arrays handed out are never written to again.

    The last observation of an episode is its true last frame where it was truncated; where the
    game ended the level it has already drawn the next one, so there it is the frame on which the
    agent chose its last action. An episode is a success where the game ended it with a reward:
    only the goal pays.

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
        self.name = batch.world.name
        self.num_envs = batch.num_envs
        self.observation_space = spaces.Box(0, 255, batch.frame_shape, np.uint8)
        self.action_space = spaces.Discrete(batch.num_actions)
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

    @property
    def levels(self) -> NDArray[np.int64]:
        """See `Games`; -1 before the first `reset`."""
        return self._levels.copy()

    @property
    def conditions(self) -> list[str]:
        """See `Games`."""
        return list(self._conditions)

    @property
    def over(self) -> NDArray[np.bool_]:
        """See `Games`."""
        return self._over.copy()

    def pictures(self) -> NDArray[np.uint8]:
        """See `Games`."""
        return self.frames.copy()

    def reset(self, levels: Sequence[int | None] | None = None) -> Observations:
        """See `Games`."""
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
        """See `Games`."""
        self.stream = TrainingLevels(seed, self.stream.allowed)
        self._draws[:] = 0

    def advance(self, actions: Actions) -> Transition:
        """See `Games`."""
        before = self.frames
        step = self.batch.step(self.checked(actions))
        waiting = self._over.copy()
        terminated, truncated = step.ended & ~waiting, step.timed_out & ~waiting
        # What the game shows here is a level of its own choice that no agent plays.
        hidden = terminated | waiting
        step.observations[hidden] = before[hidden]
        step.rewards[waiting] = 0.0
        ended = terminated | truncated
        self._over |= ended
        self._seen = step.observations
        endings: dict[int, Info] = {
            slot: {
                "level": int(self._levels[slot]),
                "condition": self._conditions[slot],
                "is_success": bool(terminated[slot] and step.rewards[slot] > 0),
            }
            for slot in np.flatnonzero(ended).tolist()
        }
        return Transition(self._seen, step.rewards, terminated, truncated, endings, {})

    def begin_next(self, slots: Sequence[int] | NDArray[np.integer[Any]]) -> Observations:
        """See `Games`."""
        before = self.frames
        for slot in slots:
            self._begin_next(int(slot))
        self._seen = self.batch.observe()
        self._seen[self._over] = before[self._over]
        return self._seen

    def close(self) -> None:
        """See `Games`."""
        if not self._closed:
            self._closed = True
            self.batch.close()

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
