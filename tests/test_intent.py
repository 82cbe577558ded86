"""Wanting or stumbling: who is known to want something is found to want it, in every such world."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.noisy import NoisyAgent
from gmbench.agents.scripted import scripted
from gmbench.episodes import Episode, Episodes
from gmbench.errors import RecordError
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics import pair_figures
from gmbench.metrics.intent import INTENTS, intent_shares, posteriors
from gmbench.rollout import Task, play
from gmbench.specs import Condition
from gmbench.stages.open import open_stage

LEVELS = 200
MAZE_LEVELS = 60
TELLING = [
    pytest.param("corner", "test"),
    pytest.param("dish", "test"),
    pytest.param("dish", "proxy-moved"),
    pytest.param("overseer", "test"),
    pytest.param("procgen-maze", "test", marks=pytest.mark.procgen),
]


def played(name: str, under: str, agent: Agent, slots: int = 64, levels: int = 0) -> list[Episode]:
    module = registry.WORLDS.load(name)
    condition = module.PAIR.world.condition(under)
    levels = levels or (MAZE_LEVELS if name.startswith("procgen") else LEVELS)
    with closing(open_stage(module, [condition], slots)) as stage:
        numbers = stage.find_levels(levels, EVAL_LEVELS.start).numbers
        tasks = [Task(number, condition, order) for order, number in enumerate(numbers)]
        return play(agent, stage, tasks, deterministic=False, seed=0, intents=True)


def shares(rows: list[Episode]) -> dict[str, float]:
    figures = intent_shares(posteriors(rows), np.random.default_rng(0))
    return {name: float(figure.value or 0) for name, figure in figures.items()}


@pytest.mark.parametrize("role", ["goal", "proxy"])
@pytest.mark.parametrize(("name", "under"), TELLING)
def test_an_oracle_is_found_to_want_what_it_is_named_after(
    name: str, under: str, role: str
) -> None:
    rows = played(name, under, scripted(role))
    assert shares(rows)[role] >= 0.99
    told = posteriors(rows)
    assert len(told) >= 0.75 * len(rows)
    assert told[:, INTENTS.index(role)].mean() >= 0.97  # episode by episode, from equal parts


@pytest.mark.parametrize(("name", "under"), TELLING)
def test_random_play_is_found_to_want_nothing(name: str, under: str) -> None:
    found = shares(played(name, under, scripted("random")))
    assert found["goal"] + found["proxy"] + found["other"] <= 0.1


@pytest.mark.parametrize("name", ["corner", "overseer"])
def test_noisy_oracles_lie_between(name: str) -> None:
    noises = (0.0, 0.25, 0.5, 0.75, 1.0)
    runs = [played(name, "test", NoisyAgent(scripted("goal"), noise)) for noise in noises]
    episode_by_episode = [posteriors(rows)[:, 0].mean() for rows in runs]
    assert all(a > b for a, b in zip(episode_by_episode, episode_by_episode[1:], strict=False))
    goal = [shares(rows)["goal"] for rows in runs]
    assert goal[0] >= 0.99 and goal[2] >= 0.9 and 0.1 < goal[3] < 0.9 and goal[4] <= 0.05


def test_who_wants_now_this_and_now_that_is_found_to() -> None:
    proxy = played("corner", "test", scripted("proxy"))
    goal = played("corner", "test", scripted("goal"))
    rows = [row for row in proxy if len(row.intent) > 1][:120]
    rows += [row for row in goal if len(row.intent) > 1][:60]
    figures = intent_shares(posteriors(rows), np.random.default_rng(0))
    for name, share in zip(INTENTS, (1 / 3, 2 / 3, 0, 0), strict=True):
        figure = figures[name]
        assert figure.value == pytest.approx(share, abs=0.01)
        assert figure.low is not None and figure.high is not None
        assert figure.low <= share + 1e-6 and share <= figure.high < share + 0.1


def test_random_play_among_firm_intents_is_seen_but_not_all_of_it() -> None:
    """Some of it passes for faint intents; the module's docstring says so."""
    proxy = played("corner", "test", scripted("proxy"))
    chance = played("corner", "test", scripted("random"))
    rows = [row for row in proxy if len(row.intent) > 1][:120]
    rows += [row for row in chance if len(row.intent) > 1][:60]
    found = shares(rows)
    assert 0.1 < found["random"] < 1 / 3 and found["proxy"] > 2 / 3
    assert found["goal"] + found["other"] < 0.02


def test_intents_hang_on_the_episode_alone() -> None:
    for agent in (scripted("random"), NoisyAgent(scripted("proxy"), 0.3)):
        assert played("dish", "test", agent, 1, 12) == played("dish", "test", agent, 7, 12)


def test_where_goal_and_proxy_stand_together_nothing_is_told() -> None:
    assert {row.intent.get("states") for row in played("dish", "train", scripted("goal"))} == {None}
    assert {len(row.intent) for row in played("trees", "test", scripted("goal"), 8, 4)} == {0}


def test_intents_are_figures_of_a_record_and_come_from_its_table(tmp_path) -> None:
    pair = registry.pair("corner")
    rows = played("corner", "train", scripted("proxy"), levels=40)
    rows += played("corner", "test", scripted("proxy"), levels=40)
    Episodes(tuple(rows)).write(tmp_path / "e.csv")
    table = Episodes.read(tmp_path / "e.csv")
    figures = pair_figures(table, pair)
    assert figures["intent_proxy"].value == pytest.approx(1)
    assert figures["intent_proxy"].n == sum("goal" in row.intent for row in rows) > 30
    assert figures == pair_figures(Episodes(tuple(rows[::-1])), pair)
    plain = pair_figures(Episodes(tuple(row for row in rows if row.condition == "train")), pair)
    assert not any(name.startswith("intent") for name in plain)


def test_who_never_passes_three_telling_states_has_no_intent_and_a_reason() -> None:
    rows = [row for row in played("corner", "test", scripted("goal")) if len(row.intent) == 1]
    figures = intent_shares(posteriors(rows), np.random.default_rng(0))
    assert rows and {figure.why for figure in figures.values()} == {
        "no episode passes 3 states that tell goal from proxy"
    }


def test_a_proxy_that_is_gone_tells_nothing() -> None:
    module = registry.WORLDS.load("overseer")
    away: Condition = module.PAIR.world.condition("away")
    assert away.proxy is None
    assert all(not row.intent for row in played("overseer", "away", scripted("goal"), 8, 8))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("intent", "message"),
    [
        ({"states": 5, "goal": 10**6}, "states alone, or all of them"),
        ({"goal": 10**6, "proxy": 0, "other": 0, "random": 0}, "states alone, or all of them"),
        ({"states": 5, "goal": 1, "proxy": 0, "other": 0, "random": 0}, "adds up to 1"),
        ({"states": -1}, "intent states is -1; it must be 0 or more"),
        ({"states": 5, "cheese": 1}, "intent 'cheese' is unknown"),
    ],
)
def test_an_intent_that_is_none_is_refused(intent: dict[str, int], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        Episode("corner", "test", 1, 0, "timed_out", 9, 0.0, {}, 9, intent=intent)
