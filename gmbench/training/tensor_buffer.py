"""A rollout as tensors, where the policy is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch


class TensorBuffer:
    """A rollout of ``buffer_size`` steps of ``n_envs`` environments.

    Args:
        buffer_size, n_envs: how many.
        shape: of one observation.
        device: where the tensors lie; memory is taken by the first `reset`, and kept.
        gamma, gae_lambda: of the advantages.

    Attributes:
        observations: of shape (steps, envs, ...).
        actions: int64 (steps, envs).
        rewards, values, log_probs, advantages, returns: float32 (steps, envs).
        dones: bool (steps, envs), whether the episode ended in this step.
    """

    observations: torch.Tensor
    actions: torch.Tensor
    rewards: torch.Tensor
    dones: torch.Tensor
    values: torch.Tensor
    log_probs: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor

    def __init__(
        self,
        buffer_size: int,
        n_envs: int,
        shape: tuple[int, ...],
        device: torch.device,
        *,
        gamma: float,
        gae_lambda: float,
    ) -> None:
        self.buffer_size = buffer_size
        self.n_envs = n_envs
        self.device = device
        self.gamma = gamma
        self.gae_lambda = gae_lambda
        self._shape = shape
        self._taken = False

    def __len__(self) -> int:
        """How many transitions it holds."""
        return self.buffer_size * self.n_envs

    def reset(self, dtype: torch.dtype) -> None:
        """Make room for a rollout.

        Args:
            dtype: of the observations; wrappers may show other numbers than their space tells of.
        """
        if self._taken and self.observations.dtype == dtype:
            return
        shape, device = (self.buffer_size, self.n_envs), self.device
        self.observations = torch.zeros((*shape, *self._shape), dtype=dtype, device=device)
        self.actions = torch.zeros(shape, dtype=torch.int64, device=device)
        self.dones = torch.zeros(shape, dtype=torch.bool, device=device)
        for name in ("rewards", "values", "log_probs", "advantages", "returns"):
            setattr(self, name, torch.zeros(shape, device=device))
        self._taken = True

    def flat(self, name: str) -> torch.Tensor:
        """One of the tensors with steps and environments in one dimension, step by step."""
        tensor: torch.Tensor = getattr(self, name)
        return tensor.flatten(0, 1)

    def finish(self, last_values: torch.Tensor) -> None:
        """Compute advantages by generalized advantage estimation, and returns from them.

        Args:
            last_values: of the observations after the last step, float32 (envs,).
        """
        after = torch.cat([self.values[1:], last_values.unsqueeze(0)])
        goes_on = (~self.dones).float()
        gained = self.rewards + self.gamma * after * goes_on - self.values
        kept = self.gamma * self.gae_lambda * goes_on
        advantage = torch.zeros_like(last_values)
        for step in reversed(range(self.buffer_size)):
            advantage = torch.addcmul(
                gained[step], kept[step], advantage, out=self.advantages[step]
            )
        torch.add(self.advantages, self.values, out=self.returns)

    def explained_variance(self) -> float:
        """The share of the returns' variance that the values explain; NaN where there is none."""
        variance = self.returns.var(correction=0)
        left = (self.returns - self.values).var(correction=0)
        return float(torch.where(variance == 0, torch.nan, 1 - left / variance))

    def minibatches(self, batch_size: int) -> Iterator[torch.Tensor]:
        """Places of `flat` in random order, in parts of a size; the last may be smaller.

        On the processor the order is that of Stable-Baselines3's buffer under the same seed.
        """
        if self.device.type == "cpu":
            # Its rollouts lie environment by environment.
            places = np.random.permutation(len(self))
            environment, step = np.divmod(places, self.buffer_size)
            order = torch.from_numpy(step * self.n_envs + environment)
        else:
            order = torch.randperm(len(self), device=self.device)
        yield from torch.split(order, batch_size)
