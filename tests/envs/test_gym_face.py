"""The Gymnasium environment, as Gymnasium and its users see it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import gmbench  # noqa: F401
from gmbench.envs.gym import GmbenchEnv
from gmbench.envs.register import environment_id
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.registry import WORLDS

pytestmark = pytest.mark.procgen

COINRUN = "gmbench/Procgen-CoinRun-v0"
MAZE = "gmbench/Procgen-Maze-v0"
WORLDS_TO_PLAY = [name for name in WORLDS.names() if WORLDS.item(name).package is None]


def play(env: Any, actions: Any, **reset: Any) -> list[Any]:
    """Everything the environment gives, from reset to the end of the episode or the actions."""
    given: list[Any] = [env.reset(**reset)]
    for action in actions:
        given.append(env.step(action))
        if given[-1][2] or given[-1][3]:
            break
    return given


@pytest.mark.parametrize("name", WORLDS_TO_PLAY)
def test_check_env_passes(name: str) -> None:
    env = gymnasium.make(environment_id(WORLDS.item(name)), condition="test")
    check_env(env.unwrapped)
    env.close()


def test_check_env_of_sb3_passes() -> None:
    env = gymnasium.make(MAZE)
    sb3_check_env(env)
    env.close()


def test_a_seed_gives_the_levels_and_frames_again(random_runs: Any) -> None:
    env = gymnasium.make(COINRUN, condition="test")
    actions = random_runs(100, 1)[:, 0]
    first, second = play(env, actions, seed=3), play(env, actions, seed=3)
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one[0], other[0])
        assert one[1:] == other[1:]
    assert not np.array_equal(env.reset()[0], first[0][0])
    assert not np.array_equal(env.reset(seed=4)[0], first[0][0])
    env.close()


def test_without_a_seed_runs_differ() -> None:
    frames = []
    for _ in range(2):
        env = gymnasium.make(MAZE)
        frames.append(env.reset()[0])
        env.close()
    assert not np.array_equal(*frames)


@pytest.mark.parametrize("start", [0, EVAL_LEVELS.start], ids=["training", "evaluation"])
@pytest.mark.parametrize("condition", ["train", "test"])
def test_a_level_can_be_pinned(start: int, condition: str, aside: Any, random_runs: Any) -> None:
    level = next(n for n in range(start, start + 100) if not aside("procgen-coinrun").rejected(n))
    env = gymnasium.make(COINRUN, condition=condition)
    actions = random_runs(1000, 1)[:, 0]
    given = play(env, actions, options={"level": level})
    env.close()
    true = aside("procgen-coinrun").play(level, condition, actions[: len(given) - 1])
    assert given[-1][4]["level"] == level
    assert given[-1][4]["condition"] == condition
    assert given[-1][4]["is_success"] == (true.rewards[-1] > 0)
    # The game shows another level once it has ended one: the last frame is held instead.
    assert given[-1][2] and true.ended
    frames = [*true.frames, true.frames[-1]]
    assert all(np.array_equal(step[0], frame) for step, frame in zip(given, frames, strict=True))


def test_a_pinned_level_does_not_disturb_the_stream() -> None:
    env = gymnasium.make(MAZE)
    frames = [env.reset(seed=2)[0], env.reset()[0]]
    assert np.array_equal(env.reset(seed=2)[0], frames[0])
    env.reset(options={"level": 7})
    assert np.array_equal(env.reset()[0], frames[1])
    env.close()


def test_info_tells_nothing_before_the_end(random_runs: Any) -> None:
    env = gymnasium.make(COINRUN, condition="no-goal")
    given = play(env, random_runs(1000, 1)[:, 0], seed=0)
    env.close()
    assert given[0][1] == {}
    assert all(step[4] == {} for step in given[1:-1])
    assert set(given[-1][4]) == {"level", "condition", "is_success"}
    assert given[-1][4]["condition"] == "no-goal"
    assert given[-1][4]["is_success"] is False


def test_a_time_out_truncates_and_shows_the_true_last_frame(aside: Any) -> None:
    env = gymnasium.make(MAZE, condition="no-goal")
    actions = np.resize([7, 5, 1, 3], 600)
    given = play(env, actions, options={"level": 7})
    env.close()
    assert len(given) == 1 + 499
    assert given[-1][1:4] == (0.0, False, True)
    true = aside("procgen-maze").play(7, "no-goal", actions[:499])
    assert np.array_equal(given[-1][0], true.frames[-1])


def test_reaching_the_goal_terminates_with_its_reward() -> None:
    """Level 7 in train: straight on to the coin, found by trying seeds of random running."""
    env = gymnasium.make(COINRUN)
    for seed in range(20):
        generator = np.random.default_rng(seed)
        actions = np.where(generator.random(1000) < 0.8, 8, generator.integers(0, 15, 1000))
        last = play(env, actions, options={"level": 7})[-1]
        if last[4]["is_success"]:
            break
    env.close()
    assert last[1:4] == (10.0, True, False)


def test_frames_are_never_written_again() -> None:
    env = gymnasium.make(MAZE)
    frames = [step[0] for step in play(env, [7, 5, 1, 3] * 5, seed=0)]
    copies = [frame.copy() for frame in frames]
    play(env, [7, 5] * 5)
    env.close()
    assert all(map(np.array_equal, frames, copies))


def test_rgb_array_renders_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    env: Any = gymnasium.make(MAZE, render_mode="rgb_array")
    assert env.metadata["render_fps"] == 15
    frame = env.reset(seed=1)[0]
    assert np.array_equal(env.render(), frame)
    frame = env.step(7)[0]
    assert np.array_equal(env.render(), frame)
    env.close()


def test_a_pickled_environment_plays_the_same() -> None:
    env = GmbenchEnv("procgen-maze", "test", alpha=0.5, levels=[7, 8, 9], render_mode="rgb_array")
    env.reset(seed=1)
    copy = pickle.loads(pickle.dumps(env))
    assert copy.settings == env.settings
    assert copy.render_mode == "rgb_array"
    one, other = play(env, [7, 5, 7], seed=5), play(copy, [7, 5, 7], seed=5)
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(one, other, strict=True))
    env.close()
    copy.close()


def test_hard_mode_is_another_game() -> None:
    frames = []
    for mode in ("easy", "hard"):
        env = gymnasium.make(COINRUN, mode=mode, level_filter=False)
        frames.append(env.reset(options={"level": 7})[0])
        env.close()
    assert not np.array_equal(*frames)


def test_wrappers_of_gymnasium_fit(random_runs: Any) -> None:
    env = gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make(COINRUN, max_episode_steps=20))
    given = play(env, np.full(30, 4), seed=0)
    env.close()
    assert len(given) == 1 + 20
    assert given[-1][3] is True
    assert given[-1][4]["episode"]["l"] == 20


def test_a_forgotten_environment_does_not_hang_the_next() -> None:
    """It is freed whenever Python collects garbage, which may be while another is being made.

    The games' bindings hold a lock then, and freeing must not wait for it.
    """
    code = """
import gc
from gmbench.envs.gym import GmbenchEnv
env = GmbenchEnv("procgen-maze")
env.reset(seed=0)
env.cycle = env
making = env.games.batch._games._ffi._lock
del env
with making:
    gc.collect()
"""
    freed = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert (freed.returncode, freed.stderr) == (0, b"")


@pytest.mark.bad_input
def test_an_episode_that_is_over_cannot_go_on(random_runs: Any) -> None:
    env = gymnasium.make(COINRUN)
    play(env, random_runs(1000, 1)[:, 0], seed=0)
    with pytest.raises(UsageError, match=r"the episode is over; call reset\(\)"):
        env.step(4)
    env.reset()
    env.step(4)
    env.close()


@pytest.mark.bad_input
@pytest.mark.parametrize("action", [15, -1, 3.0, "3", [3, 4]], ids=str)
def test_what_is_not_an_action_is_refused(action: Any) -> None:
    env = GmbenchEnv("procgen-maze")
    env.reset(seed=0)
    with pytest.raises(UsageError, match="actions"):
        env.step(action)
    env.close()


@pytest.mark.bad_input
def test_a_render_mode_that_needs_a_display_is_refused() -> None:
    with pytest.raises(UsageError, match="render_mode 'human' is not supported; use 'rgb_array'"):
        GmbenchEnv("procgen-maze", render_mode="human")


@pytest.mark.bad_input
@pytest.mark.parametrize("options", [{"level": 2**31 - 1}, {"level": [1, 2]}, {"seed": 3}], ids=str)
def test_wrong_reset_options_are_refused(options: dict[str, Any]) -> None:
    env = gymnasium.make(MAZE)
    with pytest.raises(UsageError):
        env.reset(options=options)
    env.close()
