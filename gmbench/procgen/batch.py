"""Many games of one Procgen world, each started on any level in any condition.

This is the engine under every face: it starts a slot on (level, condition), steps all slots, and
tells for every slot what happened. It never starts a level by itself; what comes after an episode
is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.arrivals import ArrivalWatch
from gmbench.procgen.conditions import place_goal, place_player, remove_entities
from gmbench.procgen.refusals import refuse_what_aborts
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState, parse
from gmbench.procgen.studio import StateBuffer, Studio
from gmbench.procgen.wheel import ACTIONS, FRAME, make_games
from gmbench.specs import Condition, World


@dataclass(frozen=True)
class Step:
    """What one step of all slots did.

    Attributes:
        observations: uint8, shape (slots, 64, 64, 3), never written to again. Where the game
            ended the level, the frame is of no level an agent plays.
        rewards: float32, shape (slots,).
        ended: bool, shape (slots,): the game ended the level in this step.
        timed_out: bool, shape (slots,): the last step before Procgen's own time-out; the frame is
            the true last one.
    """

    observations: NDArray[np.uint8]
    rewards: NDArray[np.float32]
    ended: NDArray[np.bool_]
    timed_out: NDArray[np.bool_]


SiteRule = Callable[[ProcgenState, int], Sites]


class ProcgenBatch:
    """``num_envs`` slots of one Procgen world.

    Args:
        world: the world's spec.
        find_sites: the world's rule: the sites of a stock start state.
        num_envs: number of slots.
        mode: "easy" or "hard".
        look_for_arrivals: whether to find out when the player first overlaps a watched site.
        large_frames: whether `large_frames` can be asked for (slower).
    """

    def __init__(
        self,
        world: World,
        find_sites: SiteRule,
        num_envs: int,
        mode: str = "easy",
        *,
        look_for_arrivals: bool = False,
        large_frames: bool = False,
    ) -> None:
        if mode not in ("easy", "hard"):
            raise UsageError(f"unknown mode {mode!r} for {world.name}; known: easy, hard")
        self.world = world
        self.num_envs = num_envs
        self.mode = mode
        self._find_sites = find_sites
        self._studio = Studio(world.game, mode)
        self._games = make_games(world.game, num_envs, mode, large_frames=large_frames)
        self._states = StateBuffer(self._games, world.game, mode)
        self._steps = np.zeros(num_envs, dtype=np.int64)
        self._deadlines = np.full(num_envs, np.iinfo(np.int64).max)
        self.arrivals = ArrivalWatch(num_envs, self._states) if look_for_arrivals else None

    @property
    def num_actions(self) -> int:
        """Procgen's 15 actions."""
        return ACTIONS

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """Height, width, channels of an observation."""
        return FRAME

    def prepare(self, level: int) -> tuple[ProcgenState, Sites]:
        """The stock start state of a level, and its sites."""
        if not 0 <= level < EVAL_LEVELS.stop:
            raise UsageError(f"level {level} lies outside 0..{EVAL_LEVELS.stop - 1}")
        state = self._studio.start_state(level)
        return state, self._find_sites(state, level)

    def begin(
        self,
        slot: int,
        state: ProcgenState,
        sites: Sites,
        condition: Condition,
        watch: Iterable[str] = (),
    ) -> None:
        """Start a slot on a prepared level.

        Args:
            slot: which one.
            state: the stock start state, edited in place to fit the condition.
            sites: the level's sites.
            condition: the condition.
            watch: names of the sites whose first overlap is wanted. The goal's own site is left
                out: the game itself tells of it, by its reward.

        Raises:
            StateError: the state is of another game or mode, or the library would abort on it.
        """
        apply_condition(state, sites, condition)
        refuse_what_aborts(state)
        self._states.write(slot, state.to_bytes())
        self._steps[slot] = 0
        self._deadlines[slot] = int(state.progress["timeout"]) - 1
        if self.arrivals is not None:
            cells = {n: c for n, c in sites.cells.items() if n in watch and n != condition.goal}
            self.arrivals.begin(slot, state, cells)

    def deadline(self, slot: int) -> int:
        """The step after which the slot's episode is cut off: Procgen's time-out - 1."""
        return int(self._deadlines[slot])

    def state(self, slot: int) -> ProcgenState:
        """A copy of a slot's present state."""
        return parse(self._states.read(slot), trusted=True)

    def observe(self) -> NDArray[np.uint8]:
        """The present frame of every slot, in a fresh array of shape (slots, 64, 64, 3)."""
        frames: NDArray[np.uint8] = self._games.observe()[1]["rgb"]
        return frames

    def large_frames(self) -> NDArray[np.uint8]:
        """The present picture of every slot for a person, shape (slots, 512, 512, 3)."""
        return np.stack([info["rgb"] for info in self._games.get_info()])

    def step(self, actions: NDArray[np.integer[Any]]) -> Step:
        """Step every slot.

        Args:
            actions: integers in 0..14, shape (slots,).
        """
        self._games.act(actions.astype(np.int32, copy=False))
        rewards, observations, ended = self._games.observe()
        self._steps += 1
        timed_out = (self._steps >= self._deadlines) & ~ended
        if self.arrivals is not None:
            self.arrivals.look(self._steps, ended)
        return Step(observations["rgb"], rewards, ended, timed_out)

    def close(self) -> None:
        """Free the games."""
        self._games.close()
        self._studio.close()


def apply_condition(state: ProcgenState, sites: Sites, condition: Condition) -> None:
    """Edit a stock start state, in place, so that it is the level in that condition."""
    place_goal(state, None if condition.goal is None else sites.cells[condition.goal])
    if sites.start is not None:
        place_player(state, sites.start)
    if sites.without:
        remove_entities(state, sites.without)
