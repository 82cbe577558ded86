"""How fast an agent plays a pair, through pytest-benchmark, so that its comparisons guard speed.

What is timed is the loop of an evaluation: the agent's answers and the games' steps, in the suite's
batch. One round is `STEPS` steps of the batch; steps per second stand under ``extra_info``, where
``--benchmark-json`` writes them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from gmbench.agents.base import Agent
from gmbench.entrants import seated
from gmbench.errors import GmbenchError
from gmbench.protocols.run import Course, opened
from gmbench.pytest_plugin.playing import Games
from gmbench.records import MIN_REPEATS
from gmbench.rollout import Loop, Task
from gmbench.suites import Suite, SuiteEntry

STEPS: Final = 32  # of the batch, each round
WARM_UP: Final = 2  # rounds


def speed_case(
    parent: pytest.Collector, games: Games, suite: Suite, entry: SuiteEntry
) -> pytest.Function:
    """A test that times a pair, ``PAIR[throughput]``."""

    def throughput(benchmark: Any) -> None:
        try:
            agent = games.agent(suite, entry)
        except GmbenchError as error:
            pytest.fail(str(error), pytrace=False)
        if isinstance(agent, str):
            pytest.skip(f"{entry.pair} is not played: {agent}")
        with seated(agent) as player, opened(player, entry, suite) as course:
            turn = turns(player, course)
            benchmark.pedantic(turn, rounds=MIN_REPEATS, warmup_rounds=WARM_UP)
        if benchmark.stats is None:
            return  # under xdist, or where benchmarks are switched off, it ran once and untimed
        rates = suite.batch_size * STEPS / np.array(benchmark.stats.stats.data)
        q1, median, q3 = np.percentile(rates, [25, 50, 75]).tolist()
        benchmark.extra_info["steps per second"] = {"median": median, "q1": q1, "q3": q3}

    case: pytest.Function = pytest.Function.from_parent(
        parent, name=f"{entry.pair}[throughput]", callobj=throughput
    )
    case.add_marker(pytest.mark.gmbench)
    return case


def turns(agent: Agent, course: Course) -> Callable[[], None]:
    """A function that plays `STEPS` steps in every slot, one episode after the other."""
    conditions = course.conditions(course.entry.conditions)
    every = itertools.cycle(itertools.product(course.run.levels.numbers, conditions))
    tasks = (Task(level, condition, at) for at, (level, condition) in enumerate(every))
    suite = course.suite
    loop = Loop(agent, course.stage, deterministic=suite.deterministic, seed=suite.seed)
    loop.take_up(dict(zip(range(course.stage.num_envs), tasks, strict=False)))

    def turn() -> None:
        for _ in range(STEPS):
            finished = loop.step()
            loop.take_up(dict(zip(finished, tasks, strict=False)))

    return turn
