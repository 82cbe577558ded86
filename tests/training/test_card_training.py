"""PPO where the environment and the policy are on a graphics card, simulated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from simulated_training import SCRIPTED

import gmbench
from gmbench.engine.devices import without_cuda
from gmbench.training import PPO

SIMULATOR = {"NUMBA_DISABLE_JIT": "1", "NUMBA_ENABLE_CUDASIM": "1"}


@pytest.mark.parametrize("part", SCRIPTED)
def test_on_a_simulated_card_it_learns_what_it_learns_on_the_processor(part: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", Path(__file__).with_name("simulated_training.py"), part],
        env={**os.environ, **SIMULATOR},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{part}: as on the processor\n"), done.stderr


@pytest.mark.skipif(without_cuda() is not None, reason="there is no graphics card")
def test_on_a_real_card_a_rollout_waits_only_at_its_end() -> None:
    import torch

    env: Any = gmbench.make_sb3("corner", num_envs=64, obs="grid", device="cuda")
    model = PPO("MlpPolicy", env, n_steps=16, batch_size=256, device="cuda", seed=0)
    source = model._source_of(model.env)
    step = source.step

    def watched(*given: Any) -> Any:
        torch.cuda.set_sync_debug_mode("error")
        try:
            return step(*given)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    source.step = watched  # type: ignore[method-assign]
    model.learn(2 * 64 * 16)
    buffer: Any = model.rollout_buffer
    assert buffer.observations.is_cuda and model.num_timesteps == 2 * 64 * 16
