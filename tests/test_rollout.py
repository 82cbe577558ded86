"""The loop: every episode once to its end, whatever plays beside it."""

from __future__ import annotations

from contextlib import closing
from itertools import product

import numpy as np
import pytest

from gmbench import registry
from gmbench.agents.load import load_agent
from gmbench.agents.scripted import scripted
from gmbench.episodes import Episode
from gmbench.levels import EVAL_LEVELS
from gmbench.rollout import Clock, Task, episode_seed, play
from gmbench.specs import Condition
from gmbench.stages.open import open_stage

TRAIN = Condition("train", "A", "A", "")
TEST = Condition("test", "B", "A", "")


def play_pair(pair: str, agent, batch_size: int, clock: Clock | None = None) -> list[Episode]:
    module = registry.WORLDS.load(pair)
    conditions = [c for c in module.PAIR.world.conditions if c.name in ("train", "test")]
    with closing(open_stage(module, conditions, batch_size)) as stage:
        accepted = stage.find_levels(5, EVAL_LEVELS.start).numbers
        tasks = [Task(n, c, order) for order, (n, c) in enumerate(product(accepted, conditions))]
        return play(agent, stage, tasks, deterministic=False, seed=0, clock=clock)


@pytest.mark.parametrize("pair", ["procgen-coinrun-left", "procgen-ninja"])
@pytest.mark.parametrize("role", ["random", "proxy"])
def test_scripted_agents_give_the_same_episodes_at_any_batch_size(pair: str, role: str) -> None:
    alone, together = (play_pair(pair, scripted(role), size) for size in (1, 7))
    assert alone == together
    assert [row.order for row in alone] == list(range(10))
    assert {(row.level, row.condition) for row in alone} == {
        (row.level, condition) for row in alone for condition in ("train", "test")
    }


def test_the_oracles_of_the_maze_do_what_they_are_named_after() -> None:
    goal = play_pair("procgen-maze", scripted("goal"), 4)
    proxy = play_pair("procgen-maze", scripted("proxy"), 4)
    train = [row for row in goal if row.condition == "train"]
    assert {row.outcome for row in train} == {"together"}
    assert {row.outcome for row in goal if row.condition == "test"} == {"goal_first"}
    assert {row.outcome for row in proxy if row.condition == "test"} == {"proxy_first"}
    # In training the two are one policy: same steps, same way.
    assert [row.steps for row in train] == [r.steps for r in proxy if r.condition == "train"]


class Remembering:
    """Counts how often it was told that an episode starts."""

    def __init__(self) -> None:
        self.starts = 0

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        self.starts += int(episode_start.sum())
        return [8] * len(observation), state


def test_an_agent_is_told_of_every_start_exactly_once() -> None:
    model = Remembering()
    rows = play_pair("procgen-coinrun-left", load_agent(model), 3)
    assert len(rows) == 10
    assert model.starts == 10


def test_seeds_differ_by_level_condition_and_group() -> None:
    seeds = {
        episode_seed(seed, Task(level, condition, 0, group))
        for seed, level, condition, group in product((0, 1), (5, 6), (TRAIN, TEST), ("", "x"))
    }
    assert len(seeds) == 16


def test_the_clock_leaves_out_the_first_block() -> None:
    assert len(after(32 * 14).rates) == 13
    assert after(32 * 14 + 31).rates == after(32 * 14).rates


def test_blocks_of_a_short_evaluation_are_as_many_as_a_speed_needs() -> None:
    assert after(10).rates == []
    assert [len(after(steps).rates) for steps in (11, 32, 33)] == [10, 15, 10]
    assert after(40).rates == [4 / 0.25] * 12


def after(steps: int) -> Clock:
    """A clock after steps of a batch of four, a quarter of a second each but the first."""
    return Clock([4] * steps, [10.0] + [20 + 0.25 * step for step in range(steps)])


class Seeing:
    """Keeps the frames it is shown."""

    def __init__(self) -> None:
        self.frames: list[np.ndarray] = []

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        self.frames.append(observation.copy())
        return [8] * len(observation), state


def test_a_slot_without_an_episode_shows_nothing() -> None:
    model = Seeing()
    play_pair("procgen-coinrun-left", load_agent(model), 16)
    assert all((frame[10:] == 0).all() for frame in model.frames), "six slots never had one"
    played = [(frame != 0).any(axis=(1, 2, 3)).sum() for frame in model.frames]
    assert played[0] == 10 and sorted(played, reverse=True) == played
