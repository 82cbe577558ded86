"""PPO on tensors beside Stable-Baselines3's: the same rollouts, the same weights, the same zips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ppo_models import SLOTS, assert_same_weights, both, collected, grids, trained
from stable_baselines3.common.callbacks import (
    BaseCallback,
    CheckpointCallback,
    EvalCallback,
    StopTrainingOnMaxEpisodes,
)
from stable_baselines3.common.logger import KVWriter, Logger
from torch import nn

from gmbench.training.extractors import FlatGrid, GridCnn, ImpalaCnn

SMALL = {"features_dim": 16}


CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "usual": ("MlpPolicy", {}, {}),
    "relu": ("MlpPolicy", {"activation_fn": nn.ReLU, "net_arch": [32]}, {}),
    "towers": ("MlpPolicy", {"net_arch": {"pi": [24, 16], "vf": [8]}}, {"ent_coef": 0.1}),
    "no-towers": ("MlpPolicy", {"net_arch": []}, {}),
    "value-clipped": ("MlpPolicy", {}, {"clip_range_vf": 0.05, "normalize_advantage": False}),
    "schedules": ("MlpPolicy", {}, {"learning_rate": lambda x: 1e-3 * x, "clip_range": 0.01}),
    "uneven": ("MlpPolicy", {}, {"batch_size": 100, "n_epochs": 3}),
    "stops-early": ("MlpPolicy", {}, {"target_kl": 1e-4, "learning_rate": 3e-3, "n_epochs": 8}),
    "sgd": ("MlpPolicy", {"optimizer_class": torch.optim.SGD}, {"learning_rate": 0.05}),
    "two-extractors": ("MlpPolicy", {"share_features_extractor": False}, {}),
    "blind": (
        "MlpPolicy",
        {"features_extractor_class": FlatGrid, "features_extractor_kwargs": {"blind_to": (1,)}},
        {},
    ),
    "grid-cnn": (
        "MlpPolicy",
        {
            "features_extractor_class": GridCnn,
            "features_extractor_kwargs": {"channels": 8, "blind_to": (2,), **SMALL},
            "net_arch": [],
        },
        {},
    ),
    "two-grid-cnns": (
        "MlpPolicy",
        {
            "features_extractor_class": GridCnn,
            "features_extractor_kwargs": SMALL,
            "share_features_extractor": False,
        },
        {},
    ),
    "pictures": (
        "CnnPolicy",
        {
            "features_extractor_class": ImpalaCnn,
            "features_extractor_kwargs": {"channels": (4, 4), **SMALL},
        },
        {"n_epochs": 1},
    ),
    "flat-pictures": ("MlpPolicy", {"net_arch": [8]}, {}),
}


@pytest.mark.filterwarnings("ignore:You have specified a mini-batch size of 100")
@pytest.mark.parametrize("case", CASES)
def test_it_learns_what_the_stock_algorithm_learns(case: str) -> None:
    """The same weights, counts, episodes and logs after several updates."""
    policy, kwargs, arguments = CASES[case]

    def make() -> Any:
        return grids(obs="rgb" if "pictures" in case else "grid", alpha=0.5)

    models = both(policy, make, policy_kwargs=kwargs, **arguments)
    logs: list[dict[str, Any]] = []
    for model in models:
        kept: dict[str, Any] = {}
        model.set_logger(Logger(None, [Keeping(kept)]))
        trained(model, 3 * SLOTS * 32)
        logs.append(kept)
    stock, ours = models
    assert_same_weights(stock, ours)
    assert ours.num_timesteps == stock.num_timesteps == 3 * SLOTS * 32
    assert ours._n_updates == stock._n_updates
    assert list(ours.ep_info_buffer) == list(stock.ep_info_buffer) != []
    assert list(ours.ep_success_buffer) == list(stock.ep_success_buffer)
    assert logs[0].keys() == logs[1].keys()
    for name, value in logs[0].items():
        if "time" not in name:
            np.testing.assert_allclose(logs[1][name], value, rtol=2e-3, atol=2e-6, err_msg=name)


class Keeping(KVWriter):
    def __init__(self, kept: dict[str, Any]) -> None:
        self.kept = kept

    def write(self, key_values: Any, key_excluded: Any, step: int = 0) -> None:
        self.kept.update(key_values)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("obs", ["grid", "rgb"])
def test_a_rollout_is_the_stock_algorithms(obs: str) -> None:
    """Long enough for episodes that are cut off, whose last value is added to the reward."""
    policy = "MlpPolicy" if obs == "grid" else "CnnPolicy"
    kwargs = {} if obs == "grid" else {"features_extractor_kwargs": SMALL}
    if obs == "rgb":
        kwargs = {"features_extractor_class": ImpalaCnn, "features_extractor_kwargs": SMALL}
    models = both(policy, lambda: grids(obs=obs), n_steps=200, policy_kwargs=kwargs)
    stock, ours = (collected(model).rollout_buffer for model in models)
    truncated = (ours.rewards != 0) & (ours.rewards != 1)
    assert truncated.any() and bool(ours.dones[truncated].all())
    assert np.array_equal(ours.observations.numpy(), stock.observations)
    assert np.array_equal(ours.actions.numpy(), stock.actions[..., 0])
    assert np.array_equal(ours.dones[:-1].numpy(), stock.episode_starts[1:])
    assert np.array_equal(models[1]._last_episode_starts, models[0]._last_episode_starts)
    assert np.array_equal(models[1]._last_obs, models[0]._last_obs)
    for name in ("rewards", "values", "log_probs", "advantages", "returns"):
        given = getattr(ours, name).numpy()
        np.testing.assert_allclose(given, getattr(stock, name), rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("batch_size", [64, 256])
def test_one_update_on_one_rollout_gives_the_weights_that_stock_train_gives(
    batch_size: int,
) -> None:
    stock, ours = both(batch_size=batch_size, n_epochs=4, ent_coef=0.01, learning_rate=1e-3)
    rollout = collected(ours).rollout_buffer
    buffer = stock.rollout_buffer
    buffer.observations[:] = rollout.observations.numpy()
    buffer.actions[..., 0] = rollout.actions.numpy()
    for name in ("rewards", "values", "log_probs", "advantages", "returns"):
        getattr(buffer, name)[:] = getattr(rollout, name).numpy()
    buffer.full = True
    assert_same_weights(stock, ours)
    before = [value.clone() for value in ours.policy.parameters()]
    for model in (stock, ours):
        model.set_logger(Logger(None, []))
        np.random.seed(7)
        model.train()
    assert_same_weights(stock, ours)
    assert all(not torch.equal(a, b) for a, b in zip(before, ours.policy.parameters(), strict=True))
    one, other = (model.policy.optimizer.state_dict() for model in (stock, ours))
    assert other["param_groups"] == one["param_groups"]
    for place, state in one["state"].items():
        for name, value in state.items():
            torch.testing.assert_close(other["state"][place][name], value, rtol=1e-3, atol=1e-7)


def test_callbacks_see_what_the_stock_algorithm_shows_them() -> None:
    class Recorder(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Any] = []
            self.phases: list[str] = []

        def _on_training_start(self) -> None:
            self.phases.append("training")

        def _on_rollout_start(self) -> None:
            self.phases.append("rollout")

        def _on_step(self) -> bool:
            told = self.locals
            assert len(told["infos"]) == SLOTS and told["self"] is self.model
            infos = [{k: v for k, v in info.items() if k != "level"} for info in told["infos"]]
            names = ("new_obs", "rewards", "dones")
            arrays = [np.array(told[name]) for name in names]
            self.seen.append([*arrays, told["n_steps"], self.num_timesteps, infos])
            return True

        def _on_rollout_end(self) -> None:
            assert self.locals["rollout_buffer"] is self.model.rollout_buffer
            self.phases.append("collected")

    recorders = []
    for model in both():
        recorders.append(Recorder())
        trained(model, 2 * SLOTS * 32, callback=recorders[-1])
    stock, ours = recorders
    assert ours.phases == stock.phases
    assert len(ours.seen) == len(stock.seen) == 64
    for one, other in zip(stock.seen, ours.seen, strict=True):
        for a, b in zip(one[:3], other[:3], strict=True):
            assert a.dtype == b.dtype and np.array_equal(a, b)
        assert one[3:5] == other[3:5]
        for a, b in zip(one[5], other[5], strict=True):
            assert a.keys() == b.keys()
            assert all(np.array_equal(a[key], b[key]) for key in a)


def test_a_callback_can_end_training_and_it_can_go_on() -> None:
    model = both()[1]
    model.learn(10**6, callback=StopTrainingOnMaxEpisodes(2))
    stopped = model.num_timesteps
    assert 0 < stopped < 10**5
    model.learn(SLOTS * 32, reset_num_timesteps=False)
    assert model.num_timesteps >= stopped + SLOTS * 32


def test_stock_callbacks_work(tmp_path: Path) -> None:
    model = both()[1]
    checkpoints = CheckpointCallback(16, str(tmp_path))
    evaluation = EvalCallback(grids(num_envs=2), n_eval_episodes=2, eval_freq=32, verbose=0)
    model.learn(SLOTS * 64, callback=[checkpoints, evaluation])
    assert len(list(tmp_path.glob("rl_model_*_steps.zip"))) == 4
    assert np.isfinite(evaluation.best_mean_reward)
