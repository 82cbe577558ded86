"""Trainings that diverge, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from small_recipes import SMALL, STEPS, small

from gmbench.errors import UsageError
from gmbench.training import Network, checked, train
from gmbench.training.building import build_env, build_model
from gmbench.training.diverging import telling_divergence

WORDS = "its training has diverged; lower the learning rate$"


@pytest.mark.bad_input
# Of what Stable-Baselines3 computes for its log.
@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
@pytest.mark.parametrize("algorithm", ["ppo", "a2c"])
def test_a_training_that_diverges_is_told_in_a_line(algorithm: str, tmp_path: Path) -> None:
    """Our PPO looks at what it collected; the others trip over an error of torch."""
    wild = {"learning_rate": 1e3, "max_grad_norm": 1e6, "vf_coef": 1e6}
    relu = Network("stock", layers=(64, 64, 64), activation="relu")
    recipe = small(algorithm, network=relu, settings={**SMALL[algorithm], **wild})
    with pytest.raises(UsageError, match=WORDS):
        train(recipe.with_(steps=64 * STEPS), tmp_path / "agent.zip")
    assert not (tmp_path / "agent.zip").exists()


@pytest.mark.bad_input
def test_weights_that_are_not_finite_are_refused_and_other_mistakes_left_alone() -> None:
    """Nothing trips over the values of DQN: the least of them is chosen without a word."""
    recipe = checked(small("dqn"))
    env = build_env(recipe)
    model: Any = build_model(recipe, env)
    with pytest.raises(ValueError, match="another"), telling_divergence(model):
        raise ValueError("another")
    with telling_divergence(model):
        pass
    with pytest.raises(UsageError, match=f"weights are not finite: {WORDS}"):
        with telling_divergence(model):
            next(model.policy.parameters()).data[0] = torch.nan
    env.close()
