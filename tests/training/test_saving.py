"""Zips of agents: what is needed to act, the same bytes each time, and nothing else."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_recipes import SMALL, members, observations, small

import gmbench
from gmbench.training import checked, train
from gmbench.training.algorithms import ALGORITHMS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_zips_hold_no_optimizer_state_and_no_observations(algorithm: str, tmp_path: Path) -> None:
    logs = tmp_path / "a-folder-of-this-machine"
    train(small(algorithm), tmp_path / "agent.zip", tensorboard=logs)
    files = members(tmp_path / "agent.zip")
    optimizer = torch.load(io.BytesIO(files["policy.optimizer.pth"]), weights_only=True)
    assert optimizer["state"] == {}
    data = json.loads(files["data"])
    held = {name for name, value in data.items() if value is not None}
    assert held.isdisjoint(
        {"_last_obs", "_last_original_obs", "_last_episode_starts", "_last_lstm_states"}
    )
    assert held.isdisjoint({"replay_buffer", "rollout_buffer", "ep_info_buffer", "start_time"})
    assert logs.name.encode() not in b"".join(files.values())
    # 16 observations would be 2 KiB alone: nothing pickled is as large.
    pickled = {
        name: len(value[":serialized:"])
        for name, value in data.items()
        if isinstance(value, dict) and ":serialized:" in value
    }
    assert pickled and max(pickled.values()) < 2_000, pickled
    assert data["gmbench_recipe"] == checked(small(algorithm)).to_json()


def test_a_stock_agent_acts_alike_where_gmbench_is_not_installed(tmp_path: Path) -> None:
    schedule = {"learning_rate": {"from": 1e-3, "to": 1e-4}}
    train(small(settings={**SMALL["ppo"], **schedule}), tmp_path / "agent.zip")
    shown = observations()
    np.save(tmp_path / "shown.npy", shown)
    code = (
        "import sys; sys.modules['gmbench'] = None\n"
        "import numpy as np, stable_baselines3, torch\n"
        "agent = stable_baselines3.PPO.load('agent.zip', device='cpu')\n"
        "shown = np.load('shown.npy')\n"
        "print(*agent.predict(shown, deterministic=True)[0])\n"
        "chances = agent.policy.get_distribution(torch.as_tensor(shown)).distribution.probs\n"
        "np.save('chances.npy', chances.detach().numpy())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    agent: Any = gmbench.load_agent(tmp_path / "agent.zip")
    here = agent.player(8, deterministic=True).act(shown)
    assert done.stdout.split() == [str(action) for action in here]
    # Equal actions may be a coincidence; equal chances of all of them are none.
    chances = agent.policy.get_distribution(torch.as_tensor(shown)).distribution.probs
    assert len(np.unique(chances.detach().numpy(), axis=0)) == len(shown)
    assert np.array_equal(np.load(tmp_path / "chances.npy"), chances.detach().numpy())


def test_another_seed_gives_another_agent(tmp_path: Path) -> None:
    weights = [
        members(train(small(seed=seed), tmp_path / f"{seed}.zip").agent)["policy.pth"]
        for seed in (0, 1)
    ]
    assert weights[0] != weights[1]


def test_equal_recipes_give_equal_bytes_in_whatever_process(tmp_path: Path) -> None:
    """Nothing tells when a zip was written, nor where in memory something lay."""
    code = (
        "from small_recipes import small\n"
        "from gmbench.training import train\n"
        f"for name in {list(ALGORITHMS)}:\n"
        "    train(small(name), f'{name}-there.zip')\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    there = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert there.returncode == 0, there.stderr
    for name in ALGORITHMS:
        train(small(name), tmp_path / f"{name}.zip")
        written = [(tmp_path / f"{name}{where}.zip").read_bytes() for where in ("", "-there")]
        assert written[0] == written[1], name
