"""Where a rollout's steps come from: an environment of Stable-Baselines3's kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from stable_baselines3.common.vec_env import VecEnv

from gmbench.training.tensor_buffer import TensorBuffer


class Told(NamedTuple):
    """What callbacks are told of a step.

    Attributes:
        new_obs, rewards, dones: arrays on the processor, tensors on a graphics card.
        infos: one of every environment.
    """

    new_obs: Any
    rewards: Any
    dones: Any
    infos: Sequence[dict[str, Any]]


class CutOff(NamedTuple):
    """Episodes that were cut off in a rollout, not ended by the game.

    Attributes:
        steps, slots: int64 (n,): when and where.
        observations: of shape (n, ...), the last of each.
    """

    steps: torch.Tensor
    slots: torch.Tensor
    observations: torch.Tensor


class Ended(NamedTuple):
    """Episodes that ended: their infos, and as many times True."""

    infos: list[dict[str, Any]]
    dones: Any


class Source(ABC):
    """Steps an environment and writes what comes of it into a rollout.

    Attributes:
        env: the environment.
    """

    env: VecEnv

    @abstractmethod
    def begin(self, last: Any) -> None:
        """Begin a rollout.

        Args:
            last: what the algorithm saw last: what `reset` gave, or `Told.new_obs`.
        """

    @abstractmethod
    def step(self, actions: torch.Tensor, buffer: TensorBuffer, step: int) -> Told:
        """Step the environments; rewards and dones are written into one step of the rollout.

        Args:
            actions: int64 (envs,).
            buffer: written to.
            step: which one.
        """

    @abstractmethod
    def observations(self) -> torch.Tensor:
        """What is seen now, of shape (envs, ...), where the policy is."""

    @abstractmethod
    def ended(self) -> Ended:
        """The episodes that have ended since this was last asked, in their order."""

    @abstractmethod
    def cut_off(self) -> Iterator[CutOff]:
        """The rollout's episodes that were cut off, in parts of at most as many as environments."""


class HostSource(Source):
    """Any ``VecEnv``: steps on the processor, seen by the policy without a copy if it is there."""

    def __init__(self, env: VecEnv, device: torch.device) -> None:
        self.env = env
        self._device = device
        self._seen: torch.Tensor = torch.empty(0)
        self._ended: list[dict[str, Any]] = []
        self._cut: list[tuple[int, int, np.ndarray[Any, Any]]] = []

    def begin(self, last: Any) -> None:
        """See `Source`."""
        self._ended, self._cut = [], []
        self._seen = self._there(last)

    def step(self, actions: torch.Tensor, buffer: TensorBuffer, step: int) -> Told:
        """See `Source`."""
        new_obs, rewards, dones, infos = self.env.step(actions.cpu().numpy())
        self._seen = self._there(new_obs)
        buffer.rewards[step] = self._there(rewards)
        buffer.dones[step] = self._there(dones)
        for slot in np.flatnonzero(dones).tolist():
            self._ended.append(infos[slot])
            last = infos[slot].get("terminal_observation")
            if last is not None and infos[slot].get("TimeLimit.truncated", False):
                self._cut.append((step, slot, last))
        return Told(new_obs, rewards, dones, infos)

    def observations(self) -> torch.Tensor:
        """See `Source`."""
        return self._seen

    def ended(self) -> Ended:
        """See `Source`."""
        infos, self._ended = self._ended, []
        return Ended(infos, np.ones(len(infos), np.bool_))

    def cut_off(self) -> Iterator[CutOff]:
        """See `Source`."""
        for first in range(0, len(self._cut), self.env.num_envs):
            steps, slots, last = zip(*self._cut[first : first + self.env.num_envs], strict=True)
            where = torch.tensor([steps, slots], device=self._device)
            yield CutOff(where[0], where[1], self._there(np.stack(last)))

    def _there(self, array: Any) -> torch.Tensor:
        return torch.from_numpy(np.asarray(array)).to(self._device)
