"""PPO on tensors away from its usual worlds: wrappers, policies and environments of others."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest
import torch
from gymnasium import spaces
from ppo_models import SEED, SHORT, SLOTS, assert_same_weights, both, collected, grids, trained
from stable_baselines3 import A2C
from stable_baselines3 import PPO as StockPPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor, VecNormalize

from gmbench.errors import UsageError
from gmbench.training import PPO
from gmbench.training.algorithms import ALGORITHMS, training_class


@pytest.mark.parametrize(
    "wrap", [VecMonitor, lambda env: VecNormalize(env, norm_obs=False)], ids=["monitor", "rewards"]
)
@pytest.mark.filterwarnings("ignore:The environment is already wrapped with a `Monitor`")
def test_wrapped_environments_are_taken_too(wrap: Any) -> None:
    models = both(make=lambda: wrap(grids()))
    for model in models:
        trained(model, SLOTS * 64)
    assert_same_weights(*models)


def test_scaled_observations_are_kept_as_they_are() -> None:
    """The stock buffer has the dtype of the space, and cuts scaled grids to whole numbers."""
    model = PPO("MlpPolicy", VecNormalize(grids()), seed=SEED, **SHORT)
    kept = collected(model).rollout_buffer.observations
    assert kept.dtype == torch.float32 and not torch.equal(kept, kept.round())
    trained(model, SLOTS * 32)


class Own(ActorCriticPolicy):
    """A policy that computes what only it knows."""

    def forward(self, obs: Any, deterministic: bool = False) -> Any:
        actions, values, log_prob = super().forward(obs, deterministic)
        return actions, values * 2, log_prob


class Dictionary(gymnasium.ObservationWrapper[Any, Any, Any]):
    def __init__(self) -> None:
        super().__init__(gymnasium.make("CartPole-v1"))
        self.observation_space = spaces.Dict({"state": self.env.observation_space})

    def observation(self, observation: Any) -> Any:
        return {"state": observation}


def plain(name: str) -> DummyVecEnv:
    return DummyVecEnv([lambda: gymnasium.make(name)] * 2)


ELSEWHERE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "own-policy": (Own, grids, {}),
    "own-buffer": (
        "MlpPolicy",
        grids,
        {"rollout_buffer_class": type("OwnBuffer", (RolloutBuffer,), {})},
    ),
    "continuous": ("MlpPolicy", lambda: plain("Pendulum-v1"), {}),
    "by-state": ("MlpPolicy", lambda: plain("Pendulum-v1"), {"use_sde": True}),
    "dictionary": ("MultiInputPolicy", lambda: DummyVecEnv([Dictionary] * 2), {}),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_it_has_no_quicker_way_for_goes_the_stock_way(case: str) -> None:
    policy, make, arguments = ELSEWHERE[case]
    models = both(policy, make, **arguments)
    for model in models:
        trained(model, 2 * model.n_envs * 32)
        assert isinstance(model.rollout_buffer, RolloutBuffer)
    stock, ours = models
    for one, other in zip(stock.policy.parameters(), ours.policy.parameters(), strict=True):
        assert torch.equal(one, other)


def test_floating_observations_of_any_gymnasium_environment_are_taken() -> None:
    models = both(make=lambda: plain("CartPole-v1"))
    for model in models:
        trained(model, 4 * 64)
    assert_same_weights(*models)
    assert not isinstance(models[1].rollout_buffer, RolloutBuffer)


def test_recipes_train_with_it_in_native_worlds() -> None:
    assert training_class(ALGORITHMS["ppo"], "native") is PPO
    assert training_class(ALGORITHMS["ppo"], "procgen") is StockPPO
    assert training_class(ALGORITHMS["a2c"], "native") is A2C


@pytest.mark.bad_input
def test_a_policy_that_has_diverged_is_refused() -> None:
    model = both()[1]
    with torch.no_grad():
        model.policy.action_net.bias[0] = torch.nan
    with pytest.raises(UsageError, match="its training has diverged; lower the learning rate"):
        model.learn(SLOTS * 32)
