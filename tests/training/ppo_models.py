"""PPO on tensors and the stock algorithm, alike in all else."""

from __future__ import annotations

from typing import Any

import torch
from stable_baselines3 import PPO as StockPPO

import gmbench
from gmbench.training import PPO

SHORT: dict[str, Any] = {"n_steps": 32, "batch_size": 64, "n_epochs": 2, "device": "cpu"}
SLOTS = 8
SEED = 3


def grids(**options: Any) -> Any:
    options = {"obs": "grid", "parameters": {"size": 7}, "num_envs": SLOTS, **options}
    return gmbench.make_sb3("corner", **options)


def both(policy: str = "MlpPolicy", make: Any = grids, **arguments: Any) -> list[Any]:
    """A stock algorithm and ours, each on its own copy of an environment."""
    arguments = {**SHORT, "seed": SEED, **arguments}
    return [kind(policy, make(), **arguments) for kind in (StockPPO, PPO)]


def trained(model: Any, steps: int, **arguments: Any) -> Any:
    """The model, trained on random numbers that the other model has not used up."""
    model.set_random_seed(SEED)
    return model.learn(steps, **arguments)


def assert_same_weights(stock: Any, ours: Any) -> None:
    expected, found = stock.policy.state_dict(), ours.policy.state_dict()
    assert expected.keys() == found.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6)


def collected(model: Any) -> Any:
    """A model that has filled its buffer once."""
    model.set_random_seed(SEED)
    _, callback = model._setup_learn(10**6)
    assert model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    return model
