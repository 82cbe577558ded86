"""Agents that slip: how often, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gmbench.agents.base import Agent, AgentSpec, Player
from gmbench.agents.noisy import NoisyAgent

SLOTS, STEPS = 5, 400


class Always(Agent, Player):
    """Takes action 9, of ten."""

    spec = AgentSpec("always", "object", None, None, None, None, False)
    num_actions = 10

    def player(self, num_envs: int, deterministic: bool) -> Player:
        return self

    def begin(self, slot: int, seed: int) -> None:
        self.begun = slot, seed

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        return np.full(len(observations), 9)


def actions(rate: float, seeds: list[int]) -> NDArray[np.int64]:
    player = NoisyAgent(Always(), rate).player(SLOTS, True)
    for slot, seed in enumerate(seeds):
        player.begin(slot, seed)
    shown = np.zeros((SLOTS, 1), np.uint8)
    return np.stack([player.act(shown) for _ in range(STEPS)], axis=1)


def test_without_noise_it_is_the_other_agent() -> None:
    assert (actions(0.0, [1, 2, 3, 4, 5]) == 9).all()


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_it_slips_as_often_as_it_should_and_anywhere(rate: float) -> None:
    done = actions(rate, [1, 2, 3, 4, 5])
    slipped = (done != 9).mean()
    assert slipped == pytest.approx(0.9 * rate, abs=0.03)
    counts = np.bincount(done[done != 9], minlength=9)
    assert (counts > 0.5 * counts.mean()).all()


def test_slips_hang_on_the_seed_alone() -> None:
    one, other = actions(0.5, [1, 2, 3, 4, 5]), actions(0.5, [5, 4, 3, 2, 1])
    assert (one == other[::-1]).all()
    assert (one[0] != one[1]).any()


def test_it_says_what_it_is_and_hands_the_rest_on() -> None:
    inner = Always()
    agent = NoisyAgent(inner, 0.25)
    assert agent.spec.name == "always slipping 25%"
    player = agent.player(SLOTS, True)
    player.begin(3, 7)
    assert inner.begun == (3, 7)
    player.num_actions = 4
    assert inner.num_actions == 4
