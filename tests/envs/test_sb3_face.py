"""The SB3 environment, as SB3's algorithms, wrappers and evaluation use it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecFrameStack, VecMonitor, VecTransposeImage

import gmbench
from gmbench.errors import UsageError

pytestmark = pytest.mark.procgen

COINRUN, MAZE = "procgen-coinrun", "procgen-maze"
TINY = {"features_extractor_kwargs": {"features_dim": 16}, "net_arch": []}


def test_infos_tell_of_ended_episodes_only(random_runs: Any) -> None:
    env: Any = gmbench.make_sb3(COINRUN, "test", num_envs=4)
    env.reset()
    returns, lengths, ended = np.zeros(4), np.zeros(4, dtype=int), 0
    for actions in random_runs(200, 4):
        observations, rewards, dones, infos = env.step(actions)
        returns += rewards
        lengths += 1
        for slot in range(4):
            if not dones[slot]:
                assert infos[slot] == {}
                continue
            info = infos[slot]
            assert info["episode"] == {"r": returns[slot], "l": lengths[slot]}
            assert info["condition"] == "test"
            assert info["is_success"] == (rewards[slot] > 0)
            assert info["TimeLimit.truncated"] is False
            assert not np.array_equal(info["terminal_observation"], observations[slot])
            returns[slot], lengths[slot], ended = 0, 0, ended + 1
    env.close()
    assert ended >= 4


def test_a_time_out_is_a_truncation_with_the_true_last_frame(aside: Any) -> None:
    env: Any = gmbench.make_sb3(MAZE, "no-goal", num_envs=2)
    env.set_options({"level": 7})
    env.reset()
    actions = np.resize([7, 5, 1, 3], 499)
    for action in actions:
        observations, _, dones, infos = env.step(np.full(2, action))
    assert dones.all()
    true = aside(MAZE).play(7, "no-goal", actions)
    for slot in range(2):
        assert infos[slot]["TimeLimit.truncated"] is True
        assert infos[slot]["episode"]["l"] == 499
        assert infos[slot]["level"] == 7
        terminal = infos[slot]["terminal_observation"]
        assert np.array_equal(terminal, true.frames[-1])
        assert not np.shares_memory(terminal, observations)
    env.close()


def test_the_rollout_buffer_holds_what_was_seen() -> None:
    """PPO stores the last observation after stepping: a reused array would be a later frame."""

    class Recorder(BaseCallback):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Any] = []

        def _on_rollout_start(self) -> None:
            self.seen = [np.array(self.model._last_obs)]

        def _on_step(self) -> bool:
            self.seen.append(self.locals["new_obs"].copy())
            return True

    env: Any = gmbench.make_sb3(COINRUN, num_envs=3)
    model = PPO("CnnPolicy", env, n_steps=24, batch_size=72, n_epochs=1, policy_kwargs=TINY, seed=0)
    recorder = Recorder()
    model.learn(72, callback=recorder)
    env.close()
    stored: Any = model.rollout_buffer.observations  # flattened by training: slot by slot
    seen = np.stack(recorder.seen[:-1]).swapaxes(0, 1).reshape(stored.shape)
    assert np.array_equal(stored, seen)
    assert len(np.unique(seen.reshape(len(seen), -1), axis=0)) > 40


def test_seeds_decide_the_levels() -> None:
    env: Any = gmbench.make_sb3(MAZE, num_envs=2, seed=3)
    first, second = env.reset(), env.reset()
    assert not np.array_equal(first, second)
    env.seed(3)
    assert np.array_equal(env.reset(), first)
    assert np.array_equal(env.reset(), second)
    env.seed(4)
    assert not np.array_equal(env.reset(), first)
    env.close()
    again: Any = gmbench.make_sb3(MAZE, num_envs=2, seed=3)
    assert np.array_equal(again.reset(), first)
    again.close()


def test_options_pin_the_level_of_one_reset(aside: Any) -> None:
    env: Any = gmbench.make_sb3(MAZE, "test", num_envs=2, seed=1)
    drawn = env.reset()
    env.seed(1)
    env.set_options([{"level": 7}, {}])
    frames = env.reset()
    assert np.array_equal(frames[0], aside(MAZE).play(7, "test").frames[0])
    assert np.array_equal(frames[1], drawn[1])
    env.seed(1)
    assert np.array_equal(env.reset(), drawn)
    env.close()


def test_images_are_transposed_with_their_last_frames(random_runs: Any) -> None:
    env: Any = VecTransposeImage(gmbench.make_sb3(COINRUN, num_envs=3))
    assert env.reset().shape == (3, 3, 64, 64)
    for actions in random_runs(150, 3):
        observations, _, dones, infos = env.step(actions)
        assert observations in env.observation_space or observations.shape == (3, 3, 64, 64)
        if dones.any():
            break
    env.close()
    slot = int(np.flatnonzero(dones)[0])
    assert infos[slot]["terminal_observation"].shape == (3, 64, 64)


def test_frames_can_be_stacked(random_runs: Any) -> None:
    env: Any = VecFrameStack(gmbench.make_sb3(COINRUN, num_envs=3), 2)
    env.reset()
    ended = 0
    for actions in random_runs(100, 3):
        _, _, dones, infos = env.step(actions)
        for slot in np.flatnonzero(dones):
            assert infos[slot]["terminal_observation"].shape == (64, 64, 6)
            ended += 1
    env.close()
    assert ended


def test_a_monitor_finds_the_same_figures(random_runs: Any) -> None:
    """A VecMonitor is not needed, and says so; what it counts is what was counted already."""
    inner: Any = gmbench.make_sb3(COINRUN, num_envs=3)
    counted: list[dict[str, Any]] = []
    step_wait = inner.step_wait

    def spy() -> Any:
        result = step_wait()
        counted.extend(dict(info["episode"]) for info in result[3] if info)
        return result

    inner.step_wait = spy
    with pytest.warns(UserWarning, match="already wrapped with a `Monitor`"):
        env = VecMonitor(inner)
    env.reset()
    monitored = []
    for actions in random_runs(100, 3):
        monitored += [info["episode"] for info in env.step(actions)[3] if info]
    env.close()
    assert [(e["r"], e["l"]) for e in monitored] == [(e["r"], e["l"]) for e in counted]
    assert counted


def test_evaluate_policy_trusts_the_episodes() -> None:
    env: Any = gmbench.make_sb3(MAZE, "no-goal", num_envs=2)
    model = PPO("CnnPolicy", env, n_steps=8, batch_size=16, policy_kwargs=TINY, seed=0)
    rewards, lengths = evaluate_policy(model, env, n_eval_episodes=2, return_episode_rewards=True)
    env.close()
    assert (rewards, lengths) == ([0.0, 0.0], [499, 499])


def test_rendering_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    env: Any = gmbench.make_sb3(MAZE, num_envs=4)
    frames = env.reset()
    assert all(map(np.array_equal, env.get_images(), frames))
    assert env.render().shape == (128, 128, 3)
    env.close()


def test_alpha_and_levels_reach_the_games() -> None:
    env: Any = gmbench.make_sb3(MAZE, num_envs=4, alpha=1.0, levels=[7, 8], level_filter=False)
    env.reset()
    assert set(env.games.levels.tolist()) <= {7, 8}
    assert env.games.conditions == ["test"] * 4
    env.close()


@pytest.mark.bad_input
@pytest.mark.parametrize("options", [{"lvl": 1}, {"level": -3}, {"level": [1, 2]}], ids=str)
def test_wrong_options_are_refused_once(options: dict[str, Any]) -> None:
    env: Any = gmbench.make_sb3(MAZE, num_envs=2)
    env.set_options(options)
    with pytest.raises(UsageError):
        env.reset()
    env.reset()
    env.close()


@pytest.mark.bad_input
def test_slots_have_nothing_of_their_own() -> None:
    env: Any = gmbench.make_sb3(MAZE, num_envs=2)
    with pytest.raises(AttributeError, match="cannot set 'gravity'"):
        env.set_attr("gravity", 0)
    with pytest.raises(AttributeError, match="cannot call 'jump'"):
        env.env_method("jump")
    assert not env.has_attr("gravity")
    assert env.get_attr("num_envs") == [2, 2]
    env.close()
