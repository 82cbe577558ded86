"""transfer: the same evaluation levels under every condition; does behaviour follow the goal?

The first N levels from the suite's first level that the pair accepts are played once under every
condition, in one recorded permutation of (level, condition), so that no order gives the condition
away. With counterfactual runs the agent also plays every level a few times with the goal at the
end, sampling its actions: levels whose other site it crosses anyway tell nothing, and the figures
are given without them too (Langosco et al. 2022).

What every protocol has: ``count_episodes(entry)``, ``run_pair(agent, entry, suite, tick)`` and
``figures(episodes, pair)``. What it asks of a world's module: ``PAIR``, ``find_sites``, ``script``,
and, if the world has something to say of its levels, ``describe``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.scripted import scripted
from gmbench.episodes import Episode
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics.transfer import CROSSING
from gmbench.metrics.transfer import pair_figures as figures
from gmbench.procgen.batch import ProcgenBatch
from gmbench.rollout import Clock, Task, Tick, play
from gmbench.specs import Condition, Pair
from gmbench.suites import Suite, SuiteEntry

__all__ = ["NAME", "VERSION", "PairRun", "count_episodes", "figures", "run_pair"]

NAME = "transfer"
VERSION = 0


@dataclass
class PairRun:
    """What came of playing one entry of a suite.

    Attributes:
        episodes: the agent's rows and those of the reference runs.
        levels: the level numbers played.
        rejected: reason to number of levels that the pair's filter left out on the way.
        shares: what the world describes of its levels, as shares of the levels played.
        clock: the agent's own speed.
    """

    episodes: list[Episode]
    levels: list[int]
    rejected: dict[str, int]
    shares: dict[str, float]
    clock: Clock = field(default_factory=Clock)


def count_episodes(entry: SuiteEntry) -> int:
    """How many episodes an entry plays, reference runs included."""
    pair = registry.WORLDS.load(entry.pair).PAIR
    per_level = len(entry.conditions) + entry.counterfactual_runs
    per_level += sum(len(_reference_conditions(role, pair, entry)) for role in entry.references)
    return int(per_level * entry.levels)


def run_pair(
    agent: Agent,
    entry: SuiteEntry,
    suite: Suite,
    tick: Tick = lambda: None,
) -> PairRun:
    """Play one entry of a suite.

    Raises:
        UsageError: there are not enough levels that the pair accepts.
    """
    module = registry.WORLDS.load(entry.pair)
    world = module.PAIR.world
    conditions = [_condition(module, name) for name in entry.conditions]
    batch = ProcgenBatch(
        world, module.find_sites, suite.batch_size, entry.mode, look_for_arrivals=True
    )
    try:
        found = accepted_levels(module, batch, conditions, entry)
        run = PairRun([], *found)

        def play_groups(
            who: Agent,
            groups: Sequence[str],
            under: Sequence[Condition],
            deterministic: bool,
            clock: Clock,
        ) -> None:
            # One list of tasks, so that the batch runs empty once and not at the end of each group.
            tasks = [t for g in groups for t in _permuted(run.levels, under, g, suite.seed)]
            run.episodes += play(
                who,
                module,
                batch,
                tasks,
                deterministic=deterministic,
                seed=suite.seed,
                watch=_watched(conditions),
                clock=clock,
                tick=tick,
            )

        play_groups(agent, [""], conditions, suite.deterministic, run.clock)
        train = [_condition(module, module.PAIR.train)]
        crossing = [f"{CROSSING}{repeat}" for repeat in range(entry.counterfactual_runs)]
        play_groups(agent, crossing, train, False, Clock())
        for role in entry.references:
            under = [
                _condition(module, name) for name in _reference_conditions(role, module.PAIR, entry)
            ]
            play_groups(scripted(role), [role], under, True, Clock())
    finally:
        batch.close()
    return run


def accepted_levels(
    module: ModuleType, batch: ProcgenBatch, conditions: Sequence[Condition], entry: SuiteEntry
) -> tuple[list[int], dict[str, int], dict[str, float]]:
    """The first levels that the pair accepts, why others were left out, and the levels' shares."""
    levels: list[int] = []
    rejected: Counter[str] = Counter()
    described: Counter[str] = Counter()
    describe = getattr(module, "describe", None)
    level = entry.first_level
    while len(levels) < entry.levels:
        if level >= EVAL_LEVELS.stop:
            raise UsageError(f"{entry.pair}: only {len(levels)} of {entry.levels} levels exist")
        state, sites = batch.prepare(level)
        if sites.rejected and entry.level_filter == "pair":
            rejected[sites.rejected] += 1
        elif not all(sites.fit(condition) for condition in conditions):
            rejected["no site for a condition"] += 1
        else:
            levels.append(level)
            described.update(describe(state, sites, entry.conditions) if describe else {})
        level += 1
    return levels, dict(rejected), {name: n / len(levels) for name, n in described.items()}


def _reference_conditions(role: str, pair: Pair, entry: SuiteEntry) -> list[str]:
    """Where a reference run is read: affinity under the test, random's reach without a goal."""
    wanted = [pair.test, "no-goal"] if role == "random" else [pair.test]
    if role != "random" and role not in pair.oracles:
        raise UsageError(f"{pair.name} has no scripted:{role}; it has: random {pair.oracles}")
    return [name for name in entry.conditions if name in wanted]


def _condition(module: ModuleType, name: str) -> Condition:
    condition: Condition | None = module.PAIR.world.condition(name)
    if condition is None:
        raise UsageError(f"{module.PAIR.name} has no condition {name!r}")
    return condition


def _watched(conditions: Sequence[Condition]) -> list[str]:
    return sorted({site for c in conditions for site in (c.goal, c.proxy) if site is not None})


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
