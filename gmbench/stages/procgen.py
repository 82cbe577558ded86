"""Procgen worlds as a stage: conditions by edits, arrivals by looking into the saved state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.conditions import Cell
from gmbench.procgen.sites import A, B, Sites
from gmbench.procgen.state import ProcgenState
from gmbench.procgen.wheel import ACTIONS, FRAME
from gmbench.specs import Condition
from gmbench.stages.base import (
    Ending,
    Levels,
    Setting,
    Spaces,
    Stage,
    no_such_role,
    outcome_of,
)
from gmbench.terrain import Terrain


class ProcgenStage(Stage):
    """Slots of one Procgen world; see `Stage`.

    What it asks of the world's module: ``PAIR``, ``find_sites``, ``script``, and, if the world has
    something to say of its levels, ``describe``, and of their cells, ``terrain``.
    """

    OBSERVATIONS = ("rgb",)
    fps = 15  # at which Procgen is meant to be watched

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
        self._module, self._conditions = module, tuple(conditions)
        self._watch = {site for c in conditions for site in (c.goal, c.proxy) if site is not None}
        self.batch = ProcgenBatch(
            self.pair.world,
            module.find_sites,
            num_envs,
            setting.mode,
            look_for_arrivals=True,
            large_frames=pictures,
        )
        self._steps = np.zeros(num_envs, dtype=np.int64)
        self._rewards = np.zeros(num_envs)
        self._running: dict[int, Condition] = {}
        self._starts: dict[int, tuple[ProcgenState, Sites, Condition]] = {}
        self._scripts: dict[int, Iterator[int]] = {}
        self._endings: dict[int, Ending] = {}
        self._seen: NDArray[np.uint8] | None = None
        self._still = np.zeros(num_envs, dtype=np.bool_)  # slots whose picture stays as it was
        self._pictures: NDArray[np.uint8] | None = None

    @classmethod
    def spaces(cls, module: ModuleType, setting: Setting) -> Spaces:
        """Procgen's frames of 64 by 64 pixels and its 15 actions, in every world.

        Raises:
            UsageError: parameters are given; only native worlds have some.
        """
        if setting.parameters:
            raise UsageError(
                f"{module.PAIR.name} has no parameters; leave out {', '.join(setting.parameters)}"
            )
        return spaces.Box(0, 255, FRAME, np.uint8), spaces.Discrete(ACTIONS)

    def find_levels(self, count: int, first: int, *, level_filter: str = "pair") -> Levels:
        """Looks at one level after the other; the games are left as they are."""
        numbers: list[int] = []
        rejected: Counter[str] = Counter()
        described: Counter[str] = Counter()
        describe = getattr(self._module, "describe", None)
        names = [condition.name for condition in self._conditions]
        level = first
        while len(numbers) < count:
            if level >= EVAL_LEVELS.stop:
                raise UsageError(f"{self.pair.name}: only {len(numbers)} of {count} levels exist")
            state, sites = self.batch.prepare(level)
            if sites.rejected and level_filter == "pair":
                rejected[sites.rejected] += 1
            elif not all(sites.fit(condition) for condition in self._conditions):
                rejected["no site for a condition"] += 1
            else:
                numbers.append(level)
                described.update(describe(state, sites, names) if describe else {})
            level += 1
        return Levels(numbers, dict(rejected), {k: n / count for k, n in described.items()})

    def begin(
        self, slots: Sequence[int], levels: Sequence[int], conditions: Sequence[Condition]
    ) -> None:
        """Start episodes; what scripts need of the start states is kept."""
        for slot, level, condition in zip(slots, levels, conditions, strict=True):
            state, sites = self.batch.prepare(level)
            self._starts[slot] = state.copy(), sites, condition
            self._scripts.pop(slot, None)
            self.batch.begin(slot, state, sites, condition, self._watch)
            self._steps[slot], self._rewards[slot] = 0, 0.0
            self._running[slot] = condition
            self._still[slot] = False
        self._seen = None

    def observe(self) -> NDArray[np.uint8]:
        """Frames of shape (num_envs, 64, 64, 3)."""
        if self._seen is None:
            self._seen = self.batch.observe()
        return self._seen

    def step(self, actions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Step the games, and see who arrived."""
        step = self.batch.step(actions)
        self._seen = step.observations
        self._steps += 1
        self._rewards += step.rewards
        self._still |= step.ended  # the game has drawn another level already
        over = np.zeros(self.num_envs, dtype=np.bool_)
        for slot, condition in self._running.items():
            assert self.batch.arrivals is not None
            entered = dict(self.batch.arrivals.entered[slot])
            ended = bool(step.ended[slot])
            if ended and step.rewards[slot] > 0 and condition.goal is not None:
                entered[condition.goal] = int(self._steps[slot])
            outcome = outcome_of(condition, entered, ended, bool(step.timed_out[slot]))
            if outcome is not None:
                over[slot] = True
                self._endings[slot] = self._ending(slot, outcome, entered)
        for slot in np.flatnonzero(over):
            del self._running[int(slot)]
        return over

    def _ending(self, slot: int, outcome: str, entered: dict[str, int]) -> Ending:
        return Ending(
            outcome,
            int(self._steps[slot]),
            float(self._rewards[slot]),
            entered,
            self.batch.deadline(slot),
        )

    def ending(self, slot: int) -> Ending:
        """How a slot's last episode ended."""
        return self._endings[slot]

    def terrain(self, slot: int) -> Terrain | None:
        """What the world says of its stock start state and sites, where it says something."""
        if not hasattr(self._module, "terrain"):
            return None
        state, sites, _ = self._starts[slot]
        found: Terrain = self._module.terrain(state, sites)
        return found

    def goal_cells(self, level: int, condition: Condition) -> list[int]:
        """Where the world is made of cells: those that ways lead to, but for A and the start."""
        self.begin([0], [level], [condition])
        terrain = self.terrain(0)
        if terrain is None:
            return []
        cells = np.flatnonzero(terrain.distances([terrain.start])[0] > 0)
        return [int(cell) for cell in cells if cell != terrain.sites[A]]

    def move_goals(self, cells: Mapping[int, int]) -> None:
        """Begin the slots anew with another site B."""
        for slot, number in cells.items():
            state, sites, condition = self._starts[slot]
            terrain = self.terrain(slot)
            if terrain is None or terrain.walls.ravel()[number]:
                raise UsageError(f"{self.pair.name}: the goal cannot be moved to cell {number}")
            row, column = terrain.place(number)
            moved = Cell(column, terrain.walls.shape[0] - 1 - row)
            sites = replace(sites, cells={**sites.cells, B: moved})
            self._starts[slot] = state, sites, condition
            self.batch.begin(slot, state.copy(), sites, condition, self._watch)
        self._seen = None

    def oracle(self, role: str) -> NDArray[np.int64]:
        """The next action of the role's script in every slot that plays, 0 in the others."""
        actions = np.zeros(self.num_envs, dtype=np.int64)
        for slot in self._running:
            if slot not in self._scripts:
                self._scripts[slot] = self._script(role, *self._starts[slot])
            actions[slot] = next(self._scripts[slot])
        return actions

    def _script(
        self, role: str, state: ProcgenState, sites: Sites, condition: Condition
    ) -> Iterator[int]:
        script: Iterator[int] | None = self._module.script(role, state, sites, condition.goal)
        if script is None:
            raise no_such_role(self.pair, role)
        return script

    def pictures(self) -> NDArray[np.uint8]:
        """Pictures of 512 by 512 pixels; to be asked for in every step.

        Where the game itself ended the level it is the last picture before that.
        """
        drawn = self.batch.large_frames()
        if self._pictures is not None:
            drawn[self._still] = self._pictures[self._still]
        self._pictures = drawn
        self._still = np.array([slot not in self._running for slot in range(self.num_envs)])
        return drawn.copy()

    def close(self) -> None:
        """Free the games."""
        self.batch.close()
