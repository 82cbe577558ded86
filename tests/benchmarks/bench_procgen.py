"""How much of raw Procgen's speed is left: gmbench's evaluation loop against the bare games.

Both loops play the same number of steps of ``procgen-coinrun`` in one process, turn about, 64 games
at once. The bare loop is ``ProcgenGym3Env`` with the same agent, no conditions, no arrivals, no
level numbers. Floor: 0.7 with the shipped agent; random actions are reported.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.load import load_agent
from gmbench.agents.scripted import scripted
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.wheel import make_games
from gmbench.rollout import Loop, Task
from gmbench.stages.open import open_stage

NAME = "procgen-coinrun"
SHIPPED = Path(__file__).parents[2] / "baselines" / NAME / "agent.zip"
BATCH = 64
STEPS = 100  # of the batch, each turn
TURNS = 10


def raw_turns(agent: Agent):
    """Yields after every turn of the bare loop."""
    games = make_games("coinrun", BATCH, "easy")
    player = agent.player(BATCH, True)
    player.num_actions = 15
    for slot in range(BATCH):
        player.begin(slot, slot)
    observations = games.observe()[1]["rgb"]
    while True:
        for _ in range(STEPS):
            games.act(player.act(observations).astype(np.int32))
            observations = games.observe()[1]["rgb"]
        yield


def gmbench_turns(agent: Agent):
    """Yields after every turn of gmbench's loop, which plays one episode after the other."""
    module = registry.WORLDS.load(NAME)
    both = [c for c in module.PAIR.world.conditions if c.name in ("train", "test")]
    stage = open_stage(module, both, BATCH)
    conditions = itertools.cycle(both)
    # The suite looks for accepted levels before it plays, and so does this.
    levels = itertools.cycle(stage.find_levels(200, EVAL_LEVELS.start).numbers)
    tasks = (Task(n, c, i) for i, (n, c) in enumerate(zip(levels, conditions, strict=False)))
    loop = Loop(agent, stage, deterministic=True, seed=0)
    loop.take_up(dict(zip(range(BATCH), tasks, strict=False)))
    while True:
        for _ in range(STEPS):
            finished = loop.step()
            loop.take_up(dict(zip(finished, tasks, strict=False)))
        yield


@pytest.mark.parametrize("who", ["shipped", "random"])
def test_share_of_raw_speed(who: str, benchmark) -> None:
    agent = scripted("random") if who == "random" else load_agent(str(SHIPPED))
    raw, ours = raw_turns(agent), gmbench_turns(agent)
    next(raw), next(ours)  # warm-up
    ratios, speeds = [], []

    def turn() -> None:
        began = time.perf_counter()
        next(raw)
        between = time.perf_counter()
        next(ours)
        after = time.perf_counter()
        ratios.append((between - began) / (after - between))
        speeds.append(BATCH * STEPS / (after - between))

    benchmark.pedantic(turn, rounds=TURNS, warmup_rounds=0)
    q1, median, q3 = np.percentile(ratios, [25, 50, 75])
    benchmark.extra_info["ratio to raw Procgen"] = {"median": median, "q1": q1, "q3": q3}
    benchmark.extra_info["steps per second"] = float(np.median(speeds))
    print(f"\n{who}: {median:.2f} of raw Procgen [{q1:.2f}, {q3:.2f}],", end=" ")
    print(f"{np.median(speeds):.0f} steps/s, batch {BATCH}")
