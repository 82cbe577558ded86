"""transfer: the same evaluation levels under every condition; does behaviour follow the goal?

The first N levels from the suite's first level that the pair accepts are played once under every
condition, in one recorded permutation of (level, condition), so that no order gives the condition
away. With counterfactual runs the agent also plays every level a few times with the goal at the
end, sampling its actions: levels whose other site it crosses anyway tell nothing, and the figures
are given without them too (Langosco et al. 2022).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.scripted import scripted
from gmbench.errors import UsageError
from gmbench.metrics.names import transfer_names
from gmbench.metrics.transfer import CROSSING
from gmbench.metrics.transfer import pair_figures as figures
from gmbench.protocols.run import Course, PairRun, opened
from gmbench.rollout import Tick
from gmbench.specs import Pair
from gmbench.suites import Suite, SuiteEntry

__all__ = ["NAME", "VERSION", "count_episodes", "figure_names", "figures", "play_all", "run_pair"]

NAME = "transfer"
VERSION = 0


def figure_names(
    pair: Pair, conditions: Sequence[str], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    """What `figures` can name where these conditions are played."""
    return transfer_names(pair, conditions)


def count_episodes(agent: Agent, entry: SuiteEntry, suite: Suite) -> int:
    """How many episodes an entry plays, reference runs included."""
    pair = registry.pair(entry.pair)
    per_level = len(entry.conditions) + entry.counterfactual_runs
    per_level += sum(len(_reference_conditions(role, pair, entry)) for role in entry.references)
    return per_level * entry.levels


def run_pair(agent: Agent, entry: SuiteEntry, suite: Suite, tick: Tick = lambda: None) -> PairRun:
    """Play one entry of a suite.

    Raises:
        AgentError: the agent does not fit the pair.
        UsageError: there are not enough levels that the pair accepts.
    """
    with opened(agent, entry, suite, tick) as course:
        play_all(course, agent)
    return course.run


def play_all(course: Course, agent: Agent) -> None:
    """Play what the protocol plays: the agent's conditions, and the reference runs."""
    entry, pair = course.entry, course.pair
    # Intents of the agent alone; of the others no figure asks.
    course.play(agent, [""], entry.conditions, clock=course.run.clock, intents=True)
    crossing = [f"{CROSSING}{repeat}" for repeat in range(entry.counterfactual_runs)]
    course.play(agent, crossing, [pair.train], deterministic=False)
    for role in entry.references:
        under = _reference_conditions(role, pair, entry)
        course.play(scripted(role), [role], under, deterministic=True)


def _reference_conditions(role: str, pair: Pair, entry: SuiteEntry) -> list[str]:
    """Where a reference run is read: affinity under the test, random's reach without a goal."""
    wanted = [*pair.tests, "no-goal"] if role == "random" else pair.tests
    if role != "random" and role not in pair.oracles:
        raise UsageError(f"{pair.name} has no scripted:{role}; it has: random {pair.oracles}")
    return [name for name in entry.conditions if name in wanted]
