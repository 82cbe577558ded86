"""PPO's update: what `stable_baselines3.PPO.train` computes, without its detours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from gmbench.training.networks import Network
from gmbench.training.tensor_buffer import TensorBuffer

# Of what a minibatch is told as.
COLUMNS: Final = ("policy_loss", "value_loss", "entropy_loss", "clip_fraction", "approx_kl", "loss")


class Batch(NamedTuple):
    """Some transitions, each tensor of shape (n,)."""

    actions: torch.Tensor
    values: torch.Tensor
    log_probs: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor


class Losses(NamedTuple):
    """What a minibatch gives: the loss, the approximate divergence, and a row of `COLUMNS`."""

    total: torch.Tensor
    divergence: torch.Tensor
    told: torch.Tensor


@dataclass(frozen=True)
class Loss:
    """PPO's loss, with the names and meanings of Stable-Baselines3's settings."""

    clip_range: float
    clip_range_vf: float | None
    normalize_advantage: bool
    ent_coef: float
    vf_coef: float

    def __call__(self, heads: tuple[torch.Tensor, torch.Tensor], batch: Batch) -> Losses:
        """The loss of a minibatch."""
        logits, values = heads
        log_all = functional.log_softmax(logits, dim=1)
        log_probs = log_all.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        advantages = batch.advantages
        if self.normalize_advantage and len(advantages) > 1:
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        log_ratio = log_probs - batch.log_probs
        ratio = log_ratio.exp()
        clipped = ratio.clamp(1 - self.clip_range, 1 + self.clip_range)
        policy = -torch.min(advantages * ratio, advantages * clipped).mean()
        if self.clip_range_vf is not None:
            change = (values - batch.values).clamp(-self.clip_range_vf, self.clip_range_vf)
            values = batch.values + change
        value = functional.mse_loss(values, batch.returns)
        entropy = (log_all.exp() * log_all).sum(1).mean()
        total = policy + self.ent_coef * entropy + self.vf_coef * value
        with torch.no_grad():
            clip_fraction = ((ratio - 1).abs() > self.clip_range).float().mean()
            divergence = (ratio - 1 - log_ratio).mean()
            told = torch.stack([policy, value, entropy, clip_fraction, divergence, total])
        return Losses(total, divergence, told)


@dataclass(frozen=True)
class Outcome:
    """What an update has done.

    Attributes:
        epochs: how many it began.
        told: float32 (minibatches, `COLUMNS`).
        last_epoch: how many minibatches of the last epoch there were.
        stopped_at: the divergence at which it stopped early, None where it did not.
    """

    epochs: int
    told: NDArray[np.float32]
    last_epoch: int
    stopped_at: float | None

    def mean(self, name: str, last: int = 0) -> float:
        """The mean of one of `COLUMNS` over the last minibatches; 0 stands for all of them."""
        return float(self.told[-last:, COLUMNS.index(name)].mean())


def update(
    network: Network,
    buffer: TensorBuffer,
    loss: Loss,
    *,
    epochs: int,
    batch_size: int,
    max_grad_norm: float,
    target_kl: float | None,
) -> Outcome:
    """Train a network on a rollout.

    Args:
        network: changed in place, by its policy's optimizer.
        buffer: a finished rollout.
        loss: of a minibatch.
        epochs: passes over the rollout, at the most.
        batch_size: transitions in a minibatch.
        max_grad_norm: that gradients are clipped to.
        target_kl: stop before a minibatch whose divergence is 1.5 times as large; None for never.
    """
    policy = network.policy
    parameters = list(policy.parameters())
    told: list[torch.Tensor] = []
    rows = network.packed(buffer.flat("observations"))
    columns = [buffer.flat(name) for name in Batch._fields]
    for epoch in range(1, epochs + 1):
        began = len(told)
        for places in buffer.minibatches(batch_size):
            batch = Batch(*(column.index_select(0, places) for column in columns))
            losses = loss(network.heads(rows.index_select(0, places)), batch)
            told.append(losses.told)
            # Looking at a number on a graphics card waits for it, so only where it is asked for.
            if target_kl is not None and (far := float(losses.divergence)) > 1.5 * target_kl:
                return Outcome(epoch, _on_host(told), len(told) - began, far)
            policy.optimizer.zero_grad()
            losses.total.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, max_grad_norm)
            policy.optimizer.step()
    return Outcome(epochs, _on_host(told), len(told) - began, None)


def _on_host(told: list[torch.Tensor]) -> NDArray[np.float32]:
    host: NDArray[np.float32] = torch.stack(told).cpu().numpy()
    return host


@contextmanager
def in_one_pass(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Let Adam change each weight in one pass over memory instead of ten.

    Afterwards the optimizer is as it was: what is saved of it is what would have been saved.
    """
    groups = optimizer.param_groups if type(optimizer) is torch.optim.Adam else []
    chosen = [group for group in groups if _may_be_fused(group)]
    for group in chosen:
        group["fused"] = True
    try:
        yield
    finally:
        for group in chosen:
            group["fused"] = None


def _may_be_fused(group: dict[str, Any]) -> bool:
    """Whether a group of parameters is on the processor and its user has asked for nothing else."""
    asked = group["fused"] is not None or group["foreach"] is not None
    special = group["differentiable"] or group["capturable"]
    return not asked and not special and all(p.device.type == "cpu" for p in group["params"])
