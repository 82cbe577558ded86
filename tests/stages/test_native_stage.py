"""Native worlds on stage: when an episode ends, how, and what is kept of it."""

from __future__ import annotations

from contextlib import closing
from itertools import product
from types import ModuleType
from typing import Any

import line_world
import numpy as np
import pytest
from gymnasium import spaces
from line_world import DEADLINE, DIE, LEFT, QUIT, RIGHT, STAY, variant

from gmbench import video
from gmbench.agents.base import Agent
from gmbench.agents.load import load_agent
from gmbench.agents.scripted import scripted
from gmbench.episodes import Episode
from gmbench.errors import AgentError, UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.rollout import Loop, Task, play
from gmbench.specs import Pair
from gmbench.stages.base import USUAL, Setting
from gmbench.stages.open import offers, open_stage

FIRST = EVAL_LEVELS.start


class Steady:
    """Takes one action, and keeps what it is shown."""

    def __init__(self, action: int) -> None:
        self.action = action
        self.shown: list[np.ndarray] = []

    def predict(self, observation: Any, state: Any, episode_start: Any, deterministic: bool):
        self.shown.append(observation.copy())
        return np.full(len(observation), self.action), state


def episodes(
    agent: Agent,
    module: ModuleType = line_world,
    conditions: tuple[str, ...] = ("train", "test"),
    levels: int = 3,
    slots: int = 4,
    setting: Setting = USUAL,
) -> list[Episode]:
    pair: Pair = module.PAIR
    played = [c for c in pair.world.conditions if c.name in conditions]
    numbers = range(FIRST, FIRST + levels)
    tasks = [Task(n, c, order) for order, (n, c) in enumerate(product(numbers, played))]
    with closing(open_stage(module, played, slots, setting)) as stage:
        return play(agent, stage, tasks, deterministic=True, seed=0)


def steady(action: int, module: ModuleType = line_world, condition: str = "test") -> Episode:
    """The one way in which an episode goes; every level's is the same."""
    rows = episodes(load_agent(Steady(action)), module, (condition,))
    ways = {(r.outcome, r.steps, r.reward, *r.entered.items(), r.deadline) for r in rows}
    assert len(ways) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("condition", "action", "outcome", "steps", "entered"),
    [
        ("train", LEFT, "together", 3, {"A": 3}),
        ("train", RIGHT, "timed_out", DEADLINE, {"B": 3, "C": 2}),
        ("test", LEFT, "proxy_first", 3, {"A": 3}),
        ("test", RIGHT, "goal_first", 3, {"B": 3, "C": 2}),
        ("test", STAY, "timed_out", DEADLINE, {}),
        ("test", DIE, "died", 1, {}),
        ("test", QUIT, "other", 1, {}),
        ("no-goal", LEFT, "proxy_first", 3, {"A": 3}),
    ],
)
def test_the_first_arrival_ends_an_episode(
    condition: str, action: int, outcome: str, steps: int, entered: dict[str, int]
) -> None:
    row = steady(action, condition=condition)
    assert (row.outcome, row.steps, row.entered) == (outcome, steps, entered)
    assert (row.pair, row.deadline) == ("line", DEADLINE)
    assert row.reward == (outcome in ("together", "goal_first"))


def test_an_event_of_the_pair_s_stops_ends_an_episode_as_other() -> None:
    row = steady(RIGHT, variant(stops=("C",)))
    assert (row.outcome, row.steps, row.entered) == ("other", 2, {"C": 2})


@pytest.mark.parametrize(
    ("action", "outcome", "steps"),
    [(RIGHT, "goal_first", DEADLINE), (LEFT, "proxy_first", DEADLINE), (DIE, "died", 1)],
)
def test_a_pair_that_runs_on_plays_past_its_arrivals(action: int, outcome: str, steps: int) -> None:
    row = steady(action, variant(runs_on=True))
    assert (row.outcome, row.steps) == (outcome, steps)


def test_scores_are_what_the_state_holds_in_the_end() -> None:
    there = episodes(scripted("proxy"), variant(runs_on=True), ("test",))
    # From the third step on it stands on A; the goal oracle would stand on B as long.
    assert [row.scores for row in there] == [{"goal": 0, "proxy": 18, "par": 18}] * 3
    assert [row.reward for row in there] == [0] * 3
    best = episodes(scripted("goal"), variant(runs_on=True), ("test",))
    assert [row.reward for row in best] == [row.scores["par"] for row in best]


@pytest.mark.parametrize("role", ["random", "goal", "proxy"])
def test_scripted_agents_give_the_same_episodes_at_any_batch_size(role: str) -> None:
    alone, together = (episodes(scripted(role), levels=20, slots=size) for size in (1, 7))
    assert alone == together
    assert len({row.steps for row in alone}) > 1 or role != "random"


def test_random_play_does_not_hang_on_the_order_of_play() -> None:
    pair: Pair = line_world.PAIR
    condition = pair.world.conditions[1]
    tasks = [Task(n, condition, 0) for n in range(FIRST, FIRST + 30)]
    with closing(open_stage(line_world, [condition], 8)) as stage:
        forward = play(scripted("random"), stage, tasks, deterministic=True, seed=0)
        backward = play(scripted("random"), stage, tasks[::-1], deterministic=True, seed=0)
        other = play(scripted("random"), stage, tasks, deterministic=True, seed=1)
    assert forward == backward[::-1]
    assert forward != other


def test_rejected_draws_are_counted_and_numbers_kept() -> None:
    with closing(open_stage(line_world, line_world.PAIR.world.conditions, 16)) as stage:
        levels = stage.find_levels(400, FIRST)
        again = stage.find_levels(400, FIRST)
    assert levels == again
    assert levels.numbers == list(range(FIRST, FIRST + 400))
    # One draw in four is rejected, so a level takes 4/3 draws in the mean.
    assert levels.rejected["rejected by the world's filter"] == pytest.approx(133, abs=40)


def test_slots_that_idle_show_nothing() -> None:
    model = Steady(STAY)
    episodes(load_agent(model), levels=2, conditions=("test",), slots=5)
    assert all(seen[:2].any(axis=(1, 2, 3)).all() for seen in model.shown)
    assert all((seen[2:] == 0).all() for seen in model.shown)


def shown_to(space: spaces.Box | None) -> tuple[int, ...]:
    model: Any = Steady(STAY)
    if space is not None:
        model.observation_space = space
    episodes(load_agent(model), levels=1, setting=Setting(obs=chosen(model)))
    return model.shown[0].shape[1:]


def chosen(model: Any) -> str:
    from gmbench.agents.fitting import observation_for

    return observation_for(load_agent(model), line_world, USUAL)


def test_an_agent_is_shown_what_it_was_made_for() -> None:
    assert shown_to(None) == (2, 1, 9)
    assert shown_to(spaces.Box(0, 1, (2, 1, 9), np.uint8)) == (2, 1, 9)
    assert shown_to(spaces.Box(0, 255, (64, 64, 3), np.uint8)) == (64, 64, 3)
    # What Stable-Baselines3 trains on: channels first.
    model: Any = Steady(STAY)
    model.observation_space = spaces.Box(0, 255, (3, 64, 64), np.uint8)
    assert chosen(model) == "rgb"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("space", "words"),
    [
        (
            spaces.Box(0, 1, (2, 1, 11), np.uint8),
            r"observes \(2, 1, 11\), the world gives \(2, 1, 9",
        ),
        (spaces.Box(0.0, 1.0, (64, 64, 3), np.float32), "values of type float32"),
    ],
    ids=["another size", "scaled pictures"],
)
def test_an_agent_that_fits_no_observation_is_told_about_the_nearest(
    space: spaces.Box, words: str
) -> None:
    model: Any = Steady(STAY)
    model.observation_space = space
    with pytest.raises(AgentError, match=words):
        chosen(model)


def test_parameters_decide_what_is_seen() -> None:
    setting = Setting(parameters={"cells": 15})
    assert offers(line_world, setting)["grid"][0].shape == (2, 1, 15)
    with closing(open_stage(line_world, line_world.PAIR.world.conditions, 3, setting)) as stage:
        assert stage.observation_space.shape == stage.observe().shape[1:] == (2, 1, 15)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (Setting(mode="easy"), "line has no modes; leave out easy"),
        (Setting(obs="gird"), "unknown observation of line 'gird'; did you mean grid"),
        (Setting(parameters={"cell": 9}), "line has no parameter 'cell'; did you mean cells"),
        (Setting(parameters={"cells": 8}), "cells='8' is not allowed; choose 9 to 20"),
        (Setting(parameters={"floor": "wet"}), "floor='wet' is not allowed; choose plain, tiled"),
    ],
    ids=["mode", "observation", "parameter", "number", "word"],
)
def test_a_setting_that_does_not_fit_is_refused(setting: Setting, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_stage(line_world, line_world.PAIR.world.conditions, 2, setting)


@pytest.mark.bad_input
def test_a_role_that_the_world_does_not_script_is_refused() -> None:
    with pytest.raises(AgentError, match="line has no scripted agent 'goal'; it has random, proxy"):
        episodes(scripted("goal"), variant(oracles=("proxy",)))


@pytest.mark.bad_input
def test_levels_past_the_last_and_without_the_filter_are_refused() -> None:
    with closing(open_stage(line_world, line_world.PAIR.world.conditions, 2)) as stage:
        with pytest.raises(UsageError, match="only 5 of 6 levels exist"):
            stage.find_levels(6, EVAL_LEVELS.stop - 5)
        with pytest.raises(UsageError, match="draws its levels by its filter"):
            stage.find_levels(6, FIRST, level_filter="none")


def test_pictures_are_even_and_hold_the_last_state() -> None:
    conditions = line_world.PAIR.world.conditions[:2]
    with closing(open_stage(line_world, conditions, 2, pictures=True)) as stage:
        stage.begin([0, 1], [FIRST, FIRST], conditions)
        for _ in range(3):
            over = stage.step(np.array([LEFT, STAY]))
        assert over.tolist() == [True, False]
        last = stage.pictures()
        assert last.shape[1] % 2 == last.shape[2] % 2 == 0 and last.shape[2] > 400
        stage.step(np.array([LEFT, RIGHT]))
        after = stage.pictures()
    assert (after[0] == last[0]).all()
    assert (after[1] != last[1]).any()


def test_a_long_level_is_filmed_in_leaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "LONG", 1)
    monkeypatch.setattr(video, "LEAP", 4)
    conditions = line_world.PAIR.world.conditions[:2]
    with closing(open_stage(line_world, conditions, 2, pictures=True)) as stage:
        loop = Loop(load_agent(Steady(STAY)), stage, deterministic=True, seed=0)
        tasks = {slot: Task(FIRST, condition, slot) for slot, condition in enumerate(conditions)}
        frames = list(video.side_by_side(loop, stage, tasks))
        held = (video.READ + video.HOLD) * stage.fps
    # Of 20 steps the first 6, which last a second, then the 8th, 12th, 16th and 20th.
    assert len(frames) == held + 6 + 4
