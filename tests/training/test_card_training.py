"""PPO where the environment and the policy are on a graphics card, simulated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from simulated_training import SCRIPTED

import gmbench
from gmbench.engine.devices import without_cuda
from gmbench.training import PPO


@pytest.mark.parametrize("part", SCRIPTED)
def test_on_a_simulated_card_it_learns_what_it_learns_on_the_processor(
    part: str, on_simulated_card: Callable[[Path, str], None]
) -> None:
    on_simulated_card(Path(__file__).with_name("simulated_training.py"), part)


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
