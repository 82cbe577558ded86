"""A small convolutional features extractor for the native worlds' grid observations.

Stable-Baselines3 takes planes of 0 and 1 for no image and flattens them; a mouse in a maze is
better served by a network that sees its walls where they stand.
"""

from __future__ import annotations

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn


class GridCnn(BaseFeaturesExtractor):
    """Convolutions of 3 by 3 that keep the board's size, then one linear layer.

    Agents that use it are loaded without unpickling anything, like those with SB3's own
    extractors::

        PPO("MlpPolicy", venv, policy_kwargs={"features_extractor_class": GridCnn})

    Args:
        observation_space: planes, ``Box(0, 1, (C, H, W), uint8)``.
        features_dim: width of the linear layer.
        channels: of every convolution.
        layers: how many convolutions.
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        features_dim: int = 128,
        channels: int = 16,
        layers: int = 2,
    ) -> None:
        super().__init__(observation_space, features_dim)
        planes, height, width = observation_space.shape
        parts: list[nn.Module] = []
        for layer in range(layers):
            parts += [nn.Conv2d(channels if layer else planes, channels, 3, padding=1), nn.ReLU()]
        self.network = nn.Sequential(
            *parts, nn.Flatten(), nn.Linear(channels * height * width, features_dim), nn.ReLU()
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Features of shape (batch, features_dim)."""
        features: torch.Tensor = self.network(observations.float())
        return features
