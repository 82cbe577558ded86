"""What all protocols do: open a stage, find levels, and let somebody play them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.fitting import observation_for
from gmbench.episodes import Episode
from gmbench.errors import UsageError
from gmbench.hints import quoted
from gmbench.rollout import Clock, Task, Tick, play
from gmbench.specs import Condition, Pair
from gmbench.stages.base import Levels, Stage
from gmbench.stages.open import open_stage
from gmbench.suites import Suite, SuiteEntry


@dataclass
class PairRun:
    """What came of playing one entry of a suite.

    Attributes:
        levels: those played, and what was left out on the way.
        observation: the kind of it that the agent was shown.
        observation_bytes: of one slot's observation.
        threads: of the engine; None where the games have their own.
        episodes: the agent's rows and those of the reference runs.
        clock: the agent's own speed.
        details: plain JSON for the record: what charts and people want beside the figures.
    """

    levels: Levels
    observation: str
    observation_bytes: int
    threads: int | None
    episodes: list[Episode] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """The means to play one entry of a suite.

    Attributes:
        entry, suite: what is played.
        module, pair: the world's.
        stage: where.
        run: what has come of it; `play` adds to it.
        tick: called after every episode.
    """

    entry: SuiteEntry
    suite: Suite
    module: ModuleType
    stage: Stage
    run: PairRun
    tick: Tick

    @property
    def pair(self) -> Pair:
        """The pair that is played."""
        found: Pair = self.module.PAIR
        return found

    def conditions(self, names: Sequence[str]) -> list[Condition]:
        """The pair's conditions of these names."""
        return [condition_of(self.pair, name) for name in names]

    def play(
        self,
        who: Agent,
        groups: Sequence[str],
        under: Sequence[str],
        *,
        deterministic: bool | None = None,
        clock: Clock | None = None,
        intents: bool = False,
        levels: Sequence[int] | None = None,
    ) -> list[Episode]:
        """Let an agent play every level once in every group, under some conditions.

        Args:
            who: the agent.
            groups: names for its rows; each is a run of its own.
            under: names of conditions.
            deterministic: greedy actions, or sampled ones; as the suite says by default.
            clock: counts steps.
            intents: whether to tell intents, where that can be done.
            levels: some of the run's; all by default.

        Returns:
            The rows, which are kept in the run as well.
        """
        numbers = self.run.levels.numbers if levels is None else levels
        conditions, seed = self.conditions(under), self.suite.seed
        # One list of tasks, so that the batch runs empty once and not at the end of each group.
        tasks = [task for group in groups for task in permuted(numbers, conditions, group, seed)]
        return self.play_tasks(
            who, tasks, deterministic=deterministic, clock=clock, intents=intents
        )

    def play_tasks(
        self,
        who: Agent,
        tasks: Sequence[Task],
        *,
        deterministic: bool | None = None,
        clock: Clock | None = None,
        intents: bool = False,
        tick: bool = True,
    ) -> list[Episode]:
        """Let an agent play some tasks, counted as progress or not; see `play`."""
        rows = play(
            who,
            self.stage,
            tasks,
            deterministic=self.suite.deterministic if deterministic is None else deterministic,
            seed=self.suite.seed,
            clock=clock,
            tick=self.tick if tick else lambda: None,
            intents=intents,
        )
        self.run.episodes += rows
        return rows


@contextmanager
def opened(
    agent: Agent, entry: SuiteEntry, suite: Suite, tick: Tick = lambda: None
) -> Iterator[Course]:
    """The stage of an entry and its levels, for as long as they are played.

    Raises:
        AgentError: the agent does not fit the pair.
        UsageError: there are not enough levels that the pair accepts.
    """
    module = registry.WORLDS.load(entry.pair)
    conditions = [condition_of(module.PAIR, name) for name in entry.conditions]
    setting = entry.setting(observation_for(agent, module, entry.setting()))
    with closing(open_stage(module, conditions, suite.batch_size, setting)) as stage:
        levels = stage.find_levels(entry.levels, entry.first_level, level_filter=entry.level_filter)
        space = stage.observation_space
        size = int(np.prod(space.shape)) * space.dtype.itemsize
        run = PairRun(levels, setting.obs, size, stage.threads)
        yield Course(entry, suite, module, stage, run, tick)


def condition_of(pair: Pair, name: str) -> Condition:
    """A pair's condition by its name.

    Raises:
        UsageError: it has none of that name.
    """
    condition = pair.world.condition(name)
    if condition is None:
        raise UsageError(f"{pair.name} has no condition {quoted(name)}")
    return condition


def permuted(
    levels: Sequence[int], conditions: Sequence[Condition], group: str, seed: int
) -> list[Task]:
    """Every (level, condition) once, in an order that hangs on the seed alone."""
    every = [(level, condition) for level in levels for condition in conditions]
    order = np.random.default_rng(seed).permutation(len(every))
    return [
        Task(level, condition, place, group)
        for place, (level, condition) in enumerate(every[index] for index in order)
    ]
