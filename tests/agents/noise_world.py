"""A tiny image world, real Stable-Baselines3 agents on it, and the types of their fixtures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import ARS, QRDQN, TRPO, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO

torch.set_num_threads(1)

IMAGE = spaces.Box(0, 255, (64, 64, 3), np.uint8)
ALGORITHMS = {
    cls.__name__: cls for cls in (PPO, A2C, DQN, QRDQN, TRPO, RecurrentPPO, MaskablePPO, ARS)
}
SHORT: dict[str, dict[str, Any]] = {
    "PPO": {"n_steps": 8, "batch_size": 8},
    "A2C": {},
    "TRPO": {"n_steps": 8, "batch_size": 8},
    "DQN": {"buffer_size": 8},
    "QRDQN": {"buffer_size": 8},
    "RecurrentPPO": {"n_steps": 8, "batch_size": 8},
    "MaskablePPO": {"n_steps": 8, "batch_size": 8},
    "ARS": {},
}
SMALL = {"features_extractor_kwargs": {"features_dim": 32}}

Save = Callable[..., Path]
Edit = Callable[..., Path]
OneLine = Callable[[str], AbstractContextManager[None]]


class Noise(gym.Env[Any, Any]):
    """Random frames, five steps an episode."""

    def __init__(
        self,
        observation_space: spaces.Space[Any] = IMAGE,
        action_space: spaces.Space[Any] | None = None,
    ) -> None:
        self.observation_space = deepcopy(observation_space)
        self.observation_space.seed(0)
        self.action_space = action_space or spaces.Discrete(15)
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps = 0
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        return self.observation_space.sample(), 1.0, self.steps == 5, False, {}

    def action_masks(self) -> np.ndarray[Any, Any]:
        return np.ones(15, dtype=bool)


def stir(model: Any, seed: int = 0) -> None:
    """Give the policy weights with which its actions depend on what it sees."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.policy.parameters():
            scale = 2.0 * parameter[0].numel() ** -0.5 if parameter.dim() > 1 else 0.01
            parameter.normal_(0.0, scale, generator=generator)


def frames(count: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Frames that differ in brightness and in their coarse pattern; uint8 (count, 64, 64, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 4, 4, 3)) * rng.random((count, 1, 1, 1))
    return np.kron(coarse, np.ones((1, 16, 16, 1))).astype(np.uint8)
