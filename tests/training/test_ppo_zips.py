"""Zips of PPO on tensors: Stable-Baselines3's, and both go on from either's."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from ppo_models import SLOTS, assert_same_weights, both, grids, trained
from stable_baselines3 import PPO as StockPPO

import gmbench
from gmbench.training import PPO


def test_a_zip_is_the_stock_algorithms(tmp_path: Path) -> None:
    """The same members, and no word of gmbench even in its pickles."""
    written = []
    for model in both():
        model.learn(SLOTS * 32)
        model.save(tmp_path / "agent.zip")
        with zipfile.ZipFile(tmp_path / "agent.zip") as archive:
            written.append((archive.namelist(), json.loads(archive.read("data"))))
    (members, stock), (our_members, ours) = written
    assert our_members == members
    assert set(stock) - set(ours) == {"_last_obs", "_last_episode_starts", "_last_original_obs"}
    assert set(ours) <= set(stock)
    for field in ours.values():
        if isinstance(field, dict):
            assert b"gmbench" not in base64.b64decode(field.get(":serialized:", ""))
    assert "gmbench" not in json.dumps(ours)


def test_its_zip_acts_the_same_where_gmbench_is_not(tmp_path: Path) -> None:
    model = both(policy_kwargs={"net_arch": [256, 256]})[1]
    model.learn(SLOTS * 64)
    model.save(tmp_path / "agent.zip")
    shown = np.random.default_rng(0).integers(0, 2, (64, 3, 7, 7), np.uint8)
    np.savez(tmp_path / "shown.npz", shown=shown, done=model.predict(shown, deterministic=True)[0])
    code = """
import sys, numpy as np
sys.modules["gmbench"] = None
from stable_baselines3 import PPO
kept, model = np.load("shown.npz"), PPO.load("agent.zip", device="cpu")
assert len(set(kept["done"].tolist())) > 1
assert model.predict(kept["shown"], deterministic=True)[0].tolist() == kept["done"].tolist()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    agent = gmbench.load_agent(tmp_path / "agent.zip")
    assert agent.spec.algorithm == "PPO"
    assert agent.player(64, deterministic=True).act(shown).tolist() == (
        model.predict(shown, deterministic=True)[0].tolist()
    )


def test_it_goes_on_from_its_own_and_from_a_stock_zip(tmp_path: Path) -> None:
    for model in both():
        model.learn(SLOTS * 32)
        model.save(tmp_path / "agent.zip")
        resumed = []
        for kind in (StockPPO, PPO):
            loaded = kind.load(tmp_path / "agent.zip", env=grids(), device="cpu")
            loaded.set_random_seed(5)
            loaded.learn(SLOTS * 32, reset_num_timesteps=False)
            resumed.append(loaded)
        assert_same_weights(*resumed)
        assert resumed[1].num_timesteps == 2 * SLOTS * 32


def test_a_zip_of_another_number_of_environments_goes_on(tmp_path: Path) -> None:
    both()[1].save(tmp_path / "agent.zip")
    model = PPO.load(tmp_path / "agent.zip", env=grids(num_envs=5), device="cpu")
    model.learn(5 * 32)
    assert model.rollout_buffer.actions.shape == (32, 5)


def test_another_environment_can_be_set() -> None:
    models = both()
    for model in models:
        trained(model, SLOTS * 32)
        # Cheese in other places: inputs that never changed now do.
        model.set_env(grids(condition="test", seed=5))
        trained(model, SLOTS * 32, reset_num_timesteps=False)
    assert_same_weights(*models)
