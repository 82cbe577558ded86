"""Which observation of a world an agent is shown follows from the agent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces
from noise_world import IMAGE, Noise, Save

from gmbench import registry
from gmbench.agents.fitting import observation_for
from gmbench.agents.load import load_agent
from gmbench.errors import AgentError
from gmbench.evaluation import evaluate
from gmbench.stages.base import Setting
from gmbench.suites import Suite, SuiteEntry

FOUR = spaces.Discrete(4)


def grid(size: int) -> spaces.Box:
    return spaces.Box(0, 1, (3, size, size), np.uint8)


@pytest.fixture(scope="module")
def agents(saved: Save) -> dict[str, Path]:
    return {
        "grid": saved("PPO", "MlpPolicy", env=Noise(grid(13), FOUR)),
        "small grid": saved("PPO", "MlpPolicy", env=Noise(grid(9), FOUR)),
        "rgb": saved("PPO", "CnnPolicy", env=Noise(IMAGE, FOUR)),
    }


@pytest.mark.parametrize(
    ("agent", "size", "obs"), [("grid", 13, "grid"), ("small grid", 9, "grid"), ("rgb", 13, "rgb")]
)
def test_an_agent_is_shown_what_it_was_trained_on(
    agents: dict[str, Path], agent: str, size: int, obs: str
) -> None:
    setting = Setting(parameters={"size": size})
    loaded = load_agent(agents[agent])
    assert observation_for(loaded, registry.WORLDS.load("corner"), setting) == obs


@pytest.mark.parametrize("agent", ["grid", "rgb"])
def test_a_trained_agent_plays_a_native_world(agents: dict[str, Path], agent: str) -> None:
    entry = SuiteEntry("corner", ("train", "test"), 3)
    suite = Suite("s", 0, "", (entry,), deterministic=False, batch_size=4)
    record = evaluate(str(agents[agent]), suite)
    assert [(r.status, r.episodes) for r in record.results] == [("ok", 6)]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("agent", "world", "words"),
    [
        ("small grid", "corner", r"observes \(3, 9, 9\), the world gives \(3, 13, 13\)"),
        ("rgb", "procgen-maze", "chooses among 4 actions, the world has 15"),
    ],
)
def test_an_agent_of_another_world_is_refused(
    agents: dict[str, Path], agent: str, world: str, words: str
) -> None:
    with pytest.raises(AgentError, match=words):
        observation_for(load_agent(agents[agent]), registry.WORLDS.load(world), Setting())
