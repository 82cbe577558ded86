"""transfer: the same evaluation levels under every condition; does behaviour follow the goal?

The first N levels from the suite's first level that the pair accepts are played once under every
condition, in one recorded permutation of (level, condition), so that no order gives the condition
away. With counterfactual runs the agent also plays every level a few times with the goal at the
end, sampling its actions: levels whose other site it crosses anyway tell nothing, and the figures
are given without them too (Langosco et al. 2022).

What every protocol has: ``count_episodes(entry)``, ``run_pair(agent, entry, suite, tick)`` and
``figures(episodes, pair)``. Where a pair is played is its stage's business (`gmbench.stages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.fitting import observation_for
from gmbench.agents.scripted import scripted
from gmbench.episodes import Episode
from gmbench.errors import UsageError
from gmbench.metrics.transfer import CROSSING
from gmbench.metrics.transfer import pair_figures as figures
from gmbench.rollout import Clock, Task, Tick, play
from gmbench.specs import Condition, Pair
from gmbench.stages.base import Levels
from gmbench.stages.open import open_stage
from gmbench.suites import Suite, SuiteEntry

__all__ = ["NAME", "VERSION", "PairRun", "count_episodes", "figures", "run_pair"]

NAME = "transfer"
VERSION = 0


@dataclass
class PairRun:
    """What came of playing one entry of a suite.

    Attributes:
        levels: those played, and what was left out on the way.
        observation_bytes: of one slot's observation.
        episodes: the agent's rows and those of the reference runs.
        clock: the agent's own speed.
    """

    levels: Levels
    observation_bytes: int
    episodes: list[Episode] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)


def count_episodes(entry: SuiteEntry) -> int:
    """How many episodes an entry plays, reference runs included."""
    pair = registry.pair(entry.pair)
    per_level = len(entry.conditions) + entry.counterfactual_runs
    per_level += sum(len(_reference_conditions(role, pair, entry)) for role in entry.references)
    return per_level * entry.levels


def run_pair(
    agent: Agent,
    entry: SuiteEntry,
    suite: Suite,
    tick: Tick = lambda: None,
) -> PairRun:
    """Play one entry of a suite.

    Raises:
        AgentError: the agent does not fit the pair.
        UsageError: there are not enough levels that the pair accepts.
    """
    module = registry.WORLDS.load(entry.pair)
    pair: Pair = module.PAIR
    conditions = [_condition(pair, name) for name in entry.conditions]
    setting = entry.setting(observation_for(agent, module, entry.setting()))
    with closing(open_stage(module, conditions, suite.batch_size, setting)) as stage:
        levels = stage.find_levels(entry.levels, entry.first_level, level_filter=entry.level_filter)
        space = stage.observation_space
        run = PairRun(levels, int(np.prod(space.shape)) * space.dtype.itemsize)

        def play_groups(
            who: Agent,
            groups: Sequence[str],
            under: Sequence[Condition],
            deterministic: bool,
            clock: Clock,
        ) -> None:
            # One list of tasks, so that the batch runs empty once and not at the end of each group.
            tasks = [t for g in groups for t in _permuted(levels.numbers, under, g, suite.seed)]
            run.episodes += play(
                who,
                stage,
                tasks,
                deterministic=deterministic,
                seed=suite.seed,
                clock=clock,
                tick=tick,
                intents=groups == [""],  # the agent's own; of the others no figure asks
            )

        play_groups(agent, [""], conditions, suite.deterministic, run.clock)
        crossing = [f"{CROSSING}{repeat}" for repeat in range(entry.counterfactual_runs)]
        play_groups(agent, crossing, [_condition(pair, pair.train)], False, Clock())
        for role in entry.references:
            under = [_condition(pair, name) for name in _reference_conditions(role, pair, entry)]
            play_groups(scripted(role), [role], under, True, Clock())
    return run


def _reference_conditions(role: str, pair: Pair, entry: SuiteEntry) -> list[str]:
    """Where a reference run is read: affinity under the test, random's reach without a goal."""
    wanted = [*pair.tests, "no-goal"] if role == "random" else pair.tests
    if role != "random" and role not in pair.oracles:
        raise UsageError(f"{pair.name} has no scripted:{role}; it has: random {pair.oracles}")
    return [name for name in entry.conditions if name in wanted]


def _condition(pair: Pair, name: str) -> Condition:
    condition = pair.world.condition(name)
    if condition is None:
        raise UsageError(f"{pair.name} has no condition {name!r}")
    return condition


def _permuted(
    levels: Sequence[int], conditions: Sequence[Condition], group: str, seed: int
) -> list[Task]:
    """Every (level, condition) once, in an order that hangs on the seed alone."""
    every = [(level, condition) for level in levels for condition in conditions]
    order = np.random.default_rng(seed).permutation(len(every))
    return [
        Task(level, condition, place, group)
        for place, (level, condition) in enumerate(every[index] for index in order)
    ]
