"""Zips rebuilt without unpickling act as Stable-Baselines3's own loader makes them act."""

from __future__ import annotations

import hashlib
import pickle
import warnings
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
import torch
from gymnasium import spaces
from noise_world import ALGORITHMS, IMAGE, SMALL, Edit, Noise, Save, frames
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.torch_layers import FlattenExtractor, NatureCNN
from torch import nn

from gmbench.agents.base import fit
from gmbench.agents.load import load_agent

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ppo-default": ("PPO", "CnnPolicy", {}),
    "ppo-plain-kwargs": ("PPO", "CnnPolicy", {"net_arch": [16], **SMALL}),
    "ppo-towers-relu": (
        "PPO",
        "CnnPolicy",
        {"net_arch": {"pi": [24, 16], "vf": [8]}, "activation_fn": nn.ReLU, **SMALL},
    ),
    "ppo-pi-only-elu": ("PPO", "CnnPolicy", {"net_arch": {"pi": [8]}, "activation_fn": nn.ELU}),
    "ppo-old-net-arch": ("PPO", "CnnPolicy", {"net_arch": [], "log_std_init": -1.0, **SMALL}),
    "ppo-two-extractors": ("PPO", "CnnPolicy", {"share_features_extractor": False, **SMALL}),
    "ppo-unscaled": ("PPO", "CnnPolicy", {"normalize_images": False, **SMALL}),
    "ppo-mlp": ("PPO", "MlpPolicy", {"activation_fn": nn.LeakyReLU}),
    "ppo-mlp-with-cnn": ("PPO", "MlpPolicy", {"features_extractor_class": NatureCNN, **SMALL}),
    "ppo-sgd": (
        "PPO",
        "CnnPolicy",
        {"optimizer_class": torch.optim.SGD, "optimizer_kwargs": {"momentum": 0.5}, **SMALL},
    ),
    "a2c": ("A2C", "CnnPolicy", SMALL),
    "a2c-mlp-silu": ("A2C", "MlpPolicy", {"net_arch": [8, 8, 8], "activation_fn": nn.SiLU}),
    "dqn": ("DQN", "CnnPolicy", SMALL),
    "dqn-mlp-tanh": ("DQN", "MlpPolicy", {"net_arch": [16, 8], "activation_fn": nn.Tanh}),
    "dqn-flat": ("DQN", "CnnPolicy", {"features_extractor_class": FlattenExtractor}),
    "qrdqn": ("QRDQN", "CnnPolicy", {"n_quantiles": 7, **SMALL}),
    "qrdqn-default": ("QRDQN", "CnnPolicy", SMALL),
    "qrdqn-mlp-gelu": ("QRDQN", "MlpPolicy", {"net_arch": [8], "activation_fn": nn.GELU}),
    "trpo": ("TRPO", "CnnPolicy", SMALL),
    "trpo-mlp-prelu": ("TRPO", "MlpPolicy", {"net_arch": [8], "activation_fn": nn.PReLU}),
    "maskable": ("MaskablePPO", "CnnPolicy", {"net_arch": [8], **SMALL}),
    "recurrent": ("RecurrentPPO", "CnnLstmPolicy", {"lstm_hidden_size": 16, **SMALL}),
    "recurrent-shared": (
        "RecurrentPPO",
        "CnnLstmPolicy",
        {
            "lstm_hidden_size": 8,
            "n_lstm_layers": 2,
            "shared_lstm": True,
            "enable_critic_lstm": False,
            "lstm_kwargs": {"dropout": 0.5},
            "activation_fn": nn.ReLU,
            **SMALL,
        },
    ),
    "recurrent-mlp": (
        "RecurrentPPO",
        "MlpLstmPolicy",
        {"lstm_hidden_size": 8, "enable_critic_lstm": False, "net_arch": {"vf": [8]}},
    ),
    "ars": ("ARS", "MlpPolicy", {"net_arch": [16], "activation_fn": nn.ELU}),
    "ars-linear": ("ARS", "LinearPolicy", {"with_bias": True}),
}


def own_loader(path: Path, algorithm: str) -> Any:
    buffer = {"buffer_size": 1} if "DQN" in algorithm else {}
    return ALGORITHMS[algorithm].load(path, device="cpu", **buffer)


@pytest.mark.parametrize("case", CASES)
def test_acts_as_through_sb3s_own_loader(case: str, saved: Save) -> None:
    algorithm, policy, kwargs = CASES[case]
    path = saved(algorithm, policy, policy_kwargs=kwargs)
    agent = load_agent(path)
    model = own_loader(path, algorithm)
    player = agent.player(16, deterministic=True)
    state, starts, seen = None, np.ones(16, dtype=bool), set()
    for step in range(6):
        observations = frames(16, seed=step)
        if step == 3:  # one slot starts another episode
            player.begin(5, seed=9)
            starts[5] = True
        expected, state = model.predict(observations, state, starts, deterministic=True)
        actions = player.act(observations)
        assert actions.dtype == np.int64
        np.testing.assert_array_equal(actions, expected)
        starts[:] = False
        seen |= set(actions.tolist())
    assert len(seen) > 1, "the case shows nothing if every frame gets one action"
    assert agent.spec.algorithm == algorithm
    assert agent.spec.recurrent == (algorithm == "RecurrentPPO")


@pytest.mark.parametrize("steps", [-1, 10**30, True, "16"])
def test_a_number_of_steps_that_is_none_is_not_told(saved: Save, edited: Edit, steps: Any) -> None:
    spec = load_agent(edited(saved(policy_kwargs=SMALL), {"num_timesteps": steps})).spec
    assert "num_timesteps" not in spec.details


def test_spec_is_read_from_the_file(saved: Save) -> None:
    path = saved(learn=16, policy_kwargs=SMALL)
    spec = load_agent(path).spec
    assert spec.name == "ppo"
    assert spec.kind == "sb3"
    assert spec.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert spec.observation_space == spaces.Box(0, 255, (3, 64, 64), np.uint8)
    assert spec.action_space == spaces.Discrete(15)
    assert spec.details["policy"] == "ActorCriticCnnPolicy"
    assert spec.details["num_timesteps"] == 16
    assert spec.details["trusted"] is False
    fit(spec, IMAGE, spaces.Discrete(15))


def test_nothing_is_unpickled(saved: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [
        saved(learn=16, policy_kwargs=SMALL),
        *(saved(a, p, policy_kwargs=kw) for a, p, kw in CASES.values()),
    ]

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("something was unpickled")

    for module in (pickle, cloudpickle):
        monkeypatch.setattr(module, "loads", never)
        monkeypatch.setattr(module, "load", never)
    monkeypatch.setattr(pickle, "Unpickler", never)
    monkeypatch.setattr(pickle, "_Unpickler", never)
    with pytest.raises(AssertionError, match="unpickled"):
        PPO.load(paths[0])  # the patch does catch SB3's own loader
    for path in paths:
        load_agent(path).player(2, deterministic=False).act(frames(2))


class Payload:
    """Leaves a file behind when unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def test_code_in_a_zip_runs_only_if_trusted(
    saved: Save, edited: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import base64

    marker = tmp_path / "was-run"
    code = base64.b64encode(cloudpickle.dumps(Payload(marker))).decode()
    pickled = {":serialized:": code}
    path = edited(
        saved(policy_kwargs=SMALL),
        {"clip_range": pickled, "rollout_buffer_class": pickled, "observation_space": pickled},
    )
    agent = load_agent(path)
    agent.player(1, deterministic=True).act(frames(1))
    assert not marker.exists()
    assert not caplog.records
    with pytest.raises(Exception, match="cannot load it as PPO"):
        load_agent(path, trust=True)
    assert marker.exists()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "--trust" in caplog.text


class OwnExtractor(NatureCNN):
    """An extractor that no allow-list knows."""


@pytest.mark.parametrize("algorithm", ["PPO", "DQN", "RecurrentPPO"])
def test_trust_loads_what_the_lists_do_not_know(algorithm: str, saved: Save, one_line: Any) -> None:
    policy = "CnnLstmPolicy" if algorithm == "RecurrentPPO" else "CnnPolicy"
    kwargs = {"features_extractor_class": OwnExtractor, **SMALL}
    path = saved(algorithm, policy, policy_kwargs=kwargs)
    with one_line("features_extractor_class .*OwnExtractor.*--trust"):
        load_agent(path)
    agent = load_agent(path, trust=True)
    assert agent.spec.algorithm == algorithm
    assert agent.spec.details["trusted"] is True
    expected, _ = own_loader(path, algorithm).predict(frames(8), deterministic=True)
    np.testing.assert_array_equal(agent.player(8, deterministic=True).act(frames(8)), expected)


def test_sampled_actions_follow_the_policys_probabilities(saved: Save) -> None:
    path = saved(policy_kwargs=SMALL)
    model, count = PPO.load(path, device="cpu"), 4000
    frame = frames(1)
    with torch.no_grad():
        tensor = model.policy.obs_to_tensor(frame)[0]
        shares = model.policy.get_distribution(tensor).distribution.probs[0].numpy()
    player = load_agent(path).player(400, deterministic=False)
    batch = np.repeat(frame, 400, axis=0)
    for slot in range(400):
        player.begin(slot, seed=slot)
    drawn = np.concatenate([player.act(batch) for _ in range(count // 400)])
    counts = np.bincount(drawn, minlength=15)
    # Six standard deviations of a binomial share.
    assert (
        np.abs(counts / count - shares) < 6 * np.sqrt(shares * (1 - shares) / count) + 1e-3
    ).all()


@pytest.mark.parametrize("algorithm", ["PPO", "RecurrentPPO"])
def test_sampled_actions_hang_on_the_slots_seed_alone(algorithm: str, saved: Save) -> None:
    policy = "CnnLstmPolicy" if algorithm == "RecurrentPPO" else "CnnPolicy"
    agent = load_agent(saved(algorithm, policy, policy_kwargs=SMALL))

    def played(num_envs: int, slot: int, stir_first: bool) -> list[int]:
        player = agent.player(num_envs, deterministic=False)
        for other in range(num_envs):
            player.begin(other, seed=100 + other)
        if stir_first:
            for step in range(3):
                player.act(frames(num_envs, seed=50 + step))
        player.begin(slot, seed=7)
        taken = []
        for step in range(12):
            batch = frames(num_envs, seed=200 + step)
            batch[slot] = frames(1, seed=step)[0]
            taken.append(int(player.act(batch)[slot]))
        return taken

    alone = played(1, 0, stir_first=False)
    assert played(4, 2, stir_first=True) == alone
    assert len(set(alone)) > 1


def test_another_seed_gives_other_actions(saved: Save) -> None:
    player = load_agent(saved(policy_kwargs=SMALL)).player(64, deterministic=False)
    batch = np.repeat(frames(1), 64, axis=0)
    for slot in range(64):
        player.begin(slot, seed=slot)
    assert len(set(player.act(batch).tolist())) > 1


def test_q_networks_explore_at_their_own_rate_when_asked_to_sample(saved: Save) -> None:
    model = DQN("MlpPolicy", Noise(), buffer_size=8, device="cpu")
    model.exploration_rate = 0.5
    player = load_agent(model).player(64, deterministic=False)
    for slot in range(64):
        player.begin(slot, seed=slot)
    greedy = load_agent(model).player(64, deterministic=True)
    batches = [frames(64, seed) for seed in range(8)]
    differ = [(player.act(batch) != greedy.act(batch)).mean() for batch in batches]
    # Half explore, and one in fifteen of those draws the greedy action anyway.
    assert np.mean(differ) == pytest.approx(0.5 * 14 / 15, abs=0.1)


def test_q_networks_that_do_not_explore_act_greedily(saved: Save) -> None:
    agent = load_agent(saved("DQN", policy_kwargs=SMALL))
    greedy = agent.player(8, deterministic=True).act(frames(8))
    np.testing.assert_array_equal(agent.player(8, deterministic=False).act(frames(8)), greedy)


def test_loading_leaves_torchs_random_numbers_alone(saved: Save) -> None:
    path = saved(policy_kwargs=SMALL)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    load_agent(path)
    assert torch.equal(torch.get_rng_state(), before)


def test_channels_first_worlds_are_taken_as_they_are(saved: Save) -> None:
    space = spaces.Box(0, 255, (3, 64, 64), np.uint8)
    path = saved(env=Noise(space), policy_kwargs=SMALL)
    agent = load_agent(path)
    fit(agent.spec, space, spaces.Discrete(15))
    batch = frames(8).transpose(0, 3, 1, 2)
    expected, _ = PPO.load(path, device="cpu").predict(batch, deterministic=True)
    np.testing.assert_array_equal(agent.player(8, deterministic=True).act(batch), expected)


def test_grids_with_small_bounds(saved: Save) -> None:
    space = spaces.Box(0, 1, (3, 9, 9), np.uint8)
    path = saved(policy="MlpPolicy", env=Noise(space))
    agent = load_agent(path)
    assert agent.spec.observation_space == space
    batch = np.random.default_rng(0).integers(0, 2, (16, 3, 9, 9)).astype(np.uint8)
    expected, _ = PPO.load(path, device="cpu").predict(batch, deterministic=True)
    np.testing.assert_array_equal(agent.player(16, deterministic=True).act(batch), expected)


def test_an_old_zips_net_arch_and_spaces(saved: Save, edited: Any) -> None:
    """SB3 before 1.8 wrapped the towers in a list; before 2.0 spaces were those of gym."""
    path = saved(policy_kwargs={"net_arch": {"pi": [8], "vf": [8]}, **SMALL})
    old = edited(
        path,
        {
            "policy_kwargs": {"net_arch": [{"pi": [8], "vf": [8]}]},
            "observation_space": {":type:": "<class 'gym.spaces.box.Box'>"},
            "action_space": {":type:": "<class 'gym.spaces.discrete.Discrete'>", "n": 15},
        },
    )
    new = load_agent(path).player(8, deterministic=True).act(frames(8))
    np.testing.assert_array_equal(load_agent(old).player(8, deterministic=True).act(frames(8)), new)


def test_a_model_in_memory_is_an_agent() -> None:
    model = PPO("CnnPolicy", Noise(), n_steps=8, batch_size=8, policy_kwargs=SMALL, device="cpu")
    agent = load_agent(model)
    assert (agent.spec.name, agent.spec.algorithm, agent.spec.digest) == ("PPO", "PPO", None)
    expected, _ = model.predict(frames(4), deterministic=True)
    np.testing.assert_array_equal(agent.player(4, deterministic=True).act(frames(4)), expected)


def test_no_warning_is_shown_for_a_good_zip(saved: Save) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_agent(saved("RecurrentPPO", "CnnLstmPolicy", policy_kwargs=SMALL))
