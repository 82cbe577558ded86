"""Features extractors for what native worlds show: small ones for grids, IMPALA's for pictures.

Agents that use them are loaded by gmbench without unpickling anything, and by Stable-Baselines3
wherever this one module can be imported: it needs torch and Stable-Baselines3 and nothing else::

    PPO("MlpPolicy", venv, policy_kwargs={"features_extractor_class": GridCnn})
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING

import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from gymnasium import spaces


class FlatGrid(BaseFeaturesExtractor):
    """The planes as they are, in one row, except that the network can be blind to some of them.

    Args:
        observation_space: planes, ``Box(0, 1, (C, H, W), uint8)``.
        blind_to: indices of planes that are seen as zeros, whatever they hold.

    Raises:
        ValueError: the observations are no planes, or there is no such plane.
    """

    def __init__(self, observation_space: spaces.Box, blind_to: Iterable[int] = ()) -> None:
        shape = _shape(observation_space)
        super().__init__(observation_space, prod(shape))
        self.network = nn.Sequential(*_blindness(shape[0], blind_to), nn.Flatten())

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Features of shape (batch, C * H * W)."""
        features: torch.Tensor = self.network(observations)
        return features


class GridCnn(BaseFeaturesExtractor):
    """A small residual network for grids.

    The first convolution looks at three by three cells around every second row and column, from
    the first on: in a maze, at a room and the walls around it. Every cell is seen so, and each
    later layer costs a quarter. Then come residual blocks and one linear layer.

    Args:
        observation_space: planes, ``Box(0, 1, (C, H, W), uint8)``.
        features_dim: width of the linear layer.
        channels: of every convolution.
        blocks: how many residual blocks, of two convolutions each.
        blind_to: indices of planes that are seen as zeros, whatever they hold.

    Raises:
        ValueError: the observations are no planes, or there is no such plane.
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        features_dim: int = 128,
        channels: int = 16,
        blocks: int = 1,
        blind_to: Iterable[int] = (),
    ) -> None:
        super().__init__(observation_space, features_dim)
        planes, height, width = _shape(observation_space)
        parts = [*_places(planes, channels, blocks, blind_to), nn.Flatten()]
        cells = ((height + 1) // 2) * ((width + 1) // 2)
        parts += [nn.Linear(channels * cells, features_dim), nn.ReLU()]
        self.network = nn.Sequential(*parts)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Features of shape (batch, features_dim)."""
        features: torch.Tensor = self.network(observations)
        return features


class PlaceCnn(BaseFeaturesExtractor):
    """A residual network for grids that is read out where the agent stands.

    It looks as `GridCnn` does, but instead of mixing what it sees of all places in a linear layer
    it gives what the last block has at the agent's own place, as value iteration networks do (Tamar
    et al. 2016). What a wall or a cheese beside the agent means need not be learned anew for every
    place, so that mazes are mastered in far fewer steps. Each block carries what is seen four cells
    on; together they should reach across the board.

    Args:
        observation_space: planes, ``Box(0, 1, (C, H, W), uint8)``.
        agent: index of the plane that shows where the agent is.
        channels: of every convolution, and how many features there are.
        blocks: how many residual blocks, of two convolutions each.
        blind_to: indices of planes that are seen as zeros, whatever they hold.

    Raises:
        ValueError: the observations are no planes, or there is no such plane.
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        agent: int = 1,
        channels: int = 16,
        blocks: int = 3,
        blind_to: Iterable[int] = (),
    ) -> None:
        super().__init__(observation_space, channels)
        planes, _, _ = _shape(observation_space)
        if agent not in range(planes):
            raise ValueError(f"agent={agent}: the planes are 0 to {planes - 1}")
        self.agent = agent
        self.network = nn.Sequential(*_places(planes, channels, blocks, blind_to))

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Features of shape (batch, channels): zeros where no agent is shown."""
        seen = self.network(observations)
        # Between two rows or columns that the first convolution looks around, the agent is at both.
        here = functional.max_pool2d(observations[:, self.agent, None], 3, stride=2, padding=1)
        features: torch.Tensor = (seen * here).sum((2, 3)) / here.sum((2, 3)).clamp(min=1)
        return features


class ImpalaCnn(BaseFeaturesExtractor):
    """The deep residual network of IMPALA, for pictures (Espeholt et al. 2018, figure 3, right).

    Each section is a convolution, a pooling that halves rows and columns, and two residual blocks;
    one linear layer follows.

    Args:
        observation_space: channels first, ``Box(0, 255, (3, H, W), uint8)``; Stable-Baselines3
            turns and scales pictures by itself.
        features_dim: width of the linear layer.
        channels: of the convolutions of each section.

    Raises:
        ValueError: the observations have other than three dimensions.
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        features_dim: int = 256,
        channels: Sequence[int] = (16, 32, 32),
    ) -> None:
        super().__init__(observation_space, features_dim)
        before, height, width = _shape(observation_space)
        parts: list[nn.Module] = []
        for after in channels:
            parts += [nn.Conv2d(before, after, 3, padding=1), nn.MaxPool2d(3, 2, padding=1)]
            parts += [Residual(after), Residual(after)]
            before, height, width = after, (height + 1) // 2, (width + 1) // 2
        parts += [nn.ReLU(), nn.Flatten()]
        parts += [nn.Linear(before * height * width, features_dim), nn.ReLU()]
        self.network = nn.Sequential(*parts)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Features of shape (batch, features_dim)."""
        features: torch.Tensor = self.network(observations)
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

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Of the shape that went in, (batch, channels, rows, columns)."""
        changed: torch.Tensor = self.network(seen)
        return seen + changed


class Blindness(nn.Module):
    """Shows some planes as zeros.

    Attributes:
        seen: of shape (planes, 1, 1), 0 for those planes and 1 for the others; no weight, so that
            it is not saved with them.
    """

    seen: torch.Tensor

    def __init__(self, planes: int, blind_to: Sequence[int]) -> None:
        super().__init__()
        seen = torch.ones(planes, 1, 1)
        seen[list(blind_to)] = 0.0
        self.register_buffer("seen", seen, persistent=False)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """The observations, of shape (batch, planes, rows, columns)."""
        return observations * self.seen


def _places(planes: int, channels: int, blocks: int, blind_to: Iterable[int]) -> list[nn.Module]:
    """Layers that see three by three cells around every second row and column, and mix them."""
    parts = _blindness(planes, blind_to)
    parts.append(nn.Conv2d(planes, channels, 3, stride=2, padding=1))
    return [*parts, *(Residual(channels) for _ in range(blocks)), nn.ReLU()]


def _blindness(planes: int, blind_to: Iterable[int]) -> list[nn.Module]:
    """A layer that is blind to those planes, or none where all are seen."""
    indices = tuple(blind_to)
    for plane in indices:
        if plane not in range(planes):
            raise ValueError(f"blind_to={list(indices)}: the planes are 0 to {planes - 1}")
    return [Blindness(planes, indices)] if indices else []


def _shape(space: spaces.Box) -> tuple[int, int, int]:
    if len(space.shape) != 3:
        raise ValueError(f"wants planes of rows and columns, not observations of {space.shape}")
    planes, height, width = space.shape
    return planes, height, width
