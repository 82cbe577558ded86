"""A stock policy's actor and critic, evaluated without what Stable-Baselines3 wraps around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.distributions import CategoricalDistribution
from stable_baselines3.common.policies import ActorCriticCnnPolicy, ActorCriticPolicy
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.torch_layers import FlattenExtractor
from torch import nn
from torch.nn import functional

from gmbench.training.extractors import Blindness, FlatGrid
from gmbench.training.live_inputs import LiveInputs, LiveLinear


class Network:
    """Actor and critic of a policy, with its own layers and weights.

    Args:
        policy: one of Stable-Baselines3's own, over discrete actions; see `fits`.
    """

    def __init__(self, policy: ActorCriticPolicy) -> None:
        self.policy = policy
        self._quick = policy.device.type == "cpu"
        towers = policy.mlp_extractor
        self._actor = list(towers.policy_net)
        self._critic = list(towers.value_net)

    @staticmethod
    def fits(policy: ActorCriticPolicy) -> bool:
        """Whether a policy is what this evaluates: another class may compute something else."""
        return (
            type(policy) in (ActorCriticPolicy, ActorCriticCnnPolicy)
            and type(policy.action_dist) is CategoricalDistribution
            and isinstance(policy.observation_space, spaces.Box)
        )

    def renew(self) -> None:
        """The weights have changed since gradients were last switched off."""

    def packed(self, observations: torch.Tensor) -> torch.Tensor:
        """Observations as `heads` takes them: what is left out makes no difference.

        Args:
            observations: of shape (n, ...), all of which `act` or `values` has seen.

        Returns:
            The same observations, n rows.
        """
        return observations

    def heads(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of shape (n, actions) and values of shape (n,) of packed observations."""
        features = self.policy.extract_features(rows)
        actor, critic = features if isinstance(features, tuple) else (features, features)
        return self._logits(self._through(self._actor, actor)), self._value(
            self._through(self._critic, critic)
        )

    def values(self, observations: torch.Tensor) -> torch.Tensor:
        """Values of shape (n,)."""
        return self.heads(self._watched(observations))[1]

    def act(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sampled actions, values and the actions' log-probabilities, each of shape (n,).

        The random numbers are those that ``torch.multinomial`` would take, which Stable-Baselines3
        calls; it would wait for a graphics card to look at the probabilities.
        """
        logits, values = self.heads(self._watched(observations))
        log_probs = functional.log_softmax(logits, dim=1)
        probs = log_probs.exp()
        actions = (probs / torch.empty_like(probs).exponential_(1)).argmax(1, keepdim=True)
        return actions.squeeze(1), values, log_probs.gather(1, actions).squeeze(1)

    def _watched(self, observations: torch.Tensor) -> torch.Tensor:
        """Packed observations that may be new."""
        return self.packed(observations)

    def _logits(self, latent: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.policy.action_net(latent)
        return logits

    def _value(self, latent: torch.Tensor) -> torch.Tensor:
        value: torch.Tensor = self.policy.value_net(latent)
        return value.flatten()

    def _through(self, layers: list[Any], rows: torch.Tensor) -> torch.Tensor:
        for layer in layers:
            rows = quick_tanh(rows) if self._quick and type(layer) is nn.Tanh else layer(rows)
        return rows


class FlatNetwork(Network):
    """A network over flat planes, on the processor: its first layers skip what never changes."""

    def __init__(self, policy: ActorCriticPolicy) -> None:
        super().__init__(policy)
        self._inputs = LiveInputs(_seen(policy))
        first: list[Any] = [self._actor.pop(0), self._critic.pop(0)]
        self._first = [LiveLinear(layer, self._inputs) for layer in first]

    @staticmethod
    def fits(policy: ActorCriticPolicy) -> bool:
        """Whether a policy is of that kind; its observations are uint8."""
        space, towers = policy.observation_space, policy.mlp_extractor
        extractors = (policy.pi_features_extractor, policy.vf_features_extractor)
        return (
            policy.device.type == "cpu"
            and not (policy.normalize_images and is_image_space(space))
            and all(type(extractor) in (FlattenExtractor, FlatGrid) for extractor in extractors)
            and all(len(tower) > 0 for tower in (towers.policy_net, towers.value_net))
        )

    def renew(self) -> None:
        """See `Network`."""
        for layer in self._first:
            layer.renew()

    def packed(self, observations: torch.Tensor) -> torch.Tensor:
        """See `Network`."""
        return self._inputs.of(observations.flatten(1).numpy())

    def heads(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Network`."""
        seen = rows.float()
        actor, critic = (layer(seen) for layer in self._first)
        return self._logits(self._through(self._actor, actor)), self._value(
            self._through(self._critic, critic)
        )

    def _watched(self, observations: torch.Tensor) -> torch.Tensor:
        if self._inputs.watch(observations.flatten(1).numpy()):
            self.renew()
        return self.packed(observations)


def network_of(policy: ActorCriticPolicy, dtype: torch.dtype) -> Network:
    """The network of a policy that `Network.fits`, for observations of a dtype."""
    flat = dtype == torch.uint8 and FlatNetwork.fits(policy)
    return FlatNetwork(policy) if flat else Network(policy)


def quick_tanh(rows: torch.Tensor) -> torch.Tensor:
    """The hyperbolic tangent, within two units of the seventh decimal place.

    By the logistic function, which takes processors less than half as long.
    """
    result: torch.Tensor = _Tanh.apply(rows)  # type: ignore[no-untyped-call]
    return result


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor) -> torch.Tensor:
        result = (rows * 2).sigmoid_().mul_(2).sub_(1)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        (result,) = ctx.saved_tensors
        grad: torch.Tensor = torch.ops.aten.tanh_backward(grads[0], result)
        return grad


def _seen(policy: ActorCriticPolicy) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which inputs a flat policy is not blind to."""
    shape = policy.observation_space.shape
    assert shape is not None
    seen = np.ones(shape, np.bool_)
    for module in policy.pi_features_extractor.modules():
        if isinstance(module, Blindness):
            seen &= module.seen.numpy() != 0
    return seen.reshape(-1)
