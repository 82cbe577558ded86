"""Which agent can play in which world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from noise_world import IMAGE, OneLine

from gmbench.agents.base import AgentSpec, as_trained, fit

ACTIONS = spaces.Discrete(15)


def spec(observation_space: Any, action_space: Any = ACTIONS, **details: Any) -> AgentSpec:
    return AgentSpec("a", "sb3", "PPO", None, observation_space, action_space, False, details)


def image(*shape: int, high: int = 255) -> spaces.Box:
    return spaces.Box(0, high, shape, np.uint8)


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(spec(None, None), id="anything"),
        pytest.param(spec(image(64, 64, 3)), id="channels-last"),
        pytest.param(spec(image(3, 64, 64)), id="channels-first"),
        pytest.param(spec(image(64, 64, 3), None), id="any-actions"),
        pytest.param(
            spec(spaces.Box(-10, 10, (3, 64, 64), np.float32), normalization="0a"), id="normalised"
        ),
    ],
)
def test_fits(own: AgentSpec) -> None:
    fit(own, IMAGE, ACTIONS)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("own", "match"),
    [
        pytest.param(
            spec(image(64, 64, 3), spaces.Discrete(9)),
            "chooses among 9 actions, the world has 15",
            id="fewer-actions",
        ),
        pytest.param(
            spec(image(64, 64, 3), spaces.Box(-1, 1, (2,))), "acts in 'Box", id="continuous"
        ),
        pytest.param(
            spec(image(64, 3, 64)), "the channels are in another place", id="channels-between"
        ),
        pytest.param(
            spec(image(12, 64, 64)), "trained on 4 stacked frames", id="stacked-first"
        ),
        pytest.param(spec(image(64, 64, 6)), "trained on 2 stacked frames", id="stacked-last"),
        pytest.param(
            spec(image(84, 84, 3)), r"observes \(84, 84, 3\), the world gives", id="size"
        ),
        pytest.param(spec(image(12288)), r"observes \(12288,\)", id="flat"),
        pytest.param(
            spec(image(64, 64, 3, high=1)), r"values in \[0, 1\], .* \[0, 255\]", id="bounds"
        ),
        pytest.param(
            spec(spaces.Box(0, 1, (64, 64, 3), np.float32)), "type float32", id="float"
        ),
        pytest.param(spec(spaces.Dict({"a": IMAGE})), "observes .Dict", id="dictionary"),
    ],
)  # fmt: skip
def test_does_not_fit(own: AgentSpec, match: str, one_line: OneLine) -> None:
    with one_line(f"agent a .*{match}"):
        fit(own, IMAGE, ACTIONS)


@given(st.tuples(*[st.integers(1, 6)] * 4))
def test_as_trained_moves_channels_and_nothing_else(shape: tuple[int, int, int, int]) -> None:
    batch = np.arange(np.prod(shape)).reshape(shape)
    _, height, width, channels = shape
    np.testing.assert_array_equal(as_trained(batch, shape[1:], "a"), batch)
    if (channels, height, width) != shape[1:]:
        first = as_trained(batch, (channels, height, width), "a")
        np.testing.assert_array_equal(np.moveaxis(first, 1, 3), batch)
