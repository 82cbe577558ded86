"""Runs that were stopped: what is put aside, and how they go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_recipes import ENVS, SMALL, STEPS, small

import gmbench
from gmbench.errors import Interrupted, UsageError
from gmbench.training import Progress, checked, train
from gmbench.training.algorithms import ALGORITHMS
from gmbench.training.building import build_env, build_model
from gmbench.training.resuming import read_run, restore, save_run


def stop_at(steps: int) -> Callable[[Progress], None]:
    """What presses Ctrl-C, once, when so many steps are played."""
    pressed: list[int] = []

    def press(far: Progress) -> None:
        if far.steps >= steps and not pressed:
            pressed.append(far.steps)
            os.kill(os.getpid(), signal.SIGINT)

    return press


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gmbench.training.watching.TOLD_EVERY", 0.0)


@pytest.mark.parametrize("algorithm", ["ppo", "dqn", "recurrent-ppo"])
def test_ctrl_c_saves_and_resume_counts_on(algorithm: str, tmp_path: Path) -> None:
    out = tmp_path / "agent.zip"
    recipe = small(algorithm, steps=4 * STEPS)
    with pytest.raises(Interrupted, match=r"of 4,096 steps; .*agent\.zip .*--resume") as caught:
        train(recipe, out, progress=stop_at(STEPS + 1))
    assert caught.value.signal == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    saved = read_run(tmp_path / "agent.resume")
    # The rollout that was begun is not counted, since nothing was learned from it.
    assert 0 < saved.steps <= STEPS + 1
    assert gmbench.load_agent(out).spec.details["num_timesteps"] == saved.steps
    told: list[Progress] = []
    done = train(recipe, out, resume=True, progress=told.append)
    assert told[0].steps > saved.steps and told[0].total == 4 * STEPS
    assert 4 * STEPS <= done.steps < 4 * STEPS + 32 * ENVS
    assert list(done.rows[: len(saved.rows)]) == saved.rows
    steps = [row.steps for row in done.rows]
    assert steps == sorted(set(steps)) and steps[-1] == done.steps
    assert done.seconds > saved.seconds
    assert not (tmp_path / "agent.resume").exists()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_put_aside_is_taken_up_whole(algorithm: str, tmp_path: Path) -> None:
    recipe = checked(small(algorithm))
    env = build_env(recipe)
    model: Any = build_model(recipe, env)
    model.learn(512)
    path = tmp_path / "agent.resume"
    save_run(model, path, recipe, 1.5, [])
    drawn = torch.rand(3), np.random.rand(3), model.action_space.sample()
    again: Any = build_model(recipe, env)
    saved = read_run(path)
    assert (saved.recipe, saved.steps, saved.seconds) == (recipe, model.num_timesteps, 1.5)
    restore(again, saved)
    assert again.num_timesteps == model.num_timesteps
    assert again._n_updates == model._n_updates > 0
    optimizer = model.policy.optimizer.state_dict()
    assert optimizer["state"]
    for name, tensors in optimizer["state"].items():
        kept = again.policy.optimizer.state_dict()["state"][name]
        assert all(
            torch.equal(torch.as_tensor(v), torch.as_tensor(kept[k])) for k, v in tensors.items()
        )
    for name, weights in model.policy.state_dict().items():
        assert torch.equal(weights, again.policy.state_dict()[name])
    assert torch.equal(torch.rand(3), drawn[0])
    assert np.array_equal(np.random.rand(3), drawn[1])
    assert again.action_space.sample() == drawn[2]
    env.close()


def test_a_replay_buffer_is_taken_up_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = checked(small("dqn", settings={**SMALL["dqn"], "buffer_size": 640}))
    env = build_env(recipe)
    model: Any = build_model(recipe, env)
    model.learn(1024)  # 64 rounds of 16 slots; the buffer holds 40 of them
    buffer = model.replay_buffer
    assert buffer.full and buffer.pos == 24
    each = sum(getattr(buffer, name)[0].nbytes for name in ("observations", "actions"))
    monkeypatch.setattr("gmbench.training.resuming.MOST_KEPT", 30 * 2 * each)
    save_run(model, tmp_path / "a.resume", recipe, 0.0, [])
    again: Any = build_model(recipe, env)
    restore(again, read_run(tmp_path / "a.resume"))
    kept = again.replay_buffer.size()
    assert 20 < kept < 40
    newest = np.arange(24 - kept, 24) % 40
    assert np.array_equal(again.replay_buffer.observations[:kept], buffer.observations[newest])
    assert np.array_equal(again.replay_buffer.rewards[:kept], buffer.rewards[newest])
    env.close()


@pytest.mark.bad_input
def test_a_stopped_run_is_neither_overwritten_nor_mixed_up(tmp_path: Path) -> None:
    out, aside = tmp_path / "agent.zip", tmp_path / "agent.resume"
    with pytest.raises(Interrupted):
        train(small(steps=4 * STEPS), out, progress=stop_at(STEPS))
    with pytest.raises(UsageError, match="go on with --resume, or delete it"):
        train(small(steps=4 * STEPS), out)
    with pytest.raises(UsageError, match="is of another recipe"):
        train(small(steps=4 * STEPS, seed=1), out, resume=True)
    aside.write_bytes(b"no run")
    with pytest.raises(UsageError, match="cannot go on from it"):
        train(small(steps=4 * STEPS), out, resume=True)
