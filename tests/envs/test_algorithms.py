"""Every algorithm that acts with discrete actions trains unchanged, without a warning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import QRDQN, TRPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO

import gmbench

pytestmark = pytest.mark.procgen

TINY: dict[str, Any] = {"features_extractor_kwargs": {"features_dim": 16}, "net_arch": []}
REPLAY: dict[str, Any] = {
    "buffer_size": 400,
    "learning_starts": 100,
    "batch_size": 16,
    "train_freq": 4,
    "target_update_interval": 50,
}
ALGORITHMS: dict[str, tuple[type[Any], str, dict[str, Any]]] = {
    "PPO": (PPO, "CnnPolicy", {"n_steps": 32, "batch_size": 64, "n_epochs": 1}),
    "A2C": (A2C, "CnnPolicy", {"n_steps": 16}),
    "DQN": (DQN, "CnnPolicy", REPLAY),
    "QRDQN": (QRDQN, "CnnPolicy", REPLAY),
    "TRPO": (TRPO, "CnnPolicy", {"n_steps": 32, "batch_size": 64, "cg_max_steps": 3}),
    "RecurrentPPO": (
        RecurrentPPO,
        "CnnLstmPolicy",
        {"n_steps": 32, "batch_size": 64, "n_epochs": 1},
    ),
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_it_trains_and_acts(name: str) -> None:
    algorithm, policy, arguments = ALGORITHMS[name]
    kwargs = {**TINY, "lstm_hidden_size": 16} if name == "RecurrentPPO" else TINY
    env: Any = gmbench.make_sb3("procgen-coinrun", num_envs=4, alpha=0.5)
    model = algorithm(policy, env, policy_kwargs=kwargs, seed=0, **arguments)
    before = [value.clone() for value in model.policy.parameters()]
    model.learn(256)
    assert model.num_timesteps >= 256
    changed = [
        not torch.equal(a, b) for a, b in zip(before, model.policy.parameters(), strict=True)
    ]
    assert any(changed)
    observations: Any = env.reset()
    state, starts = None, np.ones(4, dtype=bool)
    for _ in range(3):
        actions, state = model.predict(observations, state=state, episode_start=starts)
        assert actions.shape == (4,)
        observations, _, starts, _ = env.step(actions)
    env.close()
