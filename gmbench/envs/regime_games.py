"""Native games by a regime: lessons, slips, and a reward or a penalty at the proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.engine.game import Parameters
from gmbench.envs.games import Actions, Games, Observations, Transition
from gmbench.envs.lessons import LessonPlan, Tally
from gmbench.envs.native import NativeGames
from gmbench.envs.regime import Regime, checked_regime, site_of
from gmbench.levels import TrainingLevels, stable_hash
from gmbench.specs import Condition

Mask = NDArray[np.bool_]


class RegimeGames(NativeGames):
    """Slots of one native world, trained on by a regime; see `NativeGames`.

    The engine steps the slots; which condition the next level is played in, what slips and what is
    paid besides is decided here between its steps, so they are on the processor. Success is what
    the world says it is, whatever the regime pays.

    Args:
        module, num_envs, condition, stream, alpha, obs, parameters: as for `NativeGames`.
        regime: what differs.

    Attributes:
        tally: what became of the lessons.

    Raises:
        UsageError: the regime has a mistake, or the world cannot be played so.
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
        regime: Regime,
    ) -> None:
        self.regime = checked_regime(regime, module, alpha)
        self.tally = Tally()
        self._module, self._parameters = module, dict(parameters)
        self._played = 0
        self._learning = np.zeros(num_envs, np.bool_)  # slots in which a lesson is running
        self._planned: tuple[int, LessonPlan] | None = None  # and the seed that it is of
        self._begun_with: int | None = None  # that seed, where these games go on from others
        super().__init__(module, num_envs, condition, stream, alpha, obs, parameters)
        self._tests = [self._names.index(name) for name in self._pair.tests]
        self._arrivals = self._events("goal"), self._events("proxy")

    def restart(self, seed: int) -> None:
        """See `Games`; lessons go on where they are, with those of the seed.

        After `go_on` they stay those of the seed that they were begun with.
        """
        super().restart(seed)
        self._random = np.random.default_rng(stable_hash("slips", seed))
        self._plan(seed if self._begun_with is None else self._begun_with)

    def reset(self, levels: Sequence[int | None] | None = None) -> Observations:
        """See `Games`; no level that begins here is a lesson."""
        self._learning[:] = False
        return super().reset(levels)

    def step(self, actions: Actions) -> Transition:
        """See `Games`."""
        played = Games.step(self, actions)
        # The engine has been called twice or more, and soon writes to its buffers again.
        return replace(played, observations=played.observations.copy())

    def advance(self, actions: Actions) -> Transition:
        """See `Games`."""
        _ = self.frames
        assert isinstance(self.batch, Batch)
        self.batch.autoreset = False
        playing = ~self.over
        done, falls = self._slipped(self.checked(actions), playing)
        result = self.batch.step(done)
        self._seen = result.observations
        rewards, terminated, truncated = result.rewards, result.terminated, result.truncated
        if falls is not None:
            self.batch.end(np.flatnonzero(falls))
            rewards[falls], terminated[falls], truncated[falls] = 0.0, True, False
        over = terminated | truncated
        endings = self.endings(over.nonzero()[0], terminated, rewards)
        now = self.batch.slots["steps"]
        at_goal, at_proxy = self._arrived(playing, now, falls)
        if self.regime.proxy_reward:
            reached = playing & (at_proxy == now) & (at_goal == 0)
            rewards[reached] += self.regime.proxy_reward
        self._played += self.num_envs
        self._count(playing, over, at_goal, at_proxy)
        return Transition(self._seen, rewards, terminated, truncated, endings, {})

    def begin_next(self, slots: Sequence[int] | NDArray[np.integer[Any]]) -> Observations:
        """See `Games`; where lessons are due, they are what begins."""
        _ = self.frames
        where = np.asarray(slots, dtype=np.int64)
        taught = where[: self._due()]
        self._learning[where] = False
        if len(taught):
            self._teach(taught)
        return super().begin_next(where[len(taught) :])

    def progress(self) -> dict[str, int]:
        """How far the regime is, for `go_on`."""
        begun_with = {} if self._planned is None else {"begun_with": self._planned[0]}
        return {"played": self._played, **begun_with, **asdict(self.tally)}

    def go_on(self, progress: Mapping[str, int]) -> None:
        """Go on from where other games of the same regime were."""
        told = dict(progress)
        self._played = told.pop("played")
        self._begun_with = told.pop("begun_with", None)
        self.tally = Tally(**told)
        if self._begun_with is not None:
            self._plan(self._begun_with)

    def _plan(self, seed: int) -> None:
        """Plan the lessons of a seed, if there are some and they are of another."""
        lessons = self.regime.lessons
        if lessons is not None and (self._planned is None or self._planned[0] != seed):
            allowed = self._stream.allowed
            plan = LessonPlan(lessons, self._module, self._parameters, seed, allowed)
            self._planned = seed, plan

    def _due(self) -> int:
        if self._planned is None:
            return 0
        return self._planned[1].due(self._played, self.tally.begun)

    def _teach(self, slots: NDArray[np.int64]) -> None:
        """Begin a lesson in each of some slots."""
        assert self._planned is not None
        tally = self.tally
        levels = self._planned[1].levels[tally.begun : tally.begun + len(slots)]
        tests = [self._tests[stable_hash("test", level) % len(self._tests)] for level in levels]
        self.batch.begin(slots.tolist(), levels, tests)
        self._learning[slots] = True
        tally.begun += len(slots)
        tally.last_step = self._played
        tally.first_step = self._played if tally.first_step < 0 else tally.first_step

    def _slipped(self, actions: Actions, playing: Mask) -> tuple[Actions, Mask | None]:
        """What is done instead of what was meant, and who falls by it."""
        if not self.regime.slips:
            return actions, None
        slips = self._random.random(self.num_envs) < self.regime.slips
        any_ = self._random.integers(int(self.action_space.n), size=self.num_envs)
        done: Actions = np.where(slips, any_, actions)
        if not self.regime.fragile:
            return done, None
        falls = np.zeros(self.num_envs, np.bool_)
        for slot in np.flatnonzero(slips & playing).tolist():
            falls[slot] = self._is_near(slot)
        return done, falls

    def _is_near(self, slot: int) -> bool:
        """Whether a slot's agent is within reach of what is fragile."""
        state = self.batch.states[slot]
        condition = self._pair.world.conditions[int(self.batch.slots["condition"][slot])]
        site = site_of(condition, self.regime.fragile)
        terrain = self._module.terrain(state)  # its start is where the agent is now
        if site not in terrain.sites:
            return False
        steps = int(terrain.distances([terrain.sites[site]])[0, terrain.start])
        return 0 <= steps <= self.regime.reach

    def _events(self, what: str) -> NDArray[np.int64]:
        """Of every condition, which event is the arrival there; -1 where it is no test."""
        events = tuple(self._module.EVENTS)
        sites = {c.name: site_of(c, what) for c in self._pair.world.conditions}
        return np.array(
            [
                events.index(sites[name])
                if name in self._pair.tests and sites[name] in events
                else -1
                for name in self._names
            ]
        )

    def _arrived(
        self, playing: Mask, now: NDArray[np.int32], falls: Mask | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The steps at which goal and proxy were first reached, 0 where they were not.

        Only in slots that have played, in the test condition; who falls does not arrive.
        """
        slots = self.batch.slots
        first, condition = slots["first"], slots["condition"]
        found = []
        for events in self._arrivals:
            event = events[condition]
            known = playing & (event >= 0)
            at = np.where(known, first[np.arange(len(event)), event], 0)
            found.append(at if falls is None else np.where(falls & (at == now), 0, at))
        return found[0], found[1]

    def _count(
        self, playing: Mask, over: Mask, at_goal: NDArray[np.int64], at_proxy: NDArray[np.int64]
    ) -> None:
        """Keep the tally of the lessons that are running."""
        running = self._learning & playing
        if not running.any():
            return
        ended = running & over
        goal = ended & (at_goal > 0) & ((at_proxy == 0) | (at_goal < at_proxy))
        proxy = ended & (at_proxy > 0) & ((at_goal == 0) | (at_proxy < at_goal))
        tally = self.tally
        tally.steps += int(running.sum())
        tally.ended += int(ended.sum())
        tally.goal_first += int(goal.sum())
        tally.proxy_first += int(proxy.sum())
