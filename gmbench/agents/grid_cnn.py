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
    """A small residual network for grids.

    The first convolution looks at three by three cells around every second row and column: in a
    maze of rooms and walls, at a room and the walls around it. Later layers cost a quarter of what
    they would with every cell. Agents that use it are loaded without unpickling anything, like
    those with SB3's own extractors::

        PPO("MlpPolicy", venv, policy_kwargs={"features_extractor_class": GridCnn})

    Args:
        observation_space: planes, ``Box(0, 1, (C, H, W), uint8)``.
        features_dim: width of the linear layer.
        channels: of every convolution.
        blocks: how many residual blocks, of two convolutions each.
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        features_dim: int = 128,
        channels: int = 16,
        blocks: int = 1,
    ) -> None:
        super().__init__(observation_space, features_dim)
        planes, height, width = observation_space.shape
        self.network = nn.Sequential(
            nn.Conv2d(planes, channels, 3, stride=2, padding=1),
            *(Residual(channels) for _ in range(blocks)),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(channels * ((height + 1) // 2) * ((width + 1) // 2), features_dim),
            nn.ReLU(),
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Features of shape (batch, features_dim)."""
        features: torch.Tensor = self.network(observations.float())
        return features


class Residual(nn.Module):
    """Two convolutions of three by three whose result is added to what went in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Of the shape of ``planes``, (batch, channels, H, W)."""
        result: torch.Tensor = planes + self.network(planes)
        return result
